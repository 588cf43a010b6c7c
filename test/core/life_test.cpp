#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <tuple>
#include <vector>

#include "flow/life.hpp"

using namespace espp::provisioning;
using namespace espp::provisioning::life;

namespace {

/// A life with a clock that only moves when told.
struct Bench {
  Wishes wishes{.shuts_down = true, .has_provisioned = true, .has_timeout = true};
  State state;
  Millis now{1'000};
  std::vector<ActionKind> actions;
  using Kinds = std::vector<ActionKind>;

  void send(EventKind kind, bool ok = true) {
    const Step next = step(state, {.kind = kind, .ok = ok}, wishes, now);
    state = next.state;
    actions.assign(next.actions.begin(), next.actions.end());
  }
  void open() {
    send(EventKind::StartRequested);
    send(EventKind::Opened);
  }
  void pass(Millis time) {
    now += time;
    send(EventKind::Tick);
  }
};

} // namespace

TEST_CASE("a portal opens, and closes when it is stopped") {
  Bench bench;
  CHECK_FALSE(is_active(bench.state));
  bench.send(EventKind::StartRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Open});
  CHECK_FALSE(is_open(bench.state));
  bench.send(EventKind::Opened);
  CHECK(is_open(bench.state));
  bench.send(EventKind::StopRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Close});
  CHECK(is_active(bench.state));
  CHECK_FALSE(is_open(bench.state));
  CHECK_FALSE(is_over(bench.state, 1));
  bench.send(EventKind::PartsClosed);
  CHECK(bench.actions.empty());
  CHECK_FALSE(is_active(bench.state));
  CHECK(is_over(bench.state, 1));
}

TEST_CASE("a portal that fails to open gives back what it has") {
  Bench bench;
  bench.send(EventKind::StartRequested);
  bench.send(EventKind::Opened, false);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Close});
  bench.send(EventKind::PartsClosed);
  CHECK(is_over(bench.state, 1));
}

TEST_CASE("a stop that comes while the portal opens is not lost") {
  Bench bench;
  bench.send(EventKind::StartRequested);
  bench.send(EventKind::StopRequested);
  CHECK(bench.actions.empty());
  bench.send(EventKind::Opened);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Close});
  bench.send(EventKind::PartsClosed);
  CHECK(is_over(bench.state, 1));
}

TEST_CASE("of a start and a stop the last one counts, in whatever phase they come") {
  Bench opening;
  opening.send(EventKind::StartRequested);
  opening.send(EventKind::StopRequested);
  opening.send(EventKind::StartRequested);
  opening.send(EventKind::Opened);
  CHECK(opening.actions == Bench::Kinds{ActionKind::Close});
  opening.send(EventKind::PartsClosed);
  CHECK(opening.actions == Bench::Kinds{ActionKind::Open});
  CHECK(opening.state.run == 2);

  Bench closing;
  closing.open();
  closing.send(EventKind::StopRequested);
  closing.send(EventKind::StartRequested);
  CHECK(closing.actions.empty());
  SUBCASE("a start") {
    closing.send(EventKind::PartsClosed);
    CHECK(closing.actions == Bench::Kinds{ActionKind::Open});
  }
  SUBCASE("a stop") {
    closing.send(EventKind::StopRequested);
    closing.send(EventKind::PartsClosed);
    CHECK(closing.actions.empty());
    CHECK(is_over(closing.state, 1));
  }
}

TEST_CASE(
    "after completion the phone has its time, everything is given back, then the callback runs") {
  Bench bench;
  bench.open();
  bench.send(EventKind::CompleteRequested);
  CHECK(bench.actions.empty());
  CHECK(is_open(bench.state));
  CHECK(needs_callback_task(bench.state, bench.wishes));
  bench.pass(limits::kClosing - 1);
  CHECK(bench.actions.empty());
  bench.pass(1);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Close});
  CHECK_FALSE(next_callback(bench.state));
  bench.send(EventKind::PartsClosed);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Call});
  CHECK(next_callback(bench.state) == Callback::Provisioned);
  CHECK(has_given_back(bench.state, 1));
  bench.send(EventKind::CallbackBegins);
  CHECK(is_active(bench.state));
  CHECK_FALSE(bench.state.completed);
  CHECK_FALSE(is_over(bench.state, 1));
  bench.send(EventKind::CallbackEnded);
  CHECK_FALSE(is_active(bench.state));
  CHECK(bench.state.completed);
  CHECK(is_over(bench.state, 1));
  CHECK_FALSE(needs_callback_task(bench.state, bench.wishes));
}

TEST_CASE("a portal that stays open tells the application at once, and once") {
  Bench bench;
  bench.wishes.shuts_down = false;
  bench.open();
  bench.send(EventKind::CompleteRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Call});
  bench.send(EventKind::CallbackBegins);
  bench.pass(limits::kClosing);
  CHECK_FALSE(bench.state.completed); // the callback has not returned
  bench.send(EventKind::CallbackEnded);
  CHECK(bench.state.completed);
  CHECK(bench.state.phase == Phase::Open);
  bench.send(EventKind::CompleteRequested);
  CHECK(bench.actions.empty());
}

TEST_CASE("an application without callbacks is complete when the portal has closed") {
  Bench bench;
  bench.wishes = {.shuts_down = true};
  bench.open();
  bench.send(EventKind::CompleteRequested);
  bench.pass(limits::kClosing);
  bench.send(EventKind::PartsClosed);
  CHECK(bench.state.completed);
  CHECK_FALSE(is_active(bench.state));
}

TEST_CASE("a portal that nobody uses closes, then tells, and may be started by the callback") {
  Bench bench;
  bench.open();
  bench.send(EventKind::Unused);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Close});
  bench.send(EventKind::PartsClosed);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Call});
  CHECK_FALSE(is_active(bench.state));
  CHECK(next_callback(bench.state) == Callback::TimedOut);
  bench.send(EventKind::CallbackBegins);
  bench.send(EventKind::StartRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Open});
  bench.send(EventKind::Opened);
  CHECK(is_open(bench.state));
  // A stop of the new run waits for the old one's callback as well.
  bench.send(EventKind::StopRequested);
  bench.send(EventKind::PartsClosed);
  CHECK(has_given_back(bench.state, 2));
  CHECK_FALSE(is_over(bench.state, 2));
  bench.send(EventKind::CallbackEnded);
  CHECK(is_over(bench.state, 2));
}

TEST_CASE("a stop drops the callbacks that have not begun") {
  Bench completing;
  completing.open();
  completing.send(EventKind::CompleteRequested);
  completing.send(EventKind::StopRequested);
  completing.send(EventKind::PartsClosed);
  CHECK(completing.actions.empty());
  CHECK_FALSE(next_callback(completing.state));
  CHECK(is_over(completing.state, 1));

  Bench handing_over;
  handing_over.open();
  handing_over.send(EventKind::CompleteRequested);
  handing_over.pass(limits::kClosing);
  handing_over.send(EventKind::PartsClosed);
  handing_over.send(EventKind::StopRequested);
  CHECK_FALSE(next_callback(handing_over.state));
  CHECK_FALSE(is_active(handing_over.state));

  Bench timed_out;
  timed_out.open();
  timed_out.send(EventKind::Unused);
  timed_out.send(EventKind::StopRequested);
  timed_out.send(EventKind::PartsClosed);
  CHECK(timed_out.actions.empty());
  CHECK(is_over(timed_out.state, 1));
}

TEST_CASE("a callback that runs is waited for by a stop, unless the stop comes from it") {
  Bench bench;
  bench.open();
  bench.send(EventKind::CompleteRequested);
  bench.pass(limits::kClosing);
  bench.send(EventKind::PartsClosed);
  bench.send(EventKind::CallbackBegins);
  bench.send(EventKind::StopRequested);
  CHECK(has_given_back(bench.state, 1)); // enough for the callback itself
  CHECK_FALSE(is_over(bench.state, 1));
  bench.send(EventKind::CallbackEnded);
  CHECK(is_over(bench.state, 1));
}

TEST_CASE("a callback that starts the portal anew does not end the new run when it returns") {
  Bench bench;
  bench.open();
  bench.send(EventKind::CompleteRequested);
  bench.pass(limits::kClosing);
  bench.send(EventKind::PartsClosed);
  bench.send(EventKind::CallbackBegins);
  bench.send(EventKind::StartRequested);
  CHECK(bench.actions == Bench::Kinds{ActionKind::Open});
  bench.send(EventKind::CallbackEnded);
  CHECK(bench.state.phase == Phase::Opening);
  CHECK_FALSE(bench.state.completed);
}

TEST_CASE("times hold across the wrap of the clock") {
  Bench bench;
  bench.now = 0xFFFF'FFFFU - 1'000;
  bench.open();
  bench.send(EventKind::CompleteRequested);
  bench.pass(limits::kClosing - 1);
  CHECK(bench.state.phase == Phase::Completing);
  bench.pass(1);
  CHECK(bench.state.phase == Phase::Closing);
}

namespace {

/// A state and what has happened in it: how often each callback of the newest run has begun, and
/// whether that run was stopped.
struct Visited {
  State state;
  int provisioned{0};
  int timed_out{0};
  bool stopped{false};
};

/// Runs count from the newest, and times from now.
auto key_of(const Visited &v, Millis now) {
  const State &s = v.state;
  const auto ago = [&](std::uint32_t run) { return run == 0 ? -1 : static_cast<int>(s.run - run); };
  return std::tuple{s.phase,
                    s.cause,
                    s.stop_asked,
                    s.reopens,
                    s.finished,
                    s.completed,
                    s.run == 0,
                    ago(s.provisioned_pending),
                    ago(s.timeout_pending),
                    s.running ? ago(s.running->run) : -1,
                    s.running ? s.running->callback : Callback::Provisioned,
                    s.phase == Phase::Completing && is_due(s.deadline, now),
                    v.provisioned,
                    v.timed_out,
                    v.stopped};
}

constexpr EventKind kEvents[]{
    EventKind::StartRequested,    EventKind::Opened,        EventKind::StopRequested,
    EventKind::CompleteRequested, EventKind::Unused,        EventKind::PartsClosed,
    EventKind::CallbackBegins,    EventKind::CallbackEnded, EventKind::Tick};

/// What the world does when it is left to itself: the parts open and close, callbacks begin and end,
/// time passes.
std::optional<Event> left_alone(const State &state) {
  switch (state.phase) {
  case Phase::Opening:
    return Event{.kind = EventKind::Opened, .ok = true};
  case Phase::Closing:
    return Event{.kind = EventKind::PartsClosed};
  case Phase::Closed:
  case Phase::Open:
  case Phase::Completing:
  case Phase::HandingOver:
    break;
  }
  if (state.running) {
    return Event{.kind = EventKind::CallbackEnded};
  }
  if (next_callback(state)) {
    return Event{.kind = EventKind::CallbackBegins};
  }
  return state.phase == Phase::Completing ? std::optional(Event{.kind = EventKind::Tick})
                                          : std::nullopt;
}

void visit_all(const Wishes &wishes) {
  constexpr Millis kNow = 100'000'000;
  std::map<decltype(key_of(Visited{}, 0)), Visited> seen;
  std::deque<Visited> open;
  const auto visit = [&](const Visited &v, Millis now) {
    Visited moved = v;
    moved.state.deadline += kNow - now;
    // A callback may go on for ever while runs come and go: three of them stand for more.
    if (v.state.running && v.state.run - v.state.running->run > 3) {
      return;
    }
    if ((v.state.provisioned_pending != 0 && v.state.run - v.state.provisioned_pending > 3) ||
        (v.state.timeout_pending != 0 && v.state.run - v.state.timeout_pending > 3)) {
      return;
    }
    if (seen.emplace(key_of(moved, kNow), moved).second) {
      open.push_back(moved);
    }
  };
  visit({}, kNow);
  std::size_t steps = 0;
  while (!open.empty()) {
    const Visited from = open.front();
    open.pop_front();
    REQUIRE(seen.size() < 200'000);
    const State &state = from.state;
    for (const EventKind kind : kEvents) {
      for (const bool ok : {true, false}) {
        if (!ok && kind != EventKind::Opened) {
          continue;
        }
        for (const Millis later : {Millis{0}, limits::kClosing}) {
          const Millis now = kNow + later;
          const Step next = step(state, {.kind = kind, .ok = ok}, wishes, now);
          ++steps;
          Visited to{.state = next.state,
                     .provisioned = from.provisioned,
                     .timed_out = from.timed_out,
                     .stopped = from.stopped};
          int opens = 0;
          int closes = 0;
          for (const ActionKind action : next.actions) {
            opens += action == ActionKind::Open;
            closes += action == ActionKind::Close;
            // The callbacks' task is only called where there is something for it, and it is free.
            REQUIRE((action != ActionKind::Call || next_callback(next.state)));
          }
          REQUIRE(opens == (next.state.run != state.run));
          REQUIRE((opens == 0 || next.state.phase == Phase::Opening));
          REQUIRE(closes == (next.state.phase == Phase::Closing && state.phase != Phase::Closing));
          if (next.state.run != state.run) {
            REQUIRE(next.state.run == state.run + 1);
            to.provisioned = 0;
            to.timed_out = 0;
            to.stopped = false;
          }
          if (kind == EventKind::StopRequested) {
            to.stopped = true;
            REQUIRE_FALSE((next_callback(next.state)));
          }
          if (kind == EventKind::CallbackBegins && !state.running && next.state.running) {
            // One that a run before this has left pending is not this run's.
            if (next.state.running->run == state.run) {
              REQUIRE_FALSE(from.stopped);
              int &count = next.state.running->callback == Callback::Provisioned ? to.provisioned
                                                                                 : to.timed_out;
              REQUIRE(++count == 1);
            }
          }
          REQUIRE((wishes.has_provisioned || next.state.provisioned_pending == 0));
          REQUIRE((wishes.has_timeout || next.state.timeout_pending == 0));
          REQUIRE((!next.state.completed || next.state.finished));
          visit(to, now);
        }
      }
    }

    // Left to itself, it comes to rest open or closed, and after a stop closed.
    State rest = state;
    Millis now = kNow;
    if (from.stopped && rest.phase != Phase::Closed) {
      rest = step(rest, {.kind = EventKind::StopRequested}, wishes, now).state;
    }
    const std::uint32_t run = rest.run;
    int waits = 0;
    while (const auto event = left_alone(rest)) {
      REQUIRE(++waits < 20);
      now += event->kind == EventKind::Tick ? limits::kClosing : 0;
      rest = step(rest, *event, wishes, now).state;
    }
    REQUIRE((rest.phase == Phase::Open || rest.phase == Phase::Closed));
    REQUIRE_FALSE(needs_callback_task(rest, wishes));
    if (from.stopped && state.phase != Phase::Closed) {
      REQUIRE(is_over(rest, run));
    }
  }
  MESSAGE(seen.size(), " states, ", steps, " steps");
  CHECK(seen.size() > 40);
}

} // namespace

TEST_CASE("every reachable state takes every event, and each life comes to rest") {
  for (const bool shuts_down : {false, true}) {
    for (const bool has_provisioned : {false, true}) {
      for (const bool has_timeout : {false, true}) {
        CAPTURE(shuts_down);
        CAPTURE(has_provisioned);
        CAPTURE(has_timeout);
        visit_all({.shuts_down = shuts_down,
                   .has_provisioned = has_provisioned,
                   .has_timeout = has_timeout});
      }
    }
  }
}
