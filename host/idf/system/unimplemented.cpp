#include "host/unimplemented.hpp"

#include <cstdio>
#include <cstdlib>

namespace host {

void unimplemented(const char *call, const char *why) noexcept {
  std::fprintf(stderr, "%s: not implemented on the host (%s)\n", call, why);
  std::abort();
}

void fatal(const char *call, const char *what) noexcept {
  std::fprintf(stderr, "%s: %s\n", call, what);
  std::abort();
}

} // namespace host
