// What happens to a device in years, in a world that is changed under it. Each trial says when the device can be
// online again, and how long it may take from there; Trial::finish() looks that nothing was left behind.
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "host/nvs.hpp"
#include "memory.hpp"
#include "nvs.h"
#include "trial.hpp"

using namespace life_test;
using namespace std::chrono_literals;

namespace {

const Router kRouter{.ssid = "M"};

void set_dhcp(Trial &trial, bool answers) {
  trial->change("M", [&](radio::AccessPoint &ap) { ap.dhcp_silent = !answers; });
}

void set_scans(Trial &trial, bool work) {
  trial->device().change_world([&](radio::Scenario &scenario) {
    scenario.scan_fault = work ? std::nullopt : std::optional(radio::ScanFault{});
  });
}

/// Fills the flash with somebody else's entries until not one more fits.
void fill_flash() {
  nvs_handle_t other = 0;
  REQUIRE(nvs_open("other", NVS_READWRITE, &other) == ESP_OK);
  int i = 0;
  while (nvs_set_u32(other, ("k" + std::to_string(i)).c_str(), 1) == ESP_OK) {
    REQUIRE(++i < 10'000);
  }
  nvs_close(other);
}

} // namespace

TEST_CASE(
    "trial: a link that goes in the moment in which it came is not taken for one that stays") {
  Trial trial;
  for (int i = 0; i < 50; ++i) {
    CAPTURE(i);
    trial.power_cycle();
    trial.online();
    REQUIRE(radio::kick_station(4)); // while the device logs that it is connected
    trial.pass(7s);
    REQUIRE(radio::driver_state().station == "connected");
    CHECK(trial->portal().state() == State::Connected);
  }
}

TEST_CASE("trial: the router is off, for a minute to ten hours") {
  for (const minutes off : cases<minutes>({1min, 10min, 2h}, {20min, 1h, 5h, 10h})) {
    CAPTURE(off.count());
    Trial trial;
    trial->turn_off("M");
    trial.lost();
    trial.pass(off, promised::kOutOfReach);
    trial->turn_on(kRouter);
    trial.online();
    trial.finish();
  }
}

TEST_CASE("trial: after a power cut the router is slower than the device") {
  for (const seconds slower : cases<seconds>({45s, 4min}, {10s, 90s, 2min, 3min, 20min})) {
    CAPTURE(slower.count());
    Trial trial;
    trial->turn_off("M");
    trial.power_cycle();
    trial.pass(slower);
    trial->turn_on(kRouter);
    trial.online();
    trial.finish();
  }
}

TEST_CASE("trial: the portal of a device without its network opens after fallback_after and closes "
          "when the network "
          "is back") {
  auto config = Home::config(PortalWhen::Unreachable);
  config.fallback_after = 5min;
  for (const minutes off : cases<minutes>({20min}, {6min, 3h})) {
    CAPTURE(off.count());
    Trial trial(config);
    trial->turn_off("M");
    trial.power_cycle();
    trial.pass(290s);
    CHECK_FALSE(trial->is_open());
    CHECK(trial->until_open(1min) <= 15s);
    trial.pass(off - 5min);
    CHECK(trial->is_open());
    trial->turn_on(kRouter);
    trial.online();
    trial->until_closed(5s);
    // Once it has been connected, nothing opens the portal any more.
    trial->turn_off("M");
    trial.lost();
    trial.pass(1h);
    CHECK_FALSE(trial->is_open());
    trial->turn_on(kRouter);
    trial.online();
    trial.finish();
  }
}

TEST_CASE("trial: the password is changed, and changed back") {
  for (const minutes wrong : cases<minutes>({25min, 3h}, {1min, 1h, 10h})) {
    CAPTURE(wrong.count());
    Trial trial;
    trial->change("M", [](radio::AccessPoint &ap) { ap.password = "another-one"; });
    REQUIRE(radio::kick_station(2));
    trial.lost();
    trial.pass(wrong);
    trial->change("M", [](radio::AccessPoint &ap) { ap.password = "right-pass1"; });
    trial.online(promised::kOnlineAfterRest);
    trial.finish();
    CHECK(trial->portal().get_saved_password("M") == "right-pass1");
  }
}

TEST_CASE(
    "trial: the owner types the new password, and the network that rested is joined at once") {
  Home home({kRouter}, Home::config(PortalWhen::Manual));
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  home.change("M", [](radio::AccessPoint &ap) { ap.password = "another-one"; });
  REQUIRE(radio::kick_station(2));
  home.until_disconnected(10s);
  home.until([&] { return home.portal().state() == State::Waiting && Home::attempts() > 2; }, 2min);
  REQUIRE(home.portal().open_portal());
  CHECK(home.device().test(R"({"ssid":"M","password":"another-one"})").text("state") ==
        "connected");
  home.until_connected(1s);
  home.portal().close_portal();
  REQUIRE(radio::kick_station(8));
  home.until_disconnected(10s);
  home.until_connected(10s); // it does not rest any more
  CHECK(home.portal().get_saved_password("M") == "another-one");
}

TEST_CASE("trial: a network whose password has changed does not keep the device from another one") {
  Trial trial(Home::config(), {kRouter, {.ssid = "other", .rssi = -60, .channel = 6}});
  trial->portal().stop();
  trial->save("other");
  trial->save("M");
  trial.power_cycle();
  trial.online();
  trial.rebase();
  trial->change("M", [](radio::AccessPoint &ap) { ap.password = "another-one"; });
  REQUIRE(radio::kick_station(2));
  trial.lost();
  trial.online();
  CHECK(radio::driver_state().station_ssid == "other");
  trial.finish();
}

TEST_CASE("trial: the router changes its channel") {
  for (const int channel : cases<int>({6, 11}, {2, 3, 4, 5, 7, 8, 9, 10})) {
    CAPTURE(channel);
    Trial trial;
    trial->change("M",
                  [&](radio::AccessPoint &ap) { ap.channel = static_cast<std::uint8_t>(channel); });
    trial.lost();
    trial.online(10s);
    // It is known there from now on.
    trial.pass(2min);
    const auto scans = radio::driver_state().scans;
    REQUIRE(radio::kick_station(8));
    trial.lost();
    trial.online(3s);
    CHECK(radio::driver_state().scans == scans);
    trial.finish();
  }
}

TEST_CASE("trial: two networks in turn") {
  Trial trial;
  trial->portal().stop();
  trial->save("other");
  trial.power_cycle();
  trial.online();
  trial.rebase();
  const Router other{.ssid = "other", .rssi = -60, .channel = 6};
  for (int turn = 0; turn < (is_in_full() ? 40 : 4); ++turn) {
    CAPTURE(turn);
    const Router &next = turn % 2 == 0 ? other : kRouter;
    trial->turn_off(turn % 2 == 0 ? "M" : "other");
    trial->turn_on(next);
    trial.lost();
    trial.online(20s);
    CHECK(radio::driver_state().station_ssid == next.ssid);
    trial.pass(minutes(2 + turn * 7 % 60));
  }
  CHECK(trial->portal().get_saved_ssids().size() == 2);
  trial.finish();
}

TEST_CASE("trial: the device is carried away, step by step, and back") {
  for (const minutes away : cases<minutes>({30min}, {1min, 8h})) {
    CAPTURE(away.count());
    Trial trial;
    const auto at = [&](int rssi) {
      trial->change("M", [&](radio::AccessPoint &ap) { ap.rssi = rssi; });
      trial.pass(10s);
    };
    for (int rssi = -50; rssi >= -95; rssi -= 5) {
      at(rssi);
    }
    trial->turn_off("M");
    trial.lost();
    trial.pass(away);
    trial->turn_on({.ssid = "M", .rssi = -95});
    for (int rssi = -95; rssi <= -80; rssi += 5) {
      at(rssi);
    }
    trial.online();
    trial.finish();
  }
}

TEST_CASE("trial: the router's DHCP server is dead for a while") {
  for (const minutes dead : cases<minutes>({10min, 2h}, {1min, 3min, 1h, 10h})) {
    CAPTURE(dead.count());
    Trial trial;
    set_dhcp(trial, false);
    REQUIRE(radio::kick_station(2));
    trial.lost();
    trial.pass(dead);
    CHECK(trial->portal().state() != State::Connected);
    set_dhcp(trial, true);
    trial.online(promised::kOnlineAfterTry);
    trial.finish();
  }
}

TEST_CASE("trial: the router accepts the device and drops it") {
  for (const seconds after : cases<seconds>({2s, 50s}, {0s, 10s, 30s, 59s})) {
    CAPTURE(after.count());
    Trial trial;
    trial->change("M", [&](radio::AccessPoint &ap) {
      ap.drop = radio::Drop{.after_ms = static_cast<std::uint32_t>(milliseconds(after).count()),
                            .reason = 5};
    });
    REQUIRE(radio::kick_station(5));
    trial.pass(3h);
    trial->change("M", [](radio::AccessPoint &ap) { ap.drop.reset(); });
    radio::kick_station(5); // the router restarts
    trial.pass(7s);
    trial.online();
    trial.finish();
  }
}

TEST_CASE("trial: the router refuses the device for some hours") {
  for (const std::uint8_t reason : cases<std::uint8_t>({5, 203}, {2, 4, 15, 202, 205})) {
    CAPTURE(int{reason});
    Trial trial;
    trial->change("M", [&](radio::AccessPoint &ap) { ap.refuse_reason = reason; });
    REQUIRE(radio::kick_station(2));
    trial.pass(4h);
    trial->change("M", [](radio::AccessPoint &ap) { ap.refuse_reason.reset(); });
    trial.online(promised::kOnlineAfterTry);
    trial.finish();
  }
}

TEST_CASE("trial: the flash is full") {
  Trial trial;
  fill_flash();
  // It can't be noted where the router is now.
  trial->change("M", [](radio::AccessPoint &ap) { ap.channel = 9; });
  trial.lost();
  trial.online(10s);
  trial.power_cycle();
  trial.online(10s);
  CHECK(trial->portal().get_saved_ssids() == std::vector<std::string>{"M"});
  trial.finish();
}

TEST_CASE("trial: every write to the flash fails") {
  Trial trial;
  host::nvs::fail_writes_from(1);
  trial->change("M", [](radio::AccessPoint &ap) { ap.channel = 9; });
  trial.lost();
  trial.online(10s);
  trial.power_cycle();
  trial.online(10s);
  host::nvs::clear_faults();
  CHECK(trial->portal().get_saved_ssids() == std::vector<std::string>{"M"});
  trial.finish();
}

TEST_CASE("trial: the router flaps") {
  struct Rhythm {
    seconds on;
    seconds off;
  };
  for (const auto &[on, off] :
       cases<Rhythm>({{30s, 30s}, {3s, 9s}}, {{2s, 2s}, {90s, 8s}, {10s, 60s}, {5min, 5min}})) {
    CAPTURE(on.count());
    CAPTURE(off.count());
    Trial trial;
    trial->change("M", [on = on, off = off](radio::AccessPoint &ap) {
      ap.flapping =
          radio::Flapping{.on_ms = static_cast<std::uint32_t>(milliseconds(on).count()),
                          .off_ms = static_cast<std::uint32_t>(milliseconds(off).count())};
    });
    trial.pass(3h);
    trial->change("M", [](radio::AccessPoint &ap) { ap.flapping.reset(); });
    trial.pass(7s); // until the device has noticed
    trial.online();
    trial.finish();
  }
}

TEST_CASE("trial: scans fail for an hour") {
  Trial trial;
  set_scans(trial, false);
  trial->turn_off("M");
  trial.lost();
  trial.pass(1h);
  trial->turn_on({.ssid = "M", .channel = 6});
  set_scans(trial, true);
  trial.online();
  trial.finish();
}

TEST_CASE("trial: memory is short at any allocation of a connection that is lost and found again") {
  int failures = 0;
  Trial trial;
  const auto round = [&](std::uint64_t nth, memory::Shortage shortage) {
    CAPTURE(nth);
    trial->turn_off("M");
    memory::fail_at(nth, shortage);
    trial.lost();
    trial.pass(90s);
    failures += memory::restore() ? 1 : 0;
    trial->turn_on({.ssid = "M", .channel = static_cast<std::uint8_t>(1 + nth % 11)});
    trial.online();
    trial.pass(70s); // a good link, so that the next loss finds the device as this one
  };
  const std::uint64_t step = is_in_full() ? 1 : 4;
  for (std::uint64_t nth = 1; nth < 60; nth += step) {
    round(nth, memory::Shortage::Once);
    round(nth, memory::Shortage::Lasting);
  }
  CHECK(failures > 0);
  trial.finish();
}

TEST_CASE("trial: memory is short at any allocation of a portal that opens beside the station and "
          "closes") {
  Trial trial(Home::config(PortalWhen::Manual));
  int opened = 0;
  int failed = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    CAPTURE(nth);
    REQUIRE(nth < 200);
    memory::fail_at(nth, memory::Shortage::Once);
    const bool is_open = trial->portal().open_portal();
    const bool was_short = memory::restore();
    (is_open ? opened : failed) += 1;
    CHECK(trial->is_open() == is_open);
    CHECK(trial->portal().state() == State::Connected);
    trial->portal().close_portal();
    trial.pass(1s);
    CHECK_FALSE(trial->is_open());
    if (!was_short) {
      break;
    }
  }
  CHECK(failed > 3);
  CHECK(opened > 0);
  trial.finish();
}

TEST_CASE("trial: power is cut at any moment of coming online") {
  Trial trial;
  for (int at = 10; at < 4000; at += is_in_full() ? 30 : 400) {
    CAPTURE(at);
    trial.power_cycle();
    trial.pass(milliseconds(at));
    trial.power_cycle();
    trial.online(10s);
  }
  trial.finish();
}
