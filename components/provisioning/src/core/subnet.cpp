#include "core/subnet.hpp"

#include <bit>
#include <charconv>
#include <optional>

namespace espp::provisioning {
namespace {

/// RFC 1122, 3.2.1.3: of the first byte; 224 and up are multicast, reserved and broadcast.
constexpr std::uint8_t kThisNetwork = 0;
constexpr std::uint8_t kLoopback = 127;
constexpr std::uint8_t kFirstMulticast = 224;
/// Beside the device, the driver's four clients and ESP-IDF's DHCP server want room.
constexpr int kLongestPrefix = 29;
constexpr int kShortestPrefix = 8;

/// Four decimal numbers, strictly: "010" would be octal to some, and "1.2" an address to
/// inet_aton().
std::optional<Ip4> parse_ip4(std::string_view text) {
  Ip4 ip{};
  for (std::size_t i = 0; i < ip.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) {
        return std::nullopt;
      }
      text.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ip[i]);
    const auto size = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || (size > 1 && text.front() == '0')) {
      return std::nullopt;
    }
    text.remove_prefix(size);
  }
  return text.empty() ? std::optional(ip) : std::nullopt;
}

std::uint32_t to_number(const Ip4 &ip) {
  return std::uint32_t{ip[0]} << 24U | std::uint32_t{ip[1]} << 16U | std::uint32_t{ip[2]} << 8U |
         ip[3];
}

} // namespace

std::expected<Subnet, const char *> parse_subnet(std::string_view ip, std::string_view netmask) {
  const auto address = parse_ip4(ip);
  if (!address) {
    return std::unexpected("it must look like 192.168.4.1");
  }
  const auto mask = parse_ip4(netmask);
  if (!mask) {
    return std::unexpected("its netmask must look like 255.255.255.0");
  }
  const std::uint32_t mask_bits = to_number(*mask);
  const int prefix = std::countl_one(mask_bits);
  if (prefix + std::countr_zero(mask_bits) != 32 || prefix < kShortestPrefix ||
      prefix > kLongestPrefix) {
    return std::unexpected("its netmask must be 255.0.0.0 to 255.255.255.248, ones before zeros");
  }
  const std::uint8_t first = address->front();
  if (first == kThisNetwork || first == kLoopback || first >= kFirstMulticast) {
    return std::unexpected("0.x, 127.x and 224.x and up can't be a device's address");
  }
  const std::uint32_t host = to_number(*address) & ~mask_bits;
  if (host == 0 || host == ~mask_bits) {
    return std::unexpected("the first and the last address of a network can't be a device's");
  }
  return Subnet{*address, *mask};
}

} // namespace espp::provisioning
