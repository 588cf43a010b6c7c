#pragma once

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "domain/time.hpp"

namespace espp::provisioning {

/// Milliseconds since the scheduler started, from its ticks. Wraps like Millis as long as the tick
/// rate divides 1000, which ESP-IDF's choices (100, 250, 500, 1000 Hz) do.
inline Millis now_ms() { return static_cast<Millis>(xTaskGetTickCount()) * portTICK_PERIOD_MS; }

} // namespace espp::provisioning
