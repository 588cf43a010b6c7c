// Works while it is connected, and tells what happens: by callbacks, and by events.

#include <chrono>

#include "esp_err.h"
#include "esp_event.h"
#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "nvs_flash.h"
#include "provisioning.hpp"
#include "provisioning_event.h"

using espp::Provisioning;

namespace {

constexpr const char *kTag = "example";

/// On the task of the callbacks, where it may block and call every method.
void on_connected(const Provisioning::Connection &connection) {
  ESP_LOGI(kTag, "Connected to %s, address %s, %d dBm",
           Provisioning::printable(connection.ssid).c_str(), connection.ip.c_str(),
           connection.rssi);
}

/// Likewise. The device is on its way back already.
void on_disconnected(std::uint16_t reason) {
  ESP_LOGW(kTag, "Disconnected, reason %u", unsigned{reason});
}

/// On the event loop's task: for parts of an application that do not know the object. Say, a display.
void on_event(void * /*argument*/, esp_event_base_t /*base*/, std::int32_t id, void * /*data*/) {
  if (id == PROVISIONING_EVENT_PORTAL_OPENED) {
    ESP_LOGI(kTag, "Display: join my access point");
  } else if (id == PROVISIONING_EVENT_PORTAL_CLOSED) {
    ESP_LOGI(kTag, "Display: clear");
  }
}

} // namespace

extern "C" void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  // Before start(), which makes a loop of its own otherwise.
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(
      esp_event_handler_register(PROVISIONING_EVENT, ESP_EVENT_ANY_ID, on_event, nullptr));
  // `static`: destroying the object ends the connection.
  static Provisioning device({.ap_password = "configure",
                              .device_name = "Living Room Lamp",
                              .finish_after = std::chrono::minutes(2),
                              .allow_forget_all = true,
                              .portal_when = Provisioning::PortalWhen::Unreachable,
                              .on_connected = on_connected,
                              .on_disconnected = on_disconnected});
  if (!device.start()) {
    ESP_LOGE(kTag, "The lines above say why");
    return;
  }
  while (true) {
    if (device.wait_connected(std::chrono::hours(1))) {
      ESP_LOGI(kTag, "Sending");
    }
    vTaskDelay(pdMS_TO_TICKS(10'000));
  }
}
