#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "domain/secret.hpp"
#include "domain/ssid.hpp"

namespace espp::provisioning {

/// The access point's name: `base`, or with `append_mac` `base-XXXX`, XXXX being the last two bytes
/// of `mac` in upper-case hexadecimal. `base` ends at its first NUL, if it has one, and is cut so
/// that the name has 32 bytes at most (IEEE 802.11): never inside a UTF-8 character, unless that
/// part of it is no UTF-8. Empty if both `base` and the suffix are.
Ssid make_ap_ssid(std::string_view base, const std::array<std::uint8_t, 6> &mac, bool append_mac);

/// An access point's password of kMadePasswordSize characters that are not mistaken for one
/// another, nor need a shift key: no i, l, o, 0, 1. `random` is asked for 32 random bits at a time.
/// 31 choices for each character are 59 bits: too many for somebody who records a handshake and
/// tries passwords.
Secret make_ap_password(std::uint32_t (*random)());
inline constexpr std::size_t kMadePasswordSize = 12;

/// True if the access point can have this password: empty (open), or 8 to 63 characters of
/// printable ASCII, the passphrase of IEEE 802.11i.
bool is_valid_ap_password(std::string_view password);

} // namespace espp::provisioning
