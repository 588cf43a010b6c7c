#include "host/gpio.hpp"

#include <array>
#include <mutex>

#include "driver/gpio.h"
#include "host/unimplemented.hpp"

namespace {

struct Pin {
  bool is_input = false;
  bool is_pulled_up = false;
  std::optional<bool> driven;
};

struct Pins {
  std::mutex mutex;
  std::array<Pin, GPIO_NUM_MAX> all;
};

Pins &pins() {
  static Pins *const instance = new Pins;
  return *instance;
}

bool exists(int pin) {
  return pin >= 0 && pin < GPIO_NUM_MAX;
}

} // namespace

esp_err_t gpio_config(const gpio_config_t *pGPIOConfig) {
  if (pGPIOConfig == nullptr || pGPIOConfig->pin_bit_mask == 0 ||
      pGPIOConfig->pin_bit_mask >> GPIO_NUM_MAX != 0) {
    return ESP_ERR_INVALID_ARG;
  }
  if (pGPIOConfig->mode != GPIO_MODE_INPUT) {
    HOST_UNIMPLEMENTED("a pin that is no input");
  }
  if (pGPIOConfig->intr_type != GPIO_INTR_DISABLE) {
    HOST_UNIMPLEMENTED("interrupts");
  }
  const std::lock_guard lock(pins().mutex);
  for (int i = 0; i < GPIO_NUM_MAX; ++i) {
    if ((pGPIOConfig->pin_bit_mask >> i & 1U) != 0) {
      Pin &pin = pins().all[static_cast<std::size_t>(i)];
      pin.is_input = true;
      pin.is_pulled_up = pGPIOConfig->pull_up_en == GPIO_PULLUP_ENABLE;
    }
  }
  return ESP_OK;
}

int gpio_get_level(gpio_num_t gpio_num) {
  if (!exists(gpio_num)) {
    return 0;
  }
  const std::lock_guard lock(pins().mutex);
  const Pin &pin = pins().all[static_cast<std::size_t>(gpio_num)];
  return pin.is_input && pin.driven.value_or(pin.is_pulled_up) ? 1 : 0;
}

namespace host::gpio {

void drive(int pin, std::optional<bool> level) {
  if (!exists(pin)) {
    fatal("host::gpio::drive", "there is no such pin");
  }
  const std::lock_guard lock(pins().mutex);
  pins().all[static_cast<std::size_t>(pin)].driven = level;
}

void reset() {
  const std::lock_guard lock(pins().mutex);
  pins().all = {};
}

} // namespace host::gpio
