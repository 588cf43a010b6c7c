#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "host/clock.hpp"
#include "neighbours.hpp"

using namespace neighbours;
using namespace std::chrono_literals;

namespace {

const StationConfig kWork{"Work", "the-application's"};

/// An access point of the application's own, which the portal must leave alone.
void add_work(Device &device) {
  device.change_world([](radio::Scenario &scenario) {
    radio::AccessPoint ap;
    ap.ssid = kWork.ssid;
    ap.bssid = {2, 0, 0, 0, 0, 1};
    ap.channel = 11;
    ap.rssi = -50;
    ap.security = radio::Security::Wpa2;
    ap.password = kWork.password;
    scenario.world.access_points.push_back(ap);
  });
}

/// When the application's handler is registered, and what its driver knows by then.
struct Way {
  std::string name;
  bool is_registered_before;
  bool has_network;
  bool is_started;
};

const Way kWays[] = {
    {"registered before start()", true, false, false},
    {"registered before start(), with a network of its own", true, true, false},
    {"registered before start(), connected to its own network", true, true, true},
    {"registered after start()", false, false, false},
    {"registered after start(), with a network of its own", false, true, false},
};

/// An application with Wi-Fi and such a handler, beside a portal that is open.
class Neighbourhood {
public:
  explicit Neighbourhood(const Way &way) {
    add_work(device_);
    if (way.has_network) {
      REQUIRE(esp_wifi_set_storage(WIFI_STORAGE_RAM) == ESP_OK);
      set_station_config(kWork);
    }
    if (way.is_registered_before) {
      handler_.emplace();
    }
    if (way.is_started) {
      REQUIRE(esp_wifi_start() == ESP_OK);
      device_.wait_until([] { return radio::driver_state().has_address; });
    }
    before_ = station_config();
    REQUIRE(device_.start());
    if (!way.is_registered_before) {
      handler_.emplace();
    }
  }
  ~Neighbourhood() {
    device_.portal().stop();
    CHECK(station_config() == before_);
  }

  Device &device() { return device_; }
  const StationConfig &before() const { return before_; }

private:
  Device device_;
  ApplicationWifi wifi_;
  std::optional<ReconnectingStation> handler_;
  StationConfig before_;
};

/// The driver knows nothing of a test any more, and for some seconds on end.
void check_driver_forgets(Device &device) {
  const auto knows = [] { return station_config().ssid == "HouseOfBoo"; };
  device.wait_until([&] { return !knows(); });
  for (int i = 0; i < 30; ++i) {
    host::clock::sleep_for(100ms);
    CHECK_FALSE(knows());
  }
}

} // namespace

TEST_CASE("beside a handler that reconnects, a right password connects") {
  for (const Way &way : kWays) {
    CAPTURE(way.name);
    Neighbourhood here(way);
    CHECK(here.device().test(kHouse).text("state") == "connected");
    check_driver_forgets(here.device());
  }
}

TEST_CASE("beside a handler that reconnects, a wrong password is called wrong") {
  for (const Way &way : kWays) {
    CAPTURE(way.name);
    Neighbourhood here(way);
    const Json verdict = here.device().test(kHouseWrongly);
    CHECK(verdict.text("state") == "failed");
    CHECK(verdict.text("reason") == "wrong_password");
    check_driver_forgets(here.device());
  }
}

TEST_CASE("beside a handler that reconnects, tests follow one another, each with its own verdict") {
  Neighbourhood here(kWays[0]);
  for (int round = 0; round < 3; ++round) {
    CHECK(here.device().test(kHouseWrongly).text("reason") == "wrong_password");
    CHECK(here.device().test(kHouse).text("state") == "connected");
    CHECK(here.device().test(R"({"ssid":"Nowhere","password":"whatever1"})").text("reason") ==
          "not_found");
    CHECK(here.device().test(kGuest).text("state") == "connected");
  }
}

TEST_CASE("beside a handler that reconnects, a test that is cancelled ends, and is not joined") {
  Neighbourhood here(kWays[0]);
  Device &device = here.device();
  for (const char *phase : {"finding", "authenticating"}) {
    CAPTURE(phase);
    REQUIRE(device.phone().post("/api/connect", kHouseWrongly).status == 202);
    device.wait("/api/connect", [&](const Json &json) {
      return json.text("phase") == phase || json.text("state") == "failed";
    });
    REQUIRE(device.phone().remove("/api/connect").status == 202);
    CHECK(device.verdict().text("reason") == "cancelled");
    check_driver_forgets(device);
  }
}

TEST_CASE("beside a handler that reconnects, the list is made") {
  for (const Way &way : kWays) {
    CAPTURE(way.name);
    Neighbourhood here(way);
    const Json list = here.device().scan_list();
    CHECK_FALSE(list.has("error"));
    CHECK(list.size("networks") > 0);
  }
}

TEST_CASE("the application's handler has its station back once the portal has closed") {
  Device device;
  add_work(device);
  const ApplicationWifi wifi;
  REQUIRE(esp_wifi_set_storage(WIFI_STORAGE_RAM) == ESP_OK);
  set_station_config(kWork);
  const ReconnectingStation handler;
  REQUIRE(esp_wifi_start() == ESP_OK);
  device.wait_until([] { return radio::driver_state().has_address; });
  REQUIRE(device.start());
  CHECK(device.test(kHouseWrongly).text("reason") == "wrong_password");
  device.portal().stop();
  CHECK(station_config() == kWork);
  CHECK(radio::driver_state().started);
  esp_wifi_connect();
  device.wait_until([] { return radio::driver_state().has_address; });
  CHECK(radio::driver_state().station_ssid == kWork.ssid);
}
