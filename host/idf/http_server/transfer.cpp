#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <string_view>

#include "esp_log.h"
#include "http_server/server.hpp"

namespace host::http {
namespace {

constexpr char kTag[] = "httpd_txrx";

int socket_error(const char *call) {
  const int error = errno;
  ESP_LOGW(kTag, "error in %s : %d", call, error);
  switch (error) {
  case EAGAIN:
  case EINTR:
    return HTTPD_SOCK_ERR_TIMEOUT;
  case EINVAL:
  case EBADF:
  case EFAULT:
  case ENOTSOCK:
    return HTTPD_SOCK_ERR_INVALID;
  default:
    return HTTPD_SOCK_ERR_FAIL;
  }
}

bool send_all(Session &session, std::string_view data) {
  while (!data.empty()) {
    const int sent = session.send(session.server, session.fd, data.data(), data.size(), 0);
    if (sent < 0) {
      return false;
    }
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void set_no_delay(httpd_req_t *request, bool on) {
  const int value = on ? 1 : 0;
  if (setsockopt(exchange_of(request).session->fd, IPPROTO_TCP, TCP_NODELAY, &value,
                 sizeof(value)) != 0) {
    ESP_LOGW(kTag, "error calling setsockopt : %d", errno);
  }
}

bool has_line_break(const char *text) {
  return std::strpbrk(text, "\r\n") != nullptr;
}

// The status line and the first headers, whose length is limited, then the application's headers.
esp_err_t send_head(httpd_req_t *request, const std::string &framing) {
  Exchange &exchange = exchange_of(request);
  const httpd_config_t &config = server_of(request->handle).config;
  const std::size_t limit =
      config.max_req_hdr_len > 0 ? config.max_req_hdr_len : CONFIG_HTTPD_MAX_REQ_HDR_LEN;
  const std::string head = std::string("HTTP/1.1 ") + exchange.status +
                           "\r\nContent-Type: " + exchange.content_type + "\r\n" + framing + "\r\n";
  if (head.size() + 1 > limit) {
    return ESP_ERR_HTTPD_RESP_HDR;
  }
  Session &session = *exchange.session;
  if (!send_all(session, head)) {
    return ESP_ERR_HTTPD_RESP_SEND;
  }
  for (const Header &header : exchange.response_headers) {
    if (!send_all(session, header.field) || !send_all(session, ": ") ||
        !send_all(session, header.value) || !send_all(session, "\r\n")) {
      return ESP_ERR_HTTPD_RESP_SEND;
    }
  }
  return send_all(session, "\r\n") ? ESP_OK : ESP_ERR_HTTPD_RESP_SEND;
}

void post_data_event(esp_http_server_event_id_t id, int fd, ssize_t length) {
  const esp_http_server_event_data data{.fd = fd, .data_len = static_cast<int>(length)};
  post_event(id, &data, sizeof(data));
}

struct ErrorPage {
  const char *status;
  const char *text;
};

ErrorPage error_page(httpd_err_code_t error) {
  switch (error) {
  case HTTPD_501_METHOD_NOT_IMPLEMENTED:
    return {"501 Method Not Implemented", "Server does not support this method"};
  case HTTPD_505_VERSION_NOT_SUPPORTED:
    return {"505 Version Not Supported", "HTTP version not supported by server"};
  case HTTPD_400_BAD_REQUEST:
    return {"400 Bad Request", "Bad request syntax"};
  case HTTPD_401_UNAUTHORIZED:
    return {"401 Unauthorized", "No permission -- see authorization schemes"};
  case HTTPD_403_FORBIDDEN:
    return {"403 Forbidden", "Request forbidden -- authorization will not help"};
  case HTTPD_404_NOT_FOUND:
    return {"404 Not Found", "Nothing matches the given URI"};
  case HTTPD_405_METHOD_NOT_ALLOWED:
    return {"405 Method Not Allowed", "Specified method is invalid for this resource"};
  case HTTPD_408_REQ_TIMEOUT:
    return {"408 Request Timeout", "Server closed this connection"};
  case HTTPD_411_LENGTH_REQUIRED:
    return {"411 Length Required", "Client must specify Content-Length"};
  case HTTPD_413_CONTENT_TOO_LARGE:
    return {"413 Content Too Large", "Content is too large"};
  case HTTPD_414_URI_TOO_LONG:
    return {"414 URI Too Long", "URI is too long"};
  case HTTPD_431_REQ_HDR_FIELDS_TOO_LARGE:
    return {"431 Request Header Fields Too Large", "Header fields are too long"};
  case HTTPD_500_INTERNAL_SERVER_ERROR:
  case HTTPD_ERR_CODE_MAX:
    break;
  }
  return {"500 Internal Server Error", "Server has encountered an unexpected error"};
}

} // namespace

int default_send(httpd_handle_t, int fd, const char *data, std::size_t size, int flags) {
  if (data == nullptr) {
    return HTTPD_SOCK_ERR_INVALID;
  }
  // A chip knows no SIGPIPE.
  const ssize_t sent = ::send(fd, data, size, flags | MSG_NOSIGNAL);
  return sent < 0 ? socket_error("send") : static_cast<int>(sent);
}

int default_recv(httpd_handle_t, int fd, char *data, std::size_t size, int flags) {
  if (data == nullptr) {
    return HTTPD_SOCK_ERR_INVALID;
  }
  const ssize_t got = ::recv(fd, data, size, flags);
  return got < 0 ? socket_error("recv") : static_cast<int>(got);
}

int receive(Session &session, char *data, std::size_t size, bool only_pending) {
  const std::size_t kept = std::min(session.unread.size(), size);
  std::memcpy(data, session.unread.data(), kept);
  session.unread.erase(0, kept);
  if (kept == size || (kept > 0 && only_pending)) {
    return static_cast<int>(kept);
  }
  const int got = session.recv(session.server, session.fd, data + kept, size - kept, 0);
  if (got <= 0) {
    // Like recv() itself: a time-out after some data is no error.
    return got == HTTPD_SOCK_ERR_TIMEOUT && kept > 0 ? static_cast<int>(kept) : got;
  }
  return static_cast<int>(kept) + got;
}

esp_err_t handle_error(httpd_req_t *request, httpd_err_code_t error) {
  Server &server = server_of(request->handle);
  httpd_err_handler_func_t handler = nullptr;
  {
    const std::lock_guard lock(server.handlers_mutex);
    handler = server.error_handlers[error];
  }
  if (handler == nullptr) {
    httpd_resp_send_err(request, error, nullptr);
    return ESP_FAIL;
  }
  const esp_err_t result = handler(request, error);
  return error == HTTPD_500_INTERNAL_SERVER_ERROR ? ESP_FAIL : result;
}

} // namespace host::http

using namespace host::http;

esp_err_t httpd_sess_set_send_override(httpd_handle_t hd, int sockfd, httpd_send_func_t send_func) {
  Session *const session = find_session(server_of(hd), sockfd);
  if (session == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  session->send = send_func;
  return ESP_OK;
}

esp_err_t httpd_sess_set_recv_override(httpd_handle_t hd, int sockfd, httpd_recv_func_t recv_func) {
  Session *const session = find_session(server_of(hd), sockfd);
  if (session == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  session->recv = recv_func;
  return ESP_OK;
}

esp_err_t httpd_sess_set_pending_override(httpd_handle_t hd, int sockfd,
                                          httpd_pending_func_t pending_func) {
  Session *const session = find_session(server_of(hd), sockfd);
  if (session == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  session->pending = pending_func;
  return ESP_OK;
}

int httpd_send(httpd_req_t *r, const char *buf, size_t buf_len) {
  if (r == nullptr || buf == nullptr) {
    return HTTPD_SOCK_ERR_INVALID;
  }
  const Session &session = *exchange_of(r).session;
  return session.send(session.server, session.fd, buf, buf_len, 0);
}

int httpd_socket_send(httpd_handle_t hd, int sockfd, const char *buf, size_t buf_len, int flags) {
  const Session *const session = find_session(server_of(hd), sockfd);
  return session == nullptr || session->send == nullptr
             ? HTTPD_SOCK_ERR_INVALID
             : session->send(hd, sockfd, buf, buf_len, flags);
}

int httpd_socket_recv(httpd_handle_t hd, int sockfd, char *buf, size_t buf_len, int flags) {
  const Session *const session = find_session(server_of(hd), sockfd);
  return session == nullptr || session->recv == nullptr
             ? HTTPD_SOCK_ERR_INVALID
             : session->recv(hd, sockfd, buf, buf_len, flags);
}

int httpd_req_to_sockfd(httpd_req_t *r) {
  return r == nullptr ? -1 : exchange_of(r).session->fd;
}

int httpd_req_recv(httpd_req_t *r, char *buf, size_t buf_len) {
  if (r == nullptr || buf == nullptr) {
    return HTTPD_SOCK_ERR_INVALID;
  }
  Exchange &exchange = exchange_of(r);
  const std::size_t size = std::min(buf_len, exchange.remaining_body);
  if (size == 0) {
    return 0;
  }
  const int got = receive(*exchange.session, buf, size, false);
  if (got < 0) {
    return got;
  }
  exchange.remaining_body -= static_cast<std::size_t>(got);
  post_data_event(HTTP_SERVER_EVENT_ON_DATA, exchange.session->fd, got);
  return got;
}

esp_err_t httpd_resp_set_hdr(httpd_req_t *r, const char *field, const char *value) {
  if (r == nullptr || field == nullptr || value == nullptr || has_line_break(field) ||
      has_line_break(value)) {
    return ESP_ERR_INVALID_ARG;
  }
  Exchange &exchange = exchange_of(r);
  if (exchange.response_headers.size() >= server_of(r->handle).config.max_resp_headers) {
    return ESP_ERR_HTTPD_RESP_HDR;
  }
  exchange.response_headers.push_back({field, value});
  return ESP_OK;
}

esp_err_t httpd_resp_set_status(httpd_req_t *r, const char *status) {
  if (r == nullptr || status == nullptr || has_line_break(status)) {
    return ESP_ERR_INVALID_ARG;
  }
  exchange_of(r).status = status;
  return ESP_OK;
}

esp_err_t httpd_resp_set_type(httpd_req_t *r, const char *type) {
  if (r == nullptr || type == nullptr || has_line_break(type)) {
    return ESP_ERR_INVALID_ARG;
  }
  exchange_of(r).content_type = type;
  return ESP_OK;
}

esp_err_t httpd_resp_send(httpd_req_t *r, const char *buf, ssize_t buf_len) {
  if (r == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const std::size_t size =
      buf_len == HTTPD_RESP_USE_STRLEN ? std::strlen(buf) : static_cast<std::size_t>(buf_len);
  Exchange &exchange = exchange_of(r);
  exchange.header_count = 0;
  // Also for HEAD, 204 and 304: ESP-IDF's server makes no difference.
  const esp_err_t error = send_head(r, "Content-Length: " + std::to_string(size));
  if (error != ESP_OK) {
    return error;
  }
  Session &session = *exchange.session;
  post_event(HTTP_SERVER_EVENT_HEADERS_SENT, session.fd);
  if (buf != nullptr && size > 0 && !send_all(session, {buf, size})) {
    return ESP_ERR_HTTPD_RESP_SEND;
  }
  post_data_event(HTTP_SERVER_EVENT_SENT_DATA, session.fd, static_cast<ssize_t>(size));
  return ESP_OK;
}

esp_err_t httpd_resp_send_chunk(httpd_req_t *r, const char *buf, ssize_t buf_len) {
  if (r == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const std::size_t size =
      buf_len == HTTPD_RESP_USE_STRLEN ? std::strlen(buf) : static_cast<std::size_t>(buf_len);
  Exchange &exchange = exchange_of(r);
  exchange.header_count = 0;
  if (!exchange.first_chunk_sent) {
    const esp_err_t error = send_head(r, "Transfer-Encoding: chunked");
    if (error != ESP_OK) {
      return error;
    }
    exchange.first_chunk_sent = true;
  }
  Session &session = *exchange.session;
  char length[24];
  std::snprintf(length, sizeof(length), "%zx\r\n", size);
  if (!send_all(session, length) || (buf != nullptr && !send_all(session, {buf, size})) ||
      !send_all(session, "\r\n")) {
    return ESP_ERR_HTTPD_RESP_SEND;
  }
  post_data_event(HTTP_SERVER_EVENT_SENT_DATA, session.fd, static_cast<ssize_t>(size));
  return ESP_OK;
}

esp_err_t httpd_resp_send_err(httpd_req_t *req, httpd_err_code_t error, const char *msg) {
  const ErrorPage page = error_page(error);
  const esp_err_t result =
      httpd_resp_send_custom_err(req, page.status, msg != nullptr ? msg : page.text);
  post_event(HTTP_SERVER_EVENT_ERROR, &error, sizeof(error));
  return result;
}

esp_err_t httpd_resp_send_custom_err(httpd_req_t *req, const char *status, const char *msg) {
  ESP_LOGW(kTag, "%s - %s", status, msg);
  httpd_resp_set_status(req, status);
  httpd_resp_set_type(req, HTTPD_TYPE_TEXT);
  // As with CONFIG_HTTPD_ERR_RESP_NO_DELAY, the default: the connection is often closed right after.
  set_no_delay(req, true);
  const esp_err_t result = httpd_resp_send(req, msg, HTTPD_RESP_USE_STRLEN);
  set_no_delay(req, false);
  return result;
}

esp_err_t httpd_register_err_handler(httpd_handle_t handle, httpd_err_code_t error,
                                     httpd_err_handler_func_t handler_fn) {
  if (handle == nullptr || error >= HTTPD_ERR_CODE_MAX) {
    return ESP_ERR_INVALID_ARG;
  }
  Server &server = server_of(handle);
  const std::lock_guard lock(server.handlers_mutex);
  server.error_handlers[error] = handler_fn;
  return ESP_OK;
}
