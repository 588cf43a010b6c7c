#pragma once

#include "esp_err.h"
#include "esp_wifi.h"

/// What the driver keeps in flash, in the namespace and under the keys that a chip's driver uses,
/// so that a test can look there for secrets which must not be.
namespace radio::storage {

/// ESP_ERR_NVS_NOT_INITIALIZED as long as `nvs_flash_init()` has not been called.
esp_err_t check();

/// What an earlier run stored; anything that is missing keeps its value.
void load(wifi_mode_t &mode, wifi_sta_config_t &station, wifi_ap_config_t &soft_ap);

esp_err_t save_mode(wifi_mode_t mode);
esp_err_t save_station(const wifi_sta_config_t &station);
esp_err_t save_soft_ap(const wifi_ap_config_t &soft_ap);
/// Forgets all of it.
esp_err_t erase();

} // namespace radio::storage
