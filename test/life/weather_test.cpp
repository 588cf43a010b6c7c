// Days of random weather, each from a seed: routers that go, come, move, refuse, flap and forget, power cuts, and
// memory that is short. Whenever the world has let the device in for long enough, it is online.
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>

#include "memory.hpp"
#include "trial.hpp"

using namespace life_test;
using namespace std::chrono_literals;

namespace {

/// What can be wrong. One thing at a time, for a while; then the world is good again.
enum class Spell {
  RouterOff,
  Moved, ///< off, and back on another channel and with another signal
  Kicked,
  OtherPassword,
  DhcpDead,
  Drops,
  Flaps,
  Refuses,
  Weak,
  OnlyTheOther, ///< the second network is there instead
  PowerCut,
  PowerCutWithoutRouter,
  ScansFail,
  MemoryShort,
};
constexpr int kSpells = static_cast<int>(Spell::MemoryShort) + 1;

class Weather {
public:
  Weather(std::uint32_t seed, PortalWhen when) : dice_(seed), when_(when), trial_(config(when)) {
    trial_->portal().stop();
    trial_->save("other");
    trial_->save("M");
    trial_.power_cycle();
    trial_.online();
    trial_.rebase();
  }

  void pass(hours time) {
    const auto end = host::clock::now() + time;
    while (host::clock::now() < end) {
      spell();
    }
    trial_.finish();
  }

  int spells() const { return spells_; }

private:
  static Device::Config config(PortalWhen when) {
    Device::Config config = Home::config(when);
    config.fallback_after = 5min;
    return config;
  }

  int roll(int least, int most) {
    return least + static_cast<int>(dice_() % static_cast<std::uint32_t>(most - least + 1));
  }

  /// A second to ten hours; each power of two is as likely.
  seconds while_() {
    const int power = roll(0, roll(0, 9) == 0 ? 15 : 12);
    return seconds(roll(1 << power, (2 << power) - 1)) / 2 + 1s;
  }

  void change(const std::function<void(radio::AccessPoint &)> &change) {
    trial_->change("M", change);
  }

  /// Ends whatever is wrong with the router, as its owner does who turns it off and on again.
  void restart_router() {
    radio::kick_station(static_cast<std::uint8_t>(roll(2, 8)));
    trial_->turn_off("M");
    trial_->turn_on(
        {.ssid = "M", .rssi = roll(-80, -40), .channel = static_cast<std::uint8_t>(roll(1, 11))});
  }

  void bad_time() {
    const auto end = host::clock::now() + while_();
    while (host::clock::now() < end) {
      trial_.pass(std::min<milliseconds>(
          1min, std::chrono::duration_cast<milliseconds>(end - host::clock::now()) + 1ms));
      look_at_portal();
    }
  }

  /// The portal may be open only where the mode says so; see Config::portal_when.
  void look_at_portal() {
    if (trial_->is_open()) {
      CHECK(when_ == PortalWhen::Unreachable);
      CHECK_FALSE(was_connected());
    }
  }

  /// Since the power came.
  bool was_connected() { return !trial_->told().empty(); }

  void spell() {
    const auto kind = static_cast<Spell>(roll(0, kSpells - 1));
    CAPTURE(static_cast<int>(kind));
    ++spells_;
    CAPTURE(spells_);
    milliseconds promise = promised::kOnline;
    switch (kind) {
    case Spell::RouterOff:
    case Spell::Moved:
      trial_->turn_off("M");
      bad_time();
      trial_->turn_on(kind == Spell::RouterOff
                          ? Router{.ssid = "M"}
                          : Router{.ssid = "M",
                                   .rssi = roll(-85, -40),
                                   .channel = static_cast<std::uint8_t>(roll(1, 11))});
      break;
    case Spell::Kicked:
      for (int times = roll(1, 5); times > 0; --times) {
        radio::kick_station(static_cast<std::uint8_t>(roll(1, 204)));
        trial_.pass(milliseconds(roll(0, 4'000)));
      }
      break;
    case Spell::OtherPassword:
      change([](radio::AccessPoint &ap) { ap.password = "another-one"; });
      radio::kick_station(2);
      bad_time();
      change([](radio::AccessPoint &ap) { ap.password = "right-pass1"; });
      promise = promised::kOnlineAfterRest;
      break;
    case Spell::DhcpDead:
      change([](radio::AccessPoint &ap) { ap.dhcp_silent = true; });
      radio::kick_station(2);
      bad_time();
      change([](radio::AccessPoint &ap) { ap.dhcp_silent = false; });
      promise = promised::kOnlineAfterTry;
      break;
    case Spell::Drops:
      change([&](radio::AccessPoint &ap) {
        ap.drop = radio::Drop{.after_ms = static_cast<std::uint32_t>(roll(0, 90'000)), .reason = 5};
      });
      radio::kick_station(5);
      bad_time();
      restart_router();
      break;
    case Spell::Flaps:
      change([&](radio::AccessPoint &ap) {
        ap.flapping = radio::Flapping{.on_ms = static_cast<std::uint32_t>(roll(1'000, 90'000)),
                                      .off_ms = static_cast<std::uint32_t>(roll(1'000, 90'000))};
      });
      bad_time();
      restart_router();
      break;
    case Spell::Refuses: {
      constexpr std::array<std::uint8_t, 6> kReasons{2, 4, 5, 15, 202, 203};
      change([&](radio::AccessPoint &ap) {
        ap.refuse_reason = kReasons[static_cast<std::size_t>(roll(0, 5))];
      });
      radio::kick_station(2);
      bad_time();
      change([](radio::AccessPoint &ap) { ap.refuse_reason.reset(); });
      promise = promised::kOnlineAfterTry;
      break;
    }
    case Spell::Weak:
      change([&](radio::AccessPoint &ap) {
        ap.rssi = roll(-98, -89);
        ap.frame_loss = static_cast<std::uint8_t>(roll(0, 60));
      });
      radio::kick_station(4);
      bad_time();
      change([](radio::AccessPoint &ap) {
        ap.rssi = -60;
        ap.frame_loss = 0;
      });
      // What was lost on the air may have looked like a wrong password.
      promise = promised::kOnlineAfterRest;
      break;
    case Spell::OnlyTheOther:
      trial_->turn_off("M");
      trial_->turn_on({.ssid = "other", .channel = static_cast<std::uint8_t>(roll(1, 11))});
      trial_.pass(7s);
      online(promise);
      bad_time();
      trial_->turn_off("other");
      trial_->turn_on({.ssid = "M"});
      break;
    case Spell::PowerCut:
      trial_.power_cycle();
      break;
    case Spell::PowerCutWithoutRouter:
      trial_->turn_off("M");
      trial_.power_cycle();
      bad_time();
      trial_->turn_on({.ssid = "M"});
      break;
    case Spell::ScansFail:
      trial_->device().change_world(
          [](radio::Scenario &scenario) { scenario.scan_fault = radio::ScanFault{}; });
      radio::kick_station(4);
      bad_time();
      trial_->device().change_world([](radio::Scenario &scenario) { scenario.scan_fault.reset(); });
      break;
    case Spell::MemoryShort:
      memory::fail_at(static_cast<std::uint64_t>(roll(1, 20)), memory::Shortage::Lasting);
      radio::kick_station(4);
      bad_time();
      memory::restore();
      break;
    }
    trial_.pass(7s); // until the device has noticed that a link is gone
    online(promise);
    good_time();
  }

  void online(milliseconds promise) {
    trial_.online(promise);
    // The callbacks' task may wait a second for memory.
    trial_->until([&] { return was_connected() && trial_->told().back().is_connected; }, 5s);
    trial_->until_closed(5s);
    CHECK(radio::driver_state().has_address);
  }

  /// The device stays online while nothing is wrong.
  void good_time() {
    const auto links = trial_->told().size();
    trial_.pass(while_());
    CHECK(trial_->portal().state() == State::Connected);
    CHECK(trial_->told().size() == links);
  }

  std::minstd_rand dice_;
  PortalWhen when_;
  Trial trial_;
  int spells_{0};
};

void pass(std::uint32_t seed, PortalWhen when, hours time) {
  CAPTURE(seed);
  Weather weather(seed, when);
  weather.pass(time);
  const auto days = time.count() / 24;
  MESSAGE(days, " days, seed ", seed, ": ", weather.spells(), " spells");
}

/// `WEATHER_SEED=7` has the weather of one run again.
std::optional<std::uint32_t> wanted_seed() {
  const char *const seed = std::getenv("WEATHER_SEED");
  return seed == nullptr
             ? std::nullopt
             : std::optional(static_cast<std::uint32_t>(std::strtoul(seed, nullptr, 10)));
}

} // namespace

TEST_CASE("weather: days and days, and the device is online whenever it can be") {
  if (const auto seed = wanted_seed()) {
    pass(*seed, PortalWhen::Unprovisioned, 24h * 30);
    return;
  }
  for (const std::uint32_t seed : cases<std::uint32_t>({1, 2}, {3, 4})) {
    pass(seed, PortalWhen::Unprovisioned, is_in_full() ? 24h * 30 : 24h * 3);
  }
}

TEST_CASE("weather: days and days with a portal that falls back") {
  for (const std::uint32_t seed : cases<std::uint32_t>({11}, {12})) {
    pass(seed, PortalWhen::Unreachable, is_in_full() ? 24h * 30 : 24h * 3);
  }
}
