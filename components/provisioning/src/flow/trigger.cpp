#include "flow/trigger.hpp"

namespace espp::provisioning::trigger {

// hold      pressed, and for           -> hold      action
// --------  --------------------------    --------  ----------
// NotSeen   yes                           same
// any       no                            Released
// Released  yes                           Held
// Held      yes, the time to open         Opened    OpenPortal
// Held,     yes, the time to forget       Forgot    ForgetAll
//  Opened
// Forgot    yes                           same

namespace {

bool has_passed(Millis time, const Button &button, Millis now) {
  return time != 0 && is_due(button.since + time, now);
}

} // namespace

Step look(const Button &button, bool is_pressed, const Times &times, Millis now) {
  if (!is_pressed) {
    return {.button = {.hold = Hold::Released}};
  }
  Step next{.button = button};
  switch (button.hold) {
  case Hold::NotSeen:
  case Hold::Forgot:
    break;
  case Hold::Released:
    next.button = {.hold = Hold::Held, .since = now};
    break;
  case Hold::Held:
  case Hold::Opened:
    if (has_passed(times.forget, button, now)) {
      next.button.hold = Hold::Forgot;
      next.action = Action::ForgetAll;
    } else if (button.hold == Hold::Held && has_passed(times.open, button, now)) {
      next.button.hold = Hold::Opened;
      next.action = Action::OpenPortal;
    }
    break;
  }
  return next;
}

Counted count_start(std::uint8_t before, bool is_power_on, std::uint8_t needed) {
  if (!is_power_on) {
    return {};
  }
  // Compared before it is added to, so that whatever is found in flash can't wrap.
  if (before + 1U >= needed) {
    return {.action = Action::OpenPortal};
  }
  return {.count = static_cast<std::uint8_t>(before + 1U)};
}

} // namespace espp::provisioning::trigger
