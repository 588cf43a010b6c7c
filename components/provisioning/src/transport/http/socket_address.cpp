#include "transport/http/socket_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

namespace espp::provisioning {
namespace {

/// lwIP and Linux both may give an IPv4 address in its IPv6 form (RFC 4291, 2.5.5.2).
std::optional<Endpoint> parse(const sockaddr_storage &storage) {
  Endpoint address;
  auto &octets = address.ip.octets;
  // Read by offset, since lwIP built without IPv6 has no sockaddr_in6: behind the family come the
  // port, and the address at 4 (IPv4) or 8 (IPv6), in network byte order (RFC 3493, 3.3).
  std::array<std::uint8_t, sizeof storage> bytes;
  std::memcpy(bytes.data(), &storage, sizeof storage);
  address.port = static_cast<std::uint16_t>(bytes[2] << 8U | bytes[3]);
  if (storage.ss_family == AF_INET) {
    std::copy_n(bytes.begin() + 4, octets.size(), octets.begin());
    return address;
  }
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if constexpr (sizeof storage >= 24) {
    if (storage.ss_family == AF_INET6 &&
        std::equal(kMapped.begin(), kMapped.end(), bytes.begin() + 8)) {
      std::copy_n(bytes.begin() + 20, octets.size(), octets.begin());
      return address;
    }
  }
  return std::nullopt;
}

/// What getsockname() or getpeername() tells.
std::optional<Endpoint> address(int socket, int (*get)(int, sockaddr *, socklen_t *)) {
  sockaddr_storage storage;
  socklen_t size = sizeof storage;
  return get(socket, reinterpret_cast<sockaddr *>(&storage), &size) == 0 ? parse(storage)
                                                                         : std::nullopt;
}

} // namespace

std::optional<Endpoint> local_address(int socket) {
  return address(socket, getsockname);
}

std::optional<std::uint8_t> peer_octet(int socket) {
  const auto peer = address(socket, getpeername);
  return peer ? std::optional(peer->ip.octets.back()) : std::nullopt;
}

} // namespace espp::provisioning
