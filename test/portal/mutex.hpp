#pragma once

#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"

/// A mutex of FreeRTOS's, for std::lock_guard. On FreeRTOS's own port for Linux a task that waits
/// for a std::mutex keeps the processor from the task that holds it.
class Mutex {
public:
  Mutex() = default;
  ~Mutex() { vSemaphoreDelete(handle_); }
  Mutex(const Mutex &) = delete;
  Mutex &operator=(const Mutex &) = delete;

  void lock() { xSemaphoreTake(handle_, portMAX_DELAY); }
  void unlock() { xSemaphoreGive(handle_); }

private:
  SemaphoreHandle_t handle_{xSemaphoreCreateMutex()};
};
