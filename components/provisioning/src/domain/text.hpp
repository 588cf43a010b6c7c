#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace espp::provisioning {

/// The first `size` characters, or all. As substr(), which brings an exception's code along.
constexpr std::string_view prefix(std::string_view text, std::size_t size) {
  return {text.data(), size < text.size() ? size : text.size()};
}

/// The characters from `at` on, which must not be beyond the end.
constexpr std::string_view suffix(std::string_view text, std::size_t at) {
  text.remove_prefix(at);
  return text;
}

/// True if two texts differ at most in the case of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

/// A text of at most `kMaxSize` characters, without allocation; it always ends in a NUL.
template <std::size_t kMaxSize> class Text {
public:
  /// What does not fit is left out.
  void append(char c) {
    if (size_ < kMaxSize) {
      text_[size_++] = c;
    }
  }
  void append(std::string_view more) {
    for (const char c : more) {
      append(c);
    }
  }

  const char *c_str() const { return text_.data(); }
  std::string_view view() const { return {text_.data(), size_}; }

  friend bool operator==(const Text &a, std::string_view b) { return a.view() == b; }

private:
  std::array<char, kMaxSize + 1> text_{};
  std::size_t size_{0};
};

} // namespace espp::provisioning
