#include "attack.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <memory>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.hpp"

using namespace std::chrono_literals;

namespace {

/// What an attacker needs at least to begin anew, of the device's time.
constexpr Milliseconds kRound{1};

sockaddr_in address(const char *ip, std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  inet_pton(AF_INET, ip, &to.sin_addr);
  to.sin_port = htons(port);
  return to;
}

void reset_on_close(int fd) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

} // namespace

Attacker::Attacker(const Target &target, int receive_buffer)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const sockaddr_in own = address(target.from, 0);
  static_cast<void>(bind(fd_, reinterpret_cast<const sockaddr *>(&own), sizeof own));
  const sockaddr_in to = address("127.0.0.1", target.port);
  static_cast<void>(connect(fd_, reinterpret_cast<const sockaddr *>(&to), sizeof to));
}

Attacker::~Attacker() {
  close(fd_);
}

bool Attacker::send(const std::string &bytes) {
  return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ||
         errno == EAGAIN;
}

void Attacker::read(std::size_t size) {
  std::array<char, 1024> bin;
  static_cast<void>(recv(fd_, bin.data(), std::min(size, bin.size()), MSG_DONTWAIT));
}

bool Attacker::stays_open_for(Milliseconds time, const std::stop_token &stop) {
  const auto until = host::clock::now() + time;
  while (!stop.stop_requested()) {
    const auto left = until - host::clock::now();
    if (left <= 0us) {
      return true;
    }
    pollfd polled{.fd = fd_, .events = POLLRDHUP, .revents = 0};
    host::clock::poll(&polled, 1,
                      host::clock::deadline_in(std::min<host::clock::Duration>(left, 100ms)));
    if (polled.revents != 0) {
      return false;
    }
  }
  return false;
}

void Attacker::vanish() {
  reset_on_close(fd_);
}

bool connect_and_leave(std::uint16_t port, bool with_reset) {
  // The kernel repeats an attempt that a full queue has dropped only after a second.
  constexpr int kPatience = 5;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const sockaddr_in to = address("127.0.0.1", port);
  bool is_connected = connect(fd, reinterpret_cast<const sockaddr *>(&to), sizeof to) == 0;
  if (!is_connected) {
    pollfd polled{.fd = fd, .events = POLLOUT, .revents = 0};
    is_connected = poll(&polled, 1, kPatience) == 1 && (polled.revents & POLLERR) == 0;
  }
  if (with_reset) {
    reset_on_close(fd);
  }
  close(fd);
  return is_connected;
}

Attack::Attack(int attackers, const Target &target, const Act &act)
    : rounds_(std::make_shared<std::atomic<unsigned>>(0)) {
  for (int i = 0; i < attackers; ++i) {
    threads_.emplace_back([target, act, rounds = rounds_](const std::stop_token &stop) {
      const host::clock::Participant attacker;
      while (!stop.stop_requested()) {
        ++*rounds;
        act(target, stop);
        // The device's time does not count what the machine computes, the attacker's part included.
        host::clock::sleep_for(kRound);
      }
    });
  }
}

Attack::~Attack() {
  const host::clock::Away away;
  threads_.clear();
}

Milliseconds load_page(const Device &device) {
  const auto begun = host::clock::now();
  // As patient as a browser, or it would give its place in the queue up.
  const HttpClient phone(device.phone().port(), 30);
  const auto patience = begun + 10min;
  while (phone.get("/").status != 200) {
    if (host::clock::now() > patience) {
      FAIL("never loaded");
    }
  }
  return std::chrono::duration_cast<Milliseconds>(host::clock::now() - begun);
}

Milliseconds slowest_load_under(const Device &device, const char *from, int attackers,
                                const Attack::Act &act) {
  constexpr int kLoads = 5;
  const Attack attack(attackers, {.port = device.phone().port(), .from = from}, act);
  // In full swing once each has been thrown out and has come back, or has stayed for 5 s.
  const auto since = host::clock::now();
  while (attack.rounds() < 2 * static_cast<unsigned>(attackers) &&
         host::clock::now() < since + 5s) {
    host::clock::sleep_for(10ms);
  }
  Milliseconds slowest{0};
  for (int i = 0; i < kLoads; ++i) {
    // Each at another moment of the attack.
    host::clock::sleep_for(137ms);
    slowest = std::max(slowest, load_page(device));
  }
  return slowest;
}

void check_all_is_as_before(Device &device) {
  const HttpClient phone = device.phone();
  const Json status = phone.get("/api/status").json();
  CHECK(status.text("device.name") == "Lamp");
  CHECK(status.text("connect.state") == "idle");
  CHECK(status.number("connect.id") == 0);
  CHECK_FALSE(status.is_true("provisioned"));
  CHECK(phone.get("/api/networks").json().size("networks") == 0);
  // The server's own, of which a connection each is let go when somebody new comes: 6 at most.
  device.wait_until([&] {
    std::size_t open = 0;
    for (const auto &entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      open += std::filesystem::read_symlink(entry.path(), gone).string().starts_with("socket:");
    }
    return open <= 6 + 4; // and the listening one, DNS, the test's own
  });
  CHECK(device.test(R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})").text("state") ==
        "connected");
}
