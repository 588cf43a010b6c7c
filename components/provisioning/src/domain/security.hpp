#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace espp::provisioning {

/// How a network is protected, in the words of the HTTP API.
enum class Security : std::uint8_t { Open, Owe, Wep, Wpa, Wpa2, Wpa3, Enterprise, Unknown };

/// The name of a security in the HTTP API ("wpa2"). Static storage.
const char *to_string(Security security);

/// The security of that name; nothing if there is none.
std::optional<Security> security_from(std::string_view name);

/// What a station needs to join. Access points of one name and one kind are one network; those of
/// another kind are not, whatever they are called.
enum class Kind : std::uint8_t { Open, Wep, Personal, Enterprise, Unknown };

Kind kind_of(Security security);

/// A set of kinds.
class Kinds {
public:
  constexpr Kinds() = default;
  constexpr Kinds(Kind kind) : bits_(bit(kind)) {}
  constexpr Kinds operator|(Kinds other) const {
    other.bits_ |= bits_;
    return other;
  }
  /// True if an access point of that kind may be one. Of an unknown kind the driver has to judge.
  constexpr bool contains(Kind kind) const {
    return kind == Kind::Unknown || (bits_ & bit(kind)) != 0;
  }

private:
  static constexpr std::uint8_t bit(Kind kind) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
  }
  std::uint8_t bits_{0};
};

} // namespace espp::provisioning
