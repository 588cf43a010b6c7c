#include "idf/serial_line.hpp"

#include <algorithm>
#include <cstdio>

#include "driver/uart.h"
#include "freertos/FreeRTOS.h"
#include "sdkconfig.h"

namespace espp::provisioning {
namespace {

constexpr auto kPort = static_cast<uart_port_t>(CONFIG_PROVISIONING_IMPROV_UART);

/// Bytes. Some 20 ms at 115,200 baud; the driver takes more than the 128 of the hardware.
constexpr int kReceiveBuffer = 256;

} // namespace

esp_err_t SerialLine::open() {
  if (uart_is_driver_installed(kPort)) {
    return ESP_OK;
  }
  const esp_err_t error = uart_driver_install(kPort, kReceiveBuffer, 0, 0, nullptr, 0);
  has_installed_ = error == ESP_OK;
  return error;
}

void SerialLine::close() {
  if (has_installed_) {
    uart_driver_delete(kPort);
    has_installed_ = false;
  }
}

std::size_t SerialLine::read(std::span<std::uint8_t> bytes, Millis timeout) {
  // The driver waits until all that was asked for has come, so the first byte is waited for alone.
  if (uart_read_bytes(kPort, bytes.data(), 1, pdMS_TO_TICKS(timeout)) != 1) {
    return 0;
  }
  std::size_t more = 0;
  uart_get_buffered_data_len(kPort, &more);
  more = std::min(more, bytes.size() - 1);
  const int count =
      more == 0 ? 0 : uart_read_bytes(kPort, bytes.data() + 1, static_cast<std::uint32_t>(more), 0);
  return 1 + static_cast<std::size_t>(std::max(count, 0));
}

void SerialLine::write(std::span<const std::uint8_t> bytes) {
  // The console holds its lock for each line of the log. The port's driver is asked directly, because the
  // console would make CR LF of each line feed in a frame.
  flockfile(stdout);
  std::fflush(stdout);
  uart_write_bytes(kPort, bytes.data(), bytes.size());
  funlockfile(stdout);
}

} // namespace espp::provisioning
