#pragma once

#include <cstddef>

/// Counts the memory that the calling thread takes with malloc(), calloc() and realloc() while this
/// lives. The linker puts the count in between (`--wrap`) for all that is linked statically, so
/// `operator new` and what the C++ library takes are not in it.
class Allocations {
public:
  Allocations();
  Allocations(const Allocations &) = delete;
  Allocations &operator=(const Allocations &) = delete;

  std::size_t count() const;

private:
  std::size_t before_;
};
