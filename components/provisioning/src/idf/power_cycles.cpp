#include <type_traits>

#include "esp_err.h"
#include "esp_system.h"
#include "idf/actor.hpp"
#include "idf/log.hpp"
#include "nvs.h"
#include "sdkconfig.h"

// The part of the actor that counts how often the power was switched off and on in a row. With "Open the
// portal by power cycles" off in menuconfig, nothing of it is built.

namespace espp {

namespace trigger = provisioning::trigger;

using provisioning::Unlocked;

namespace {

constexpr const char *kCountKey = "power_cycles";

// What this file takes for granted of ESP-IDF, as contract.cpp does for the others.
static_assert(std::is_same_v<decltype(esp_reset_reason), esp_reset_reason_t()>);
static_assert(
    std::is_same_v<decltype(nvs_get_u8), esp_err_t(nvs_handle_t, const char *, std::uint8_t *)>);
static_assert(
    std::is_same_v<decltype(nvs_set_u8), esp_err_t(nvs_handle_t, const char *, std::uint8_t)>);

/// Replaces the count by what `next` makes of it, and writes it only if it is another one.
template <typename Next> void change_count(Next next) {
  nvs_handle_t handle = 0;
  esp_err_t error = nvs_open(provisioning::kNvsNamespace, NVS_READWRITE, &handle);
  if (error == ESP_OK) {
    std::uint8_t before = 0;
    nvs_get_u8(handle, kCountKey, &before); // there may be none yet
    const std::uint8_t count = next(before);
    if (count != before) {
      error = nvs_set_u8(handle, kCountKey, count);
      if (error == ESP_OK) {
        error = nvs_commit(handle);
      }
    }
    nvs_close(handle);
  }
  if (error != ESP_OK) {
    provisioning::log_warning(provisioning::kTag, "The power cycles can't be counted", error);
  }
}

} // namespace

trigger::Action Provisioning::Actor::count_power_cycle() {
  trigger::Counted counted;
  {
    const Unlocked unlocked(monitor_);
    change_count([&counted](std::uint8_t before) {
      counted = trigger::count_start(before, esp_reset_reason() == ESP_RST_POWERON,
                                     CONFIG_PROVISIONING_POWER_CYCLE_COUNT);
      return counted.count;
    });
  }
  if (counted.count != 0) {
    in_use_at_ = monitor_.now() + trigger::limits::kInUse;
  }
  return counted.action;
}

std::optional<provisioning::Millis> Provisioning::Actor::in_use_deadline() const {
  return in_use_at_;
}

/// After a while in use, and at a stop(): a start() that comes after that is none of the device's, so
/// such starts can't add up.
void Provisioning::Actor::forget_power_cycles() {
  if (in_use_at_) {
    in_use_at_.reset();
    const Unlocked unlocked(monitor_);
    change_count([](std::uint8_t /*before*/) { return std::uint8_t{0}; });
  }
}

} // namespace espp
