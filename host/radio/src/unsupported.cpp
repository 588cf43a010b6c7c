/// Calls of `esp_wifi.h` that the simulated radio has no answer to. Each ends the process and names
/// itself: better than an application that is told a success which never was.
#include "esp_wifi.h"

#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void unsupported(const char *call) {
  std::fprintf(stderr, "%s: the simulated radio does not implement this call\n", call);
  std::abort();
}

} // namespace

extern "C" {

esp_err_t esp_wifi_clear_fast_connect(void) {
  unsupported(__func__);
}
esp_err_t esp_wifi_set_protocol(wifi_interface_t, uint8_t) {
  unsupported(__func__);
}
esp_err_t esp_wifi_get_protocol(wifi_interface_t, uint8_t *) {
  unsupported(__func__);
}
esp_err_t esp_wifi_set_bandwidth(wifi_interface_t, wifi_bandwidth_t) {
  unsupported(__func__);
}
esp_err_t esp_wifi_get_bandwidth(wifi_interface_t, wifi_bandwidth_t *) {
  unsupported(__func__);
}
esp_err_t esp_wifi_set_channel(uint8_t, wifi_second_chan_t) {
  unsupported(__func__);
}
esp_err_t esp_wifi_ap_get_sta_aid(const uint8_t *, uint16_t *) {
  unsupported(__func__);
}
esp_err_t esp_wifi_set_event_mask(uint32_t) {
  unsupported(__func__);
}
esp_err_t esp_wifi_get_event_mask(uint32_t *) {
  unsupported(__func__);
}
esp_err_t esp_wifi_set_rssi_threshold(int32_t) {
  unsupported(__func__);
}
esp_err_t esp_wifi_sta_get_negotiated_phymode(wifi_phy_mode_t *) {
  unsupported(__func__);
}

} // extern "C"
