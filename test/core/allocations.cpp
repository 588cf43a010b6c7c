#include "allocations.hpp"

#include <cstdlib>

namespace {

thread_local std::size_t counted = 0;

} // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names.
extern "C" {
void *__real_malloc(std::size_t size);
void *__real_calloc(std::size_t count, std::size_t size);
void *__real_realloc(void *memory, std::size_t size);

void *__wrap_malloc(std::size_t size) {
  ++counted;
  return __real_malloc(size);
}

void *__wrap_calloc(std::size_t count, std::size_t size) {
  ++counted;
  return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, std::size_t size) {
  ++counted;
  return __real_realloc(memory, size);
}
}
// NOLINTEND

Allocations::Allocations() : before_(counted) {}

std::size_t Allocations::count() const {
  return counted - before_;
}
