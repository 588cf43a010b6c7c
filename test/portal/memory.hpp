#pragma once

#include <cstddef>
#include <cstdint>

/// Memory that runs short on demand: what the firmware allocates itself, and the calls of ESP-IDF
/// that allocate on a chip and tell so. The linker puts it in between (`--wrap`); what such a call
/// does inside is not counted.
namespace memory {

/// How it fails.
enum class Shortage {
  Once,   ///< one allocation
  Lasting ///< it and all after it
};

/// The `nth` allocation from now (1 is the next) fails. Any thread's but one that is exempt.
void fail_at(std::uint64_t nth, Shortage shortage);
/// Ends it. Whether any allocation has failed.
bool restore();

/// Allocations counted since the program began.
std::uint64_t count();

/// Bytes that the whole program holds, the port and the tests included: other threads' caches and stacks come
/// and go in it.
std::size_t in_use();
/// Whether in_use() counts blocks alone. glibc's count has its arenas in it, of which a busy machine makes more and more.
extern const bool in_use_is_exact;

/// Bytes that the firmware itself has taken and not given back: exact, whatever else runs.
std::size_t held();
/// The firmware's event handlers that are registered.
int handlers();

/// While it is true, the default event loop has no room for the component's events. What else is posted
/// has.
void fill_event_loop(bool is_full);

/// The calling thread's own allocations are not the firmware's, while this lives.
class Exempt {
public:
  Exempt();
  ~Exempt();
  Exempt(const Exempt &) = delete;
  Exempt &operator=(const Exempt &) = delete;
};

} // namespace memory
