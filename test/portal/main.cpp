#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "host/clock.hpp"

int main(int argc, char **argv) {
  // The radio's timing and every time-out shrink alike. Faster, and deriving a network's key, which
  // takes real time under a sanitizer, would eat into a test's 20 s.
  host::clock::set_speed(15);
  return doctest::Context(argc, argv).run();
}
