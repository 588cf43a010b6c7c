#include "boot.hpp"

#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

// The portal opens at every start, and the device connects to nothing.

namespace {

constexpr const char *kTag = "Provisioning Example";

} // namespace

void configure(espp::Provisioning::Config & /*config*/) {}

void run(espp::Provisioning &provisioning, void (*print_way_in)(const espp::Provisioning &)) {
  if (!provisioning.start()) {
    ESP_LOGE(kTag, "Failed to start provisioning");
    return;
  }
  print_way_in(provisioning);

  while (provisioning.is_active() && !provisioning.is_completed()) {
    vTaskDelay(pdMS_TO_TICKS(100));
  }
  if (!provisioning.is_completed()) {
    ESP_LOGI(kTag, "Nobody has completed provisioning, the access point is closed");
  } else if (provisioning.is_active()) {
    ESP_LOGI(kTag, "Provisioning completed by user, the access point stays open");
  } else {
    ESP_LOGI(kTag, "Provisioning completed by user, the access point is closed");
  }
  ESP_LOGI(kTag, "Provisioning example finished");
}
