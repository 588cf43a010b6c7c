#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>

#include "host/clock.hpp"
#include "host/network.hpp"
#include "neighbours.hpp"

using namespace neighbours;
using namespace std::chrono_literals;

namespace {

/// The list after a scan that is asked for now.
Json new_list(Device &device) {
  device.wait_until([&] { return device.phone().post("/api/scan").status == 202; });
  return device.wait("/api/scan", [](const Json &json) { return !json.is_true("scanning"); });
}

bool knows_house(const Json &list) {
  for (int i = 0; i < list.size("networks"); ++i) {
    if (list.text("networks." + std::to_string(i) + ".ssid") == "HouseOfBoo") {
      return true;
    }
  }
  return false;
}

Scanner::Names names_of(Device &device, Scanner &scanner) {
  std::optional<Scanner::Names> names;
  device.wait_until([&] {
    names = scanner.take();
    return names.has_value();
  });
  return *names;
}

bool has_house(const Scanner::Names &names) {
  return std::find(names.begin(), names.end(), "HouseOfBoo") != names.end();
}

} // namespace

TEST_CASE(
    "a handler that takes every scan's records after the portal's own does not empty the list") {
  Device device;
  const ApplicationWifi wifi;
  REQUIRE(device.start());
  {
    const RecordsTaker taker;
    CHECK(knows_house(new_list(device)));
    CHECK(device.test(kHouse).text("state") == "connected");
  }
  device.portal().stop();
}

TEST_CASE("a handler that takes every scan's records first: no empty list, a line in the log, and "
          "tests go on") {
  Device device;
  const ApplicationWifi wifi;
  const LogCapture log;
  {
    const RecordsTaker taker;
    REQUIRE(device.start());
    const Json list = new_list(device);
    // Nobody can be ahead of it; but that there are no networks would be a lie.
    CHECK((knows_house(list) || list.has("error")));
    CHECK(taker.taken() > 0);
    if (list.has("error")) {
      CHECK(log.contains("takes the records"));
    }
    CHECK(device.test(kHouse).text("state") == "connected");
    const Json wrong = device.test(kHouseWrongly);
    CHECK(wrong.text("reason") == "wrong_password");
    CHECK(wrong.number("raw_reason") == 15);
    device.portal().stop();
  }
}

TEST_CASE("a start() that fails leaves a scan of the application's alone") {
  const TakenPort taken;
  Device device;
  host::network::map_port(80, taken.number());
  const ApplicationWifi wifi;
  REQUIRE(esp_wifi_start() == ESP_OK);
  Scanner scanner;
  REQUIRE(scanner.begin() == ESP_OK);
  CHECK_FALSE(device.start());
  CHECK(has_house(names_of(device, scanner)));
}

TEST_CASE("stop() leaves a scan of the application's alone") {
  for (const bool has_tested : {false, true}) {
    CAPTURE(has_tested);
    Device device;
    const ApplicationWifi wifi;
    REQUIRE(esp_wifi_start() == ESP_OK);
    REQUIRE(device.start());
    device.scan_list();
    if (has_tested) {
      CHECK(device.test(kHouse).text("state") == "connected");
      device.wait_until([] { return station_config() == StationConfig{}; });
    }
    Scanner scanner;
    REQUIRE(scanner.begin() == ESP_OK);
    device.portal().stop();
    CHECK(has_house(names_of(device, scanner)));
  }
}

TEST_CASE("an application reads the scans that it asks for while the portal is open") {
  for (const bool is_registered_before : {true, false}) {
    CAPTURE(is_registered_before);
    Device device;
    const ApplicationWifi wifi;
    std::optional<Scanner> scanner;
    if (is_registered_before) {
      scanner.emplace();
    }
    REQUIRE(device.start());
    if (!is_registered_before) {
      scanner.emplace();
    }
    for (int round = 0; round < 3; ++round) {
      CHECK(knows_house(new_list(device)));
      REQUIRE(scanner->begin() == ESP_OK);
      CHECK(has_house(names_of(device, *scanner)));
    }
    // Its scan is not taken for the search of a test, either.
    REQUIRE(scanner->begin() == ESP_OK);
    CHECK(device.test(kHouse).text("state") == "connected");
    device.portal().stop();
    scanner.reset();
  }
}

TEST_CASE("a scan of the application's that overrides the portal's is read by the application") {
  for (const bool is_registered_before : {true, false}) {
    CAPTURE(is_registered_before);
    Device device;
    const ApplicationWifi wifi;
    std::optional<Scanner> scanner;
    if (is_registered_before) {
      scanner.emplace();
    }
    REQUIRE(device.start());
    if (!is_registered_before) {
      scanner.emplace();
    }
    device.scan_list();
    device.wait_until([&] { return device.phone().post("/api/scan").status == 202; });
    device.wait_until([] { return radio::driver_state().scanning; });
    REQUIRE(scanner->begin() == ESP_OK);
    CHECK(has_house(names_of(device, *scanner)));
    // The portal goes on, with a list or an error, and never with a list that is empty.
    const Json list = new_list(device);
    CHECK((list.has("error") || knows_house(list)));
    CHECK(device.test(kHouse).text("state") == "connected");
    device.portal().stop();
    scanner.reset();
  }
}

TEST_CASE("a scan of the application's that runs when the portal opens costs neither its list") {
  for (const bool is_registered_before : {true, false}) {
    CAPTURE(is_registered_before);
    Device device;
    const ApplicationWifi wifi;
    std::optional<Scanner> scanner;
    if (is_registered_before) {
      scanner.emplace();
    }
    REQUIRE(esp_wifi_start() == ESP_OK);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    REQUIRE(device.start());
    if (!is_registered_before) {
      scanner.emplace();
    }
    const Json list = device.scan_list();
    CHECK(knows_house(list));
    CHECK(device.test(kHouse).text("state") == "connected");
    device.portal().stop();
    scanner.reset();
  }
}

TEST_CASE("an application that scans all the time costs the list, and does not empty it") {
  Device device;
  const ApplicationWifi wifi;
  REQUIRE(device.start());
  {
    std::atomic<bool> is_over{false};
    Worker restless("restless", [&] {
      while (!is_over) {
        esp_wifi_scan_start(nullptr, false);
        host::clock::sleep_for(700ms); // less than any scan takes
      }
    });
    for (int i = 0; i < 100; ++i) {
      const Json list = device.phone().get("/api/scan").json();
      CHECK((list.is_null("age_ms") || list.has("error") || knows_house(list)));
      host::clock::sleep_for(200ms);
    }
    is_over = true;
    restless.join("the scans");
  }
  CHECK(knows_house(new_list(device)));
  CHECK(device.test(kHouse).text("state") == "connected");
  device.portal().stop();
}
