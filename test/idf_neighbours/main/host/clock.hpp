/// The device's time on ESP-IDF's `linux` target, for tests: that of FreeRTOS's ticks, which are
/// those of the PC's clock.
#pragma once

#include <chrono>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

namespace host::clock {

using Duration = std::chrono::microseconds;

[[nodiscard]] inline Duration now() {
  return std::chrono::milliseconds(pdTICKS_TO_MS(xTaskGetTickCount()));
}

/// At least that long.
inline void sleep_for(Duration time) {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(time);
  if (milliseconds > Duration::zero()) {
    vTaskDelay(pdMS_TO_TICKS(static_cast<TickType_t>(milliseconds.count())) + 1);
  }
}

/// The PC's clock has one speed.
[[nodiscard]] inline double speed() {
  return 1;
}
inline void set_speed(double /*speed*/) {}

/// Every thread here is a task: the clock waits for none.
class Away {
public:
  Away() {}
  ~Away() {}
  Away(const Away &) = delete;
  Away &operator=(const Away &) = delete;
};

} // namespace host::clock
