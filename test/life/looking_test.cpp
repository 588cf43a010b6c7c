#include <doctest/doctest.h>

#include <chrono>

#include "home.hpp"
#include "host/clock.hpp"

using namespace life_test;
using namespace std::chrono_literals;

namespace {

/// A device whose saved network "M" is out of reach, with the portal open beside the station.
Device::Config out_of_reach() {
  Device::Config config = Home::config(PortalWhen::Unreachable);
  config.fallback_after = 5s;
  config.allow_forget_all = true;
  return config;
}

} // namespace

TEST_CASE("the page is told which network the device is looking for, until the owner chooses one") {
  Home home({{.ssid = "Other"}}, out_of_reach());
  home.save("M");
  REQUIRE(home.device().start());
  home.until_open(60s);
  const HttpClient phone = home.device().phone();
  const Json status = phone.get("/api/status").json();
  CHECK(status.text("looking_for.ssid") == "M");
  CHECK(status.text("connect.state") == "idle");
  CHECK(phone.post("/api/connect", R"({"ssid":"Other","password":"right-pass1"})").status == 202);
  CHECK_FALSE(phone.get("/api/status").json().has("looking_for"));
  CHECK(home.device().verdict().text("state") == "connected");
  home.until_connected(5s);
  CHECK_FALSE(phone.get("/api/status").json().has("looking_for"));
}

TEST_CASE("a name that is no text is told by its bytes, and a network with a wrong password is not "
          "looked for") {
  Home home({{.ssid = "M", .password = "another-one"}}, out_of_reach());
  home.save("\xff\x80\xc3");
  REQUIRE(home.device().start());
  home.until_open(60s);
  CHECK(home.device().phone().get("/api/status").json().text("looking_for.ssid_hex") == "ff80c3");
  home.portal().stop();

  REQUIRE(home.portal().forget_all());
  home.save("M");
  home.device().reboot();
  REQUIRE(home.device().start());
  home.until_open(60s);
  const auto is_resting = [&] {
    return !home.device().phone().get("/api/status").json().has("looking_for");
  };
  home.until(is_resting, 60s);
}

TEST_CASE(
    "all networks forgotten on the page: the device leaves, looks for none, and the portal stays") {
  Home home({{.ssid = "M"}}, out_of_reach());
  home.save("other");
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  REQUIRE(home.portal().open_portal());
  CHECK(home.device().phone().remove("/api/networks").status == 200);
  home.until_disconnected(5s);
  CHECK(home.portal().get_saved_ssids().empty());
  CHECK(home.is_open());
  CHECK(home.portal().state() == State::Unprovisioned);
  CHECK_FALSE(home.device().phone().get("/api/status").json().has("looking_for"));
  host::clock::sleep_for(30s);
  CHECK(radio::driver_state().station == "idle");
}
