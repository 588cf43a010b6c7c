#include "transport/dns/dns_server.hpp"

#include <cerrno>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "freertos/task.h"

namespace espp::provisioning {
namespace {

/// Bytes; the messages are members, so the stack holds little but the socket calls. docs/esp-idf.md says
/// how it was chosen.
constexpr std::uint32_t kStackSize = 2560;
constexpr UBaseType_t kPriority = tskIDLE_PRIORITY + 4;
/// How often a silent task looks whether it is to stop.
constexpr timeval kPoll{.tv_sec = 0, .tv_usec = 250'000};
/// How long to wait after an error, which may last, as when memory is short or the interface is
/// down.
constexpr TickType_t kPause = pdMS_TO_TICKS(100);

} // namespace

esp_err_t DnsServer::start(const Ip4 &ip, std::uint16_t port) {
  ip_ = ip;
  ended_ = xSemaphoreCreateBinary();
  if (ended_ == nullptr) {
    return ESP_ERR_NO_MEM;
  }
  socket_ = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = ip.network_order();
  const bool listens =
      socket_ >= 0 && setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPoll, sizeof kPoll) == 0 &&
      bind(socket_, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
  stops_ = false;
  if (listens &&
      xTaskCreate(run_task, "prov_dns", kStackSize, this, kPriority, nullptr) == pdPASS) {
    return ESP_OK;
  }
  const int error = errno;
  xSemaphoreGive(ended_);
  stop();
  errno = error;
  return listens ? ESP_ERR_NO_MEM : ESP_FAIL;
}

void DnsServer::stop() {
  if (ended_ == nullptr) {
    return;
  }
  stops_ = true;
  xSemaphoreTake(ended_, portMAX_DELAY);
  if (socket_ >= 0) {
    close(socket_);
    socket_ = -1;
  }
  vSemaphoreDelete(ended_);
  ended_ = nullptr;
}

void DnsServer::run_task(void *server) {
  auto &self = *static_cast<DnsServer *>(server);
  self.run();
  xSemaphoreGive(self.ended_);
  vTaskDelete(nullptr);
}

void DnsServer::run() {
  while (!stops_) {
    sockaddr_storage sender{};
    socklen_t sender_size = sizeof sender;
    const auto size = recvfrom(socket_, query_.data(), query_.size(), 0,
                               reinterpret_cast<sockaddr *>(&sender), &sender_size);
    if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      vTaskDelay(kPause);
    }
    if (size <= 0) {
      continue;
    }
    const std::size_t answer_size =
        answer_dns(std::span(query_).first(static_cast<std::size_t>(size)), ip_, answer_);
    if (answer_size > 0) {
      // Lost answers are asked for again.
      static_cast<void>(sendto(socket_, answer_.data(), answer_size, 0,
                               reinterpret_cast<const sockaddr *>(&sender), sender_size));
    }
  }
}

} // namespace espp::provisioning
