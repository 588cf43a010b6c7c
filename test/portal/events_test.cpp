#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "device.hpp"
#include "esp_event.h"
#include "host/clock.hpp"
#include "listener.hpp"
#include "memory.hpp"

using namespace std::chrono_literals;

namespace {

constexpr const char *kWrong = R"({"ssid":"HouseOfBoo","password":"wrong-password"})";
constexpr const char *kHouse = R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})";

using Ids = std::vector<std::int32_t>;

void wait_for(Device &device, const Listener &listener, std::size_t count) {
  device.wait_until([&] { return listener.ids().size() >= count; });
}

} // namespace

TEST_CASE(
    "an application that handles events hears of the whole set-up, in order, and no password") {
  Device device;
  const Listener listener;
  REQUIRE(device.start());
  CHECK(device.test(kWrong).text("state") == "failed");
  CHECK(device.test(kHouse).text("state") == "connected");
  CHECK(device.phone().post("/api/complete").status == 200);
  wait_for(device, listener, 5);
  CHECK(listener.ids() == Ids{PROVISIONING_EVENT_PORTAL_OPENED, PROVISIONING_EVENT_TEST_ENDED,
                              PROVISIONING_EVENT_TEST_ENDED, PROVISIONING_EVENT_PORTAL_CLOSED,
                              PROVISIONING_EVENT_COMPLETED});
  const auto heard = listener.heard();
  const auto opened = heard[0].data<provisioning_event_portal_opened_t>();
  CHECK(text_of(opened.ssid) == "ESP-Prov-8590");
  CHECK(opened.port == 80);
  CHECK(opened.ip == 0x0104a8c0); // 192.168.4.1 in network order
  const auto failed = heard[1].data<provisioning_event_test_ended_t>();
  CHECK(text_of(failed.ssid) == "HouseOfBoo");
  CHECK(failed.result == PROVISIONING_TEST_WRONG_PASSWORD);
  CHECK(failed.raw_reason == 15);
  CHECK_FALSE(failed.saved);
  const auto connected = heard[2].data<provisioning_event_test_ended_t>();
  CHECK(connected.result == PROVISIONING_TEST_CONNECTED);
  CHECK(connected.saved);
  CHECK(heard[3].data<provisioning_event_portal_closed_t>().reason ==
        PROVISIONING_CLOSED_COMPLETED);
  CHECK(text_of(heard[4].data<provisioning_event_completed_t>().ssid) == "HouseOfBoo");
  for (const auto &event : heard) {
    const std::string bytes(event.bytes.begin(), event.bytes.end());
    CHECK(bytes.find("boo-boo-boo") == std::string::npos);
    CHECK(bytes.find("wrong-password") == std::string::npos);
  }
  device.portal().stop();
}

TEST_CASE("once stop() has returned, the end of the portal has been posted, so the loop may go") {
  Device device("quiet");
  for (int i = 0; i < 3; ++i) {
    const Listener listener; // ends with its loop
    REQUIRE(device.start());
    device.portal().stop();
    wait_for(device, listener, 2);
    CHECK(listener.ids() ==
          Ids{PROVISIONING_EVENT_PORTAL_OPENED, PROVISIONING_EVENT_PORTAL_CLOSED});
    CHECK(listener.heard()[1].data<provisioning_event_portal_closed_t>().reason ==
          PROVISIONING_CLOSED_STOPPED);
  }
}

TEST_CASE("a portal that nobody used: its end and the time-out are told") {
  auto config = Device::usual_config();
  config.portal_timeout = 10s;
  Device device("quiet", config);
  device.change_world([](radio::Scenario &scenario) { scenario.phone.reset(); });
  const Listener listener;
  REQUIRE(device.start());
  wait_for(device, listener, 3);
  CHECK(listener.ids() == Ids{PROVISIONING_EVENT_PORTAL_OPENED, PROVISIONING_EVENT_PORTAL_CLOSED,
                              PROVISIONING_EVENT_TIMED_OUT});
  device.portal().stop();
}

TEST_CASE("a portal that stays open tells at once that set-up is complete") {
  auto config = Device::usual_config();
  config.auto_shutdown_ap = false;
  Device device("home", config);
  const Listener listener;
  REQUIRE(device.start());
  CHECK(device.test(kHouse).text("state") == "connected");
  CHECK(device.phone().post("/api/complete").status == 200);
  wait_for(device, listener, 3);
  CHECK(listener.ids().back() == PROVISIONING_EVENT_COMPLETED);
  CHECK_FALSE(device.portal().get_ip_address().empty());
  device.portal().stop();
}

TEST_CASE("a start that fails opens nothing, and tells nothing") {
  Device device("quiet");
  const Listener listener;
  memory::fail_at(8, memory::Shortage::Lasting);
  const bool started = device.start();
  memory::restore();
  CHECK_FALSE(started);
  host::clock::sleep_for(1s);
  CHECK(listener.ids().empty());
}

TEST_CASE(
    "while the event loop is full the portal goes on, and what happened is told later, in order") {
  Device device;
  const Listener listener;
  memory::fill_event_loop(true);
  REQUIRE(device.start());
  CHECK(device.test(kHouse).text("state") == "connected");
  CHECK(listener.ids().empty());
  memory::fill_event_loop(false);
  wait_for(device, listener, 2);
  CHECK(listener.ids() == Ids{PROVISIONING_EVENT_PORTAL_OPENED, PROVISIONING_EVENT_TEST_ENDED});
  device.portal().stop();
}

TEST_CASE("of more than eight events that find no room the oldest are dropped, with a warning") {
  Device device;
  const Listener listener;
  const LogCapture log;
  memory::fill_event_loop(true);
  REQUIRE(device.start());
  device.scan_list();
  for (int i = 0; i < 9; ++i) {
    REQUIRE(device.phone().post("/api/connect", kHouse).status == 202);
    REQUIRE(device.phone().send({.method = "DELETE", .path = "/api/connect"}).status == 202);
    host::clock::sleep_for(1s);
  }
  CHECK(log.contains("an event is dropped"));
  memory::fill_event_loop(false);
  wait_for(device, listener, 8);
  host::clock::sleep_for(1s);
  CHECK(listener.ids() == Ids(8, PROVISIONING_EVENT_TEST_ENDED));
  CHECK(listener.heard().back().data<provisioning_event_test_ended_t>().result ==
        PROVISIONING_TEST_CANCELLED);
  device.portal().stop();
}

TEST_CASE("stop() waits a second at most for an event loop that stays full") {
  Device device("quiet");
  const Listener listener;
  const LogCapture log;
  REQUIRE(device.start());
  wait_for(device, listener, 1);
  memory::fill_event_loop(true);
  const auto begun = host::clock::now();
  device.portal().stop();
  const auto took = host::clock::now() - begun;
  CHECK(took >= 900ms);
  CHECK(took < 3s);
  CHECK(log.contains("the last events are dropped"));
  memory::fill_event_loop(false);
  host::clock::sleep_for(1s);
  CHECK(listener.ids().size() == 1);
  CHECK_FALSE(device.portal().is_active());
}

TEST_CASE("a handler of an event may stop and start the portal") {
  Device device("quiet");
  {
    const Listener listener;
    struct Handler {
      static void on_opened(void *device, esp_event_base_t, std::int32_t, void *) {
        static_cast<Device *>(device)->portal().stop();
      }
    };
    REQUIRE(esp_event_handler_register(PROVISIONING_EVENT, PROVISIONING_EVENT_PORTAL_OPENED,
                                       Handler::on_opened, &device) == ESP_OK);
    device.start(); // it may be stopped again by the time it returns
    wait_for(device, listener, 2);
    device.wait_until([&] { return !device.portal().is_active(); });
    CHECK(listener.ids() ==
          Ids{PROVISIONING_EVENT_PORTAL_OPENED, PROVISIONING_EVENT_PORTAL_CLOSED});
    device.portal().stop();
  }
}
