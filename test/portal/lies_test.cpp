#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "device.hpp"
#include "esp_event.h"
#include "esp_netif.h"
#include "esp_wifi.h"

namespace {

constexpr const char *kHouse = R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})";
constexpr const char *kWrong = R"({"ssid":"HouseOfBoo","password":"boo-boo-boO"})";

using Lie = radio::Injection::Event;

constexpr Lie kAllLies[] = {
    Lie::ScanDone, Lie::StaStart, Lie::StaStop, Lie::StaConnected, Lie::StaDisconnected,
    Lie::GotIp,    Lie::LostIp,   Lie::ApStart, Lie::ApStop,       Lie::BeaconTimeout};

void wait_for_rest(Device &device) {
  device.wait_until(
      [] { return radio::driver_state().station == "idle" && !radio::driver_state().scanning; });
}

/// Whatever was told before, all is as it should be: a scan, a failure, and a success.
void check_sane(Device &device) {
  wait_for_rest(device);
  device.wait("/api/scan", [](const Json &json) { return !json.is_true("scanning"); });
  // What is still on its way may end one more scan before it is done, which is an error then.
  Json scan("");
  for (int i = 0; i < 5 && (i == 0 || scan.size("networks") < 6 || scan.has("error")); ++i) {
    CHECK(device.phone().post("/api/scan").status == 202);
    scan = device.wait("/api/scan", [](const Json &json) { return !json.is_true("scanning"); });
    wait_for_rest(device);
  }
  CHECK(scan.size("networks") > 5);
  CHECK_FALSE(scan.has("error"));
  CHECK(device.test(kWrong).text("reason") == "wrong_password");
  const Json good = device.test(kHouse);
  CHECK(good.text("state") == "connected");
  CHECK(good.text("ip") == "192.168.1.57");
}

/// Where a test can be when something is told that is not so.
struct Stage {
  const char *name;
  std::function<bool(const Json &)> is_there;
};

std::vector<Stage> stages() {
  return {
      {"finding", [](const Json &json) { return json.text("phase") == "finding"; }},
      {"joining", [](const Json &json) { return json.text("phase") != "finding"; }},
      {"waiting for an address",
       [](const Json &json) { return json.text("state") != "connecting"; }},
  };
}

void tell_all_lies() {
  for (const Lie lie : kAllLies) {
    REQUIRE(radio::inject({.event = lie, .reason = 203, .times = 3}));
  }
}

} // namespace

TEST_CASE("events that come twice change nothing") {
  Device device;
  device.change_world([](radio::Scenario &s) { s.lies.repeat = 3; });
  REQUIRE(device.start());
  check_sane(device);
  REQUIRE(device.phone().post("/api/connect", kHouse).status == 202);
  CHECK(device.phone().remove("/api/connect").status == 202);
  CHECK(device.verdict().text("reason") == "cancelled");
  check_sane(device);
}

TEST_CASE("events that come late change nothing but the time") {
  Device device;
  device.change_world([](radio::Scenario &s) { s.lies.late_ms = 700; });
  REQUIRE(device.start());
  check_sane(device);
}

TEST_CASE("a driver that gives a connection up without a word does not hold up the next test") {
  Device device;
  device.change_world([](radio::Scenario &s) { s.lies.silent_abort = true; });
  REQUIRE(device.start());
  device.scan_list();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(device.phone().post("/api/connect", kHouse).status == 202);
    device.wait("/api/connect", [](const Json &json) { return json.text("phase") != "finding"; });
    CHECK(device.phone().remove("/api/connect").status == 202);
    const Json json = device.verdict();
    CHECK((json.text("reason") == "cancelled" || json.text("state") == "connected"));
  }
  check_sane(device);
}

TEST_CASE("every event that did not happen, at every stage of a test, leaves a verdict and a sane "
          "device") {
  const Haste haste;
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  for (const Stage &stage : stages()) {
    for (const Lie lie : kAllLies) {
      CAPTURE(stage.name);
      CAPTURE(static_cast<int>(lie));
      REQUIRE(device.phone().post("/api/connect", kWrong).status == 202);
      device.wait("/api/connect", [&](const Json &json) {
        return stage.is_there(json) || json.text("state") == "failed";
      });
      REQUIRE(radio::inject({.event = lie, .reason = 203, .status = 0, .times = 3}));
      const Json json = device.verdict();
      CHECK_FALSE(json.is_true("saved"));
      wait_for_rest(device);
    }
    check_sane(device);
    CHECK(device.phone().remove("/api/networks/HouseOfBoo").status == 200);
  }
}

TEST_CASE("events that did not happen, at rest and after a success, change nothing") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  tell_all_lies();
  check_sane(device);
  tell_all_lies();
  CHECK(device.verdict().text("state") == "connected");
  check_sane(device);
}

TEST_CASE("every reason that a driver can give ends in a verdict") {
  const Haste haste;
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  // Known ones, and what stands between them. All of them: test/core/verdict_test.cpp.
  for (const int reason : {0,   1,   2,   3,   4,   5,   8,   14,  15,  16,  39,  67,
                           100, 199, 200, 201, 202, 203, 204, 205, 206, 212, 213, 255}) {
    CAPTURE(reason);
    device.change_world([&](radio::Scenario &s) {
      device.access_point(s, "HouseOfBoo Guest").refuse_reason = static_cast<std::uint8_t>(reason);
    });
    const Json json = device.test(R"({"ssid":"HouseOfBoo Guest"})");
    CHECK(json.text("state") == "failed");
    // 8 is the echo of a leaving of our own, and so not taken for an answer.
    CHECK((reason == 8 || json.number("raw_reason") == reason));
  }
}

TEST_CASE("being thrown out in the middle of DHCP is a verdict, and the next test works") {
  Device device;
  device.change_world(
      [&](radio::Scenario &s) { device.access_point(s, "HouseOfBoo Guest").dhcp_silent = true; });
  REQUIRE(device.start());
  device.scan_list();
  for (const std::uint8_t reason : std::initializer_list<std::uint8_t>{4, 8, 15, 200, 77}) {
    CAPTURE(static_cast<int>(reason));
    REQUIRE(device.phone().post("/api/connect", R"({"ssid":"HouseOfBoo Guest"})").status == 202);
    device.wait("/api/connect",
                [](const Json &json) { return json.text("state") == "obtaining_ip"; });
    // Kicked as often as it comes back.
    const Json json = device.wait("/api/connect", [&](const Json &now) {
      radio::kick_station(reason);
      return now.text("state") == "failed";
    });
    CHECK(json.text("reason") != "<none>");
    wait_for_rest(device);
  }
  check_sane(device);
}

TEST_CASE("a scan that is said to have ended while it runs is over, and the next one works") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  for (const std::uint32_t status : {0U, 1U, 77U}) {
    REQUIRE(device.phone().post("/api/scan").status == 202);
    device.wait_until([] { return radio::driver_state().scanning; });
    REQUIRE(radio::inject({.event = Lie::ScanDone, .status = status}));
    device.wait("/api/scan", [](const Json &now) { return !now.is_true("scanning"); });
    wait_for_rest(device);
  }
  check_sane(device);
}

TEST_CASE("events after stop() reach nobody, and do not disturb the next start") {
  Device device;
  const ApplicationWifi wifi; // so that the driver lives on
  REQUIRE(esp_wifi_start() == ESP_OK);
  for (int round = 0; round < 3; ++round) {
    REQUIRE(device.start());
    // Events of the round before may fill the session's queue, which is 503, or cut the phone off
    // before it has its answer; then the test runs already, which is 409.
    device.wait_until([&] {
      const int status = device.phone().post("/api/connect", kHouse).status;
      return status == 202 || status == 409;
    });
    for (const Lie lie : kAllLies) {
      radio::inject({.event = lie, .times = 5, .delay_ms = static_cast<std::uint32_t>(round) * 20});
    }
    device.portal().stop();
    for (const Lie lie : kAllLies) {
      CHECK(radio::inject({.event = lie, .times = 5}));
    }
  }
  REQUIRE(device.start());
  // Some are still on their way to the event loop, and may end the first scan.
  CHECK(device.test(kWrong).text("state") == "failed");
  check_sane(device);
  device.portal().stop();
}
