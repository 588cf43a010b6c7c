#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <string_view>

#include "domain/text.hpp"

namespace espp::provisioning {

/// An IPv4 address: its four octets in the order they are written. 0.0.0.0 stands for "none".
struct alignas(std::uint32_t) Ip4 { // so that it is copied and compared as one number
  std::array<std::uint8_t, 4> octets{};

  /// Reads four decimal numbers, strictly: "010" would be octal to some, and "1.2" an address to
  /// inet_aton(). Nothing for anything else.
  static std::optional<Ip4> parse(std::string_view text);
  /// Takes and gives an address as lwIP and ESP-NETIF keep it: the octets in network byte order.
  static Ip4 from_network_order(std::uint32_t address) {
    Ip4 ip;
    std::memcpy(ip.octets.data(), &address, sizeof address);
    return ip;
  }
  std::uint32_t network_order() const {
    std::uint32_t address = 0;
    std::memcpy(&address, octets.data(), sizeof address);
    return address;
  }

  /// "192.168.4.1".
  Text<15> dotted() const;

  bool is_unspecified() const { return *this == Ip4{}; }
  /// True inside 127.0.0.0/8: the firmware runs on a PC, and the browser on the same.
  bool is_loopback() const { return octets[0] == 127; }

  friend bool operator==(const Ip4 &, const Ip4 &) = default;
};

/// A device's own address and the size of its network.
struct Subnet {
  Ip4 ip;
  Ip4 netmask;

  /// True if an address belongs to this network.
  bool contains(const Ip4 &other) const {
    return ((ip.network_order() ^ other.network_order()) & netmask.network_order()) == 0;
  }
  /// True if any address belongs to both networks.
  bool overlaps(const Subnet &other) const { return contains(other.ip) || other.contains(ip); }
};

/// Reads the two in dotted form, and checks that a device can have this address and phones can get
/// others beside it: unicast (private or not), neither the first nor the last of its network, which
/// has 6 to 16,777,214 addresses. The error is a sentence for the log.
std::expected<Subnet, const char *> parse_subnet(std::string_view ip, std::string_view netmask);

} // namespace espp::provisioning
