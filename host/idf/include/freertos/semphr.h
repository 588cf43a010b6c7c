// FreeRTOS's semphr.h.
//
// A mutex knows its owner. Taking a plain mutex twice blocks (with a time-out: pdFALSE); giving a
// mutex that another task holds aborts, as FreeRTOS's assertion does; giving one that nobody holds
// returns pdFALSE.
#pragma once

#include "freertos/queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef QueueHandle_t SemaphoreHandle_t;

/// The memory of a semaphore that needs no allocation. Its size is this port's; it must outlive the
/// semaphore, and stay where it is.
typedef struct {
  uint8_t reserved[256] __attribute__((aligned(16)));
} StaticSemaphore_t;

SemaphoreHandle_t xSemaphoreCreateMutex(void);
SemaphoreHandle_t xSemaphoreCreateRecursiveMutex(void);
/// A new binary semaphore is empty: give it before it can be taken.
SemaphoreHandle_t xSemaphoreCreateBinary(void);
/// As above, in the caller's memory; NULL for NULL.
SemaphoreHandle_t xSemaphoreCreateMutexStatic(StaticSemaphore_t *memory);
SemaphoreHandle_t xSemaphoreCreateBinaryStatic(StaticSemaphore_t *memory);
SemaphoreHandle_t xSemaphoreCreateCounting(UBaseType_t max_count, UBaseType_t initial_count);
void vSemaphoreDelete(SemaphoreHandle_t semaphore);
BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks_to_wait);
BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore);
BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t mutex, TickType_t ticks_to_wait);
BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t mutex);
UBaseType_t uxSemaphoreGetCount(SemaphoreHandle_t semaphore);
TaskHandle_t xSemaphoreGetMutexHolder(SemaphoreHandle_t mutex);

#ifdef __cplusplus
}
#endif
