#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "esp_netif.h"
#include "esp_wifi.h"
#include "esp_wifi_default.h"
#include "host/clock.hpp"
#include "host/network.hpp"
#include "neighbours.hpp"

using namespace neighbours;
using namespace std::chrono_literals;

namespace {

/// Sets Wi-Fi up as a station, as ESP-IDF's examples do from app_main() on, and joins a network.
/// The first error is kept, and what it was about.
class Station {
public:
  void set_up(const std::string &ssid, const std::string &password) {
    check("esp_netif_init", esp_netif_init());
    check("esp_event_loop_create_default", esp_event_loop_create_default());
    // It aborts where there is one already.
    if (esp_netif_get_handle_from_ifkey("WIFI_STA_DEF") != nullptr) {
      check("esp_netif_create_default_wifi_sta", ESP_ERR_INVALID_STATE);
      return;
    }
    netif_ = esp_netif_create_default_wifi_sta();
    const wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
    check("esp_wifi_init", esp_wifi_init(&init));
    check("esp_event_handler_instance_register",
          esp_event_handler_instance_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_event, nullptr,
                                              &handler_));
    check("esp_wifi_set_mode", esp_wifi_set_mode(WIFI_MODE_STA));
    join(ssid, password);
  }

  /// The rest of it, for an application whose driver is initialised already.
  void join(const std::string &ssid, const std::string &password) {
    wifi_config_t config{};
    std::copy(ssid.begin(), ssid.end(), config.sta.ssid);
    std::copy(password.begin(), password.end(), config.sta.password);
    check("esp_wifi_set_config", esp_wifi_set_config(WIFI_IF_STA, &config));
    check("esp_wifi_start", esp_wifi_start());
    if (handler_ == nullptr) {
      check("esp_wifi_connect", esp_wifi_connect());
    }
    is_set_up_ = true;
  }

  void take_down() {
    CHECK(esp_event_handler_instance_unregister(WIFI_EVENT, ESP_EVENT_ANY_ID, handler_) == ESP_OK);
    CHECK(esp_wifi_stop() == ESP_OK);
    CHECK(esp_wifi_deinit() == ESP_OK);
    esp_netif_destroy_default_wifi(netif_);
    CHECK(esp_event_loop_delete_default() == ESP_OK);
  }

  bool is_set_up() const { return is_set_up_; }
  /// Of the first call that failed; empty if none has.
  const char *failed() const { return failed_; }

private:
  void check(const char *call, esp_err_t error) {
    if (error != ESP_OK && failed_.load()[0] == 0) {
      failed_ = call;
    }
  }

  static void on_event(void * /*arg*/, esp_event_base_t /*base*/, std::int32_t id,
                       void * /*data*/) {
    if (id == WIFI_EVENT_STA_START || id == WIFI_EVENT_STA_DISCONNECTED) {
      esp_wifi_connect();
    }
  }

  esp_netif_t *netif_{nullptr};
  esp_event_handler_instance_t handler_{nullptr};
  std::atomic<const char *> failed_{""};
  std::atomic<bool> is_set_up_{false};
};

void check_stays_connected(Device &device) {
  device.wait_until([] { return radio::driver_state().has_address; });
  for (int second = 0; second < 60; ++second) {
    host::clock::sleep_for(1s);
    REQUIRE(radio::driver_state().station == "connected");
  }
  CHECK(radio::driver_state().station_ssid == "HouseOfBoo");
}

} // namespace

TEST_CASE("an application that sets its station up in on_provisioned, as examples do, stays "
          "connected") {
  Station station;
  auto config = Device::usual_config();
  config.on_provisioned = [&](const std::string &ssid, const std::string &password) {
    station.set_up(ssid, password);
  };
  Device device("home", config);
  REQUIRE(device.start());
  complete(device);
  device.wait_until([&] { return device.portal().is_completed(); });
  CHECK_FALSE(device.portal().is_active());
  REQUIRE(station.failed() == std::string());
  REQUIRE(station.is_set_up());
  check_stays_connected(device);
  CHECK(radio::driver_state().mode == "sta");
  device.portal().stop(); // harmless, and takes nothing away
  CHECK(radio::driver_state().station == "connected");
  station.take_down();
}

TEST_CASE("an application whose own driver the portal has used joins in on_provisioned and stays "
          "connected") {
  Station station;
  auto config = Device::usual_config();
  config.on_provisioned = [&](const std::string &ssid, const std::string &password) {
    station.join(ssid, password);
  };
  Device device("home", config);
  const ApplicationWifi wifi;
  REQUIRE(device.start());
  complete(device);
  device.wait_until([&] { return device.portal().is_completed(); });
  REQUIRE(station.failed() == std::string());
  check_stays_connected(device);
}

TEST_CASE(
    "everything is given back when on_provisioned runs, and the portal is active until it has "
    "returned") {
  struct Seen {
    bool has_server{true};
    bool has_radio{true};
    bool has_interface{true};
    bool is_active{false};
    bool is_completed{true};
  } seen;
  espp::Provisioning *portal = nullptr;
  std::atomic<bool> has_run{false};
  auto config = Device::usual_config();
  config.on_provisioned = [&](const std::string &, const std::string &) {
    seen = {.has_server = host::network::bound_port(80) != 0,
            .has_radio = radio::driver_state().initialised,
            .has_interface = esp_netif_get_handle_from_ifkey("WIFI_AP_DEF") != nullptr,
            .is_active = portal->is_active(),
            .is_completed = portal->is_completed()};
    has_run = true;
  };
  Device device("home", config);
  portal = &device.portal();
  REQUIRE(device.start());
  complete(device);
  device.wait_until([&] { return device.portal().is_completed(); });
  REQUIRE(has_run);
  CHECK_FALSE(device.portal().is_active());
  CHECK_FALSE(seen.has_server);
  CHECK_FALSE(seen.has_radio);
  CHECK_FALSE(seen.has_interface);
  CHECK(seen.is_active);
  CHECK_FALSE(seen.is_completed);
}

TEST_CASE("without auto-shutdown on_provisioned runs at once, and the portal stays open") {
  auto config = Device::usual_config();
  config.auto_shutdown_ap = false;
  std::atomic<bool> has_run{false};
  std::atomic<bool> was_up{false};
  config.on_provisioned = [&](const std::string &, const std::string &) {
    was_up = radio::driver_state().soft_ap.up && host::network::bound_port(80) != 0;
    has_run = true;
  };
  Device device("home", config);
  REQUIRE(device.start());
  complete(device);
  const auto waited = duration_of([&] { device.wait_until([&] { return has_run.load(); }); });
  CHECK(waited < 3s);
  CHECK(was_up);
  device.wait_until([&] { return device.portal().is_completed(); });
  CHECK(device.portal().is_active());
  CHECK(device.phone().get("/api/status").status == 200);
}

TEST_CASE("the saved network can be read in on_provisioned") {
  std::optional<std::string> password;
  std::vector<std::string> names;
  espp::Provisioning *portal = nullptr;
  std::atomic<bool> has_run{false};
  auto config = Device::usual_config();
  config.on_provisioned = [&](const std::string &ssid, const std::string &) {
    password = portal->get_saved_password(ssid);
    names = portal->get_saved_ssids();
    has_run = true;
  };
  Device device("home", config);
  portal = &device.portal();
  REQUIRE(device.start());
  complete(device);
  device.wait_until([&] { return device.portal().is_completed(); });
  REQUIRE(has_run);
  CHECK(password == kHousePassword);
  CHECK(names == std::vector<std::string>{"HouseOfBoo"});
}
