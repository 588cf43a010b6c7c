#include "codec/page_blob.hpp"

#include <algorithm>
#include <array>

namespace espp::provisioning {
namespace {

/// What every file ends with: a final block that holds nothing (RFC 1951), CRC-32 and size.
constexpr std::array<std::uint8_t, 5> kFinalBlock{1, 0, 0, 0xFF, 0xFF};
constexpr std::size_t kTailSize = kFinalBlock.size() + 4 + 4;

std::uint32_t read_u32(std::span<const std::uint8_t> bytes) {
  return std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8U | std::uint32_t{bytes[2]} << 16U |
         std::uint32_t{bytes[3]} << 24U;
}

} // namespace

std::optional<Blocks> read_language_blob(std::span<const std::uint8_t> file) {
  if (file.size() <= kTailSize) {
    return std::nullopt;
  }
  const auto tail = file.last(kTailSize);
  if (!std::ranges::equal(tail.first(kFinalBlock.size()), kFinalBlock)) {
    return std::nullopt;
  }
  return Blocks{.bytes = file.first(file.size() - kTailSize),
                .crc = read_u32(tail.last(8)),
                .size = read_u32(tail.last(4))};
}

std::optional<PageBlob> read_page_blob(std::span<const std::uint8_t> file) {
  // RFC 1952, 2.3: magic number, deflate, an extra field and a comment, no time, best compression,
  // Unix. The extra field has one subfield, which has four numbers.
  static constexpr std::uint8_t kHeader[]{0x1F, 0x8B, 8,  0x14, 0,   0,   0,  0,
                                          2,    3,    20, 0,    'P', 'V', 16, 0};
  constexpr std::size_t kNumbersSize = 4 * 4;
  const auto blocks = read_language_blob(file);
  if (!blocks || blocks->bytes.size() <= sizeof kHeader + kNumbersSize ||
      !std::ranges::equal(file.first(sizeof kHeader), kHeader)) {
    return std::nullopt;
  }
  const auto numbers = file.subspan(sizeof kHeader, kNumbersSize);
  const std::size_t start_size = read_u32(numbers);
  const auto comment = blocks->bytes.subspan(sizeof kHeader + kNumbersSize);
  const auto end = std::ranges::find(comment, 0);
  const auto size = static_cast<std::size_t>(end - comment.begin());
  if (end == comment.end() || size == 0 ||
      !std::ranges::all_of(comment.first(size),
                           [](std::uint8_t c) { return c >= ' ' && c <= '~'; })) {
    return std::nullopt;
  }
  if (start_size >= blocks->bytes.size()) {
    return std::nullopt;
  }
  return PageBlob{
      .start = {.bytes = file.first(start_size),
                .crc = read_u32(numbers.subspan(4)),
                .size = read_u32(numbers.subspan(8))},
      .rest = blocks->bytes.subspan(start_size),
      .whole_crc = blocks->crc,
      .whole_size = blocks->size,
      .factor = read_u32(numbers.subspan(12)),
      .content_security_policy = {reinterpret_cast<const char *>(comment.data()), size}};
}

} // namespace espp::provisioning
