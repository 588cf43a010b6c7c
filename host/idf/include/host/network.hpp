/// Where on the PC the device's TCP ports are reached, and its phones' connections being cut.
///
/// All functions may be called from any thread, also while a server runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace host::network {

/// The device's `device_port` is reached at the PC's `host_port`, as with a virtual machine's port
/// forward. 0 as host port lets the kernel choose a free one (see bound_port()). Unmapped ports are
/// the same on both. Takes effect when a server next starts.
void map_port(std::uint16_t device_port, std::uint16_t host_port);
void clear_port_map();
[[nodiscard]] std::uint16_t mapped_port(std::uint16_t device_port);

/// The PC's address to listen on, IPv4 in dotted form; "127.0.0.1" unless set, "0.0.0.0" for all.
/// False, and nothing changed, if it isn't an address. Takes effect when a server next starts.
[[nodiscard]] bool set_listen_address(std::string_view address);
[[nodiscard]] std::string listen_address();

/// The PC's port that a running server for `device_port` listens on, or 0 if there is none.
[[nodiscard]] std::uint16_t bound_port(std::uint16_t device_port);

/// How many bytes a server's connection takes ahead of what its client has acknowledged;
/// CONFIG_LWIP_TCP_SND_BUF_DEFAULT unless set. A send() that has no room for all takes a part, as
/// lwIP's. The kernel rounds: a small size is about 2,300 bytes. Takes effect when a server next
/// starts.
void set_send_buffer(int bytes);

/// Whether a server for `device_port` could listen now: 0 if so, else the errno (EADDRINUSE,
/// EACCES, ...).
[[nodiscard]] int probe(std::uint16_t device_port);

/// Cuts off the phones: every open connection is reset, and until restore_clients() new ones are
/// refused. Done when it returns, also if a handler is running; servers that start meanwhile begin
/// cut off. Calling it twice is the same as once.
void cut_clients();
/// Listens again on the same ports, which nobody else can have taken meanwhile. False, with the
/// reason logged, if the kernel refuses.
bool restore_clients();
[[nodiscard]] bool clients_are_cut();

} // namespace host::network
