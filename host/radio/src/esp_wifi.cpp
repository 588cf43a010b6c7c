/// The calls of `esp_wifi.h`, each handed to the one radio.
#include "esp_wifi.h"

#include "radio.hpp"

using radio::Radio;

extern "C" {

esp_err_t esp_wifi_init(const wifi_init_config_t *config) {
  return Radio::instance().init(config);
}
esp_err_t esp_wifi_deinit(void) {
  return Radio::instance().deinit();
}
esp_err_t esp_wifi_set_storage(wifi_storage_t storage) {
  return Radio::instance().set_storage(storage);
}
esp_err_t esp_wifi_restore(void) {
  return Radio::instance().restore();
}
esp_err_t esp_wifi_set_mode(wifi_mode_t mode) {
  return Radio::instance().set_mode(mode);
}
esp_err_t esp_wifi_get_mode(wifi_mode_t *mode) {
  return Radio::instance().get_mode(mode);
}
esp_err_t esp_wifi_start(void) {
  return Radio::instance().start();
}
esp_err_t esp_wifi_stop(void) {
  return Radio::instance().stop();
}
esp_err_t esp_wifi_set_config(wifi_interface_t interface, wifi_config_t *conf) {
  return Radio::instance().set_config(interface, conf);
}
esp_err_t esp_wifi_get_config(wifi_interface_t interface, wifi_config_t *conf) {
  return Radio::instance().get_config(interface, conf);
}
esp_err_t esp_wifi_connect(void) {
  return Radio::instance().connect();
}
esp_err_t esp_wifi_disconnect(void) {
  return Radio::instance().disconnect();
}
esp_err_t esp_wifi_scan_start(const wifi_scan_config_t *config, bool block) {
  return Radio::instance().scan_start(config, block);
}
esp_err_t esp_wifi_scan_stop(void) {
  return Radio::instance().scan_stop();
}
esp_err_t esp_wifi_set_scan_parameters(const wifi_scan_default_params_t *config) {
  return Radio::instance().set_scan_parameters(config);
}
esp_err_t esp_wifi_get_scan_parameters(wifi_scan_default_params_t *config) {
  return Radio::instance().get_scan_parameters(config);
}
esp_err_t esp_wifi_scan_get_ap_num(uint16_t *number) {
  return Radio::instance().scan_get_ap_num(number);
}
esp_err_t esp_wifi_scan_get_ap_record(wifi_ap_record_t *ap_record) {
  return Radio::instance().scan_get_ap_record(ap_record);
}
esp_err_t esp_wifi_scan_get_ap_records(uint16_t *number, wifi_ap_record_t *ap_records) {
  return Radio::instance().scan_get_ap_records(number, ap_records);
}
esp_err_t esp_wifi_clear_ap_list(void) {
  return Radio::instance().clear_ap_list();
}
esp_err_t esp_wifi_sta_get_ap_info(wifi_ap_record_t *ap_info) {
  return Radio::instance().sta_get_ap_info(ap_info);
}
esp_err_t esp_wifi_sta_get_rssi(int *rssi) {
  return Radio::instance().sta_get_rssi(rssi);
}
esp_err_t esp_wifi_sta_get_aid(uint16_t *aid) {
  return Radio::instance().sta_get_aid(aid);
}
esp_err_t esp_wifi_get_mac(wifi_interface_t ifx, uint8_t mac[6]) {
  return Radio::instance().get_mac(ifx, mac);
}
esp_err_t esp_wifi_set_mac(wifi_interface_t ifx, const uint8_t mac[6]) {
  return Radio::instance().set_mac(ifx, mac);
}
esp_err_t esp_wifi_get_channel(uint8_t *primary, wifi_second_chan_t *second) {
  return Radio::instance().get_channel(primary, second);
}
esp_err_t esp_wifi_ap_get_sta_list(wifi_sta_list_t *sta) {
  return Radio::instance().ap_get_sta_list(sta);
}
esp_err_t esp_wifi_deauth_sta(uint16_t aid) {
  return Radio::instance().deauth_sta(aid);
}
esp_err_t esp_wifi_set_country(const wifi_country_t *country) {
  return Radio::instance().set_country(country);
}
esp_err_t esp_wifi_get_country(wifi_country_t *country) {
  return Radio::instance().get_country(country);
}
esp_err_t esp_wifi_set_country_code(const char *country, bool ieee80211d_enabled) {
  return Radio::instance().set_country_code(country, ieee80211d_enabled);
}
esp_err_t esp_wifi_get_country_code(char *country) {
  return Radio::instance().get_country_code(country);
}
esp_err_t esp_wifi_set_band(wifi_band_t band) {
  return Radio::instance().set_band(band);
}
esp_err_t esp_wifi_get_band(wifi_band_t *band) {
  return Radio::instance().get_band(band);
}
esp_err_t esp_wifi_set_band_mode(wifi_band_mode_t band_mode) {
  return Radio::instance().set_band_mode(band_mode);
}
esp_err_t esp_wifi_get_band_mode(wifi_band_mode_t *band_mode) {
  return Radio::instance().get_band_mode(band_mode);
}
esp_err_t esp_wifi_set_ps(wifi_ps_type_t type) {
  return Radio::instance().set_ps(type);
}
esp_err_t esp_wifi_get_ps(wifi_ps_type_t *type) {
  return Radio::instance().get_ps(type);
}
esp_err_t esp_wifi_set_inactive_time(wifi_interface_t ifx, uint16_t sec) {
  return Radio::instance().set_inactive_time(ifx, sec);
}
esp_err_t esp_wifi_set_max_tx_power(int8_t power) {
  return Radio::instance().set_max_tx_power(power);
}
esp_err_t esp_wifi_get_max_tx_power(int8_t *power) {
  return Radio::instance().get_max_tx_power(power);
}

} // extern "C"
