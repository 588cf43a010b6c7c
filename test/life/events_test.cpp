#include <doctest/doctest.h>

#include <chrono>
#include <vector>

#include "home.hpp"
#include "host/clock.hpp"
#include "listener.hpp"

using namespace life_test;
using namespace std::chrono_literals;

namespace {

using Ids = std::vector<std::int32_t>;

} // namespace

TEST_CASE("events tell of each connection and each loss, and of no stop") {
  const Router router{.ssid = "M", .channel = 6};
  Home home({router}, Home::config(PortalWhen::Manual));
  const Listener listener;
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  home.until([&] { return listener.ids().size() == 1; }, 1s);
  home.turn_off("M");
  home.until([&] { return listener.ids().size() == 2; }, 30s);
  home.turn_on(router);
  home.until([&] { return listener.ids().size() == 3; }, 2min);
  home.portal().stop();
  host::clock::sleep_for(1s);
  CHECK(listener.ids() == Ids{PROVISIONING_EVENT_CONNECTED, PROVISIONING_EVENT_DISCONNECTED,
                              PROVISIONING_EVENT_CONNECTED});
  const auto heard = listener.heard();
  const auto connected = heard[0].data<provisioning_event_connected_t>();
  CHECK(text_of(connected.ssid) == "M");
  CHECK(connected.channel == 6);
  CHECK(connected.rssi < 0);
  CHECK(connected.ip == 0x3901a8c0);      // 192.168.1.57 in network order
  CHECK(connected.gateway == 0x0101a8c0); // 192.168.1.1
  const auto lost = heard[1].data<provisioning_event_disconnected_t>();
  CHECK(text_of(lost.ssid) == "M");
  CHECK(lost.reason == 200);
}

TEST_CASE(
    "events tell of set-up beside the station: the device is connected before the portal closes") {
  Home home({{.ssid = "M"}}, Home::config());
  const Listener listener;
  REQUIRE(home.device().start());
  home.until_open(5s);
  CHECK(home.device().test(R"({"ssid":"M","password":"right-pass1"})").text("state") ==
        "connected");
  CHECK(home.device().phone().post("/api/complete").status == 200);
  home.until_closed(10s);
  home.until([&] { return listener.ids().size() == 5; }, 5s);
  CHECK(listener.ids() == Ids{PROVISIONING_EVENT_PORTAL_OPENED, PROVISIONING_EVENT_TEST_ENDED,
                              PROVISIONING_EVENT_CONNECTED, PROVISIONING_EVENT_PORTAL_CLOSED,
                              PROVISIONING_EVENT_COMPLETED});
  // The portal opens and closes again while the station stays.
  REQUIRE(home.portal().open_portal());
  home.portal().close_portal();
  home.until([&] { return listener.ids().size() == 7; }, 5s);
  CHECK(listener.ids()[6] == PROVISIONING_EVENT_PORTAL_CLOSED);
  CHECK(listener.heard()[6].data<provisioning_event_portal_closed_t>().reason ==
        PROVISIONING_CLOSED_STOPPED);
  home.portal().stop();
}
