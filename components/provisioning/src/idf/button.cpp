#include "driver/gpio.h"

#include <type_traits>

#include "esp_err.h"
#include "idf/actor.hpp"
#include "idf/log.hpp"
#include "sdkconfig.h"

// The part of the actor that watches a button. With "Open the portal by a button" off in menuconfig,
// nothing of it is built.

namespace espp {

namespace trigger = provisioning::trigger;

namespace {

constexpr auto kPin = static_cast<gpio_num_t>(CONFIG_PROVISIONING_BUTTON_GPIO);
constexpr bool kIsPressedHigh = CONFIG_PROVISIONING_BUTTON_LEVEL != 0;
constexpr trigger::Times kTimes{.open = CONFIG_PROVISIONING_BUTTON_OPEN * 1'000,
                                .forget = CONFIG_PROVISIONING_BUTTON_FORGET * 1'000};
static_assert(kTimes.forget == 0 || kTimes.forget > kTimes.open,
              "The button has to be held longer to forget all networks than to open the portal");

// What this file takes for granted of ESP-IDF, as contract.cpp does for the others.
static_assert(std::is_same_v<decltype(gpio_config), esp_err_t(const gpio_config_t *)>);
static_assert(std::is_same_v<decltype(gpio_get_level), int(gpio_num_t)>);
static_assert(std::is_same_v<decltype(gpio_config_t::pin_bit_mask), std::uint64_t>);

} // namespace

void Provisioning::Actor::begin_button() {
  button_ = {};
  gpio_config_t config{};
  config.pin_bit_mask = std::uint64_t{1} << static_cast<unsigned>(kPin);
  config.mode = GPIO_MODE_INPUT;
  config.pull_up_en = kIsPressedHigh ? GPIO_PULLUP_DISABLE : GPIO_PULLUP_ENABLE;
  config.pull_down_en = kIsPressedHigh ? GPIO_PULLDOWN_ENABLE : GPIO_PULLDOWN_DISABLE;
  config.intr_type = GPIO_INTR_DISABLE;
  const esp_err_t error = gpio_config(&config);
  if (error == ESP_OK) {
    button_look_ = monitor_.now();
  } else {
    button_look_.reset();
    provisioning::log_warning(provisioning::kTag, "The button's GPIO was refused", error);
  }
}

std::optional<provisioning::Millis> Provisioning::Actor::button_deadline() const {
  return button_look_;
}

trigger::Action Provisioning::Actor::look_at_button() {
  const provisioning::Millis now = monitor_.now();
  if (!button_look_ || !provisioning::is_due(*button_look_, now)) {
    return trigger::Action::None;
  }
  button_look_ = now + trigger::limits::kLook;
  const bool is_pressed = (gpio_get_level(kPin) != 0) == kIsPressedHigh;
  const trigger::Step next = trigger::look(button_, is_pressed, kTimes, now);
  button_ = next.button;
  return next.action;
}

} // namespace espp
