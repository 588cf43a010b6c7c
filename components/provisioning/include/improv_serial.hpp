#pragma once

#include <string>

#include "provisioning.hpp"

namespace espp {

/// Set-up over the cable: answers Improv (www.improv-wifi.com/serial) on a serial port, so that the browser that has just
/// flashed the device puts it on its owner's network as well (ESP Web Tools, ESPHome, Home Assistant).
///
/// "Improv over serial" in menuconfig builds it in and chooses the port; it is off by default, and takes no byte then. The
/// console goes on beside it on the same port. Whoever holds the cable can list the networks around, and put the
/// device on another network; nobody gets a password from it.
///
/// It asks the same portal as the page does: one test runs at a time, whichever way it was asked for, both see how it goes,
/// and one that has worked over the cable completes set-up. Networks are listed and tested while the portal is open,
/// and in every mode of `portal_when` but Always between start() and stop(); at other times the
/// device answers that it can't.
///
/// All methods may be called from any task that may wait, but not from the portal's callbacks.
class ImprovSerial {
public:
  struct Config {
    /// What the client opens once the device is on its network; `{ip}` stands for the device's
    /// address, as in "http://{ip}/". At most 120 characters. Empty: there is nothing to open.
    std::string url{};
    /// Name and version of the firmware, as the client shows them; empty: the project's, as in
    /// `esp_app_get_description()`.
    std::string firmware{};
    std::string version{};
  };

  /// The portal must outlive this object.
  explicit ImprovSerial(Provisioning &portal);
  ImprovSerial(Provisioning &portal, const Config &config);
  /// As stop().
  ~ImprovSerial();
  ImprovSerial(const ImprovSerial &) = delete;
  ImprovSerial &operator=(const ImprovSerial &) = delete;

  /// Begins to answer, before the portal's start() or after it. Installs the port's driver if the
  /// application has not; a UART that is not the console's must have its pins and its speed from the application.
  /// False, with the reason in the log, if memory is short or the port can't be opened. True if it
  /// answers already.
  bool start();

  /// Answers no more, and removes the driver if start() has installed it. Takes up to 0.1 s.
  void stop();

private:
  class Task;
  Task *task_;
};

} // namespace espp
