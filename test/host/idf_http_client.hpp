/// A client on a raw socket: sends any bytes, reads one answer after the other.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace test {

struct Answer {
  /// 0 if the connection ended before an answer was complete.
  int status = 0;
  std::string reason;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
};

class Client {
public:
  explicit Client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port);
    error_ = connect(fd_, reinterpret_cast<const sockaddr *>(&to), sizeof(to)) == 0 ? 0 : errno;
  }
  ~Client() { close(); }
  Client(Client &&other) noexcept
      : fd_(std::exchange(other.fd_, -1)), error_(other.error_), buffer_(std::move(other.buffer_)) {
  }
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;
  Client &operator=(Client &&) = delete;

  /// 0, or the errno of connect().
  int error() const { return error_; }
  int fd() const { return fd_; }

  void close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

  void stop_sending() { ::shutdown(fd_, SHUT_WR); }

  bool send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t sent = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      data.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  Answer ask(std::string_view request) {
    send(request);
    return read_answer();
  }

  Answer read_answer() {
    Answer answer;
    std::string line;
    if (!read_line(line) || !line.starts_with("HTTP/1.1 ")) {
      return answer;
    }
    const int status = std::atoi(line.c_str() + 9);
    answer.reason = line.size() > 13 ? line.substr(13) : "";
    while (read_line(line) && !line.empty()) {
      const std::size_t colon = line.find(": ");
      REQUIRE(colon != std::string::npos);
      std::string name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      answer.headers[name] = line.substr(colon + 2);
    }
    bool complete = false;
    if (answer.headers.contains("content-length")) {
      complete = read_bytes(answer.body,
                            std::strtoul(answer.headers["content-length"].c_str(), nullptr, 10));
    } else if (answer.headers["transfer-encoding"] == "chunked") {
      complete = read_chunks(answer.body);
    }
    if (complete) {
      answer.status = status;
    }
    return answer;
  }

  /// Whether the server has ended the connection, by a close or a reset; waits for it.
  bool is_closed() {
    char byte;
    return buffer_.empty() && receive(&byte, 1) <= 0 && errno_ != EAGAIN;
  }

  /// Whether it was a reset. After is_closed().
  bool was_reset() const { return errno_ == ECONNRESET; }

  /// Whether nothing arrives for that long.
  bool is_silent_for(std::chrono::milliseconds duration) {
    pollfd polled{.fd = fd_, .events = POLLIN, .revents = 0};
    return buffer_.empty() && poll(&polled, 1, static_cast<int>(duration.count())) == 0;
  }

private:
  ssize_t receive(char *data, std::size_t size) {
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    const ssize_t got = recv(fd_, data, size, 0);
    errno_ = got < 0 ? errno : 0;
    return got;
  }

  bool fill() {
    char block[4096];
    const ssize_t got = receive(block, sizeof(block));
    if (got <= 0) {
      return false;
    }
    buffer_.append(block, static_cast<std::size_t>(got));
    return true;
  }

  bool read_line(std::string &line) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      if (!fill()) {
        return false;
      }
    }
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
  }

  bool read_bytes(std::string &bytes, std::size_t count) {
    while (buffer_.size() < count) {
      if (!fill()) {
        return false;
      }
    }
    bytes += buffer_.substr(0, count);
    buffer_.erase(0, count);
    return true;
  }

  bool read_chunks(std::string &body) {
    std::string line;
    for (;;) {
      if (!read_line(line)) {
        return false;
      }
      const std::size_t size = std::strtoul(line.c_str(), nullptr, 16);
      if (!read_bytes(body, size) || !read_line(line)) {
        return false;
      }
      if (size == 0) {
        return true;
      }
    }
  }

  int fd_;
  int error_ = 0;
  int errno_ = 0;
  std::string buffer_;
};

} // namespace test
