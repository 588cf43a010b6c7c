// Joins a saved network at boot and stays connected; opens the portal only when it is needed.

#include <chrono>

#include "esp_err.h"
#include "esp_log.h"
#include "nvs_flash.h"
#include "provisioning.hpp"

using espp::Provisioning;

extern "C" void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  // `static`: destroying the object ends the connection, and app_main() returns.
  static Provisioning device({.ap_password = "configure",
                              .device_name = "Living Room Lamp",
                              .finish_after = std::chrono::minutes(2),
                              .portal_when = Provisioning::PortalWhen::Unreachable});
  if (device.start() && device.wait_connected(std::chrono::hours(24))) {
    ESP_LOGI("example", "Online");
  }
}
