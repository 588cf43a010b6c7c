#pragma once

#include <cstddef>
#include <cstdint>

/// What the probe counts, in a file that it maps and `bench/lib/counters.mjs` reads and sets back.
/// All numbers are 64 bits wide, in this machine's byte order.
struct Counters {
  std::uint64_t allocations; ///< of the component since the last reset
  std::uint64_t bytes;       ///< asked for by them
  std::uint64_t live;        ///< bytes of the component not given back, since the program began
  std::uint64_t peak;        ///< highest `live` since the last reset
  std::uint64_t live_blocks;
  std::uint64_t sends;          ///< calls of send() since the last reset, by anybody
  std::uint64_t sent;           ///< bytes that they took
  std::uint64_t sent_from_page; ///< those of them that lie in the embedded page itself
  std::uint64_t radio_events;   ///< posted by the radio since the program began

  struct Task {
    char name[16]; ///< as pthread_getname_np() has it
    std::uint64_t allocations;
    std::uint64_t peak; ///< highest sum of `live` that an allocation of this task made
  };
  static constexpr std::size_t kTasks = 8;
  Task tasks[kTasks];

  /// The newest events, at their number modulo kEvents.
  struct RadioEvent {
    std::uint64_t at; ///< ns, CLOCK_MONOTONIC
    std::uint64_t is_ip;
    std::uint64_t id;
  };
  static constexpr std::size_t kEvents = 64;
  RadioEvent events[kEvents];
};
