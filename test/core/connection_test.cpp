#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "flow/connection.hpp"

using namespace espp::provisioning;
using namespace espp::provisioning::connection;

namespace {

constexpr Choice kHint{.key = 0, .channel = 6, .is_hint = true};

Plan plan_of(const std::vector<std::uint8_t> &keys) {
  Plan plan;
  for (const std::uint8_t key : keys) {
    plan.add({.key = key, .channel = 6});
  }
  return plan;
}

/// A connection with a clock that only moves when told.
struct Bench {
  using Kinds = std::vector<ActionKind>;
  Wishes wishes{.mode = Mode::Unprovisioned};
  State state;
  Millis now{1'000};
  Kinds actions;
  Choice tried;

  void send(const Event &event) {
    const Step next = step(state, event, wishes, now);
    state = next.state;
    actions.clear();
    for (const Action &action : next.actions) {
      actions.push_back(action.kind);
      if (action.kind == ActionKind::Try) {
        tried = action.choice;
      }
    }
  }
  void send(EventKind kind) { send(Event{.kind = kind}); }
  void start(std::uint8_t saved = 1, const Choice &hint = {}) {
    send({.kind = EventKind::StartRequested, .seed = 7});
    CHECK(actions == Kinds{ActionKind::BringUp});
    send({.kind = EventKind::BroughtUp, .ok = true, .saved = saved, .hint = hint});
  }
  void listed(const std::vector<std::uint8_t> &keys) {
    send({.kind = EventKind::Listed, .plan = plan_of(keys)});
  }
  void ended(Outcome outcome) {
    send({.kind = EventKind::TryEnded, .outcome = outcome, .hint = kHint});
  }
  void pass(Millis time, bool is_testing = false, bool is_in_use = false) {
    now += time;
    send({.kind = EventKind::Tick, .is_testing = is_testing, .is_in_use = is_in_use});
  }
  /// How long the pause lasts that has just begun.
  Millis pause() const { return state.pause_until - now; }
  void connect() {
    start();
    listed({0});
    ended(Outcome::Connected);
    CHECK(state.phase == Phase::Connected);
  }
  /// Passes the pause, and a round in which nothing is heard.
  void round_in_vain() {
    pass(pause());
    if (state.phase == Phase::Choosing) {
      listed({});
    }
  }
};

} // namespace

TEST_CASE("a scan is met with the saved networks, and they are tried in that order") {
  Bench bench;
  bench.start(2);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Scan});
  bench.listed({1, 0});
  CHECK(bench.actions == Bench::Kinds{ActionKind::Try});
  CHECK(bench.tried.key == 1);
  bench.ended(Outcome::Failed);
  CHECK(bench.tried.key == 0);
  bench.ended(Outcome::Connected);
  CHECK(bench.state.phase == Phase::Connected);
  CHECK(bench.actions.empty());
}

TEST_CASE("the place where it was joined last is tried without a scan, and only once") {
  Bench bench;
  bench.start(1, kHint);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Try});
  CHECK(bench.tried.is_hint);
  bench.ended(Outcome::Failed);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Scan});
  bench.listed({});
  bench.pass(bench.pause());
  CHECK(bench.actions == Bench::Kinds{ActionKind::Scan});
}

TEST_CASE("pauses between rounds in vain double up to the longest, with jitter") {
  Bench bench;
  bench.start();
  bench.listed({});
  Millis least = limits::kFirstPause;
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    CHECK(bench.pause() >= least);
    CHECK(bench.pause() <= least + least / limits::kJitterShare);
    bench.round_in_vain();
    least = std::min(2 * least, limits::kLongestPause);
  }
}

TEST_CASE("devices that lose their router together do not come back together") {
  std::vector<Millis> pauses;
  for (const std::uint32_t seed : {1U, 2U, 3U, 0xFFFF'FFFFU}) {
    Bench bench;
    bench.send({.kind = EventKind::StartRequested, .seed = seed});
    bench.send({.kind = EventKind::BroughtUp, .ok = true, .saved = 1});
    for (int round = 0; round < 6; ++round) {
      bench.round_in_vain();
    }
    bench.listed({});
    pauses.push_back(bench.pause());
  }
  for (std::size_t i = 1; i < pauses.size(); ++i) {
    CHECK(pauses[i] != pauses[i - 1]);
  }
}

TEST_CASE("a good link that is lost is joined again at once, where it was") {
  Bench bench;
  bench.connect();
  bench.now += limits::kGoodLink;
  bench.send(EventKind::LinkLost);
  CHECK(bench.pause() == 0);
  bench.pass(0);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Try});
  CHECK(bench.tried.is_hint);
}

TEST_CASE("an access point that accepts and drops is asked less and less often") {
  Bench bench;
  bench.connect();
  Millis last = 0;
  for (int i = 0; i < 6; ++i) {
    CAPTURE(i);
    bench.now += 1'000;
    bench.send(EventKind::LinkLost);
    CHECK(bench.pause() > last);
    last = bench.pause() < limits::kLongestPause ? bench.pause() : last;
    bench.pass(bench.pause());
    bench.ended(Outcome::Connected);
  }
  CHECK(last > 30'000);
}

TEST_CASE(
    "a network that says that the password is wrong rests, longest of all, and others do not") {
  Bench bench;
  bench.start(2);
  bench.listed({0, 1});
  bench.ended(Outcome::WrongPassword);
  CHECK(bench.tried.key == 1);
  CHECK(bench.state.rests.holds(0, bench.now));
  bench.ended(Outcome::Failed);
  CHECK(bench.pause() < limits::kLongestPause);
  CHECK(bench.state.rests.holds(0, bench.now + limits::kWrongPassword - 1));
  CHECK_FALSE(bench.state.rests.holds(0, bench.now + limits::kWrongPassword));
}

TEST_CASE("while every saved network rests nobody scans") {
  Bench bench;
  bench.start(1);
  bench.listed({0});
  bench.ended(Outcome::WrongPassword);
  bench.pass(bench.pause());
  CHECK(bench.actions.empty());
  CHECK(bench.pause() > limits::kWrongPassword - limits::kLongestPause);
  bench.pass(bench.pause());
  CHECK(bench.actions == Bench::Kinds{ActionKind::Scan});
  bench.listed({0});
  bench.ended(Outcome::WrongPassword);
  CHECK(bench.state.rests.holds(0, bench.now + 2 * limits::kWrongPassword - 1));
}

TEST_CASE("a network that was saved anew does not rest") {
  Bench bench;
  bench.start(1);
  bench.listed({0});
  bench.ended(Outcome::WrongPassword);
  bench.send({.kind = EventKind::SavedChanged, .ok = true, .saved = 1});
  bench.pass(bench.pause());
  CHECK(bench.actions == Bench::Kinds{ActionKind::Scan});
}

TEST_CASE("of more networks that rest than are remembered, those that rest longest are") {
  Rests rests;
  for (std::uint8_t key = 0; key < Rests::kMost; ++key) {
    rests.add(key, 1'000U + key);
  }
  rests.add(0, 2'000); // for the second time, so it rests twice as long
  rests.add(100, 3'000);
  CHECK(rests.holds(0, 3'000));
  CHECK_FALSE(rests.holds(1, 3'000));
  CHECK(rests.holds(2, 3'000));
  CHECK(rests.holds(100, 3'000));
  CHECK(rests.count(3'000) == Rests::kMost);
}

TEST_CASE("without a saved network the portal opens, unless only the application opens it") {
  for (const Mode mode : {Mode::Unprovisioned, Mode::Unreachable, Mode::Manual}) {
    CAPTURE(static_cast<int>(mode));
    Bench bench;
    bench.wishes.mode = mode;
    bench.start(0);
    CHECK(bench.state.phase == Phase::Idle);
    CHECK(bench.state.portal_wanted == (mode != Mode::Manual));
    bench.send(EventKind::OpenRequested);
    CHECK(bench.state.portal_wanted);
  }
}

TEST_CASE("the portal opens after fallback_after, once, and closes when a network is found") {
  Bench bench;
  bench.wishes = {.mode = Mode::Unreachable, .fallback_after = 30'000};
  bench.start();
  bench.listed({});
  const Millis begun = bench.now;
  while (!bench.state.portal_wanted) {
    bench.pass(*next_deadline(bench.state, bench.wishes) - bench.now);
    if (bench.state.phase == Phase::Choosing) {
      bench.listed({});
    }
  }
  CHECK(bench.now - begun == 30'000);
  while (bench.state.phase != Phase::Choosing) {
    bench.pass(bench.pause());
  }
  bench.listed({0});
  bench.ended(Outcome::Connected);
  CHECK(bench.actions == Bench::Kinds{ActionKind::ClosePortal});
  bench.send(EventKind::LinkLost);
  bench.pass(100'000'000);
  CHECK_FALSE(bench.state.portal_wanted); // only with fallback_on_loss
}

TEST_CASE(
    "while a phone uses the portal nobody looks for networks, and while the owner tests or scans "
    "neither") {
  Bench bench;
  bench.wishes = {.mode = Mode::Unreachable, .fallback_after = 0};
  bench.start();
  bench.listed({});
  CHECK(bench.state.portal_wanted);
  for (int i = 0; i < 5; ++i) {
    bench.pass(bench.pause(), false, true);
    CHECK(bench.actions.empty());
    CHECK(bench.pause() == limits::kQuiet);
    bench.pass(bench.pause(), true, false);
    CHECK(bench.actions.empty());
    CHECK(bench.pause() == limits::kYield);
  }
  bench.pass(bench.pause());
  CHECK(bench.actions == Bench::Kinds{ActionKind::Scan});
}

TEST_CASE("a link that a test of the owner's has taken comes back though the phone is there") {
  Bench bench;
  bench.wishes.mode = Mode::Manual;
  bench.connect();
  bench.send(EventKind::OpenRequested);
  bench.send({.kind = EventKind::LinkLost, .is_testing = true});
  bench.pass(0, true, true);
  CHECK(bench.state.phase == Phase::Pausing);
  bench.pass(limits::kYield, false, true);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Try});
  bench.ended(Outcome::Connected);
  CHECK(bench.state.portal_wanted);
}

TEST_CASE("a portal that nobody used opens by itself only after the next connection") {
  Bench bench;
  bench.wishes = {.mode = Mode::Unreachable, .fallback_after = 0, .falls_back_on_loss = true};
  bench.start();
  bench.listed({});
  REQUIRE(bench.state.portal_wanted);
  bench.send({.kind = EventKind::PortalClosed, .closing = Closing::TimedOut});
  for (int i = 0; i < 20; ++i) {
    bench.round_in_vain();
    CHECK_FALSE(bench.state.portal_wanted);
  }
  bench.pass(bench.pause());
  bench.listed({0});
  bench.ended(Outcome::Connected);
  bench.send(EventKind::LinkLost);
  CHECK(bench.state.portal_wanted);
}

TEST_CASE("a portal that failed to open is tried again later") {
  Bench bench;
  bench.start(0);
  REQUIRE(bench.state.portal_wanted);
  bench.send({.kind = EventKind::PortalClosed, .closing = Closing::Failed});
  CHECK(*next_deadline(bench.state, bench.wishes) == bench.now + limits::kPortalAgain);
  bench.pass(limits::kPortalAgain - 1);
  CHECK(bench.actions.empty());
  bench.pass(1);
  CHECK(bench.actions == Bench::Kinds{ActionKind::OpenPortal});
}

TEST_CASE(
    "a portal that failed to open before a short connection is due with the loss, not again and "
    "again before") {
  Bench bench;
  bench.wishes = {.mode = Mode::Unreachable, .fallback_after = 300'000, .falls_back_on_loss = true};
  bench.start();
  bench.listed({});
  bench.pass(300'000);
  REQUIRE(bench.state.portal_wanted);
  bench.send({.kind = EventKind::PortalClosed, .closing = Closing::Failed});
  bench.listed({0});
  bench.ended(Outcome::Connected);
  bench.now += 20'000;
  const Millis lost = bench.now;
  bench.send(EventKind::LinkLost);
  while (!bench.state.portal_wanted) {
    const Millis deadline = *next_deadline(bench.state, bench.wishes);
    REQUIRE_FALSE(is_due(deadline, bench.now)); // or the actor would never rest
    bench.pass(deadline - bench.now);
    if (bench.state.phase == Phase::Trying) {
      bench.ended(Outcome::Failed); // where it was last
    }
    if (bench.state.phase == Phase::Choosing) {
      bench.listed({});
    }
  }
  CHECK(bench.now - lost == 300'000);
}

TEST_CASE("the application hears of connections and losses in turn, whatever it has missed") {
  Bench bench;
  bench.connect();
  CHECK(next_notice(bench.state) == Notice::Connected);
  bench.send(EventKind::NoticeBegins);
  CHECK_FALSE(next_notice(bench.state));
  bench.send(EventKind::LinkLost);
  bench.pass(bench.pause());
  bench.ended(Outcome::Connected);
  bench.send(EventKind::NoticeEnded);
  CHECK(next_notice(bench.state) == Notice::Disconnected);
  bench.send(EventKind::NoticeBegins);
  bench.send(EventKind::NoticeEnded);
  CHECK(next_notice(bench.state) == Notice::Connected);
}

TEST_CASE("an address that changes is told as a loss and a new connection, and the link stays") {
  Bench bench;
  bench.start();
  bench.listed({0});
  bench.ended(Outcome::Connected);
  bench.send(EventKind::NoticeBegins);
  bench.send(EventKind::NoticeEnded);
  CHECK_FALSE(next_notice(bench.state));
  bench.send(EventKind::AddressChanged);
  CHECK(bench.actions.empty());
  CHECK(bench.state.phase == Phase::Connected);
  CHECK(next_notice(bench.state) == Notice::Disconnected);
  bench.send(EventKind::NoticeBegins);
  bench.send(EventKind::NoticeEnded);
  CHECK(next_notice(bench.state) == Notice::Connected);
  bench.send(EventKind::NoticeBegins);
  bench.send(EventKind::NoticeEnded);
  CHECK_FALSE(next_notice(bench.state));
}

TEST_CASE("a connection that went before the application heard of it is not told") {
  Bench bench;
  bench.connect();
  bench.send(EventKind::LinkLost);
  CHECK_FALSE(next_notice(bench.state));
}

TEST_CASE("of a start and a stop the last one counts, in whatever phase they come") {
  Bench starting;
  starting.send({.kind = EventKind::StartRequested, .seed = 7});
  starting.send(EventKind::StopRequested);
  SUBCASE("a stop") {
    starting.send({.kind = EventKind::BroughtUp, .ok = true, .saved = 1});
    CHECK(starting.actions == Bench::Kinds{ActionKind::BringDown});
    starting.send(EventKind::BroughtDown);
    CHECK(is_off(starting.state));
  }
  SUBCASE("a start") {
    starting.send({.kind = EventKind::StartRequested, .seed = 7});
    starting.send({.kind = EventKind::BroughtUp, .ok = true, .saved = 1});
    starting.send(EventKind::BroughtDown);
    CHECK(starting.actions == Bench::Kinds{ActionKind::BringUp});
    CHECK(starting.state.run == 2);
  }
}

namespace {

constexpr std::string_view kNames[]{"newest", "second", "third", "fourth", "fifth"};

/// Saved networks, newest first, with their number as key, and how each is heard; 0: not at all.
struct Neighbourhood {
  Rows<SavedNetwork> saved;
  ScanList list;

  explicit Neighbourhood(const std::vector<int> &signals, Security security = Security::Wpa2) {
    REQUIRE(saved.reserve(signals.size()));
    REQUIRE(list.reserve(signals.size()));
    for (std::size_t i = 0; i < signals.size(); ++i) {
      const Ssid name = *Ssid::from_bytes(kNames[i]);
      saved.insert(saved.size(),
                   {.ssid = name, .security = Security::Wpa2, .key = static_cast<std::uint8_t>(i)});
      if (signals[i] != 0) {
        list.add({.ssid = name,
                  .rssi = static_cast<std::int8_t>(signals[i]),
                  .channel = static_cast<std::uint8_t>(i + 1),
                  .security = security});
      }
    }
  }
  std::vector<int> order(const Rests &rests = {}) const {
    std::vector<int> keys;
    const Plan plan = choose(saved.span(), &list, rests, 1'000);
    for (std::size_t i = 0; i < plan.size(); ++i) {
      keys.push_back(plan[i].key);
    }
    return keys;
  }
};

} // namespace

TEST_CASE("the order of networks: last success, then the signal in bands, then age") {
  struct Row {
    std::vector<int> signals;
    std::vector<int> order;
  };
  for (const auto &[signals, order] : std::vector<Row>{
           {{}, {}},
           {{0, 0}, {}},
           {{-50}, {0}},
           {{-70, -40}, {0, 1}},         // the last success first, though another is stronger
           {{-80, -60}, {1, 0}},         // unless it is faint
           {{-80, -85}, {0, 1}},         // and the others are no better
           {{-50, -70, -60}, {0, 2, 1}}, // bands
           {{0, -60, -50}, {1, 2}},      // within a band the one that was used last
           {{0, -80, -70, -60}, {3, 2, 1}},
           {{-50, -50, -50, -50, -50}, {0, 1, 2, 3}}, // a round ends
       }) {
    CAPTURE(signals.size());
    CHECK(Neighbourhood(signals).order() == order);
  }
}

TEST_CASE("a network of the same name and another kind of security is somebody else's") {
  CHECK(Neighbourhood({-50}, Security::Open).order().empty());
  CHECK(Neighbourhood({-50}, Security::Wpa3).order() == std::vector<int>{0});
}

TEST_CASE("a network that rests is left out") {
  Rests rests;
  rests.add(0, 900);
  CHECK(Neighbourhood({-50, -60}).order(rests) == std::vector<int>{1});
}

TEST_CASE("the network that is looked for is the one being tried, else the newest that does not rest") {
  const std::vector<SavedNetwork> saved = {{.ssid = *Ssid::from_bytes("new"), .key = 4},
                                           {.ssid = *Ssid::from_bytes("old"), .key = 2}};
  const auto name = [&](const State &state) -> std::string_view {
    const SavedNetwork *network = looking_for(state, saved, 1'000);
    return network == nullptr ? "none" : network->ssid.bytes();
  };
  State state;
  for (const Phase phase :
       {Phase::Off, Phase::Starting, Phase::Idle, Phase::Connected, Phase::Stopping}) {
    state.phase = phase;
    CHECK(name(state) == "none");
  }
  for (const Phase phase : {Phase::Choosing, Phase::Pausing}) {
    state.phase = phase;
    state.rests.clear();
    CHECK(name(state) == "new");
    state.rests.add(4, 1'000);
    CHECK(name(state) == "old");
    state.rests.add(2, 1'000);
    CHECK(name(state) == "none");
  }
  state.phase = Phase::Trying;
  state.trying.key = 2;
  CHECK(name(state) == "old");
  state.trying.key = 3; // forgotten meanwhile
  CHECK(name(state) == "none");
}

TEST_CASE("a hidden network is asked for by name, after those that are heard, and others are not") {
  Rows<SavedNetwork> saved;
  REQUIRE(saved.reserve(3));
  for (std::size_t i = 0; i < 3; ++i) {
    saved.insert(i, {.ssid = *Ssid::from_bytes(kNames[i]),
                     .security = Security::Wpa2,
                     .key = static_cast<std::uint8_t>(i),
                     .is_hidden = i == 0});
  }
  ScanList list;
  REQUIRE(list.reserve(1));
  list.add({.ssid = saved[2].ssid, .rssi = -80, .channel = 3, .security = Security::Wpa2});
  const Plan plan = choose(saved.span(), &list, {}, 1'000);
  REQUIRE(plan.size() == 2);
  CHECK(plan[0].key == 2);
  CHECK(plan[0].channel == 3);
  CHECK(plan[1].key == 0);
  CHECK(plan[1].channel == 0);
}

TEST_CASE("where the driver does not scan, the network of the last success is tried all the same") {
  const Neighbourhood home({-50, -40});
  const Plan plan = choose(home.saved.span(), nullptr, {}, 1'000);
  REQUIRE(plan.size() == 1);
  CHECK(plan[0].key == 0);
  CHECK(plan[0].channel == 0);
}

namespace {

constexpr Millis kNow = 100'000'000;

std::tuple<bool, int, int> trying_of(const State &s) {
  if (s.phase != Phase::Trying) {
    return {};
  }
  return {s.trying.is_hint, s.trying.key, s.trying.is_hint ? 0 : s.plan.size() - s.next};
}

/// What makes two states the same for the future: of times whether they are over. A network that
/// has rested enough is as one that never did, and the rounds in vain only choose how long a pause
/// lasts.
auto key_of(const State &s, const Wishes &wishes) {
  const std::pair rests{s.rests.holds(0, kNow), s.rests.holds(1, kNow)};
  const bool offline = s.phase != Phase::Connected && is_up(s);
  return std::tuple{s.phase,
                    s.stop_asked,
                    s.restarts,
                    s.portal_wanted,
                    s.portal_stays,
                    s.portal_spent,
                    s.was_connected,
                    s.restores,
                    s.saved,
                    trying_of(s),
                    s.hint.channel != 0,
                    rests,
                    s.phase == Phase::Pausing && is_due(s.pause_until, kNow),
                    offline && is_due(s.offline_since + wishes.fallback_after, kNow),
                    s.phase == Phase::Connected && kNow - s.connected_at >= limits::kGoodLink,
                    s.portal_failed,
                    s.portal_failed && is_due(s.portal_after, kNow),
                    s.told_link == 0        ? 0
                    : s.told_link == s.link ? 1
                                            : 2,
                    s.running};
}

std::vector<Event> all_events(bool with_notices) {
  std::vector<Event> events;
  for (const EventKind kind :
       {EventKind::StopRequested, EventKind::OpenRequested, EventKind::CloseRequested,
        EventKind::BroughtDown, EventKind::Interrupted}) {
    events.push_back({.kind = kind});
  }
  if (with_notices) {
    events.push_back({.kind = EventKind::NoticeBegins});
    events.push_back({.kind = EventKind::NoticeEnded});
  }
  events.push_back({.kind = EventKind::StartRequested, .seed = 7});
  events.push_back({.kind = EventKind::Linked, .hint = kHint});
  events.push_back({.kind = EventKind::AddressChanged});
  events.push_back({.kind = EventKind::BroughtUp, .ok = false});
  for (const std::uint8_t saved : {std::uint8_t{0}, std::uint8_t{2}}) {
    events.push_back({.kind = EventKind::BroughtUp, .ok = true, .saved = saved});
    events.push_back({.kind = EventKind::SavedChanged, .ok = true, .saved = saved});
  }
  events.push_back({.kind = EventKind::BroughtUp, .ok = true, .saved = 2, .hint = kHint});
  events.push_back({.kind = EventKind::SavedChanged, .saved = 2});
  for (const auto &keys : std::vector<std::vector<std::uint8_t>>{{}, {1, 0}}) {
    events.push_back({.kind = EventKind::Listed, .plan = plan_of(keys)});
  }
  for (const Outcome outcome : {Outcome::Connected, Outcome::Failed, Outcome::WrongPassword}) {
    events.push_back({.kind = EventKind::TryEnded, .outcome = outcome, .hint = kHint});
  }
  for (const Closing closing :
       {Closing::Stopped, Closing::Failed, Closing::Completed, Closing::TimedOut}) {
    events.push_back({.kind = EventKind::PortalClosed, .closing = closing});
  }
  for (const bool is_testing : {false, true}) {
    events.push_back({.kind = EventKind::LinkLost, .is_testing = is_testing});
    for (const bool is_in_use : {false, true}) {
      events.push_back({.kind = EventKind::Tick, .is_testing = is_testing, .is_in_use = is_in_use});
    }
  }
  return events;
}

/// What the world does that is left to itself, where only the first saved network lets the device
/// in.
std::optional<Event> left_alone(const State &state, Millis now) {
  switch (state.phase) {
  case Phase::Off:
  case Phase::Idle:
  case Phase::Connected:
    return std::nullopt;
  case Phase::Starting:
    return Event{.kind = EventKind::BroughtUp, .ok = true, .saved = 2};
  case Phase::Stopping:
    return Event{.kind = EventKind::BroughtDown};
  case Phase::Choosing: {
    Plan plan;
    for (const std::uint8_t key : {std::uint8_t{1}, std::uint8_t{0}}) {
      if (!state.rests.holds(key, now)) {
        plan.add({.key = key, .channel = 6});
      }
    }
    return Event{.kind = EventKind::Listed, .plan = plan};
  }
  case Phase::Trying:
    return Event{.kind = EventKind::TryEnded,
                 .outcome = state.trying.key == 0 ? Outcome::Connected : Outcome::Failed,
                 .hint = kHint};
  case Phase::Pausing:
    return Event{.kind = EventKind::Tick};
  }
  return std::nullopt;
}

/// Moves all times of a state.
State moved(State state, Millis by) {
  state.pause_until += by;
  state.offline_since += by;
  state.connected_at += by;
  state.portal_after += by;
  for (Rest &rest : state.rests.items()) {
    rest.until += by;
  }
  return state;
}

void check_step(const State &state, const Event &event, const Step &next) {
  int opens = 0;
  int closes = 0;
  int radio = 0;
  for (const Action &action : next.actions) {
    opens += action.kind == ActionKind::OpenPortal;
    closes += action.kind == ActionKind::ClosePortal;
    radio += action.kind == ActionKind::Scan || action.kind == ActionKind::Try;
    // No attempt while the owner has the radio, and none beside another.
    if (action.kind == ActionKind::Scan || action.kind == ActionKind::Try) {
      REQUIRE_FALSE(event.is_testing);
      REQUIRE((next.state.phase == Phase::Choosing || next.state.phase == Phase::Trying));
    }
    if (action.kind == ActionKind::BringDown) {
      REQUIRE(next.state.phase == Phase::Stopping);
      REQUIRE_FALSE(next.state.portal_wanted);
    }
  }
  REQUIRE(radio <= 1);
  REQUIRE(opens + closes <= 1);
  const bool was_told = event.kind == EventKind::PortalClosed;
  REQUIRE(opens == (next.state.portal_wanted && (was_told || !state.portal_wanted)));
  REQUIRE(closes == (state.portal_wanted && !next.state.portal_wanted && !was_told));
  const bool is_busy = next.state.phase == Phase::Choosing || next.state.phase == Phase::Trying;
  const bool was_busy = state.phase == Phase::Choosing || state.phase == Phase::Trying;
  if (is_busy && !was_busy) {
    REQUIRE(radio == 1);
  }
  if (event.kind == EventKind::StopRequested) {
    REQUIRE_FALSE(next_notice(next.state));
  }
  if (next.state.saved == 0 && is_up(next.state) && next.state.phase != Phase::Connected) {
    REQUIRE(next.state.phase == Phase::Idle);
  }
}

void visit_all(const Wishes &wishes, bool with_notices) {
  std::map<decltype(key_of(State{}, wishes)), State> seen;
  std::deque<State> open;
  const auto visit = [&](const State &state, Millis now) {
    const State at_now = moved(state, kNow - now);
    if (seen.emplace(key_of(at_now, wishes), at_now).second) {
      open.push_back(at_now);
    }
  };
  visit({}, kNow);
  const std::vector<Event> events = all_events(with_notices);
  std::size_t steps = 0;
  while (!open.empty()) {
    const State state = open.front();
    open.pop_front();
    REQUIRE(seen.size() < 300'000);
    for (const Event &event : events) {
      const bool takes_time = event.kind == EventKind::Tick || event.kind == EventKind::LinkLost;
      for (const Millis later : {Millis{0}, limits::kGoodLink}) {
        if (later != 0 && !takes_time) {
          continue;
        }
        const Step next = step(state, event, wishes, kNow + later);
        ++steps;
        check_step(state, event, next);
        visit(next.state, kNow + later);
      }
    }
    if (const auto deadline = next_deadline(state, wishes)) {
      const Millis now = is_due(*deadline, kNow) ? kNow : *deadline;
      const Step next = step(state, {.kind = EventKind::Tick}, wishes, now);
      // A deadline that has come does something, or the actor would never rest.
      const auto again = next_deadline(next.state, wishes);
      REQUIRE((!next.actions.empty() || !again || !is_due(*again, now)));
      visit(next.state, now);
    }

    // Left to itself, with a network that lets it in, it is online within the longest rest.
    State rest = state;
    Millis now = kNow;
    for (int waits = 0; const auto event = left_alone(rest, now); ++waits) {
      REQUIRE(waits < 100);
      if (event->kind == EventKind::Tick) {
        const Millis deadline = *next_deadline(rest, wishes);
        now = is_due(deadline, now) ? now : deadline;
      }
      rest = step(rest, *event, wishes, now).state;
      REQUIRE(now - kNow <= limits::kWrongPasswordLongest + 4 * limits::kLongestPause);
    }
    REQUIRE((rest.phase == Phase::Connected || rest.phase == Phase::Off ||
             (rest.phase == Phase::Idle && rest.saved == 0)));
  }
  MESSAGE(seen.size(), " states, ", steps, " steps");
  CHECK(seen.size() > 500);
}

} // namespace

TEST_CASE("every reachable state of a connection takes every event, and it comes online") {
  visit_all({.mode = Mode::Unprovisioned}, false);
  visit_all({.mode = Mode::Unreachable, .fallback_after = limits::kGoodLink}, false);
  visit_all({.mode = Mode::Unreachable, .fallback_after = 0, .falls_back_on_loss = true}, false);
  visit_all(
      {.mode = Mode::Unreachable, .fallback_after = limits::kGoodLink, .falls_back_on_loss = true},
      false);
  visit_all({.mode = Mode::Manual}, true);
}
