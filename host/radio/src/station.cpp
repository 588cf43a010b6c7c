#include "radio.hpp"

#include <algorithm>
#include <utility>

#include "esp_log.h"

#include "conversions.hpp"

namespace radio {
namespace {

/// How often a connected station looks whether its access point still sends.
constexpr std::uint32_t kBeaconWatchMs = 500;

/// The distance of two beacons: 100 time units of 1024 us.
constexpr std::uint32_t kBeaconMs = 102;

/// The soft-AP announces a change of channel this many beacons ahead, as ESP-IDF by default.
constexpr std::uint8_t kDefaultCsaCount = 3;

/// A lease that the interface is not ready for is offered again, for a second in all.
constexpr std::uint32_t kOfferAgainMs = 20;
constexpr std::uint32_t kOffers = 50;

/// A DHCP client without an answer asks again after 2 s, doubled up to 60 s (lwIP's dhcp_discover());
/// the mean is as good here.
constexpr std::uint32_t kDiscoverAgainMs = 10'000;

/// CONFIG_ESP_NETIF_IP_LOST_TIMER_INTERVAL, by default.
constexpr std::uint32_t kIpLostTimerMs = 120'000;

} // namespace

Station Radio::station() const {
  const wifi_sta_config_t &config = station_config_;
  Station station;
  station.ssid = bounded(config.ssid, sizeof(config.ssid));
  station.password = bounded(config.password, sizeof(config.password));
  if (config.bssid_set) {
    station.bssid = mac_of(config.bssid);
  }
  station.channel = is_channel(config.channel) ? config.channel : std::uint8_t{0};
  station.all_channels = config.scan_method == WIFI_ALL_CHANNEL_SCAN;
  station.by_security = config.sort_method == WIFI_CONNECT_AP_BY_SECURITY;
  station.min_rssi = config.threshold.rssi >= 0 ? -127 : config.threshold.rssi;
  station.threshold = threshold_of(config.threshold.authmode);
  station.owe_enabled = config.owe_enabled != 0;
  if (config.threshold.rssi_5g_adjustment != 0) {
    station.advantage_5ghz = config.threshold.rssi_5g_adjustment;
  }
  station.extra_tries = station.all_channels ? config.failure_retry_cnt : std::uint8_t{0};
  return station;
}

esp_err_t Radio::connect() {
  const Command command(*this);
  const Lock lock(mutex_);
  if (const esp_err_t error = check_station_ready(); error != ESP_OK) {
    return error;
  }
  // The order of the questions is that of libnet80211's ieee80211_sta_connect() in ESP-IDF v5.5.
  if (is_connecting()) {
    ESP_LOGE(kTag, "sta is connecting, return error");
    return ESP_ERR_WIFI_CONN;
  }
  if (link_ == Link::Connected) {
    // No error, and nothing happens.
    ESP_LOGW(kTag, "sta is connected, disconnect before connecting to new ap");
    return ESP_OK;
  }
  const Station wanted = station();
  if (wanted.ssid.empty()) {
    return ESP_ERR_WIFI_SSID;
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
    History &history = asked_[ap->bssid];
    steps_ = join(scenario_.world, *ap, wanted_, target_->rssi, ++history.tries, history);
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
    after(steps_[index + 1].after_ms, [this, link_run, index] { take_step(link_run, index + 1); });
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
  // The driver posts the event before it notes that it is connected (ESP-IDF issue 17686), so that
  // a handler may find it busy still.
  is_settling_ = true;
  outbox_.emplace_back([this] {
    const Lock lock(mutex_);
    is_settling_ = false;
  });
  is_beacon_steady_ = false;
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
      {
        // Before anybody can hear of it through the event.
        const Lock lock(mutex_);
        has_address_ = link_run == link_run_ && initialised_;
      }
      const bool taken = give(ip, netmask, gateway);
      const Lock lock(mutex_);
      if (link_run != link_run_ || !initialised_) {
        return;
      }
      has_address_ = taken;
      if (taken) {
        ++counters_.events;
        watch_lease(link_run, ip);
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

/// A DHCP client renews its lease before it ends; nobody but a server that is gone can tell.
void Radio::watch_lease(std::uint32_t link_run, const Ip4 &leased) {
  const AccessPoint *const ap = target_in_world();
  if (ap == nullptr || ap->lease_s == 0) {
    return;
  }
  after(ap->lease_s * 1000, [this, link_run, leased] {
    const AccessPoint *const server = target_in_world();
    if (link_run != link_run_ || link_ != Link::Connected) {
      return;
    }
    if (server != nullptr && !server->dhcp_silent && server->ip == leased) {
      watch_lease(link_run, leased);
      return;
    }
    address_gone();
    if (hooks_.end_lease != nullptr) {
      outbox_.emplace_back(hooks_.end_lease);
    }
    look_for_lease(link_run);
  });
}

void Radio::look_for_lease(std::uint32_t link_run) {
  after(kDiscoverAgainMs, [this, link_run] {
    const AccessPoint *const server = target_in_world();
    if (link_run != link_run_ || link_ != Link::Connected) {
      return;
    }
    if (server != nullptr && !server->dhcp_silent) {
      offer_lease(link_run, kOffers);
    } else {
      look_for_lease(link_run);
    }
  });
}

// As esp_netif_start_ip_lost_timer() does: without an address again by then, the event is posted,
// whether or not there is a link.
void Radio::address_gone() {
  if (!std::exchange(has_address_, false) || std::exchange(is_address_missed_, true)) {
    return;
  }
  after(kIpLostTimerMs, [this] {
    is_address_missed_ = false;
    if (!has_address_) {
      post_lost_ip();
    }
  });
}

void Radio::post_lost_ip() {
  ip_event_got_ip_t event{};
  event.esp_netif = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");
  if (event.esp_netif != nullptr) {
    post(IP_EVENT, IP_EVENT_STA_LOST_IP, &event, sizeof(event));
  }
}

void Radio::watch_beacons(std::uint32_t link_run, std::uint32_t silent_ms) {
  after(kBeaconWatchMs, [this, link_run, silent_ms] {
    if (link_run != link_run_ || link_ != Link::Connected) {
      return;
    }
    const AccessPoint *const ap = target_in_world();
    if (ap != nullptr && !ap->flapping) {
      // It sends until somebody changes the world, who has the station look again: an hour of a good
      // link costs nothing.
      is_beacon_steady_ = true;
      return;
    }
    const std::uint32_t silent = ap != nullptr ? 0 : silent_ms + kBeaconWatchMs;
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
  address_gone();
  is_settling_ = false;
  soon([this, reason, bssid, rssi, ssid] { post_disconnected(reason, bssid, rssi, ssid); });
  // A soft-AP may be on such a channel only beside a station (ESP-IDF's guide, "Dynamic Frequency
  // Selection").
  if (soft_ap_is_up_ && is_dfs(home_channel_)) {
    soon([this] {
      if (soft_ap_is_up_ && link_ != Link::Connected) {
        move_home_channel(soft_ap_config_.channel);
      }
    });
  }
}

/// Ends whatever the station is doing; may be called on any task, under the mutex.
void Radio::drop_link(std::uint8_t reason) {
  if (sweep_ && sweep_->for_connect) {
    sweep_.reset();
    ++sweep_run_;
  }
  fail_link(reason);
}

void Radio::end_quietly() {
  if (sweep_ && sweep_->for_connect) {
    sweep_.reset();
    ++sweep_run_;
  }
  ++link_run_;
  link_ = Link::Idle;
  target_.reset();
}

// As long as the station looks for its network there is nothing to leave, and no event either: the
// Wi-Fi guide names a disconnection by the application as a cause of the event only for a station
// that is connected, and libnet80211's cnx_start_handoff_cb() posts none.
void Radio::leave_link() {
  if (link_ == Link::Finding || (link_ == Link::Joining && scenario_.lies.silent_abort)) {
    end_quietly();
  } else if (link_ != Link::Idle) {
    drop_link(reason::kAssocLeave);
  }
}

esp_err_t Radio::disconnect() {
  const Command command(*this);
  const Lock lock(mutex_);
  if (const esp_err_t error = check_started(); error != ESP_OK) {
    return error;
  }
  if (!has_station()) {
    return ESP_FAIL;
  }
  // libnet80211's ieee80211_sta_disconnect() cancels the application's scan, too.
  abort_scan();
  leave_link();
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

} // namespace radio
