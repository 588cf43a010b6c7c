#pragma once

#include <cstdint>

#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"

#include "service/monitor.hpp"

namespace espp::provisioning {

/// The Monitor on FreeRTOS. Its memory is its own, so making one can't fail. Whoever has waited holds
/// the lock when it goes on, so the object may be destroyed as soon as the last task that uses it has
/// given the lock up for good.
class TaskMonitor final : public Monitor {
public:
  TaskMonitor();
  ~TaskMonitor();
  TaskMonitor(const TaskMonitor &) = delete;
  TaskMonitor &operator=(const TaskMonitor &) = delete;

  void lock() override;
  void unlock() override;
  void wait(std::optional<Millis> deadline) override;
  void notify_all() override;
  Millis now() const override;

  /// How often somebody has been notified; under the lock. Whoever gives the lock up between looking
  /// and waiting sees by it that something has happened.
  std::uint32_t notices() const { return notices_; }

private:
  /// A task in wait(), on its own stack. A semaphore for each, because one that several tasks wait
  /// for can't wake them all, and an event group may still be read by the task that sets its bits
  /// after it has been deleted.
  struct Waiter {
    StaticSemaphore_t memory;
    SemaphoreHandle_t semaphore{nullptr};
    Waiter *next{nullptr};
  };

  StaticSemaphore_t memory_;
  SemaphoreHandle_t mutex_;
  Waiter *waiters_{nullptr};
  std::uint32_t notices_{0};
};

} // namespace espp::provisioning
