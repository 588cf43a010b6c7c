// In place of page_languages.cpp where menuconfig has no language beside English: nothing is chosen
// then.
#include "transport/http/page_languages.hpp"

namespace espp::provisioning {
namespace {

constexpr Language kEnglish[]{{"en", nullptr, nullptr}};

} // namespace

std::span<const Language> built_in_languages() {
  return kEnglish;
}

std::optional<Blocks> language_of(const Exchange & /*exchange*/) {
  return std::nullopt;
}

} // namespace espp::provisioning
