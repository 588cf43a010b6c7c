// ESP-IDF's esp_system.h.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "esp_attr.h"
#include "esp_bit_defs.h"
#include "esp_err.h"
#include "esp_idf_version.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  ESP_RST_UNKNOWN,
  ESP_RST_POWERON,
  ESP_RST_EXT,
  ESP_RST_SW,
  ESP_RST_PANIC,
  ESP_RST_INT_WDT,
  ESP_RST_TASK_WDT,
  ESP_RST_WDT,
  ESP_RST_DEEPSLEEP,
  ESP_RST_BROWNOUT,
  ESP_RST_SDIO,
  ESP_RST_USB,
  ESP_RST_JTAG,
  ESP_RST_EFUSE,
  ESP_RST_PWR_GLITCH,
  ESP_RST_CPU_LOCKUP,
} esp_reset_reason_t;

/// Not implemented unless the host installs a hook (host/system.hpp): aborts and names itself.
void esp_restart(void) __attribute__((__noreturn__));
/// ESP_RST_POWERON, unless host::system::set_reset_reason() says otherwise.
esp_reset_reason_t esp_reset_reason(void);
/// Memory the PC has to spare, capped at 4 GiB - 1: true, but far from a chip's figures.
uint32_t esp_get_free_heap_size(void);
/// The lowest value that esp_get_free_heap_size() has returned so far.
uint32_t esp_get_minimum_free_heap_size(void);
void esp_system_abort(const char *details) __attribute__((__noreturn__));

#ifdef __cplusplus
}
#endif
