#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace espp::provisioning {

/// What the firmware has to know of the built page, read from its gzip container (RFC 1952), so
/// that page and headers can't drift apart.
struct PageBlob {
  std::span<const std::uint8_t> gzip; ///< the whole file, as sent
  /// The page's Content-Security-Policy, from the header's comment field; it ends in a NUL, so
  /// data() is a C string.
  std::string_view content_security_policy;
  std::array<char, 19> etag{}; ///< quoted, from CRC-32 and size of the page, with a NUL
};

/// Reads the container. False if it is no gzip file or carries no policy: it was not built by
/// `npm run build`, and must not be served. The views point into `gzip`.
bool read_page_blob(std::span<const std::uint8_t> gzip, PageBlob &page);

} // namespace espp::provisioning
