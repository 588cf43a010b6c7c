#include "freertos/task.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "clock/task_threads.hpp"
#include "freertos/wait.hpp"
#include "host/clock.hpp"
#include "host/tasks.hpp"
#include "host/unimplemented.hpp"

namespace {

// Pages that are never touched cost nothing, so there is room for a PC's and the sanitizers'
// frames.
constexpr std::size_t kStackBytes = 1024 * 1024;

std::size_t page_bytes() {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

} // namespace

struct tskTaskControlBlock {
  char name[configMAX_TASK_NAME_LEN] = {};
  UBaseType_t priority = 0;
  std::size_t stack_depth = 0;
  // The rest is unused for threads that FreeRTOS did not make.
  TaskFunction_t function = nullptr;
  void *parameters = nullptr;
  pthread_t thread = {};
  std::byte *mapping = nullptr;
  // Written by the task's own thread before the task function runs.
  const std::byte *stack_top = nullptr;
  jmp_buf end;

  bool made_by_freertos() const { return function != nullptr; }
  void set_name(const char *text) { std::snprintf(name, sizeof(name), "%s", text); }
};

namespace {

using Task = tskTaskControlBlock;

struct Registry {
  std::mutex mutex;
  host::clock::Signal ended_one;
  std::vector<Task *> alive;
  // Threads that are about to return and wait to be joined.
  std::vector<Task *> ended;
};

// Never destroyed: tasks may still run while the process exits.
Registry &registry() {
  static Registry *const instance = new Registry;
  return *instance;
}

struct ForeignThread {
  Task task;
  ForeignThread() { task.set_name("host"); }
};

thread_local Task *current_task = nullptr;

void release(Task *task) {
  munmap(task->mapping, kStackBytes);
  delete task;
}

// Gives back what tasks that have ended leave behind, as FreeRTOS's idle task does.
void reap() {
  std::vector<Task *> ended;
  {
    Registry &all = registry();
    const std::lock_guard lock(all.mutex);
    ended.swap(all.ended);
  }
  for (Task *const task : ended) {
    pthread_join(task->thread, nullptr);
    release(task);
  }
}

// A program that exits with no task left leaves no thread unjoined.
struct ReapAtExit {
  ~ReapAtExit() { reap(); }
} reap_at_exit;

void *run(void *argument) {
  Task *const task = static_cast<Task *>(argument);
  current_task = task;
  pthread_setname_np(pthread_self(), task->name);
  host::clock::task_begins();
  std::byte here{};
  task->stack_top = &here;
  // Not an exception: like on a chip, nothing on the task's stack is unwound.
  if (setjmp(task->end) == 0) {
    task->function(task->parameters);
    std::fprintf(stderr, "FreeRTOS task \"%s\" must not return: it ends with vTaskDelete(NULL)\n",
                 task->name);
    std::abort();
  }
  {
    Registry &all = registry();
    const std::lock_guard lock(all.mutex);
    std::erase(all.alive, task);
    all.ended.push_back(task);
    all.ended_one.notify_all();
  }
  host::clock::task_ends();
  return nullptr;
}

std::byte *map_stack() {
  void *const memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) {
    return nullptr;
  }
  // An overflow hits the guard page instead of a neighbour.
  mprotect(memory, page_bytes(), PROT_NONE);
  return static_cast<std::byte *>(memory);
}

bool start_thread(Task *task) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, task->mapping + page_bytes(), kStackBytes - page_bytes());
  // Signals (Ctrl-C, a broken pipe) are the main thread's business.
  sigset_t all_signals;
  sigset_t before;
  sigfillset(&all_signals);
  pthread_sigmask(SIG_SETMASK, &all_signals, &before);
  const int error = pthread_create(&task->thread, &attributes, run, task);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return error == 0;
}

// The mapping starts as zeros, so the lowest other byte is how far the stack has ever grown. Looks
// at another thread's stack on purpose, hence without the sanitizers.
#if defined(__clang__)
__attribute__((no_sanitize("address", "thread", "undefined")))
#else
__attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
#endif
std::size_t
untouched_bytes(const std::byte *begin, const std::byte *end) {
  const volatile unsigned char *at = reinterpret_cast<const volatile unsigned char *>(begin);
  const volatile unsigned char *const last = reinterpret_cast<const volatile unsigned char *>(end);
  std::size_t count = 0;
  while (at != last && *at == 0) {
    ++at;
    ++count;
  }
  return count;
}

} // namespace

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t function, const char *const name,
                                   const uint32_t stack_depth, void *const parameters,
                                   UBaseType_t priority, TaskHandle_t *const created_task,
                                   const BaseType_t) {
  if (function == nullptr) {
    host::fatal("xTaskCreate", "no task function");
  }
  if (priority >= configMAX_PRIORITIES) {
    host::fatal("xTaskCreate", "priority above configMAX_PRIORITIES - 1");
  }
  reap();
  auto *const task = new Task;
  task->set_name(name != nullptr ? name : "");
  task->priority = priority;
  task->stack_depth = stack_depth;
  task->function = function;
  task->parameters = parameters;
  task->mapping = map_stack();
  if (task->mapping == nullptr) {
    delete task;
    return errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY;
  }
  if (created_task != nullptr) {
    *created_task = task;
  }
  Registry &all = registry();
  // Held until pthread_create() has written the thread's id, which the task's end makes others
  // read.
  const std::lock_guard lock(all.mutex);
  host::clock::task_is_created();
  if (!start_thread(task)) {
    host::clock::task_is_not_created();
    release(task);
    if (created_task != nullptr) {
      *created_task = nullptr;
    }
    return errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY;
  }
  all.alive.push_back(task);
  return pdPASS;
}

BaseType_t xTaskCreate(TaskFunction_t function, const char *const name,
                       const configSTACK_DEPTH_TYPE stack_depth, void *const parameters,
                       UBaseType_t priority, TaskHandle_t *const created_task) {
  return xTaskCreatePinnedToCore(function, name, stack_depth, parameters, priority, created_task,
                                 tskNO_AFFINITY);
}

void vTaskDelete(TaskHandle_t task) {
  Task *const self = xTaskGetCurrentTaskHandle();
  if (task != nullptr && task != self) {
    host::unimplemented("vTaskDelete",
                        "a task can only end itself: a thread can't be stopped from outside");
  }
  if (!self->made_by_freertos()) {
    host::fatal("vTaskDelete", "the calling thread is not a FreeRTOS task");
  }
  longjmp(self->end, 1);
}

void vTaskDelay(const TickType_t ticks) {
  if (ticks == 0) {
    host::clock::yield();
    return;
  }
  host::clock::sleep_until(host::freertos::deadline_after(ticks));
}

BaseType_t xTaskDelayUntil(TickType_t *const previous_wake_time, const TickType_t increment) {
  const TickType_t now = xTaskGetTickCount();
  const TickType_t elapsed = now - *previous_wake_time;
  *previous_wake_time += increment;
  if (elapsed >= increment) {
    return pdFALSE;
  }
  vTaskDelay(increment - elapsed);
  return pdTRUE;
}

TickType_t xTaskGetTickCount(void) {
  return static_cast<TickType_t>(host::clock::now() / host::freertos::kTick);
}

TaskHandle_t xTaskGetCurrentTaskHandle(void) {
  if (current_task == nullptr) {
    thread_local ForeignThread foreign;
    current_task = &foreign.task;
  }
  return current_task;
}

BaseType_t xTaskGetSchedulerState(void) {
  return taskSCHEDULER_RUNNING;
}

UBaseType_t uxTaskPriorityGet(const TaskHandle_t task) {
  return (task != nullptr ? task : xTaskGetCurrentTaskHandle())->priority;
}

UBaseType_t uxTaskGetNumberOfTasks(void) {
  return static_cast<UBaseType_t>(host::tasks::count());
}

char *pcTaskGetName(TaskHandle_t task) {
  return (task != nullptr ? task : xTaskGetCurrentTaskHandle())->name;
}

TaskHandle_t xTaskGetHandle(const char *name) {
  if (std::strlen(name) >= configMAX_TASK_NAME_LEN) {
    host::fatal(__func__, "the name is longer than a task's can be");
  }
  Registry &all = registry();
  const std::lock_guard lock(all.mutex);
  for (Task *const task : all.alive) {
    if (std::strcmp(task->name, name) == 0) {
      return task;
    }
  }
  return nullptr;
}

UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task) {
  const Task *const which = task != nullptr ? task : xTaskGetCurrentTaskHandle();
  if (!which->made_by_freertos()) {
    HOST_UNIMPLEMENTED("the thread is not a FreeRTOS task");
  }
  const std::byte *const bottom = which->mapping + page_bytes();
  const auto room = static_cast<std::size_t>(which->stack_top - bottom);
  const std::size_t used = room - untouched_bytes(bottom, which->stack_top);
  return static_cast<UBaseType_t>(used < which->stack_depth ? which->stack_depth - used : 0);
}

void host_task_yield(void) {
  host::clock::yield();
}

namespace host::tasks {

std::size_t count() {
  reap();
  Registry &all = registry();
  const std::lock_guard lock(all.mutex);
  // A task that ended just now has not been joined yet.
  return all.alive.size() + all.ended.size();
}

std::vector<Info> list() {
  reap();
  Registry &all = registry();
  const std::lock_guard lock(all.mutex);
  std::vector<Info> tasks;
  for (Task *const task : all.alive) {
    tasks.push_back({task, task->name, task->priority, task->stack_depth});
  }
  return tasks;
}

bool wait_until_none(clock::Duration timeout) {
  Registry &all = registry();
  {
    std::unique_lock lock(all.mutex);
    if (!all.ended_one.wait(lock, clock::deadline_in(timeout), [&] { return all.alive.empty(); })) {
      return false;
    }
  }
  reap();
  return true;
}

} // namespace host::tasks
