#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace espp::provisioning {

/// The access point's name: `base`, or with `append_mac` `base-XXXX`, XXXX being the last two bytes
/// of `mac` in upper-case hexadecimal. Cut at 32 bytes (IEEE 802.11), before the suffix, and never
/// inside a UTF-8 character.
std::string make_ap_ssid(std::string_view base, const std::array<std::uint8_t, 6> &mac,
                         bool append_mac);

/// True if the access point can have this password: empty (open), or 8 to 63 characters of
/// printable ASCII, the passphrase of IEEE 802.11i.
bool is_valid_ap_password(std::string_view password);

} // namespace espp::provisioning
