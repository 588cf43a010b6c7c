/// Time-outs in ticks.
#pragma once

#include <chrono>

#include "freertos/FreeRTOS.h"
#include "host/clock.hpp"

namespace host::freertos {

constexpr clock::Duration kTick = std::chrono::microseconds{1'000'000 / configTICK_RATE_HZ};

/// As in FreeRTOS, a wait of n ticks ends with the nth tick from now: it takes up to one tick less
/// than n of them. None for portMAX_DELAY.
inline clock::Deadline deadline_after(TickType_t ticks) {
  if (ticks == portMAX_DELAY) {
    return std::nullopt;
  }
  return (clock::now() / kTick + ticks) * kTick;
}

} // namespace host::freertos
