#include <doctest/doctest.h>

#include <chrono>

#include "home.hpp"
#include "host/clock.hpp"

using namespace life_test;
using namespace std::chrono_literals;

namespace {

/// A router whose leases hold for a minute, and are renewed as long as its DHCP server lives.
void give_short_leases(Home &home) {
  home.change("M", [](radio::AccessPoint &ap) { ap.lease_s = 60; });
}

void set_dhcp(Home &home, bool is_alive) {
  home.change("M", [is_alive](radio::AccessPoint &ap) { ap.dhcp_silent = !is_alive; });
}

} // namespace

TEST_CASE("a lease that is renewed in time is nobody's business") {
  const Hurry hurry;
  Home home({{.ssid = "M"}}, Home::config());
  give_short_leases(home);
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  host::clock::sleep_for(30min);
  CHECK(home.told().size() == 1);
  CHECK(Home::attempts() == 1);
}

TEST_CASE(
    "a lease that ends while the link stays: the application hears of it, and the device is back "
    "when there are leases again") {
  const Hurry hurry;
  Home home({{.ssid = "M"}}, Home::config());
  give_short_leases(home);
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  set_dhcp(home, false);
  // ESP-NETIF waits two minutes for another lease before it gives the address up.
  CHECK(home.until_disconnected(10min) < 4min);
  home.until([&] { return home.told().size() == 2; }, 1s);
  CHECK_FALSE(home.told()[1].is_connected);
  CHECK(home.told()[1].reason == 0);
  const auto attempts = Home::attempts();
  host::clock::sleep_for(1h);
  CHECK(home.portal().state() != State::Connected);
  CHECK(Home::attempts() - attempts > 10); // it goes on, and does not hammer
  CHECK(Home::attempts() - attempts < 70);
  set_dhcp(home, true);
  CHECK(home.until_connected(5min) < 2min);
  home.until([&] { return home.told().size() == 3; }, 1s);
  CHECK(home.told()[2].is_connected);
}

TEST_CASE("a device whose network gives no address any more goes to its other network") {
  const Hurry hurry;
  Home home({{.ssid = "M"}, {.ssid = "Other", .rssi = -70}}, Home::config());
  give_short_leases(home);
  home.save("Other");
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  set_dhcp(home, false);
  home.until_disconnected(10min);
  home.until_connected(3min);
  CHECK(radio::driver_state().station_ssid == "Other");
}

TEST_CASE(
    "a DHCP server that was gone for a minute, and gives the same address again, is not told") {
  const Hurry hurry;
  Home home({{.ssid = "M"}}, Home::config());
  give_short_leases(home);
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  set_dhcp(home, false);
  home.until([] { return !radio::driver_state().has_address; }, 2min);
  set_dhcp(home, true);
  home.until([] { return radio::driver_state().has_address; }, 1min);
  host::clock::sleep_for(10min);
  CHECK(home.told().size() == 1);
  CHECK(Home::attempts() == 1);
}

TEST_CASE("another address on the same link: the application is told the new one") {
  const Hurry hurry;
  Home home({{.ssid = "M"}}, Home::config());
  give_short_leases(home);
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  home.change("M", [](radio::AccessPoint &ap) { ap.ip = {192, 168, 1, 99}; });
  home.until([&] { return home.told().size() == 3; }, 3min);
  CHECK(home.told()[1].reason == 0);
  CHECK(home.told()[2].is_connected);
  CHECK(home.told()[2].ip == "192.168.1.99");
  CHECK(Home::attempts() == 1); // the link is the same
}

TEST_CASE("a link that is lost: that its address is given up two minutes later changes nothing") {
  const Hurry hurry;
  Home home({{.ssid = "M"}}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  host::clock::sleep_for(2min);
  home.turn_off("M");
  home.until_disconnected(30s);
  host::clock::sleep_for(10min);
  home.turn_on({.ssid = "M"});
  home.until_connected(3min);
  host::clock::sleep_for(10min);
  CHECK(home.portal().state() == State::Connected);
  CHECK(home.told().size() == 3);
}
