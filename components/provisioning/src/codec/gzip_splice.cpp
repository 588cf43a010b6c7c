#include "codec/gzip_splice.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "codec/crc32.hpp"
#include "domain/text.hpp"

namespace espp::provisioning {
namespace {

/// RFC 1951, 3.2.4: a stored block's length has 16 bits.
constexpr std::size_t kMaxStored = 0xFFFF;

/// Bytes, as the sinks take them.
template <std::size_t kSize> class Bytes {
public:
  void put(std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
      bytes_[size_++] = static_cast<char>(value & 0xFFU);
      value >>= 8U;
    }
  }
  std::string_view text() const { return {bytes_.data(), size_}; }

private:
  std::array<char, kSize> bytes_;
  std::size_t size_{0};
};

} // namespace

bool GzipSplice::write(std::string_view text) {
  while (!text.empty()) {
    const std::string_view piece = prefix(text, kMaxStored);
    text.remove_prefix(piece.size());
    const auto size = static_cast<std::uint32_t>(piece.size());
    Bytes<5> head;
    // Not the last block, and stored; all before ended on a byte, so the rest of this one is
    // padding.
    head.put(0, 1);
    head.put(size, 2);
    head.put(~size, 2);
    crc_ = crc32({reinterpret_cast<const std::uint8_t *>(piece.data()), piece.size()}, crc_);
    size_ += size;
    if (!sink_.write(head.text()) || !sink_.write(piece)) {
      return false;
    }
  }
  return true;
}

bool GzipSplice::finish(std::string_view text) {
  if (!write(text) || !sink_.write(as_text(page_.rest))) {
    return false;
  }
  Bytes<13> tail;
  // The last block: stored, and empty.
  tail.put(1, 1);
  tail.put(0, 2);
  tail.put(0xFFFF, 2);
  // What was put in changes the CRC of the whole by the same factor as that of the start.
  tail.put(page_.whole_crc ^ multiply_crc32(page_.factor, page_.start.crc ^ crc_), 4);
  tail.put(page_.whole_size + (size_ - page_.start.size), 4);
  return sink_.finish(tail.text());
}

bool StateElement::begin() {
  return sink_.write(R"(<script type="application/json" id="state">)");
}

bool StateElement::write(std::string_view text) {
  return sink_.write(text);
}

bool StateElement::finish(std::string_view text) {
  return sink_.write(text) && sink_.finish("</script>");
}

} // namespace espp::provisioning
