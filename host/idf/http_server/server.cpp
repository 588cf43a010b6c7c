#include "http_server/server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <set>

#include "esp_log.h"
#include "host/clock.hpp"
#include "host/unimplemented.hpp"

ESP_EVENT_DEFINE_BASE(ESP_HTTP_SERVER_EVENT);

namespace host::http {
namespace {

constexpr char kTag[] = "httpd";

// The server's listening socket and the two ends of its control socket on a chip.
constexpr int kInternalSockets = 3;

// Of a connection's keep-alive probes when the configuration leaves them 0.
constexpr int kKeepAliveIdleSeconds = 5;
constexpr int kKeepAliveIntervalSeconds = 5;
constexpr int kKeepAliveCount = 3;

/// Of httpd_stop() (httpd_main.c).
constexpr std::chrono::milliseconds kStopPoll{100};

struct ControlPorts {
  std::mutex mutex;
  std::set<std::uint16_t> taken;
};

ControlPorts &control_ports() {
  static ControlPorts instance;
  return instance;
}

template <typename Value>
bool set_option(int fd, int level, int option, const Value &value, const char *name) {
  if (setsockopt(fd, level, option, &value, sizeof(value)) == 0) {
    return true;
  }
  ESP_LOGE(kTag, "can't set %s (%d)", name, errno);
  return false;
}

bool configure_connection(const httpd_config_t &config, int fd) {
  const auto seconds = [](std::uint16_t count) { return timeval{.tv_sec = count, .tv_usec = 0}; };
  if (!set_option(fd, SOL_SOCKET, SO_RCVTIMEO, seconds(config.recv_wait_timeout), "SO_RCVTIMEO") ||
      !set_option(fd, SOL_SOCKET, SO_SNDTIMEO, seconds(config.send_wait_timeout), "SO_SNDTIMEO")) {
    return false;
  }
  if (!config.keep_alive_enable) {
    return true;
  }
  const auto or_default = [](int value, int otherwise) { return value != 0 ? value : otherwise; };
  return set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE") &&
         set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE,
                    or_default(config.keep_alive_idle, kKeepAliveIdleSeconds), "TCP_KEEPIDLE") &&
         set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL,
                    or_default(config.keep_alive_interval, kKeepAliveIntervalSeconds),
                    "TCP_KEEPINTVL") &&
         set_option(fd, IPPROTO_TCP, TCP_KEEPCNT,
                    or_default(config.keep_alive_count, kKeepAliveCount), "TCP_KEEPCNT");
}

void accept_connection(Server &server) {
  if (server.config.lru_purge_enable && !has_free_session(server)) {
    // The connection stays in the queue until the closing has been done in the next round.
    queue_close_of_lru(server);
    return;
  }
  const int fd = server.listener.accept();
  if (fd < 0) {
    if (errno != EAGAIN) {
      ESP_LOGE(kTag, "accept failed (%d)", errno);
    }
    return;
  }
  if (!configure_connection(server.config, fd)) {
    server.listener.forget(fd);
    ::close(fd);
    return;
  }
  if (open_session(server, fd) != ESP_OK) {
    ESP_LOGE(kTag, "no session for the new connection");
    return;
  }
  post_event(HTTP_SERVER_EVENT_ON_CONNECTED, fd);
}

void drain(int eventfd) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(eventfd, &count, sizeof(count));
}

// False when the server is to stop.
bool do_one_work(Server &server) {
  drain(server.work_fd);
  Server::Work next{};
  {
    const std::lock_guard lock(server.work_mutex);
    next = server.work.front();
    server.work.pop_front();
  }
  if (next.function != nullptr) {
    next.function(next.argument);
  }
  const std::lock_guard lock(server.work_mutex);
  --server.work_places_taken;
  server.work_changed.notify_all();
  return next.function != nullptr;
}

// One round: a piece of work, every connection that has something to say, one new connection.
bool run_round(Server &server) {
  std::vector<pollfd> polled;
  const auto add = [&](int fd) { polled.push_back({.fd = fd, .events = POLLIN, .revents = 0}); };
  add(server.work_fd);
  add(server.wake_fd);
  // Without room, new connections wait in the kernel's queue. A negative descriptor is ignored.
  add(server.config.lru_purge_enable || has_free_session(server) ? server.listener.poll_fd() : -1);
  const std::size_t first_session = polled.size();
  for (const Session &session : server.sessions) {
    add(session.fd);
  }
  // Data that was read too far does not end the wait, so pipelined requests are served only when
  // something else arrives: that is how ESP-IDF's server does it.
  if (clock::poll(polled.data(), polled.size(), std::nullopt) < 0) {
    host::fatal("httpd", std::strerror(errno));
  }
  const auto is_ready = [&](std::size_t index) { return polled[index].revents != 0; };
  if (is_ready(1)) {
    drain(server.wake_fd);
  }
  if (is_ready(0) && !do_one_work(server)) {
    return false;
  }
  for (std::size_t i = 0; i < server.sessions.size(); ++i) {
    Session &session = server.sessions[i];
    if (session.is_free()) {
      continue;
    }
    // The work may have closed the session; then the place is free, as nothing is accepted in
    // between.
    if ((is_ready(first_session + i) || session.has_pending()) && serve(session) != ESP_OK) {
      close_session(session);
    }
  }
  if (is_ready(2)) {
    accept_connection(server);
  }
  return true;
}

void run(void *argument) {
  {
    Server &server = *static_cast<Server *>(argument);
    while (run_round(server)) {
    }
    close_all_sessions(server);
    server.listener.close();
    // The last touch: httpd_stop() frees the server.
    const std::lock_guard lock(server.work_mutex);
    server.stopped = true;
  }
  vTaskDelete(nullptr);
}

// The caller holds a place.
void push_work(Server &server, Server::Work next) {
  server.work.push_back(next);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(server.work_fd, &one, sizeof(one));
}

// By value: the configuration itself does not change.
void free_global(void *ctx, httpd_free_ctx_fn_t free_function) {
  free_ctx(ctx, free_function);
}

} // namespace

ControlPort::~ControlPort() {
  const std::lock_guard lock(control_ports().mutex);
  control_ports().taken.erase(number_);
}

bool ControlPort::open(std::uint16_t number) {
  const std::lock_guard lock(control_ports().mutex);
  const bool is_free = control_ports().taken.insert(number).second;
  if (is_free) {
    number_ = number;
  }
  return is_free;
}

Server::Server(const httpd_config_t &settings)
    : config(settings), work_fd(eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE)),
      wake_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), sessions(settings.max_open_sockets) {
  for (Session &session : sessions) {
    session.server = this;
  }
}

Server::~Server() {
  ::close(work_fd);
  ::close(wake_fd);
}

void post_event(esp_http_server_event_id_t id, const void *data, std::size_t size) {
  const esp_err_t error = esp_event_post(ESP_HTTP_SERVER_EVENT, id, data, size,
                                         pdMS_TO_TICKS(CONFIG_HTTPD_SERVER_EVENT_POST_TIMEOUT));
  if (error != ESP_OK) {
    ESP_LOGE(kTag, "can't post a server event: %s", esp_err_to_name(error));
  }
}

} // namespace host::http

using namespace host::http;

esp_err_t httpd_start(httpd_handle_t *handle, const httpd_config_t *config) {
  if (handle == nullptr || config == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (config->max_open_sockets + kInternalSockets > CONFIG_LWIP_MAX_SOCKETS) {
    ESP_LOGE(kTag, "max_open_sockets is above %d (the server uses %d sockets itself)",
             CONFIG_LWIP_MAX_SOCKETS - kInternalSockets, kInternalSockets);
    return ESP_ERR_INVALID_ARG;
  }
  auto server = std::make_unique<Server>(*config);
  const int error =
      server->listener.open(config->server_port, config->backlog_conn, server->wake_fd);
  if (error != 0) {
    ESP_LOGE(kTag, "can't listen on port %u (%d: %s)", config->server_port, error,
             std::strerror(error));
    return ESP_FAIL;
  }
  if (!server->control_port.open(config->ctrl_port)) {
    ESP_LOGE(kTag, "another server has the control port %u", config->ctrl_port);
    return ESP_FAIL;
  }
  if (xTaskCreatePinnedToCore(run, "httpd", static_cast<uint32_t>(config->stack_size), server.get(),
                              config->task_priority, &server->task, config->core_id) != pdPASS) {
    return ESP_ERR_HTTPD_TASK;
  }
  *handle = server.release();
  post_event(HTTP_SERVER_EVENT_START, nullptr, 0);
  return ESP_OK;
}

esp_err_t httpd_stop(httpd_handle_t handle) {
  if (handle == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  Server &server = server_of(handle);
  if (server.on_own_task()) {
    host::fatal("httpd_stop", "called on the server's own task, where it never returns on a chip");
  }
  {
    std::unique_lock lock(server.work_mutex);
    server.work_changed.wait(lock, std::nullopt, [&] {
      return server.work_places_taken < CONFIG_LWIP_UDP_RECVMBOX_SIZE;
    });
    ++server.work_places_taken;
    push_work(server, {nullptr, nullptr});
  }
  const auto has_stopped = [&] {
    const std::lock_guard lock(server.work_mutex);
    return server.stopped;
  };
  while (!has_stopped()) {
    host::clock::sleep_for(kStopPoll);
  }
  free_global(server.config.global_user_ctx, server.config.global_user_ctx_free_fn);
  free_global(server.config.global_transport_ctx, server.config.global_transport_ctx_free_fn);
  delete &server;
  post_event(HTTP_SERVER_EVENT_STOP, nullptr, 0);
  return ESP_OK;
}

esp_err_t httpd_queue_work(httpd_handle_t handle, httpd_work_fn_t work, void *arg) {
  if (handle == nullptr || work == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  Server &server = server_of(handle);
  const std::lock_guard lock(server.work_mutex);
  if (server.work_places_taken == CONFIG_LWIP_UDP_RECVMBOX_SIZE) {
    ESP_LOGW(kTag, "too much work waits already, none queued");
    return ESP_FAIL;
  }
  ++server.work_places_taken;
  push_work(server, {work, arg});
  return ESP_OK;
}

void *httpd_get_global_user_ctx(httpd_handle_t handle) {
  return server_of(handle).config.global_user_ctx;
}

void *httpd_get_global_transport_ctx(httpd_handle_t handle) {
  return server_of(handle).config.global_transport_ctx;
}
