#pragma once

#include <expected>
#include <string>

namespace sim {

/// Puts a cable on the device's UART 0, which carries its log as well, as a board's USB connector does:
/// `pty` makes a pseudo-terminal, anything else is the path of a Unix socket that takes one client after the
/// other. Returns where to connect, until the process ends. The error is one line. Call it once, before
/// the device starts.
std::expected<std::string, std::string> open_serial(const std::string &where);

} // namespace sim
