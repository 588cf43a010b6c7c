// For chips with 5 GHz, and for the simulated radio, whose scenario says whether it has that band.

#include <type_traits>

#include "esp_wifi.h"
#include "idf/bands.hpp"

namespace espp::provisioning {

static_assert(std::is_same_v<decltype(esp_wifi_get_band_mode), esp_err_t(wifi_band_mode_t *)>);

Bands driver_bands() {
  wifi_band_mode_t mode = WIFI_BAND_MODE_2G_ONLY;
  if (esp_wifi_get_band_mode(&mode) != ESP_OK) {
    return {};
  }
  return {.ghz2 = mode != WIFI_BAND_MODE_5G_ONLY, .ghz5 = mode != WIFI_BAND_MODE_2G_ONLY};
}

} // namespace espp::provisioning
