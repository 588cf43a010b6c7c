/// The HTTP server's insides, shared by its parts.
#pragma once

#include <http_parser.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "esp_http_server.h"
#include "host/clock.hpp"
#include "network/listener.hpp"

namespace host::http {

/// Bytes that are read and parsed at a time; also how much of what was read too far can be kept.
constexpr std::size_t kBlockBytes = 128;

struct Server;

/// A place for one connection; free while `fd` is -1. The server's own task changes it, other tasks
/// look at `fd` and `lru_counter` under Server::sessions_mutex.
struct Session {
  int fd = -1;
  Server *server = nullptr;
  void *ctx = nullptr;
  httpd_free_ctx_fn_t free_ctx = nullptr;
  bool ignore_ctx_changes = false;
  void *transport_ctx = nullptr;
  httpd_free_ctx_fn_t free_transport_ctx = nullptr;
  httpd_send_func_t send = nullptr;
  httpd_recv_func_t recv = nullptr;
  httpd_pending_func_t pending = nullptr;
  std::uint64_t lru_counter = 0;
  bool chosen_as_lru = false;
  /// What was read beyond the end of a request's line, headers or body.
  std::string unread;

  bool is_free() const { return fd < 0; }
  bool has_pending() const;
};

struct Header {
  const char *field;
  const char *value;
};

/// What belongs to the request being served; httpd_req_t's `aux`.
struct Exchange {
  Session *session = nullptr;
  /// The request's headers as received, line ends replaced by zeros once parsed.
  std::string head;
  std::size_t head_limit = 0;
  std::size_t remaining_body = 0;
  unsigned header_count = 0;
  http_parser_url url{};
  /// Not copied: the caller's strings.
  const char *status = HTTPD_200;
  const char *content_type = HTTPD_TYPE_TEXT;
  std::vector<Header> response_headers;
  bool first_chunk_sent = false;
};

struct UriHandler {
  std::string uri;
  /// An httpd_method_t or HTTP_ANY, which is none of its values.
  int method;
  esp_err_t (*handler)(httpd_req_t *);
  void *user_ctx;
};

/// A UDP port of the device's own, which nobody outside can see. On a chip the server is told with
/// it what to do, and two servers can't have the same.
class ControlPort {
public:
  ControlPort() = default;
  ~ControlPort();
  ControlPort(const ControlPort &) = delete;
  ControlPort &operator=(const ControlPort &) = delete;

  /// False if a server has it. Once.
  bool open(std::uint16_t number);

private:
  std::uint16_t number_ = 0; ///< 0: none
};

struct Server {
  explicit Server(const httpd_config_t &settings);
  ~Server();
  Server(const Server &) = delete;
  Server &operator=(const Server &) = delete;

  const httpd_config_t config;
  network::Listener listener;
  ControlPort control_port;
  TaskHandle_t task = nullptr;

  /// Work for the server's task. Its places are given back when the work has been done.
  std::mutex work_mutex;
  clock::Signal work_changed;
  struct Work {
    httpd_work_fn_t function;
    void *argument;
  };
  std::deque<Work> work;
  unsigned work_places_taken = 0;
  bool stopped = false;
  /// Counts what waits in `work`.
  int work_fd = -1;
  /// The listener wakes the server with it.
  int wake_fd = -1;

  std::mutex sessions_mutex;
  std::vector<Session> sessions;
  std::size_t active_sessions = 0;
  std::uint64_t lru_counter = 0;

  std::mutex handlers_mutex;
  std::vector<UriHandler> uri_handlers;
  httpd_err_handler_func_t error_handlers[HTTPD_ERR_CODE_MAX] = {};

  Exchange exchange;
  /// httpd_req_t has a constant member and so no default constructor.
  alignas(httpd_req_t) std::byte request_memory[sizeof(httpd_req_t)] = {};

  httpd_req_t &request() { return *reinterpret_cast<httpd_req_t *>(request_memory); }
  bool on_own_task() const { return task == xTaskGetCurrentTaskHandle(); }
};

inline Server &server_of(httpd_handle_t handle) {
  return *static_cast<Server *>(handle);
}
inline Exchange &exchange_of(httpd_req_t *request) {
  return *static_cast<Exchange *>(request->aux);
}

/// Tells the default event loop what happened, as ESP-IDF's server does.
void post_event(esp_http_server_event_id_t id, const void *data, std::size_t size);
inline void post_event(esp_http_server_event_id_t id, int fd) {
  post_event(id, &fd, sizeof(fd));
}

// Sessions.
Session *find_session(Server &server, int fd);
bool has_free_session(Server &server);
esp_err_t open_session(Server &server, int fd);
void close_session(Session &session);
void close_all_sessions(Server &server);
esp_err_t queue_close_of_lru(Server &server);
/// Serves one request; anything but ESP_OK means that the session must be closed.
esp_err_t serve(Session &session);
void free_ctx(void *&ctx, httpd_free_ctx_fn_t free_function);

// Requests.
/// Reads and parses a request and runs its handler.
esp_err_t read_and_handle(httpd_req_t *request);
esp_err_t handle_uri(httpd_req_t *request);
esp_err_t handle_error(httpd_req_t *request, httpd_err_code_t error);

// Sockets.
int default_send(httpd_handle_t handle, int fd, const char *data, std::size_t size, int flags);
int default_recv(httpd_handle_t handle, int fd, char *data, std::size_t size, int flags);
/// Up to `size` bytes: first those that were put back, and then nothing else in this call if
/// `only_pending` says so and there were any.
int receive(Session &session, char *data, std::size_t size, bool only_pending);

} // namespace host::http
