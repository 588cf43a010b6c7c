#include "idf/actor.hpp"

#include <algorithm>
#include <utility>

#include "esp_random.h"
#include "idf/log.hpp"

// The part of the actor that stays connected: it tells flow/connection what happens, and carries out
// what that asks for and flow/attempt does not. With "Stay connected" off in menuconfig, nothing of
// it is built.

namespace espp {

namespace attempt = provisioning::attempt;
namespace connection = provisioning::connection;
namespace life = provisioning::life;

using provisioning::kStaTag;
using provisioning::kTag;
using provisioning::Locked;
using provisioning::log_error;
using provisioning::log_line;
using provisioning::Millis;
using provisioning::Unlocked;

namespace {

/// So that times, which are compared by their difference in milliseconds, can't be mistaken.
constexpr std::chrono::seconds kLongestTime = std::chrono::days(24);

/// What `on_disconnected` is called with where ESP-IDF gives no reason, since the link is still up.
constexpr std::uint16_t kAddressLost = 0;

/// Milliseconds before the callbacks' task is made again where memory was short.
constexpr Millis kNoticeAgain = 1'000;

connection::Mode to_mode(Provisioning::PortalWhen when) {
  switch (when) {
  case Provisioning::PortalWhen::Always:
    break;
  case Provisioning::PortalWhen::Unprovisioned:
    return connection::Mode::Unprovisioned;
  case Provisioning::PortalWhen::Unreachable:
    return connection::Mode::Unreachable;
  case Provisioning::PortalWhen::Manual:
    return connection::Mode::Manual;
  }
  return connection::Mode::Always;
}

connection::Closing to_closing(life::Cause cause) {
  switch (cause) {
  case life::Cause::Stopped:
    break;
  case life::Cause::Failed:
    return connection::Closing::Failed;
  case life::Cause::Completed:
    return connection::Closing::Completed;
  case life::Cause::TimedOut:
    return connection::Closing::TimedOut;
  }
  return connection::Closing::Stopped;
}

} // namespace

void Provisioning::Actor::set_connection_wishes() {
  state_.connection_wishes = {.mode = to_mode(config_.portal_when),
                              .fallback_after = to_millis(config_.fallback_after),
                              .falls_back_on_loss = config_.fallback_on_loss};
}

const char *Provisioning::Actor::connection_problem() const {
  if (config_.fallback_after.count() < 0 || config_.fallback_after > kLongestTime) {
    return "The time after which the portal opens must be 0 s to 24 days";
  }
  if (config_.fallback_on_loss && config_.ap_password.empty() && !config_.unique_ap_password) {
    return "A portal that opens when the network is lost needs a password";
  }
  return nullptr;
}

// The calls.

/// How the start of a run has ended; nothing while it is under way.
std::optional<bool> Provisioning::Actor::connection_result(std::uint32_t run) const {
  const connection::State &state = state_.connection;
  if (state.run != run) {
    return state.run + 1 == run && state.restarts ? std::nullopt : std::optional(false);
  }
  if (connection::is_up(state)) {
    return true;
  }
  return connection::is_off(state) ? std::optional(false) : std::nullopt;
}

bool Provisioning::Actor::start_connection() {
  if (connection::is_up(state_.connection)) {
    log_line(ESP_LOG_WARN, kTag, "Provisioning already active");
    return true;
  }
  if (!prepare()) {
    return false;
  }
  apply(state_, monitor_, {.kind = connection::EventKind::StartRequested, .seed = esp_random()});
  const std::uint32_t run = state_.connection.run + (state_.connection.restarts ? 1 : 0);
  if (!can_wait()) {
    return true;
  }
  while (!connection_result(run)) {
    monitor_.wait(std::nullopt);
  }
  return *connection_result(run);
}

Provisioning::State Provisioning::Actor::connection_state() {
  const Locked locked(monitor_);
  switch (state_.connection.phase) {
  case connection::Phase::Off:
  case connection::Phase::Stopping:
    break;
  case connection::Phase::Idle:
    return State::Unprovisioned;
  case connection::Phase::Starting:
  case connection::Phase::Choosing:
  case connection::Phase::Trying:
    return State::Connecting;
  case connection::Phase::Connected:
    return State::Connected;
  case connection::Phase::Pausing:
    return State::Waiting;
  }
  return State::Off;
}

bool Provisioning::Actor::wait_connected(std::chrono::milliseconds timeout) {
  const auto bounded =
      std::clamp<std::chrono::milliseconds>(timeout, std::chrono::milliseconds(0), kLongestTime);
  const Locked locked(monitor_);
  const Millis deadline = monitor_.now() + static_cast<Millis>(bounded.count());
  const connection::State &state = state_.connection;
  const auto is_on_its_way = [&] {
    return state.phase == connection::Phase::Starting ||
           (connection::is_up(state) && state.phase != connection::Phase::Connected);
  };
  while (is_on_its_way() && can_wait() && !provisioning::is_due(deadline, monitor_.now())) {
    monitor_.wait(deadline);
  }
  return state.phase == connection::Phase::Connected;
}

void Provisioning::Actor::request_portal() {
  apply(state_, monitor_, {.kind = connection::EventKind::OpenRequested});
  // Where it is closing just now, it opens again afterwards.
  apply(state_, monitor_, {.kind = life::EventKind::StartRequested});
}

bool Provisioning::Actor::open_portal() {
  if (!stays_connected()) {
    return start();
  }
  const Locked locked(monitor_);
  if (!connection::is_up(state_.connection)) {
    log_line(ESP_LOG_ERROR, kTag, "The portal can be opened between start() and stop()");
    return false;
  }
  request_portal();
  return wait_for_portal(state_.life.run + (state_.life.reopens ? 1 : 0));
}

void Provisioning::Actor::close_portal() {
  if (!stays_connected()) {
    stop();
    return;
  }
  const Locked locked(monitor_);
  apply(state_, monitor_, {.kind = connection::EventKind::CloseRequested});
  apply(state_, monitor_, {.kind = life::EventKind::StopRequested});
  const std::uint32_t run = state_.life.run;
  const bool is_in_callback = callback_task_ == xTaskGetCurrentTaskHandle();
  while (can_wait() && !(is_in_callback ? life::has_given_back(state_.life, run)
                                        : life::is_over(state_.life, run))) {
    monitor_.wait(std::nullopt);
  }
}

bool Provisioning::Actor::forget_all_networks() {
  if (!can_wait()) {
    log_line(ESP_LOG_ERROR, kTag, "This task can't wait for the flash");
    return false;
  }
  {
    const Locked locked(monitor_);
    while (task_ != nullptr && !has_parts(state_)) {
      monitor_.wait(std::nullopt);
    }
    if (task_ == nullptr) {
      const Unlocked unlocked(monitor_);
      return provisioning::forget_saved_networks(monitor_) == ESP_OK;
    }
  }
  return service_.forget_all_for_application().has_value();
}

// The actor's task.

void Provisioning::Actor::bring_up_station() {
  bool is_up = false;
  {
    const Unlocked unlocked(monitor_);
    is_up = make_parts();
    if (is_up) {
      const esp_err_t error = parts_->radio.begin_station(config_.country.c_str());
      is_up = error == ESP_OK;
      if (!is_up) {
        log_error(kTag, "Failed to initialise WiFi", error);
      }
    }
  }
  has_station_ = true;
  state_.attempt.stays = true;
  state_.attempt.connect_timeout = to_millis(config_.connect_timeout);
  state_.attempt.dhcp_timeout = to_millis(config_.dhcp_timeout);
  is_first_scan_ = true;
  apply(state_, monitor_,
        {.kind = connection::EventKind::BroughtUp,
         .ok = is_up,
         .saved = static_cast<std::uint8_t>(state_.saved.size()),
         .hint = state_.saved.empty() ? connection::Choice{} : hint(state_.saved[0].ssid)});
  begin_triggers();
}

void Provisioning::Actor::bring_down_station() {
  fail_command();
  if constexpr (kHasPowerCycle) {
    forget_power_cycles();
  }
  has_station_ = false;
  {
    const Unlocked unlocked(monitor_);
    bring_down();
    log_line(ESP_LOG_INFO, kTag, "Connection stopped");
  }
  if constexpr (kHasEvents) {
    announce_last();
  }
  give_back();
  apply(state_, monitor_, {.kind = connection::EventKind::BroughtDown});
  if (connection::is_off(state_.connection)) {
    owner_ = nullptr;
  }
}

connection::Choice Provisioning::Actor::hint(const provisioning::Ssid &ssid) const {
  const provisioning::SavedNetwork *row = provisioning::find(state_.saved.span(), ssid);
  return row == nullptr
             ? connection::Choice{}
             : connection::Choice{.key = row->key, .channel = row->channel, .is_hint = true};
}

void Provisioning::Actor::note_saved() {
  apply(state_, monitor_,
        {.kind = connection::EventKind::SavedChanged,
         .ok = true,
         .saved = static_cast<std::uint8_t>(state_.saved.size())});
}

void Provisioning::Actor::note_forgotten(const provisioning::Ssid &ssid) {
  note_saved();
  if (state_.connection.phase == connection::Phase::Connected && link_.ssid == ssid) {
    last_reason_ = WIFI_REASON_ASSOC_LEAVE;
    apply(state_, monitor_, attempt::EventKind::LeaveRequested);
  }
}

/// What the owner has tested, if the connection has tried another since.
void Provisioning::Actor::choose_from_flash() {
  const provisioning::Ssid ssid = state_.owners_test.ssid;
  provisioning::Secret password;
  {
    const Unlocked unlocked(monitor_);
    if (const auto profile = provisioning::find_profile(ssid)) {
      password = profile->password;
    }
  }
  state_.chosen = {.ssid = ssid, .password = password};
}

void Provisioning::Actor::begin_triggers() {
  if constexpr (kHasButton) {
    begin_button();
  }
  if constexpr (kHasPowerCycle) {
    carry_out(count_power_cycle());
  }
}

void Provisioning::Actor::look_at_triggers() {
  if constexpr (kHasButton) {
    carry_out(look_at_button());
  }
  if constexpr (kHasPowerCycle) {
    const auto deadline = in_use_deadline();
    if (deadline && provisioning::is_due(*deadline, monitor_.now())) {
      forget_power_cycles();
    }
  }
}

void Provisioning::Actor::carry_out(provisioning::trigger::Action action) {
  if (action == provisioning::trigger::Action::None || !connection::is_up(state_.connection)) {
    return;
  }
  if (action == provisioning::trigger::Action::OpenPortal) {
    log_line(ESP_LOG_INFO, kTag, "The portal opens, as it was asked for at the device");
    request_portal();
    return;
  }
  log_line(ESP_LOG_WARN, kTag, "All networks are forgotten, as it was asked for at the device");
  if (forget_all()) {
    log_line(ESP_LOG_ERROR, kTag, "A network could not be forgotten");
  }
}

void Provisioning::Actor::look_at_connection() {
  look_at_triggers();
  // What an action comes to is seen once it was carried out.
  while (connection::is_up(state_.connection) && state_.radio_actions.empty() &&
         step_connection()) {
  }
  // The list has chosen; in a crowded house it takes kilobytes.
  if (state_.connection.phase == connection::Phase::Connected && !state_.list_is_asked_for &&
      life::has_given_back(state_.life, state_.life.run)) {
    state_.list.release();
    state_.attempt.scan.has_list = false;
  }
  look_at_notices();
}

/// Tells the connection one thing that has happened; false: nothing has. It looks at how things
/// stand, not at events, so nothing is missed while the actor is busy.
bool Provisioning::Actor::step_connection() {
  const connection::State &state = state_.connection;
  const attempt::State &radio = state_.attempt;
  const bool is_own = state_.own_test != 0 && radio.connect.id == state_.own_test;
  const bool is_linked = radio.is_linked && radio.connect.state == attempt::ConnectState::Connected;
  if (state.portal_wanted && !state_.open_asked &&
      (state_.life.phase == life::Phase::Closed || state_.life.phase == life::Phase::HandingOver)) {
    apply(state_, monitor_,
          {.kind = connection::EventKind::PortalClosed, .closing = to_closing(state_.life.cause)});
    return true;
  }
  switch (state.phase) {
  case connection::Phase::Choosing:
    if (attempt::is_running(radio.connect)) {
      apply(state_, monitor_, {.kind = connection::EventKind::Interrupted});
      return true;
    }
    if (!radio.scan.scanning) {
      const bool has_list = radio.scan.has_list && !radio.scan.failed;
      apply(state_, monitor_,
            {.kind = connection::EventKind::Listed,
             .plan = connection::choose(state_.saved.span(), has_list ? &state_.list : nullptr,
                                        state.rests, monitor_.now())});
      return true;
    }
    break;
  case connection::Phase::Trying:
    return look_at_try();
  case connection::Phase::Connected:
    return look_at_link();
  case connection::Phase::Idle:
  case connection::Phase::Pausing:
    if (is_linked && !is_own) {
      connected(connection::EventKind::Linked);
      return true;
    }
    return tick_connection();
  case connection::Phase::Off:
  case connection::Phase::Starting:
  case connection::Phase::Stopping:
    break;
  }
  return false;
}

bool Provisioning::Actor::look_at_try() {
  const attempt::ConnectReport &connect = state_.attempt.connect;
  if (connect.id != state_.own_test) {
    apply(state_, monitor_, {.kind = connection::EventKind::Interrupted});
    return true;
  }
  if (attempt::is_running(connect)) {
    return false;
  }
  if (connect.state == attempt::ConnectState::Connected) {
    connected(connection::EventKind::TryEnded);
  } else if (connect.state == attempt::ConnectState::Failed &&
             connect.reason != provisioning::Reason::Cancelled) {
    apply(state_, monitor_,
          {.kind = connection::EventKind::TryEnded,
           .outcome = connect.reason == provisioning::Reason::WrongPassword
                          ? connection::Outcome::WrongPassword
                          : connection::Outcome::Failed});
  } else {
    apply(state_, monitor_, {.kind = connection::EventKind::Interrupted});
  }
  return true;
}

bool Provisioning::Actor::look_at_link() {
  const attempt::State &radio = state_.attempt;
  const bool is_linked = radio.is_linked && radio.connect.state == attempt::ConnectState::Connected;
  const bool is_testing = radio.connect.id != link_.test;
  if (!radio.is_linked || (is_linked && is_testing)) {
    link_.lost_reason = last_reason_;
    ESP_LOGW(kStaTag, "Disconnected (reason %u)", unsigned{last_reason_});
    apply(state_, monitor_, {.kind = connection::EventKind::LinkLost, .is_testing = is_testing});
    return true;
  }
  if (link_.is_without_address) {
    // A link without an address is of no use, and another access point may have a DHCP server.
    link_.lost_reason = kAddressLost;
    log_line(ESP_LOG_WARN, kStaTag, "The address was lost, so the network is left");
    apply(state_, monitor_, attempt::EventKind::LeaveRequested);
    apply(state_, monitor_, {.kind = connection::EventKind::LinkLost});
    return true;
  }
  return false;
}

void Provisioning::Actor::note_address_lost() {
  const Locked locked(monitor_);
  link_.is_without_address = true;
  monitor_.notify_all();
}

/// The station has an address, which may be another one than before.
void Provisioning::Actor::note_address(const Address &address) {
  link_.is_without_address = false;
  const bool is_another = link_.ip != address.lease.ip || link_.gateway != address.gateway;
  if (state_.connection.phase != connection::Phase::Connected || !state_.attempt.is_linked ||
      !is_another) {
    return;
  }
  log_line(ESP_LOG_INFO, kStaTag, "The address has changed", address.lease.ip.dotted().c_str());
  link_.ip = address.lease.ip;
  link_.gateway = address.gateway;
  link_.lost_reason = kAddressLost;
  apply(state_, monitor_, {.kind = connection::EventKind::AddressChanged});
}

void Provisioning::Actor::connected(connection::EventKind kind) {
  const attempt::ConnectReport &connect = state_.attempt.connect;
  link_ = {.ssid = connect.ssid,
           .ip = connect.ip,
           .gateway = connect.gateway,
           .channel = connect.channel,
           .rssi = connect.rssi.value_or(0),
           .test = connect.id};
  apply(state_, monitor_,
        {.kind = kind, .outcome = connection::Outcome::Connected, .hint = hint(connect.ssid)});
  state_.list_is_asked_for = false;
}

bool Provisioning::Actor::tick_connection() {
  const auto deadline = connection::next_deadline(state_.connection, state_.connection_wishes);
  if (!deadline || !provisioning::is_due(*deadline, monitor_.now())) {
    return false;
  }
  bool is_in_use = false;
  if (life::is_open(state_.life)) {
    is_in_use = !provisioning::is_due(state_.last_use + connection::limits::kQuiet, monitor_.now());
    if (!is_in_use) {
      const Unlocked unlocked(monitor_);
      is_in_use = parts_->radio.has_clients();
    }
  }
  const attempt::State &radio = state_.attempt;
  apply(state_, monitor_,
        {.kind = connection::EventKind::Tick,
         .is_testing = attempt::is_running(radio.connect) || radio.scan.scanning,
         .is_in_use = is_in_use});
  return true;
}

std::optional<Millis> Provisioning::Actor::connection_deadline() const {
  if (!connection::is_up(state_.connection)) {
    return std::nullopt;
  }
  std::optional<Millis> next = notice_again_;
  const auto consider = [&next](std::optional<Millis> deadline) {
    if (deadline) {
      next = next ? provisioning::earlier(*next, *deadline) : *deadline;
    }
  };
  consider(connection::next_deadline(state_.connection, state_.connection_wishes));
  if constexpr (kHasButton) {
    consider(button_deadline());
  }
  if constexpr (kHasPowerCycle) {
    consider(in_use_deadline());
  }
  return next;
}

/// Has the callbacks' task tell the application what is to be told.
void Provisioning::Actor::look_at_notices() {
  if (!connection::next_notice(state_.connection)) {
    notice_again_.reset();
    return;
  }
  if (!config_.on_connected && !config_.on_disconnected) {
    apply(state_, monitor_, {.kind = connection::EventKind::NoticeBegins});
    apply(state_, monitor_, {.kind = connection::EventKind::NoticeEnded});
    return;
  }
  const Millis now = monitor_.now();
  if (callback_task_ == nullptr && (!notice_again_ || provisioning::is_due(*notice_again_, now))) {
    notice_again_ = make_callback_task() ? std::nullopt : std::optional(now + kNoticeAgain);
  }
}

} // namespace espp
