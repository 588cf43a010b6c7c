#include "transport/http/request_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "domain/secret.hpp"
#include "transport/http/socket_address.hpp"

namespace espp::provisioning {
namespace {

/// select() has its own idea of time, so it is asked in steps; milliseconds.
constexpr Millis kStep = 50;

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

} // namespace

void RequestStream::install(httpd_config_t &config) {
  config.open_fn = on_open;
  config.global_transport_ctx = this;
  config.global_transport_ctx_free_fn = [](void *) {}; // or the server would call free()
}

RequestStream &RequestStream::of(httpd_handle_t server) {
  return *static_cast<RequestStream *>(httpd_get_global_transport_ctx(server));
}

esp_err_t RequestStream::on_open(httpd_handle_t server, int socket) {
  if (socket >= FD_SETSIZE) {
    return ESP_ERR_INVALID_ARG; // select() could not watch it; the server closes it
  }
  // A connection before this one may have had the same number and died in the middle of a request.
  auto &self = of(server);
  self.socket_ = -1;
  self.gathers_ = false;
  self.segment_.clear();
  // What is sent is whole: its end must not wait for an acknowledgement either. Without it, answers
  // are slower.
  const int on = 1;
  static_cast<void>(setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  const esp_err_t error = httpd_sess_set_recv_override(server, socket, on_receive);
  return error == ESP_OK ? httpd_sess_set_send_override(server, socket, on_send) : error;
}

int RequestStream::on_receive(httpd_handle_t server, int socket, char *data, std::size_t size,
                              int flags) {
  return of(server).receive(socket, data, size, flags);
}

int RequestStream::on_send(httpd_handle_t server, int socket, const char *data, std::size_t size,
                           int flags) {
  return of(server).send(socket, data, size, flags);
}

void RequestStream::begin(int socket) {
  if (socket_ != socket) {
    socket_ = socket;
    part_ = Part::Head;
    line_is_empty_ = false;
    left_ = kPatience;
  }
}

void RequestStream::begin_answer() {
  part_ = Part::Body;
  gathers_ = true;
}

bool RequestStream::end() {
  gathers_ = false;
  const bool sent = flush();
  socket_ = -1;
  return sent;
}

void RequestStream::discard_pending(int socket) {
  constexpr int kMost = 128; // 16 KiB
  std::array<char, 128> bin;
  for (int i = 0; i < kMost && ::recv(socket, bin.data(), bin.size(), MSG_DONTWAIT) > 0; ++i) {
  }
  wipe(bin.data(), bin.size()); // a refused request may hold a password too
}

bool RequestStream::wait(int socket, Wanted wanted) {
  const auto client = peer_octet(socket);
  if (!client) {
    return false;
  }
  while (!is_closed_) {
    const Millis begun = monitor_.now();
    left_ = std::min(left_, credit_.left(*client, begun));
    // A tick is the least that can be waited.
    if (left_ < portTICK_PERIOD_MS) {
      return false;
    }
    fd_set set;
    FD_ZERO(&set);
    FD_SET(socket, &set);
    timeval step{};
    step.tv_usec = static_cast<suseconds_t>(std::min(left_, kStep)) * 1'000;
    const bool reads = wanted == Wanted::ToRead;
    const int ready =
        select(socket + 1, reads ? &set : nullptr, reads ? nullptr : &set, nullptr, &step);
    const Millis waited = monitor_.now() - begun;
    left_ -= std::min(left_, waited);
    credit_.spend(*client, waited);
    if (ready > 0) {
      return true;
    }
    if (ready < 0 && errno != EINTR) {
      return false;
    }
  }
  return false;
}

int RequestStream::receive_head(int socket, char *data, std::size_t size, int flags) {
  const auto seen = ::recv(socket, data, size, flags | MSG_DONTWAIT | MSG_PEEK);
  if (seen <= 0) {
    return static_cast<int>(seen);
  }
  // The head ends with an empty line, whose end may be that of a lone LF, as for the server's
  // parser.
  std::size_t wanted = 0;
  while (wanted < static_cast<std::size_t>(seen) && part_ == Part::Head) {
    const char c = data[wanted++];
    if (c == '\n' && line_is_empty_) {
      part_ = Part::FirstByte;
    }
    line_is_empty_ = c == '\n' || (c == '\r' && line_is_empty_);
  }
  // What was looked at beyond is the body's.
  wipe(data + wanted, size - wanted);
  return static_cast<int>(::recv(socket, data, wanted, flags | MSG_DONTWAIT));
}

int RequestStream::receive(int socket, char *data, std::size_t size, int flags) {
  begin(socket);
  do {
    const auto count =
        part_ == Part::Head
            ? receive_head(socket, data, size, flags)
            : ::recv(socket, data, part_ == Part::FirstByte ? 1 : size, flags | MSG_DONTWAIT);
    if (count >= 0) {
      return static_cast<int>(count);
    }
    if (!would_block(errno)) {
      return HTTPD_SOCK_ERR_FAIL;
    }
  } while (wait(socket, Wanted::ToRead));
  return HTTPD_SOCK_ERR_TIMEOUT;
}

int RequestStream::send(int socket, const char *data, std::size_t size, int flags) {
  begin(socket);
  if (!gathers_) {
    return send_now(socket, data, size, flags);
  }
  // What is long is sent from where it lies.
  if (size >= Segment::kSize) {
    return flush() ? send_now(socket, data, size, flags) : HTTPD_SOCK_ERR_FAIL;
  }
  if (segment_.is_full() && !flush()) {
    return HTTPD_SOCK_ERR_FAIL;
  }
  return static_cast<int>(segment_.append({data, size}));
}

bool RequestStream::flush() {
  std::string_view left = segment_.text();
  while (!left.empty()) {
    const int count = send_now(socket_, left.data(), left.size(), 0);
    if (count < 0) {
      break;
    }
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  segment_.clear();
  return left.empty();
}

int RequestStream::send_now(int socket, const char *data, std::size_t size, int flags) {
  do {
    const auto count = ::send(socket, data, size, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      return static_cast<int>(count);
    }
    if (!would_block(errno)) {
      return HTTPD_SOCK_ERR_FAIL;
    }
  } while (wait(socket, Wanted::ToWrite));
  return HTTPD_SOCK_ERR_TIMEOUT;
}

} // namespace espp::provisioning
