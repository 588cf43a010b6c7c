#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "flow/attempt.hpp"

using namespace espp::provisioning;
using namespace espp::provisioning::attempt;

namespace {

const Ssid kSsid = *Ssid::from_bytes("HouseOfBoo");
constexpr Kinds kPassworded = Kinds(Kind::Wep) | Kind::Personal;
constexpr Bssid kBssid{2, 0, 0, 0, 0, 1};
constexpr Bssid kSecond{2, 0, 0, 0, 0, 2};
constexpr Ip4 kIp{{192, 168, 1, 57}};
constexpr Ip4 kGateway{{192, 168, 1, 1}};

/// A machine with a clock that only moves when told.
struct Bench {
  using Kinds = std::vector<ActionKind>;
  State state;
  Millis now{1'000};
  std::vector<ActionKind> actions;
  std::uint8_t channel{0}; ///< of the last Connect or StartTargetedScan
  Candidate tried;         ///< by the last Connect
  bool is_only_one{false}; ///< likewise

  void send(Event event) {
    const Step next = step(state, event, now);
    state = next.state;
    actions.clear();
    for (const Action &action : next.actions) {
      actions.push_back(action.kind);
      if (action.kind == ActionKind::Connect) {
        tried = action.access_point;
        is_only_one = action.is_only_one;
        channel = tried.channel;
      } else if (action.kind == ActionKind::StartTargetedScan) {
        channel = action.channel;
      }
      CHECK(action.test == state.connect.id);
    }
  }
  void send(EventKind kind, bool ok = true) { send(Event{.kind = kind, .ok = ok}); }
  void connect(std::uint32_t id = 1) {
    send({.kind = EventKind::ConnectRequested,
          .password = Password::Text,
          .kinds = kPassworded,
          .id = id,
          .ssid = kSsid});
  }
  void scan_done(bool ok) { send({.kind = EventKind::ScanDone, .ok = ok}); }
  void missed() { send({.kind = EventKind::ScanDone, .ok = true}); }
  void found(std::int8_t rssi = -48, std::uint8_t on_channel = 9) {
    found_all({{.bssid = kBssid, .channel = on_channel, .rssi = rssi, .security = Security::Wpa2}});
  }
  void found_all(const std::vector<Candidate> &access_points) {
    Event event{.kind = EventKind::ScanDone, .ok = true};
    for (const Candidate &access_point : access_points) {
      event.found.add(access_point);
    }
    send(event);
  }
  void disconnected(std::uint16_t reason) {
    if (reason == 15 || reason == 204) {
      now += 3'000; // until a router gives up
    }
    send({.kind = EventKind::StationDisconnected, .raw_reason = reason});
  }
  void got_ip() {
    send({.kind = EventKind::GotIp, .ok = true, .rssi = -47, .ip = kIp, .gateway = kGateway});
  }
  void saved() { send({.kind = EventKind::SaveDone, .save_result = SaveResult::Saved}); }
  void failed(ActionKind action) { send({.kind = EventKind::ActionFailed, .action = action}); }
  void cleared() { send({.kind = EventKind::ActionDone, .action = ActionKind::ClearStation}); }
  void pass(Millis time) {
    now += time;
    send(EventKind::Tick);
  }
  const ConnectReport &report() const { return state.connect; }
};

void start_connecting(Bench &bench) {
  bench.connect();
  bench.found();
}

} // namespace

TEST_CASE("a scan that ends well makes a list, with the time it was made") {
  Bench bench;
  bench.send(EventKind::ScanRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartScan});
  CHECK(bench.state.scan.scanning);
  bench.now += 2'000;
  bench.scan_done(true);
  CHECK(bench.actions.empty());
  CHECK_FALSE(bench.state.scan.scanning);
  CHECK(bench.state.scan.has_list);
  CHECK(bench.state.scan.listed_at == bench.now);
}

TEST_CASE("a failed scan is an error and keeps the older list") {
  Bench bench;
  bench.send(EventKind::ScanRequested);
  bench.scan_done(true);
  const Millis listed_at = bench.now;
  bench.now += 5'000;
  bench.send(EventKind::ScanRequested);
  bench.scan_done(false);
  CHECK(bench.actions.empty());
  CHECK(bench.state.scan.failed);
  CHECK(bench.state.scan.has_list);
  CHECK(bench.state.scan.listed_at == listed_at);
  CHECK_FALSE(bench.state.scan.scanning);

  bench.send(EventKind::ScanRequested);
  bench.scan_done(true);
  CHECK_FALSE(bench.state.scan.failed);
}

TEST_CASE("a scan that the driver refuses is asked for again, and then is an error") {
  Bench bench;
  bench.send(EventKind::ScanRequested);
  for (int refusals = 1; refusals <= limits::kRefusals; ++refusals) {
    CAPTURE(refusals);
    bench.failed(ActionKind::StartScan);
    CHECK(bench.state.activity == Activity::Refused);
    CHECK(bench.state.scan.scanning);
    bench.pass(limits::kRefused - 1);
    CHECK(bench.actions.empty());
    bench.pass(1);
    if (refusals == limits::kPatientRefusals) {
      // Somebody keeps the station connecting: it is told to stop.
      CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation});
      bench.cleared();
    }
    CHECK(bench.actions ==
          (refusals < limits::kRefusals ? Bench::Kinds{ActionKind::StartScan} : Bench::Kinds{}));
  }
  CHECK(bench.state.scan.failed);
  CHECK_FALSE(bench.state.scan.scanning);
  CHECK(bench.state.activity == Activity::Idle);
}

TEST_CASE("a scan that the driver forgets is an error") {
  Bench bench;
  bench.send(EventKind::ScanRequested);
  bench.pass(limits::scan({}));
  CHECK(bench.actions == Bench::Kinds{ActionKind::StopScan});
  CHECK(bench.state.scan.failed);
  CHECK_FALSE(bench.state.scan.scanning);
  bench.pass(limits::kSettle);
  CHECK(bench.state.activity == Activity::Idle);
}

TEST_CASE("a scan of both bands is not given up before its 42 channels are through") {
  Bench bench;
  bench.state.bands = {.ghz2 = true, .ghz5 = true};
  bench.send(EventKind::ScanRequested);
  bench.pass(scan_time::of(bench.state.bands, scan_time::kHomeDwell));
  CHECK(bench.actions.empty());
  CHECK(bench.state.scan.scanning);
  bench.pass(limits::scan(bench.state.bands));
  CHECK(bench.state.scan.failed);
}

TEST_CASE("a look at one channel is given up after 2 s, a search of both bands after 30 s") {
  Bench bench;
  bench.state.bands = {.ghz2 = true, .ghz5 = true};
  bench.send({.kind = EventKind::ConnectRequested,
              .password = Password::Text,
              .kinds = kPassworded,
              .rssi = -50,
              .channel = 36,
              .id = 1,
              .ssid = kSsid});
  CHECK(bench.channel == 36);
  CHECK(*next_deadline(bench.state) - bench.now == 2 * (360 + 120) + 1'000);
  bench.missed();
  CHECK(bench.channel == 0);
  // The test's own time ends here: it has one search of the second band more than configured.
  CHECK(*next_deadline(bench.state) - bench.now == 29'280 + 1'000);
  CHECK(bench.report().limit == limits::kConnect + 10'560);
}

TEST_CASE("a polite scan waits for one of the application's, or a while") {
  Bench bench;
  bench.send(EventKind::ScanRequested, false);
  CHECK(bench.actions.empty());
  CHECK(bench.state.scan.scanning);
  SUBCASE("that ends") {
    bench.send(EventKind::OtherScanDone);
    CHECK(bench.actions.empty()); // the application is still to read its records
    bench.pass(limits::kRefused);
    CHECK(bench.actions == Bench::Kinds{ActionKind::StartScan});
  }
  SUBCASE("that does not come") {
    bench.pass(limits::polite({}));
    CHECK(bench.actions == Bench::Kinds{ActionKind::StartScan});
  }
  SUBCASE("unless the owner wants to connect") {
    bench.connect();
    CHECK(bench.actions == Bench::Kinds{ActionKind::StartTargetedScan});
    CHECK_FALSE(bench.state.scan.scanning);
  }
}

TEST_CASE("a test that works finds, connects, gets an address, saves, and disconnects") {
  Bench bench;
  bench.connect(7);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartTargetedScan});
  CHECK(bench.report().state == ConnectState::Connecting);
  CHECK(bench.report().phase == ConnectPhase::Finding);
  bench.now += 1'500;
  bench.found();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
  CHECK(bench.channel == 9);
  CHECK(bench.report().phase == ConnectPhase::Authenticating);
  bench.send({.kind = EventKind::StationConnected, .channel = 9});
  CHECK(bench.report().state == ConnectState::ObtainingIp);
  bench.now += 500;
  bench.got_ip();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Save});
  CHECK(bench.report().state == ConnectState::ObtainingIp);
  bench.saved();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Disconnect});
  CHECK(bench.report().state == ConnectState::Connected);
  CHECK(bench.report().id == 7);
  CHECK(bench.report().ip == kIp);
  CHECK(bench.report().gateway == kGateway);
  CHECK(bench.report().rssi == -47);
  CHECK(bench.report().channel == 9);
  CHECK(bench.report().ended_at - bench.report().started_at == 2'000);
  bench.disconnected(8);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation});
  bench.cleared();
  CHECK(bench.state.activity == Activity::Idle);
  CHECK(bench.report().state == ConnectState::Connected);
}

TEST_CASE("a driver that refuses to connect is asked again until it does") {
  Bench bench;
  start_connecting(bench);
  bench.failed(ActionKind::Connect);
  CHECK(bench.actions.empty());
  CHECK(is_running(bench.report()));
  bench.disconnected(8); // of what it was doing before
  bench.pass(limits::kRefused);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
  for (int refusals = 2; refusals <= limits::kRefusals; ++refusals) {
    bench.failed(ActionKind::Connect);
    bench.pass(limits::kRefused);
  }
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation});
  CHECK(bench.report().reason == Reason::Unknown);
}

TEST_CASE("a tested password stays in the driver until the driver gives it up") {
  Bench bench;
  start_connecting(bench);
  bench.disconnected(202);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation});
  CHECK(bench.report().reason == Reason::Refused);
  for (int i = 0; i < limits::kRefusals - 1; ++i) {
    bench.failed(ActionKind::ClearStation);
    CHECK(bench.actions.empty());
    bench.pass(limits::kRefused);
    CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation});
  }
  bench.cleared();
  CHECK(bench.state.activity == Activity::Idle);
  CHECK_FALSE(bench.state.holds_secret);
}

TEST_CASE("an address without a link, from before, does not make a test succeed") {
  Bench bench;
  start_connecting(bench);
  bench.send({.kind = EventKind::GotIp, .ok = false, .ip = kIp, .gateway = kGateway});
  CHECK(bench.actions.empty());
  CHECK(bench.state.activity == Activity::Connecting);
  bench.got_ip();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Save});
}

TEST_CASE("nothing is saved unless an address was obtained") {
  for (const EventKind kind :
       {EventKind::ScanDone, EventKind::StationConnected, EventKind::SaveDone, EventKind::Tick}) {
    Bench bench;
    start_connecting(bench);
    bench.send(kind);
    for (const ActionKind action : bench.actions) {
      CHECK(action != ActionKind::Save);
    }
    CHECK(bench.report().state != ConnectState::Connected);
  }
}

TEST_CASE("a network that worked is reported so even if it could not be saved") {
  Bench bench;
  start_connecting(bench);
  bench.send(EventKind::StationConnected);
  bench.got_ip();
  bench.send({.kind = EventKind::SaveDone, .save_result = SaveResult::Full});
  CHECK(bench.report().state == ConnectState::Connected);
  CHECK(bench.report().save_result == SaveResult::Full);
}

TEST_CASE("a handshake that times out is tried again before the password is called wrong") {
  for (const bool is_strong : {true, false}) {
    CAPTURE(is_strong);
    Bench bench;
    bench.connect();
    bench.found(is_strong ? -48 : -70);
    const int enough = is_strong ? 2 : 3;
    for (int i = 1; i < enough; ++i) {
      bench.disconnected(15);
      CHECK(is_running(bench.report()));
      CHECK(bench.state.activity == Activity::Pausing);
      bench.disconnected(15); // it comes twice
      // The handshake itself has taken longer than the pause.
      bench.pass(limits::kShortestPause);
      CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
    }
    bench.disconnected(204);
    CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation});
    CHECK(bench.report().state == ConnectState::Failed);
    CHECK(bench.report().reason == Reason::WrongPassword);
    CHECK(bench.report().raw_reason == 204);
    CHECK(bench.report().tries == enough);
  }
}

TEST_CASE("a router that gives a handshake up at once is not told as a wrong password") {
  Bench bench;
  start_connecting(bench);
  while (is_running(bench.report())) {
    bench.send({.kind = EventKind::StationDisconnected, .raw_reason = 15});
    bench.pass(*next_deadline(bench.state) - bench.now);
  }
  CHECK(bench.report().reason == Reason::Timeout);
  CHECK(bench.report().raw_reason == 15);
}

TEST_CASE(
    "a faint access point beside a strong one has to fail twice before the password is wrong") {
  Bench bench;
  bench.connect();
  bench.found_all({{.bssid = kBssid, .channel = 1, .rssi = -50, .security = Security::Wpa2},
                   {.bssid = kSecond, .channel = 6, .rssi = -70, .security = Security::Wpa2}});
  CHECK(bench.tried.bssid == kBssid);
  bench.disconnected(15);
  CHECK(bench.tried.bssid == kSecond);
  bench.disconnected(15);
  CHECK(is_running(bench.report()));
  bench.pass(*next_deadline(bench.state) - bench.now);
  // The strong one has said what it can say.
  CHECK(bench.tried.bssid == kSecond);
  bench.disconnected(15);
  CHECK(bench.report().reason == Reason::WrongPassword);
  CHECK(bench.report().tries == 3);
}

TEST_CASE("a test begins without a search if the scans before have failed") {
  Bench bench;
  for (int i = 0; i < limits::kFailedScans; ++i) {
    bench.send(EventKind::ScanRequested);
    bench.scan_done(false);
  }
  bench.connect();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
  CHECK(bench.channel == 0);
  bench.send(EventKind::CancelRequested);
  bench.disconnected(8);
  bench.cleared();
  bench.send(EventKind::ScanRequested);
  bench.scan_done(true);
  bench.connect(2);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartTargetedScan});
}

TEST_CASE("a link that has lost an answer elsewhere says nothing about the password") {
  Bench bench;
  start_connecting(bench);
  bench.disconnected(2);
  bench.pass(500);
  while (is_running(bench.report())) {
    bench.disconnected(204);
    bench.pass(*next_deadline(bench.state) - bench.now);
  }
  CHECK(bench.report().reason == Reason::Timeout);
}

TEST_CASE("a password that one access point took is never called wrong by what comes after") {
  Bench bench;
  start_connecting(bench);
  while (is_running(bench.report())) {
    if (bench.state.activity == Activity::Connecting) {
      bench.send({.kind = EventKind::StationConnected, .channel = 9});
      CHECK(bench.report().was_linked);
      bench.disconnected(15);
      continue;
    }
    bench.pass(*next_deadline(bench.state) - bench.now);
  }
  CHECK(bench.report().reason == Reason::NoIp);
  CHECK(bench.report().raw_reason == 15);
  CHECK(can_keep(bench.report()));
}

TEST_CASE("a handshake that succeeds the second time is a success") {
  Bench bench;
  start_connecting(bench);
  bench.disconnected(15);
  bench.pass(limits::kFirstPause);
  bench.send(EventKind::StationConnected);
  bench.got_ip();
  bench.saved();
  CHECK(bench.report().state == ConnectState::Connected);
}

TEST_CASE("an unlisted reason is unknown and carries the driver's code, once the time is up") {
  Bench bench;
  start_connecting(bench);
  while (is_running(bench.report())) {
    bench.disconnected(53);
    bench.pass(*next_deadline(bench.state) - bench.now);
  }
  CHECK(bench.report().reason == Reason::Unknown);
  CHECK(bench.report().raw_reason == 53);
  CHECK(bench.report().tries >= 6);
}

TEST_CASE("a router that refuses ends the test at once, without a word about the password") {
  for (const auto &[code, reason] :
       {std::pair{202, Reason::Refused}, {5, Reason::Full}, {210, Reason::SecurityMismatch}}) {
    Bench bench;
    start_connecting(bench);
    bench.disconnected(static_cast<std::uint16_t>(code));
    CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation});
    CHECK(bench.report().reason == reason);
    CHECK(bench.report().raw_reason == code);
  }
}

TEST_CASE("a router that is busy for a moment is joined when it is not") {
  Bench bench;
  start_connecting(bench);
  for (int i = 0; i < 4; ++i) {
    bench.disconnected(2);
    bench.pass(*next_deadline(bench.state) - bench.now);
  }
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
  bench.send(EventKind::StationConnected);
  bench.got_ip();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Save});
}

TEST_CASE("every access point of the name is tried, strongest first, by its own address") {
  Bench bench;
  bench.connect();
  bench.found_all({{.bssid = kSecond, .channel = 6, .rssi = -65, .security = Security::Wpa2},
                   {.bssid = kBssid, .channel = 1, .rssi = -50, .security = Security::Wpa2}});
  CHECK(bench.tried.bssid == kBssid);
  CHECK(bench.channel == 1);
  CHECK_FALSE(bench.is_only_one);
  bench.disconnected(5); // full
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
  CHECK(bench.tried.bssid == kSecond);
  SUBCASE("and the other one takes the device in") {
    bench.send({.kind = EventKind::StationConnected, .channel = 6});
    bench.got_ip();
    bench.saved();
    CHECK(bench.report().state == ConnectState::Connected);
    CHECK(bench.report().channel == 6);
  }
  SUBCASE("and when all fail the most telling failure is told") {
    bench.disconnected(210);
    CHECK(bench.report().reason == Reason::Full);
    CHECK(bench.report().raw_reason == 5);
  }
}

TEST_CASE("an access point of the name that is of another kind is left alone") {
  Bench bench;
  bench.connect();
  bench.found_all({{.bssid = kSecond, .channel = 1, .rssi = -45, .security = Security::Open},
                   {.bssid = kBssid, .channel = 6, .rssi = -55, .security = Security::Wpa2}});
  CHECK(bench.tried.bssid == kBssid);
  CHECK(bench.is_only_one);
}

TEST_CASE("a name that is only there with another kind of security is a mismatch, untried") {
  Bench bench;
  bench.connect();
  bench.found_all({{.bssid = kSecond, .channel = 1, .rssi = -45, .security = Security::Open}});
  CHECK(bench.actions.empty());
  CHECK(bench.report().reason == Reason::SecurityMismatch);
}

TEST_CASE("a try that the driver forgets is followed by another") {
  Bench bench;
  start_connecting(bench);
  bench.pass(limits::one_try({}));
  CHECK(bench.state.activity == Activity::Pausing);
  bench.pass(limits::kFirstPause);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
}

TEST_CASE("a network that is not heard any more is looked for again") {
  Bench bench;
  start_connecting(bench);
  bench.disconnected(201);
  bench.pass(limits::kFirstPause);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartTargetedScan});
  CHECK(bench.channel == 0);
}

TEST_CASE("a network that two scans miss is not found, without a code of the driver's") {
  Bench bench;
  bench.connect();
  bench.missed();
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartTargetedScan});
  bench.missed();
  CHECK(bench.actions.empty());
  CHECK(bench.report().reason == Reason::NotFound);
  CHECK_FALSE(bench.report().raw_reason);
}

namespace {

void connect_as_listed(Bench &bench) {
  bench.send({.kind = EventKind::ConnectRequested,
              .password = Password::Text,
              .kinds = kPassworded,
              .rssi = -50,
              .channel = 9,
              .id = 1,
              .ssid = kSsid});
}

} // namespace

TEST_CASE("a network is looked for where it was seen, then everywhere") {
  Bench bench;
  connect_as_listed(bench);
  CHECK(bench.channel == 9);
  bench.missed();
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartTargetedScan});
  CHECK(bench.channel == 0);
  bench.found(-50, 3);
  CHECK(bench.channel == 3);
}

TEST_CASE("an access point is named to the driver until the search has found no other") {
  Bench bench;
  connect_as_listed(bench);
  bench.found(-50, 9);
  CHECK_FALSE(bench.is_only_one);
  bench.disconnected(2);
  bench.found(-50, 9);
  bench.pass(*next_deadline(bench.state) - bench.now);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
  CHECK(bench.is_only_one);
}

TEST_CASE("a weak repeater where the router was seen does not hide where it went") {
  Bench bench;
  connect_as_listed(bench);
  bench.found(-88, 9);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartTargetedScan});
  CHECK(bench.channel == 0);
  bench.found_all({{.bssid = kSecond, .channel = 6, .rssi = -50, .security = Security::Wpa2}});
  CHECK(bench.tried.bssid == kSecond);
}

TEST_CASE("a test looks everywhere before it gives up") {
  Bench bench;
  connect_as_listed(bench);
  bench.found(-55, 9);
  bench.disconnected(5);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartTargetedScan});
  CHECK(bench.channel == 0);
  CHECK(is_running(bench.report()));
  bench.found_all({{.bssid = kSecond, .channel = 6, .rssi = -60, .security = Security::Wpa2}});
  CHECK(bench.tried.bssid == kSecond);
}

TEST_CASE("a targeted scan that fails leaves it to the driver to find the network") {
  Bench bench;
  bench.connect();
  bench.scan_done(false);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
  CHECK(bench.channel == 0);
}

TEST_CASE("no lease within the time for it is no_ip, and the station disconnects") {
  Bench bench;
  start_connecting(bench);
  bench.now += 15'000;
  bench.send(EventKind::StationConnected);
  CHECK(bench.report().limit == 15'000 + limits::kDhcp);
  bench.pass(limits::kDhcp - 1); // longer than the time to connect
  CHECK(is_running(bench.report()));
  bench.pass(1);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Disconnect});
  bench.disconnected(8);
  bench.cleared();
  CHECK(bench.report().reason == Reason::NoIp);
  CHECK_FALSE(bench.report().raw_reason);
  CHECK(bench.state.activity == Activity::Idle);
}

TEST_CASE("a repeater that gives no address does not keep the device from the next access point") {
  Bench bench;
  bench.connect();
  bench.found_all({{.bssid = kBssid, .channel = 1, .rssi = -50, .security = Security::Wpa2},
                   {.bssid = kSecond, .channel = 6, .rssi = -65, .security = Security::Wpa2}});
  bench.send(EventKind::StationConnected);
  bench.pass(limits::kDhcp);
  bench.disconnected(8);
  bench.cleared();
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
  CHECK(bench.tried.bssid == kSecond);
  CHECK(bench.report().state == ConnectState::Connecting);
}

TEST_CASE("a network that gave no address can be kept, once it has let the device in") {
  Bench bench;
  start_connecting(bench);
  bench.send({.kind = EventKind::NetworkKept, .save_result = SaveResult::Saved});
  CHECK(is_running(bench.report()));
  bench.send(EventKind::StationConnected);
  bench.pass(limits::kDhcp);
  bench.disconnected(8);
  bench.cleared();
  CHECK(can_keep(bench.report()));
  bench.send({.kind = EventKind::NetworkKept, .save_result = SaveResult::Saved});
  CHECK(bench.report().state == ConnectState::Connected);
  CHECK(bench.report().was_kept);
  CHECK(bench.report().save_result == SaveResult::Saved);
  CHECK_FALSE(can_keep(bench.report()));
}

TEST_CASE("a driver that says nothing is a time-out when the time to connect is up") {
  Bench bench;
  bench.state.connect_timeout = 7'000;
  start_connecting(bench);
  REQUIRE(next_deadline(bench.state));
  CHECK(*next_deadline(bench.state) - bench.now == 7'000);
  CHECK(bench.report().limit == 7'000);
  bench.pass(7'000);
  CHECK(bench.report().reason == Reason::Timeout);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Disconnect});
}

TEST_CASE("an 8 that comes while connecting is an echo, or the try is over soon") {
  Bench bench;
  start_connecting(bench);
  bench.disconnected(8);
  CHECK(bench.actions.empty());
  SUBCASE("it was an echo") {
    bench.send(EventKind::StationConnected);
    CHECK(bench.state.activity == Activity::ObtainingIp);
  }
  SUBCASE("the router had sent it") {
    bench.pass(limits::kEcho);
    bench.pass(limits::kFirstPause);
    CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
  }
}

TEST_CASE("an 8 that comes while waiting for an address is the router's") {
  Bench bench;
  start_connecting(bench);
  bench.send(EventKind::StationConnected);
  bench.disconnected(8);
  CHECK(bench.state.activity == Activity::Pausing);
  CHECK(bench.report().was_linked);
  bench.pass(limits::kFirstPause);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
}

TEST_CASE("a scan that the application's ends waits for its end, and is begun again") {
  Bench bench;
  bench.send(EventKind::ScanRequested);
  bench.send(EventKind::ScanReplaced);
  CHECK(bench.actions.empty());
  CHECK(bench.state.scan.scanning);
  bench.pass(limits::kRefused);
  CHECK(bench.actions.empty()); // it would end the application's scan
  bench.send(EventKind::OtherScanDone);
  bench.pass(limits::kRefused);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartScan});
}

TEST_CASE("cancelling ends the test at once, in every phase") {
  Bench finding;
  finding.connect();
  finding.send(EventKind::CancelRequested);
  CHECK(finding.report().reason == Reason::Cancelled);
  CHECK(finding.actions == Bench::Kinds{ActionKind::StopScan});
  Bench connecting;
  start_connecting(connecting);
  connecting.send(EventKind::CancelRequested);
  CHECK(connecting.report().reason == Reason::Cancelled);
  CHECK(connecting.actions == Bench::Kinds{ActionKind::Disconnect});
  Bench refused;
  start_connecting(refused);
  refused.failed(ActionKind::Connect);
  refused.send(EventKind::CancelRequested);
  CHECK(refused.report().reason == Reason::Cancelled);
  CHECK(refused.actions == Bench::Kinds{ActionKind::ClearStation});
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
  bench.scan_done(false);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartTargetedScan});
}

TEST_CASE("the echo of an earlier disconnect does not end the next test") {
  Bench bench;
  start_connecting(bench);
  bench.send(EventKind::CancelRequested);
  bench.pass(limits::kSettle); // the driver is late
  bench.cleared();
  bench.connect(2);
  bench.found();
  bench.disconnected(8);
  CHECK(bench.state.activity == Activity::Connecting);
  CHECK(is_running(bench.report()));
}

TEST_CASE("a scan asked for while the station disconnects follows it") {
  Bench bench;
  start_connecting(bench);
  bench.send(EventKind::CancelRequested);
  bench.send(EventKind::ScanRequested);
  CHECK(bench.actions.empty());
  CHECK(bench.state.scan.scanning);
  bench.disconnected(8);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation});
  bench.cleared();
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartScan});
}

TEST_CASE("a network forgotten after its test is not the tested one any more") {
  Bench bench;
  start_connecting(bench);
  bench.send(EventKind::StationConnected);
  bench.got_ip();
  bench.saved();
  bench.send({.kind = EventKind::NetworkForgotten, .ssid = *Ssid::from_bytes("another")});
  CHECK(bench.report().state == ConnectState::Connected);
  bench.send({.kind = EventKind::NetworkForgotten, .ssid = kSsid});
  CHECK(bench.report().state == ConnectState::Idle);
  CHECK(bench.report().id == 1);
}

TEST_CASE("a network forgotten during its test does not come back when the test would succeed") {
  Bench bench;
  start_connecting(bench);
  bench.send(EventKind::StationConnected);
  bench.send({.kind = EventKind::NetworkForgotten, .ssid = kSsid});
  CHECK(bench.report().reason == Reason::Cancelled);
  bench.got_ip();
  CHECK(bench.actions.empty());
  CHECK(bench.report().state == ConnectState::Failed);
}

TEST_CASE("time-outs hold across the wrap of the clock") {
  Bench bench;
  bench.now = 0xFFFF'FFFFU - 5'000;
  start_connecting(bench);
  bench.pass(10'000);
  CHECK(is_running(bench.report()));
  bench.pass(10'000);
  CHECK(bench.report().reason == Reason::Timeout);
}

namespace {

/// As key_of(), of the running test. The rounds only choose how long a pause lasts.
std::vector<int> trial_of(const State &s) {
  if (!is_running(s.connect)) {
    return {};
  }
  const Trial &t = s.trial;
  // A new round begins after these, and which access point is current matters while it is tried.
  const bool is_between_rounds = s.activity == Activity::Pausing ||
                                 s.activity == Activity::TargetedScan ||
                                 s.next == Next::TargetedScan;
  const bool is_known = !t.candidates.empty();
  std::vector<int> key{
      t.is_hinted,    t.searched_everywhere,  t.was_missed || is_known,         t.has_misfits,
      t.only_missing, t.blames_only_password, is_between_rounds ? 0 : t.current};
  for (const Candidate &candidate : t.candidates) {
    // Failures count as long as nothing but the password is blamed.
    const int failures = t.blames_only_password ? candidate.failures : 0;
    key.push_back(failures * 4 + candidate.is_out * 2 +
                  (candidate.was_tried && !is_between_rounds));
  }
  return key;
}

/// What makes two states the same for the future. What is only told to the owner (the verdict, the
/// signal, the channel, the list's age) never decides a step. Of times it counts whether they are
/// over: that a test ends in time is checked from each state by its own clock.
auto key_of(const State &s, Millis now) {
  const bool waits = s.activity != Activity::Idle && s.activity != Activity::Saving;
  return std::tuple{s.activity,
                    s.next,
                    s.activity == Activity::Settling && s.settles_on_scan_done,
                    s.holds_secret,
                    s.is_linked,
                    s.refusals,
                    trial_of(s),
                    waits && is_due(s.activity_deadline, now),
                    is_running(s.connect) && is_due(s.connect_deadline, now),
                    s.connect.state,
                    s.scan.scanning};
}

std::vector<Event> all_events(const State &state) {
  const Ssid ssid = *Ssid::from_bytes("net");
  std::vector<Event> events;
  for (const EventKind kind : {EventKind::CancelRequested, EventKind::OtherScanDone,
                               EventKind::ScanReplaced, EventKind::Tick}) {
    events.push_back({.kind = kind});
  }
  events.push_back({.kind = EventKind::ConnectRequested,
                    .password = Password::Text,
                    .kinds = kPassworded,
                    .rssi = -50,
                    .channel = 6,
                    .id = state.connect.id + 1,
                    .ssid = ssid});
  if (state.stays) {
    events.push_back({.kind = EventKind::LeaveRequested});
    Event hinted{.kind = EventKind::ConnectRequested,
                 .password = Password::Text,
                 .kinds = kPassworded,
                 .channel = 6,
                 .id = state.connect.id + 1,
                 .ssid = ssid};
    hinted.found.add({.bssid = kBssid, .channel = 6, .security = Security::Wpa2});
    events.push_back(hinted);
  }
  events.push_back({.kind = EventKind::NetworkKept, .save_result = SaveResult::Saved});
  events.push_back({.kind = EventKind::NetworkForgotten, .ssid = ssid});
  for (const bool ok : {false, true}) {
    events.push_back({.kind = EventKind::ScanRequested, .ok = ok});
    events.push_back({.kind = EventKind::ScanDone, .ok = ok});
  }
  Event found{.kind = EventKind::ScanDone, .ok = true};
  found.found.add({.bssid = kBssid, .channel = 6, .rssi = -50, .security = Security::Wpa2});
  events.push_back(found);
  found.found.add({.bssid = kSecond, .channel = 1, .rssi = -60, .security = Security::Wpa3});
  events.push_back(found);
  events.push_back({.kind = EventKind::StationConnected, .channel = 6});
  for (const int reason : {1, 2, 8, 15, 201, 202, 210}) {
    events.push_back(
        {.kind = EventKind::StationDisconnected, .raw_reason = static_cast<std::uint16_t>(reason)});
  }
  for (const bool ok : {false, true}) {
    events.push_back({.kind = EventKind::GotIp, .ok = ok, .rssi = -50, .ip = kIp});
  }
  events.push_back({.kind = EventKind::SaveDone, .save_result = SaveResult::Saved});
  for (int kind = 0; kind <= static_cast<int>(ActionKind::Save); ++kind) {
    for (const EventKind outcome : {EventKind::ActionDone, EventKind::ActionFailed}) {
      events.push_back({.kind = outcome, .action = static_cast<ActionKind>(kind)});
    }
  }
  return events;
}

/// A test in progress must be known by what the radio does, and the other way round.
bool is_testing(const State &state) {
  switch (state.activity) {
  case Activity::TargetedScan:
  case Activity::Connecting:
  case Activity::Pausing:
  case Activity::ObtainingIp:
  case Activity::Saving:
    return true;
  case Activity::Settling:
  case Activity::Clearing:
  case Activity::Refused:
    return state.next == Next::TargetedScan || state.next == Next::Connect ||
           state.next == Next::NextTry;
  case Activity::Idle:
  case Activity::Scanning:
    return false;
  }
  return false;
}

} // namespace

namespace {

void visit_all(bool stays) {
  std::map<decltype(key_of(State{}, 0)), State> seen;
  std::deque<State> open;
  constexpr Millis kNow = 100'000'000;
  const auto visit = [&](State state, Millis now) {
    // Move the state's times so that "now" is the same for all.
    state.activity_deadline += kNow - now;
    state.connect.started_at += kNow - now;
    state.connect_deadline += kNow - now;
    state.connect.ended_at += kNow - now;
    if (seen.emplace(key_of(state, kNow), state).second) {
      open.push_back(state);
    }
  };
  State first;
  first.stays = stays;
  visit(first, kNow);
  std::size_t steps = 0;
  while (!open.empty()) {
    const State state = open.front();
    open.pop_front();
    REQUIRE(seen.size() < 100'000);

    REQUIRE(is_testing(state) == is_running(state.connect));
    const bool scanning = state.activity == Activity::Scanning || state.next == Next::Scan;
    REQUIRE(scanning == state.scan.scanning);
    REQUIRE(next_deadline(state).has_value() ==
            (state.activity != Activity::Idle && state.activity != Activity::Saving));
    // What was tested is on its way out of the driver. Of a link that stays it is needed, until it is
    // lost.
    if (state.holds_secret && !stays) {
      REQUIRE(state.activity != Activity::Scanning);
    }

    for (const Event &event : all_events(state)) {
      const Step next = step(state, event, kNow);
      ++steps;
      for (const Action &action : next.actions) {
        if (action.kind == ActionKind::Save) {
          REQUIRE(event.kind == EventKind::GotIp);
        }
      }
      if (next.state.connect.state == ConnectState::Connected &&
          state.connect.state != ConnectState::Connected) {
        REQUIRE((event.kind == EventKind::SaveDone || event.kind == EventKind::NetworkKept));
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
      REQUIRE(waits < 100);
      now = *deadline;
      rest = step(rest, {.kind = EventKind::Tick}, now).state;
      if (is_running(rest.connect)) {
        // Each access point may use up the time for an address, and another time to connect.
        REQUIRE(now - kNow < 3 * (rest.connect_timeout + rest.dhcp_timeout));
      }
    }
  }
  MESSAGE(seen.size(), " states, ", steps, " steps");
  CHECK(seen.size() > 300);
}

} // namespace

TEST_CASE("every reachable state takes every event, and a test always ends in time") {
  visit_all(false);
}

TEST_CASE("every reachable state of a station that stays takes every event, and a test always ends "
          "in time") {
  visit_all(true);
}

namespace {

/// A machine whose station stays where it has connected.
Bench linked() {
  Bench bench;
  bench.state.stays = true;
  start_connecting(bench);
  bench.send(EventKind::StationConnected);
  bench.got_ip();
  bench.saved();
  return bench;
}

} // namespace

TEST_CASE("a station that stays has its link after the test, and scans beside it") {
  Bench bench = linked();
  CHECK(bench.actions.empty());
  CHECK(bench.state.is_linked);
  CHECK(bench.report().state == ConnectState::Connected);
  bench.send(EventKind::ScanRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartScan});
  bench.send({.kind = EventKind::ActionFailed, .action = ActionKind::StartScan});
  bench.pass(limits::kRefused);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartScan});
  CHECK(bench.state.is_linked);
}

TEST_CASE("a link that goes while the network is being saved is no link that stays") {
  Bench bench;
  bench.state.stays = true;
  start_connecting(bench);
  bench.send(EventKind::StationConnected);
  bench.got_ip();
  bench.send({.kind = EventKind::StationDisconnected, .raw_reason = 8});
  bench.saved();
  CHECK_FALSE(bench.state.is_linked);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Disconnect});
}

TEST_CASE("a test that is given up before it connects leaves the link that was there") {
  Bench bench = linked();
  bench.connect(2);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StartTargetedScan});
  bench.send(EventKind::CancelRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::StopScan});
  bench.scan_done(false);
  CHECK(bench.actions.empty());
  CHECK(bench.state.is_linked);
}

TEST_CASE("a link that is not wanted any more is ended, and its password leaves the driver") {
  Bench bench = linked();
  bench.send(EventKind::LeaveRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Disconnect});
  CHECK_FALSE(bench.state.is_linked);
  bench.send({.kind = EventKind::StationDisconnected, .raw_reason = 8});
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClearStation});
}

TEST_CASE("an access point that is known is tried without looking for it, and it alone") {
  Bench bench;
  Event event{.kind = EventKind::ConnectRequested,
              .password = Password::Text,
              .kinds = kPassworded,
              .channel = 11,
              .id = 1,
              .ssid = kSsid};
  event.found.add({.bssid = kBssid, .channel = 11, .security = Security::Wpa2});
  bench.send(event);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Connect});
  CHECK(bench.channel == 11);
  bench.send({.kind = EventKind::StationDisconnected, .raw_reason = 201});
  CHECK(bench.report().state == ConnectState::Failed);
  CHECK(bench.report().reason == Reason::NotFound);
}
