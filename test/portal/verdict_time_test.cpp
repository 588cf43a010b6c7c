#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <functional>

#include "device.hpp"
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "host/clock.hpp"

namespace {

using host::clock::Duration;

/// When, on the device's clock, what a verdict follows from happened, and when the verdict was out:
/// it is logged right after it has been published.
std::atomic<Duration::rep> verdict_at{0};

int note_verdict(const char *format, va_list args) {
  char line[256];
  const int size = std::vsnprintf(line, sizeof line, format, args);
  if (std::strstr(line, "Connection test result") != nullptr) {
    verdict_at = host::clock::now().count();
  }
  return size;
}

class RadioEvents {
public:
  RadioEvents() {
    esp_event_handler_instance_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_event, this, &wifi_);
    esp_event_handler_instance_register(IP_EVENT, IP_EVENT_STA_GOT_IP, on_event, this, &ip_);
  }
  ~RadioEvents() {
    esp_event_handler_instance_unregister(WIFI_EVENT, ESP_EVENT_ANY_ID, wifi_);
    esp_event_handler_instance_unregister(IP_EVENT, IP_EVENT_STA_GOT_IP, ip_);
  }
  RadioEvents(const RadioEvents &) = delete;
  RadioEvents &operator=(const RadioEvents &) = delete;

  /// Of the last event of its kind: the driver's, or (-1) an address.
  Duration::rep at(std::int32_t id) const { return at_[static_cast<std::size_t>(id + 1)]; }
  static constexpr std::int32_t kGotIp = -1;

private:
  static void on_event(void *self, esp_event_base_t base, std::int32_t id, void *) {
    auto &events = *static_cast<RadioEvents *>(self);
    events.at_[base == IP_EVENT ? 0 : static_cast<std::size_t>(id + 1)] =
        host::clock::now().count();
  }

  std::atomic<Duration::rep> at_[WIFI_EVENT_MAX + 1]{};
  esp_event_handler_instance_t wifi_{nullptr};
  esp_event_handler_instance_t ip_{nullptr};
};

struct Case {
  const char *what;
  const char *request;
  std::int32_t event;
  int wait_ms; ///< of the device's own, that lies between
  std::function<void(Device &, radio::Scenario &)> change{[](Device &, radio::Scenario &) {}};
};

} // namespace

TEST_CASE("a verdict is out within 50 ms of what the radio told, whatever it is") {
  const Case cases[] = {
      {"connected", R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})", RadioEvents::kGotIp, 0},
      {"wrong_password", R"({"ssid":"HouseOfBoo","password":"boo-boo-boO"})",
       WIFI_EVENT_STA_DISCONNECTED, 0},
      {"not_found", R"({"ssid":"nowhere","password":"boo-boo-boo"})", WIFI_EVENT_SCAN_DONE, 0},
      {"security_mismatch", R"({"ssid":"HouseOfBoo Guest","password":"12345678"})",
       WIFI_EVENT_SCAN_DONE, 0},
      {"refused", R"({"ssid":"HouseOfBoo Guest"})", WIFI_EVENT_SCAN_DONE, 0,
       [](Device &device, radio::Scenario &s) {
         device.access_point(s, "HouseOfBoo Guest").refuse_reason = 202;
       }},
      {"no_ip", R"({"ssid":"HouseOfBoo Guest"})", WIFI_EVENT_SCAN_DONE, 0,
       [](Device &device, radio::Scenario &s) {
         device.access_point(s, "HouseOfBoo Guest").dhcp_silent = true;
       }},
  };
  for (const Case &c : cases) {
    CAPTURE(std::string(c.what));
    Device device;
    device.change_world([&](radio::Scenario &s) { c.change(device, s); });
    REQUIRE(device.start());
    device.scan_list();
    const RadioEvents events;
    esp_log_set_vprintf(note_verdict);
    verdict_at = 0;
    const Json json = device.test(c.request);
    const std::string told =
        json.text("state") == "failed" ? json.text("reason") : json.text("state");
    CHECK(told == c.what);
    device.wait_until([] { return verdict_at != 0; });
    const Duration::rep took = verdict_at - events.at(c.event) - c.wait_ms * 1'000;
    CHECK(took <= 50'000);
  }
}

TEST_CASE("a cancelled test is over within 50 ms of the request, one that is in doubt after 20 s") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  esp_log_set_vprintf(note_verdict);
  verdict_at = 0;
  REQUIRE(
      device.phone().post("/api/connect", R"({"ssid":"nowhere","password":"12345678"})").status ==
      202);
  device.wait("/api/connect", [](const Json &json) { return json.text("state") == "connecting"; });
  const auto asked = host::clock::now().count();
  REQUIRE(device.phone().remove("/api/connect").status == 202);
  CHECK(device.verdict().text("reason") == "cancelled");
  device.wait_until([] { return verdict_at != 0; });
  CHECK(verdict_at - asked <= 50'000);

  device.change_world([](radio::Scenario &s) { s.lies.late_ms = 60'000; });
  const Json json = device.test(R"({"ssid":"nowhere","password":"12345678"})");
  CHECK(json.text("reason") == "timeout");
  CHECK(json.number("elapsed_ms") >= 20'000);
  CHECK(json.number("elapsed_ms") <= 20'050);
}
