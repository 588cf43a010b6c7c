#include "options.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <utility>

namespace sim {
namespace {

using Result = std::expected<void, std::string>;

std::unexpected<std::string> wrong(std::string_view option, const std::string &why) {
  return std::unexpected(std::string(option) + ": " + why);
}

Result read_port(const std::string &text, Options &options) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), options.port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return wrong("--port", "must be a number from 0 to 65535, is '" + text + "'");
  }
  return {};
}

Result read_speed(const std::string &text, Options &options) {
  constexpr double kSlowest = 0.1;
  constexpr double kFastest = 1000;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), options.speed);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() ||
      !(options.speed >= kSlowest && options.speed <= kFastest)) {
    return wrong("--speed", "must be a number from 0.1 to 1000, is '" + text + "'");
  }
  return {};
}

Result read_log_level(const std::string &text, Options &options) {
  constexpr std::array<std::pair<std::string_view, esp_log_level_t>, 6> kLevels{{
      {"none", ESP_LOG_NONE},
      {"error", ESP_LOG_ERROR},
      {"warn", ESP_LOG_WARN},
      {"info", ESP_LOG_INFO},
      {"debug", ESP_LOG_DEBUG},
      {"verbose", ESP_LOG_VERBOSE},
  }};
  for (const auto &[name, level] : kLevels) {
    if (name == text) {
      options.log_level = level;
      return {};
    }
  }
  return wrong("--log-level",
               "must be none, error, warn, info, debug or verbose, is '" + text + "'");
}

Result read_name(std::string_view option, const std::string &text, std::string &into) {
  if (text.empty()) {
    return wrong(option, "must not be empty");
  }
  into = text;
  return {};
}

Result take(std::string_view option, const std::string &value, Options &options) {
  if (option == "--port") {
    return read_port(value, options);
  }
  if (option == "--scenario") {
    return read_name(option, value, options.scenario);
  }
  if (option == "--state") {
    return read_name(option, value, options.state_dir);
  }
  if (option == "--control") {
    return read_name(option, value, options.control);
  }
  if (option == "--listen") {
    return read_name(option, value, options.listen);
  }
  if (option == "--serial") {
    return read_name(option, value, options.serial);
  }
  if (option == "--speed") {
    return read_speed(value, options);
  }
  return read_log_level(value, options);
}

} // namespace

std::expected<Options, std::string> parse_options(const std::vector<std::string> &arguments) {
  constexpr std::array<std::string_view, 8> kWithValue{"--port",    "--scenario", "--state",
                                                       "--control", "--listen",   "--serial",
                                                       "--speed",   "--log-level"};
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string &argument = arguments[i];
    if (argument == "--fresh") {
      options.fresh = true;
      continue;
    }
    if (argument == "--help" || argument == "-h") {
      options.help = true;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string option = argument.substr(0, equals);
    bool known = false;
    for (const std::string_view name : kWithValue) {
      known = known || name == option;
    }
    if (!known) {
      return std::unexpected("unknown option '" + argument + "'; --help lists them");
    }
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      return wrong(option, "needs a value");
    }
    if (Result result = take(option, value, options); !result) {
      return std::unexpected(result.error());
    }
  }
  return options;
}

std::string usage() {
  return "Runs the firmware on this machine with a simulated radio.\n"
         "\n"
         "  --port N          port on this machine for the device's web server (8080; 0: any free "
         "one)\n"
         "  --listen ADDR     address to listen on (127.0.0.1)\n"
         "  --scenario NAME   what is on the air: a name from host/scenarios or the path of a file "
         "(home)\n"
         "  --state DIR       where the device's flash is kept (.sim)\n"
         "  --fresh           start with an empty flash\n"
         "  --serial PATH     the device's serial port as a socket, or \"pty\": as a "
         "pseudo-terminal\n"
         "  --speed X         run the device's time X times as fast, 0.1 to 1000 (1)\n"
         "  --control PATH    socket to change the world at run time (DIR/control.sock)\n"
         "  --log-level L     none, error, warn, info, debug or verbose (info)\n"
         "  --help            this text\n";
}

} // namespace sim
