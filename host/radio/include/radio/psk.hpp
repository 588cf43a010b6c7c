#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace radio {

/// The 256-bit pre-shared key of WPA and WPA2.
using Psk = std::array<std::uint8_t, 32>;

/// Derives the key from a passphrase as IEEE 802.11-2020, J.4.1 says: PBKDF2 with HMAC-SHA-1, the
/// SSID as salt and 4096 iterations. Takes a few milliseconds; no state, any thread.
Psk derive_psk(std::string_view passphrase, std::string_view ssid);

/// The key as 64 lower-case hexadecimal digits, the form in which it can stand for a password.
std::array<char, 64> to_hex(const Psk &psk);

} // namespace radio
