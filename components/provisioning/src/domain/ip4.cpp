#include "domain/ip4.hpp"

#include <charconv>

#include "domain/decimal.hpp"

namespace espp::provisioning {
namespace {

/// RFC 1122, 3.2.1.3: of the first byte; 224 and up are multicast, reserved and broadcast.
constexpr std::uint8_t kThisNetwork = 0;
constexpr std::uint8_t kLoopback = 127;
constexpr std::uint8_t kFirstMulticast = 224;
/// Beside the device, the driver's four clients and ESP-IDF's DHCP server want room.
constexpr std::uint32_t kLongestMask = 0xFFFFFFF8;
constexpr std::uint32_t kShortestMask = 0xFF000000;

std::uint32_t to_number(const Ip4 &ip) {
  const auto &octets = ip.octets;
  return std::uint32_t{octets[0]} << 24U | std::uint32_t{octets[1]} << 16U |
         std::uint32_t{octets[2]} << 8U | octets[3];
}

} // namespace

std::optional<Ip4> Ip4::parse(std::string_view text) {
  Ip4 ip;
  for (std::size_t i = 0; i < ip.octets.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) {
        return std::nullopt;
      }
      text.remove_prefix(1);
    }
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), ip.octets[i]);
    const auto size = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || (size > 1 && text.front() == '0')) {
      return std::nullopt;
    }
    text.remove_prefix(size);
  }
  return text.empty() ? std::optional(ip) : std::nullopt;
}

Text<15> Ip4::dotted() const {
  Text<15> text;
  for (const std::uint8_t octet : octets) {
    if (!text.view().empty()) {
      text.append('.');
    }
    text.append(Decimal(octet).text());
  }
  return text;
}

std::expected<Subnet, const char *> parse_subnet(std::string_view ip, std::string_view netmask) {
  const auto address = Ip4::parse(ip);
  if (!address) {
    return std::unexpected("it must look like 192.168.4.1");
  }
  const auto mask = Ip4::parse(netmask);
  if (!mask) {
    return std::unexpected("its netmask must look like 255.255.255.0");
  }
  const std::uint32_t mask_bits = to_number(*mask);
  const std::uint32_t host_bits = ~mask_bits;
  const bool has_gap = (host_bits & (host_bits + 1)) != 0;
  if (has_gap || mask_bits < kShortestMask || mask_bits > kLongestMask) {
    return std::unexpected("its netmask must be 255.0.0.0 to 255.255.255.248, ones before zeros");
  }
  const std::uint8_t first = address->octets[0];
  if (first == kThisNetwork || first == kLoopback || first >= kFirstMulticast) {
    return std::unexpected("0.x, 127.x and 224.x and up can't be a device's address");
  }
  const std::uint32_t host = to_number(*address) & host_bits;
  if (host == 0 || host == host_bits) {
    return std::unexpected("the first and the last address of a network can't be a device's");
  }
  return Subnet{*address, *mask};
}

} // namespace espp::provisioning
