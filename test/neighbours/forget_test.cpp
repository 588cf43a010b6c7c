#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "host/clock.hpp"
#include "neighbours.hpp"

using namespace neighbours;
using namespace std::chrono_literals;

namespace {

bool is_saved(Device &device, const std::string &ssid) {
  const auto saved = device.portal().get_saved_ssids();
  return std::find(saved.begin(), saved.end(), ssid) != saved.end();
}

constexpr const char *kForgetHouse = "/api/networks/HouseOfBoo";

/// The moments of a test in which its network can be forgotten.
struct Moment {
  std::string name;
  bool (*is_reached)(const Json &connect);
};

const Moment kMoments[] = {
    {"as soon as it was asked for", [](const Json &) { return true; }},
    {"finding", [](const Json &json) { return json.text("phase") == "finding"; }},
    {"authenticating", [](const Json &json) { return json.text("phase") == "authenticating"; }},
    {"obtaining an address", [](const Json &json) { return json.text("state") == "obtaining_ip"; }},
};

} // namespace

TEST_CASE("a saved network that is deleted while a test with it runs stays forgotten") {
  for (const Moment &moment : kMoments) {
    for (const std::string request : {kHouse, R"({"ssid":"HouseOfBoo","saved":true})"}) {
      CAPTURE(moment.name);
      CAPTURE(request);
      Device device;
      REQUIRE(device.start());
      REQUIRE(device.test(kHouse).text("state") == "connected");
      REQUIRE(is_saved(device, "HouseOfBoo"));
      REQUIRE(device.phone().post("/api/connect", request).status == 202);
      device.wait("/api/connect", [&](const Json &json) {
        REQUIRE(json.text("state") != "connected");
        return moment.is_reached(json);
      });
      REQUIRE(device.phone().remove(kForgetHouse).status == 200);
      const Json verdict = device.verdict();
      CHECK(verdict.text("state") == "failed");
      CHECK(verdict.text("reason") == "cancelled");
      for (int i = 0; i < 50; ++i) {
        host::clock::sleep_for(100ms);
        CHECK_FALSE(is_saved(device, "HouseOfBoo"));
      }
      CHECK(device.phone().post("/api/complete").status == 409);
      // It can be saved again.
      CHECK(device.test(kHouse).text("state") == "connected");
      CHECK(is_saved(device, "HouseOfBoo"));
    }
  }
}

TEST_CASE("another network that is deleted while a test runs does not disturb it") {
  Device device;
  REQUIRE(device.start());
  REQUIRE(device.test(kGuest).text("state") == "connected");
  REQUIRE(device.phone().post("/api/connect", kHouse).status == 202);
  REQUIRE(device.phone().remove("/api/networks/HouseOfBoo%20Guest").status == 200);
  CHECK(device.verdict().text("state") == "connected");
  CHECK(is_saved(device, "HouseOfBoo"));
  CHECK_FALSE(is_saved(device, "HouseOfBoo Guest"));
}

TEST_CASE("a network that is tested and was never saved can't be deleted, and its test goes on") {
  Device device;
  REQUIRE(device.start());
  REQUIRE(device.phone().post("/api/connect", kHouse).status == 202);
  CHECK(device.phone().remove(kForgetHouse).status == 404);
  CHECK(device.verdict().text("state") == "connected");
  CHECK(is_saved(device, "HouseOfBoo"));
}
