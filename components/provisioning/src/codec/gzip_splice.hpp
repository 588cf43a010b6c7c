#pragma once

#include <cstdint>
#include <string_view>

#include "codec/json_writer.hpp"
#include "codec/page_blob.hpp"

namespace espp::provisioning {

/// Puts text into the page, which was compressed beforehand: every piece becomes a stored block of
/// its own (RFC 1951, 3.2.4), the rest of the page follows, and CRC-32 and size of it all (RFC 1952,
/// 2.3) end the gzip member. Needs no length in advance and keeps nothing of the text. Not
/// thread-safe.
class GzipSplice final : public TextSink {
public:
  /// `sink` gets the bytes; it has got the blocks of `before` already, which are the page's start
  /// with or without a language. `sink` and `page` must outlive this.
  GzipSplice(TextSink &sink, const PageBlob &page, const Blocks &before)
      : sink_(sink), page_(page), crc_(before.crc), size_(before.size) {}

  bool write(std::string_view text) override;
  /// Ends the text, and the member.
  bool finish(std::string_view text) override;

private:
  TextSink &sink_;
  const PageBlob &page_;
  std::uint32_t crc_;
  std::uint32_t size_;
};

/// Puts one JSON value between the tags of the element that the page reads its first state from.
/// JsonWriter leaves no `<` in the JSON, so no name can end the element or begin a comment.
class StateElement final : public TextSink {
public:
  /// `sink` must outlive this.
  explicit StateElement(TextSink &sink) : sink_(sink) {}

  /// Writes the start tag; call once, before anything else.
  bool begin();
  bool write(std::string_view text) override;
  bool finish(std::string_view text) override;

private:
  TextSink &sink_;
};

} // namespace espp::provisioning
