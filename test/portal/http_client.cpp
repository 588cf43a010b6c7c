#include "http_client.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "host/clock.hpp"

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string dechunk(const std::string &chunked) {
  std::string body;
  std::size_t at = 0;
  while (true) {
    const std::size_t size = std::strtoul(chunked.c_str() + at, nullptr, 16);
    const std::size_t line_end = chunked.find("\r\n", at);
    if (line_end == std::string::npos || size == 0) {
      return body;
    }
    body += chunked.substr(line_end + 2, size);
    at = line_end + 2 + size + 2;
  }
}

/// To connect, on the same machine.
constexpr std::chrono::seconds kPatience{10};

/// On FreeRTOS's own port for Linux each tick is a signal, which ends a system call and begins the
/// socket's time-out anew.
template <typename Call> ssize_t uninterrupted(std::chrono::seconds patience, Call call) {
  const auto deadline = host::clock::now() + patience;
  while (true) {
    const ssize_t result = call();
    if (result >= 0 || errno != EINTR || host::clock::now() > deadline) {
      return result;
    }
  }
}

} // namespace

const cJSON *Json::at(std::string_view path) const {
  const cJSON *item = root_.get();
  while (item != nullptr && !path.empty()) {
    const std::string name(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    item = cJSON_IsArray(item) ? cJSON_GetArrayItem(item, std::atoi(name.c_str()))
                               : cJSON_GetObjectItemCaseSensitive(item, name.c_str());
  }
  return item;
}

std::string Json::text(std::string_view path) const {
  const char *value = cJSON_GetStringValue(at(path));
  return value == nullptr ? "<none>" : value;
}

double Json::number(std::string_view path) const {
  const cJSON *item = at(path);
  return cJSON_IsNumber(item) ? item->valuedouble : std::nan("");
}

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Called again after a signal it goes on waiting.
  const ssize_t result = uninterrupted(kPatience, [&] {
    return connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address);
  });
  if (result != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

std::string HttpClient::exchange(const std::string &bytes) const {
  const std::chrono::seconds patience(patience_);
  const int fd = connect_to(port_);
  std::string answer;
  if (fd >= 0) {
    const timeval silence{patience_, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t count = uninterrupted(patience, [&] {
        return ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      });
      if (count <= 0) {
        break;
      }
      sent += static_cast<std::size_t>(count);
    }
    char buffer[4096];
    ssize_t count = 0;
    while ((count = uninterrupted(patience, [&] { return recv(fd, buffer, sizeof buffer, 0); })) >
           0) {
      answer.append(buffer, static_cast<std::size_t>(count));
      // The whole answer to one request is enough; the server keeps the connection open.
      const auto head_end = answer.find("\r\n\r\n");
      if (head_end == std::string::npos) {
        continue;
      }
      if (bytes.starts_with("HEAD ")) {
        break;
      }
      const std::string head = lower(answer.substr(0, head_end));
      const auto length = head.find("content-length: ");
      if (length != std::string::npos) {
        // The answer to 204 and 304 says 0 here, as the server has no body to count.
        if (answer.size() >= head_end + 4 + std::strtoul(head.c_str() + length + 16, nullptr, 10)) {
          break;
        }
      } else if (answer.ends_with("0\r\n\r\n")) {
        break;
      }
    }
    close(fd);
  }
  return answer;
}

Reply HttpClient::send(const Request &request) const {
  auto headers = request.headers;
  headers.emplace("Host", "127.0.0.1:" + std::to_string(port_));
  if (!request.body.empty()) {
    headers.emplace("Content-Type", "application/json");
  }
  if (!request.body.empty() || request.method == "POST") {
    headers.emplace("Content-Length", std::to_string(request.body.size()));
  }
  std::string bytes = request.method + " " + request.path + " HTTP/1.1\r\n";
  for (const auto &[name, value] : headers) {
    if (!value.empty()) {
      bytes += name + ": " + value + "\r\n";
    }
  }
  const std::string answer = exchange(bytes + "\r\n" + request.body);

  Reply reply;
  const auto head_end = answer.find("\r\n\r\n");
  if (head_end == std::string::npos || !answer.starts_with("HTTP/1.1 ")) {
    return reply;
  }
  reply.status = std::atoi(answer.c_str() + 9);
  std::size_t at = answer.find("\r\n") + 2;
  while (at < head_end + 2) {
    const std::size_t end = answer.find("\r\n", at);
    const std::size_t colon = answer.find(": ", at);
    if (colon < end) {
      reply.headers[lower(answer.substr(at, colon - at))] =
          answer.substr(colon + 2, end - colon - 2);
    }
    at = end + 2;
  }
  reply.body = answer.substr(head_end + 4);
  if (reply.headers["transfer-encoding"] == "chunked") {
    reply.body = dechunk(reply.body);
  }
  return reply;
}
