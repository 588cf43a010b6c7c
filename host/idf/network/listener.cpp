#include "network/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "esp_log.h"
#include "host/network.hpp"
#include "sdkconfig.h"

namespace host::network {
namespace {

constexpr char kTag[] = "host_network";

struct Network {
  // Taken before a listener's own mutex, never after.
  std::mutex mutex;
  std::map<std::uint16_t, std::uint16_t> ports;
  in_addr address{htonl(INADDR_LOOPBACK)};
  std::vector<Listener *> listeners;
  int send_buffer = CONFIG_LWIP_TCP_SND_BUF_DEFAULT;
  bool is_cut = false;
};

Network &network() {
  static Network *const instance = new Network;
  return *instance;
}

std::uint16_t mapped(const Network &net, std::uint16_t device_port) {
  const auto found = net.ports.find(device_port);
  return found == net.ports.end() ? device_port : found->second;
}

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&storage); }
};

Address ipv4(in_addr address, std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr = address;
  in.sin_port = htons(port);
  Address result;
  std::memcpy(&result.storage, &in, sizeof(in));
  result.length = sizeof(in);
  return result;
}

// As a chip with IPv6 sees its IPv4 clients: addresses mapped into IPv6.
Address mapped_ipv6(in_addr address, std::uint16_t port) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  if (address.s_addr != htonl(INADDR_ANY)) {
    in.sin6_addr.s6_addr[10] = 0xff;
    in.sin6_addr.s6_addr[11] = 0xff;
    std::memcpy(&in.sin6_addr.s6_addr[12], &address, sizeof(address));
  }
  Address result;
  std::memcpy(&result.storage, &in, sizeof(in));
  result.length = sizeof(in);
  return result;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  if (getsockname(fd, reinterpret_cast<sockaddr *>(&storage), &length) != 0) {
    return 0;
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof(in));
    return ntohs(in.sin6_port);
  }
  sockaddr_in in{};
  std::memcpy(&in, &storage, sizeof(in));
  return ntohs(in.sin_port);
}

// A socket bound to exactly this port, or minus the errno.
int socket_bound_to(in_addr address, std::uint16_t port) {
  // An IPv6 socket as on a chip, where the address of a client or of the device is a sockaddr_in6;
  // a kernel without IPv6 leaves only the other kind.
  Address to = mapped_ipv6(address, port);
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0) {
    const int off = 0;
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  } else if (errno == EAFNOSUPPORT) {
    to = ipv4(address, port);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  }
  if (fd < 0) {
    return -errno;
  }
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd, to.get(), to.length) != 0) {
    const int error = errno;
    ::close(fd);
    return -error;
  }
  return fd;
}

// The same, also for port 0, a free one. A socket keeps its port while it does not listen only if
// it was bound to it by number, so a free one is bound twice.
int bound_socket(in_addr address, std::uint16_t port) {
  const int first = socket_bound_to(address, port);
  if (first < 0 || port != 0) {
    return first;
  }
  const int second = socket_bound_to(address, port_of(first));
  ::close(first);
  return second;
}

void wake(int eventfd) {
  const std::uint64_t one = 1;
  // Only a full counter makes it fail, and then it is awake already.
  [[maybe_unused]] const ssize_t written = ::write(eventfd, &one, sizeof(one));
}

// Resets the connection at once but leaves the descriptor to its owner.
void reset(int connection) {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  // The plain system call: a thread checker takes connect() beside another thread's recv() for a
  // race, but here that is the point, and the kernel orders them.
  if (syscall(SYS_connect, connection, &nobody, sizeof(nobody)) != 0) {
    // Some kernels refuse that while a thread is blocked on the socket. Then the owner's close
    // sends the reset; the shutdown wakes it.
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    ::shutdown(connection, SHUT_RDWR);
  }
}

} // namespace

int Listener::open(std::uint16_t device_port, int backlog, int wake_fd) {
  Network &net = network();
  const std::lock_guard net_lock(net.mutex);
  const std::lock_guard lock(mutex_);
  const int fd = bound_socket(net.address, mapped(net, device_port));
  if (fd < 0) {
    return -fd;
  }
  // Connections inherit it. The kernel takes at least 2,304 bytes, and doubles them for its own
  // use.
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &net.send_buffer, sizeof(net.send_buffer));
  if (!net.is_cut && listen(fd, backlog) != 0) {
    const int error = errno;
    ::close(fd);
    return error;
  }
  device_port_ = device_port;
  bound_port_ = port_of(fd);
  fd_ = fd;
  backlog_ = backlog;
  wake_fd_ = wake_fd;
  is_cut_ = net.is_cut;
  net.listeners.push_back(this);
  return 0;
}

void Listener::close() {
  Network &net = network();
  const std::lock_guard net_lock(net.mutex);
  std::erase(net.listeners, this);
  const std::lock_guard lock(mutex_);
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

int Listener::poll_fd() {
  const std::lock_guard lock(mutex_);
  return is_cut_ ? -1 : fd_;
}

int Listener::accept() {
  const std::lock_guard lock(mutex_);
  if (is_cut_) {
    errno = EAGAIN;
    return -1;
  }
  const int connection = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (connection >= 0) {
    connections_.insert(connection);
  }
  return connection;
}

void Listener::forget(int connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
}

void Listener::cut() {
  const std::lock_guard lock(mutex_);
  is_cut_ = true;
  // Stops listening and resets what has not been accepted yet, but keeps the port: nobody else can
  // take it before restore().
  ::shutdown(fd_, SHUT_RDWR);
  for (const int connection : connections_) {
    reset(connection);
  }
  wake(wake_fd_);
}

bool Listener::restore() {
  const std::lock_guard lock(mutex_);
  if (listen(fd_, backlog_) != 0) {
    ESP_LOGE(kTag, "can't listen on port %u again (%s)", bound_port_, std::strerror(errno));
    return false;
  }
  is_cut_ = false;
  wake(wake_fd_);
  return true;
}

void map_port(std::uint16_t device_port, std::uint16_t host_port) {
  const std::lock_guard lock(network().mutex);
  network().ports.insert_or_assign(device_port, host_port);
}

void set_send_buffer(int bytes) {
  const std::lock_guard lock(network().mutex);
  network().send_buffer = bytes;
}

void clear_port_map() {
  const std::lock_guard lock(network().mutex);
  network().ports.clear();
}

std::uint16_t mapped_port(std::uint16_t device_port) {
  const std::lock_guard lock(network().mutex);
  return mapped(network(), device_port);
}

bool set_listen_address(std::string_view address) {
  in_addr parsed{};
  if (inet_pton(AF_INET, std::string(address).c_str(), &parsed) != 1) {
    return false;
  }
  const std::lock_guard lock(network().mutex);
  network().address = parsed;
  return true;
}

std::string listen_address() {
  const std::lock_guard lock(network().mutex);
  char text[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &network().address, text, sizeof(text));
  return text;
}

std::uint16_t bound_port(std::uint16_t device_port) {
  Network &net = network();
  const std::lock_guard lock(net.mutex);
  const auto found =
      std::find_if(net.listeners.begin(), net.listeners.end(),
                   [&](const Listener *l) { return l->device_port() == device_port; });
  return found == net.listeners.end() ? std::uint16_t{0} : (*found)->bound_port();
}

int probe(std::uint16_t device_port) {
  Network &net = network();
  const std::lock_guard lock(net.mutex);
  const int fd = bound_socket(net.address, mapped(net, device_port));
  if (fd < 0) {
    return -fd;
  }
  // With SO_REUSEADDR two sockets may be bound to a port; only one may listen.
  const int error = listen(fd, 1) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

void cut_clients() {
  Network &net = network();
  const std::lock_guard lock(net.mutex);
  if (net.is_cut) {
    return;
  }
  net.is_cut = true;
  for (Listener *const listener : net.listeners) {
    listener->cut();
  }
}

bool restore_clients() {
  Network &net = network();
  const std::lock_guard lock(net.mutex);
  if (!net.is_cut) {
    return true;
  }
  net.is_cut = false;
  bool all = true;
  for (Listener *const listener : net.listeners) {
    all = listener->restore() && all;
  }
  return all;
}

bool clients_are_cut() {
  const std::lock_guard lock(network().mutex);
  return network().is_cut;
}

} // namespace host::network
