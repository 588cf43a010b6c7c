#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "esp_err.h"
#include "freertos/FreeRTOS.h"
#include "freertos/event_groups.h"

#include "core/dns_answer.hpp"

namespace espp::provisioning {

/// Answers every DNS question on the access point with its own address, so that whatever a phone
/// asks for leads to the page. Has a task of its own.
class DnsServer {
public:
  DnsServer() = default;
  ~DnsServer() { stop(); }
  DnsServer(const DnsServer &) = delete;
  DnsServer &operator=(const DnsServer &) = delete;

  /// Where clients ask (RFC 1035, 4.2.1).
  static constexpr std::uint16_t kPort = 53;

  /// Listens on `port` of `ip` (network byte order) alone. Errors: ESP_ERR_NO_MEM; ESP_FAIL if the
  /// address or the port can't be had, with errno telling why.
  esp_err_t start(std::uint32_t ip, std::uint16_t port = kPort);
  /// Returns when the task has ended, within half a second. Harmless if stopped.
  void stop();

private:
  static void run_task(void *server);
  void run();

  std::array<std::uint8_t, 4> ip_{};
  int socket_{-1};
  std::atomic<bool> stops_{false};
  EventGroupHandle_t ended_{nullptr};
  std::array<std::uint8_t, kMaxDnsMessage> query_{};
  std::array<std::uint8_t, kMaxDnsMessage> answer_{};
};

} // namespace espp::provisioning
