#include "driver/uart.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>

#include "esp_log.h"
#include "freertos/wait.hpp"
#include "host/clock.hpp"
#include "host/uart.hpp"

namespace {

constexpr char kTag[] = "uart";

/// A line that nobody empties loses what is sent, as a wire does.
constexpr auto kPatience = std::chrono::milliseconds{500};

struct Port {
  std::atomic<bool> is_installed{false};
  std::atomic<int> descriptor{-1};
};

std::array<Port, UART_NUM_MAX> ports;

/// The port with its driver, or null with the reason in the log.
Port *driver(uart_port_t number) {
  if (number < UART_NUM_0 || number >= UART_NUM_MAX) {
    ESP_LOGE(kTag, "uart_num error");
    return nullptr;
  }
  Port &port = ports[static_cast<std::size_t>(number)];
  if (!port.is_installed) {
    ESP_LOGE(kTag, "uart driver error");
    return nullptr;
  }
  return &port;
}

} // namespace

namespace host::uart {

void connect(uart_port_t port, int descriptor) {
  ports.at(static_cast<std::size_t>(port)).descriptor = descriptor;
}

} // namespace host::uart

esp_err_t uart_driver_install(uart_port_t uart_num, int rx_buffer_size, int tx_buffer_size,
                              int /*event_queue_size*/, QueueHandle_t * /*uart_queue*/,
                              int /*intr_alloc_flags*/) {
  if (uart_num < UART_NUM_0 || uart_num >= UART_NUM_MAX) {
    ESP_LOGE(kTag, "uart_num error");
    return ESP_FAIL;
  }
  if (rx_buffer_size <= UART_HW_FIFO_LEN(uart_num)) {
    ESP_LOGE(kTag, "uart rx buffer length error");
    return ESP_FAIL;
  }
  if (tx_buffer_size != 0 && tx_buffer_size <= UART_HW_FIFO_LEN(uart_num)) {
    ESP_LOGE(kTag, "uart tx buffer length error");
    return ESP_FAIL;
  }
  if (ports[static_cast<std::size_t>(uart_num)].is_installed.exchange(true)) {
    ESP_LOGE(kTag, "UART driver already installed");
    return ESP_FAIL;
  }
  return ESP_OK;
}

esp_err_t uart_driver_delete(uart_port_t uart_num) {
  if (uart_num < UART_NUM_0 || uart_num >= UART_NUM_MAX) {
    ESP_LOGE(kTag, "uart_num error");
    return ESP_FAIL;
  }
  ports[static_cast<std::size_t>(uart_num)].is_installed = false;
  return ESP_OK;
}

bool uart_is_driver_installed(uart_port_t uart_num) {
  return uart_num >= UART_NUM_0 && uart_num < UART_NUM_MAX &&
         ports[static_cast<std::size_t>(uart_num)].is_installed;
}

int uart_read_bytes(uart_port_t uart_num, void *buf, uint32_t length, TickType_t ticks_to_wait) {
  Port *const port = driver(uart_num);
  if (port == nullptr || buf == nullptr) {
    return -1;
  }
  const auto deadline = host::freertos::deadline_after(ticks_to_wait);
  auto *const bytes = static_cast<char *>(buf);
  uint32_t size = 0;
  while (size < length) {
    const int descriptor = port->descriptor;
    const ssize_t count =
        descriptor < 0 ? 0 : ::recv(descriptor, bytes + size, length - size, MSG_DONTWAIT);
    if (count > 0) {
      size += static_cast<uint32_t>(count);
      continue;
    }
    if (ticks_to_wait == 0) {
      break;
    }
    if (descriptor < 0 || count == 0) {
      host::clock::sleep_until(deadline); // nothing is at the other end
      break;
    }
    pollfd polled{.fd = descriptor, .events = POLLIN, .revents = 0};
    if (host::clock::poll(&polled, 1, deadline) <= 0) {
      break;
    }
  }
  return static_cast<int>(size);
}

int uart_write_bytes(uart_port_t uart_num, const void *src, size_t size) {
  Port *const port = driver(uart_num);
  if (port == nullptr || src == nullptr) {
    return -1;
  }
  const int descriptor = port->descriptor;
  const auto *const bytes = static_cast<const char *>(src);
  const auto deadline = host::clock::deadline_in(kPatience);
  for (size_t sent = 0; descriptor >= 0 && sent < size;) {
    const ssize_t count =
        ::send(descriptor, bytes + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) {
      sent += static_cast<size_t>(count);
      continue;
    }
    pollfd polled{.fd = descriptor, .events = POLLOUT, .revents = 0};
    if (errno != EAGAIN || host::clock::poll(&polled, 1, deadline) <= 0) {
      break;
    }
  }
  return static_cast<int>(size);
}

esp_err_t uart_get_buffered_data_len(uart_port_t uart_num, size_t *size) {
  Port *const port = driver(uart_num);
  if (port == nullptr || size == nullptr) {
    return ESP_FAIL;
  }
  int waiting = 0;
  const int descriptor = port->descriptor;
  if (descriptor >= 0) {
    ioctl(descriptor, FIONREAD, &waiting);
  }
  *size = static_cast<size_t>(waiting);
  return ESP_OK;
}
