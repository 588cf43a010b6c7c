#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the fuzzer, which keeps the input, where a property does not hold.
#define EXPECT(property)                                                                           \
  do {                                                                                             \
    if (!(property)) {                                                                             \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #property);                  \
      std::abort();                                                                                \
    }                                                                                              \
  } while (false)
