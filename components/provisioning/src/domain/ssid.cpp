#include "domain/ssid.hpp"

#include <algorithm>
#include <cstring>

#include "domain/hex.hpp"

namespace espp::provisioning {
namespace {

/// The length of the well-formed UTF-8 sequence at the front of `text`, 0 if there is none.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  // Table 3-7 of the Unicode standard: only the second byte has a range of its own.
  std::size_t length = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    low = lead == 0xE0 ? 0xA0 : 0x80;
    high = lead == 0xED ? 0x9F : 0xBF;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    low = lead == 0xF0 ? 0x90 : 0x80;
    high = lead == 0xF4 ? 0x8F : 0xBF;
  } else {
    return 0;
  }
  if (text.size() < length || byte(1) < low || byte(1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) {
      return 0;
    }
  }
  return length;
}

template <std::size_t N> void append_hex(Text<N> &out, char c) {
  out.append(hex_digit(static_cast<std::uint8_t>(c) >> 4U));
  out.append(hex_digit(static_cast<std::uint8_t>(c)));
}

/// True if a well-formed sequence is a control or formatting character that does something to the
/// line it stands in.
bool disturbs(std::string_view sequence) {
  const auto byte = [sequence](std::size_t i) { return static_cast<std::uint8_t>(sequence[i]); };
  switch (sequence.size()) {
  case 1:
    return byte(0) < 0x20 || byte(0) == 0x7F;
  case 2: // U+0080 to U+009F, on some of which terminals act, and U+061C
    return (byte(0) == 0xC2 && byte(1) < 0xA0) || sequence == "\xD8\x9C";
  case 3: // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069
    return byte(0) == 0xE2 && ((byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F ||
                                                    (byte(2) >= 0xA8 && byte(2) <= 0xAE))) ||
                               (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9));
  default:
    return false;
  }
}

} // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

std::optional<Ssid> Ssid::from_bytes(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > kMaxSize ||
      std::memchr(bytes.data(), '\0', bytes.size()) != nullptr) {
    return std::nullopt;
  }
  Ssid ssid;
  std::copy(bytes.begin(), bytes.end(), ssid.bytes_.begin());
  ssid.size_ = static_cast<std::uint8_t>(bytes.size());
  return ssid;
}

std::optional<Ssid> Ssid::from_hex(std::string_view digits) {
  if (digits.empty() || digits.size() % 2 != 0 || digits.size() > 2 * kMaxSize) {
    return std::nullopt;
  }
  Ssid ssid;
  ssid.size_ = static_cast<std::uint8_t>(digits.size() / 2);
  for (std::size_t i = 0; i < ssid.size_; ++i) {
    const int high = hex_value(digits[2 * i]);
    const int low = hex_value(digits[2 * i + 1]);
    if (high < 0 || low < 0 || high + low == 0) {
      return std::nullopt;
    }
    ssid.bytes_[i] = static_cast<char>(high * 16 + low);
  }
  return ssid;
}

Text<2 * Ssid::kMaxSize> Ssid::hex() const {
  Text<2 * kMaxSize> out;
  for (const char c : bytes()) {
    append_hex(out, c);
  }
  return out;
}

Text<4 * Ssid::kMaxSize> Ssid::printable() const {
  Text<4 * kMaxSize> out;
  std::string_view rest = bytes();
  while (!rest.empty()) {
    const std::size_t length = utf8_sequence(rest);
    const std::string_view sequence = prefix(rest, std::max<std::size_t>(length, 1));
    if (length == 0 || disturbs(sequence)) {
      for (const char c : sequence) {
        out.append("\\x");
        append_hex(out, c);
      }
    } else {
      out.append(sequence);
    }
    rest.remove_prefix(sequence.size());
  }
  return out;
}

} // namespace espp::provisioning
