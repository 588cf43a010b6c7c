#include "radio.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "conversions.hpp"

namespace radio {

void Radio::set_hooks(const Hooks &hooks) {
  const Lock lock(mutex_);
  hooks_ = hooks;
}

std::expected<void, std::string> Radio::adopt(const Scenario &scenario) {
  if (auto check = check_world(scenario.world, "access_points"); !check) {
    return check;
  }
  take_over(scenario);
  return {};
}

void Radio::take_over(const Scenario &scenario) {
  if (!scenario.phone) {
    phone_leaves(reason::kAssocExpire);
    wake();
  }
  scenario_ = scenario;
  if (!initialised_) {
    default_configs();
  }
  if (std::exchange(is_beacon_steady_, false) && link_ == Link::Connected) {
    watch_beacons(link_run_, 0);
  }
}

void Radio::set_scenario(const Scenario &scenario) {
  const Lock lock(mutex_);
  asked_.clear();
  take_over(scenario);
}

std::expected<void, std::string>
Radio::change_scenario(const std::function<std::expected<void, std::string>(Scenario &)> &change) {
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
    post_scan_done(injection.status, scan_id_);
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
  case Injection::Event::LostIp:
    post_lost_ip();
    break;
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
  const SoftApCiphers ciphers = ciphers_of(soft_ap_config_);
  state.soft_ap.pairwise_cipher = ciphers.pairwise;
  state.soft_ap.group_cipher = ciphers.group;
  state.soft_ap.channel = soft_ap_is_up_ ? home_channel_ : soft_ap_config_.channel;
  state.soft_ap.max_connection = soft_ap_config_.max_connection;
  state.soft_ap.password_length =
      bounded(soft_ap_config_.password, sizeof(soft_ap_config_.password)).size();
  state.soft_ap.hidden = soft_ap_config_.ssid_hidden != 0;
  state.soft_ap.phone_joined = phone_joined_;
  return state;
}

void set_hooks(const Hooks &hooks) {
  Radio::instance().set_hooks(hooks);
}
void set_scenario(const Scenario &scenario) {
  Radio::instance().set_scenario(scenario);
}
std::expected<void, std::string>
change_scenario(const std::function<std::expected<void, std::string>(Scenario &)> &change) {
  return Radio::instance().change_scenario(change);
}
Scenario current_scenario() {
  return Radio::instance().scenario();
}
void cut_clients(std::uint32_t ms) {
  Radio::instance().cut_clients(ms);
}
bool kick_station(std::uint8_t reason) {
  return Radio::instance().kick_station(reason);
}
bool inject(const Injection &injection) {
  return Radio::instance().inject(injection);
}
DriverState driver_state() {
  return Radio::instance().state();
}

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
