/// A server's listening socket and its accepted connections, which can be cut off from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>

namespace host::network {

/// Used by one server; cut_clients() and restore_clients() reach it through a registry.
class Listener {
public:
  Listener() = default;
  ~Listener() { close(); }
  Listener(const Listener &) = delete;
  Listener &operator=(const Listener &) = delete;

  /// Binds the PC's port and address for `device_port` and listens, unless clients are cut off now.
  /// Returns 0 or the errno. `wake_fd` is an eventfd that is written to when poll_fd() has changed.
  int open(std::uint16_t device_port, int backlog, int wake_fd);
  void close();

  /// What to poll for new connections; -1 while clients are cut off.
  int poll_fd();
  /// A new connection, or -1 with errno set: EAGAIN if it has gone again meanwhile.
  int accept();
  /// Before the connection's descriptor is closed.
  void forget(int connection);

  std::uint16_t device_port() const { return device_port_; }
  std::uint16_t bound_port() const { return bound_port_; }

  /// For the registry, which calls these one at a time.
  void cut();
  bool restore();

private:
  std::mutex mutex_;
  std::uint16_t device_port_ = 0;
  std::uint16_t bound_port_ = 0;
  int fd_ = -1;
  int backlog_ = 0;
  int wake_fd_ = -1;
  bool is_cut_ = false;
  std::set<int> connections_;
};

} // namespace host::network
