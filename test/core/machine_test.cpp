#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <tuple>
#include <vector>

#include "core/machine.hpp"

using namespace espp::provisioning;

namespace {

/// A machine with a clock that only moves when told.
struct Bench {
  State state;
  Millis now{1'000};
  std::vector<ActionKind> actions;
  std::uint8_t join_channel{0};
  std::uint8_t find_channel{0};

  void send(Event event) {
    const Step next = step(state, event, now);
    state = next.state;
    actions.clear();
    for (const Action &action : next.actions) {
      actions.push_back(action.kind);
      if (action.kind == ActionKind::Join) {
        join_channel = action.channel;
      }
      if (action.kind == ActionKind::StartFind) {
        find_channel = action.channel;
      }
    }
  }
  void send(EventKind kind, bool ok = true) { send(Event{.kind = kind, .ok = ok}); }
  void connect(std::uint32_t id = 1) {
    send({.kind = EventKind::ConnectRequested, .id = id, .ssid = *Ssid::from_bytes("HouseOfBoo")});
  }
  void found(std::int8_t rssi = -48, std::uint8_t channel = 9) {
    send(EventKind::ScanDone);
    send({.kind = EventKind::FindResult, .ok = true, .rssi = rssi, .channel = channel, .security = Security::Wpa2});
  }
  void disconnected(std::uint16_t reason) {
    send({.kind = EventKind::StationDisconnected, .raw_reason = reason});
  }
  void got_ip() { send({.kind = EventKind::GotIp, .ok = true, .rssi = -47, .ip = 0x3901A8C0, .gateway = 0x0101A8C0}); }
  void saved() { send({.kind = EventKind::SaveDone, .save_result = SaveResult::Saved}); }
  void pass(Millis time) {
    now += time;
    send(EventKind::Tick);
  }
  const ConnectReport &report() const { return state.connect; }
  using Kinds = std::vector<ActionKind>;
};

void join(Bench &bench) {
  bench.connect();
  bench.found();
}

} // namespace

TEST_CASE("a scan that ends well is published, with the time it was made") {
  Bench bench;
  bench.send(EventKind::ScanRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartScan});
  CHECK(bench.state.scan.scanning);
  bench.now += 2'000;
  bench.send(EventKind::ScanDone);
  CHECK(bench.actions == Bench::Kinds{ActionKind::PublishScan});
  CHECK_FALSE(bench.state.scan.scanning);
  CHECK(bench.state.scan.has_list);
  CHECK(bench.state.scan.listed_at == bench.now);
}

TEST_CASE("a failed scan is an error and keeps the older list") {
  Bench bench;
  bench.send(EventKind::ScanRequested);
  bench.send(EventKind::ScanDone);
  const Millis listed_at = bench.now;
  bench.now += 5'000;
  bench.send(EventKind::ScanRequested);
  bench.send(EventKind::ScanDone, false);
  CHECK(bench.actions.empty());
  CHECK(bench.state.scan.failed);
  CHECK(bench.state.scan.has_list);
  CHECK(bench.state.scan.listed_at == listed_at);
  CHECK_FALSE(bench.state.scan.scanning);

  bench.send(EventKind::ScanRequested);
  bench.send(EventKind::ScanDone);
  CHECK_FALSE(bench.state.scan.failed);
}

TEST_CASE("a scan that the driver refuses or forgets is an error too") {
  Bench bench;
  bench.send(EventKind::ScanRequested);
  bench.send({.kind = EventKind::ActionFailed, .action = ActionKind::StartScan});
  CHECK(bench.state.scan.failed);
  CHECK(bench.state.activity == Activity::Idle);

  bench.send(EventKind::ScanRequested);
  bench.pass(limits::kScan);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StopScan});
  CHECK(bench.state.scan.failed);
  CHECK_FALSE(bench.state.scan.scanning);
  bench.pass(limits::kSettle);
  CHECK(bench.state.activity == Activity::Idle);
}

TEST_CASE("a test that works finds, joins, gets an address, saves, and leaves") {
  Bench bench;
  bench.connect(7);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartFind});
  CHECK(bench.report().state == ConnectState::Connecting);
  CHECK(bench.report().phase == ConnectPhase::Finding);
  bench.now += 1'500;
  bench.send(EventKind::ScanDone);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ReadFind});
  bench.send({.kind = EventKind::FindResult, .ok = true, .rssi = -48, .channel = 9, .security = Security::Wpa2});
  CHECK(bench.actions == Bench::Kinds{ActionKind::Join});
  CHECK(bench.join_channel == 9);
  CHECK(bench.report().phase == ConnectPhase::Authenticating);
  bench.send({.kind = EventKind::StationConnected, .channel = 9});
  CHECK(bench.report().state == ConnectState::ObtainingIp);
  bench.now += 500;
  bench.got_ip();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Save});
  CHECK(bench.report().state == ConnectState::ObtainingIp);
  bench.saved();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Leave});
  CHECK(bench.report().state == ConnectState::Connected);
  CHECK(bench.report().id == 7);
  CHECK(bench.report().ip == 0x3901A8C0);
  CHECK(bench.report().gateway == 0x0101A8C0);
  CHECK(bench.report().rssi == -47);
  CHECK(bench.report().channel == 9);
  CHECK(bench.report().ended_at - bench.report().started_at == 2'000);
  bench.disconnected(8);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation});
  CHECK(bench.state.activity == Activity::Idle);
  CHECK(bench.report().state == ConnectState::Connected);
}

TEST_CASE("a driver that refuses to join is asked to leave what it may be at, and tried once more") {
  Bench bench;
  join(bench);
  bench.send({.kind = EventKind::ActionFailed, .action = ActionKind::Join});
  CHECK(bench.actions == Bench::Kinds{ActionKind::Leave});
  CHECK(is_running(bench.report()));
  bench.disconnected(8);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation, ActionKind::StartFind});
  bench.found();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Join});
  bench.send({.kind = EventKind::ActionFailed, .action = ActionKind::Join});
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation, ActionKind::ForgetSecret});
  CHECK(bench.report().reason == Reason::Unknown);
}

TEST_CASE("an address without a link, from before, does not make a test succeed") {
  Bench bench;
  join(bench);
  bench.send({.kind = EventKind::GotIp, .ok = false, .ip = 1, .gateway = 1});
  CHECK(bench.actions.empty());
  CHECK(bench.state.activity == Activity::Joining);
  bench.got_ip();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Save});
}

TEST_CASE("nothing is saved unless an address was obtained") {
  for (const EventKind kind : {EventKind::ScanDone, EventKind::StationConnected, EventKind::SaveDone,
                               EventKind::CompleteRequested, EventKind::Tick}) {
    Bench bench;
    join(bench);
    bench.send(kind);
    for (const ActionKind action : bench.actions) {
      CHECK(action != ActionKind::Save);
      CHECK(action != ActionKind::Complete);
    }
    CHECK(bench.report().state != ConnectState::Connected);
  }
}

TEST_CASE("a network that worked is reported so even if it could not be saved") {
  Bench bench;
  join(bench);
  bench.send(EventKind::StationConnected);
  bench.got_ip();
  bench.send({.kind = EventKind::SaveDone, .save_result = SaveResult::Full});
  CHECK(bench.report().state == ConnectState::Connected);
  CHECK(bench.report().save_result == SaveResult::Full);
}

TEST_CASE("the ambiguous handshake time-out is tried once more, then it is a wrong password") {
  Bench bench;
  join(bench);
  bench.disconnected(15);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Join});
  CHECK(is_running(bench.report()));
  bench.disconnected(15);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation, ActionKind::ForgetSecret});
  CHECK(bench.report().state == ConnectState::Failed);
  CHECK(bench.report().reason == Reason::WrongPassword);
  CHECK(bench.report().raw_reason == 15);
  CHECK(bench.state.activity == Activity::Idle);
}

TEST_CASE("a handshake that succeeds the second time is a success") {
  Bench bench;
  join(bench);
  bench.disconnected(15);
  bench.send(EventKind::StationConnected);
  bench.got_ip();
  bench.saved();
  CHECK(bench.report().state == ConnectState::Connected);
}

TEST_CASE("an unlisted reason is unknown and carries the driver's code") {
  Bench bench;
  join(bench);
  bench.disconnected(53);
  bench.disconnected(53);
  CHECK(bench.report().reason == Reason::Unknown);
  CHECK(bench.report().raw_reason == 53);
}

TEST_CASE("a network that two searches miss is not found, without a code of the driver's") {
  Bench bench;
  bench.connect();
  bench.send(EventKind::ScanDone);
  bench.send(EventKind::FindResult, false);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartFind});
  bench.send(EventKind::ScanDone);
  bench.send(EventKind::FindResult, false);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ForgetSecret});
  CHECK(bench.report().reason == Reason::NotFound);
  CHECK_FALSE(bench.report().raw_reason);
}

TEST_CASE("a network is looked for where it was seen, then everywhere") {
  Bench bench;
  bench.send({.kind = EventKind::ConnectRequested, .channel = 9, .id = 1, .ssid = *Ssid::from_bytes("moved")});
  CHECK(bench.find_channel == 9);
  bench.send(EventKind::ScanDone);
  bench.send(EventKind::FindResult, false);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartFind});
  CHECK(bench.find_channel == 0);
  bench.found(-50, 3);
  CHECK(bench.join_channel == 3);
}

TEST_CASE("a search that fails leaves it to the driver to find the network") {
  Bench bench;
  bench.connect();
  bench.send(EventKind::ScanDone, false);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Join});
  CHECK(bench.join_channel == 0);
}

TEST_CASE("no lease within 10 s is no_ip, and the station leaves") {
  Bench bench;
  join(bench);
  bench.send(EventKind::StationConnected);
  bench.pass(limits::kDhcp - 1);
  CHECK(is_running(bench.report()));
  bench.pass(1);
  CHECK(bench.report().reason == Reason::NoIp);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ForgetSecret, ActionKind::Leave});
}

TEST_CASE("a driver that says nothing is a time-out after 20 s in all") {
  Bench bench;
  join(bench);
  REQUIRE(next_deadline(bench.state));
  CHECK(*next_deadline(bench.state) - bench.now == limits::kTest);
  bench.pass(limits::kTest);
  CHECK(bench.report().reason == Reason::Timeout);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ForgetSecret, ActionKind::Leave});
}

TEST_CASE("cancelling ends the test at once, in every phase") {
  Bench finding;
  finding.connect();
  finding.send(EventKind::CancelRequested);
  CHECK(finding.report().reason == Reason::Cancelled);
  CHECK(finding.actions == Bench::Kinds{ActionKind::ForgetSecret, ActionKind::StopScan});
  Bench joining;
  join(joining);
  joining.send(EventKind::CancelRequested);
  CHECK(joining.report().reason == Reason::Cancelled);
  CHECK(joining.actions == Bench::Kinds{ActionKind::ForgetSecret, ActionKind::Leave});
  Bench idle;
  idle.send(EventKind::CancelRequested);
  CHECK(idle.report().state == ConnectState::Idle);
  CHECK(idle.actions.empty());
}

TEST_CASE("a test asked for while the radio scans waits only until the scan has stopped") {
  Bench bench;
  bench.send(EventKind::ScanRequested);
  bench.connect();
  CHECK(bench.actions == Bench::Kinds{ActionKind::StopScan});
  CHECK_FALSE(bench.state.scan.scanning);
  CHECK_FALSE(bench.state.scan.failed);
  CHECK(bench.report().state == ConnectState::Connecting);
  bench.send(EventKind::ScanDone, false);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartFind});
}

TEST_CASE("a scan's end that comes late is not taken for the search's") {
  Bench bench;
  bench.send(EventKind::ScanRequested);
  bench.connect();
  bench.send(EventKind::ScanDone, false);
  CHECK(bench.state.activity == Activity::Finding);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartFind});
}

TEST_CASE("the echo of an earlier leave does not end the next test") {
  Bench bench;
  join(bench);
  bench.send(EventKind::CancelRequested);
  bench.pass(limits::kSettle); // the driver is late
  bench.connect(2);
  bench.found();
  bench.disconnected(8);
  CHECK(bench.state.activity == Activity::Joining);
  CHECK(is_running(bench.report()));
}

TEST_CASE("a scan asked for while the station leaves follows it") {
  Bench bench;
  join(bench);
  bench.send(EventKind::CancelRequested);
  bench.send(EventKind::ScanRequested);
  CHECK(bench.actions.empty());
  CHECK(bench.state.scan.scanning);
  bench.disconnected(8);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation, ActionKind::StartScan});
}

TEST_CASE("set-up completes only with a connection that was tested") {
  Bench bench;
  bench.send(EventKind::CompleteRequested);
  CHECK(bench.actions.empty());
  CHECK_FALSE(bench.state.completed);
  join(bench);
  bench.send(EventKind::StationConnected);
  bench.got_ip();
  bench.saved();
  bench.send(EventKind::CompleteRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Complete});
  CHECK(bench.state.completed);
}

TEST_CASE("a network forgotten after its test can't be completed with") {
  Bench bench;
  join(bench);
  bench.send(EventKind::StationConnected);
  bench.got_ip();
  bench.saved();
  bench.send({.kind = EventKind::NetworkForgotten, .ssid = *Ssid::from_bytes("another")});
  CHECK(bench.report().state == ConnectState::Connected);
  bench.send({.kind = EventKind::NetworkForgotten, .ssid = *Ssid::from_bytes("HouseOfBoo")});
  CHECK(bench.actions == Bench::Kinds{ActionKind::ForgetSecret});
  CHECK(bench.report().state == ConnectState::Idle);
  bench.send(EventKind::CompleteRequested);
  CHECK(bench.actions.empty());
}

TEST_CASE("time-outs hold across the wrap of the clock") {
  Bench bench;
  bench.now = 0xFFFF'FFFFU - 5'000;
  join(bench);
  bench.pass(10'000);
  CHECK(is_running(bench.report()));
  bench.pass(10'000);
  CHECK(bench.report().reason == Reason::Timeout);
}

namespace {

/// What makes two states the same for the future: times count relative to now, ids don't.
auto key_of(const State &s, Millis now) {
  const bool waits = s.activity != Activity::Idle && s.activity != Activity::Saving;
  return std::tuple{s.activity,
                    s.activity == Activity::Settling ? s.next : Next::Nothing,
                    s.activity == Activity::Settling && s.settles_on_scan_done,
                    s.tried_finding_again,
                    is_running(s.connect) ? s.seen_on_channel : std::uint8_t{0},
                    s.tried_joining_again,
                    s.completed,
                    waits ? s.activity_deadline - now : 0,
                    is_running(s.connect) ? s.connect.started_at + limits::kTest - now : 0,
                    s.connect.state,
                    s.connect.phase,
                    s.connect.reason,
                    s.connect.rssi.has_value(),
                    s.connect.channel,
                    s.scan.scanning,
                    s.scan.has_list,
                    s.scan.failed};
}

std::vector<Event> all_events(const State &state) {
  const Ssid ssid = *Ssid::from_bytes("net");
  std::vector<Event> events;
  for (const EventKind kind : {EventKind::ScanRequested, EventKind::CancelRequested, EventKind::CompleteRequested,
                               EventKind::Tick}) {
    events.push_back({.kind = kind});
  }
  events.push_back({.kind = EventKind::ConnectRequested, .id = state.connect.id + 1, .ssid = ssid});
  events.push_back({.kind = EventKind::NetworkForgotten, .ssid = ssid});
  for (const bool ok : {false, true}) {
    events.push_back({.kind = EventKind::ScanDone, .ok = ok});
    events.push_back({.kind = EventKind::FindResult, .ok = ok, .rssi = -50, .channel = 6});
  }
  events.push_back({.kind = EventKind::StationConnected, .channel = 6});
  for (const int reason : {1, 2, 8, 15, 201, 202, 210}) {
    events.push_back({.kind = EventKind::StationDisconnected, .raw_reason = static_cast<std::uint16_t>(reason)});
  }
  events.push_back({.kind = EventKind::GotIp, .ok = true, .rssi = -50, .ip = 1, .gateway = 1});
  events.push_back({.kind = EventKind::GotIp, .ok = false, .ip = 1, .gateway = 1});
  events.push_back({.kind = EventKind::SaveDone, .save_result = SaveResult::Saved});
  for (int kind = 0; kind <= static_cast<int>(ActionKind::Complete); ++kind) {
    events.push_back({.kind = EventKind::ActionFailed, .action = static_cast<ActionKind>(kind)});
  }
  return events;
}

} // namespace

TEST_CASE("every reachable state takes every event, and a test always ends in time") {
  std::map<decltype(key_of(State{}, 0)), State> seen;
  std::deque<State> open;
  constexpr Millis kNow = 100'000'000;
  const auto visit = [&](State state, Millis now) {
    // Move the state's times so that "now" is the same for all.
    state.activity_deadline += kNow - now;
    state.connect.started_at += kNow - now;
    state.connect.ended_at += kNow - now;
    if (seen.emplace(key_of(state, kNow), state).second) {
      open.push_back(state);
    }
  };
  visit(State{}, kNow);
  std::size_t steps = 0;
  while (!open.empty()) {
    const State state = open.front();
    open.pop_front();
    REQUIRE(seen.size() < 500'000);

    const bool testing = state.activity == Activity::Finding || state.activity == Activity::Joining ||
                         state.activity == Activity::ObtainingIp || state.activity == Activity::Saving ||
                         (state.activity == Activity::Settling && state.next == Next::Find);
    REQUIRE(testing == is_running(state.connect));
    const bool scanning = state.activity == Activity::Scanning ||
                          (state.activity == Activity::Settling && state.next == Next::Scan);
    REQUIRE(scanning == state.scan.scanning);
    // Saving is answered before anything else is taken from the queue.
    REQUIRE(next_deadline(state).has_value() == (state.activity != Activity::Idle && state.activity != Activity::Saving));

    for (const Event &event : all_events(state)) {
      const Step next = step(state, event, kNow);
      ++steps;
      for (const Action &action : next.actions) {
        if (action.kind == ActionKind::Save) {
          REQUIRE(event.kind == EventKind::GotIp);
        }
        if (action.kind == ActionKind::Complete) {
          REQUIRE(state.connect.state == ConnectState::Connected);
        }
      }
      if (next.state.connect.state == ConnectState::Connected && state.connect.state != ConnectState::Connected) {
        REQUIRE(event.kind == EventKind::SaveDone);
      }
      visit(next.state, kNow);
    }
    if (const auto deadline = next_deadline(state)) {
      visit(step(state, {.kind = EventKind::Tick}, *deadline).state, *deadline);
    }

    // Left to its deadlines alone, it comes to rest, and a test's verdict is out within 20 s.
    State rest = state;
    Millis now = kNow;
    for (int waits = 0; const auto deadline = next_deadline(rest); ++waits) {
      REQUIRE(waits < 6);
      now = *deadline;
      rest = step(rest, {.kind = EventKind::Tick}, now).state;
      if (is_running(rest.connect)) {
        REQUIRE(now - rest.connect.started_at < limits::kTest);
      }
    }
  }
  MESSAGE(seen.size(), " states, ", steps, " steps");
  CHECK(seen.size() > 1'000);
}
