#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "domain/time.hpp"
#include "esp_err.h"

namespace espp::provisioning {

/// The serial port that menuconfig chooses, shared with the console: serial_uart.cpp or
/// serial_usb_jtag.cpp. For one task.
class SerialLine {
public:
  /// Installs the port's driver, if nobody has. Errors: the driver's.
  esp_err_t open();
  /// Removes the driver that open() has installed.
  void close();

  /// Waits up to `timeout` for bytes, and returns how many have come; 0: none.
  std::size_t read(std::span<std::uint8_t> bytes, Millis timeout);
  /// Sends all bytes, with no line of the log in between. What nobody takes is lost.
  void write(std::span<const std::uint8_t> bytes);

private:
  bool has_installed_{false};
};

} // namespace espp::provisioning
