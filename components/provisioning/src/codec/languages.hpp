#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace espp::provisioning {

/// A language that the page can be had in.
struct Language {
  std::string_view tag; ///< BCP 47
  // Two pointers, as the linker knows them: a span would be computed at the start, in RAM.
  const std::uint8_t *begin; ///< of its file as built; null: English, which is the page itself
  const std::uint8_t *end;
  std::span<const std::uint8_t> file() const { return {begin, end}; }
};

/// The language of that tag, whatever its case. Nothing: there is none.
std::optional<std::size_t> find_language(std::string_view tag, std::span<const Language> languages);

/// The language that an `Accept-Language` header asks for: of the ranges that lead to a language
/// (RFC 4647, 3.4, lookup) the one with the greatest weight (RFC 9110, 12.4.2), the first of
/// equals. The first language if no range does. What is malformed is passed over.
std::size_t choose_language(std::string_view accept_language, std::span<const Language> languages);

} // namespace espp::provisioning
