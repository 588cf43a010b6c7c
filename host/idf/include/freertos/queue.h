// FreeRTOS's queue.h: queues by copy, with time-outs in ticks.
#pragma once

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct QueueDefinition *QueueHandle_t;

QueueHandle_t xQueueCreate(const UBaseType_t length, const UBaseType_t item_size);
/// Deleting a queue that a task waits on aborts: on a chip it is a use of freed memory later on.
void vQueueDelete(QueueHandle_t queue);
BaseType_t xQueueSendToBack(QueueHandle_t queue, const void *const item, TickType_t ticks_to_wait);
BaseType_t xQueueSendToFront(QueueHandle_t queue, const void *const item, TickType_t ticks_to_wait);
BaseType_t xQueueOverwrite(QueueHandle_t queue, const void *const item);
BaseType_t xQueueReceive(QueueHandle_t queue, void *const buffer, TickType_t ticks_to_wait);
BaseType_t xQueuePeek(QueueHandle_t queue, void *const buffer, TickType_t ticks_to_wait);
BaseType_t xQueueReset(QueueHandle_t queue);
UBaseType_t uxQueueMessagesWaiting(const QueueHandle_t queue);
UBaseType_t uxQueueSpacesAvailable(const QueueHandle_t queue);

static inline BaseType_t xQueueSend(QueueHandle_t queue, const void *const item,
                                    TickType_t ticks_to_wait) {
  return xQueueSendToBack(queue, item, ticks_to_wait);
}

#ifdef __cplusplus
}
#endif
