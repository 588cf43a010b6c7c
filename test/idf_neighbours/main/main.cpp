// The tests of test/neighbours on ESP-IDF's `linux` target. The environment variable TEST_CASE
// names the ones to run, as doctest's option --test-case does.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "host/tasks.hpp"

extern "C" void app_main() {
  host::tasks::remember_what_runs();
  doctest::Context tests;
  tests.setOption("duration", true);
  // The interfaces of this target have neither a DHCP server nor an address that can be set.
  tests.setOption("test-suite-exclude", "addresses");
  if (const char *option = std::getenv("DOCTEST_OPTION")) {
    const char *const words[] = {"", option};
    tests.applyCommandLine(2, words);
  }
  const int result = tests.run();
  std::fflush(nullptr);
  std::_Exit(result);
}
