#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace espp::provisioning {

/// Gathers the small pieces of an answer, so that they leave as one TCP segment. Not thread-safe.
class Segment {
public:
  /// Bytes; what lwIP puts into one segment unless told otherwise (CONFIG_LWIP_TCP_MSS).
  static constexpr std::size_t kSize = 1440;

  /// Takes as much of `text` as there is room for, and tells how much that was.
  std::size_t append(std::string_view text) {
    const std::size_t taken = std::min(text.size(), kSize - size_);
    std::copy_n(text.data(), taken, bytes_.data() + size_);
    size_ += taken;
    return taken;
  }
  bool is_full() const { return size_ == kSize; }

  /// What was gathered, valid until the next append().
  std::string_view text() const { return {bytes_.data(), size_}; }
  void clear() { size_ = 0; }

private:
  std::array<char, kSize> bytes_;
  std::size_t size_{0};
};

} // namespace espp::provisioning
