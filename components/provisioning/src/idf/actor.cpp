#include "idf/actor.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include "domain/access_point.hpp"
#include "domain/endpoint.hpp"
#include "domain/ip4.hpp"
#include "esp_mac.h"
#include "idf/log.hpp"
#include "nvs.h"

namespace espp {

namespace attempt = provisioning::attempt;
namespace connection = provisioning::connection;
namespace life = provisioning::life;

using provisioning::ApiError;
using provisioning::Command;
using provisioning::kApTag;
using provisioning::kDnsTag;
using provisioning::kStaTag;
using provisioning::kTag;
using provisioning::Locked;
using provisioning::log_error;
using provisioning::log_line;
using provisioning::log_name;
using provisioning::Millis;
using provisioning::Unlocked;

namespace {

/// Bytes. docs/esp-idf.md says how it was chosen.
constexpr std::uint32_t kStackSize = 5120;

/// Above the idle task and an application's default, below the Wi-Fi driver and TCP/IP.
constexpr UBaseType_t kPriority = tskIDLE_PRIORITY + 4;
constexpr UBaseType_t kCallbackPriority = tskIDLE_PRIORITY + 1;

/// Milliseconds before the portal is closed for want of use, if memory was short the first time.
constexpr Millis kUnusedAgain = 1'000;

/// Milliseconds after a test in the 5 GHz band, where the access point had to follow. The page asks
/// every second; if it does not, its phone has not followed.
constexpr Millis kFollowTime = 3'000;

/// Milliseconds that the event loop waits for the records of a scan to be read, which takes some 5.
constexpr Millis kRecordsPatience = 40;

/// So that times, which are compared by their difference in milliseconds, can't be mistaken.
constexpr std::chrono::seconds kLongestTimeout = std::chrono::days(24);

/// Less leaves no room for a callback that logs a line.
constexpr std::uint32_t kSmallestCallbackStack = 2048;

/// The tasks that Wi-Fi and TCP/IP need to go on: of the default event loop, of timers, of lwIP. If
/// one of them waited for the portal to open or close, neither would end.
constexpr std::string_view kTasksThatNeverWait[]{"sys_evt", "esp_timer", "Tmr Svc", "tiT"};

/// A test that takes longer is no help to anybody, and times must not wrap.
bool is_test_time(std::chrono::seconds time) {
  return time >= std::chrono::seconds(1) && time <= std::chrono::hours(1);
}

} // namespace

Provisioning::Actor::~Actor() = default;

void Provisioning::Actor::release() {
  {
    const Locked locked(monitor_);
    if (life::is_active(state_.life) || is_connection_up(state_)) {
      log_line(ESP_LOG_WARN, kTag, "An active portal is destroyed, and closes");
    }
    request_stop_locked();
    const bool is_in_callback = callback_task_ == xTaskGetCurrentTaskHandle();
    while (can_wait() && (task_ != nullptr || (callback_task_ != nullptr && !is_in_callback))) {
      monitor_.wait(std::nullopt);
    }
    is_released_ = task_ != nullptr || callback_task_ != nullptr;
    if (is_released_) {
      return; // the last task destroys the object
    }
  }
  delete this;
}

bool Provisioning::Actor::retire(TaskHandle_t Actor::*task) {
  this->*task = nullptr;
  monitor_.notify_all();
  return is_released_ && task_ == nullptr && callback_task_ == nullptr;
}

bool Provisioning::Actor::can_wait() const {
  const std::string_view name = pcTaskGetName(nullptr);
  return std::ranges::find(kTasksThatNeverWait, name) == std::end(kTasksThatNeverWait);
}

bool Provisioning::Actor::is_config_valid() const {
  const char *problem = nullptr;
  if (!config_.unique_ap_password && !provisioning::is_valid_ap_password(config_.ap_password)) {
    problem = "The access point's password must have 8 to 63 printable ASCII characters, or be "
              "empty for an open access point";
  } else if (config_.ap_ssid.empty() && !config_.append_mac_to_ssid) {
    problem = "The access point needs a name";
  } else if (!provisioning::is_utf8(config_.ap_ssid) ||
             !provisioning::is_utf8(config_.device_name)) {
    problem = "The names of access point and device must be UTF-8";
  } else if (config_.server_port == 0) {
    problem = "The server's port must be 1 to 65535";
  } else if (config_.portal_timeout.count() < 0 || config_.portal_timeout > kLongestTimeout) {
    problem = "The portal's time-out must be 0 s to 24 days";
  } else if (config_.finish_after.count() < 0 || config_.finish_after > kLongestTimeout) {
    problem = "The time after which set-up finishes must be 0 s to 24 days";
  } else if (!is_test_time(config_.connect_timeout) || !is_test_time(config_.dhcp_timeout)) {
    problem = "The time-outs of connecting and of the address must be 1 s to 1 hour";
  } else if (config_.callback_stack_size < kSmallestCallbackStack) {
    problem = "The stack of the callbacks' task must have 2048 bytes or more";
  } else if constexpr (kHasConnection) {
    problem = connection_problem();
  }
  if (problem != nullptr) {
    log_line(ESP_LOG_ERROR, kTag, problem);
    return false;
  }
  if (const auto subnet = provisioning::parse_subnet(config_.ap_ip, config_.ap_netmask); !subnet) {
    ESP_LOGE(kApTag, "The access point's address can't be %s, netmask %s: %s",
             config_.ap_ip.c_str(), config_.ap_netmask.c_str(), subnet.error());
    return false;
  }
  if (!config_.unique_ap_password && config_.ap_password.empty()) {
    log_line(ESP_LOG_WARN, kApTag,
             "The access point is open: anyone in range can connect and read what is typed");
  }
  return true;
}

bool Provisioning::Actor::claim() {
  Actor *owner = nullptr;
  return owner_.compare_exchange_strong(owner, this) || owner == this;
}

/// How the start of a run has ended; nothing while it is under way.
std::optional<bool> Provisioning::Actor::start_result(std::uint32_t run) const {
  const life::State &state = state_.life;
  if (state.run == run && life::is_open(state)) {
    return true;
  }
  if (state.run != run) {
    // It is still to begin, after what is closing now, unless a stop has come between.
    return state.run + 1 == run && state.reopens ? std::nullopt : std::optional(false);
  }
  return life::has_given_back(state, run) ? std::optional(false) : std::nullopt;
}

/// All that a start needs: the one radio, a valid configuration, and the actor's task.
bool Provisioning::Actor::prepare() {
  if (!claim()) {
    log_line(ESP_LOG_ERROR, kTag, "Another portal is active; there can be only one at a time");
    return false;
  }
  static constexpr const char *kTags[]{kTag, kApTag, kStaTag, kDnsTag};
  for (const char *tag : kTags) {
    esp_log_level_set(tag, config_.log_level);
  }
  if (!is_config_valid()) {
    owner_ = nullptr; // an invalid configuration can't have opened the portal before
    return false;
  }
  if (task_ == nullptr &&
      xTaskCreate(run_task, "provisioning", kStackSize, this, kPriority, &task_) != pdPASS) {
    task_ = nullptr;
    owner_ = nullptr;
    log_line(ESP_LOG_ERROR, kTag, "Out of memory");
    return false;
  }
  return true;
}

bool Provisioning::Actor::start() {
  const Locked locked(monitor_);
  if constexpr (kHasConnection) {
    if (stays_connected()) {
      return start_connection();
    }
  }
  if (life::is_open(state_.life)) {
    log_line(ESP_LOG_WARN, kTag, "Provisioning already active");
    return true;
  }
  if (!prepare()) {
    return false;
  }
  apply(state_, monitor_, {.kind = life::EventKind::StartRequested});
  return wait_for_portal(state_.life.run + (state_.life.reopens ? 1 : 0));
}

bool Provisioning::Actor::wait_for_portal(std::uint32_t run) {
  if (!can_wait()) {
    return true;
  }
  while (!start_result(run)) {
    monitor_.wait(std::nullopt);
  }
  return *start_result(run);
}

void Provisioning::Actor::request_stop_locked() {
  if constexpr (kHasConnection) {
    apply(state_, monitor_, {.kind = connection::EventKind::StopRequested});
  }
  apply(state_, monitor_, {.kind = life::EventKind::StopRequested});
}

void Provisioning::Actor::request_stop() {
  const Locked locked(monitor_);
  request_stop_locked();
}

/// True once that run of the portal has ended, as far as the caller can wait for it: a callback does
/// not wait for itself.
bool Provisioning::Actor::is_over(std::uint32_t run) const {
  return callback_task_ == xTaskGetCurrentTaskHandle()
             ? life::has_given_back(state_.life, run)
             : life::is_over(state_.life, run) && !(kHasConnection && state_.connection.running);
}

void Provisioning::Actor::stop() {
  const Locked locked(monitor_);
  request_stop_locked();
  const std::uint32_t run = state_.life.run;
  const std::uint32_t connection_run = state_.connection.run;
  const auto has_stopped = [&] {
    return is_over(run) && (is_connection_off(state_) || state_.connection.run != connection_run);
  };
  while (can_wait() && !has_stopped()) {
    monitor_.wait(std::nullopt);
  }
}

bool Provisioning::Actor::is_active() {
  const Locked locked(monitor_);
  return life::is_active(state_.life) || is_connection_up(state_) ||
         (!is_connection_off(state_) && state_.connection.phase == connection::Phase::Stopping);
}

bool Provisioning::Actor::is_completed() {
  const Locked locked(monitor_);
  return state_.life.completed;
}

bool Provisioning::Actor::is_provisioned() {
  provisioning::Rows<provisioning::SavedNetwork> networks;
  return saved_networks(networks) && !networks.empty();
}

bool Provisioning::Actor::saved_networks(provisioning::Rows<provisioning::SavedNetwork> &networks) {
  {
    const Locked locked(monitor_);
    if (has_parts(state_)) {
      return networks.copy(state_.saved);
    }
  }
  return provisioning::read_saved_networks(networks) == ESP_OK;
}

std::optional<provisioning::Ip4> Provisioning::Actor::station_ip() {
#ifdef CONFIG_PROVISIONING_CONNECTION
  const Locked locked(monitor_);
  if (state_.connection.phase == provisioning::connection::Phase::Connected) {
    return link_.ip;
  }
#endif
  return std::nullopt;
}

provisioning::Ip4 Provisioning::Actor::ip() {
  const Locked locked(monitor_);
  return ip_;
}

provisioning::Secret Provisioning::Actor::ap_password() {
  if (!config_.unique_ap_password) {
    return provisioning::Secret(config_.ap_password);
  }
  const Locked locked(monitor_);
  return ap_password_;
}

void Provisioning::Actor::on_radio_event(const attempt::Event &event) {
  const Locked locked(monitor_);
  if (event.kind == attempt::EventKind::StationDisconnected) {
    last_reason_ = event.raw_reason;
  }
  if (!apply(state_, monitor_, event)) {
    log_line(ESP_LOG_WARN, kTag, "Too busy for an event of the radio");
  }
}

// The actor reads the records, and this task waits for it, because a call to the driver must not be
// made here: with the event loop's queue full, the driver waits for this task.
void Provisioning::Actor::on_records(std::uint16_t count) {
  const Locked locked(monitor_);
  if (!has_parts(state_)) {
    return;
  }
  records_ = count;
  monitor_.notify_all();
  const Millis deadline = monitor_.now() + kRecordsPatience;
  while (records_ && has_parts(state_) && !provisioning::is_due(deadline, monitor_.now())) {
    monitor_.wait(deadline);
  }
}

void Provisioning::Actor::on_address(const provisioning::Subnet &lease,
                                     const provisioning::Ip4 &gateway) {
  const Locked locked(monitor_);
  address_ = Address{.lease = lease, .gateway = gateway};
  monitor_.notify_all();
}

void Provisioning::Actor::on_address_lost() {
  if constexpr (kHasConnection) {
    note_address_lost();
  }
}

void Provisioning::Actor::on_client_left() {
  service_.note_use(); // until now
}

void Provisioning::Actor::run_task(void *actor) {
  auto *self = static_cast<Actor *>(actor);
  self->monitor_.lock();
  self->run();
  const bool is_last = self->retire(&Actor::task_);
  self->monitor_.unlock();
  // Whoever has waited for this may have destroyed the object by now.
  if (is_last) {
    delete self;
  }
  vTaskDelete(nullptr);
}

void Provisioning::Actor::run() {
  while (true) {
    const std::uint32_t seen = monitor_.notices();
    look_at_clocks();
    // Who has given up the lock looks at everything again.
    if (log_progress() || tell_others() || do_next()) {
      continue;
    }
    if (life::has_given_back(state_.life, state_.life.run) && is_connection_off(state_)) {
      return;
    }
    // Some of the above gives the lock up, as for a line of the log, which takes milliseconds. What
    // happens meanwhile finds nobody waiting.
    if (monitor_.notices() == seen) {
      monitor_.wait(next_deadline());
    }
  }
}

bool Provisioning::Actor::do_next() {
  if (std::exchange(state_.open_asked, false)) {
    open();
  } else if (std::exchange(state_.close_asked, false)) {
    close();
  } else if (kHasConnection && std::exchange(state_.bring_up_asked, false)) {
    if constexpr (kHasConnection) {
      bring_up_station();
    }
  } else if (kHasConnection && state_.bring_down_asked &&
             life::has_given_back(state_.life, state_.life.run)) {
    state_.bring_down_asked = false;
    if constexpr (kHasConnection) {
      bring_down_station();
    }
  } else if (!has_parts(state_)) {
    return false;
  } else if (records_) {
    take_records();
  } else if (address_) {
    take_address();
  } else if (const auto action = state_.radio_actions.pop()) {
    carry_out(*action);
  } else if (state_.command && !state_.command->is_done) {
    carry_out_command();
  } else {
    return false;
  }
  return true;
}

void Provisioning::Actor::open() {
  state_.attempt.connect_timeout = to_millis(config_.connect_timeout);
  state_.attempt.dhcp_timeout = to_millis(config_.dhcp_timeout);
  state_.chosen = {};
  state_.last_use = monitor_.now();
  is_first_scan_ = true;
  bool is_up = false;
  {
    const Unlocked unlocked(monitor_);
    is_up = bring_up();
  }
  if (is_up) {
    state_.attempt.bands = parts_->radio.bands();
  }
  apply(state_, monitor_, {.kind = life::EventKind::Opened, .ok = is_up});
  if (life::is_open(state_.life)) {
    apply(state_, monitor_, attempt::EventKind::ScanRequested, !parts_->radio.was_running());
  }
}

void Provisioning::Actor::close() {
  if (has_station()) {
    end_use();
  } else {
    fail_command();
  }
  const bool has_timed_out = state_.life.cause == life::Cause::TimedOut;
  const bool has_failed = state_.life.cause == life::Cause::Failed;
  {
    const Unlocked unlocked(monitor_);
    if (has_timed_out) {
      ESP_LOGI(kTag, "Nobody has used the portal for %u s, closing it",
               static_cast<unsigned>(config_.portal_timeout.count()));
    }
    bring_down();
    ESP_LOGD(kTag, "Stack left over: %u bytes",
             static_cast<unsigned>(uxTaskGetStackHighWaterMark(nullptr)));
    if (!has_failed) {
      log_line(ESP_LOG_INFO, kTag, "Provisioning stopped");
    }
  }
  ip_ = {};
  // Before anybody is told that it has closed, who may delete the event loop then.
  if constexpr (kHasEvents) {
    if (has_station()) {
      announce(true);
    } else {
      announce_last();
    }
  }
  if (!has_station()) {
    give_back();
  }
  apply(state_, monitor_, {.kind = life::EventKind::PartsClosed});
  if (!has_station() && life::has_given_back(state_.life, state_.life.run)) {
    owner_ = nullptr;
  }
}

/// The parts are gone, and so is what was true of them.
void Provisioning::Actor::give_back() {
  state_.attempt = {};
  if constexpr (kHasConnection) {
    state_.own_test = 0;
    state_.owners_test = {};
  }
  state_.radio_actions.clear();
  state_.list.release();
  state_.saved.release();
  state_.tested.password.clear();
  address_.reset();
  records_.reset();
  logged_test_ = 0;
  returned_test_ = 0;
  logged_state_ = attempt::ConnectState::Idle;
}

/// The portal closes and the station stays: what its users have asked for ends.
void Provisioning::Actor::end_use() {
  if (state_.command && !state_.command->is_done) {
    carry_out_command();
  }
  if (attempt::is_running(provisioning::owners_test(state_))) {
    apply(state_, monitor_, attempt::EventKind::CancelRequested);
  }
}

void Provisioning::Actor::look_at_clocks() {
  const Millis now = monitor_.now();
  if (const auto deadline = life::next_deadline(state_.life);
      deadline && provisioning::is_due(*deadline, now)) {
    apply(state_, monitor_, life::Event{.kind = life::EventKind::Tick});
  }
  if (!has_parts(state_)) {
    return;
  }
  if (const auto deadline = attempt::next_deadline(state_.attempt);
      deadline && provisioning::is_due(*deadline, now)) {
    apply(state_, monitor_, attempt::EventKind::Tick);
  }
  if constexpr (kHasConnection) {
    look_at_connection();
  }
  look_whether_unfinished();
  look_whether_followed();
  look_whether_unused();
}

std::optional<Millis> Provisioning::Actor::finish_deadline() const {
  const Millis limit = to_millis(config_.finish_after);
  const attempt::ConnectReport &connect = provisioning::owners_test(state_);
  if (limit == 0 || state_.life.phase != life::Phase::Open || state_.life.finished ||
      connect.state != attempt::ConnectState::Connected ||
      connect.save_result != attempt::SaveResult::Saved) {
    return std::nullopt;
  }
  const bool was_used_since = provisioning::is_due(connect.ended_at, state_.last_use);
  return (was_used_since ? state_.last_use : connect.ended_at) + limit;
}

void Provisioning::Actor::look_whether_unfinished() {
  const auto deadline = finish_deadline();
  if (!deadline || !provisioning::is_due(*deadline, monitor_.now())) {
    return;
  }
  if (complete()) {
    state_.last_use = monitor_.now() - to_millis(config_.finish_after) + kUnusedAgain;
  } else {
    log_line(ESP_LOG_INFO, kTag, "Nobody has finished set-up, so it is finished");
  }
}

std::optional<Millis> Provisioning::Actor::return_deadline() const {
  const attempt::ConnectReport &connect = state_.attempt.connect;
  const bool has_ended = connect.state == attempt::ConnectState::Connected ||
                         connect.state == attempt::ConnectState::Failed;
  if (state_.life.phase != life::Phase::Open || !has_ended || connect.id == returned_test_ ||
      state_.attempt.activity != attempt::Activity::Idle ||
      provisioning::band_of(connect.channel) != provisioning::Band::Ghz5) {
    return std::nullopt;
  }
  return connect.ended_at + kFollowTime;
}

void Provisioning::Actor::look_whether_followed() {
  const auto deadline = return_deadline();
  if (!deadline || !provisioning::is_due(*deadline, monitor_.now())) {
    return;
  }
  const attempt::ConnectReport &connect = state_.attempt.connect;
  returned_test_ = connect.id;
  if (!provisioning::is_due(connect.ended_at + 1, state_.last_use)) {
    const provisioning::Secret password =
        config_.unique_ap_password ? ap_password_ : provisioning::Secret(config_.ap_password);
    const Unlocked unlocked(monitor_);
    parts_->radio.return_home(password);
  }
}

void Provisioning::Actor::look_whether_unused() {
  const Millis limit = to_millis(config_.portal_timeout);
  const Millis now = monitor_.now();
  if (limit == 0 || state_.life.phase != life::Phase::Open ||
      !provisioning::is_due(state_.last_use + limit, now)) {
    return;
  }
  bool is_used = attempt::is_running(provisioning::owners_test(state_));
  if (!is_used) {
    const Unlocked unlocked(monitor_);
    is_used = parts_->radio.has_clients();
  }
  if (is_used) {
    state_.last_use = now;
  } else if (provisioning::is_due(state_.last_use + limit, now)) { // nobody has asked meanwhile
    if (!config_.on_timeout || make_callback_task()) {
      apply(state_, monitor_, {.kind = life::EventKind::Unused});
    } else {
      state_.last_use = now - limit + kUnusedAgain;
    }
  }
}

std::optional<Millis> Provisioning::Actor::next_deadline() const {
  std::optional<Millis> next = life::next_deadline(state_.life);
  const auto consider = [&next](std::optional<Millis> deadline) {
    if (deadline) {
      next = next ? provisioning::earlier(*next, *deadline) : *deadline;
    }
  };
  if (has_parts(state_)) {
    consider(attempt::next_deadline(state_.attempt));
  }
  if constexpr (kHasConnection) {
    consider(connection_deadline());
  }
  if constexpr (kHasEvents) {
    consider(events_deadline());
  }
  consider(finish_deadline());
  consider(return_deadline());
  if (const Millis limit = to_millis(config_.portal_timeout);
      limit != 0 && state_.life.phase == life::Phase::Open) {
    consider(state_.last_use + limit);
  }
  return next;
}

/// Whether the test that an action belongs to still runs.
bool Provisioning::Actor::is_wanted(const attempt::Action &action) const {
  const attempt::ConnectReport &connect = state_.attempt.connect;
  return attempt::is_running(connect) && connect.id == action.test;
}

void Provisioning::Actor::take_address() {
  const Address address = *address_;
  address_.reset();
  std::optional<std::int8_t> rssi;
  bool same_subnet = false;
  {
    const Unlocked unlocked(monitor_);
    rssi = parts_->radio.link_rssi();
    same_subnet =
        provisioning::parse_subnet(config_.ap_ip, config_.ap_netmask)->overlaps(address.lease);
    if (same_subnet) {
      ESP_LOGW(kStaTag,
               "This network has the access point's own addresses (%s): while both are up, what an "
               "application sends to it goes astray. Config::ap_ip sets others",
               address.lease.ip.dotted().c_str());
    }
  }
  if constexpr (kHasConnection) {
    note_address(address);
  }
  apply(state_, monitor_,
        {.kind = attempt::EventKind::GotIp,
         .ok = rssi.has_value(),
         .same_subnet = same_subnet,
         .rssi = rssi.value_or(0),
         .ip = address.lease.ip,
         .gateway = address.gateway});
}

void Provisioning::Actor::take_records() {
  const std::uint16_t count = *records_;
  provisioning::ScanList list;
  attempt::Event event{.kind = attempt::EventKind::ScanDone};
  bool is_targeted = false;
  {
    const Unlocked unlocked(monitor_);
    is_targeted = parts_->radio.is_targeted();
    if (is_targeted) {
      event = parts_->radio.read_target(count);
    } else {
      event.ok = parts_->radio.read_list(list, count) == ESP_OK;
      if (event.ok) {
        ESP_LOGI(kTag, "Found %u networks", static_cast<unsigned>(list.networks().size()));
      }
    }
  }
  records_.reset();
  if (!is_targeted && event.ok && state_.attempt.activity == attempt::Activity::Scanning) {
    state_.list = std::move(list);
  }
  apply(state_, monitor_, event);
}

void Provisioning::Actor::carry_out(const attempt::Action &action) {
  if (action.kind == attempt::ActionKind::Save) {
    save(action);
    return;
  }
  const esp_err_t error = action.kind == attempt::ActionKind::Connect
                              ? connect(action)
                              : drive(action.kind, action.channel);
  if (error != ESP_OK) {
    ESP_LOGD(kTag, "The driver refuses: %s", esp_err_to_name(error));
  }
  apply(state_, monitor_,
        attempt::Event{.kind = error == ESP_OK ? attempt::EventKind::ActionDone
                                               : attempt::EventKind::ActionFailed,
                       .action = action.kind});
}

esp_err_t Provisioning::Actor::drive(attempt::ActionKind action, std::uint8_t channel) {
  const provisioning::Ssid ssid = state_.attempt.connect.ssid;
  const Unlocked unlocked(monitor_);
  provisioning::WifiRadio &radio = parts_->radio;
  switch (action) {
  case attempt::ActionKind::StartScan:
    log_line(ESP_LOG_INFO, kTag, "Starting WiFi scan...");
    // No phone can be there before the first scan, so it needs no pauses.
    return radio.start_scan(!std::exchange(is_first_scan_, false));
  case attempt::ActionKind::StartTargetedScan:
    return radio.start_targeted_scan(ssid, channel);
  case attempt::ActionKind::StopScan:
    return radio.stop_scan();
  case attempt::ActionKind::Disconnect:
    return radio.disconnect();
  case attempt::ActionKind::ClearStation:
    return radio.clear_station();
  case attempt::ActionKind::Connect:
  case attempt::ActionKind::Save:
    break; // these have functions of their own
  }
  return ESP_OK;
}

esp_err_t Provisioning::Actor::connect(const attempt::Action &action) {
  if (!is_wanted(action)) {
    return ESP_OK; // it was cancelled meanwhile
  }
  provisioning::Tested tested = state_.tested;
  const attempt::ConnectReport report = state_.attempt.connect;
  esp_err_t error = ESP_OK;
  {
    const Unlocked unlocked(monitor_);
    const provisioning::Candidate &to = action.access_point;
    ESP_LOGI(kStaTag, "Try %u: channel %u, " MACSTR ", %d dBm, %s", unsigned{report.tries},
             unsigned{to.channel}, MAC2STR(to.bssid), to.rssi, to_string(to.security));
    if (tested.is_saved) {
      if (const auto profile = provisioning::find_profile(tested.ssid)) {
        tested.password = profile->password;
        tested.is_saved = false;
      } else {
        error = ESP_ERR_NVS_NOT_FOUND;
        log_error(kTag, "The saved password can't be read", error);
      }
    }
    if (error == ESP_OK) {
      error = parts_->radio.connect(tested.ssid, tested.password, to, action.is_only_one);
    }
  }
  if (!is_wanted(action)) {
    return ESP_OK;
  }
  state_.tested = tested;
  return error;
}

void Provisioning::Actor::save(const attempt::Action &action) {
  // A test that was cancelled, as when its network is forgotten, must not bring the network back.
  if (!is_wanted(action)) {
    return;
  }
  const auto result = save_tested();
  if (is_own_test()) {
    state_.tested.password.clear(); // the driver has it, and nobody else needs it
  } else if constexpr (kHasConnection) {
    note_saved();
  }
  apply(state_, monitor_,
        attempt::Event{.kind = attempt::EventKind::SaveDone, .save_result = result});
}

attempt::SaveResult Provisioning::Actor::save_tested() {
  const provisioning::Tested tested = state_.tested;
  provisioning::Candidate joined =
      state_.attempt.trial.candidates.empty()
          ? provisioning::Candidate{}
          : state_.attempt.trial.candidates[state_.attempt.trial.current];
  joined.security = state_.attempt.connect.security;
  const bool is_own = is_own_test();
  const provisioning::SavedNetwork *row = provisioning::find(state_.saved.span(), tested.ssid);
  bool is_hidden = state_.list.find(tested.ssid, provisioning::kind_of(joined.security)) == nullptr;
  if (is_own && row != nullptr && is_hidden) {
    is_hidden = row->is_hidden; // it may have been tried without a list
  }
  const bool is_newest = is_own && row != nullptr && row == state_.saved.begin();
  const std::uint8_t known_channel = row == nullptr ? std::uint8_t{0} : row->channel;
  const Unlocked unlocked(monitor_);
  // What was joined, as long as there is a link: the list may have been wrong.
  if (const provisioning::Candidate link = parts_->radio.link_access_point(); link.channel != 0) {
    joined = link;
  }
  if (is_newest && joined.channel == known_channel) {
    return attempt::SaveResult::Saved; // all of it is in flash
  }
  log_name(kTag, "Saving credentials for", tested.ssid);
  return parts_->store.save(tested.ssid, tested.password, joined.security, joined, is_hidden);
}

std::optional<ApiError> Provisioning::Actor::keep() {
  // Where a try of the connection's has taken its place, there is nothing to keep any more.
  if (is_own_test() || !attempt::can_keep(state_.attempt.connect)) {
    return ApiError::NotConnected;
  }
  const auto result = save_tested();
  if constexpr (kHasConnection) {
    note_saved();
  }
  apply(state_, monitor_,
        attempt::Event{.kind = attempt::EventKind::NetworkKept, .save_result = result});
  return std::nullopt;
}

void Provisioning::Actor::carry_out_command() {
  const Command command = *state_.command;
  std::optional<ApiError> error;
  switch (command.kind) {
  case Command::Kind::Forget:
    error = forget(command.ssid);
    break;
  case Command::Kind::ForgetAll:
    error = forget_all();
    break;
  case Command::Kind::Keep:
    error = keep();
    break;
  case Command::Kind::Complete:
    error = complete();
    break;
  }
  state_.command->error = error;
  state_.command->is_done = true;
  monitor_.notify_all();
}

void Provisioning::Actor::fail_command() {
  if (state_.command && !state_.command->is_done) {
    state_.command->error = ApiError::Unavailable;
    state_.command->is_done = true;
    monitor_.notify_all();
  }
}

std::optional<ApiError> Provisioning::Actor::forget(const provisioning::Ssid &ssid) {
  esp_err_t error = ESP_OK;
  {
    const Unlocked unlocked(monitor_);
    error = parts_->store.forget(ssid);
    if (error == ESP_OK) {
      log_name(kTag, "Forgot network", ssid);
    }
  }
  if (error == ESP_ERR_NVS_NOT_FOUND) {
    return ApiError::UnknownNetwork;
  }
  if (error != ESP_OK) {
    return ApiError::StorageFailed;
  }
  apply(state_, monitor_,
        attempt::Event{.kind = attempt::EventKind::NetworkForgotten, .ssid = ssid});
  if constexpr (kHasConnection) {
    note_forgotten(ssid);
  }
  return std::nullopt;
}

std::optional<ApiError> Provisioning::Actor::forget_all() {
  while (!state_.saved.empty()) {
    const provisioning::Ssid ssid = state_.saved[0].ssid;
    if (const auto error = forget(ssid)) {
      return error;
    }
  }
  return std::nullopt;
}

std::optional<ApiError> Provisioning::Actor::complete() {
  if (provisioning::owners_test(state_).state != attempt::ConnectState::Connected) {
    return ApiError::NotConnected;
  }
  if (state_.life.finished) {
    return std::nullopt;
  }
  // Before the answer, so that completion is only promised where the application can be told.
  if (config_.on_provisioned && !make_callback_task()) {
    return ApiError::Unavailable;
  }
  state_.chosen = state_.tested;
  if constexpr (kHasConnection) {
    if (is_own_test()) {
      choose_from_flash();
    }
  }
  apply(state_, monitor_, {.kind = life::EventKind::CompleteRequested});
  return std::nullopt;
}

/// Posts what has happened; false: nothing has.
bool Provisioning::Actor::tell_others() {
  if constexpr (kHasEvents) {
    return announce(false);
  }
  return false;
}

bool Provisioning::Actor::log_progress() {
  const attempt::ConnectReport connect = state_.attempt.connect;
  const bool begins = connect.id != logged_test_ && attempt::is_running(connect);
  const bool changes = connect.state != logged_state_;
  if (!begins && !changes) {
    return false;
  }
  logged_test_ = connect.id;
  logged_state_ = connect.state;
  const Unlocked unlocked(monitor_);
  if (begins) {
    log_name(kTag, "Testing connection to", connect.ssid);
  }
  switch (connect.state) {
  case attempt::ConnectState::Connected:
    log_line(ESP_LOG_INFO, kTag, "Connection test result: connected, IP",
             connect.ip.dotted().c_str());
    break;
  case attempt::ConnectState::Failed:
    if (connect.raw_reason) {
      ESP_LOGW(kTag, "Connection test result: %s (reason %u)", to_string(connect.reason),
               unsigned{*connect.raw_reason});
    } else {
      log_line(ESP_LOG_WARN, kTag, "Connection test result", to_string(connect.reason));
    }
    if (connect.reason == provisioning::Reason::NotFound && config_.country.empty()) {
      log_line(ESP_LOG_INFO, kTag,
               "A hidden network on channel 12 to 14 is found only with Config::country");
    }
    break;
  case attempt::ConnectState::ObtainingIp:
    ESP_LOGI(kStaTag, "Connected on channel %u, waiting for an address", unsigned{connect.channel});
    break;
  case attempt::ConnectState::Idle:
  case attempt::ConnectState::Connecting:
    break;
  }
  return true;
}

namespace {

bool failed(const char *what, esp_err_t error) {
  log_error(kTag, what, error);
  return false;
}

} // namespace

bool Provisioning::Actor::make_parts() {
  parts_ = provisioning::make<Parts>(*this);
  if (parts_ == nullptr) {
    return failed("Failed to start", ESP_ERR_NO_MEM);
  }
  esp_err_t error = parts_->store.load();
  if (error == ESP_ERR_NVS_NOT_INITIALIZED) {
    return failed("NVS must be initialised before, with nvs_flash_init()", error);
  }
  return error == ESP_OK || failed("The saved networks can't be read", error);
}

bool Provisioning::Actor::bring_up() {
  if (!has_station() && !make_parts()) {
    return false;
  }
  provisioning::WifiRadio &radio = parts_->radio;
  const provisioning::WifiRadio::AccessPoint access_point{
      .ssid = config_.ap_ssid,
      .append_mac = config_.append_mac_to_ssid,
      .subnet = *provisioning::parse_subnet(config_.ap_ip, config_.ap_netmask),
      .port = config_.server_port,
      .country = config_.country.c_str()};
  esp_err_t error = has_station() ? radio.begin_beside(access_point) : radio.begin(access_point);
  if (error != ESP_OK) {
    return failed("Failed to initialise WiFi", error);
  }
  ap_ssid_.set(radio.ssid().bytes());
  log_name(kTag, "Initialized with AP SSID", radio.ssid());

  error = choose_ap_password();
  if (error != ESP_OK) {
    return failed("Failed to make a password for the AP", error);
  }
  const provisioning::Endpoint address{.ip = radio.ip(), .port = config_.server_port};
  parts_->http = provisioning::make<provisioning::HttpPortal>(
      provisioning::HttpPortal::Setup{.service = service_,
                                      .monitor = monitor_,
                                      .device_name = config_.device_name,
                                      .ap_ssid = radio.ssid(),
                                      .ap_mac = radio.ap_mac(),
                                      .station_mac = radio.station_mac(),
                                      .ap = address});
  error = parts_->http == nullptr ? ESP_ERR_NO_MEM : parts_->http->start();
  if (error == ESP_ERR_NOT_FOUND) {
    return failed("The page in the firmware is damaged; build it with `npm run build`", error);
  }
  if (error != ESP_OK) {
    return failed("Failed to start HTTP server", error);
  }
  // Only now, so that no phone meets a server that is not there yet, or has no page yet.
  error = has_station() ? radio.open_beside(ap_password()) : radio.open(ap_password());
  if (error != ESP_OK) {
    return failed("Failed to start AP", error);
  }
  {
    const Locked locked(monitor_);
    ip_ = address.ip;
  }
  start_dns();
  ESP_LOGI(kTag, "Provisioning started at http://%s", provisioning::Authority(address).c_str());
  return true;
}

esp_err_t Provisioning::Actor::choose_ap_password() {
  provisioning::Secret password(config_.ap_password);
  if (config_.unique_ap_password) {
    if (const auto kept = parts_->store.ap_password()) {
      password = *kept;
    } else {
      esp_err_t error = parts_->radio.make_password(password);
      if (error != ESP_OK) {
        return error;
      }
      error = parts_->store.save_ap_password(password);
      if (error != ESP_OK) {
        log_error(kApTag,
                  "The access point's new password can't be kept and holds for this time only",
                  error);
      }
    }
  }
  const Locked locked(monitor_);
  ap_password_ = password;
  return ESP_OK;
}

void Provisioning::Actor::start_dns() {
  if (!config_.dns_server) {
    return;
  }
  // Without it the page still opens by its address, so the portal goes on.
  parts_->dns = provisioning::make<provisioning::DnsServer>();
  const esp_err_t error =
      parts_->dns == nullptr ? ESP_ERR_NO_MEM : parts_->dns->start(parts_->radio.ip());
  if (error == ESP_OK) {
    log_line(ESP_LOG_INFO, kDnsTag, "DNS server started");
  } else {
    // As a number: strerror() would bring 3 KB of texts into the image.
    ESP_LOGW(kDnsTag,
             "DNS server not started, sign-in windows won't open by themselves: %s, errno %d",
             esp_err_to_name(error), errno);
  }
}

void Provisioning::Actor::bring_down() {
  if (parts_ == nullptr) {
    return;
  }
  parts_->dns.reset();
  if (parts_->http != nullptr) {
    parts_->http->stop();
  }
  if (has_station()) {
    parts_->http.reset();
    parts_->radio.close_beside();
  } else {
    parts_->radio.end();
    parts_.reset();
  }
}

bool Provisioning::Actor::make_callback_task() {
  if (callback_task_ == nullptr &&
      xTaskCreate(run_callback_task, "prov_callback", config_.callback_stack_size, this,
                  kCallbackPriority, &callback_task_) != pdPASS) {
    callback_task_ = nullptr;
    return false;
  }
  return true;
}

void Provisioning::Actor::run_callback_task(void *actor) {
  auto *self = static_cast<Actor *>(actor);
  self->monitor_.lock();
  self->run_callbacks();
  const bool is_last = self->retire(&Actor::callback_task_);
  self->monitor_.unlock();
  if (is_last) {
    delete self;
  }
  vTaskDelete(nullptr);
}

void Provisioning::Actor::run_callbacks() {
  while (true) {
    if (const auto callback = life::next_callback(state_.life)) {
      apply(state_, monitor_, {.kind = life::EventKind::CallbackBegins});
      call(*callback);
      apply(state_, monitor_, {.kind = life::EventKind::CallbackEnded});
    } else if (kHasConnection && connection::next_notice(state_.connection)) {
      if constexpr (kHasConnection) {
        tell(*connection::next_notice(state_.connection));
      }
    } else if (life::needs_callback_task(state_.life, state_.wishes)) {
      monitor_.wait(std::nullopt);
    } else {
      return;
    }
  }
}

void Provisioning::Actor::call(life::Callback callback) {
  if (callback == life::Callback::TimedOut) {
    const Unlocked unlocked(monitor_);
    if (config_.on_timeout) {
      config_.on_timeout();
    }
    return;
  }
  const provisioning::Ssid ssid = state_.chosen.ssid;
  if (ssid.empty()) {
    return;
  }
  chosen_password_.set(state_.chosen.password.bytes());
  state_.chosen = {};
  const Unlocked unlocked(monitor_);
  log_name(kTag, "Provisioned with", ssid);
  const std::string &name = chosen_ssid_.set(ssid.bytes());
  if (config_.on_provisioned) {
    config_.on_provisioned(name, chosen_password_.get());
  }
  chosen_password_.wipe();
}

} // namespace espp
