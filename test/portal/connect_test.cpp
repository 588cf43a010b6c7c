#include <doctest/doctest.h>

#include <string>

#include "device.hpp"
#include "host/nvs.hpp"
#include "nvs.h"

namespace {

constexpr const char *kHouse = R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})";

void check_failed(const Json &json, const std::string &reason) {
  CHECK(json.text("state") == "failed");
  CHECK(json.text("reason") == reason);
  CHECK(json.number("elapsed_ms") >= 0);
}

bool is_saved(Device &device, const std::string &name) {
  const Json saved = device.phone().get("/api/networks").json();
  for (int i = 0; i < saved.size("networks"); ++i) {
    if (saved.text("networks." + std::to_string(i) + ".ssid") == name) {
      return true;
    }
  }
  return false;
}

} // namespace

TEST_CASE("a right password is connected, with address, gateway, signal and channel, and saved") {
  Device device;
  REQUIRE(device.start());
  const Json json = device.test(kHouse);
  CHECK(json.text("state") == "connected");
  CHECK(json.text("ssid") == "HouseOfBoo");
  CHECK(json.text("ip") == "192.168.1.57");
  CHECK(json.text("gateway") == "192.168.1.1");
  CHECK(json.number("channel") == 9);
  CHECK(json.number("rssi") < 0);
  CHECK(json.is_true("saved"));
  CHECK(json.number("elapsed_ms") > 0);
  CHECK(is_saved(device, "HouseOfBoo"));
  CHECK(device.portal().is_provisioned());
  CHECK(device.phone().get("/api/status").json().is_true("provisioned"));
}

TEST_CASE("after the test the station has left and the access point is still up") {
  Device device;
  REQUIRE(device.start());
  device.test(kHouse);
  device.wait_until([] { return radio::driver_state().station == "idle"; });
  const auto state = radio::driver_state();
  CHECK(state.soft_ap.up);
  CHECK(state.mode == "apsta");
  CHECK(state.storage == "ram");
}

TEST_CASE("the result stays readable until the next test") {
  Device device;
  REQUIRE(device.start());
  const Json first = device.test(kHouse);
  for (int i = 0; i < 3; ++i) {
    const Json again = device.phone().get("/api/connect").json();
    CHECK(again.text("state") == "connected");
    CHECK(again.number("elapsed_ms") == first.number("elapsed_ms"));
    CHECK(device.phone().get("/api/status").json().text("connect.ip") == "192.168.1.57");
  }
  check_failed(device.test(R"({"ssid":"not there","password":"whatever-else"})"), "not_found");
}

TEST_CASE("a wrong password is told as such, nothing is saved, and the older password stays") {
  Device device;
  REQUIRE(device.start());
  const std::string wrong = R"({"ssid":"HouseOfBoo","password":"boo-boo-boO"})";
  const Json failed = device.test(wrong);
  check_failed(failed, "wrong_password");
  CHECK(failed.number("raw_reason") == 15);
  CHECK_FALSE(is_saved(device, "HouseOfBoo"));

  CHECK(device.test(kHouse).text("state") == "connected");
  check_failed(device.test(wrong), "wrong_password");
  CHECK(device.test(R"({"ssid":"HouseOfBoo","saved":true})").text("state") == "connected");
}

TEST_CASE("a wrong password of WPA3 is a wrong password too") {
  Device device;
  REQUIRE(device.start());
  check_failed(device.test(R"({"ssid":"Hauntingly Fast","password":"wrong-wrong"})"), "wrong_password");
  CHECK(device.test(R"({"ssid":"Hauntingly Fast","password":"moonlight-sonata"})").text("state") == "connected");
}

TEST_CASE("an open network is joined without a password, and not with one") {
  Device device;
  REQUIRE(device.start());
  check_failed(device.test(R"({"ssid":"HouseOfBoo Guest","password":"12345678"})"), "security_mismatch");
  CHECK(device.test(R"({"ssid":"HouseOfBoo Guest"})").text("state") == "connected");
  check_failed(device.test(R"({"ssid":"HouseOfBoo"})"), "security_mismatch");
}

TEST_CASE("a hidden network is found by its name") {
  Device device;
  REQUIRE(device.start());
  CHECK(device.test(R"({"ssid":"attic","password":"cobwebs-1"})").text("state") == "connected");
  CHECK(is_saved(device, "attic"));
}

TEST_CASE("an access point that never leases an address is no_ip") {
  Device device("no-dhcp");
  REQUIRE(device.start());
  const Json json = device.test(kHouse);
  check_failed(json, "no_ip");
  CHECK(json.number("elapsed_ms") >= 10'000);
  CHECK_FALSE(is_saved(device, "HouseOfBoo"));
}

TEST_CASE("a weak access point is a weak signal") {
  Device device;
  device.change_world([&](radio::Scenario &s) {
    auto &ap = device.access_point(s, "attic");
    ap.rssi = -91;
    ap.weak_fails = true;
  });
  REQUIRE(device.start());
  check_failed(device.test(R"({"ssid":"attic","password":"cobwebs-1"})"), "weak_signal");
}

TEST_CASE("a refusal that means nothing to us is unknown, with the driver's code") {
  Device device;
  device.change_world([&](radio::Scenario &s) { device.access_point(s, "attic").refuse_reason = 203; });
  REQUIRE(device.start());
  const Json json = device.test(R"({"ssid":"attic","password":"cobwebs-1"})");
  check_failed(json, "unknown");
  CHECK(json.number("raw_reason") == 203);
}

TEST_CASE("a test can be cancelled, and the next one begins at once") {
  Device device;
  REQUIRE(device.start());
  REQUIRE(device.phone().post("/api/connect", kHouse).status == 202);
  CHECK(device.phone().remove("/api/connect").status == 202);
  check_failed(device.verdict(), "cancelled");
  CHECK(device.test(kHouse).text("state") == "connected");
  CHECK(device.phone().remove("/api/connect").status == 202);
  CHECK(device.verdict().text("state") == "connected");
}

TEST_CASE("names of arbitrary bytes go all the way, and come back as they were") {
  Device device;
  const std::string names[] = {"\x01\x02\x7F", "\xFF\xFE", std::string(32, '\xC3'), "\"\\</script>",
                               "\xF0\x9F\x91\xBB boo", "%41%00+ &=?#/"};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    device.change_world([&](radio::Scenario &s) {
      radio::AccessPoint ap;
      ap.ssid = names[i];
      ap.bssid = {2, 0, 0, 0, 9, static_cast<std::uint8_t>(i)};
      ap.security = radio::Security::Wpa2;
      ap.password = "p\"\\<>&' \t\x7F";
      s.world.access_points.push_back(ap);
    });
  }
  REQUIRE(device.start());
  for (const std::string &name : names) {
    std::string hex;
    std::string encoded;
    for (const char c : name) {
      char digits[4];
      std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
      hex += digits;
      encoded += std::string("%") + digits;
    }
    CAPTURE(hex);
    const Json json = device.test("{\"ssid_hex\":\"" + hex + "\",\"password\":\"p\\\"\\\\<>&' \\t\\u007f\"}");
    CHECK(json.text("state") == "connected");
    CHECK((json.text("ssid") == name || json.text("ssid_hex") == hex));
    CHECK(json.has("ssid") != json.has("ssid_hex"));
    CHECK(device.phone().remove("/api/networks/" + encoded).status == 200);
    CHECK(device.phone().remove("/api/networks/" + encoded).status == 404);
  }
}

TEST_CASE("what is being tested never reaches the driver's own storage") {
  Device device;
  REQUIRE(device.start());
  device.test(kHouse);
  device.test(R"({"ssid":"HouseOfBoo","password":"boo-boo-boO"})");
  nvs_handle_t handle = 0;
  CHECK(nvs_open("nvs.net80211", NVS_READONLY, &handle) == ESP_ERR_NVS_NOT_FOUND);
}

TEST_CASE("no password reaches the log at any level, nor any answer") {
  Device device;
  const LogCapture log;
  REQUIRE(device.start());
  device.test(R"({"ssid":"HouseOfBoo","password":"not-the-password"})");
  device.test(kHouse);
  std::string answers;
  for (const char *path : {"/api/status", "/api/scan", "/api/connect", "/api/networks"}) {
    answers += device.phone().get(path).body;
  }
  device.phone().post("/api/complete");
  device.wait_until([&] { return device.portal().is_completed(); });
  for (const char *secret : {"boo-boo-boo", "not-the-password", "configure"}) {
    CHECK(answers.find(secret) == std::string::npos);
    CHECK_FALSE(log.contains(secret));
  }
  CHECK(log.contains("Testing connection to: HouseOfBoo"));
  CHECK(log.contains("Connection test result: wrong_password"));
  CHECK(log.contains("Saving credentials for: HouseOfBoo"));
}

TEST_CASE("a channel change cuts the phone off, and it finds the result when it is back") {
  Device device("hop");
  REQUIRE(device.start());
  device.scan_list();
  const Json json = device.test(kHouse);
  CHECK(json.text("state") == "connected");
  CHECK(radio::driver_state().hops >= 1);
}
