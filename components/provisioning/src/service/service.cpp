#include "service/service.hpp"

#include <algorithm>

namespace espp::provisioning {

bool apply(State &state, Monitor &monitor, const attempt::Event &event) {
  if (!state.radio_actions.has_room()) {
    return false;
  }
  const attempt::Step next = attempt::step(state.attempt, event, monitor.now());
  state.attempt = next.state;
  for (const attempt::Action &action : next.actions) {
    state.radio_actions.push(action);
  }
  const auto &connect = state.attempt.connect;
  if (!attempt::is_running(connect) && connect.state != attempt::ConnectState::Connected &&
      !attempt::can_keep(connect)) {
    state.tested.password.clear(); // of no more use
  }
  monitor.notify_all();
  return true;
}

bool apply(State &state, Monitor &monitor, attempt::EventKind kind, bool ok) {
  return apply(state, monitor, attempt::Event{.kind = kind, .ok = ok});
}

void apply(State &state, Monitor &monitor, life::Event event) {
  const life::Step next = life::step(state.life, event, state.wishes, monitor.now());
  state.life = next.state;
  for (const life::ActionKind action : next.actions) {
    switch (action) {
    case life::ActionKind::Open:
      state.open_asked = true;
      break;
    case life::ActionKind::Close:
      state.close_asked = true;
      break;
    case life::ActionKind::Call:
      break; // the callbacks' task looks whenever something has changed
    }
  }
  monitor.notify_all();
}

namespace {

/// One saved network is tried, as its owner would have it tested.
void try_saved(State &state, Monitor &monitor, const connection::Choice &choice) {
  const auto row = std::ranges::find(state.saved, choice.key, &SavedNetwork::key);
  if (row == state.saved.end()) { // it was forgotten meanwhile
    apply(state, monitor, {.kind = connection::EventKind::Interrupted});
    return;
  }
  state.owners_test = owners_test(state);
  state.own_test = state.attempt.connect.id + 1;
  state.tested = {.ssid = row->ssid, .password = {}, .is_saved = true};
  attempt::Event event{.kind = attempt::EventKind::ConnectRequested,
                       .password = kind_of(row->security) == Kind::Open ? attempt::Password::None
                                                                        : attempt::Password::Text,
                       .kinds = kinds_of(*row),
                       .channel = choice.channel,
                       .id = state.own_test,
                       .ssid = row->ssid};
  if (choice.is_hint) {
    event.found.add({.channel = choice.channel, .security = row->security});
  } else if (const Network *seen = state.list.find(row->ssid, event.kinds)) {
    event.rssi = seen->rssi;
  }
  apply(state, monitor, event);
}

} // namespace

void apply(State &state, Monitor &monitor, const connection::Event &event) {
  const connection::Step next =
      connection::step(state.connection, event, state.connection_wishes, monitor.now());
  state.connection = next.state;
  for (const connection::Action &action : next.actions) {
    switch (action.kind) {
    case connection::ActionKind::BringUp:
      state.bring_up_asked = true;
      break;
    case connection::ActionKind::BringDown:
      state.bring_down_asked = true;
      break;
    case connection::ActionKind::Scan:
      apply(state, monitor, attempt::EventKind::ScanRequested, true);
      break;
    case connection::ActionKind::Try:
      try_saved(state, monitor, action.choice);
      break;
    case connection::ActionKind::GiveUp:
      if (is_own_test(state)) {
        apply(state, monitor, attempt::EventKind::CancelRequested);
      }
      break;
    case connection::ActionKind::OpenPortal:
      apply(state, monitor, {.kind = life::EventKind::StartRequested});
      break;
    case connection::ActionKind::ClosePortal:
      apply(state, monitor, {.kind = life::EventKind::StopRequested});
      break;
    }
  }
  monitor.notify_all();
}

namespace {

Ssid looking_for(const State &state, Millis now) {
  if (!kHasConnection || attempt::is_running(owners_test(state))) {
    return {};
  }
  const SavedNetwork *row = connection::looking_for(state.connection, state.saved.span(), now);
  return row == nullptr ? Ssid() : row->ssid;
}

} // namespace

Status Service::status() {
  const Locked locked(monitor_);
  return {.provisioned = !state_.saved.empty(),
          .completed = state_.life.finished,
          .shuts_down = state_.wishes.shuts_down,
          .may_forget_all = state_.may_forget_all,
          .looking_for = looking_for(state_, monitor_.now()),
          .scan = state_.attempt.scan,
          .connect = owners_test(state_),
          .now = monitor_.now()};
}

std::expected<Networks, ApiError> Service::networks() {
  Networks networks;
  const Locked locked(monitor_);
  if (!networks.list.copy(state_.list) || !networks.saved.copy(state_.saved)) {
    return std::unexpected(ApiError::Unavailable);
  }
  networks.scan = state_.attempt.scan;
  networks.now = monitor_.now();
  return networks;
}

std::expected<Rows<SavedNetwork>, ApiError> Service::saved_networks() {
  Rows<SavedNetwork> saved;
  const Locked locked(monitor_);
  if (!saved.copy(state_.saved)) {
    return std::unexpected(ApiError::Unavailable);
  }
  return saved;
}

std::expected<void, ApiError> Service::scan() {
  const Locked locked(monitor_);
  if (!has_parts(state_)) {
    return std::unexpected(ApiError::Unavailable);
  }
  if (!take_radio()) {
    return std::unexpected(ApiError::Busy);
  }
  if (!apply(state_, monitor_, attempt::EventKind::ScanRequested, true)) {
    return std::unexpected(ApiError::Unavailable);
  }
  state_.list_is_asked_for = !life::is_open(state_.life);
  return {};
}

namespace {

attempt::Password password_of(const ConnectRequest &request, const SavedNetwork *saved) {
  if (request.use_saved) {
    return kind_of(saved->security) == Kind::Open ? attempt::Password::None
                                                  : attempt::Password::Text;
  }
  if (request.password.empty()) {
    return attempt::Password::None;
  }
  return request.password.bytes().size() == Secret::kMaxSize ? attempt::Password::RawKey
                                                             : attempt::Password::Text;
}

/// What the access points under test may be. A network of another kind is somebody else's.
Kinds kinds_for(const ConnectRequest &request, const SavedNetwork *saved,
                attempt::Password password) {
  if (request.security != Security::Unknown) {
    return kind_of(request.security);
  }
  if (request.use_saved) {
    return kinds_of(*saved);
  }
  return password == attempt::Password::None ? Kinds(Kind::Open)
                                             : Kinds(Kind::Wep) | Kind::Personal;
}

} // namespace

/// False if a test of the owner's has the radio. What the connection tries by itself ends.
bool Service::take_radio() {
  const attempt::ConnectReport &connect = state_.attempt.connect;
  if (is_own_test(state_)) {
    apply(state_, monitor_, attempt::EventKind::CancelRequested);
  }
  return !attempt::is_running(connect);
}

std::expected<std::uint32_t, ApiError> Service::connect(const ConnectRequest &request) {
  const Locked locked(monitor_);
  if (!has_parts(state_)) {
    return std::unexpected(ApiError::Unavailable);
  }
  if (state_.life.phase == life::Phase::Completing && state_.wishes.shuts_down) {
    return std::unexpected(ApiError::Completed);
  }
  if (!take_radio()) {
    return std::unexpected(ApiError::Busy);
  }
  const SavedNetwork *saved = find(state_.saved.span(), request.ssid);
  if (request.use_saved && saved == nullptr) {
    return std::unexpected(ApiError::UnknownNetwork);
  }
  if (!state_.radio_actions.has_room()) {
    return std::unexpected(ApiError::Unavailable);
  }
  state_.tested = {
      .ssid = request.ssid, .password = request.password, .is_saved = request.use_saved};
  const std::uint32_t id = state_.attempt.connect.id + 1;
  attempt::Event event{.kind = attempt::EventKind::ConnectRequested,
                       .password = password_of(request, saved),
                       .id = id,
                       .ssid = request.ssid};
  event.kinds = kinds_for(request, saved, event.password);
  if (const Network *seen = state_.list.find(request.ssid, event.kinds)) {
    event.channel = seen->channel;
    event.rssi = seen->rssi;
  }
  apply(state_, monitor_, event);
  return id;
}

std::expected<void, ApiError> Service::cancel() {
  const Locked locked(monitor_);
  if (!has_parts(state_) || !apply(state_, monitor_, attempt::EventKind::CancelRequested)) {
    return std::unexpected(ApiError::Unavailable);
  }
  return {};
}

std::expected<void, ApiError> Service::forget(const Ssid &ssid) {
  return carry_out({.kind = Command::Kind::Forget, .ssid = ssid});
}

std::expected<void, ApiError> Service::forget_all() {
  if (!state_.may_forget_all) {
    return std::unexpected(ApiError::NotAllowed);
  }
  return carry_out({.kind = Command::Kind::ForgetAll});
}

std::expected<void, ApiError> Service::forget_all_for_application() {
  return carry_out({.kind = Command::Kind::ForgetAll, .is_of_application = true});
}

std::expected<void, ApiError> Service::keep() {
  return carry_out({.kind = Command::Kind::Keep});
}

std::expected<void, ApiError> Service::complete() {
  return carry_out({.kind = Command::Kind::Complete});
}

std::expected<void, ApiError> Service::carry_out(const Command &command) {
  const Locked locked(monitor_);
  // One at a time. The actor ends the last one before it closes the portal, so this ends too.
  while (state_.command) {
    monitor_.wait(std::nullopt);
  }
  // While the portal closes its server waits for this call, and must not wait for the actor.
  if (command.is_of_application ? !has_parts(state_) : !life::is_open(state_.life)) {
    return std::unexpected(ApiError::Unavailable);
  }
  state_.command = command;
  monitor_.notify_all();
  while (!state_.command->is_done) {
    monitor_.wait(std::nullopt);
  }
  const auto error = state_.command->error;
  state_.command.reset();
  monitor_.notify_all();
  if (error) {
    return std::unexpected(*error);
  }
  return {};
}

void Service::note_use() {
  const Locked locked(monitor_);
  state_.last_use = monitor_.now();
}

} // namespace espp::provisioning
