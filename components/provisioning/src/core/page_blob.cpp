#include "core/page_blob.hpp"

#include <algorithm>

#include "core/hex.hpp"

namespace espp::provisioning {

bool read_page_blob(std::span<const std::uint8_t> gzip, PageBlob &page) {
  // RFC 1952, 2.3: ten bytes of header, then what the flags announce, in this order: extra field,
  // file name, comment. The build writes the comment alone.
  constexpr std::size_t kHeaderSize = 10;
  constexpr std::size_t kTrailerSize = 8;
  constexpr std::uint8_t kDeflate = 8;
  constexpr std::uint8_t kCommentOnly = 0x10;
  if (gzip.size() < kHeaderSize + 1 + kTrailerSize || gzip[0] != 0x1F || gzip[1] != 0x8B ||
      gzip[2] != kDeflate || gzip[3] != kCommentOnly) {
    return false;
  }
  const auto comment = gzip.subspan(kHeaderSize, gzip.size() - kHeaderSize - kTrailerSize);
  const auto end = std::ranges::find(comment, 0);
  const auto size = static_cast<std::size_t>(end - comment.begin());
  if (end == comment.end() || size == 0 ||
      !std::ranges::all_of(comment.first(size), [](std::uint8_t c) { return c >= ' ' && c <= '~'; })) {
    return false;
  }
  page.gzip = gzip;
  page.content_security_policy = {reinterpret_cast<const char *>(comment.data()), size};
  std::size_t at = 0;
  page.etag[at++] = '"';
  for (const std::uint8_t byte : gzip.last(kTrailerSize)) {
    page.etag[at++] = hex_digit(byte >> 4U);
    page.etag[at++] = hex_digit(byte);
  }
  page.etag[at++] = '"';
  page.etag[at] = '\0';
  return true;
}

} // namespace espp::provisioning
