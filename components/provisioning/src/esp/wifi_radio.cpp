#include "esp/wifi_radio.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/access_point.hpp"
#include "esp/log.hpp"
#include "esp_event.h"
#include "esp_idf_version.h"
#include "esp_netif_ip_addr.h"
#include "esp_random.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

namespace espp::provisioning {
namespace {

/// Time on the access point's channel between two others, ms; the driver allows 30 to 150
/// (`wifi_scan_config_t`). Beacons come every 102 ms, so phones get at least one in each pause.
constexpr std::uint8_t kHomeDwell = 120;

/// Of the access point's 10 places at most; a phone, a second one, and what reconnects by itself.
constexpr std::uint8_t kMaxClients = 4;

/// Hundredths of a second that a station may take to leave; it takes some 10 ms.
constexpr int kLeavePatience = 50;

Security to_security(wifi_auth_mode_t mode) {
  switch (mode) {
  case WIFI_AUTH_OPEN:
    return Security::Open;
  case WIFI_AUTH_OWE:
    return Security::Owe;
  case WIFI_AUTH_WEP:
    return Security::Wep;
  case WIFI_AUTH_WPA_PSK:
    return Security::Wpa;
  case WIFI_AUTH_WPA2_PSK:
  case WIFI_AUTH_WPA_WPA2_PSK:
    return Security::Wpa2;
  case WIFI_AUTH_WPA3_PSK:
  case WIFI_AUTH_WPA2_WPA3_PSK:
#if ESP_IDF_VERSION < ESP_IDF_VERSION_VAL(6, 0, 0)
  case WIFI_AUTH_WPA3_EXT_PSK: // folded into the two above from v6.0 on
  case WIFI_AUTH_WPA3_EXT_PSK_MIXED_MODE:
#endif
    return Security::Wpa3;
  case WIFI_AUTH_ENTERPRISE:
  case WIFI_AUTH_WPA3_ENT_192:
#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 5, 0)
  case WIFI_AUTH_WPA_ENTERPRISE:
  case WIFI_AUTH_WPA3_ENTERPRISE:
  case WIFI_AUTH_WPA2_WPA3_ENTERPRISE:
#endif
    return Security::Enterprise;
  default:
    // Each ESP-IDF version adds modes, so no list of them is complete for all.
    return Security::Unknown;
  }
}

Network to_network(const wifi_ap_record_t &record) {
  const auto *name = reinterpret_cast<const char *>(record.ssid);
  const auto ssid = Ssid::from_bytes({name, strnlen(name, Ssid::kMaxSize)});
  return {.ssid = ssid.value_or(Ssid{}),
          .rssi = record.rssi,
          .channel = record.primary,
          .security = to_security(record.authmode)};
}

/// Hands over the driver's records one at a time, since it frees each as it gives it.
template <typename Take> esp_err_t take_records(Take take) {
  std::uint16_t count = 0;
  esp_err_t error = esp_wifi_scan_get_ap_num(&count);
  for (wifi_ap_record_t record{}; error == ESP_OK && count > 0; --count) {
    error = esp_wifi_scan_get_ap_record(&record);
    if (error == ESP_OK) {
      take(to_network(record));
    }
  }
  return error;
}

template <std::size_t N> void copy_bytes(std::uint8_t (&to)[N], std::string_view from) {
  std::memset(to, 0, N);
  std::memcpy(to, from.data(), std::min(from.size(), N));
}

/// Of the driver's calls without effect, this is the one that tells whether it has been started.
bool is_started() {
  return esp_wifi_scan_stop() != ESP_ERR_WIFI_NOT_STARTED;
}

} // namespace

WifiRadio::Interface WifiRadio::find_or_create(const char *key, esp_netif_t *(*create)()) {
  if (esp_netif_t *found = esp_netif_get_handle_from_ifkey(key)) {
    return {found, false};
  }
  return {create(), true};
}

void WifiRadio::destroy(Interface &interface) {
  if (interface.is_ours && interface.netif != nullptr) {
    esp_netif_destroy_default_wifi(interface.netif);
  }
  interface = {};
}

esp_err_t WifiRadio::begin(const AccessPoint &access_point) {
  has_begun_ = true;
  esp_err_t error = esp_netif_init();
  if (error != ESP_OK) {
    return error;
  }
  error = esp_event_loop_create_default();
  loop_is_ours_ = error == ESP_OK;
  if (error != ESP_OK && error != ESP_ERR_INVALID_STATE) {
    return error;
  }
  ap_ = find_or_create("WIFI_AP_DEF", esp_netif_create_default_wifi_ap);
  sta_ = find_or_create("WIFI_STA_DEF", esp_netif_create_default_wifi_sta);
  if (ap_.netif == nullptr || sta_.netif == nullptr) {
    return ESP_ERR_NO_MEM;
  }
  error = ap_address_.set(ap_.netif, access_point.subnet, access_point.port);
  if (error != ESP_OK) {
    log_error(kApTag, "The access point's address was refused", error);
    return error;
  }
  error = begin_driver();
  if (error != ESP_OK) {
    return error;
  }
  error = esp_wifi_get_mac(WIFI_IF_AP, mac_.data());
  if (error != ESP_OK) {
    return error;
  }
  ssid_ = make_ap_ssid(access_point.ssid, mac_, access_point.append_mac);
  return ssid_.empty() ? ESP_ERR_INVALID_ARG : ESP_OK;
}

esp_err_t WifiRadio::begin_driver() {
  esp_err_t error = esp_wifi_get_mode(&found_mode_);
  if (error == ESP_ERR_WIFI_NOT_INIT) {
    wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();
    // What is being tested must not reach flash; see also set_storage() below.
    config.nvs_enable = 0;
    error = esp_wifi_init(&config);
    driver_is_ours_ = error == ESP_OK;
  } else if (error == ESP_OK) {
    driver_was_found_ = true;
    // The calls fail where the mode has no such interface; then there is nothing to put back.
    if (found_mode_ == WIFI_MODE_STA || found_mode_ == WIFI_MODE_APSTA) {
      esp_wifi_get_config(WIFI_IF_STA, &found_sta_config_);
    }
    if (found_mode_ == WIFI_MODE_AP || found_mode_ == WIFI_MODE_APSTA) {
      esp_wifi_get_config(WIFI_IF_AP, &found_ap_config_);
    }
  }
  if (error == ESP_OK) {
    error = esp_wifi_set_storage(WIFI_STORAGE_RAM);
  }
  if (error == ESP_OK) {
    error = esp_wifi_set_mode(WIFI_MODE_APSTA);
  }
  return error;
}

esp_err_t WifiRadio::configure_ap(const Secret &password, bool hidden) {
  wifi_config_t config{};
  copy_bytes(config.ap.ssid, ssid_.bytes());
  config.ap.ssid_len = static_cast<std::uint8_t>(ssid_.bytes().size());
  copy_bytes(config.ap.password, password.bytes());
  config.ap.authmode = password.empty() ? WIFI_AUTH_OPEN : WIFI_AUTH_WPA2_PSK;
  config.ap.ssid_hidden = hidden ? 1 : 0;
  config.ap.channel = 1;
  config.ap.max_connection = kMaxClients;
  config.ap.pmf_cfg.required = false;
  const esp_err_t error = esp_wifi_set_config(WIFI_IF_AP, &config);
  wipe(&config, sizeof config);
  if (error != ESP_OK) {
    log_error(kApTag, "The access point's configuration was refused", error);
  }
  return error;
}

esp_err_t WifiRadio::make_password(Secret &password) {
  password = make_ap_password(esp_random);
  if (is_started()) {
    return ESP_OK;
  }
  esp_err_t error = configure_ap(password, /*hidden=*/true);
  if (error == ESP_OK) {
    error = esp_wifi_start();
  }
  if (error == ESP_OK) {
    password = make_ap_password(esp_random);
    error = esp_wifi_stop();
  }
  return error;
}

esp_err_t WifiRadio::open(const Secret &password) {
  esp_err_t error = configure_ap(password, /*hidden=*/false);
  if (error != ESP_OK) {
    return error;
  }
  started_here_ = !is_started();
  error = esp_wifi_start();
  if (error != ESP_OK) {
    log_error(kApTag, "WiFi did not start", error);
  }
  return error;
}

void WifiRadio::end(bool on_event_task) {
  if (!has_begun_) {
    return;
  }
  has_begun_ = false;
  if (ap_.netif != nullptr && !ap_.is_ours) {
    ap_address_.put_back();
  }
  if (driver_is_ours_) {
    esp_wifi_stop();
    esp_wifi_deinit();
  } else if (driver_was_found_) {
    put_driver_back();
  }
  wipe(&found_sta_config_, sizeof found_sta_config_);
  wipe(&found_ap_config_, sizeof found_ap_config_);
  driver_is_ours_ = false;
  driver_was_found_ = false;
  started_here_ = false;
  has_joined_ = false;
  destroy(sta_);
  destroy(ap_);
  if (std::exchange(loop_is_ours_, false) && !on_event_task) {
    esp_event_loop_delete_default();
  }
}

void WifiRadio::put_driver_back() {
  esp_wifi_scan_stop();
  esp_wifi_clear_ap_list();
  if (has_joined_) {
    // A configuration is refused as long as the station has not left.
    esp_wifi_disconnect();
    wifi_config_t blank{};
    for (int i = 0; i < kLeavePatience && esp_wifi_set_config(WIFI_IF_STA, &blank) != ESP_OK; ++i) {
      vTaskDelay(pdMS_TO_TICKS(10));
    }
  }
  esp_err_t error = esp_wifi_set_mode(found_mode_);
  if (error == ESP_OK && (found_mode_ == WIFI_MODE_STA || found_mode_ == WIFI_MODE_APSTA)) {
    error = esp_wifi_set_config(WIFI_IF_STA, &found_sta_config_);
  }
  if (error == ESP_OK && (found_mode_ == WIFI_MODE_AP || found_mode_ == WIFI_MODE_APSTA)) {
    error = esp_wifi_set_config(WIFI_IF_AP, &found_ap_config_);
  }
  if (error != ESP_OK) {
    log_warning(kTag, "WiFi could not be put back as it was", error);
  }
  if (started_here_) {
    esp_wifi_stop();
  }
  // The driver can't be asked where it kept its configuration; this is its default.
  esp_wifi_set_storage(WIFI_STORAGE_FLASH);
}

std::uint32_t WifiRadio::ip() const {
  esp_netif_ip_info_t info{};
  return esp_netif_get_ip_info(ap_.netif, &info) == ESP_OK ? info.ip.addr : 0;
}

bool WifiRadio::has_clients() const {
  wifi_sta_list_t list{};
  return esp_wifi_ap_get_sta_list(&list) == ESP_OK && list.num > 0;
}

esp_err_t WifiRadio::start_scan(bool home_dwell) {
  wifi_scan_config_t config{};
  if (home_dwell) {
    config.home_chan_dwell_time = kHomeDwell;
  }
  return esp_wifi_scan_start(&config, false);
}

esp_err_t WifiRadio::start_find(const Ssid &ssid, std::uint8_t channel) {
  // The driver copies the configuration; the name needs its NUL.
  std::array<std::uint8_t, Ssid::kMaxSize + 1> name{};
  std::copy(ssid.bytes().begin(), ssid.bytes().end(), name.begin());
  wifi_scan_config_t config{};
  config.ssid = name.data();
  config.channel = channel;
  config.show_hidden = true;
  config.home_chan_dwell_time = kHomeDwell;
  return esp_wifi_scan_start(&config, false);
}

esp_err_t WifiRadio::stop_scan() {
  const esp_err_t error = esp_wifi_scan_stop();
  esp_wifi_clear_ap_list();
  return error;
}

esp_err_t WifiRadio::read_records(ScanList &list) {
  std::uint16_t count = 0;
  esp_err_t error = esp_wifi_scan_get_ap_num(&count);
  if (error == ESP_OK) {
    error = list.reserve(count) ? take_records([&](const Network &network) { list.add(network); })
                                : ESP_ERR_NO_MEM;
  }
  esp_wifi_clear_ap_list();
  return error;
}

std::optional<Network> WifiRadio::read_record_of(const Ssid &ssid) {
  std::optional<Network> strongest;
  // An incomplete list is of use too.
  static_cast<void>(take_records([&](const Network &network) {
    if (network.ssid == ssid && (!strongest || strongest->rssi < network.rssi)) {
      strongest = network;
    }
  }));
  esp_wifi_clear_ap_list();
  return strongest;
}

esp_err_t WifiRadio::join(const Ssid &ssid, const Secret &password, Security security,
                          std::uint8_t channel) {
  wifi_config_t config{};
  copy_bytes(config.sta.ssid, ssid.bytes());
  copy_bytes(config.sta.password, password.bytes());
  config.sta.channel = channel;
  // The search before has found the channel of the strongest access point; start there.
  config.sta.scan_method = channel != 0 ? WIFI_FAST_SCAN : WIFI_ALL_CHANNEL_SCAN;
  config.sta.sort_method = WIFI_CONNECT_AP_BY_SIGNAL;
  // With a password, an open access point of the same name is somebody else's.
  config.sta.threshold.authmode = password.empty()              ? WIFI_AUTH_OPEN
                                  : security == Security::Wep   ? WIFI_AUTH_WEP
                                                                : WIFI_AUTH_WPA_PSK;
  config.sta.threshold.rssi = -127;
  config.sta.pmf_cfg.capable = true;
  config.sta.pmf_cfg.required = false;
  config.sta.sae_pwe_h2e = WPA3_SAE_PWE_BOTH;
  config.sta.owe_enabled = password.empty();
  esp_err_t error = esp_wifi_set_config(WIFI_IF_STA, &config);
  wipe(&config, sizeof config);
  if (error != ESP_OK) {
    log_error(kStaTag, "The station's configuration was refused", error);
    return error;
  }
  has_joined_ = true;
  error = esp_wifi_connect();
  if (error != ESP_OK) {
    log_error(kStaTag, "Connecting did not start", error);
  }
  return error;
}

esp_err_t WifiRadio::leave() { return esp_wifi_disconnect(); }

void WifiRadio::forget() {
  wifi_config_t blank{};
  const esp_err_t error = esp_wifi_set_config(WIFI_IF_STA, &blank);
  if (error != ESP_OK) {
    ESP_LOGD(kStaTag, "The station's configuration was not cleared: %s", esp_err_to_name(error));
  }
}

std::optional<std::int8_t> WifiRadio::link_rssi() {
  wifi_ap_record_t record{};
  if (esp_wifi_sta_get_ap_info(&record) != ESP_OK) {
    return std::nullopt;
  }
  return record.rssi;
}

} // namespace espp::provisioning
