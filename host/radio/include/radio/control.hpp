#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

namespace radio {

/// A Unix domain socket on which tests and people change the simulated world while it runs: one
/// JSON object a line in, one a line out. `host/sim/README.md` describes the commands.
///
/// A FreeRTOS task serves it by polling, because nothing may block natively under FreeRTOS's own
/// `linux` port.
class Control {
public:
  struct Restart {
    bool fresh{false};
    std::string scenario; ///< empty: as it was started with
  };

  struct Config {
    std::string socket_path;
    std::string scenario_directory;
    std::function<void()> on_quit; ///< called on the control task, after the answer has left
    /// Takes the device's power away and gives it back, on the control task, after the answer has
    /// left; with an empty flash, and with another scenario's name, if asked for. Empty: the
    /// command is refused.
    std::function<void(const Restart &)> on_restart{};
    /// Presses the device's button, or lets it go, on the control task, before the answer. Empty: the
    /// command is refused.
    std::function<void(bool is_pressed)> on_button{};
  };

  Control() = default;
  ~Control() { stop(); }
  Control(const Control &) = delete;
  Control &operator=(const Control &) = delete;

  /// Listens and starts the task. The error is one line and nothing is left behind.
  std::expected<void, std::string> start(Config config);

  /// Ends the task and removes the socket's file. Not from `on_quit`; does nothing if not started.
  void stop();

private:
  static void run(void *control);
  void serve();

  Config config_;
  int listener_{-1};
  SemaphoreHandle_t stop_{nullptr};
  SemaphoreHandle_t ended_{nullptr};
};

/// What a line can ask for beside the radio, and the exit that it asks for, which begins once the answer
/// has been sent.
struct PendingExit {
  bool may_restart{false}; ///< set by whoever can carry it out
  bool quit{false};
  std::optional<Control::Restart> restart{};
  std::function<void(bool is_pressed)> on_button{}; ///< empty: there is none
};

/// The answer, without its line feed, to one line of a client. Sets `pending` if the line asks for
/// it.
std::string answer_control_line(const std::string &line, const std::string &scenario_directory,
                                PendingExit &pending);

} // namespace radio
