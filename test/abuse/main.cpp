#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>

#include "host/clock.hpp"

int main(int argc, char **argv) {
  // `npm run abuse` measures at the speed of life; what must hold, holds at any.
  const char *speed = std::getenv("ABUSE_SPEED");
  host::clock::set_speed(speed == nullptr ? 5 : std::atof(speed));
  doctest::Context tests(argc, argv);
  const host::clock::Participant owner;
  return tests.run();
}
