/// Waits whose time-outs are in ticks of the host clock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "freertos/FreeRTOS.h"
#include "host/clock.hpp"

namespace host::freertos {

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

constexpr clock::Duration device_time(TickType_t ticks) {
  return std::chrono::milliseconds{ticks} * (1000 / configTICK_RATE_HZ);
}

/// Empty for portMAX_DELAY: no deadline.
inline Deadline deadline_after(TickType_t ticks) {
  if (ticks == portMAX_DELAY) {
    return std::nullopt;
  }
  return clock::deadline_in(device_time(ticks));
}

/// Waits until `ready()` or the deadline; returns what `ready()` says then.
template <typename Ready>
bool wait_until(std::condition_variable &changed, std::unique_lock<std::mutex> &lock,
                const Deadline &deadline, Ready ready) {
  if (!deadline) {
    changed.wait(lock, ready);
    return true;
  }
  return changed.wait_until(lock, *deadline, ready);
}

} // namespace host::freertos
