/// `bench-load PORT PATH CLIENTS MILLISECONDS`: asks 127.0.0.1 for PATH over and over, each client
/// on a connection of its own that it keeps, the next request right after the answer. Prints one
/// JSON object with the time that each answer took, in microseconds. A connection that the server
/// closes is opened again, and that time counts.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

class Client {
public:
  Client(std::uint16_t port, const std::string &path)
      : port_(port),
        request_("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                 "\r\nAccept-Encoding: gzip\r\n\r\n") {}
  ~Client() { hang_up(); }
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  /// True if a whole answer came.
  bool ask() {
    for (int attempt = 0; attempt < 3; ++attempt) {
      if ((socket_ >= 0 || dial()) && exchange()) {
        return true;
      }
      hang_up();
    }
    return false;
  }

private:
  bool dial() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval patience{5, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket_, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
  }

  void hang_up() {
    if (socket_ >= 0) {
      close(socket_);
    }
    socket_ = -1;
  }

  bool exchange() {
    if (::send(socket_, request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size())) {
      return false;
    }
    answer_.clear();
    char buffer[16384];
    while (!is_whole()) {
      const ssize_t count = recv(socket_, buffer, sizeof buffer, 0);
      if (count <= 0) {
        return false;
      }
      answer_.append(buffer, static_cast<std::size_t>(count));
    }
    return answer_.starts_with("HTTP/1.1 200");
  }

  bool is_whole() const {
    const auto head = answer_.find("\r\n\r\n");
    if (head == std::string::npos) {
      return false;
    }
    const char *length = strcasestr(answer_.c_str(), "content-length: ");
    if (length == nullptr) {
      return answer_.ends_with("\r\n0\r\n\r\n");
    }
    return answer_.size() >= head + 4 + std::strtoul(length + 16, nullptr, 10);
  }

  std::uint16_t port_;
  std::string request_;
  std::string answer_;
  int socket_{-1};
};

struct Outcome {
  std::vector<double> times; ///< us
  std::uint64_t failures{0};
};

Outcome run(std::uint16_t port, const std::string &path, Clock::time_point end) {
  Outcome outcome;
  Client client(port, path);
  while (Clock::now() < end) {
    const auto begun = Clock::now();
    if (client.ask()) {
      outcome.times.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
    } else {
      ++outcome.failures;
    }
  }
  return outcome;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 5) {
    std::fputs("usage: bench-load PORT PATH CLIENTS MILLISECONDS\n", stderr);
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const std::string path = argv[2];
  std::vector<Outcome> outcomes(static_cast<std::size_t>(std::max(1, std::atoi(argv[3]))));
  const auto end = Clock::now() + std::chrono::milliseconds(std::atoi(argv[4]));
  std::vector<std::thread> threads;
  for (Outcome &outcome : outcomes) {
    threads.emplace_back([&] { outcome = run(port, path, end); });
  }
  for (std::thread &thread : threads) {
    thread.join();
  }
  std::uint64_t failures = 0;
  const char *separator = "";
  std::fputs("{\"times\":[", stdout);
  for (const Outcome &outcome : outcomes) {
    failures += outcome.failures;
    for (const double time : outcome.times) {
      std::printf("%s%.0f", separator, time);
      separator = ",";
    }
  }
  std::printf("],\"failures\":%llu}\n", static_cast<unsigned long long>(failures));
  return failures == 0 ? 0 : 1;
}
