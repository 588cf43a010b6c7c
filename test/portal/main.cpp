#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "host/clock.hpp"

namespace {

/// Only the kernel's own timers, such as that of a delayed acknowledgement, would notice a higher
/// speed: the device waits for all that the tests do.
constexpr double kSpeed = 50;

} // namespace

int main(int argc, char **argv) {
  doctest::Context tests(argc, argv);
  const host::clock::Participant phone;
  host::clock::set_speed(kSpeed);
  return tests.run();
}
