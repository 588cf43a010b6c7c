#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace espp::provisioning {

/// The beginning of a gzip member: blocks that end on a byte and let others follow, with the CRC-32
/// and the size (modulo 2^32) of all that they unpack to.
struct Blocks {
  std::span<const std::uint8_t> bytes;
  std::uint32_t crc{0};
  std::uint32_t size{0};
};

/// Bytes as a TextSink takes them.
inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

/// The built page, taken apart: docs/page-format.md.
struct PageBlob {
  Blocks start;                       ///< what an answer begins with, the gzip header before it
  std::span<const std::uint8_t> rest; ///< what follows on the state
  /// Of `start` and `rest`, with nothing between them.
  std::uint32_t whole_crc{0};
  std::uint32_t whole_size{0};
  std::uint32_t factor{0}; ///< what `rest` multiplies a CRC before it by
  /// The page's Content-Security-Policy, from the header's comment field; it ends in a NUL, so
  /// data() is a C string. As it is in the page's file, page and policy can't drift apart.
  std::string_view content_security_policy;
};

/// Takes `index.html.gz` apart. Nothing if it is not what `npm run build` makes: it must not be
/// served. The views point into `file`.
std::optional<PageBlob> read_page_blob(std::span<const std::uint8_t> file);

/// Takes a language's file apart. Its CRC and size are those of the page with the language behind
/// it. Nothing if it is not what `npm run build` makes. The view points into `file`.
std::optional<Blocks> read_language_blob(std::span<const std::uint8_t> file);

} // namespace espp::provisioning
