#pragma once

#include <cstdint>

#include "domain/time.hpp"

/// How somebody who holds the device, but has no phone on it, opens the portal: a button that is held, and
/// the power that is switched off and on again. Pure.
namespace espp::provisioning::trigger {

namespace limits {
/// Between two looks at the button: people hold one for seconds, and its contacts bounce for some 10 ms.
inline constexpr Millis kLook = 100;
/// Who counts switches off within a second or two. A device that has run for this long is in use.
inline constexpr Millis kInUse = 5'000;
} // namespace limits

/// What is to be done.
enum class Action : std::uint8_t { None, OpenPortal, ForgetAll };

enum class Hold : std::uint8_t {
  NotSeen, ///< since the start it was never released: it is stuck, or wired to something else
  Released,
  Held,
  Opened, ///< held so long that the portal has opened
  Forgot, ///< and so long that the networks are forgotten
};

/// How long a button is to be held; 0: for ever in vain.
struct Times {
  Millis open{0};
  Millis forget{0};
};

/// The button, as a machine; a plain value.
struct Button {
  Hold hold{Hold::NotSeen};
  Millis since{0}; ///< when it was pressed; while Held, Opened, Forgot
};

struct Step {
  Button button;
  Action action{Action::None};
};

/// What one look at the button comes to; the table stands above its definition.
Step look(const Button &button, bool is_pressed, const Times &times, Millis now);

/// A start of the device, and how many came before it.
struct Counted {
  std::uint8_t count{0}; ///< to be kept, until the device has run for limits::kInUse; then 0
  Action action{Action::None};
};

/// Counts a start, after `before` quick ones. Only the power counts: a crash and esp_restart() reset the
/// chip as well, and waking from deep sleep is a start, too. With the `needed`th in a row the portal
/// opens.
Counted count_start(std::uint8_t before, bool is_power_on, std::uint8_t needed);

} // namespace espp::provisioning::trigger
