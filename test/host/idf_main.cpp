#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "host/clock.hpp"

/// Asked by ThreadSanitizer, if it is built in: calls that abort are tried in a child process, some
/// of them on a task.
extern "C" const char *__tsan_default_options() {
  return "die_after_fork=0";
}

int main(int argc, char **argv) {
  doctest::Context tests(argc, argv);
  // The tests' own thread is a client that the device waits for.
  const host::clock::Participant participant;
  return tests.run();
}
