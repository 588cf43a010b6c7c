#include "idf/serial_line.hpp"

#include <algorithm>
#include <cstdio>

#include "driver/usb_serial_jtag.h"
#include "driver/usb_serial_jtag_vfs.h"
#include "freertos/FreeRTOS.h"

namespace espp::provisioning {
namespace {

/// Bytes. A frame and lines of the log fit both ways; the driver asks for more than the 64 of the hardware.
constexpr std::uint32_t kBuffer = 512;

/// Milliseconds. Without a computer at the other end nobody takes what is sent.
constexpr Millis kPatience = 100;

} // namespace

esp_err_t SerialLine::open() {
  if (usb_serial_jtag_is_driver_installed()) {
    return ESP_OK;
  }
  usb_serial_jtag_driver_config_t config{};
  config.tx_buffer_size = kBuffer;
  config.rx_buffer_size = kBuffer;
  const esp_err_t error = usb_serial_jtag_driver_install(&config);
  has_installed_ = error == ESP_OK;
  if (has_installed_) {
    // Or console and driver would both write to the hardware.
    usb_serial_jtag_vfs_use_driver();
  }
  return error;
}

void SerialLine::close() {
  if (has_installed_) {
    usb_serial_jtag_vfs_use_nonblocking();
    usb_serial_jtag_driver_uninstall();
    has_installed_ = false;
  }
}

std::size_t SerialLine::read(std::span<std::uint8_t> bytes, Millis timeout) {
  const int count = usb_serial_jtag_read_bytes(
      bytes.data(), static_cast<std::uint32_t>(bytes.size()), pdMS_TO_TICKS(timeout));
  return static_cast<std::size_t>(std::max(count, 0));
}

void SerialLine::write(std::span<const std::uint8_t> bytes) {
  flockfile(stdout);
  std::fflush(stdout);
  usb_serial_jtag_write_bytes(bytes.data(), bytes.size(), pdMS_TO_TICKS(kPatience));
  funlockfile(stdout);
}

} // namespace espp::provisioning
