#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "device.hpp"
#include "esp_wifi.h"
#include "host/clock.hpp"

// What a device with 5 GHz does, as an ESP32-C5.

using namespace std::chrono_literals;

namespace {

constexpr const char *kFast = R"({"ssid":"Fast","password":"right-pass1"})";

radio::AccessPoint access_point(std::uint8_t channel, int rssi) {
  radio::AccessPoint ap;
  ap.ssid = "Fast";
  ap.bssid = {2, 0, 0, 0, 5, channel};
  ap.channel = channel;
  ap.rssi = rssi;
  ap.security = radio::Security::Wpa2;
  ap.password = "right-pass1";
  return ap;
}

void give_5ghz(Device &device, std::vector<radio::AccessPoint> world, bool phone_has_5ghz = true) {
  device.change_world([&](radio::Scenario &s) {
    s.has_5ghz = true;
    s.phone->has_5ghz = phone_has_5ghz;
    s.world.access_points = std::move(world);
  });
}

} // namespace

TEST_CASE("a scan of both bands is no failed one, and tells the band of each network") {
  Device device;
  auto slow = access_point(6, -70);
  slow.ssid = "Slow";
  auto radar = access_point(100, -60);
  radar.ssid = "Radar";
  give_5ghz(device, {access_point(36, -50), slow, radar});
  REQUIRE(device.start());
  for (int round = 0; round < 2; ++round) {
    const Json list = device.scan_list();
    CHECK_FALSE(list.has("error"));
    REQUIRE(list.size("networks") == 3);
    CHECK(list.text("networks.0.ssid") == "Fast");
    CHECK(list.text("networks.0.band") == "5");
    CHECK(list.text("networks.1.ssid") == "Radar");
    CHECK(list.text("networks.1.band") == "5");
    CHECK(list.text("networks.2.band") == "2.4");
    // With pauses for phones on the access point this one takes 14.6 s.
    REQUIRE(device.phone().post("/api/scan").status == 202);
    device.wait("/api/scan", [](const Json &now) { return !now.is_true("scanning"); });
  }
}

TEST_CASE("a network at 5 GHz is connected; a phone that can follow reads on") {
  for (const std::uint8_t channel : {std::uint8_t{36}, std::uint8_t{100}, std::uint8_t{177}}) {
    CAPTURE(channel);
    Device device;
    give_5ghz(device, {access_point(channel, -55)});
    REQUIRE(device.start());
    device.scan_list();
    const Json json = device.test(kFast);
    CHECK(json.text("state") == "connected");
    CHECK(json.number("channel") == channel);
    host::clock::sleep_for(5s);
    CHECK(device.phone().get("/api/connect").json().text("state") == "connected");
  }
}

TEST_CASE(
    "a name that nobody has is not found within the time that two searches of both bands take") {
  Device device;
  give_5ghz(device, {});
  REQUIRE(device.start());
  device.scan_list();
  const Json json = device.test(kFast);
  CHECK(json.text("reason") == "not_found");
  CHECK(json.number("elapsed_ms") > 20'000);
  CHECK(json.number("elapsed_ms") < 30'560);
}

TEST_CASE("a hidden network at 5 GHz is found by its name") {
  Device device;
  auto hidden = access_point(149, -55);
  hidden.hidden = true;
  give_5ghz(device, {hidden});
  REQUIRE(device.start());
  CHECK(device.test(kFast).text("state") == "connected");
}

TEST_CASE("a name in both bands is tested at 2.4 GHz, so that no phone has to follow") {
  Device device;
  give_5ghz(device, {access_point(36, -45), access_point(6, -65)}, /*phone_has_5ghz=*/false);
  REQUIRE(device.start());
  device.scan_list();
  const Json json = device.test(kFast);
  CHECK(json.text("state") == "connected");
  CHECK(json.number("channel") == 6);
}

TEST_CASE("a phone without 5 GHz finds the access point again after a test there") {
  Device device;
  give_5ghz(device, {access_point(36, -55)}, /*phone_has_5ghz=*/false);
  REQUIRE(device.start());
  device.scan_list();
  device.wait_until([] { return radio::driver_state().soft_ap.phone_joined; });
  REQUIRE(device.phone().post("/api/connect", kFast).status == 202);
  device.wait_until([] { return radio::driver_state().channel == 36; });
  // Its connections are cut until the access point is back.
  device.wait_until([] { return radio::driver_state().channel == 1; });
  device.wait_until([] { return radio::driver_state().soft_ap.phone_joined; });
  CHECK(device.verdict().text("state") == "connected");
  // A phone that has followed is left in peace.
  const auto hops = radio::driver_state().hops;
  host::clock::sleep_for(10s);
  CHECK(radio::driver_state().hops == hops);
}

TEST_CASE("an application that keeps to 5 GHz has its access point and its list there") {
  Device device;
  give_5ghz(device, {access_point(44, -55), access_point(6, -45)});
  const ApplicationWifi wifi;
  REQUIRE(esp_wifi_start() == ESP_OK);
  REQUIRE(esp_wifi_set_band_mode(WIFI_BAND_MODE_5G_ONLY) == ESP_OK);
  REQUIRE(device.start());
  CHECK(radio::driver_state().soft_ap.channel == 36);
  CHECK(device.scan_list().text("networks.0.band") == "5");
  CHECK(device.test(kFast).number("channel") == 44);
  device.portal().stop();
}
