#pragma once

#include <cstdint>

namespace espp::provisioning {

/// The value of a hexadecimal digit of either case, or -1.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

/// The lower-case hexadecimal digit of the lowest four bits.
constexpr char hex_digit(unsigned value) { return "0123456789abcdef"[value & 0xfU]; }

} // namespace espp::provisioning
