#include "radio.hpp"

#include <algorithm>
#include <utility>

#include "esp_log.h"

#include "conversions.hpp"

namespace radio {
namespace {

/// Set in the number of a scan that is over.
constexpr std::uint8_t kScanOver = 0x80;

/// How often a blocking scan looks whether it is over.
constexpr std::uint32_t kBlockedScanLookMs = 100;

/// The driver's status of a scan that did not come to its end.
constexpr std::uint32_t kScanCancelled = 1;

bool stronger(const Sighting &a, const Sighting &b) {
  return a.rssi > b.rssi;
}

std::uint32_t scan_ms(std::uint32_t wanted, std::uint32_t fallback) {
  return wanted == 0 ? fallback : std::min(wanted, kMaxScanMs);
}

} // namespace

esp_err_t Radio::check_started() const {
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  return started_ ? ESP_OK : ESP_ERR_WIFI_NOT_STARTED;
}

esp_err_t Radio::check_station_ready() const {
  if (const esp_err_t error = check_started(); error != ESP_OK) {
    return error;
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

// What is said of the driver here and not in its headers was read in libnet80211.a for esp32c3, of
// ESP-IDF v5.5: esp_wifi_scan_start(), cnx_sta_scan_cmd(), scan_cancel(), scan_done().
esp_err_t Radio::scan_start(const wifi_scan_config_t *config, bool block) {
  std::uint8_t own_id = 0;
  {
    const Command command(*this);
    const Lock lock(mutex_);
    if (const esp_err_t error = check_started(); error != ESP_OK) {
      return error;
    }
    // Each call takes a number before the driver looks at anything else: a scan that is refused has
    // one, and the event of a scan that this one overrides tells the new number.
    own_id = next_scan_number_;
    next_scan_number_ = static_cast<std::uint8_t>((next_scan_number_ + 1) % kScanOver);
    scan_id_ = own_id;
    if (config != nullptr && config->channel != 0 &&
        (!is_channel(config->channel) || !uses(config->channel))) {
      return ESP_ERR_INVALID_ARG;
    }
    if (!has_station()) {
      return ESP_FAIL;
    }
    if (is_connecting()) {
      ESP_LOGW(kTag, "sta_scan: STA is connecting, scan are not allowed!");
      return ESP_ERR_WIFI_STATE;
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
    sweep.request.channel_bitmap_5ghz = wanted.channel_bitmap.ghz_5_channels;
    sweep.request.show_hidden = wanted.show_hidden;
    sweep.request.passive = wanted.scan_type == WIFI_SCAN_TYPE_PASSIVE;
    sweep.request.active_min_ms =
        scan_ms(wanted.scan_time.active.min, defaults.scan_time.active.min);
    sweep.request.active_max_ms =
        scan_ms(wanted.scan_time.active.max, defaults.scan_time.active.max);
    sweep.request.passive_ms = scan_ms(wanted.scan_time.passive, defaults.scan_time.passive);
    sweep.home_dwell_ms = wanted.home_chan_dwell_time != 0 ? wanted.home_chan_dwell_time
                                                           : defaults.home_chan_dwell_time;
    records_.clear();
    ++counters_.scans;
    begin_sweep(std::move(sweep));
  }
  return block ? wait_for_scan(own_id) : ESP_OK;
}

/// The driver looks now and then whether the number of the last scan is still the caller's, and
/// marked as over. That mark may come from the end of a scan that the caller's has overridden.
esp_err_t Radio::wait_for_scan(std::uint8_t scan_id) {
  while (true) {
    {
      const Lock lock(mutex_);
      if (scan_id_ == (scan_id | kScanOver)) {
        return ESP_OK;
      }
      if (!initialised_ || scan_id_ != scan_id) {
        return ESP_FAIL;
      }
    }
    vTaskDelay(pdMS_TO_TICKS(kBlockedScanLookMs));
  }
}

void Radio::begin_sweep(Sweep sweep) {
  Country country;
  country.first = country_.schan;
  country.count = country_.nchan;
  country.manual = country_.policy == WIFI_COUNTRY_POLICY_MANUAL;
  country.channels_5ghz = channels_5ghz(country_);
  sweep.request.has_2ghz = uses_2ghz();
  sweep.request.has_5ghz = uses_5ghz();
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
  const bool enough =
      sweep_->for_connect && !wanted_.all_channels && !candidates(sweep_->heard, wanted_).empty();
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
    // What an earlier scan found and nobody has read goes with it.
    records_.clear();
    found(sweep.heard);
    return;
  }
  const bool succeeded = completed && !scan_fault_strikes(ScanFault::At::Done);
  if (succeeded) {
    records_ = std::move(sweep.heard);
    std::stable_sort(records_.begin(), records_.end(), stronger);
  }
  scan_id_ |= kScanOver;
  // Also for a blocking scan, whatever the Wi-Fi guide says (ESP-IDF issue 7802).
  post_scan_done(succeeded ? 0 : 1, scan_id_);
}

void Radio::abort_scan() {
  if (!sweep_ || sweep_->for_connect) {
    return;
  }
  // What it has found so far can be read.
  records_ = std::move(sweep_->heard);
  std::stable_sort(records_.begin(), records_.end(), stronger);
  sweep_.reset();
  ++sweep_run_;
  scan_id_ |= kScanOver;
  post_scan_done(kScanCancelled, scan_id_);
  wake();
}

esp_err_t Radio::scan_stop() {
  const Command command(*this);
  const Lock lock(mutex_);
  if (const esp_err_t error = check_started(); error != ESP_OK) {
    return error;
  }
  if (is_connecting()) {
    ESP_LOGE(kTag, "sta is connecting, cannot stop scan process");
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
  record.group_cipher =
      protection.cipher == WIFI_CIPHER_TYPE_TKIP_CCMP ? WIFI_CIPHER_TYPE_TKIP : protection.cipher;
  record.ant = WIFI_ANT_ANT0;
  record.phy_11b = is_5ghz(ap.channel) ? 0 : 1;
  record.phy_11g = record.phy_11b;
  record.phy_11a = is_5ghz(ap.channel) ? 1 : 0;
  record.phy_11n = 1;
  record.bandwidth = WIFI_BW20;
  return record;
}

esp_err_t Radio::scan_get_ap_num(std::uint16_t *number) {
  const Lock lock(mutex_);
  if (const esp_err_t error = check_started(); error != ESP_OK) {
    return error;
  }
  if (number == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *number = static_cast<std::uint16_t>(records_.size());
  return ESP_OK;
}

esp_err_t Radio::scan_get_ap_record(wifi_ap_record_t *record) {
  const Command command(*this);
  const Lock lock(mutex_);
  if (const esp_err_t error = check_started(); error != ESP_OK) {
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
  const Command command(*this);
  const Lock lock(mutex_);
  if (const esp_err_t error = check_started(); error != ESP_OK) {
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
  const Command command(*this);
  const Lock lock(mutex_);
  if (const esp_err_t error = check_started(); error != ESP_OK) {
    return error;
  }
  records_.clear();
  return ESP_OK;
}

} // namespace radio
