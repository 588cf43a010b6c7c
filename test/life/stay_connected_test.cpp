#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "flow/connection.hpp"
#include "home.hpp"
#include "host/clock.hpp"
#include "host/network.hpp"

using namespace life_test;
using namespace std::chrono_literals;

namespace {

constexpr const char *kTest = R"({"ssid":"M","password":"right-pass1"})";
const Router kRouter{.ssid = "M"};

} // namespace

TEST_CASE("a device with a saved network is online after start(), without an access point") {
  Home home({kRouter}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  CHECK(home.portal().is_active());
  CHECK(home.until_connected(10s) < 5s);
  CHECK(home.portal().state() == State::Connected);
  const auto driver = radio::driver_state();
  CHECK(driver.mode == "sta");
  CHECK(driver.station_ssid == "M");
  CHECK(driver.has_address);
  CHECK(driver.storage == "ram");
  CHECK(host::network::bound_port(80) == 0);
  home.until([&] { return !home.told().empty(); }, 1s);
  CHECK(home.told().size() == 1);
  CHECK(home.told()[0].is_connected);
  CHECK(home.told()[0].ssid == "M");
  CHECK(home.told()[0].ip == "192.168.1.57");
  home.portal().stop();
  CHECK_FALSE(home.portal().is_active());
  CHECK(home.portal().state() == State::Off);
  CHECK(home.told().size() == 1); // nobody is told of a stop that was asked for
}

TEST_CASE("the second start is faster: it goes where the first one connected, without a scan") {
  Home home({{.ssid = "M", .channel = 11}}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  const auto first = home.until_connected(10s);
  CHECK(radio::driver_state().scans > 0);
  home.portal().stop();
  home.device().reboot();
  REQUIRE(home.device().start());
  const auto second = home.until_connected(10s);
  CHECK(radio::driver_state().scans == 0);
  CHECK(second < first);
  MESSAGE(first.count(), " ms, then ", second.count(), " ms");
}

TEST_CASE("a router that has moved to another channel is found all the same") {
  Home home({{.ssid = "M", .channel = 11}}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  home.portal().stop();
  home.change("M", [](radio::AccessPoint &ap) { ap.channel = 3; });
  home.device().reboot();
  REQUIRE(home.device().start());
  home.until_connected(20s);
}

TEST_CASE(
    "a router that goes and comes back: the application hears of both, and the device is back "
    "within the longest pause") {
  const Leap leap;
  Home home({kRouter}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  host::clock::sleep_for(2min);
  home.turn_off("M");
  home.until_disconnected(30s);
  CHECK(home.portal().state() != State::Connected);
  host::clock::sleep_for(1h);
  home.turn_on(kRouter);
  CHECK(home.until_connected(3min) < 75s);
  home.until([&] { return home.told().size() == 3; }, 1s);
  const auto told = home.told();
  CHECK(told[0].is_connected);
  CHECK_FALSE(told[1].is_connected);
  CHECK(told[1].reason == 200);
  CHECK(told[2].is_connected);
  CHECK_FALSE(home.is_open());
}

TEST_CASE("while no network is in reach the device listens at most 75 times an hour, and sends "
          "nothing") {
  const Leap leap;
  Home home({}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  host::clock::sleep_for(10min);
  const auto scans = radio::driver_state().scans;
  host::clock::sleep_for(1h);
  CHECK(radio::driver_state().scans - scans <= 75);
  CHECK(radio::driver_state().scans - scans >= 45);
  CHECK(Home::attempts() == 0);
  CHECK(home.portal().state() != State::Connected);
}

TEST_CASE(
    "a password that was changed is not hammered, nothing is forgotten, and the old one works "
    "again when it is back") {
  const Leap leap;
  Home home({{.ssid = "M", .password = "another-one"}}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  host::clock::sleep_for(1h);
  const auto attempts = Home::attempts();
  CHECK(attempts >= 4);
  CHECK(attempts <= 20); // of three rounds, each of which believes it after a few
  CHECK(home.portal().get_saved_ssids() == std::vector<std::string>{"M"});
  home.change("M", [](radio::AccessPoint &ap) { ap.password = "right-pass1"; });
  home.until_connected(2h);
}

TEST_CASE("of two networks the one that was used last is tried first, and the other one if that is "
          "not there") {
  Home home({{.ssid = "A"}, {.ssid = "B", .rssi = -60, .channel = 6}}, Home::config());
  home.save("A");
  home.save("B");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  CHECK(radio::driver_state().station_ssid == "B");
  home.turn_off("B");
  home.until_disconnected(30s);
  home.until_connected(60s);
  CHECK(radio::driver_state().station_ssid == "A");
  home.portal().stop();
  CHECK(home.portal().get_saved_ssids() == std::vector<std::string>{"A", "B"});
}

TEST_CASE("a hidden network that was saved as one is found after a restart") {
  Home home({{.ssid = "M", .hidden = true}}, Home::config());
  REQUIRE(home.device().start());
  home.until_open(10s);
  CHECK(home.device().test(kTest).text("state") == "connected");
  home.portal().stop();
  home.change("M", [](radio::AccessPoint &ap) { ap.channel = 6; });
  home.device().reboot();
  REQUIRE(home.device().start());
  home.until_connected(30s);
}

TEST_CASE("an access point that accepts and drops is not hammered") {
  const Leap leap;
  Home home({kRouter}, Home::config());
  home.change("M",
              [](radio::AccessPoint &ap) { ap.drop = radio::Drop{.after_ms = 1500, .reason = 8}; });
  home.save("M");
  REQUIRE(home.device().start());
  host::clock::sleep_for(10min);
  const auto attempts = Home::attempts();
  host::clock::sleep_for(1h);
  CHECK(Home::attempts() - attempts <= 130);
}

TEST_CASE("in any weather the device is back within a minute and a half of the router") {
  const Leap leap;
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    CAPTURE(seed);
    std::minstd_rand dice(seed);
    const auto roll = [&](int least, int most) {
      return least + static_cast<int>(dice() % static_cast<std::uint32_t>(most - least + 1));
    };
    Home home({kRouter}, Home::config());
    home.save("M");
    REQUIRE(home.device().start());
    home.until_connected(10s);
    for (int spell = 0; spell < 8; ++spell) {
      CAPTURE(spell);
      host::clock::sleep_for(std::chrono::seconds(roll(1, 200)));
      if (roll(0, 2) == 0) {
        radio::kick_station(static_cast<std::uint8_t>(roll(2, 8)));
      } else {
        home.turn_off("M");
        host::clock::sleep_for(std::chrono::seconds(roll(1, 900)));
        home.turn_on({.ssid = "M",
                      .rssi = roll(-70, -40),
                      .channel = static_cast<std::uint8_t>(roll(1, 11))});
      }
      // A router that was away for less than six seconds may not even be missed.
      host::clock::sleep_for(8s);
      home.until_connected(90s);
    }
    CHECK(home.portal().get_saved_ssids() == std::vector<std::string>{"M"});
    CHECK_FALSE(home.is_open());
  }
}

TEST_CASE(
    "without a saved network the portal opens, and set-up hands over to the station without a "
    "gap") {
  Home home({kRouter}, Home::config());
  REQUIRE(home.device().start());
  home.until_open(5s);
  CHECK(home.portal().state() == State::Unprovisioned);
  CHECK(home.device().test(kTest).text("state") == "connected");
  home.until([&] { return home.told().size() == 1; }, 1s);
  CHECK(home.portal().state() == State::Connected);
  CHECK(home.is_open());
  const auto connects = Home::attempts();
  CHECK(home.device().phone().post("/api/complete").status == 200);
  home.until_closed(10s);
  home.device().wait_until([&] { return home.device().provisioned().has_value(); });
  CHECK(home.device().provisioned()->ssid == "M");
  CHECK(home.device().provisioned()->password == "right-pass1");
  CHECK(home.portal().is_active());
  host::clock::sleep_for(10s);
  const auto driver = radio::driver_state();
  CHECK(driver.mode == "sta");
  CHECK(driver.station == "connected");
  CHECK(driver.has_address);
  CHECK(driver.connects == connects); // the link and its lease are those of the test
  CHECK(home.told().size() == 1);
  CHECK(home.portal().is_completed());
}

TEST_CASE(
    "the portal opens after fallback_after beside the station, and closes when the network is "
    "found") {
  const Hurry hurry;
  auto config = Home::config(PortalWhen::Unreachable);
  config.fallback_after = 2min;
  Home home({}, config);
  home.save("M");
  REQUIRE(home.device().start());
  host::clock::sleep_for(110s);
  CHECK_FALSE(home.is_open());
  CHECK(home.until_open(30s) < 15s);
  CHECK(radio::driver_state().mode == "apsta");
  CHECK(home.device().phone().get("/api/status").status == 200);
  host::clock::sleep_for(10min);
  home.turn_on(kRouter);
  CHECK(home.until_connected(5min) < 80s);
  home.until_closed(5s);
  CHECK(radio::driver_state().mode == "sta");
  CHECK(radio::driver_state().station == "connected");
  CHECK(home.told().size() == 1);
}

TEST_CASE("while a phone is on the portal nobody looks for the saved networks") {
  const Leap leap;
  auto config = Home::config(PortalWhen::Unreachable);
  config.fallback_after = 10s;
  Home home({}, config);
  home.set_phone(true);
  home.save("M");
  REQUIRE(home.device().start());
  home.until_open(60s);
  host::clock::sleep_for(10s);
  const auto scans = radio::driver_state().scans;
  home.turn_on(kRouter);
  host::clock::sleep_for(10min);
  CHECK(radio::driver_state().scans == scans);
  CHECK(home.is_open());
  CHECK(home.portal().state() == State::Waiting);
}

TEST_CASE("a try of the device's own is no test of the owner's, and gives way to one") {
  auto config = Home::config(PortalWhen::Manual);
  Home home({{.ssid = "slow"}, kRouter}, config);
  home.change("slow", [](radio::AccessPoint &ap) { ap.refuse_reason = 203; });
  home.save("slow");
  REQUIRE(home.device().start());
  REQUIRE(home.portal().open_portal());
  home.until([] { return Home::attempts() > 0; }, 30s);
  CHECK(home.device().phone().get("/api/connect").json().text("state") == "idle");
  CHECK(home.device().test(kTest).text("state") == "connected");
  CHECK(radio::driver_state().station_ssid == "M");
}

TEST_CASE("a test that fails brings the connection back, though the phone is still there") {
  Home home({kRouter}, Home::config(PortalWhen::Manual));
  home.set_phone(true);
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  REQUIRE(home.portal().open_portal());
  home.turn_on({.ssid = "other", .channel = 6});
  const Json failed = home.device().test(R"({"ssid":"other","password":"wrong-pass1"})");
  CHECK(failed.text("reason") == "wrong_password");
  home.until_connected(30s);
  CHECK(radio::driver_state().station_ssid == "M");
  // The verdict can still be read.
  CHECK(home.device().phone().get("/api/connect").json().text("reason") == "wrong_password");
  CHECK(home.is_open());
}

TEST_CASE("an owner who changes the network on the portal is moved to the new one") {
  Home home({kRouter, {.ssid = "other", .channel = 6}}, Home::config(PortalWhen::Manual));
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  home.until([&] { return home.told().size() == 1; }, 2s);
  REQUIRE(home.portal().open_portal());
  CHECK(home.device().test(R"({"ssid":"other","password":"right-pass1"})").text("state") ==
        "connected");
  home.until([&] { return home.told().size() == 3; }, 2s);
  CHECK(home.told()[2].ssid == "other");
  CHECK(home.device().phone().post("/api/complete").status == 200);
  home.until_closed(10s);
  CHECK(radio::driver_state().station_ssid == "other");
  CHECK(radio::driver_state().has_address);
}

TEST_CASE("once it was connected, a lost network opens no portal, unless the application says so") {
  const Leap leap;
  for (const bool on_loss : {false, true}) {
    CAPTURE(on_loss);
    auto config = Home::config(PortalWhen::Unreachable);
    config.fallback_after = 1min;
    config.fallback_on_loss = on_loss;
    Home home({kRouter}, config);
    home.save("M");
    REQUIRE(home.device().start());
    home.until_connected(10s);
    home.turn_off("M");
    home.until_disconnected(30s);
    host::clock::sleep_for(10min);
    CHECK(home.is_open() == on_loss);
  }
}

TEST_CASE("a portal that opens when the network is lost needs a password") {
  auto config = Home::config(PortalWhen::Unreachable);
  config.fallback_on_loss = true;
  config.ap_password = "";
  Home home({}, config);
  const LogCapture log;
  CHECK_FALSE(home.device().start());
  CHECK(log.contains("needs a password"));
}

TEST_CASE("a portal that the application opened stays until it is closed, and the device stays "
          "connected") {
  Home home({kRouter}, Home::config(PortalWhen::Manual));
  CHECK_FALSE(home.portal().open_portal()); // not started
  home.save("M");
  REQUIRE(home.device().start());
  REQUIRE(home.portal().open_portal());
  CHECK(home.is_open());
  home.until_connected(20s);
  host::clock::sleep_for(2s);
  CHECK(home.is_open());
  const auto connects = Home::attempts();
  home.portal().close_portal();
  CHECK_FALSE(home.is_open());
  CHECK(home.portal().state() == State::Connected);
  CHECK(Home::attempts() == connects);
  REQUIRE(home.portal().open_portal());
  CHECK(home.device().phone().get("/api/status").status == 200);
}

TEST_CASE("in mode Manual nothing but open_portal() opens the portal") {
  const Leap leap;
  Home home({}, Home::config(PortalWhen::Manual));
  REQUIRE(home.device().start());
  host::clock::sleep_for(1h);
  CHECK_FALSE(home.is_open());
  CHECK(home.portal().state() == State::Unprovisioned);
  REQUIRE(home.portal().open_portal());
  CHECK(home.is_open());
}

TEST_CASE("forget_all() forgets all, leaves the network, and leads back to the portal") {
  Home home({kRouter}, Home::config());
  home.save("other");
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  home.until([&] { return home.told().size() == 1; }, 2s);
  CHECK(home.portal().forget_all());
  CHECK(home.portal().get_saved_ssids().empty());
  home.until_open(10s);
  CHECK(radio::driver_state().station != "connected");
  CHECK(home.portal().state() == State::Unprovisioned);
  home.until([&] { return home.told().size() == 2; }, 2s);
  CHECK(home.told()[1].reason == 8);
}

TEST_CASE("forget_all() works before start(), and without anything to forget") {
  Home home({}, Home::config());
  CHECK(home.portal().forget_all());
  home.save("M");
  CHECK(home.portal().forget_all());
  CHECK(home.portal().get_saved_ssids().empty());
}

TEST_CASE("wait_connected() returns at its time, at once if nothing is on its way, and when it is "
          "stopped") {
  Home home({}, Home::config());
  CHECK_FALSE(home.portal().wait_connected(1min));
  home.save("M");
  REQUIRE(home.device().start());
  const auto begun = host::clock::now();
  CHECK_FALSE(home.portal().wait_connected(5s));
  CHECK(host::clock::now() - begun >= 5s);
  CHECK(host::clock::now() - begun < 6s);
  CHECK_FALSE(home.portal().wait_connected(0s));
  std::thread stopping([&] {
    const host::clock::Participant participant;
    host::clock::sleep_for(3s);
    home.portal().stop();
  });
  CHECK_FALSE(home.portal().wait_connected(1h));
  join(stopping);
  CHECK(home.portal().state() == State::Off);
}

TEST_CASE("stop() at any moment gives everything back, and a new start connects") {
  Home home({kRouter}, Home::config());
  home.save("M");
  for (int at = 0; at < 3000; at += 130) {
    CAPTURE(at);
    REQUIRE(home.device().start());
    host::clock::sleep_for(milliseconds(at));
    home.portal().stop();
    CHECK_FALSE(home.portal().is_active());
    CHECK_FALSE(radio::driver_state().initialised);
    CHECK(esp_netif_get_handle_from_ifkey("WIFI_STA_DEF") == nullptr);
  }
  REQUIRE(home.device().start());
  home.until_connected(10s);
}

TEST_CASE("the callbacks may call everything, stop() included") {
  espp::Provisioning *portal = nullptr;
  std::atomic<int> connections{0};
  auto config = Home::config();
  config.on_connected = [&](const espp::Provisioning::Connection &) {
    if (++connections == 1) {
      CHECK(portal->wait_connected(1s));
      CHECK(portal->open_portal());
      portal->close_portal();
      portal->stop();
    }
  };
  Home home({kRouter}, config);
  portal = &home.portal();
  home.save("M");
  REQUIRE(home.device().start());
  home.until([&] { return connections == 1 && !home.portal().is_active(); }, 20s);
  REQUIRE(home.device().start());
  home.until([&] { return connections == 2; }, 20s);
}

TEST_CASE("a forgotten network is left, even if it is forgotten on the page") {
  Home home({kRouter}, Home::config(PortalWhen::Manual));
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  REQUIRE(home.portal().open_portal());
  CHECK(home.device().phone().send({.method = "DELETE", .path = "/api/networks/M"}).status == 200);
  home.until_disconnected(5s);
  host::clock::sleep_for(10s);
  CHECK(radio::driver_state().station == "idle");
  CHECK(home.portal().state() == State::Unprovisioned);
}

TEST_CASE("with portal_when Always the new calls are start() and stop()") {
  Home home({kRouter}, Home::config(PortalWhen::Always));
  home.save("M");
  CHECK(home.portal().open_portal());
  CHECK(home.portal().state() == State::Off);
  CHECK_FALSE(home.portal().wait_connected(1min));
  CHECK(home.portal().forget_all());
  CHECK_FALSE(home.device().phone().get("/api/status").json().is_true("provisioned"));
  CHECK_FALSE(home.portal().is_provisioned());
  home.portal().close_portal();
  CHECK_FALSE(home.portal().is_active());
  CHECK(home.told().empty());
}
