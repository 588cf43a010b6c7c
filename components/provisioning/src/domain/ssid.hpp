#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/text.hpp"

namespace espp::provisioning {

/// True if `text` is well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, at most
/// U+10FFFF).
bool is_utf8(std::string_view text);

/// The name of a network: 1 to 32 bytes of any value but NUL, not text.
/// A value type without allocation; comparing compares the bytes.
///
/// IEEE 802.11 allows NUL as well, but the Wi-Fi driver does not: it takes the station's SSID and
/// gives the SSIDs of a scan as C strings, without a length. `Home` and `Home\0x` are therefore one
/// network, `Home`: a scan lists the second under that name, and the driver looks for the first. A
/// hidden network that fills its name with NULs has none. No name with a NUL is asked for, tested
/// or saved.
class Ssid {
public:
  /// IEEE 802.11-2020, 9.4.2.2: the SSID field has 0 to 32 octets.
  static constexpr std::size_t kMaxSize = 32;

  /// The empty name. No network has it; it stands for "none yet".
  Ssid() {} // not defaulted: that would be zeroed twice

  /// Takes 1 to 32 bytes; nothing for any other length, or if one is NUL.
  static std::optional<Ssid> from_bytes(std::string_view bytes);

  /// Takes 2 to 64 hexadecimal digits of either case; nothing for anything else, or if a byte is
  /// NUL.
  static std::optional<Ssid> from_hex(std::string_view digits);

  /// The bytes, valid as long as this object.
  std::string_view bytes() const { return {bytes_.data(), size_}; }
  bool empty() const { return size_ == 0; }

  /// True if the name can be written as a JSON string and read back unchanged by any JSON parser:
  /// well-formed UTF-8.
  bool is_text() const { return is_utf8(bytes()); }

  /// The bytes as lower-case hexadecimal digits.
  Text<2 * kMaxSize> hex() const;

  /// The name for one line of a log: what a terminal or a viewer of logs would act on (control
  /// characters, line and paragraph separators, changes of direction) and what is no UTF-8 as
  /// `\xNN`.
  Text<4 * kMaxSize> printable() const;

  friend bool operator==(const Ssid &a, const Ssid &b) { return a.bytes() == b.bytes(); }

private:
  std::array<char, kMaxSize> bytes_{};
  std::uint8_t size_{0};
};

} // namespace espp::provisioning
