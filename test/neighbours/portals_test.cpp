#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "esp_netif.h"
#include "esp_wifi.h"
#include "host/netif.hpp"
#include "host/network.hpp"
#include "neighbours.hpp"

using namespace neighbours;

namespace {

/// What a second portal could spoil of the first.
struct Everything {
  std::string ap_ssid;
  std::string authmode;
  std::size_t password_length;
  std::uint8_t channel;
  bool is_up;
  std::string mode;
  std::string page;
  std::uint32_t address;
  std::uint32_t scans;

  bool operator==(const Everything &) const = default;
};

Everything everything() {
  const radio::DriverState state = radio::driver_state();
  esp_netif_ip_info_t info{};
  esp_netif_t *netif = esp_netif_get_handle_from_ifkey("WIFI_AP_DEF");
  if (netif != nullptr) {
    REQUIRE(esp_netif_get_ip_info(netif, &info) == ESP_OK);
  }
  return {state.soft_ap.ssid,
          state.soft_ap.authmode,
          state.soft_ap.password_length,
          state.soft_ap.channel,
          state.soft_ap.up,
          state.mode,
          host::netif::captive_portal_uri(),
          info.ip.addr,
          state.scans};
}

Device::Config other_config() {
  auto config = Device::usual_config();
  config.ap_ssid = "Another";
  config.ap_password = "another-one";
  config.server_port = 81;
  return config;
}

/// As different from the first as can be.
Device::Config elsewhere_config() {
  auto config = other_config();
  config.ap_ip = "10.9.8.1";
  return config;
}

} // namespace

TEST_CASE("a second portal is refused with a line in the log, and touches nothing") {
  Device first;
  REQUIRE(first.start());
  first.scan_list();
  first.wait_until([] { return radio::driver_state().soft_ap.up; });
  host::network::map_port(81, 0);
  const Everything before = everything();
  const LogCapture log;
  {
    espp::Provisioning second(elsewhere_config());
    CHECK_FALSE(second.start());
    CHECK_FALSE(second.is_active());
    CHECK(second.get_ip_address().empty());
    CHECK(log.contains("E ("));
    CHECK(log.contains("nother portal"));
    CHECK(everything() == before);
    CHECK(host::network::bound_port(81) == 0);
    // Neither what it does then, nor its end.
    second.stop();
    CHECK(everything() == before);
    CHECK_FALSE(second.start());
  }
  CHECK(everything() == before);
  CHECK(first.portal().is_active());
  CHECK(first.phone().get("/api/status").status == 200);
  CHECK(first.test(kHouse).text("state") == "connected");
}

TEST_CASE("a second portal is refused in the middle of the first one's test, which goes on") {
  Device first;
  REQUIRE(first.start());
  REQUIRE(first.phone().post("/api/connect", kHouse).status == 202);
  first.wait("/api/connect", [](const Json &json) { return json.text("phase") != "finding"; });
  espp::Provisioning second(elsewhere_config());
  CHECK_FALSE(second.start());
  CHECK(first.verdict().text("state") == "connected");
}

TEST_CASE("a second portal opens once the first has closed, and then the first is refused") {
  Device first;
  REQUIRE(first.start());
  host::network::map_port(81, 0);
  espp::Provisioning second(other_config());
  CHECK_FALSE(second.start());
  first.portal().stop();
  REQUIRE(second.start());
  CHECK(HttpClient(host::network::bound_port(81)).get("/api/status").status == 200);
  CHECK_FALSE(first.start());
  second.stop();
  CHECK(first.start());
}

TEST_CASE("a second portal is refused on the default event loop, too") {
  Device first;
  const DefaultLoop loop;
  OnLoop on_loop;
  REQUIRE(first.start());
  first.wait_until([] { return radio::driver_state().soft_ap.up; });
  first.scan_list();
  const Everything before = everything();
  espp::Provisioning second(elsewhere_config());
  on_loop.run("start()", [&] { second.start(); });
  // Accepted or not, it does not open.
  first.wait_until([&] { return !second.is_active(); });
  CHECK(everything() == before);
  CHECK(first.phone().get("/api/status").status == 200);
  Worker("stopper", [&] { first.portal().stop(); }).join("stop()");
}

TEST_CASE("of portals that start at the same time one opens, whole") {
  for (int round = 0; round < 5; ++round) {
    Device first;
    host::network::map_port(81, 0);
    espp::Provisioning second(other_config());
    std::atomic<int> opened{0};
    {
      Worker one("one", [&] { opened += first.portal().start() ? 1 : 0; });
      Worker two("two", [&] { opened += second.start() ? 1 : 0; });
      one.join("start()");
      two.join("start()");
    }
    CHECK(opened == 1);
    CHECK(first.portal().is_active() != second.is_active());
    const auto port = host::network::bound_port(first.portal().is_active() ? 80 : 81);
    const HttpClient phone(port);
    CHECK(phone.get("/api/status").status == 200);
    first.wait_until([] { return radio::driver_state().soft_ap.up; });
    const bool is_first = first.portal().is_active();
    CHECK(radio::driver_state().soft_ap.ssid ==
          (is_first ? first.portal().get_ap_ssid() : second.get_ap_ssid()));
    second.stop();
    first.portal().stop();
  }
}

TEST_CASE("a portal that is made and destroyed while another is active changes nothing") {
  Device first;
  REQUIRE(first.start());
  first.scan_list();
  const Everything before = everything();
  for (int i = 0; i < 3; ++i) {
    const espp::Provisioning second(elsewhere_config());
    CHECK_FALSE(second.is_active());
    CHECK_FALSE(second.is_completed());
    static_cast<void>(second.get_saved_ssids());
  }
  CHECK(everything() == before);
  CHECK(first.phone().get("/api/status").status == 200);
}
