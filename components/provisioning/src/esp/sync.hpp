#pragma once

#include <cstdint>

#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

#include "core/machine.hpp"

namespace espp::provisioning {

/// Milliseconds since the scheduler started, from its ticks. Wraps like Millis as long as the tick
/// rate divides 1000, which ESP-IDF's choices (100, 250, 500, 1000 Hz) do.
inline Millis now_ms() { return static_cast<Millis>(xTaskGetTickCount()) * portTICK_PERIOD_MS; }

/// A FreeRTOS mutex with an owner. Not recursive. If memory was short for it, is_valid() is false
/// and it must not be used.
class Mutex {
public:
  Mutex();
  ~Mutex();
  Mutex(const Mutex &) = delete;
  Mutex &operator=(const Mutex &) = delete;

  bool is_valid() const { return handle_ != nullptr; }

private:
  friend class Lock;
  SemaphoreHandle_t handle_;
};

/// Holds a mutex while in scope; waits for it without a time-out, so hold it briefly.
class Lock {
public:
  explicit Lock(Mutex &mutex);
  ~Lock();
  Lock(const Lock &) = delete;
  Lock &operator=(const Lock &) = delete;

private:
  SemaphoreHandle_t handle_;
};

} // namespace espp::provisioning
