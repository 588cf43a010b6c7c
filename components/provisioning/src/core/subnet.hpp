#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string_view>

namespace espp::provisioning {

using Ip4 = std::array<std::uint8_t, 4>;

/// An access point's own address and the size of its network.
struct Subnet {
  Ip4 ip{};
  Ip4 netmask{};
};

/// Reads the two in dotted form, and checks that a device can have this address and phones can get
/// others beside it: unicast (private or not), neither the first nor the last of its network, which
/// has 6 to 16,777,214 addresses. The error is a sentence for the log.
std::expected<Subnet, const char *> parse_subnet(std::string_view ip, std::string_view netmask);

} // namespace espp::provisioning
