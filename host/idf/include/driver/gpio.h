// ESP-IDF's driver/gpio.h, as far as inputs go: what they read is set by host/gpio.hpp.
#pragma once

#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The pins of an esp32c3.
typedef enum {
  GPIO_NUM_NC = -1,
  GPIO_NUM_0 = 0,
  GPIO_NUM_9 = 9,
  GPIO_NUM_21 = 21,
  GPIO_NUM_MAX,
} gpio_num_t;

typedef enum { GPIO_INTR_DISABLE = 0 } gpio_int_type_t;
typedef enum { GPIO_MODE_DISABLE = 0, GPIO_MODE_INPUT = 1, GPIO_MODE_OUTPUT = 2 } gpio_mode_t;
typedef enum { GPIO_PULLUP_DISABLE = 0, GPIO_PULLUP_ENABLE = 1 } gpio_pullup_t;
typedef enum { GPIO_PULLDOWN_DISABLE = 0, GPIO_PULLDOWN_ENABLE = 1 } gpio_pulldown_t;

typedef struct {
  uint64_t pin_bit_mask;
  gpio_mode_t mode;
  gpio_pullup_t pull_up_en;
  gpio_pulldown_t pull_down_en;
  gpio_int_type_t intr_type;
} gpio_config_t;

/// ESP_ERR_INVALID_ARG for no pin, and for one that the chip does not have. Outputs and interrupts are
/// not implemented: aborts and names itself.
esp_err_t gpio_config(const gpio_config_t *pGPIOConfig);
/// 0 or 1; 0 of a pin that is not an input, as on a chip.
int gpio_get_level(gpio_num_t gpio_num);

#ifdef __cplusplus
}
#endif
