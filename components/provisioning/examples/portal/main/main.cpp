#include <string>

#include "esp_err.h"
#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "nvs_flash.h"
#include "provisioning.hpp"

extern "C" void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());

  espp::Provisioning portal({
      .ap_password = "configure",
      .device_name = "Living Room Lamp",
      // The password is in NVS by now: connect with it here, or after the loop.
      .on_provisioned =
          [](const std::string &ssid, const std::string & /*password*/) {
            ESP_LOGI("example", "Chosen: %s", ssid.c_str());
          },
  });
  if (!portal.start()) {
    return; // the log says why
  }
  while (!portal.is_completed()) {
    vTaskDelay(pdMS_TO_TICKS(100));
  }
}
