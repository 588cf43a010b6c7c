#include "radio.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "esp_log.h"

#include "storage.hpp"

namespace radio {
namespace {

constexpr const char *kTag = "wifi";

/// The figures that ESP-IDF starts the driver's task with.
constexpr std::uint32_t kTaskStack = 6656;
constexpr UBaseType_t kTaskPriority = 23;

/// A station tries this long before it takes a silent access point for gone, as esp_wifi by default.
constexpr std::uint32_t kBeaconWatchMs = 500;
/// The distance of two beacons: 100 time units of 1024 us.
constexpr std::uint32_t kBeaconMs = 102;
/// The soft-AP announces a change of channel this many beacons ahead, as ESP-IDF by default.
constexpr std::uint8_t kDefaultCsaCount = 3;
/// A phone that followed a cut comes back when its Wi-Fi has found the access point again.
constexpr std::uint32_t kPhoneReturnsMs = 500;
constexpr std::uint32_t kOfferAgainMs = 20;
constexpr std::uint32_t kOffers = 50;
/// A queue that stays full this long has a handler that never returns.
constexpr std::uint32_t kPostTimeoutMs = 10'000;
constexpr int kNoRssi = -128;

std::string bounded(const std::uint8_t *bytes, std::size_t size) {
  const auto *const end = std::find(bytes, bytes + size, std::uint8_t{0});
  return {reinterpret_cast<const char *>(bytes), static_cast<std::size_t>(end - bytes)};
}

std::string printable(std::string_view ssid) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : ssid) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F) {
      text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 0x0FU]};
    } else {
      text += c;
    }
  }
  return text;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

Mac mac_of(const std::uint8_t *bytes) {
  Mac mac{};
  std::copy_n(bytes, mac.size(), mac.begin());
  return mac;
}

struct Authmode {
  wifi_auth_mode_t mode;
  Threshold threshold;
  std::string_view name;
};

/// Personal modes only; everything else is at least as strong as WPA3 for the comparison.
constexpr std::array<Authmode, 8> kAuthmodes{{
    {WIFI_AUTH_OPEN, Threshold::Open, "open"},
    {WIFI_AUTH_WEP, Threshold::Wep, "wep"},
    {WIFI_AUTH_WPA_PSK, Threshold::Wpa, "wpa"},
    {WIFI_AUTH_OWE, Threshold::Owe, "owe"},
    {WIFI_AUTH_WPA2_PSK, Threshold::Wpa2, "wpa2"},
    {WIFI_AUTH_WPA_WPA2_PSK, Threshold::Wpa2, "wpa_wpa2"},
    {WIFI_AUTH_WPA3_PSK, Threshold::Wpa3, "wpa3"},
    {WIFI_AUTH_WPA2_WPA3_PSK, Threshold::Wpa3, "wpa2_wpa3"},
}};

Threshold threshold_of(wifi_auth_mode_t mode) {
  for (const Authmode &known : kAuthmodes) {
    if (known.mode == mode) {
      return known.threshold;
    }
  }
  return Threshold::Wpa3;
}

std::string_view authmode_name(wifi_auth_mode_t mode) {
  for (const Authmode &known : kAuthmodes) {
    if (known.mode == mode) {
      return known.name;
    }
  }
  return "unknown";
}

struct Protection {
  wifi_auth_mode_t authmode;
  wifi_cipher_type_t cipher;
};

Protection protection_of(Security security) {
  switch (security) {
  case Security::Open:
    return {WIFI_AUTH_OPEN, WIFI_CIPHER_TYPE_NONE};
  case Security::Owe:
    return {WIFI_AUTH_OWE, WIFI_CIPHER_TYPE_CCMP};
  case Security::Wep:
    return {WIFI_AUTH_WEP, WIFI_CIPHER_TYPE_WEP104};
  case Security::Wpa:
    return {WIFI_AUTH_WPA_PSK, WIFI_CIPHER_TYPE_TKIP};
  case Security::WpaWpa2:
    return {WIFI_AUTH_WPA_WPA2_PSK, WIFI_CIPHER_TYPE_TKIP_CCMP};
  case Security::Wpa2:
    return {WIFI_AUTH_WPA2_PSK, WIFI_CIPHER_TYPE_CCMP};
  case Security::Wpa2Wpa3:
    return {WIFI_AUTH_WPA2_WPA3_PSK, WIFI_CIPHER_TYPE_CCMP};
  case Security::Wpa3:
    return {WIFI_AUTH_WPA3_PSK, WIFI_CIPHER_TYPE_CCMP};
  case Security::Enterprise:
    return {WIFI_AUTH_WPA2_ENTERPRISE, WIFI_CIPHER_TYPE_CCMP};
  }
  return {WIFI_AUTH_OPEN, WIFI_CIPHER_TYPE_NONE};
}

struct CountryChannels {
  std::string_view code;
  std::uint8_t channels;
};

/// The codes that esp_wifi_set_country_code() knows; channels of the 2.4 GHz band from the kernel's
/// wireless-regdb.
constexpr std::array<CountryChannels, 45> kCountries{{
    {"01", 11}, {"AT", 13}, {"AU", 13}, {"BE", 13}, {"BG", 13}, {"BR", 13}, {"CA", 11}, {"CH", 13},
    {"CN", 13}, {"CY", 13}, {"CZ", 13}, {"DE", 13}, {"DK", 13}, {"EE", 13}, {"ES", 13}, {"FI", 13},
    {"FR", 13}, {"GB", 13}, {"GR", 13}, {"HK", 13}, {"HR", 13}, {"HU", 13}, {"IE", 13}, {"IN", 13},
    {"IS", 13}, {"IT", 13}, {"JP", 14}, {"KR", 13}, {"LI", 13}, {"LT", 13}, {"LU", 13}, {"LV", 13},
    {"MT", 13}, {"MX", 13}, {"NL", 13}, {"NO", 13}, {"NZ", 13}, {"PL", 13}, {"PT", 13}, {"RO", 13},
    {"SE", 13}, {"SI", 13}, {"SK", 13}, {"TW", 13}, {"US", 11},
}};

wifi_country_t default_country() {
  wifi_country_t country{};
  std::memcpy(country.cc, "01", sizeof(country.cc));
  country.schan = 1;
  country.nchan = 11;
  country.max_tx_power = 20;
  country.policy = WIFI_COUNTRY_POLICY_AUTO;
  return country;
}

wifi_scan_default_params_t default_scan_parameters() {
  wifi_scan_default_params_t parameters{};
  parameters.scan_time.active.min = WIFI_ACTIVE_SCAN_MIN_DEFAULT_TIME;
  parameters.scan_time.active.max = WIFI_ACTIVE_SCAN_MAX_DEFAULT_TIME;
  parameters.scan_time.passive = WIFI_PASSIVE_SCAN_DEFAULT_TIME;
  parameters.home_chan_dwell_time = WIFI_SCAN_HOME_CHANNEL_DWELL_DEFAULT_TIME;
  return parameters;
}

/// Documented: values above this are cut down.
constexpr std::uint32_t kMaxScanMs = 1500;

std::uint32_t scan_ms(std::uint32_t wanted, std::uint32_t fallback) {
  return wanted == 0 ? fallback : std::min(wanted, kMaxScanMs);
}

} // namespace

Radio &Radio::instance() {
  // Never destroyed: tasks may still be inside when the process ends.
  static Radio &radio = *new Radio();
  return radio;
}

Radio::Radio() : mutex_(xSemaphoreCreateMutex()) { default_configs(); }

// The task -----------------------------------------------------------------------------------------

void Radio::run(void *radio) {
  auto &self = *static_cast<Radio *>(radio);
  self.work_until_deinit();
  {
    // Under the mutex, so that nobody deletes the semaphore while it is being given.
    const Lock lock(self.mutex_);
    xSemaphoreGive(self.ended_);
  }
  vTaskDelete(nullptr);
}

void Radio::work_until_deinit() {
  for (;;) {
    std::vector<Work> outbox;
    TickType_t wait = portMAX_DELAY;
    bool over = false;
    {
      const Lock lock(mutex_);
      std::uint64_t now = now_ms();
      // The time is asked for anew: work that leaves work for now gets it done in the same round.
      for (; !agenda_.empty() && agenda_.begin()->first <= now; now = now_ms()) {
        const Work work = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        work();
      }
      outbox.swap(outbox_);
      if (!agenda_.empty()) {
        const std::uint64_t ms = agenda_.begin()->first - now;
        // Rounded up, so that the work is due when the task wakes.
        wait = static_cast<TickType_t>((ms + portTICK_PERIOD_MS - 1) / portTICK_PERIOD_MS);
      }
      over = stopping_ && outbox.empty();
    }
    if (over) {
      return;
    }
    if (outbox.empty()) {
      xSemaphoreTake(wake_, wait);
    }
    for (const Work &work : outbox) {
      work();
    }
  }
}

std::uint64_t Radio::now_ms() {
  const TickType_t tick = xTaskGetTickCount();
  elapsed_ticks_ += static_cast<TickType_t>(tick - last_tick_);
  last_tick_ = tick;
  return elapsed_ticks_ * portTICK_PERIOD_MS;
}

void Radio::after(std::uint32_t ms, Work work) {
  agenda_.emplace(now_ms() + ms, std::move(work));
  wake();
}

void Radio::wake() {
  if (wake_ != nullptr) {
    xSemaphoreGive(wake_);
  }
}

void Radio::post(esp_event_base_t base, std::int32_t id, const void *data, std::size_t size) {
  const auto *const bytes = static_cast<const std::uint8_t *>(data);
  const std::vector<std::uint8_t> copy(bytes, bytes + size);
  const auto deliver = [this, base, id, copy] {
    outbox_.push_back([base, id, copy] {
      const esp_err_t error =
          esp_event_post(base, id, copy.empty() ? nullptr : copy.data(), copy.size(),
                         pdMS_TO_TICKS(kPostTimeoutMs));
      if (error != ESP_OK) {
        ESP_LOGE(kTag, "event %s:%d is lost: %s", base, static_cast<int>(id), esp_err_to_name(error));
      }
    });
  };
  for (std::uint32_t i = 0; i < scenario_.lies.repeat; ++i) {
    ++counters_.events;
    if (scenario_.lies.late_ms == 0) {
      deliver();
    } else {
      after(scenario_.lies.late_ms, deliver);
    }
  }
}

void Radio::post_scan_done(std::uint32_t status) {
  wifi_event_sta_scan_done_t done{};
  done.status = status;
  done.number = static_cast<std::uint8_t>(std::min<std::size_t>(records_.size(), 255));
  done.scan_id = scan_id_;
  post(WIFI_EVENT, WIFI_EVENT_SCAN_DONE, &done, sizeof(done));
}

void Radio::post_disconnected(std::uint8_t reason, const Mac &bssid, int rssi,
                              const std::string &ssid) {
  wifi_event_sta_disconnected_t event{};
  event.ssid_len = static_cast<std::uint8_t>(std::min(ssid.size(), sizeof(event.ssid)));
  std::copy_n(ssid.begin(), event.ssid_len, event.ssid);
  std::copy(bssid.begin(), bssid.end(), event.bssid);
  event.reason = reason;
  event.rssi = static_cast<std::int8_t>(rssi);
  post(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, &event, sizeof(event));
}

// Life ---------------------------------------------------------------------------------------------

void Radio::default_configs() {
  mode_ = WIFI_MODE_STA;
  storage_ = WIFI_STORAGE_FLASH;
  station_config_ = {};
  soft_ap_config_ = {};
  const std::string mac = format_mac(scenario_.soft_ap_mac);
  std::string ssid = "ESP_";
  for (std::size_t i = 9; i < mac.size(); ++i) {
    if (mac[i] != ':') {
      ssid += (mac[i] >= 'a') ? static_cast<char>(mac[i] - 'a' + 'A') : mac[i];
    }
  }
  std::copy(ssid.begin(), ssid.end(), soft_ap_config_.ssid);
  soft_ap_config_.ssid_len = static_cast<std::uint8_t>(ssid.size());
  soft_ap_config_.channel = 1;
  soft_ap_config_.max_connection = 4;
  soft_ap_config_.beacon_interval = 100;
  country_ = default_country();
  power_save_ = WIFI_PS_MIN_MODEM;
  scan_defaults_ = default_scan_parameters();
  station_inactive_s_ = 6;
  soft_ap_inactive_s_ = 300;
  max_tx_power_ = 80;
  station_mac_ = scenario_.station_mac;
  soft_ap_mac_ = scenario_.soft_ap_mac;
  home_channel_ = 1;
}

esp_err_t Radio::init(const wifi_init_config_t *config) {
  const Lock lock(mutex_);
  if (initialised_) {
    return ESP_OK;
  }
  if (config == nullptr || config->magic != WIFI_INIT_CONFIG_MAGIC) {
    return ESP_ERR_INVALID_ARG;
  }
  flash_enabled_ = config->nvs_enable != 0;
  if (flash_enabled_) {
    if (const esp_err_t error = storage::check(); error != ESP_OK) {
      ESP_LOGE(kTag, "NVS is not there: %s", esp_err_to_name(error));
      return error;
    }
  }
  default_configs();
  if (flash_enabled_) {
    storage::load(mode_, station_config_, soft_ap_config_);
  }
  // As after power-up: what happens next depends on the scenario alone.
  counters_ = DriverState{};
  elapsed_ticks_ = 0;
  attempts_ = 0;
  readings_ = 0;
  scan_id_ = 0;
  wanted_ = Station{};
  phone_joined_ = false;
  agenda_.clear();
  wake_ = xSemaphoreCreateBinary();
  ended_ = xSemaphoreCreateBinary();
  stopping_ = false;
  last_tick_ = xTaskGetTickCount();
  if (wake_ == nullptr || ended_ == nullptr ||
      xTaskCreate(&Radio::run, "wifi", kTaskStack, this, kTaskPriority, &task_) != pdPASS) {
    for (SemaphoreHandle_t *semaphore : {&wake_, &ended_}) {
      if (*semaphore != nullptr) {
        vSemaphoreDelete(std::exchange(*semaphore, nullptr));
      }
    }
    return ESP_ERR_NO_MEM;
  }
  initialised_ = true;
  return ESP_OK;
}

esp_err_t Radio::deinit() {
  {
    const Lock lock(mutex_);
    if (!initialised_) {
      return ESP_ERR_WIFI_NOT_INIT;
    }
    if (started_) {
      return ESP_ERR_WIFI_NOT_STOPPED;
    }
    initialised_ = false;
    // What is due now still happens, such as the events of a stop; what was to come later does not.
    const std::uint64_t now = now_ms();
    agenda_.erase(agenda_.upper_bound(now), agenda_.end());
    if (clients_cut_) {
      clients_cut_ = false;
      soon([this] {
        if (hooks_.restore_clients != nullptr) {
          outbox_.emplace_back(hooks_.restore_clients);
        }
      });
    }
    stopping_ = true;
    wake();
  }
  xSemaphoreTake(ended_, portMAX_DELAY);
  const Lock lock(mutex_);
  vSemaphoreDelete(std::exchange(wake_, nullptr));
  vSemaphoreDelete(std::exchange(ended_, nullptr));
  task_ = nullptr;
  stopping_ = false;
  agenda_.clear();
  records_.clear();
  return ESP_OK;
}

esp_err_t Radio::set_storage(wifi_storage_t storage) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (storage != WIFI_STORAGE_FLASH && storage != WIFI_STORAGE_RAM) {
    return ESP_ERR_INVALID_ARG;
  }
  storage_ = storage;
  return ESP_OK;
}

esp_err_t Radio::restore() {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  const wifi_mode_t mode = mode_;
  default_configs();
  if (started_) {
    mode_ = mode; // a running radio keeps its mode until it is stopped
  }
  return flash_enabled_ ? storage::erase() : ESP_OK;
}

esp_err_t Radio::set_mode(wifi_mode_t mode) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (mode < WIFI_MODE_NULL || mode > WIFI_MODE_APSTA) {
    return ESP_ERR_INVALID_ARG;
  }
  const bool station_before = has_station();
  const bool soft_ap_before = has_soft_ap();
  if (started_) {
    if (station_before && mode != WIFI_MODE_STA && mode != WIFI_MODE_APSTA) {
      station_down();
    }
    if (soft_ap_before && mode != WIFI_MODE_AP && mode != WIFI_MODE_APSTA) {
      soft_ap_down();
    }
  }
  mode_ = mode;
  if (started_) {
    if (!station_before && has_station()) {
      station_up();
    }
    if (!soft_ap_before && has_soft_ap()) {
      soft_ap_up();
    }
  }
  return flash_enabled_ && storage_ == WIFI_STORAGE_FLASH ? storage::save_mode(mode) : ESP_OK;
}

esp_err_t Radio::get_mode(wifi_mode_t *mode) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (mode == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *mode = mode_;
  return ESP_OK;
}

esp_err_t Radio::start() {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (started_) {
    return ESP_OK;
  }
  started_ = true;
  const std::string sta = "sta (" + format_mac(station_mac_) + ")";
  const std::string ap = "softAP (" + format_mac(soft_ap_mac_) + ")";
  ESP_LOGI(kTag, "mode : %s%s%s", has_station() ? sta.c_str() : "",
           mode_ == WIFI_MODE_APSTA ? " + " : "", has_soft_ap() ? ap.c_str() : "");
  if (has_station()) {
    station_up();
  }
  if (has_soft_ap()) {
    soft_ap_up();
  }
  return ESP_OK;
}

esp_err_t Radio::stop() {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_OK;
  }
  if (has_station()) {
    station_down();
  }
  if (has_soft_ap()) {
    soft_ap_down();
  }
  started_ = false;
  records_.clear();
  return ESP_OK;
}

void Radio::station_up() {
  soon([this] { post(WIFI_EVENT, WIFI_EVENT_STA_START); });
}

void Radio::station_down() {
  abort_scan();
  if (link_ != Link::Idle) {
    drop_link(reason::kAssocLeave);
  }
  soon([this] { post(WIFI_EVENT, WIFI_EVENT_STA_STOP); });
}

void Radio::soft_ap_up() {
  soft_ap_is_up_ = true;
  ++phone_run_;
  const std::uint8_t channel =
      link_ == Link::Connected && target_ ? target_->ap.channel : soft_ap_config_.channel;
  soon([this, channel] {
    post(WIFI_EVENT, WIFI_EVENT_AP_START);
    set_home_channel(channel);
    if (hooks_.restore_clients != nullptr && clients_cut_) {
      clients_cut_ = false;
      outbox_.emplace_back(hooks_.restore_clients);
    }
  });
  if (scenario_.phone) {
    phone_joins_after(scenario_.phone->joins_after_ms);
  }
}

void Radio::soft_ap_down() {
  soft_ap_is_up_ = false;
  ++phone_run_;
  soon([this] {
    phone_leaves(reason::kAuthExpire);
    // Whoever was on the soft-AP is on no network now. New connections may come another way, as
    // over the station to a server that goes on.
    cut_for(0);
    post(WIFI_EVENT, WIFI_EVENT_AP_STOP);
  });
}

void Radio::phone_joins_after(std::uint32_t ms) {
  const std::uint32_t run = ++phone_run_;
  after(ms, [this, run] {
    if (run != phone_run_ || !soft_ap_is_up_ || !scenario_.phone || phone_joined_ ||
        soft_ap_config_.max_connection == 0) {
      return;
    }
    phone_joined_ = true;
    wifi_event_ap_staconnected_t event{};
    std::copy(scenario_.phone->mac.begin(), scenario_.phone->mac.end(), event.mac);
    event.aid = 1;
    post(WIFI_EVENT, WIFI_EVENT_AP_STACONNECTED, &event, sizeof(event));
    ESP_LOGI(kTag, "station: %s join, AID=1", format_mac(scenario_.phone->mac).c_str());
  });
}

void Radio::phone_leaves(std::uint16_t reason) {
  if (!phone_joined_) {
    return;
  }
  phone_joined_ = false;
  wifi_event_ap_stadisconnected_t event{};
  const Mac mac = scenario_.phone ? scenario_.phone->mac : Mac{};
  std::copy(mac.begin(), mac.end(), event.mac);
  event.aid = 1;
  event.reason = reason;
  post(WIFI_EVENT, WIFI_EVENT_AP_STADISCONNECTED, &event, sizeof(event));
  ESP_LOGI(kTag, "station: %s leave, AID = 1, reason = %u", format_mac(mac).c_str(), reason);
}

void Radio::cut_for(std::uint32_t ms) {
  const std::uint32_t run = ++cut_run_;
  clients_cut_ = true;
  if (hooks_.cut_clients != nullptr) {
    outbox_.emplace_back(hooks_.cut_clients);
  }
  const auto restore = [this, run] {
    if (run == cut_run_ && clients_cut_) {
      clients_cut_ = false;
      if (hooks_.restore_clients != nullptr) {
        outbox_.emplace_back(hooks_.restore_clients);
      }
    }
  };
  if (ms == 0) {
    restore();
  } else {
    after(ms, restore);
  }
}

bool Radio::set_home_channel(std::uint8_t channel) {
  if (channel == home_channel_) {
    return false;
  }
  wifi_event_home_channel_change_t event{};
  event.old_chan = home_channel_;
  event.old_snd = WIFI_SECOND_CHAN_NONE;
  event.new_chan = channel;
  event.new_snd = WIFI_SECOND_CHAN_NONE;
  home_channel_ = channel;
  post(WIFI_EVENT, WIFI_EVENT_HOME_CHANNEL_CHANGE, &event, sizeof(event));
  return true;
}

void Radio::move_home_channel(std::uint8_t channel) {
  const std::uint8_t old = home_channel_;
  if (!set_home_channel(channel) || !soft_ap_is_up_) {
    return;
  }
  ESP_LOGI(kTag, "ap channel adjust o:%u,0 n:%u,0", old, channel);
  ++counters_.hops;
  if (scenario_.hop_cut_ms > 0) {
    const bool was_joined = phone_joined_;
    phone_leaves(reason::kAssocExpire);
    cut_for(scenario_.hop_cut_ms);
    if (was_joined) {
      phone_joins_after(scenario_.hop_cut_ms);
    }
  }
}

// Configuration ------------------------------------------------------------------------------------

esp_err_t Radio::set_config(wifi_interface_t interface, const wifi_config_t *config) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (config == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (interface == WIFI_IF_STA) {
    if (!has_station()) {
      return ESP_ERR_WIFI_MODE;
    }
    if (link_ == Link::Finding || link_ == Link::Joining) {
      return ESP_ERR_WIFI_STATE;
    }
    const std::string password = bounded(config->sta.password, sizeof(config->sta.password));
    if (password.size() == sizeof(config->sta.password) && !is_hex(password)) {
      return ESP_ERR_WIFI_PASSWORD;
    }
    station_config_ = config->sta;
    if (flash_enabled_ && storage_ == WIFI_STORAGE_FLASH &&
        storage::save_station(station_config_) != ESP_OK) {
      return ESP_ERR_WIFI_NVS;
    }
    return ESP_OK;
  }
  if (interface != WIFI_IF_AP) {
    return ESP_ERR_WIFI_IF;
  }
  if (!has_soft_ap()) {
    return ESP_ERR_WIFI_MODE;
  }
  wifi_ap_config_t wanted = config->ap;
  if (wanted.ssid_len > sizeof(wanted.ssid)) {
    wanted.ssid_len = sizeof(wanted.ssid);
  }
  if (wanted.ssid_len == 0) {
    wanted.ssid_len = static_cast<std::uint8_t>(bounded(wanted.ssid, sizeof(wanted.ssid)).size());
  }
  if (wanted.ssid_len == 0) {
    return ESP_ERR_WIFI_SSID;
  }
  const std::string password = bounded(wanted.password, sizeof(wanted.password));
  const bool psk_mode = wanted.authmode == WIFI_AUTH_WPA_PSK || wanted.authmode == WIFI_AUTH_WPA2_PSK ||
                        wanted.authmode == WIFI_AUTH_WPA_WPA2_PSK ||
                        wanted.authmode == WIFI_AUTH_WPA3_PSK ||
                        wanted.authmode == WIFI_AUTH_WPA2_WPA3_PSK;
  if (!psk_mode && wanted.authmode != WIFI_AUTH_OPEN) {
    return ESP_ERR_INVALID_ARG;
  }
  if (psk_mode && (password.size() < 8 ||
                   (password.size() == sizeof(wanted.password) && !is_hex(password)))) {
    return ESP_ERR_WIFI_PASSWORD;
  }
  if (wanted.channel == 0) {
    wanted.channel = 1;
  }
  if (wanted.channel > 14) {
    return ESP_ERR_INVALID_ARG;
  }
  if (wanted.max_connection > ESP_WIFI_MAX_CONN_NUM) {
    wanted.max_connection = ESP_WIFI_MAX_CONN_NUM;
  }
  if (wanted.beacon_interval < 100 || wanted.beacon_interval > 60000) {
    wanted.beacon_interval = 100;
  }
  soft_ap_config_ = wanted;
  if (soft_ap_is_up_) {
    soon([this, channel = wanted.channel] {
      if (soft_ap_is_up_ && (link_ == Link::Idle || link_ == Link::Finding)) {
        move_home_channel(channel);
      }
    });
  }
  if (flash_enabled_ && storage_ == WIFI_STORAGE_FLASH &&
      storage::save_soft_ap(soft_ap_config_) != ESP_OK) {
    return ESP_ERR_WIFI_NVS;
  }
  return ESP_OK;
}

esp_err_t Radio::get_config(wifi_interface_t interface, wifi_config_t *config) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (config == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (interface != WIFI_IF_STA && interface != WIFI_IF_AP) {
    return ESP_ERR_WIFI_IF;
  }
  *config = {};
  if (interface == WIFI_IF_STA) {
    config->sta = station_config_;
  } else {
    config->ap = soft_ap_config_;
  }
  return ESP_OK;
}

esp_err_t Radio::get_mac(wifi_interface_t interface, std::uint8_t *mac) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (mac == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (interface != WIFI_IF_STA && interface != WIFI_IF_AP) {
    return ESP_ERR_WIFI_IF;
  }
  const Mac &from = interface == WIFI_IF_STA ? station_mac_ : soft_ap_mac_;
  std::copy(from.begin(), from.end(), mac);
  return ESP_OK;
}

esp_err_t Radio::set_mac(wifi_interface_t interface, const std::uint8_t *mac) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (mac == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (interface != WIFI_IF_STA && interface != WIFI_IF_AP) {
    return ESP_ERR_WIFI_IF;
  }
  const bool enabled = started_ && (interface == WIFI_IF_STA ? has_station() : has_soft_ap());
  if (enabled) {
    return ESP_ERR_WIFI_MODE;
  }
  const Mac other = interface == WIFI_IF_STA ? soft_ap_mac_ : station_mac_;
  if ((mac[0] & 1U) != 0 || mac_of(mac) == other) {
    return ESP_ERR_WIFI_MAC;
  }
  (interface == WIFI_IF_STA ? station_mac_ : soft_ap_mac_) = mac_of(mac);
  return ESP_OK;
}

esp_err_t Radio::get_channel(std::uint8_t *primary, wifi_second_chan_t *second) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (primary == nullptr || second == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *primary = home_channel_;
  *second = WIFI_SECOND_CHAN_NONE;
  return ESP_OK;
}

esp_err_t Radio::set_country(const wifi_country_t *country) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (country == nullptr || country->schan < 1 || country->nchan < 1 ||
      country->schan + country->nchan > 15) {
    return ESP_ERR_INVALID_ARG;
  }
  country_ = *country;
  return ESP_OK;
}

esp_err_t Radio::get_country(wifi_country_t *country) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (country == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *country = country_;
  return ESP_OK;
}

esp_err_t Radio::set_country_code(const char *code, bool ieee80211d) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  const std::string_view wanted(code != nullptr ? code : "");
  const auto *const known =
      std::find_if(kCountries.begin(), kCountries.end(),
                   [&](const CountryChannels &c) { return c.code == wanted.substr(0, 2); });
  if (wanted.size() < 2 || wanted.size() > 3 || known == kCountries.end()) {
    return ESP_ERR_INVALID_ARG;
  }
  std::copy(known->code.begin(), known->code.end(), country_.cc);
  country_.cc[2] = wanted.size() == 3 ? wanted[2] : ' ';
  country_.schan = 1;
  country_.nchan = known->channels;
  country_.policy = ieee80211d ? WIFI_COUNTRY_POLICY_AUTO : WIFI_COUNTRY_POLICY_MANUAL;
  return ESP_OK;
}

esp_err_t Radio::get_country_code(char *code) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (code == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  std::copy_n(country_.cc, 3, code);
  return ESP_OK;
}

esp_err_t Radio::set_ps(wifi_ps_type_t type) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (type < WIFI_PS_NONE || type > WIFI_PS_MAX_MODEM) {
    return ESP_ERR_INVALID_ARG;
  }
  power_save_ = type;
  return ESP_OK;
}

esp_err_t Radio::get_ps(wifi_ps_type_t *type) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (type == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *type = power_save_;
  return ESP_OK;
}

esp_err_t Radio::set_inactive_time(wifi_interface_t interface, std::uint16_t seconds) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_ERR_WIFI_NOT_STARTED;
  }
  const std::uint16_t least = interface == WIFI_IF_STA ? 3 : 10; // documented minima
  if ((interface != WIFI_IF_STA && interface != WIFI_IF_AP) || seconds < least) {
    return ESP_ERR_INVALID_ARG;
  }
  (interface == WIFI_IF_STA ? station_inactive_s_ : soft_ap_inactive_s_) = seconds;
  return ESP_OK;
}

esp_err_t Radio::get_inactive_time(wifi_interface_t interface, std::uint16_t *seconds) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_ERR_WIFI_NOT_STARTED;
  }
  if ((interface != WIFI_IF_STA && interface != WIFI_IF_AP) || seconds == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *seconds = interface == WIFI_IF_STA ? station_inactive_s_ : soft_ap_inactive_s_;
  return ESP_OK;
}

esp_err_t Radio::set_max_tx_power(std::int8_t power) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_ERR_WIFI_NOT_STARTED;
  }
  if (power < 8 || power > 84) {
    return ESP_ERR_INVALID_ARG;
  }
  // Documented: the driver knows these steps and takes the next lower one.
  constexpr std::array<std::int8_t, 11> kSteps{8, 20, 28, 34, 44, 52, 56, 60, 66, 72, 80};
  const auto *const above = std::upper_bound(kSteps.begin(), kSteps.end(), power);
  max_tx_power_ = *std::prev(above);
  return ESP_OK;
}

esp_err_t Radio::get_max_tx_power(std::int8_t *power) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_ERR_WIFI_NOT_STARTED;
  }
  if (power == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *power = max_tx_power_;
  return ESP_OK;
}

esp_err_t Radio::ap_get_sta_list(wifi_sta_list_t *list) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (list == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (!has_soft_ap()) {
    return ESP_ERR_WIFI_MODE;
  }
  if (!soft_ap_is_up_) {
    return ESP_ERR_WIFI_CONN;
  }
  *list = {};
  if (phone_joined_ && scenario_.phone) {
    wifi_sta_info_t &phone = list->sta[0];
    std::copy(scenario_.phone->mac.begin(), scenario_.phone->mac.end(), phone.mac);
    phone.rssi = -40;
    phone.phy_11b = 1;
    phone.phy_11g = 1;
    phone.phy_11n = 1;
    list->num = 1;
  }
  return ESP_OK;
}

esp_err_t Radio::deauth_sta(std::uint16_t aid) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_ERR_WIFI_NOT_STARTED;
  }
  if (!has_soft_ap()) {
    return ESP_ERR_WIFI_MODE;
  }
  if (aid > 1 || (aid == 1 && !phone_joined_)) {
    return ESP_ERR_INVALID_ARG;
  }
  soon([this] {
    if (!phone_joined_) {
      return;
    }
    phone_leaves(reason::kAuthExpire);
    cut_for(0);
    phone_joins_after(kPhoneReturnsMs);
  });
  return ESP_OK;
}

// Scan ---------------------------------------------------------------------------------------------

esp_err_t Radio::check_station_ready() const {
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_ERR_WIFI_NOT_STARTED;
  }
  return has_station() ? ESP_OK : ESP_ERR_WIFI_MODE;
}

bool Radio::scan_fault_strikes(ScanFault::At at) {
  std::optional<ScanFault> &fault = scenario_.scan_fault;
  if (!fault || fault->at != at) {
    return false;
  }
  if (fault->times && --*fault->times == 0) {
    fault.reset();
  }
  return true;
}

esp_err_t Radio::scan_start(const wifi_scan_config_t *config, bool block) {
  BlockedCaller caller;
  {
    const Lock lock(mutex_);
    if (const esp_err_t error = check_station_ready(); error != ESP_OK) {
      return error;
    }
    if (link_ == Link::Finding || link_ == Link::Joining) {
      ESP_LOGW(kTag, "sta_scan: STA is connecting, scan are not allowed!");
      return ESP_ERR_WIFI_STATE;
    }
    if (config != nullptr && config->channel > 14) {
      return ESP_ERR_INVALID_ARG;
    }
    if (scan_fault_strikes(ScanFault::At::Start)) {
      return ESP_FAIL;
    }
    abort_scan(); // a new scan overrides the one that runs
    Sweep sweep;
    const wifi_scan_config_t wanted = config != nullptr ? *config : wifi_scan_config_t{};
    const wifi_scan_default_params_t &defaults = scan_defaults_;
    if (wanted.ssid != nullptr) {
      sweep.request.ssid = bounded(wanted.ssid, 32);
    }
    if (wanted.bssid != nullptr) {
      sweep.request.bssid = mac_of(wanted.bssid);
    }
    sweep.request.channel = wanted.channel;
    sweep.request.channel_bitmap = wanted.channel_bitmap.ghz_2_channels;
    sweep.request.show_hidden = wanted.show_hidden;
    sweep.request.passive = wanted.scan_type == WIFI_SCAN_TYPE_PASSIVE;
    sweep.request.active_min_ms = scan_ms(wanted.scan_time.active.min, defaults.scan_time.active.min);
    sweep.request.active_max_ms = scan_ms(wanted.scan_time.active.max, defaults.scan_time.active.max);
    sweep.request.passive_ms = scan_ms(wanted.scan_time.passive, defaults.scan_time.passive);
    sweep.home_dwell_ms = wanted.home_chan_dwell_time != 0 ? wanted.home_chan_dwell_time
                                                           : defaults.home_chan_dwell_time;
    if (block) {
      caller.done = xSemaphoreCreateBinary();
      if (caller.done == nullptr) {
        return ESP_ERR_NO_MEM;
      }
      sweep.caller = &caller;
    }
    records_.clear();
    ++scan_id_;
    ++counters_.scans;
    begin_sweep(std::move(sweep));
  }
  if (!block) {
    return ESP_OK;
  }
  xSemaphoreTake(caller.done, portMAX_DELAY);
  const Lock lock(mutex_); // it is given under the mutex: now nobody is inside it any more
  vSemaphoreDelete(caller.done);
  return caller.succeeded ? ESP_OK : ESP_FAIL;
}

void Radio::begin_sweep(Sweep sweep) {
  Country country;
  country.first = country_.schan;
  country.count = country_.nchan;
  country.manual = country_.policy == WIFI_COUNTRY_POLICY_MANUAL;
  const std::uint8_t first = sweep.for_connect ? wanted_.channel : std::uint8_t{0};
  sweep.visits = channels_to_visit(sweep.request, country, first);
  sweep_ = std::move(sweep);
  const std::uint32_t run = ++sweep_run_;
  soon([this, run] { visit_channel(run); });
}

void Radio::visit_channel(std::uint32_t sweep_run) {
  if (sweep_run != sweep_run_ || !sweep_) {
    return;
  }
  if (sweep_->next >= sweep_->visits.size()) {
    end_sweep(true);
    return;
  }
  const ChannelVisit &visit = sweep_->visits[sweep_->next];
  const bool heard = !hear(scenario_.world, sweep_->request, visit, now_ms(), readings_).empty();
  after(dwell_ms(sweep_->request, visit, heard), [this, sweep_run] { leave_channel(sweep_run); });
}

void Radio::leave_channel(std::uint32_t sweep_run) {
  if (sweep_run != sweep_run_ || !sweep_) {
    return;
  }
  const ChannelVisit visit = sweep_->visits[sweep_->next++];
  const std::vector<Sighting> heard =
      hear(scenario_.world, sweep_->request, visit, now_ms(), ++readings_);
  sweep_->heard.insert(sweep_->heard.end(), heard.begin(), heard.end());
  const bool enough = sweep_->for_connect && !wanted_.all_channels &&
                      !candidates(sweep_->heard, wanted_).empty();
  if (enough || sweep_->next >= sweep_->visits.size()) {
    end_sweep(true);
    return;
  }
  // In the background the radio goes home between channels, so that its links stay alive.
  const bool background = soft_ap_is_up_ || link_ == Link::Connected;
  after(background ? sweep_->home_dwell_ms : 0, [this, sweep_run] { visit_channel(sweep_run); });
}

void Radio::end_sweep(bool completed) {
  Sweep sweep = std::move(*sweep_);
  sweep_.reset();
  ++sweep_run_;
  if (sweep.for_connect) {
    found(sweep.heard);
    return;
  }
  const bool succeeded = completed && !scan_fault_strikes(ScanFault::At::Done);
  if (succeeded) {
    records_ = std::move(sweep.heard);
    std::stable_sort(records_.begin(), records_.end(),
                     [](const Sighting &a, const Sighting &b) { return a.rssi > b.rssi; });
  }
  if (sweep.caller != nullptr) {
    sweep.caller->succeeded = succeeded;
    xSemaphoreGive(sweep.caller->done);
    return;
  }
  post_scan_done(succeeded ? 0 : 1);
}

void Radio::abort_scan() {
  if (!sweep_ || sweep_->for_connect) {
    return;
  }
  const Sweep sweep = std::move(*sweep_);
  sweep_.reset();
  ++sweep_run_;
  if (sweep.caller != nullptr) {
    xSemaphoreGive(sweep.caller->done);
    return;
  }
  soon([this] { post_scan_done(1); });
}

esp_err_t Radio::scan_stop() {
  const Lock lock(mutex_);
  if (const esp_err_t error = check_station_ready(); error != ESP_OK) {
    return error;
  }
  if (link_ == Link::Finding || link_ == Link::Joining) {
    return ESP_ERR_WIFI_STATE;
  }
  abort_scan();
  return ESP_OK;
}

esp_err_t Radio::set_scan_parameters(const wifi_scan_default_params_t *config) {
  const Lock lock(mutex_);
  if (!initialised_ || !started_ || !has_station()) {
    return ESP_FAIL;
  }
  if (sweep_ || link_ == Link::Joining) {
    return ESP_ERR_INVALID_STATE;
  }
  const wifi_scan_default_params_t defaults = default_scan_parameters();
  if (config == nullptr) {
    scan_defaults_ = defaults;
    return ESP_OK;
  }
  const bool dwell_ok = config->home_chan_dwell_time == 0 ||
                        (config->home_chan_dwell_time >= 30 && config->home_chan_dwell_time <= 150);
  if (!dwell_ok || config->scan_time.active.max > kMaxScanMs ||
      config->scan_time.passive > kMaxScanMs) {
    return ESP_ERR_INVALID_ARG;
  }
  scan_defaults_ = *config;
  const auto fill = [](std::uint32_t &value, std::uint32_t fallback) {
    value = value == 0 ? fallback : value;
  };
  fill(scan_defaults_.scan_time.active.max, defaults.scan_time.active.max);
  fill(scan_defaults_.scan_time.passive, defaults.scan_time.passive);
  if (scan_defaults_.home_chan_dwell_time == 0) {
    scan_defaults_.home_chan_dwell_time = defaults.home_chan_dwell_time;
  }
  return ESP_OK;
}

esp_err_t Radio::get_scan_parameters(wifi_scan_default_params_t *config) {
  const Lock lock(mutex_);
  if (config == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *config = scan_defaults_;
  return ESP_OK;
}

wifi_ap_record_t Radio::record_of(const Sighting &sighting) const {
  const AccessPoint &ap = sighting.ap;
  const Protection protection = protection_of(ap.security);
  wifi_ap_record_t record{};
  std::copy(ap.bssid.begin(), ap.bssid.end(), record.bssid);
  std::copy(sighting.ssid.begin(), sighting.ssid.end(), record.ssid);
  record.primary = ap.channel;
  record.second = WIFI_SECOND_CHAN_NONE;
  record.rssi = static_cast<std::int8_t>(sighting.rssi);
  record.authmode = protection.authmode;
  record.pairwise_cipher = protection.cipher;
  record.group_cipher = protection.cipher == WIFI_CIPHER_TYPE_TKIP_CCMP ? WIFI_CIPHER_TYPE_TKIP
                                                                        : protection.cipher;
  record.ant = WIFI_ANT_ANT0;
  record.phy_11b = 1;
  record.phy_11g = 1;
  record.phy_11n = 1;
  record.bandwidth = WIFI_BW_HT20;
  return record;
}

esp_err_t Radio::scan_get_ap_num(std::uint16_t *number) {
  const Lock lock(mutex_);
  if (const esp_err_t error = check_station_ready(); error != ESP_OK) {
    return error;
  }
  if (number == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *number = static_cast<std::uint16_t>(records_.size());
  return ESP_OK;
}

esp_err_t Radio::scan_get_ap_record(wifi_ap_record_t *record) {
  const Lock lock(mutex_);
  if (const esp_err_t error = check_station_ready(); error != ESP_OK) {
    return error;
  }
  if (record == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (records_.empty()) {
    return ESP_FAIL;
  }
  *record = record_of(records_.front());
  records_.erase(records_.begin());
  return ESP_OK;
}

esp_err_t Radio::scan_get_ap_records(std::uint16_t *number, wifi_ap_record_t *records) {
  const Lock lock(mutex_);
  if (const esp_err_t error = check_station_ready(); error != ESP_OK) {
    return error;
  }
  if (number == nullptr || records == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const std::size_t count = std::min<std::size_t>(*number, records_.size());
  for (std::size_t i = 0; i < count; ++i) {
    records[i] = record_of(records_[i]);
  }
  *number = static_cast<std::uint16_t>(count);
  records_.clear();
  return ESP_OK;
}

esp_err_t Radio::clear_ap_list() {
  const Lock lock(mutex_);
  if (const esp_err_t error = check_station_ready(); error != ESP_OK) {
    return error;
  }
  records_.clear();
  return ESP_OK;
}

// Station ------------------------------------------------------------------------------------------

Station Radio::station() const {
  const wifi_sta_config_t &config = station_config_;
  Station station;
  station.ssid = bounded(config.ssid, sizeof(config.ssid));
  station.password = bounded(config.password, sizeof(config.password));
  if (config.bssid_set) {
    station.bssid = mac_of(config.bssid);
  }
  station.channel = config.channel <= 14 ? config.channel : std::uint8_t{0};
  station.all_channels = config.scan_method == WIFI_ALL_CHANNEL_SCAN;
  station.by_security = config.sort_method == WIFI_CONNECT_AP_BY_SECURITY;
  station.min_rssi = config.threshold.rssi >= 0 ? -127 : config.threshold.rssi;
  station.threshold = threshold_of(config.threshold.authmode);
  station.owe_enabled = config.owe_enabled != 0;
  station.extra_tries = station.all_channels ? config.failure_retry_cnt : std::uint8_t{0};
  return station;
}

esp_err_t Radio::connect() {
  const Lock lock(mutex_);
  if (const esp_err_t error = check_station_ready(); error != ESP_OK) {
    return error;
  }
  const Station wanted = station();
  if (wanted.ssid.empty()) {
    return ESP_ERR_WIFI_SSID;
  }
  if (link_ == Link::Finding || link_ == Link::Joining) {
    ESP_LOGW(kTag, "sta is connecting, return error");
    return ESP_ERR_WIFI_CONN;
  }
  if (link_ == Link::Connected) {
    ESP_LOGW(kTag, "sta is connected, disconnect before connecting to new ap");
    return ESP_ERR_WIFI_CONN;
  }
  abort_scan(); // connecting comes first
  wanted_ = wanted;
  ++counters_.connects;
  ++link_run_;
  link_ = Link::Finding;
  target_.reset();
  to_try_.clear();
  Sweep sweep;
  sweep.for_connect = true;
  sweep.request.ssid = wanted.ssid;
  sweep.request.bssid = wanted.bssid;
  sweep.request.active_min_ms = scan_defaults_.scan_time.active.min;
  sweep.request.active_max_ms = scan_defaults_.scan_time.active.max;
  sweep.request.passive_ms = scan_defaults_.scan_time.passive;
  sweep.home_dwell_ms = scan_defaults_.home_chan_dwell_time;
  begin_sweep(std::move(sweep));
  return ESP_OK;
}

void Radio::found(const std::vector<Sighting> &heard) {
  to_try_ = candidates(heard, wanted_);
  if (to_try_.empty()) {
    fail_link(nothing_fits_reason(heard, wanted_));
    return;
  }
  if (!wanted_.all_channels) {
    to_try_.resize(1);
  }
  link_ = Link::Joining;
  tries_left_ = static_cast<std::uint8_t>(wanted_.extra_tries + 1);
  try_next();
}

void Radio::try_next() {
  target_ = to_try_.front();
  --tries_left_;
  const std::uint32_t run = link_run_;
  const bool must_move = soft_ap_is_up_ && home_channel_ != target_->ap.channel;
  const std::uint8_t csa =
      soft_ap_config_.csa_count != 0 ? soft_ap_config_.csa_count : kDefaultCsaCount;
  const std::uint32_t announce_ms = must_move && phone_joined_ ? csa * kBeaconMs : 0;
  after(announce_ms, [this, run] { arrive(run); });
}

const AccessPoint *Radio::target_in_world() {
  if (!target_) {
    return nullptr;
  }
  const auto &all = scenario_.world.access_points;
  const auto it = std::find_if(all.begin(), all.end(), [&](const AccessPoint &ap) {
    return ap.bssid == target_->ap.bssid && ap.ssid == target_->ap.ssid &&
           ap.channel == target_->ap.channel;
  });
  return it != all.end() && on_air(*it, now_ms()) ? &*it : nullptr;
}

void Radio::arrive(std::uint32_t link_run) {
  if (link_run != link_run_) {
    return;
  }
  move_home_channel(target_->ap.channel);
  ESP_LOGI(kTag, "state: init -> auth (b0)");
  if (const AccessPoint *ap = target_in_world(); ap != nullptr) {
    steps_ = join(scenario_.world, *ap, wanted_, target_->rssi, ++attempts_);
  } else {
    // It was there a moment ago: nobody answers the authentication request.
    constexpr std::uint32_t kAuthTimeoutMs = 1000;
    steps_ = {{kAuthTimeoutMs, Phase::Failed, reason::kAuthExpire}};
  }
  after(steps_.front().after_ms, [this, link_run] { take_step(link_run, 0); });
}

void Radio::take_step(std::uint32_t link_run, std::size_t index) {
  if (link_run != link_run_ || index >= steps_.size()) {
    return;
  }
  const Step step = steps_[index];
  switch (step.phase) {
  case Phase::Authenticated:
    ESP_LOGI(kTag, "state: auth -> assoc (0)");
    break;
  case Phase::Associated:
    ESP_LOGI(kTag, "state: assoc -> run (10)");
    break;
  case Phase::Connected:
    connected();
    break;
  case Phase::Lease:
    offer_lease(link_run, kOffers);
    break;
  case Phase::Failed: {
    ESP_LOGI(kTag, "state: -> init, reason %u", step.reason);
    if (tries_left_ == 0) {
      to_try_.erase(to_try_.begin());
      tries_left_ = static_cast<std::uint8_t>(wanted_.extra_tries + 1);
    }
    if (to_try_.empty()) {
      fail_link(step.reason);
    } else {
      try_next();
    }
    return;
  }
  case Phase::Dropped:
    ESP_LOGI(kTag, "state: run -> init, reason %u", step.reason);
    drop_link(step.reason);
    return;
  }
  if (index + 1 < steps_.size()) {
    after(steps_[index + 1].after_ms,
          [this, link_run, index] { take_step(link_run, index + 1); });
  }
}

void Radio::connected() {
  link_ = Link::Connected;
  const AccessPoint &ap = target_->ap;
  ESP_LOGI(kTag, "connected with %s, aid = 1, channel %u, bssid = %s", printable(ap.ssid).c_str(),
           ap.channel, format_mac(ap.bssid).c_str());
  wifi_event_sta_connected_t event{};
  event.ssid_len = static_cast<std::uint8_t>(ap.ssid.size());
  std::copy(ap.ssid.begin(), ap.ssid.end(), event.ssid);
  std::copy(ap.bssid.begin(), ap.bssid.end(), event.bssid);
  event.channel = ap.channel;
  event.authmode = protection_of(ap.security).authmode;
  event.aid = 1;
  post(WIFI_EVENT, WIFI_EVENT_STA_CONNECTED, &event, sizeof(event));
  watch_beacons(link_run_, 0);
}

void Radio::offer_lease(std::uint32_t link_run, std::uint32_t offers_left) {
  const AccessPoint *const ap = target_in_world();
  if (link_run != link_run_ || ap == nullptr || hooks_.give_lease == nullptr || offers_left == 0) {
    return;
  }
  const auto offer = [this, link_run, offers_left, give = hooks_.give_lease, ip = ap->ip,
                      netmask = ap->netmask, gateway = ap->gateway] {
    outbox_.push_back([this, link_run, offers_left, give, ip, netmask, gateway] {
      const bool taken = give(ip, netmask, gateway);
      const Lock lock(mutex_);
      if (link_run != link_run_ || !initialised_) {
        return;
      }
      if (taken) {
        has_address_ = true;
        ++counters_.events;
      } else {
        // The interface hears of the connection a little later than the radio.
        after(kOfferAgainMs,
              [this, link_run, offers_left] { offer_lease(link_run, offers_left - 1); });
      }
    });
  };
  for (std::uint32_t i = 0; i < scenario_.lies.repeat; ++i) {
    if (scenario_.lies.late_ms == 0) {
      offer();
    } else {
      after(scenario_.lies.late_ms, offer);
    }
  }
}

void Radio::watch_beacons(std::uint32_t link_run, std::uint32_t silent_ms) {
  after(kBeaconWatchMs, [this, link_run, silent_ms] {
    if (link_run != link_run_ || link_ != Link::Connected) {
      return;
    }
    const std::uint32_t silent =
        target_in_world() != nullptr ? 0 : silent_ms + kBeaconWatchMs;
    if (silent >= station_inactive_s_ * 1000U) {
      ESP_LOGI(kTag, "bcn_timeout, ap_probe_send_start");
      post(WIFI_EVENT, WIFI_EVENT_STA_BEACON_TIMEOUT);
      drop_link(reason::kBeaconTimeout);
      return;
    }
    watch_beacons(link_run, silent);
  });
}

void Radio::fail_link(std::uint8_t reason) {
  const Mac bssid = target_ ? target_->ap.bssid : Mac{};
  const int rssi = target_ ? target_->rssi : kNoRssi;
  const std::string ssid = wanted_.ssid;
  ++link_run_;
  link_ = Link::Idle;
  target_.reset();
  has_address_ = false;
  soon([this, reason, bssid, rssi, ssid] { post_disconnected(reason, bssid, rssi, ssid); });
}

/// Ends whatever the station is doing; may be called on any task, under the mutex.
void Radio::drop_link(std::uint8_t reason) {
  if (sweep_ && sweep_->for_connect) {
    sweep_.reset();
    ++sweep_run_;
  }
  fail_link(reason);
}

esp_err_t Radio::disconnect() {
  const Lock lock(mutex_);
  if (const esp_err_t error = check_station_ready(); error != ESP_OK) {
    return error;
  }
  if (link_ == Link::Idle) {
    return ESP_OK;
  }
  if (link_ != Link::Connected && scenario_.lies.silent_abort) {
    if (sweep_ && sweep_->for_connect) {
      sweep_.reset();
      ++sweep_run_;
    }
    ++link_run_;
    link_ = Link::Idle;
    target_.reset();
    return ESP_OK;
  }
  drop_link(reason::kAssocLeave);
  return ESP_OK;
}

esp_err_t Radio::sta_get_ap_info(wifi_ap_record_t *record) {
  const Lock lock(mutex_);
  if (record == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (!initialised_ || !started_ || !has_station()) {
    return ESP_ERR_WIFI_CONN;
  }
  if (link_ != Link::Connected) {
    return ESP_ERR_WIFI_NOT_CONNECT;
  }
  Sighting sighting = *target_;
  sighting.rssi = measured_rssi(scenario_.world, sighting.ap, ++readings_);
  *record = record_of(sighting);
  return ESP_OK;
}

esp_err_t Radio::sta_get_rssi(int *rssi) {
  wifi_ap_record_t record{};
  if (rssi == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  // Documented with one error for every reason why there is no reading.
  if (sta_get_ap_info(&record) != ESP_OK) {
    return ESP_FAIL;
  }
  *rssi = record.rssi;
  return ESP_OK;
}

esp_err_t Radio::sta_get_aid(std::uint16_t *aid) {
  const Lock lock(mutex_);
  if (aid == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *aid = link_ == Link::Connected ? 1 : 0;
  return ESP_OK;
}

// The other side -----------------------------------------------------------------------------------

void Radio::set_hooks(const Hooks &hooks) {
  const Lock lock(mutex_);
  hooks_ = hooks;
}

std::expected<void, std::string> Radio::adopt(const Scenario &scenario) {
  if (auto check = check_world(scenario.world, "access_points"); !check) {
    return check;
  }
  scenario_ = scenario;
  if (!initialised_) {
    default_configs();
  }
  return {};
}

void Radio::set_scenario(const Scenario &scenario) {
  const Lock lock(mutex_);
  scenario_ = scenario;
  if (!initialised_) {
    default_configs();
  }
}

std::expected<void, std::string> Radio::change_scenario(
    const std::function<std::expected<void, std::string>(Scenario &)> &change) {
  const Lock lock(mutex_);
  Scenario changed = scenario_;
  if (auto result = change(changed); !result) {
    return result;
  }
  return adopt(changed);
}

Scenario Radio::scenario() {
  const Lock lock(mutex_);
  return scenario_;
}

void Radio::cut_clients(std::uint32_t ms) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return;
  }
  soon([this, ms] {
    const bool was_joined = phone_joined_;
    phone_leaves(reason::kAssocExpire);
    cut_for(ms);
    if (was_joined) {
      phone_joins_after(ms);
    }
  });
}

bool Radio::kick_station(std::uint8_t reason) {
  const Lock lock(mutex_);
  if (!initialised_ || link_ != Link::Connected) {
    return false;
  }
  drop_link(reason);
  return true;
}

bool Radio::inject(const Injection &injection) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return false;
  }
  for (std::uint32_t i = 0; i < injection.times; ++i) {
    after(injection.delay_ms, [this, injection] { post_injected(injection); });
  }
  return true;
}

void Radio::post_injected(const Injection &injection) {
  const auto plain = [this](wifi_event_t event) { post(WIFI_EVENT, event); };
  switch (injection.event) {
  case Injection::Event::ScanDone:
    post_scan_done(injection.status);
    break;
  case Injection::Event::StaStart:
    plain(WIFI_EVENT_STA_START);
    break;
  case Injection::Event::StaStop:
    plain(WIFI_EVENT_STA_STOP);
    break;
  case Injection::Event::StaConnected: {
    wifi_event_sta_connected_t event{};
    if (target_) {
      event.ssid_len = static_cast<std::uint8_t>(target_->ap.ssid.size());
      std::copy(target_->ap.ssid.begin(), target_->ap.ssid.end(), event.ssid);
      std::copy(target_->ap.bssid.begin(), target_->ap.bssid.end(), event.bssid);
      event.channel = target_->ap.channel;
      event.authmode = protection_of(target_->ap.security).authmode;
    }
    event.aid = 1;
    post(WIFI_EVENT, WIFI_EVENT_STA_CONNECTED, &event, sizeof(event));
    break;
  }
  case Injection::Event::StaDisconnected:
    post_disconnected(injection.reason, target_ ? target_->ap.bssid : Mac{},
                      target_ ? target_->rssi : kNoRssi, wanted_.ssid);
    break;
  case Injection::Event::BeaconTimeout:
    plain(WIFI_EVENT_STA_BEACON_TIMEOUT);
    break;
  case Injection::Event::ApStart:
    plain(WIFI_EVENT_AP_START);
    break;
  case Injection::Event::ApStop:
    plain(WIFI_EVENT_AP_STOP);
    break;
  case Injection::Event::GotIp:
    if (hooks_.give_lease != nullptr) {
      const AccessPoint fallback;
      const AccessPoint &ap = target_ ? target_->ap : fallback;
      outbox_.push_back([give = hooks_.give_lease, ip = ap.ip, netmask = ap.netmask,
                         gateway = ap.gateway] { give(ip, netmask, gateway); });
    }
    break;
  case Injection::Event::LostIp: {
    ip_event_got_ip_t event{};
    event.esp_netif = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");
    post(IP_EVENT, IP_EVENT_STA_LOST_IP, &event, sizeof(event));
    break;
  }
  }
}

DriverState Radio::state() {
  const Lock lock(mutex_);
  constexpr std::array<const char *, 4> kModes{"null", "sta", "ap", "apsta"};
  DriverState state = counters_;
  state.initialised = initialised_;
  state.started = started_;
  state.mode = kModes[static_cast<std::size_t>(mode_)];
  state.storage = storage_ == WIFI_STORAGE_FLASH ? "flash" : "ram";
  switch (link_) {
  case Link::Idle:
    state.station = "idle";
    break;
  case Link::Finding:
    state.station = "finding";
    break;
  case Link::Joining:
    state.station = "joining";
    break;
  case Link::Connected:
    state.station = "connected";
    break;
  }
  state.station_ssid = link_ == Link::Idle ? std::string() : wanted_.ssid;
  state.has_address = has_address_;
  state.scanning = sweep_ && !sweep_->for_connect;
  state.channel = home_channel_;
  state.soft_ap.up = soft_ap_is_up_;
  state.soft_ap.ssid.assign(reinterpret_cast<const char *>(soft_ap_config_.ssid),
                            soft_ap_config_.ssid_len);
  state.soft_ap.authmode = authmode_name(soft_ap_config_.authmode);
  state.soft_ap.channel = soft_ap_is_up_ ? home_channel_ : soft_ap_config_.channel;
  state.soft_ap.max_connection = soft_ap_config_.max_connection;
  state.soft_ap.password_length =
      bounded(soft_ap_config_.password, sizeof(soft_ap_config_.password)).size();
  state.soft_ap.hidden = soft_ap_config_.ssid_hidden != 0;
  state.soft_ap.phone_joined = phone_joined_;
  return state;
}

void set_hooks(const Hooks &hooks) { Radio::instance().set_hooks(hooks); }
void set_scenario(const Scenario &scenario) { Radio::instance().set_scenario(scenario); }
std::expected<void, std::string>
change_scenario(const std::function<std::expected<void, std::string>(Scenario &)> &change) {
  return Radio::instance().change_scenario(change);
}
Scenario current_scenario() { return Radio::instance().scenario(); }
void cut_clients(std::uint32_t ms) { Radio::instance().cut_clients(ms); }
bool kick_station(std::uint8_t reason) { return Radio::instance().kick_station(reason); }
bool inject(const Injection &injection) { return Radio::instance().inject(injection); }
DriverState driver_state() { return Radio::instance().state(); }

std::optional<Injection::Event> event_from_name(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Injection::Event>, 10> kNames{{
      {"scan_done", Injection::Event::ScanDone},
      {"sta_start", Injection::Event::StaStart},
      {"sta_stop", Injection::Event::StaStop},
      {"sta_connected", Injection::Event::StaConnected},
      {"sta_disconnected", Injection::Event::StaDisconnected},
      {"got_ip", Injection::Event::GotIp},
      {"lost_ip", Injection::Event::LostIp},
      {"beacon_timeout", Injection::Event::BeaconTimeout},
      {"ap_start", Injection::Event::ApStart},
      {"ap_stop", Injection::Event::ApStop},
  }};
  for (const auto &[known, event] : kNames) {
    if (known == name) {
      return event;
    }
  }
  return std::nullopt;
}

} // namespace radio
