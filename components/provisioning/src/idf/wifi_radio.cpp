#include "idf/wifi_radio.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "domain/access_point.hpp"
#include "esp_event.h"
#include "esp_idf_version.h"
#include "esp_netif_ip_addr.h"
#include "esp_netif_types.h"
#include "esp_random.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "idf/bands.hpp"
#include "idf/log.hpp"

namespace espp::provisioning {
namespace {

/// The access point's own channels: the first of each band that is allowed everywhere.
constexpr std::uint8_t kApChannel = 1;
constexpr std::uint8_t kApChannel5 = 36;

/// Of the access point's 10 places at most; a phone, a second one, and what reconnects by itself.
constexpr std::uint8_t kMaxClients = 4;

/// Hundredths of a second that the driver may take to accept a configuration at the end.
constexpr int kClearPatience = 50;

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
  Network network{.ssid = {},
                  .rssi = record.rssi,
                  .channel = record.primary,
                  .security = to_security(record.authmode)};
  const auto *name = reinterpret_cast<const char *>(record.ssid);
  if (const auto ssid = Ssid::from_bytes({name, strnlen(name, Ssid::kMaxSize)})) {
    network.ssid = *ssid;
  }
  return network;
}

/// Hands over the driver's records one at a time, since it frees each as it gives it.
template <typename Take> esp_err_t take_records(Take take) {
  std::uint16_t count = 0;
  esp_err_t error = esp_wifi_scan_get_ap_num(&count);
  for (wifi_ap_record_t record{}; error == ESP_OK && count > 0; --count) {
    error = esp_wifi_scan_get_ap_record(&record);
    if (error == ESP_OK) {
      take(to_network(record), record.bssid);
    }
  }
  return error;
}

/// Puts a name or a password, which fits, into a configuration that was zero.
void copy_bytes(std::uint8_t *to, std::string_view from) {
  std::memcpy(to, from.data(), from.size());
}

/// Of the driver's calls without effect, this one tells whether it has been started.
bool is_started() {
  std::uint16_t count = 0;
  return esp_wifi_scan_get_ap_num(&count) == ESP_OK;
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

esp_err_t WifiRadio::begin_interfaces() {
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
  sta_ = find_or_create("WIFI_STA_DEF", esp_netif_create_default_wifi_sta);
  return sta_.netif == nullptr ? ESP_ERR_NO_MEM : ESP_OK;
}

esp_err_t WifiRadio::begin_access_point(const AccessPoint &access_point) {
  ap_ = find_or_create("WIFI_AP_DEF", esp_netif_create_default_wifi_ap);
  if (ap_.netif == nullptr) {
    return ESP_ERR_NO_MEM;
  }
  const esp_err_t error = ap_address_.set(ap_.netif, access_point.subnet, access_point.port);
  if (error != ESP_OK) {
    log_error(kApTag, "The access point's address was refused", error);
  }
  return error;
}

/// Once the driver is there, which knows the MAC addresses.
esp_err_t WifiRadio::choose_name(const AccessPoint &access_point) {
  esp_err_t error = esp_wifi_get_mac(WIFI_IF_AP, ap_mac_.data());
  if (error == ESP_OK) {
    error = esp_wifi_get_mac(WIFI_IF_STA, station_mac_.data());
  }
  if (error != ESP_OK) {
    return error;
  }
  ssid_ = make_ap_ssid(access_point.ssid, ap_mac_, access_point.append_mac);
  return ssid_.empty() ? ESP_ERR_INVALID_ARG : ESP_OK;
}

esp_err_t WifiRadio::begin(const AccessPoint &access_point) {
  esp_err_t error = begin_interfaces();
  if (error == ESP_OK) {
    error = begin_access_point(access_point);
  }
  if (error == ESP_OK) {
    error = begin_driver(access_point.country, WIFI_MODE_APSTA);
  }
  return error == ESP_OK ? choose_name(access_point) : error;
}

esp_err_t WifiRadio::begin_station(const char *country) {
  esp_err_t error = begin_interfaces();
  if (error == ESP_OK) {
    error = begin_driver(country, WIFI_MODE_STA);
  }
  if (error == ESP_OK) {
    error = listen();
  }
  if (error != ESP_OK) {
    return error;
  }
  if (driver_was_found_) {
    // What the application's driver was told to join is not what the owner has saved.
    clear_station();
  }
  error = esp_wifi_start();
  is_started_here_ = !was_running_ && error == ESP_OK;
  return error;
}

esp_err_t WifiRadio::begin_beside(const AccessPoint &access_point) {
  const esp_err_t error = begin_access_point(access_point);
  return error == ESP_OK ? choose_name(access_point) : error;
}

esp_err_t WifiRadio::open_beside(const Secret &password) {
  const esp_err_t error = esp_wifi_set_mode(WIFI_MODE_APSTA);
  return error == ESP_OK ? configure_ap(password, /*hidden=*/false) : error;
}

void WifiRadio::close_beside() {
  if (ap_.netif == nullptr) {
    return;
  }
  esp_err_t error = esp_wifi_set_mode(mode_beside_);
  if (error == ESP_OK && mode_beside_ == WIFI_MODE_APSTA) {
    error = esp_wifi_set_config(WIFI_IF_AP, &found_ap_config_);
  }
  if (error != ESP_OK) {
    log_warning(kApTag, "The access point could not be closed", error);
  }
  if (!ap_.is_ours) {
    ap_address_.put_back();
  }
  destroy(ap_);
}

esp_err_t WifiRadio::set_country(const char *country) {
  wifi_country_t found{};
  esp_err_t error = esp_wifi_get_country(&found);
  if (error == ESP_OK) {
    // By 802.11d the driver would listen on 12 to 14 until a router there says that it may send.
    error = esp_wifi_set_country_code(country, false);
  }
  if (error == ESP_OK) {
    found_country_ = found;
  } else {
    log_error(kTag, "The country was refused", error);
  }
  return error;
}

esp_err_t WifiRadio::begin_driver(const char *country, wifi_mode_t mode) {
  esp_err_t error = esp_wifi_get_mode(&found_mode_);
  if (error == ESP_ERR_WIFI_NOT_INIT) {
    wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();
    // What is being tested must not reach flash; see also set_storage() below.
    config.nvs_enable = 0;
    error = esp_wifi_init(&config);
    driver_is_ours_ = error == ESP_OK;
  } else if (error == ESP_OK) {
    driver_was_found_ = true;
    was_running_ = is_started();
    // The calls fail where the mode has no such interface; then there is nothing to put back.
    if (found_mode_ == WIFI_MODE_STA || found_mode_ == WIFI_MODE_APSTA) {
      esp_wifi_get_config(WIFI_IF_STA, &found_sta_config_);
    }
    if (found_mode_ == WIFI_MODE_AP || found_mode_ == WIFI_MODE_APSTA) {
      esp_wifi_get_config(WIFI_IF_AP, &found_ap_config_);
    }
  }
  if (error == ESP_OK) {
    bands_ = driver_bands();
    error = esp_wifi_set_storage(WIFI_STORAGE_RAM);
  }
  if (error == ESP_OK && *country != '\0') {
    error = set_country(country);
  }
  if (mode == WIFI_MODE_STA && driver_was_found_ &&
      (found_mode_ == WIFI_MODE_AP || found_mode_ == WIFI_MODE_APSTA)) {
    mode = WIFI_MODE_APSTA; // the application's access point goes on
  }
  mode_beside_ = mode;
  if (error == ESP_OK) {
    error = esp_wifi_set_mode(mode);
  }
  return error;
}

esp_err_t WifiRadio::configure_ap(const Secret &password, bool hidden) {
  wifi_config_t config{};
  copy_bytes(config.ap.ssid, ssid_.bytes());
  config.ap.ssid_len = static_cast<std::uint8_t>(ssid_.bytes().size());
  copy_bytes(config.ap.password, password.bytes());
  config.ap.authmode = password.empty() ? WIFI_AUTH_OPEN : WIFI_AUTH_WPA2_PSK;
  // The driver's default offers TKIP as well, which iPhones call weak security.
  config.ap.pairwise_cipher = WIFI_CIPHER_TYPE_CCMP;
  config.ap.ssid_hidden = hidden ? 1 : 0;
  // Every phone hears 2.4 GHz.
  config.ap.channel = bands_.ghz2 ? kApChannel : kApChannel5;
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
  esp_err_t error = listen();
  if (error == ESP_OK) {
    error = configure_ap(password, /*hidden=*/false);
  }
  if (error != ESP_OK) {
    return error;
  }
  if (!was_running_ && driver_was_found_) {
    // Or the handler of WIFI_EVENT_STA_START that many applications have would connect right now.
    clear_station();
  }
  error = esp_wifi_start();
  if (error != ESP_OK) {
    log_error(kApTag, "WiFi did not start", error);
  }
  is_started_here_ = !was_running_ && error == ESP_OK;
  return error;
}

void WifiRadio::end() {
  if (!has_begun_) {
    return;
  }
  has_begun_ = false;
  stop_listening();
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
  destroy(sta_);
  destroy(ap_);
  if (std::exchange(loop_is_ours_, false)) {
    esp_event_loop_delete_default();
  }
}

void WifiRadio::put_driver_back() {
  bool is_scanning = false;
  {
    const Locked locked(monitor_);
    is_scanning = scan_watch_.is_running();
  }
  if (is_scanning) { // the portal's; one of the application's goes on
    esp_wifi_scan_stop();
    esp_wifi_clear_ap_list();
  }
  if (station_was_changed_) {
    if (link_rssi()) {
      esp_wifi_disconnect();
    }
    // A configuration is refused while the station connects, as an application's handler may have
    // it do whenever it is disconnected.
    for (int i = 0; i < kClearPatience && clear_station() != ESP_OK; ++i) {
      vTaskDelay(pdMS_TO_TICKS(10));
    }
  }
  esp_err_t error = esp_wifi_set_mode(found_mode_);
  if (const auto country = std::exchange(found_country_, std::nullopt);
      country && error == ESP_OK) {
    error = esp_wifi_set_country(&*country);
  }
  if (error == ESP_OK && station_was_changed_ &&
      (found_mode_ == WIFI_MODE_STA || found_mode_ == WIFI_MODE_APSTA)) {
    error = esp_wifi_set_config(WIFI_IF_STA, &found_sta_config_);
  }
  if (error == ESP_OK && (found_mode_ == WIFI_MODE_AP || found_mode_ == WIFI_MODE_APSTA)) {
    error = esp_wifi_set_config(WIFI_IF_AP, &found_ap_config_);
  }
  if (error != ESP_OK) {
    log_warning(kTag, "WiFi could not be put back as it was", error);
  }
  if (is_started_here_) {
    esp_wifi_stop();
  }
  // The driver has no getter for where it keeps its configuration; this is its default.
  esp_wifi_set_storage(WIFI_STORAGE_FLASH);
}

esp_err_t WifiRadio::listen() {
  esp_err_t error = esp_event_handler_instance_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_event,
                                                        this, &wifi_handler_);
  if (error == ESP_OK) {
    error = esp_event_handler_instance_register(IP_EVENT, ESP_EVENT_ANY_ID, on_event, this,
                                                &ip_handler_);
  }
  return error;
}

void WifiRadio::stop_listening() {
  if (wifi_handler_ != nullptr) {
    esp_event_handler_instance_unregister(WIFI_EVENT, ESP_EVENT_ANY_ID, wifi_handler_);
    wifi_handler_ = nullptr;
  }
  if (ip_handler_ != nullptr) {
    esp_event_handler_instance_unregister(IP_EVENT, ESP_EVENT_ANY_ID, ip_handler_);
    ip_handler_ = nullptr;
  }
}

void WifiRadio::on_event(void *radio, esp_event_base_t base, std::int32_t id, void *data) {
  auto &self = *static_cast<WifiRadio *>(radio);
  if (base != IP_EVENT) {
    self.on_wifi_event(id, data);
  } else if (id == IP_EVENT_STA_LOST_IP) {
    self.listener_.on_address_lost();
  } else if (id == IP_EVENT_STA_GOT_IP) {
    const auto &got = *static_cast<const ip_event_got_ip_t *>(data);
    self.listener_.on_address({.ip = Ip4::from_network_order(got.ip_info.ip.addr),
                               .netmask = Ip4::from_network_order(got.ip_info.netmask.addr)},
                              Ip4::from_network_order(got.ip_info.gw.addr));
  }
}

void WifiRadio::on_wifi_event(std::int32_t id, const void *data) {
  attempt::Event event;
  switch (id) {
  case WIFI_EVENT_SCAN_DONE:
    on_scan_done(*static_cast<const wifi_event_sta_scan_done_t *>(data));
    return;
  case WIFI_EVENT_STA_CONNECTED:
    event.kind = attempt::EventKind::StationConnected;
    event.channel = static_cast<const wifi_event_sta_connected_t *>(data)->channel;
    break;
  case WIFI_EVENT_STA_DISCONNECTED: {
    const auto &left = *static_cast<const wifi_event_sta_disconnected_t *>(data);
    event.kind = attempt::EventKind::StationDisconnected;
    event.raw_reason = left.reason;
    // The driver has no signal to tell of where it did not hear the access point: 0 or -128.
    event.ok = left.rssi < 0 && left.rssi > -128;
    event.rssi = left.rssi;
    break;
  }
  case WIFI_EVENT_AP_START:
    log_line(ESP_LOG_INFO, kApTag, "WiFi AP started");
    return;
  case WIFI_EVENT_AP_STADISCONNECTED:
    listener_.on_client_left();
    return;
  default:
    return;
  }
  listener_.on_radio_event(event);
}

void WifiRadio::on_scan_done(const wifi_event_sta_scan_done_t &done) {
  ScanWatch::Outcome outcome;
  {
    const Locked locked(monitor_);
    outcome = scan_watch_.done(done.scan_id, done.status == 0, monitor_.now());
  }
  attempt::Event event;
  switch (outcome) {
  case ScanWatch::Outcome::Foreign:
    event.kind = attempt::EventKind::OtherScanDone;
    break;
  case ScanWatch::Outcome::Replaced:
    log_line(ESP_LOG_WARN, kTag, "Another scan has ended the portal's");
    event.kind = attempt::EventKind::ScanReplaced;
    break;
  case ScanWatch::Outcome::Failed:
    event.kind = attempt::EventKind::ScanDone;
    break;
  case ScanWatch::Outcome::Done:
    listener_.on_records(done.number);
    return;
  }
  listener_.on_radio_event(event);
}

bool WifiRadio::is_targeted() {
  const Locked locked(monitor_);
  return !target_.empty();
}

/// True if there were records and somebody else has read them, which frees them.
bool WifiRadio::is_robbed(std::uint16_t count) {
  std::uint16_t left = 0;
  if (count == 0 || esp_wifi_scan_get_ap_num(&left) != ESP_OK || left > 0) {
    return false;
  }
  log_line(ESP_LOG_ERROR, kTag,
           "Another handler of WIFI_EVENT_SCAN_DONE takes the records of the portal's scans; "
           "have it read only those of its own");
  return true;
}

esp_err_t WifiRadio::read_list(ScanList &list, std::uint16_t count) {
  esp_err_t error = ESP_ERR_INVALID_STATE;
  if (!is_robbed(count)) {
    error = list.reserve(count)
                ? take_records([&](const Network &network, auto &) { list.add(network); })
                : ESP_ERR_NO_MEM;
    esp_wifi_clear_ap_list();
  }
  if (error != ESP_OK) {
    log_error(kTag, "WiFi scan failed", error);
  }
  return error;
}

attempt::Event WifiRadio::read_target(std::uint16_t count) {
  attempt::Event event{.kind = attempt::EventKind::ScanDone, .ok = !is_robbed(count)};
  Ssid target;
  {
    const Locked locked(monitor_);
    target = target_;
  }
  if (event.ok) {
    // An incomplete list is of use too.
    static_cast<void>(take_records([&](const Network &network, const auto &bssid) {
      if (network.ssid == target) {
        event.found.add({.bssid = std::to_array(bssid),
                         .channel = network.channel,
                         .rssi = network.rssi,
                         .security = network.security});
      }
    }));
    esp_wifi_clear_ap_list();
  }
  return event;
}

Ip4 WifiRadio::ip() const {
  esp_netif_ip_info_t info{};
  return esp_netif_get_ip_info(ap_.netif, &info) == ESP_OK ? Ip4::from_network_order(info.ip.addr)
                                                           : Ip4{};
}

void WifiRadio::return_home(const Secret &password) {
  std::uint8_t channel = 0;
  wifi_second_chan_t second{};
  if (bands_.ghz2 && esp_wifi_get_channel(&channel, &second) == ESP_OK &&
      band_of(channel) == Band::Ghz5) {
    log_line(ESP_LOG_INFO, kApTag, "No phone has followed to 5 GHz, so the AP returns");
    configure_ap(password, /*hidden=*/false);
  }
}

bool WifiRadio::has_clients() const {
  wifi_sta_list_t list{};
  return esp_wifi_ap_get_sta_list(&list) == ESP_OK && list.num > 0;
}

esp_err_t WifiRadio::start_scan(wifi_scan_config_t &config, const Ssid &target) {
  {
    const Locked locked(monitor_);
    scan_watch_.starting(monitor_.now());
    target_ = target;
  }
  const esp_err_t error = esp_wifi_scan_start(&config, false);
  if (error != ESP_OK) {
    const Locked locked(monitor_);
    scan_watch_.refused();
  }
  return error;
}

esp_err_t WifiRadio::start_scan(bool home_dwell) {
  wifi_scan_config_t config{};
  if (home_dwell) {
    config.home_chan_dwell_time = scan_time::kHomeDwell;
  }
  return start_scan(config, {});
}

esp_err_t WifiRadio::start_targeted_scan(const Ssid &ssid, std::uint8_t channel) {
  // The driver copies the configuration; the name needs its NUL.
  std::array<std::uint8_t, Ssid::kMaxSize + 1> name{};
  std::copy(ssid.bytes().begin(), ssid.bytes().end(), name.begin());
  wifi_scan_config_t config{};
  config.ssid = name.data();
  config.channel = channel;
  config.show_hidden = true;
  config.home_chan_dwell_time = scan_time::kHomeDwell;
  return start_scan(config, ssid);
}

esp_err_t WifiRadio::stop_scan() {
  {
    const Locked locked(monitor_);
    scan_watch_.stopping();
  }
  const esp_err_t error = esp_wifi_scan_stop();
  esp_wifi_clear_ap_list();
  return error;
}

esp_err_t WifiRadio::connect(const Ssid &ssid, const Secret &password,
                             const Candidate &access_point, bool is_only_one) {
  if (link_rssi()) {
    // The driver says yes to connecting and does nothing while there is a link.
    esp_wifi_disconnect();
    return ESP_ERR_WIFI_CONN;
  }
  wifi_config_t config{};
  copy_bytes(config.sta.ssid, ssid.bytes());
  copy_bytes(config.sta.password, password.bytes());
  // A fast scan begins on the channel, and ends at the first access point that fits, whatever
  // sort_method says; so where there are several, the one that is meant is named.
  config.sta.channel = access_point.channel;
  config.sta.scan_method = access_point.channel != 0 ? WIFI_FAST_SCAN : WIFI_ALL_CHANNEL_SCAN;
  if (access_point.channel != 0 && !is_only_one) {
    config.sta.bssid_set = true;
    copy_bytes(config.sta.bssid, {reinterpret_cast<const char *>(access_point.bssid.data()),
                                  access_point.bssid.size()});
  }
  config.sta.sort_method = WIFI_CONNECT_AP_BY_SIGNAL;
  // With a password, an open access point of the same name is somebody else's.
  const bool is_wep = access_point.security == Security::Wep;
  config.sta.threshold.authmode = password.empty() ? WIFI_AUTH_OPEN
                                  : is_wep         ? WIFI_AUTH_WEP
                                                   : WIFI_AUTH_WPA_PSK;
  config.sta.threshold.rssi = -127;
  config.sta.pmf_cfg.capable = true;
  config.sta.pmf_cfg.required = false;
  config.sta.sae_pwe_h2e = WPA3_SAE_PWE_BOTH;
  config.sta.owe_enabled = password.empty();
  station_was_changed_ = true;
  esp_err_t error = set_station(config);
  wipe(&config, sizeof config);
  if (error != ESP_OK) {
    log_error(kStaTag, "The station's configuration was refused", error);
    return error;
  }
  error = esp_wifi_connect();
  if (error == ESP_ERR_WIFI_CONN) {
    return ESP_OK; // a handler of the application's has begun it already
  }
  if (error != ESP_OK) {
    log_error(kStaTag, "Connecting did not start", error);
  }
  return error;
}

esp_err_t WifiRadio::set_station(wifi_config_t &config) {
  esp_err_t error = esp_wifi_set_config(WIFI_IF_STA, &config);
  if (error != ESP_OK) {
    // The station is connecting, which the driver gives up in its first phase without an event that
    // would have the application's handler connect again.
    esp_wifi_disconnect();
    error = esp_wifi_set_config(WIFI_IF_STA, &config);
  }
  return error;
}

esp_err_t WifiRadio::disconnect() {
  return esp_wifi_disconnect();
}

esp_err_t WifiRadio::clear_station() {
  wifi_config_t blank{};
  station_was_changed_ = true;
  const esp_err_t error = set_station(blank);
  if (error != ESP_OK) {
    ESP_LOGD(kStaTag, "The station's configuration was not cleared: %s", esp_err_to_name(error));
  }
  return error;
}

Candidate WifiRadio::link_access_point() {
  wifi_ap_record_t record{};
  if (esp_wifi_sta_get_ap_info(&record) != ESP_OK) {
    return {};
  }
  return {.bssid = std::to_array(record.bssid),
          .channel = record.primary,
          .rssi = record.rssi,
          .security = to_security(record.authmode)};
}

std::optional<std::int8_t> WifiRadio::link_rssi() {
  wifi_ap_record_t record{};
  if (esp_wifi_sta_get_ap_info(&record) != ESP_OK) {
    return std::nullopt;
  }
  return record.rssi;
}

} // namespace espp::provisioning
