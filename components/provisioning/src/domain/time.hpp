#pragma once

#include <cstdint>

namespace espp::provisioning {

/// Milliseconds on a clock that only goes forward. It wraps after 49.7 days, so times are compared
/// by their difference, never by size.
using Millis = std::uint32_t;

/// True once `now` has reached `deadline`.
constexpr bool is_due(Millis deadline, Millis now) {
  return static_cast<std::int32_t>(now - deadline) >= 0;
}

/// The earlier of two times.
constexpr Millis earlier(Millis a, Millis b) {
  return static_cast<std::int32_t>(a - b) < 0 ? a : b;
}

} // namespace espp::provisioning
