#include <doctest/doctest.h>

#include <vector>

#include "flow/trigger.hpp"

using namespace espp::provisioning;
using trigger::Action;
using trigger::Hold;

namespace {

constexpr trigger::Times kTimes{.open = 3'000, .forget = 10'000};

/// A button that is looked at again and again.
struct Bench {
  trigger::Times times{kTimes};
  trigger::Button button{};
  Millis now{1'000};

  Action look(bool is_pressed) {
    const trigger::Step next = trigger::look(button, is_pressed, times, now);
    button = next.button;
    now += trigger::limits::kLook;
    return next.action;
  }
  /// What so many milliseconds of holding, or not, come to.
  std::vector<Action> look_for(Millis time, bool is_pressed) {
    std::vector<Action> actions;
    for (Millis passed = 0; passed < time; passed += trigger::limits::kLook) {
      if (const Action action = look(is_pressed); action != Action::None) {
        actions.push_back(action);
      }
    }
    return actions;
  }
};

using Done = std::vector<Action>;

} // namespace

TEST_CASE("a button that is held opens the portal once, and held longer forgets all once") {
  Bench bench;
  bench.look(false);
  CHECK(bench.look_for(2'900, true).empty());
  CHECK(bench.look_for(300, true) == Done{Action::OpenPortal});
  CHECK(bench.look_for(6'500, true).empty());
  CHECK(bench.look_for(500, true) == Done{Action::ForgetAll});
  CHECK(bench.look_for(60'000, true).empty());
  CHECK(bench.look_for(1'000, false).empty());
  CHECK(bench.look_for(3'200, true) == Done{Action::OpenPortal});
}

TEST_CASE("a button that is pressed again and again, but never held, does nothing") {
  Bench bench;
  for (int i = 0; i < 50; ++i) {
    CHECK(bench.look_for(2'000, true).empty());
    bench.look(false);
  }
}

TEST_CASE("a button that is stuck since the start does nothing, until it was released") {
  Bench bench;
  CHECK(bench.look_for(60'000, true).empty());
  bench.look(false);
  CHECK(bench.look_for(20'000, true) == Done{Action::OpenPortal, Action::ForgetAll});
}

TEST_CASE("an action whose time is 0 never comes") {
  Bench open_alone{.times = {.open = 3'000}};
  open_alone.look(false);
  CHECK(open_alone.look_for(600'000, true) == Done{Action::OpenPortal});
  Bench forget_alone{.times = {.forget = 5'000}};
  forget_alone.look(false);
  CHECK(forget_alone.look_for(600'000, true) == Done{Action::ForgetAll});
}

TEST_CASE(
    "a look that comes late still opens and forgets, but opens nothing once all is forgotten") {
  Bench bench;
  bench.look(false);
  bench.look(true);
  bench.now += 60'000; // the actor was busy
  CHECK(bench.look(true) == Action::ForgetAll);
  CHECK(bench.look(true) == Action::None);
}

TEST_CASE("a button that is held while the clock wraps is held as long as ever") {
  Bench bench;
  bench.now = 0xFFFFF000;
  bench.look(false);
  CHECK(bench.look_for(3'200, true) == Done{Action::OpenPortal});
}

TEST_CASE("every state of a button takes every look, and only what is held does something") {
  for (const Hold hold : {Hold::NotSeen, Hold::Released, Hold::Held, Hold::Opened, Hold::Forgot}) {
    for (const Millis since : {0U, 3'000U, 10'000U}) {
      const trigger::Button button{.hold = hold, .since = 100'000 - since};
      const trigger::Step released = trigger::look(button, false, kTimes, 100'000);
      CHECK(released.button.hold == Hold::Released);
      CHECK(released.action == Action::None);
      const trigger::Step held = trigger::look(button, true, kTimes, 100'000);
      CHECK(held.button.hold >= hold);
      CHECK((held.action == Action::None || hold == Hold::Held || hold == Hold::Opened));
      CHECK((held.action != Action::OpenPortal || hold == Hold::Held));
    }
  }
}

TEST_CASE("the power switched on so many times in a row opens the portal, and counts anew") {
  std::uint8_t count = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 1; i < 4; ++i) {
      const trigger::Counted counted = trigger::count_start(count, true, 4);
      CHECK(counted.action == Action::None);
      CHECK(counted.count == i);
      count = counted.count;
    }
    const trigger::Counted last = trigger::count_start(count, true, 4);
    CHECK(last.action == Action::OpenPortal);
    CHECK(last.count == 0);
    count = last.count;
  }
}

TEST_CASE("a reset that is none of the power's ends the row") {
  const trigger::Counted counted = trigger::count_start(3, false, 4);
  CHECK(counted.action == Action::None);
  CHECK(counted.count == 0);
}

TEST_CASE("whatever count is found in flash, it opens the portal at most once") {
  for (int before = 4; before <= 255; ++before) {
    const trigger::Counted counted =
        trigger::count_start(static_cast<std::uint8_t>(before), true, 4);
    CHECK(counted.action == Action::OpenPortal);
    CHECK(counted.count == 0);
  }
}
