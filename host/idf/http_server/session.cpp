#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "esp_log.h"
#include "http_server/server.hpp"

namespace host::http {
namespace {

constexpr char kTag[] = "httpd_sess";

// Runs as queued work on the server's task.
void close_queued(void *argument) {
  Session &session = *static_cast<Session *>(argument);
  // A connection on which nothing has been served yet is left alone, unless it must make room: by
  // the time the work runs, the place may be another connection's than the one that was meant.
  {
    const std::lock_guard lock(session.server->sessions_mutex);
    if (session.lru_counter == 0 && !session.chosen_as_lru) {
      return;
    }
    session.chosen_as_lru = false;
  }
  close_session(session);
}

// Before the request's structures are used for another one.
void finish(httpd_req_t *request) {
  Exchange &exchange = exchange_of(request);
  Session &session = *exchange.session;
  if (!request->ignore_sess_ctx_changes && session.ctx != request->sess_ctx) {
    free_ctx(session.ctx, session.free_ctx);
  }
  session.ctx = request->sess_ctx;
  session.free_ctx = request->free_ctx;
  session.ignore_ctx_changes = request->ignore_sess_ctx_changes;
  exchange = Exchange{};
  request->handle = nullptr;
  request->aux = nullptr;
  request->user_ctx = nullptr;
}

void begin(Session &session) {
  Server &server = *session.server;
  std::memset(server.request_memory, 0, sizeof(server.request_memory));
  server.exchange = Exchange{};
  server.exchange.session = &session;
  httpd_req_t &request = server.request();
  request.handle = &server;
  request.aux = &server.exchange;
  request.sess_ctx = session.ctx;
  request.free_ctx = session.free_ctx;
  request.ignore_sess_ctx_changes = session.ignore_ctx_changes;
}

// What the handler left of the body must not be taken for the next request.
bool drain_body(httpd_req_t *request) {
  char dropped[CONFIG_HTTPD_PURGE_BUF_LEN];
  while (exchange_of(request).remaining_body > 0) {
    if (httpd_req_recv(request, dropped, sizeof(dropped)) <= 0) {
      return false;
    }
  }
  return true;
}

bool serves_request_of(Server &server, const Session &session) {
  return server.on_own_task() && server.exchange.session == &session;
}

} // namespace

bool Session::has_pending() const {
  return (pending != nullptr && pending(server, fd) > 0) || !unread.empty();
}

void free_ctx(void *&ctx, httpd_free_ctx_fn_t free_function) {
  if (ctx == nullptr) {
    return;
  }
  if (free_function != nullptr) {
    free_function(ctx);
  } else {
    std::free(ctx);
  }
  ctx = nullptr;
}

Session *find_session(Server &server, int fd) {
  const std::lock_guard lock(server.sessions_mutex);
  const auto found =
      std::find_if(server.sessions.begin(), server.sessions.end(),
                   [&](const Session &session) { return !session.is_free() && session.fd == fd; });
  return found == server.sessions.end() ? nullptr : &*found;
}

bool has_free_session(Server &server) {
  const std::lock_guard lock(server.sessions_mutex);
  return server.active_sessions < server.sessions.size();
}

esp_err_t open_session(Server &server, int fd) {
  Session *session = nullptr;
  {
    const std::lock_guard lock(server.sessions_mutex);
    const auto free_one = std::find_if(server.sessions.begin(), server.sessions.end(),
                                       [](const Session &place) { return place.is_free(); });
    session = &*free_one;
    *session = Session{};
    session->fd = fd;
    session->server = &server;
    session->send = default_send;
    session->recv = default_recv;
    session->lru_counter = server.lru_counter;
    ++server.active_sessions;
  }
  if (server.config.open_fn != nullptr) {
    const esp_err_t error = server.config.open_fn(&server, fd);
    if (error != ESP_OK) {
      close_session(*session);
      return error;
    }
  }
  return ESP_OK;
}

void close_session(Session &session) {
  if (session.is_free()) {
    return;
  }
  Server &server = *session.server;
  const int fd = session.fd;
  if (server.config.enable_so_linger) {
    const linger setting{.l_onoff = 1, .l_linger = server.config.linger_timeout};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &setting, sizeof(setting)) != 0) {
      ESP_LOGW(kTag, "can't set SO_LINGER (%d)", errno);
    }
  }
  server.listener.forget(fd);
  if (server.config.close_fn != nullptr) {
    server.config.close_fn(&server, fd);
  } else {
    ::close(fd);
  }
  post_event(HTTP_SERVER_EVENT_DISCONNECTED, fd);
  free_ctx(session.ctx, session.free_ctx);
  session.free_ctx = nullptr;
  free_ctx(session.transport_ctx, session.free_transport_ctx);
  session.free_transport_ctx = nullptr;
  const std::lock_guard lock(server.sessions_mutex);
  session.fd = -1;
  session.unread.clear();
  if (--server.active_sessions == 0) {
    server.lru_counter = 0;
  }
}

void close_all_sessions(Server &server) {
  for (Session &session : server.sessions) {
    close_session(session);
  }
}

esp_err_t queue_close_of_lru(Server &server) {
  Session *oldest = nullptr;
  {
    const std::lock_guard lock(server.sessions_mutex);
    for (Session &session : server.sessions) {
      if (session.is_free()) {
        return ESP_OK;
      }
      if (oldest == nullptr || session.lru_counter < oldest->lru_counter) {
        oldest = &session;
      }
    }
    if (oldest == nullptr) {
      return ESP_OK;
    }
    oldest->chosen_as_lru = true;
  }
  return httpd_queue_work(&server, close_queued, oldest);
}

esp_err_t serve(Session &session) {
  Server &server = *session.server;
  httpd_req_t *const request = &server.request();
  begin(session);
  const esp_err_t error = read_and_handle(request);
  const bool keep = error == ESP_OK && drain_body(request);
  finish(request);
  if (!keep) {
    return ESP_FAIL;
  }
  const std::lock_guard lock(server.sessions_mutex);
  session.lru_counter = ++server.lru_counter;
  return ESP_OK;
}

} // namespace host::http

using namespace host::http;

esp_err_t httpd_get_client_list(httpd_handle_t handle, size_t *fds, int *client_fds) {
  if (handle == nullptr || fds == nullptr || *fds == 0 || client_fds == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  Server &server = server_of(handle);
  const std::lock_guard lock(server.sessions_mutex);
  const size_t room = std::exchange(*fds, 0);
  for (const Session &session : server.sessions) {
    if (session.is_free()) {
      continue;
    }
    if (*fds == room) {
      return ESP_ERR_INVALID_ARG;
    }
    client_fds[(*fds)++] = session.fd;
  }
  return ESP_OK;
}

esp_err_t httpd_sess_trigger_close(httpd_handle_t handle, int sockfd) {
  Session *const session = find_session(server_of(handle), sockfd);
  return session == nullptr ? ESP_ERR_NOT_FOUND : httpd_queue_work(handle, close_queued, session);
}

esp_err_t httpd_sess_update_lru_counter(httpd_handle_t handle, int sockfd) {
  if (handle == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  Session *const session = find_session(server_of(handle), sockfd);
  if (session == nullptr) {
    return ESP_ERR_NOT_FOUND;
  }
  Server &server = server_of(handle);
  const std::lock_guard lock(server.sessions_mutex);
  session->lru_counter = ++server.lru_counter;
  return ESP_OK;
}

void *httpd_sess_get_ctx(httpd_handle_t handle, int sockfd) {
  Server &server = server_of(handle);
  const Session *const session = find_session(server, sockfd);
  if (session == nullptr) {
    return nullptr;
  }
  return serves_request_of(server, *session) ? server.request().sess_ctx : session->ctx;
}

void httpd_sess_set_ctx(httpd_handle_t handle, int sockfd, void *ctx, httpd_free_ctx_fn_t free_fn) {
  Server &server = server_of(handle);
  Session *const session = find_session(server, sockfd);
  if (session == nullptr) {
    return;
  }
  if (serves_request_of(server, *session)) {
    httpd_req_t &request = server.request();
    if (request.sess_ctx != ctx) {
      // The session's own is freed when the request ends.
      if (session->ctx != request.sess_ctx) {
        free_ctx(request.sess_ctx, request.free_ctx);
      }
      request.sess_ctx = ctx;
    }
    request.free_ctx = free_fn;
    return;
  }
  if (session->ctx != ctx) {
    free_ctx(session->ctx, session->free_ctx);
    session->ctx = ctx;
  }
  session->free_ctx = free_fn;
}

void *httpd_sess_get_transport_ctx(httpd_handle_t handle, int sockfd) {
  const Session *const session = find_session(server_of(handle), sockfd);
  return session == nullptr ? nullptr : session->transport_ctx;
}

void httpd_sess_set_transport_ctx(httpd_handle_t handle, int sockfd, void *ctx,
                                  httpd_free_ctx_fn_t free_fn) {
  Session *const session = find_session(server_of(handle), sockfd);
  if (session == nullptr) {
    return;
  }
  if (session->transport_ctx != ctx) {
    free_ctx(session->transport_ctx, session->free_transport_ctx);
    session->transport_ctx = ctx;
  }
  session->free_transport_ctx = free_fn;
}
