#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace espp::provisioning {

/// The decimal digits of a number. std::to_chars() would bring a table of 200 bytes into the image
/// for each type that it is called with.
class Decimal {
public:
  explicit Decimal(std::uint32_t value);
  /// Valid as long as this object.
  std::string_view text() const { return {digits_.data() + begin_, digits_.size() - begin_}; }

private:
  static constexpr std::size_t kMaxDigits = 10; // 4294967295
  std::array<char, kMaxDigits> digits_;
  std::size_t begin_{kMaxDigits};
};

} // namespace espp::provisioning
