// Connects to the network that the owner chose; where there is none yet, opens the portal first.

#include <algorithm>
#include <cstdint>
#include <string>

#include "esp_err.h"
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "nvs_flash.h"
#include "provisioning.hpp"

namespace {

constexpr const char *kTag = "example";

void on_station(void * /*context*/, esp_event_base_t base, std::int32_t id, void *data) {
  if (base == IP_EVENT && id == IP_EVENT_STA_GOT_IP) {
    const auto *lease = static_cast<const ip_event_got_ip_t *>(data);
    ESP_LOGI(kTag, "Connected, address " IPSTR, IP2STR(&lease->ip_info.ip));
  } else if (base == WIFI_EVENT &&
             (id == WIFI_EVENT_STA_START || id == WIFI_EVENT_STA_DISCONNECTED)) {
    esp_wifi_connect();
  }
}

/// Sets up Wi-Fi as a station that stays connected. Called while no portal is open.
void connect(const std::string &ssid, const std::string &password) {
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  esp_netif_create_default_wifi_sta();
  const wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
  ESP_ERROR_CHECK(esp_wifi_init(&init));
  ESP_ERROR_CHECK(esp_event_handler_instance_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_station,
                                                      nullptr, nullptr));
  ESP_ERROR_CHECK(esp_event_handler_instance_register(IP_EVENT, IP_EVENT_STA_GOT_IP, on_station,
                                                      nullptr, nullptr));

  // Names of 32 bytes and keys of 64 digits fill their fields, without a NUL behind them.
  wifi_config_t config{};
  std::copy_n(ssid.begin(), std::min(ssid.size(), sizeof config.sta.ssid), config.sta.ssid);
  std::copy_n(password.begin(), std::min(password.size(), sizeof config.sta.password),
              config.sta.password);
  ESP_ERROR_CHECK(esp_wifi_set_mode(WIFI_MODE_STA));
  ESP_ERROR_CHECK(esp_wifi_set_config(WIFI_IF_STA, &config));
  ESP_ERROR_CHECK(esp_wifi_start());
}

} // namespace

extern "C" void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());

  // `static`: destroying the object closes the portal, and app_main() returns at once.
  static espp::Provisioning portal({
      .ap_password = "configure",
      .device_name = "Living Room Lamp",
      // The portal has closed by then and has given Wi-Fi back.
      .on_provisioned = connect,
  });

  const auto saved = portal.get_saved_ssids();
  if (!saved.empty()) {
    connect(saved.front(), portal.get_saved_password(saved.front()).value_or(""));
  } else if (!portal.start()) {
    ESP_LOGE(kTag, "The portal did not open; the lines above say why");
  }
}
