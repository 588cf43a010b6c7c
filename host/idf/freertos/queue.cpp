#include "freertos/queue.h"

#include <cstddef>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include "freertos/semphr.h"
#include "freertos/wait.hpp"
#include "host/unimplemented.hpp"

namespace {

enum class Kind { Queue, Semaphore, Mutex, RecursiveMutex };

} // namespace

// One object for queues, semaphores and mutexes, as in FreeRTOS, where a handle of one kind is a
// handle of the others. For all but queues only the count matters: 1 in a mutex means that it is
// free.
struct QueueDefinition {
  const Kind kind;
  const UBaseType_t length;
  const std::size_t item_size;
  std::vector<std::byte> storage;
  std::mutex mutex;
  host::clock::Signal changed;
  UBaseType_t count = 0;
  UBaseType_t first = 0;
  unsigned waiting = 0;
  TaskHandle_t holder = nullptr;
  unsigned depth = 0;
  bool is_static = false; // in the application's memory

  QueueDefinition(Kind queue_kind, UBaseType_t queue_length, std::size_t queue_item_size)
      : kind(queue_kind), length(queue_length), item_size(queue_item_size),
        storage(queue_length * queue_item_size) {}

  bool is_mutex() const { return kind == Kind::Mutex || kind == Kind::RecursiveMutex; }

  std::byte *slot(UBaseType_t index) { return storage.data() + (index % length) * item_size; }

  void copy_in(UBaseType_t index, const void *item) {
    if (item_size != 0) {
      std::memcpy(slot(index), item, item_size);
    }
  }

  void copy_out(void *buffer) {
    if (item_size != 0) {
      std::memcpy(buffer, slot(first), item_size);
    }
  }

  template <typename Ready>
  bool wait(std::unique_lock<std::mutex> &lock, TickType_t ticks, Ready ready) {
    if (ready()) {
      return true;
    }
    if (ticks == 0) {
      return false;
    }
    ++waiting;
    const bool is_ready = changed.wait(lock, host::freertos::deadline_after(ticks), ready);
    --waiting;
    return is_ready;
  }
};

namespace {

QueueHandle_t checked(const char *call, QueueHandle_t queue) {
  if (queue == nullptr) {
    host::fatal(call, "the handle is NULL");
  }
  return queue;
}

QueueHandle_t checked_queue(const char *call, QueueHandle_t queue) {
  if (checked(call, queue)->kind != Kind::Queue) {
    host::fatal(call, "the handle is a semaphore's, not a queue's");
  }
  return queue;
}

QueueHandle_t checked_semaphore(const char *call, QueueHandle_t queue) {
  if (checked(call, queue)->kind == Kind::Queue) {
    host::fatal(call, "the handle is a queue's, not a semaphore's");
  }
  return queue;
}

enum class End { Back, Front };

BaseType_t send(QueueHandle_t queue, const void *item, TickType_t ticks_to_wait, End end) {
  std::unique_lock lock(queue->mutex);
  if (!queue->wait(lock, ticks_to_wait, [&] { return queue->count < queue->length; })) {
    return errQUEUE_FULL;
  }
  if (end == End::Back) {
    queue->copy_in(queue->first + queue->count, item);
  } else {
    queue->first = (queue->first + queue->length - 1) % queue->length;
    queue->copy_in(queue->first, item);
  }
  ++queue->count;
  // Under the lock: whoever receives the item may delete the queue as soon as the lock is free.
  queue->changed.notify_all();
  return pdPASS;
}

bool take(SemaphoreHandle_t semaphore, TickType_t ticks_to_wait) {
  std::unique_lock lock(semaphore->mutex);
  if (!semaphore->wait(lock, ticks_to_wait, [&] { return semaphore->count > 0; })) {
    return false;
  }
  --semaphore->count;
  if (semaphore->is_mutex()) {
    semaphore->holder = xTaskGetCurrentTaskHandle();
    semaphore->depth = 1;
  }
  return true;
}

SemaphoreHandle_t create_mutex(Kind kind) {
  auto *const mutex = new QueueDefinition(kind, 1, 0);
  mutex->count = 1;
  return mutex;
}

void destroy(const char *call, QueueHandle_t queue) {
  checked(call, queue);
  {
    const std::lock_guard lock(queue->mutex);
    if (queue->waiting != 0) {
      host::fatal(call, "a task still waits on it");
    }
  }
  if (queue->is_static) {
    queue->~QueueDefinition();
  } else {
    delete queue;
  }
}

static_assert(sizeof(StaticSemaphore_t) >= sizeof(QueueDefinition));
static_assert(alignof(StaticSemaphore_t) >= alignof(QueueDefinition));

SemaphoreHandle_t create_in(StaticSemaphore_t *memory, Kind kind) {
  if (memory == nullptr) {
    return nullptr;
  }
  auto *const semaphore = new (memory) QueueDefinition(kind, 1, 0);
  semaphore->is_static = true;
  return semaphore;
}

} // namespace

QueueHandle_t xQueueCreate(const UBaseType_t length, const UBaseType_t item_size) {
  if (length == 0) {
    host::fatal(__func__, "the length is 0");
  }
  return new QueueDefinition(Kind::Queue, length, item_size);
}

void vQueueDelete(QueueHandle_t queue) {
  destroy(__func__, queue);
}

BaseType_t xQueueSendToBack(QueueHandle_t queue, const void *const item, TickType_t ticks_to_wait) {
  return send(checked_queue(__func__, queue), item, ticks_to_wait, End::Back);
}

BaseType_t xQueueSendToFront(QueueHandle_t queue, const void *const item,
                             TickType_t ticks_to_wait) {
  return send(checked_queue(__func__, queue), item, ticks_to_wait, End::Front);
}

BaseType_t xQueueOverwrite(QueueHandle_t queue, const void *const item) {
  if (checked_queue(__func__, queue)->length != 1) {
    host::fatal(__func__, "the queue has room for more than one item");
  }
  const std::lock_guard lock(queue->mutex);
  queue->copy_in(queue->first, item);
  queue->count = 1;
  queue->changed.notify_all();
  return pdPASS;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void *const buffer, TickType_t ticks_to_wait) {
  std::unique_lock lock(checked_queue(__func__, queue)->mutex);
  if (!queue->wait(lock, ticks_to_wait, [&] { return queue->count > 0; })) {
    return errQUEUE_EMPTY;
  }
  queue->copy_out(buffer);
  queue->first = (queue->first + 1) % queue->length;
  --queue->count;
  queue->changed.notify_all();
  return pdPASS;
}

BaseType_t xQueuePeek(QueueHandle_t queue, void *const buffer, TickType_t ticks_to_wait) {
  std::unique_lock lock(checked_queue(__func__, queue)->mutex);
  if (!queue->wait(lock, ticks_to_wait, [&] { return queue->count > 0; })) {
    return errQUEUE_EMPTY;
  }
  queue->copy_out(buffer);
  return pdPASS;
}

BaseType_t xQueueReset(QueueHandle_t queue) {
  const std::lock_guard lock(checked_queue(__func__, queue)->mutex);
  queue->count = 0;
  queue->first = 0;
  queue->changed.notify_all();
  return pdPASS;
}

UBaseType_t uxQueueMessagesWaiting(const QueueHandle_t queue) {
  const std::lock_guard lock(checked(__func__, queue)->mutex);
  return queue->count;
}

UBaseType_t uxQueueSpacesAvailable(const QueueHandle_t queue) {
  const std::lock_guard lock(checked(__func__, queue)->mutex);
  return queue->length - queue->count;
}

SemaphoreHandle_t xSemaphoreCreateMutex(void) {
  return create_mutex(Kind::Mutex);
}

SemaphoreHandle_t xSemaphoreCreateRecursiveMutex(void) {
  return create_mutex(Kind::RecursiveMutex);
}

SemaphoreHandle_t xSemaphoreCreateBinary(void) {
  return new QueueDefinition(Kind::Semaphore, 1, 0);
}

SemaphoreHandle_t xSemaphoreCreateMutexStatic(StaticSemaphore_t *memory) {
  const SemaphoreHandle_t mutex = create_in(memory, Kind::Mutex);
  if (mutex != nullptr) {
    mutex->count = 1;
  }
  return mutex;
}

SemaphoreHandle_t xSemaphoreCreateBinaryStatic(StaticSemaphore_t *memory) {
  return create_in(memory, Kind::Semaphore);
}

SemaphoreHandle_t xSemaphoreCreateCounting(UBaseType_t max_count, UBaseType_t initial_count) {
  if (max_count == 0 || initial_count > max_count) {
    host::fatal(__func__, "the initial count is above the maximum, or the maximum is 0");
  }
  auto *const semaphore = new QueueDefinition(Kind::Semaphore, max_count, 0);
  semaphore->count = initial_count;
  return semaphore;
}

void vSemaphoreDelete(SemaphoreHandle_t semaphore) {
  destroy(__func__, semaphore);
}

BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks_to_wait) {
  return take(checked_semaphore(__func__, semaphore), ticks_to_wait) ? pdTRUE : pdFALSE;
}

BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore) {
  const std::lock_guard lock(checked_semaphore(__func__, semaphore)->mutex);
  if (semaphore->count == semaphore->length) {
    return pdFALSE;
  }
  if (semaphore->is_mutex()) {
    if (semaphore->holder != xTaskGetCurrentTaskHandle()) {
      host::fatal(__func__, "the mutex is held by another task");
    }
    semaphore->holder = nullptr;
    semaphore->depth = 0;
  }
  ++semaphore->count;
  semaphore->changed.notify_all();
  return pdTRUE;
}

BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t mutex, TickType_t ticks_to_wait) {
  if (checked_semaphore(__func__, mutex)->kind != Kind::RecursiveMutex) {
    host::fatal(__func__, "the handle is not a recursive mutex's");
  }
  {
    const std::lock_guard lock(mutex->mutex);
    if (mutex->holder == xTaskGetCurrentTaskHandle()) {
      ++mutex->depth;
      return pdTRUE;
    }
  }
  return take(mutex, ticks_to_wait) ? pdTRUE : pdFALSE;
}

BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t mutex) {
  if (checked_semaphore(__func__, mutex)->kind != Kind::RecursiveMutex) {
    host::fatal(__func__, "the handle is not a recursive mutex's");
  }
  const std::lock_guard lock(mutex->mutex);
  if (mutex->holder != xTaskGetCurrentTaskHandle()) {
    return pdFALSE;
  }
  if (--mutex->depth == 0) {
    mutex->holder = nullptr;
    mutex->count = 1;
    mutex->changed.notify_all();
  }
  return pdTRUE;
}

UBaseType_t uxSemaphoreGetCount(SemaphoreHandle_t semaphore) {
  return uxQueueMessagesWaiting(semaphore);
}

TaskHandle_t xSemaphoreGetMutexHolder(SemaphoreHandle_t mutex) {
  const std::lock_guard lock(checked_semaphore(__func__, mutex)->mutex);
  return mutex->holder;
}
