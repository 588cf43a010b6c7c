#include "core/ssid.hpp"

#include <algorithm>

#include "core/hex.hpp"

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

bool is_control(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte < 0x20 || byte == 0x7F;
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
  if (bytes.empty() || bytes.size() > kMaxSize) {
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
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    ssid.bytes_[i] = static_cast<char>(high * 16 + low);
  }
  return ssid;
}

bool Ssid::is_text() const {
  return bytes().find('\0') == std::string_view::npos && is_utf8(bytes());
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
    // U+0080 to U+009F are control characters too; terminals act on some of them.
    const bool c1 = length == 2 && rest[0] == '\xC2' && static_cast<std::uint8_t>(rest[1]) < 0xA0;
    if (length == 0 || c1 || is_control(rest[0])) {
      const std::size_t escaped = length == 0 ? 1 : length;
      for (std::size_t i = 0; i < escaped; ++i) {
        out.append("\\x");
        append_hex(out, rest[i]);
      }
      rest.remove_prefix(escaped);
      continue;
    }
    out.append(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return out;
}

} // namespace espp::provisioning
