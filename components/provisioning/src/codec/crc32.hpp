#pragma once

#include <cstdint>
#include <span>

namespace espp::provisioning {

/// The CRC-32 of IEEE 802.3, as in gzip and zlib, of `bytes` behind others whose CRC is `before`: a
/// text can come in pieces.
std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t before = 0);

/// The product of two CRCs as polynomials, modulo CRC-32's. Bytes behind a text multiply the text's
/// CRC by a factor that depends on their number alone: crc32(ab) is the product of crc32(a) and b's
/// factor, xor crc32(b).
std::uint32_t multiply_crc32(std::uint32_t a, std::uint32_t b);

} // namespace espp::provisioning
