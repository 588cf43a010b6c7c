#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "esp_log.h"

namespace sim {

/// What the command line says.
struct Options {
  std::uint16_t port{8080}; ///< 0: any free one
  std::string scenario{"home"};
  std::string state_dir{".sim"};
  std::string control; ///< the control socket's path; empty: `control.sock` in the state folder
  std::string listen{"127.0.0.1"};
  std::string serial; ///< `pty`, or the path of a socket; empty: nothing is connected to the UART
  bool fresh{false};
  double speed{1.0};
  esp_log_level_t log_level{ESP_LOG_INFO};
  bool help{false};
};

/// The error is one line.
std::expected<Options, std::string> parse_options(const std::vector<std::string> &arguments);

/// What `--help` prints.
std::string usage();

} // namespace sim
