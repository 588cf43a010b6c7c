#include "codec/languages.hpp"

#include "domain/text.hpp"

namespace espp::provisioning {
namespace {

/// Names that lead to a language whose tag they are no longer form of.
struct Alias {
  std::string_view name;
  std::string_view tag;
};
constexpr Alias kAliases[]{
    {"zh", "zh-Hans"},    {"zh-TW", "zh-Hant"}, {"zh-HK", "zh-Hant"},
    {"zh-MO", "zh-Hant"}, {"pt", "pt-BR"},      {"iw", "he"}, // Java's and Android's old name
};

/// Takes what stands before `separator` off the text, which loses both.
std::string_view take_until(std::string_view &text, char separator) {
  const auto at = text.find(separator);
  const std::string_view taken = prefix(text, at);
  text = at == std::string_view::npos ? std::string_view() : suffix(text, at + 1);
  return taken;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  while (!text.empty() && kBlanks.find(text.front()) != std::string_view::npos) {
    text.remove_prefix(1);
  }
  while (!text.empty() && kBlanks.find(text.back()) != std::string_view::npos) {
    text.remove_suffix(1);
  }
  return text;
}

/// A weight in thousandths, 1,000 if there is none. Nothing if it is malformed.
std::optional<int> parse_weight(std::string_view parameter) {
  if (parameter.empty()) {
    return 1'000;
  }
  if (!equals_ignoring_case(prefix(parameter, 2), "q=")) {
    return std::nullopt;
  }
  const std::string_view value = suffix(parameter, 2);
  if (value.empty() || value.size() > 5 || (value[0] != '0' && value[0] != '1') ||
      (value.size() > 1 && value[1] != '.')) {
    return std::nullopt;
  }
  int weight = (value[0] - '0') * 1'000;
  int unit = 100;
  for (const char digit : suffix(value, value.size() > 1 ? 2 : 1)) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  return weight <= 1'000 ? std::optional(weight) : std::nullopt;
}

/// RFC 4647, 3.4: without its last subtag, and without a single letter that then is the last.
std::string_view shorten(std::string_view range) {
  auto at = range.rfind('-');
  if (at != std::string_view::npos && at >= 2 && range[at - 2] == '-') {
    at -= 2;
  }
  return at == std::string_view::npos ? std::string_view() : prefix(range, at);
}

std::optional<std::size_t> look_up(std::string_view range, std::span<const Language> languages) {
  for (; !range.empty(); range = shorten(range)) {
    if (const auto found = find_language(range, languages)) {
      return found;
    }
    for (const Alias &alias : kAliases) {
      if (!equals_ignoring_case(range, alias.name)) {
        continue;
      }
      if (const auto found = find_language(alias.tag, languages)) {
        return found;
      }
    }
  }
  return std::nullopt;
}

} // namespace

std::optional<std::size_t> find_language(std::string_view tag,
                                         std::span<const Language> languages) {
  for (std::size_t i = 0; i < languages.size(); ++i) {
    if (equals_ignoring_case(tag, languages[i].tag)) {
      return i;
    }
  }
  return std::nullopt;
}

std::size_t choose_language(std::string_view accept_language, std::span<const Language> languages) {
  std::size_t chosen = 0;
  int greatest = 0;
  while (!accept_language.empty()) {
    std::string_view item = take_until(accept_language, ',');
    const std::string_view range = trim(take_until(item, ';'));
    const auto weight = parse_weight(trim(item));
    if (!weight || *weight <= greatest) {
      continue;
    }
    if (const auto found = look_up(range, languages)) {
      chosen = *found;
      greatest = *weight;
    }
  }
  return chosen;
}

} // namespace espp::provisioning
