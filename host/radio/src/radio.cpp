#include "radio.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "esp_log.h"

#include "conversions.hpp"
#include "storage.hpp"

namespace radio {
namespace {

/// The figures that ESP-IDF starts the driver's task with.
constexpr std::uint32_t kTaskStack = 6656;
constexpr UBaseType_t kTaskPriority = 23;

/// Until a phone has found a soft-AP again that was in the other band.
constexpr std::uint32_t kPhoneReturnsMs = 500;

} // namespace

Radio &Radio::instance() {
  // Never destroyed: tasks may still be inside when the process ends.
  static Radio &radio = *new Radio();
  return radio;
}

Radio::Radio() : posting_(xSemaphoreCreateMutex()), mutex_(xSemaphoreCreateMutex()) {
  default_configs();
}

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
    outbox_.push_back([this, base, id, copy] {
      const Lock lock(posting_);
      // The driver waits for room for ever: libnet80211's wifi_event_post() passes
      // OSI_FUNCS_TIME_BLOCKING, which esp_adapter.c turns into portMAX_DELAY.
      const esp_err_t error = esp_event_post(base, id, copy.empty() ? nullptr : copy.data(),
                                             copy.size(), portMAX_DELAY);
      if (error != ESP_OK) {
        ESP_LOGE(kTag, "event %s:%d is lost: %s", base, static_cast<int>(id),
                 esp_err_to_name(error));
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

void Radio::post_scan_done(std::uint32_t status, std::uint8_t scan_id) {
  wifi_event_sta_scan_done_t done{};
  done.status = status;
  done.number = static_cast<std::uint8_t>(std::min<std::size_t>(records_.size(), 255));
  done.scan_id = scan_id;
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
  has_5ghz_ = scenario_.has_5ghz;
  band_mode_ = has_5ghz_ ? WIFI_BAND_MODE_AUTO : WIFI_BAND_MODE_2G_ONLY;
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
  asked_.clear();
  readings_ = 0;
  next_scan_number_ = 0;
  scan_id_ = 0;
  is_settling_ = false;
  wanted_ = Station{};
  phone_joined_ = false;
  phone_is_lost_ = false;
  is_address_missed_ = false;
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
  const Command command(*this);
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
  return get(mode_, mode);
}

esp_err_t Radio::start() {
  const Command command(*this);
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
  const Command command(*this);
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
  leave_link();
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
  phone_is_lost_ = false;
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

void Radio::lose_phone() {
  phone_is_lost_ = true;
  const std::uint32_t run = ++phone_run_;
  ++cut_run_;
  clients_cut_ = true;
  if (hooks_.cut_clients != nullptr) {
    outbox_.emplace_back(hooks_.cut_clients);
  }
  // The soft-AP notices only by its silence.
  after(soft_ap_inactive_s_ * 1000U, [this, run] {
    if (run == phone_run_ && phone_is_lost_) {
      phone_leaves(reason::kAssocExpire);
      phone_is_lost_ = true;
    }
  });
}

void Radio::phone_returns() {
  phone_leaves(reason::kAuthExpire);
  phone_is_lost_ = false;
  clients_cut_ = false;
  if (hooks_.restore_clients != nullptr) {
    outbox_.emplace_back(hooks_.restore_clients);
  }
  phone_joins_after(kPhoneReturnsMs);
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
  const bool is_deaf = is_5ghz(channel) && scenario_.phone && !scenario_.phone->has_5ghz;
  if (is_deaf) {
    if (!phone_is_lost_) {
      lose_phone();
    }
  } else if (phone_is_lost_) {
    phone_returns();
  } else if (scenario_.hop_cut_ms > 0) {
    const bool was_joined = phone_joined_;
    phone_leaves(reason::kAssocExpire);
    cut_for(scenario_.hop_cut_ms);
    if (was_joined) {
      phone_joins_after(scenario_.hop_cut_ms);
    }
  }
}

} // namespace radio
