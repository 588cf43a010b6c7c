// FreeRTOS's event_groups.h. 24 bits are usable, as with a chip's 32-bit ticks; using the upper 8
// aborts.
#pragma once

#include "freertos/FreeRTOS.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct EventGroupDef_t *EventGroupHandle_t;
typedef TickType_t EventBits_t;

EventGroupHandle_t xEventGroupCreate(void);
/// Tasks that wait are woken and get 0.
void vEventGroupDelete(EventGroupHandle_t group);
EventBits_t xEventGroupSetBits(EventGroupHandle_t group, const EventBits_t bits);
/// Returns the bits as they were before.
EventBits_t xEventGroupClearBits(EventGroupHandle_t group, const EventBits_t bits);
EventBits_t xEventGroupWaitBits(EventGroupHandle_t group, const EventBits_t bits,
                                const BaseType_t clear_on_exit, const BaseType_t wait_for_all,
                                TickType_t ticks_to_wait);
static inline EventBits_t xEventGroupGetBits(EventGroupHandle_t group) {
  return xEventGroupClearBits(group, 0);
}

#ifdef __cplusplus
}
#endif
