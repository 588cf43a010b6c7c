#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "device.hpp"

TEST_CASE("the list is ready before anybody asks, and is not made anew by itself") {
  Device device;
  REQUIRE(device.start());
  const Json list = device.scan_list();
  CHECK(list.size("networks") > 8);
  CHECK(radio::driver_state().scans == 1);
  for (int i = 0; i < 5; ++i) {
    CHECK_FALSE(device.phone().get("/api/scan").json().is_true("scanning"));
  }
  CHECK(radio::driver_state().scans == 1);
}

TEST_CASE("one row a network, strongest first, hidden ones left out, every name intact") {
  Device device;
  REQUIRE(device.start());
  const Json list = device.scan_list();
  std::set<std::string> names;
  double strongest = 0;
  bool seen_hex = false;
  for (int i = 0; i < list.size("networks"); ++i) {
    const std::string row = "networks." + std::to_string(i) + ".";
    seen_hex = seen_hex || list.has(row + "ssid_hex");
    const std::string name = list.has(row + "ssid") ? list.text(row + "ssid") : list.text(row + "ssid_hex");
    CAPTURE(name);
    CHECK(names.insert(name).second);
    CHECK(list.number(row + "rssi") <= strongest);
    strongest = list.number(row + "rssi");
    CHECK(list.number(row + "channel") >= 1);
    CHECK_FALSE(list.is_true(row + "saved"));
  }
  CHECK(seen_hex);
  CHECK(names.contains("HouseOfBoo"));
  CHECK(names.contains("<img src=x onerror=alert(1)>"));
  CHECK(names.contains("Bob's \"5G\" \\ caf\xC3\xA9"));
  CHECK_FALSE(names.contains("attic"));
}

TEST_CASE("64 networks are 64 rows") {
  Device device("crowded");
  REQUIRE(device.start());
  CHECK(device.scan_list().size("networks") == 64);
}

TEST_CASE("no network at all is an empty list, and no error") {
  Device device("quiet");
  REQUIRE(device.start());
  const Json list = device.scan_list();
  CHECK(list.size("networks") == 0);
  CHECK_FALSE(list.has("error"));
}

TEST_CASE("a failed scan is an error, never an empty list") {
  Device device("scan-fails");
  REQUIRE(device.start());
  const Json list = device.wait("/api/scan", [](const Json &json) { return json.has("error"); });
  CHECK(list.text("error.code") == "scan_failed");
  CHECK(list.is_null("age_ms"));
  CHECK(list.size("networks") == 0);
}

TEST_CASE("a scan that fails later keeps the older list beside the error") {
  Device device;
  REQUIRE(device.start());
  const int before = device.scan_list().size("networks");
  device.change_world([](radio::Scenario &s) { s.scan_fault = radio::ScanFault{.at = radio::ScanFault::At::Start, .times = 8}; });
  // Asked again and again, the driver refuses.
  CHECK(device.phone().post("/api/scan").status == 202);
  const Json failed = device.wait("/api/scan", [](const Json &json) { return json.has("error"); });
  CHECK(failed.size("networks") == before);
  CHECK_FALSE(failed.is_null("age_ms"));
  CHECK(device.phone().post("/api/scan").status == 202);
  device.wait("/api/scan", [](const Json &json) { return !json.is_true("scanning") && !json.has("error"); });
}

TEST_CASE("a saved network is marked in the list") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  CHECK(device.test(R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})").text("state") == "connected");
  const Json list = device.scan_list();
  int marked = 0;
  for (int i = 0; i < list.size("networks"); ++i) {
    const std::string row = "networks." + std::to_string(i) + ".";
    if (list.is_true(row + "saved")) {
      CHECK(list.text(row + "ssid") == "HouseOfBoo");
      ++marked;
    }
  }
  CHECK(marked == 1);
}

TEST_CASE("Home and Home\\0x are one network, Home, whatever else is on air") {
  Device device("quiet");
  device.change_world([](radio::Scenario &scenario) {
    scenario.world.access_points.clear();
    const std::pair<std::string, int> names[]{{std::string("Home\0x", 6), -40}, {"Home", -60}};
    for (const auto &[name, rssi] : names) {
      radio::AccessPoint ap;
      ap.ssid = name;
      ap.bssid = {2, 0, 0, 0, 9, static_cast<std::uint8_t>(-rssi)};
      ap.security = radio::Security::Wpa2;
      ap.password = name == "Home" ? "right-pass1" : "other-pass1";
      ap.rssi = rssi;
      scenario.world.access_points.push_back(ap);
    }
  });
  REQUIRE(device.start());
  const Json list = device.scan_list();
  REQUIRE(list.size("networks") == 1);
  CHECK(list.text("networks.0.ssid") == "Home");
  CHECK(device.phone().post("/api/connect", R"({"ssid_hex":"486f6d650078","password":"other-pass1"})").code() ==
        "invalid_ssid_hex");
  const Json json = device.test(R"({"ssid":"Home","password":"right-pass1"})");
  CHECK(json.text("state") == "connected");
  CHECK(json.number("rssi") < -50);
  CHECK(device.portal().get_saved_ssids() == std::vector<std::string>{"Home"});
  CHECK(device.phone().remove("/api/networks/Home%00x").code() == "invalid_ssid");
  CHECK(device.phone().remove("/api/networks?ssid_hex=486f6d650078").code() == "invalid_ssid");
  CHECK(device.phone().remove("/api/networks/Home").status == 200);
}
