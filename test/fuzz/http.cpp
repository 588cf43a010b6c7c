// Everything that a client can send, through the port's HTTP parser into the portal's handler, and
// from there to a session whose radio is missing. The first byte of an input says in which pieces
// the rest arrives, or that it comes through a socket. Nothing crashes, every answer is HTTP, and a
// connection that ends is closed.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "esp_log.h"
#include "expect.hpp"
#include "http_server/server.hpp"
#include "service/service.hpp"
#include "transport/http/http_portal.hpp"

using namespace espp::provisioning;

namespace {

host::http::Server *server = nullptr;
std::string_view unread;
std::size_t piece = 1;
std::string answer;
State state;

/// The one thread there is, and the actor whenever it waits: it knows no network, and completes
/// nothing.
class Alone final : public Monitor {
public:
  void lock() override {}
  void unlock() override {}
  void wait(std::optional<Millis> /*deadline*/) override {
    EXPECT(state.command && !state.command->is_done);
    state.command->error = state.command->kind == Command::Kind::Forget ? ApiError::UnknownNetwork
                                                                        : ApiError::NotConnected;
    state.command->is_done = true;
  }
  void notify_all() override {
    while (state.radio_actions.pop()) {
    }
  }
  Millis now() const override { return 1'000; }
};

int receive_piece(httpd_handle_t, int, char *buffer, std::size_t size, int) {
  if (unread.empty()) {
    return 0;
  }
  const std::size_t count = std::min({size, piece, unread.size()});
  std::memcpy(buffer, unread.data(), count);
  unread.remove_prefix(count);
  return static_cast<int>(count);
}

int send_all(httpd_handle_t, int, const char *data, std::size_t size, int) {
  answer.append(data, size);
  return static_cast<int>(size);
}

} // namespace

// In place of the server's task and its listening socket.
extern "C" esp_err_t __wrap_httpd_start(httpd_handle_t *handle, const httpd_config_t *config) {
  server = new host::http::Server(*config);
  *handle = server;
  return ESP_OK;
}
extern "C" esp_err_t __wrap_httpd_stop(httpd_handle_t) {
  return ESP_OK;
}
extern "C" int __wrap_getsockname(int, sockaddr *address, socklen_t *size) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(80);
  here.sin_addr.s_addr = inet_addr("192.168.4.1");
  std::memcpy(address, &here, sizeof here);
  *size = sizeof here;
  return 0;
}

extern "C" int LLVMFuzzerInitialize(int *, char ***) {
  esp_log_set_vprintf([](const char *, va_list) { return 0; });
  static Alone monitor;
  static Service service(monitor, state);
  apply(state, monitor, life::Event{.kind = life::EventKind::StartRequested});
  apply(state, monitor, life::Event{.kind = life::EventKind::Opened, .ok = true});
  static HttpPortal portal({.service = service,
                            .monitor = monitor,
                            .device_name = "Lamp",
                            .ap_ssid = *Ssid::from_bytes("ESP-Prov"),
                            .ap = {.ip = {{192, 168, 4, 1}}}});
  EXPECT(portal.start() == ESP_OK && server != nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const bool through_socket = (data[0] & 0x10U) != 0;
  piece = std::size_t{1} << (data[0] & 0x0FU);
  unread = {reinterpret_cast<const char *>(data) + 1, size - 1};
  answer.clear();

  int ends[2];
  EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  EXPECT(host::http::open_session(*server, ends[0]) == ESP_OK);
  host::http::Session *session = host::http::find_session(*server, ends[0]);
  EXPECT(session != nullptr);
  session->send = send_all;
  if (through_socket) {
    EXPECT(write(ends[1], unread.data(), unread.size()) == static_cast<ssize_t>(unread.size()));
    unread = {};
  } else {
    session->recv = receive_piece;
  }
  close(ends[1]);
  const auto has_more = [&] {
    char byte;
    return !unread.empty() || session->has_pending() ||
           recv(ends[0], &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
  };
  while (has_more() && host::http::serve(*session) == ESP_OK) {
  }
  host::http::close_session(*session);
  EXPECT(host::http::find_session(*server, ends[0]) == nullptr);
  EXPECT(answer.empty() || answer.starts_with("HTTP/1.1 "));
  return 0;
}
