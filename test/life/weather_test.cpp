// Days of random weather, each from a seed: routers that go, come, move, refuse, flap and forget, power cuts, and
// memory that is short. Whenever the world has let the device in for long enough, it is online.
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

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
  LeaseEnds, ///< the DHCP server is dead, and nobody is thrown out
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

milliseconds now() {
  return std::chrono::duration_cast<milliseconds>(host::clock::now());
}

class Weather {
public:
  Weather(std::uint32_t seed, PortalWhen when, bool on_loss)
      : dice_(seed), when_(when), on_loss_(on_loss), trial_(config(when, on_loss)) {
    trial_->portal().stop();
    trial_->save("other");
    trial_->save("M");
    power_cycle();
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
  static constexpr seconds kFallbackAfter{300};

  static Device::Config config(PortalWhen when, bool on_loss) {
    Device::Config config = Home::config(when);
    config.fallback_after = kFallbackAfter;
    config.fallback_on_loss = on_loss;
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

  /// The portal is open where the mode says so, and only there; see Config::portal_when.
  void look_at_portal() {
    if (trial_->portal().state() == State::Connected) {
      return; // it may be closing
    }
    const auto offline = now() - (was_connected() ? trial_->told().back().at : powered_at_);
    const bool may_open = when_ == PortalWhen::Unreachable && (on_loss_ || !was_connected());
    if (trial_->is_open()) {
      CHECK(may_open);
      CHECK(offline >= kFallbackAfter - 5s); // the callbacks may have been told late
    } else if (may_open && !is_memory_short_) {
      CHECK(offline <=
            kFallbackAfter + 1min + promised::kOnlineAfterTry); // a network is being tried
    }
  }

  void power_cycle() {
    trial_.power_cycle();
    powered_at_ = now();
  }

  /// Since the power came.
  bool was_connected() { return !trial_->told().empty(); }

  void spell() {
    const auto kind = static_cast<Spell>(roll(0, kSpells - 1));
    CAPTURE(static_cast<int>(kind));
    ++spells_;
    CAPTURE(spells_);
    milliseconds promise =
        when_ == PortalWhen::Unreachable ? promised::kOnlineBesidePortal : promised::kOnline;
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
    case Spell::LeaseEnds:
      change([](radio::AccessPoint &ap) { ap.lease_s = 600; });
      radio::kick_station(2);
      trial_.pass(7s);
      online(promise);
      change([](radio::AccessPoint &ap) { ap.dhcp_silent = true; });
      bad_time();
      change([](radio::AccessPoint &ap) {
        ap.dhcp_silent = false;
        ap.lease_s = 0;
      });
      radio::kick_station(2); // a lease that was given for a time ends with its link
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
      power_cycle();
      break;
    case Spell::PowerCutWithoutRouter:
      trial_->turn_off("M");
      power_cycle();
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
      is_memory_short_ = true;
      radio::kick_station(4);
      bad_time();
      memory::restore();
      is_memory_short_ = false;
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
  bool on_loss_;
  Trial trial_;
  milliseconds powered_at_{0};
  bool is_memory_short_{false};
  int spells_{0};
};

void pass(std::uint32_t seed, PortalWhen when, bool on_loss = false) {
  CAPTURE(seed);
  const hours time = is_in_full() ? 24h * 30 : 24h * 3;
  Weather weather(seed, when, on_loss);
  weather.pass(time);
  const auto days = time.count() / 24;
  MESSAGE(days, " days, seed ", seed, ": ", weather.spells(), " spells");
}

/// The seeds of a test. `WEATHER_SEED=7` has one run's weather again, and STRESS its thirty days.
std::vector<std::uint32_t> seeds(std::initializer_list<std::uint32_t> small,
                                 std::initializer_list<std::uint32_t> more) {
  const char *const seed = std::getenv("WEATHER_SEED");
  return seed == nullptr ? cases<std::uint32_t>(small, more)
                         : std::vector{static_cast<std::uint32_t>(std::strtoul(seed, nullptr, 10))};
}

} // namespace

TEST_CASE("weather: days and days, and the device is online whenever it can be") {
  for (const std::uint32_t seed : seeds({1, 2}, {3, 4})) {
    pass(seed, PortalWhen::Unprovisioned);
  }
}

TEST_CASE("weather: days and days with a portal that falls back until the device was connected") {
  for (const std::uint32_t seed : seeds({11}, {12})) {
    pass(seed, PortalWhen::Unreachable);
  }
}

TEST_CASE("weather: days and days with a portal that falls back whenever the network is lost") {
  for (const std::uint32_t seed : seeds({21}, {22})) {
    pass(seed, PortalWhen::Unreachable, true);
  }
}
