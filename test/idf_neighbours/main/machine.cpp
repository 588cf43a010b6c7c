// What the tests of test/neighbours ask of the machine, on ESP-IDF's `linux` target.
#include "machine.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>

#include "host/network.hpp"
#include "host/nvs.hpp"
#include "host/tasks.hpp"
#include "mutex.hpp"
#include "nvs_flash.h"

namespace {

struct Ports {
  Mutex mutex;
  std::map<std::uint16_t, std::uint16_t> map; ///< the device's to the PC's
  std::map<int, std::uint16_t> servers;       ///< sockets, perhaps closed, to the device's ports
};

Ports &ports() {
  static Ports *const instance = new Ports;
  return *instance;
}

/// In IPv4's and in IPv6's addresses the port is at the same place.
std::optional<std::uint16_t> bound_port_of(int socket) {
  sockaddr_in6 address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr *>(&address), &size) != 0 ||
      (address.sin6_family != AF_INET && address.sin6_family != AF_INET6)) {
    return std::nullopt;
  }
  return ntohs(address.sin6_port);
}

bool is_stream(int socket) {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

bool listens(int socket) {
  int listening = 0;
  socklen_t size = sizeof listening;
  return getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

UBaseType_t tasks_of_the_system = 0;

} // namespace

extern "C" {

int __real_bind(int socket, const sockaddr *address, socklen_t size);

int __wrap_bind(int socket, const sockaddr *address, socklen_t size) {
  sockaddr_in6 changed{};
  if (!is_stream(socket) || size > sizeof changed ||
      (address->sa_family != AF_INET && address->sa_family != AF_INET6)) {
    return __real_bind(socket, address, size);
  }
  std::memcpy(&changed, address, size);
  const std::uint16_t device_port = ntohs(changed.sin6_port);
  Ports &known = ports();
  const std::lock_guard lock(known.mutex);
  if (const auto mapped = known.map.find(device_port); mapped != known.map.end()) {
    changed.sin6_port = htons(mapped->second);
  }
  known.servers[socket] = device_port;
  return __real_bind(socket, reinterpret_cast<const sockaddr *>(&changed), size);
}
}

// The program binds it before app_main(): see host/linux/esp_wifi.
void bind_radio() {}

namespace host::network {

void map_port(std::uint16_t device_port, std::uint16_t host_port) {
  const std::lock_guard lock(ports().mutex);
  ports().map[device_port] = host_port;
}

void clear_port_map() {
  const std::lock_guard lock(ports().mutex);
  ports().map.clear();
}

std::uint16_t bound_port(std::uint16_t device_port) {
  const std::lock_guard lock(ports().mutex);
  for (const auto &[socket, port] : ports().servers) {
    if (port == device_port && listens(socket)) {
      return bound_port_of(socket).value_or(0);
    }
  }
  return 0;
}

} // namespace host::network

namespace host::nvs {

void reset() {
  nvs_flash_deinit();
  REQUIRE(nvs_flash_erase() == ESP_OK);
}

} // namespace host::nvs

namespace host::tasks {

void remember_what_runs() {
  tasks_of_the_system = uxTaskGetNumberOfTasks();
}

bool wait_until_none(clock::Duration timeout) {
  constexpr std::chrono::milliseconds kLookAgain{10};
  const auto deadline = clock::now() + timeout;
  while (uxTaskGetNumberOfTasks() > tasks_of_the_system) {
    if (clock::now() > deadline) {
      return false;
    }
    clock::sleep_for(kLookAgain);
  }
  return true;
}

} // namespace host::tasks
