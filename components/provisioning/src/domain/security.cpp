#include "domain/security.hpp"

#include <cstddef>
#include <iterator>

namespace espp::provisioning {

namespace {
constexpr const char *kNames[]{"open", "owe",  "wep",        "wpa",
                               "wpa2", "wpa3", "enterprise", "unknown"};
static_assert(std::size(kNames) == static_cast<std::size_t>(Security::Unknown) + 1);
} // namespace

const char *to_string(Security security) { return kNames[static_cast<std::size_t>(security)]; }

std::optional<Security> security_from(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (name == kNames[i]) {
      return static_cast<Security>(i);
    }
  }
  return std::nullopt;
}

Kind kind_of(Security security) {
  switch (security) {
  case Security::Open:
  case Security::Owe:
    return Kind::Open;
  case Security::Wep:
    return Kind::Wep;
  case Security::Wpa:
  case Security::Wpa2:
  case Security::Wpa3:
    return Kind::Personal;
  case Security::Enterprise:
    return Kind::Enterprise;
  case Security::Unknown:
    break;
  }
  return Kind::Unknown;
}

} // namespace espp::provisioning
