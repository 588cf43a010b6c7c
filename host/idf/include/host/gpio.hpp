/// What the device's pins are wired to.
#pragma once

#include <optional>

namespace host::gpio {

/// Drives a pin high or low, as a button does; nothing: lets it go, so that its pull resistor counts, and
/// without one it reads 0. Any thread.
void drive(int pin, std::optional<bool> level);

/// As after a reset: nothing is driven, and no pin is an input.
void reset();

} // namespace host::gpio
