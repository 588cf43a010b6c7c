#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "esp_err.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"

#include "codec/dns_answer.hpp"

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

  /// Listens on `port` of `ip` alone. Errors: ESP_ERR_NO_MEM; ESP_FAIL if the
  /// address or the port can't be had, with errno telling why.
  esp_err_t start(const Ip4 &ip, std::uint16_t port = kPort);
  /// Returns when the task has ended, within half a second. Harmless if stopped.
  void stop();

private:
  static void run_task(void *server);
  void run();

  Ip4 ip_;
  int socket_{-1};
  std::atomic<bool> stops_{false};
  SemaphoreHandle_t ended_{nullptr}; ///< given by the task as the last thing that it does
  std::array<std::uint8_t, kMaxDnsMessage> query_;
  std::array<std::uint8_t, kMaxDnsMessage> answer_;
};

} // namespace espp::provisioning
