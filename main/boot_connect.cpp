#include "boot.hpp"

#include <chrono>

#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

// The device joins a saved network and stays connected; the portal opens when there is none, or when none
// can be joined.

namespace {

constexpr const char *kTag = "Provisioning Example";

void print_connected(const espp::Provisioning::Connection &connection) {
  ESP_LOGI(kTag, "Connected to %s, address %s",
           espp::Provisioning::printable(connection.ssid).c_str(), connection.ip.c_str());
}

void print_disconnected(std::uint16_t reason) {
  ESP_LOGW(kTag, "Disconnected (reason %u), connecting again", unsigned{reason});
}

} // namespace

void configure(espp::Provisioning::Config &config) {
  config.portal_when = espp::Provisioning::PortalWhen::Unreachable;
  config.finish_after = std::chrono::minutes(2);
  config.allow_forget_all = true;
  config.on_connected = print_connected;
  config.on_disconnected = print_disconnected;
}

void run(espp::Provisioning &provisioning, void (*print_way_in)(const espp::Provisioning &)) {
  if (!provisioning.start()) {
    ESP_LOGE(kTag, "Failed to start provisioning");
    return;
  }
  for (bool was_open = false; provisioning.is_active(); vTaskDelay(pdMS_TO_TICKS(100))) {
    const bool is_open = !provisioning.get_ip_address().empty();
    if (is_open && !was_open) {
      print_way_in(provisioning);
    } else if (was_open && !is_open) {
      ESP_LOGI(kTag, "The access point is closed");
    }
    was_open = is_open;
  }
}
