#include "codec/crc32.hpp"

namespace espp::provisioning {
namespace {

constexpr std::uint32_t kPolynomial = 0xEDB88320U; // reversed, as the bits of a byte are

constexpr std::uint32_t shift(std::uint32_t crc, int bits) {
  for (int bit = 0; bit < bits; ++bit) {
    crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0U);
  }
  return crc;
}

/// Four bits at a time: a quarter of the steps that single bits take, for 64 bytes of flash where
/// whole bytes take 1,024.
struct Table {
  consteval Table() {
    for (std::uint32_t value = 0; value < 16; ++value) {
      of[value] = shift(value, 4);
    }
  }
  std::uint32_t of[16]{};
};
constexpr Table kTable;

} // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t before) {
  std::uint32_t crc = ~before;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    crc = (crc >> 4U) ^ kTable.of[crc & 15U];
    crc = (crc >> 4U) ^ kTable.of[crc & 15U];
  }
  return ~crc;
}

std::uint32_t multiply_crc32(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  // The highest bit is that of x^0.
  for (; a != 0; a <<= 1U) {
    if ((a >> 31U) != 0) {
      product ^= b;
    }
    b = shift(b, 1);
  }
  return product;
}

} // namespace espp::provisioning
