/// What runs on the simulated FreeRTOS, for tests and for a clean shutdown.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "host/clock.hpp"

namespace host::tasks {

/// A task as it was created.
struct Info {
  TaskHandle_t handle;
  std::string name;
  UBaseType_t priority;
  /// Bytes that xTaskCreate() asked for.
  std::size_t stack_depth;
};

/// Tasks that have been created and have not ended. A task that is inside vTaskDelete() still
/// counts until its thread has ended, so 0 means that nothing of them runs any more. Any thread.
[[nodiscard]] std::size_t count();
[[nodiscard]] std::vector<Info> list();

/// Waits until no task is left or `timeout` (device time) has passed; true if none is left.
/// Then every thread has been joined and its memory given back. Not from a task.
[[nodiscard]] bool wait_until_none(clock::Duration timeout);

} // namespace host::tasks
