#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "host/clock.hpp"

int main(int argc, char **argv) {
  // A device's seconds in hundredths: the radio's timing and every time-out shrink alike.
  host::clock::set_speed(40);
  return doctest::Context(argc, argv).run();
}
