#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "device.hpp"

using Milliseconds = std::chrono::milliseconds;

/// Whom to attack, and from which of this machine's own addresses: 127.0.0.1 is the owner's phone.
struct Target {
  std::uint16_t port;
  const char *from;
};

/// A connection of an attacker, who takes what is refused or closed for granted.
class Attacker {
public:
  Attacker(const Target &target, int receive_buffer = 0);
  ~Attacker();
  Attacker(const Attacker &) = delete;
  Attacker &operator=(const Attacker &) = delete;

  /// False: the server is not there any more.
  bool send(const std::string &bytes);
  /// Reads and drops up to `size` bytes, if there are any.
  void read(std::size_t size);
  /// Waits that long (of the device's time) and tells whether the connection is still open. Does
  /// not read, so an answer that waits to be read counts as open, and ends the wait only if asked.
  bool stays_open_for(Milliseconds time, const std::stop_token &stop);
  /// Ends with a reset instead of a proper close.
  void vanish();

private:
  int fd_;
};

/// Connects and is gone, without waiting for long where the server's queue is full. Whether the
/// connection came about.
bool connect_and_leave(std::uint16_t port, bool with_reset);

/// As many attackers as asked for, each on a thread of its own that does the same over and over.
class Attack {
public:
  using Act = std::function<void(const Target &target, const std::stop_token &stop)>;
  Attack(int attackers, const Target &target, const Act &act);
  ~Attack();
  Attack(const Attack &) = delete;
  Attack &operator=(const Attack &) = delete;

  /// How often the attackers began anew, all together.
  unsigned rounds() const { return *rounds_; }

private:
  std::shared_ptr<std::atomic<unsigned>> rounds_;
  std::vector<std::jthread> threads_;
};

/// Loads the page as a browser does: one request, which is repeated while its connection is closed
/// before it was answered. How long that took, in the device's time.
Milliseconds load_page(const Device &device);

/// The slowest of several loads while attackers are at it, and have been for a while.
Milliseconds slowest_load_under(const Device &device, const char *from, int attackers,
                                const Attack::Act &act);

/// What must be as it was once the attackers are gone: answers, connections, what is known.
void check_all_is_as_before(Device &device);
