/// Where on the PC the device's TCP ports are reached.
///
/// Any task.
#pragma once

#include <cstdint>

namespace host::network {

/// A server of the device's that listens on `device_port` from now on is reached at `host_port`; 0
/// lets the PC choose a free one. Ports that are not mapped are the same on both.
void map_port(std::uint16_t device_port, std::uint16_t host_port);
void clear_port_map();

/// The PC's port that a server for `device_port` listens on, or 0 if there is none.
[[nodiscard]] std::uint16_t bound_port(std::uint16_t device_port);

} // namespace host::network
