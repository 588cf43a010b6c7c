#include "idf/task_monitor.hpp"

#include "idf/clock.hpp"

namespace espp::provisioning {
namespace {

TickType_t ticks_until(Millis deadline, Millis now) {
  // One tick more: a time-out must never come before its deadline.
  return is_due(deadline, now) ? 0 : pdMS_TO_TICKS(deadline - now) + 1;
}

} // namespace

TaskMonitor::TaskMonitor() : mutex_(xSemaphoreCreateMutexStatic(&memory_)) {}
TaskMonitor::~TaskMonitor() {
  vSemaphoreDelete(mutex_);
}

void TaskMonitor::lock() {
  xSemaphoreTake(mutex_, portMAX_DELAY);
}
void TaskMonitor::unlock() {
  xSemaphoreGive(mutex_);
}

void TaskMonitor::wait(std::optional<Millis> deadline) {
  Waiter self;
  self.semaphore = xSemaphoreCreateBinaryStatic(&self.memory);
  self.next = waiters_;
  waiters_ = &self;
  unlock();
  xSemaphoreTake(self.semaphore, deadline ? ticks_until(*deadline, now()) : portMAX_DELAY);
  lock();
  Waiter **link = &waiters_;
  while (*link != &self) {
    link = &(*link)->next;
  }
  *link = self.next;
  vSemaphoreDelete(self.semaphore);
}

void TaskMonitor::notify_all() {
  ++notices_;
  for (const Waiter *waiter = waiters_; waiter != nullptr; waiter = waiter->next) {
    xSemaphoreGive(waiter->semaphore);
  }
}

Millis TaskMonitor::now() const {
  return now_ms();
}

} // namespace espp::provisioning
