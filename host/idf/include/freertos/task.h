// FreeRTOS's task.h. Differences from a chip: see freertos/FreeRTOS.h, and vTaskDelete() below.
#pragma once

#include "freertos/FreeRTOS.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tskTaskControlBlock *TaskHandle_t;

#define tskIDLE_PRIORITY ((UBaseType_t)0U)
#define tskNO_AFFINITY ((BaseType_t)0x7FFFFFFF)

#define taskSCHEDULER_RUNNING ((BaseType_t)2)

/// Starts a task on a thread of its own. `stack_depth` (bytes, as in ESP-IDF) is recorded; the
/// thread gets far more, because a PC's stack frames and the sanitizers need it. A task function
/// must not return: it ends with vTaskDelete(NULL), or the program aborts as on a chip.
BaseType_t xTaskCreate(TaskFunction_t task, const char *const name,
                       const configSTACK_DEPTH_TYPE stack_depth, void *const parameters,
                       UBaseType_t priority, TaskHandle_t *const created_task);
BaseType_t xTaskCreatePinnedToCore(TaskFunction_t task, const char *const name,
                                   const uint32_t stack_depth, void *const parameters,
                                   UBaseType_t priority, TaskHandle_t *const created_task,
                                   const BaseType_t core_id);

/// Ends the calling task (NULL or its own handle). As on a chip, destructors of its local variables
/// do not run. Ending another task is not implemented: a thread can't be stopped at a safe place
/// from outside.
void vTaskDelete(TaskHandle_t task);
void vTaskDelay(const TickType_t ticks);
BaseType_t xTaskDelayUntil(TickType_t *const previous_wake_time, const TickType_t increment);
static inline void vTaskDelayUntil(TickType_t *const previous_wake_time,
                                   const TickType_t increment) {
  (void)xTaskDelayUntil(previous_wake_time, increment);
}

TickType_t xTaskGetTickCount(void);
/// A thread that FreeRTOS did not make (the program's main thread, say) has a handle too.
TaskHandle_t xTaskGetCurrentTaskHandle(void);
BaseType_t xTaskGetSchedulerState(void);
UBaseType_t uxTaskPriorityGet(const TaskHandle_t task);
UBaseType_t uxTaskGetNumberOfTasks(void);
char *pcTaskGetName(TaskHandle_t task);
/// A task of that name, or NULL; which one if there are several is not said. The handle is valid as
/// long as the task lives.
TaskHandle_t xTaskGetHandle(const char *name);
/// Bytes of the recorded depth that were never used, measured on the thread's real stack; 0 if it
/// used more. A PC's frames are larger than a chip's, so this tells too little rather than too
/// much.
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task);

void host_task_yield(void);
#define taskYIELD() host_task_yield()
#define portYIELD() host_task_yield()

#ifdef __cplusplus
}
#endif
