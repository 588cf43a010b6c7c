#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>

#include "device.hpp"
#include "esp_event.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "host/network.hpp"
#include "host/tasks.hpp"
#include "nvs_flash.h"

namespace {

constexpr const char *kHouse = R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})";

} // namespace

TEST_CASE("the access point has the configured password and the device's own name") {
  Device device;
  CHECK_FALSE(device.portal().is_active());
  CHECK(device.portal().get_ip_address().empty());
  REQUIRE(device.start());
  CHECK(device.portal().get_ap_ssid() == "ESP-Prov-8590");
  CHECK(device.portal().get_ip_address() == "192.168.4.1");
  device.wait_until([] { return radio::driver_state().soft_ap.up; });
  const auto ap = radio::driver_state().soft_ap;
  CHECK(ap.ssid == "ESP-Prov-8590");
  CHECK(ap.authmode == "wpa2");
  CHECK(ap.password_length == 9);
  CHECK(device.start()); // already active
  CHECK(device.portal().is_active());
}

TEST_CASE("an empty password is an open access point, and warned about") {
  auto config = Device::usual_config();
  config.ap_password = "";
  Device device("quiet", config);
  const LogCapture log;
  REQUIRE(device.start());
  device.wait_until([] { return radio::driver_state().soft_ap.up; });
  CHECK(radio::driver_state().soft_ap.authmode == "open");
  CHECK(log.contains("W ("));
  CHECK(log.contains("anyone in range"));
}

TEST_CASE("a configuration that can't work is an error at start, not something else silently") {
  struct Case {
    const char *what;
    void (*spoil)(Device::Config &);
  };
  const Case cases[] = {
      {"short password", [](Device::Config &c) { c.ap_password = "short"; }},
      {"long password", [](Device::Config &c) { c.ap_password = std::string(64, 'a'); }},
      {"no name", [](Device::Config &c) { c.ap_ssid = "", c.append_mac_to_ssid = false; }},
      {"a name that is no UTF-8", [](Device::Config &c) { c.device_name = "\xFF"; }},
      {"port 0", [](Device::Config &c) { c.server_port = 0; }},
      {"no address", [](Device::Config &c) { c.ap_ip = ""; }},
      {"loopback address", [](Device::Config &c) { c.ap_ip = "127.0.0.1"; }},
      {"broadcast address", [](Device::Config &c) { c.ap_ip = "192.168.4.255"; }},
      {"no netmask", [](Device::Config &c) { c.ap_netmask = "255.0.255.0"; }},
      {"negative time-out", [](Device::Config &c) { c.portal_timeout = std::chrono::seconds(-1); }},
      {"endless time-out", [](Device::Config &c) { c.portal_timeout = std::chrono::seconds::max(); }},
  };
  for (const Case &c : cases) {
    CAPTURE(c.what);
    auto config = Device::usual_config();
    c.spoil(config);
    Device device("quiet", config);
    const LogCapture log;
    CHECK_FALSE(device.start());
    CHECK_FALSE(device.portal().is_active());
    CHECK(log.contains("E ("));
  }
}

TEST_CASE("without NVS the portal says what is missing") {
  Device device("quiet");
  REQUIRE(nvs_flash_deinit() == ESP_OK);
  const LogCapture log;
  CHECK_FALSE(device.start());
  CHECK(log.contains("nvs_flash_init()"));
  REQUIRE(nvs_flash_init() == ESP_OK);
  CHECK(device.start());
}

TEST_CASE("a taken port is an error, and everything is given back") {
  auto config = Device::usual_config();
  Device first("quiet", config);
  REQUIRE(first.start());
  const auto taken = host::network::bound_port(80);
  REQUIRE(taken != 0);
  host::network::map_port(81, taken);
  config.server_port = 81;
  espp::Provisioning second(config);
  CHECK_FALSE(second.start());
  CHECK_FALSE(second.is_active());
  CHECK(first.phone().get("/api/status").status == 200);
}

TEST_CASE("completing calls back with the network, after the answer, then closes the portal") {
  Device device;
  REQUIRE(device.start());
  CHECK(device.phone().post("/api/complete").code() == "not_connected");
  device.test(kHouse);
  const Reply reply = device.phone().post("/api/complete");
  CHECK(reply.status == 200);
  CHECK(reply.json().is_true("ap_shutdown"));
  device.wait_until([&] { return device.provisioned().has_value(); });
  CHECK(device.provisioned()->ssid == "HouseOfBoo");
  CHECK(device.provisioned()->password == "boo-boo-boo");
  device.wait_until([&] { return device.portal().is_completed() && !device.portal().is_active(); });
  CHECK(host::network::bound_port(80) == 0);

  REQUIRE(device.start());
  CHECK_FALSE(device.portal().is_completed());
  CHECK(device.phone().get("/api/connect").json().text("state") == "idle");
  CHECK(device.phone().get("/api/networks").json().size("networks") == 1);
}

TEST_CASE("the answer has time to arrive before the access point goes") {
  Device device;
  REQUIRE(device.start());
  device.test(kHouse);
  REQUIRE(device.phone().post("/api/complete").status == 200);
  // Until the end the portal still answers, and tells that it is complete.
  CHECK(device.phone().get("/api/status").json().is_true("completed"));
  CHECK(device.phone().post("/api/connect", kHouse).code() == "completed");
  CHECK_FALSE(device.provisioned());
  device.wait_until([&] { return !device.portal().is_active(); });
  CHECK(device.portal().is_completed());
  CHECK(device.provisioned());
}

TEST_CASE("when the application is told, Wi-Fi is its own to set up") {
  auto config = Device::usual_config();
  std::atomic<esp_err_t> error{ESP_FAIL};
  config.on_provisioned = [&](const std::string &, const std::string &) {
    // What each portal took is given back, or this would be refused.
    error = esp_event_loop_create_default();
    CHECK(esp_netif_get_handle_from_ifkey("WIFI_STA_DEF") == nullptr);
    wifi_mode_t mode = WIFI_MODE_NULL;
    CHECK(esp_wifi_get_mode(&mode) == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_event_loop_delete_default() == ESP_OK);
  };
  Device device("home", config);
  REQUIRE(device.start());
  device.test(kHouse);
  REQUIRE(device.phone().post("/api/complete").status == 200);
  device.wait_until([&] { return device.portal().is_completed(); });
  CHECK(error == ESP_OK);
}

TEST_CASE("without auto-shutdown the portal stays, and the application is told once") {
  auto config = Device::usual_config();
  config.auto_shutdown_ap = false;
  std::atomic<int> calls{0};
  config.on_provisioned = [&](const std::string &, const std::string &) { ++calls; };
  Device device("home", config);
  REQUIRE(device.start());
  device.test(kHouse);
  CHECK_FALSE(device.phone().post("/api/complete").json().is_true("ap_shutdown"));
  device.wait_until([&] { return device.portal().is_completed(); });
  CHECK(device.portal().is_active());
  CHECK(calls == 1);
  CHECK(device.test(R"({"ssid":"HouseOfBoo Guest"})").text("state") == "connected");
  CHECK(device.phone().post("/api/complete").status == 200);
  CHECK(device.phone().get("/api/networks").json().size("networks") == 2);
  device.portal().stop();
  CHECK_FALSE(device.portal().is_active());
  CHECK(calls == 1);
}

TEST_CASE("the callback may stop the portal itself") {
  auto config = Device::usual_config();
  espp::Provisioning *portal = nullptr;
  std::atomic<bool> returned{false};
  config.on_provisioned = [&](const std::string &, const std::string &) {
    portal->stop();
    returned = true;
  };
  Device device("home", config);
  portal = &device.portal();
  REQUIRE(device.start());
  device.test(kHouse);
  REQUIRE(device.phone().post("/api/complete").status == 200);
  device.wait_until([&] { return returned.load(); });
  CHECK_FALSE(device.portal().is_active());
}

TEST_CASE("a handler of the event loop may stop the portal") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  std::atomic<bool> returned{false};
  struct Context {
    espp::Provisioning *portal;
    std::atomic<bool> *returned;
  } context{&device.portal(), &returned};
  REQUIRE(esp_event_handler_register(
              WIFI_EVENT, WIFI_EVENT_SCAN_DONE,
              [](void *arg, esp_event_base_t, std::int32_t, void *) {
                auto &c = *static_cast<Context *>(arg);
                c.portal->stop();
                *c.returned = true;
              },
              &context) == ESP_OK);
  REQUIRE(device.phone().post("/api/scan").status == 202);
  device.wait_until([&] { return returned.load() && !device.portal().is_active(); });
  // The loop has ended as well, although its own task asked for it.
  CHECK(esp_event_loop_delete_default() == ESP_ERR_INVALID_STATE);
}

TEST_CASE("stopping on the event loop and elsewhere at once does not hang") {
  for (int i = 0; i < 8; ++i) {
    Device device;
    REQUIRE(device.start());
    device.scan_list();
    struct Context {
      espp::Provisioning *portal;
      std::atomic<bool> inside{false};
    } context{&device.portal()};
    REQUIRE(esp_event_handler_register(
                WIFI_EVENT, WIFI_EVENT_SCAN_DONE,
                [](void *arg, esp_event_base_t, std::int32_t, void *) {
                  auto &c = *static_cast<Context *>(arg);
                  c.inside = true;
                  c.portal->stop();
                },
                &context) == ESP_OK);
    REQUIRE(device.phone().post("/api/scan").status == 202);
    if (i % 2 == 0) {
      device.wait_until([&] { return context.inside.load(); });
    }
    device.portal().stop();
    CHECK_FALSE(device.portal().is_active());
  }
}

TEST_CASE("a callback may start the portal anew while another task waits for it to stop") {
  auto config = Device::usual_config();
  espp::Provisioning *portal = nullptr;
  std::atomic<bool> inside{false};
  std::atomic<bool> go_on{false};
  std::atomic<bool> restarted{false};
  config.on_provisioned = [&](const std::string &, const std::string &) {
    inside = true;
    while (!go_on) {
      vTaskDelay(1);
    }
    restarted = portal->start();
  };
  Device device("home", config);
  portal = &device.portal();
  REQUIRE(device.start());
  device.test(kHouse);
  REQUIRE(device.phone().post("/api/complete").status == 200);
  device.wait_until([&] { return inside.load(); });
  std::thread stopper([&] { device.portal().stop(); });
  device.wait_until([&] { return !device.portal().is_active(); });
  go_on = true;
  join(stopper);
  device.wait_until([&] { return restarted.load(); });
  CHECK(device.portal().is_active());
}

TEST_CASE("the network that set-up was completed with is handed over, whatever is tested next") {
  auto config = Device::usual_config();
  config.auto_shutdown_ap = false;
  std::atomic<int> calls{0};
  config.on_provisioned = [&](const std::string &ssid, const std::string &) {
    CHECK(ssid == "HouseOfBoo");
    ++calls;
  };
  Device device("home", config);
  for (int i = 1; i <= 5; ++i) {
    REQUIRE(device.start());
    device.test(kHouse);
    REQUIRE(device.phone().post("/api/complete").status == 200);
    REQUIRE(device.phone().post("/api/connect", R"({"ssid":"HouseOfBoo Guest"})").status == 202);
    device.wait_until([&] { return calls == i; });
    device.verdict();
    device.portal().stop();
  }
}

TEST_CASE("after stop() returns no callback runs") {
  auto config = Device::usual_config();
  std::atomic<bool> inside{false};
  std::atomic<bool> go_on{false};
  config.on_provisioned = [&](const std::string &, const std::string &) {
    inside = true;
    while (!go_on) {
      vTaskDelay(1);
    }
    inside = false;
  };
  Device device("home", config);
  REQUIRE(device.start());
  device.test(kHouse);
  REQUIRE(device.phone().post("/api/complete").status == 200);
  device.wait_until([&] { return inside.load(); });
  std::atomic<bool> stopped{false};
  std::thread stopper([&] {
    device.portal().stop();
    stopped = true;
  });
  device.wait_until([&] { return !device.portal().is_active(); });
  CHECK_FALSE(stopped);
  go_on = true;
  join(stopper);
  CHECK_FALSE(inside);
}

TEST_CASE("starting and stopping repeats, also in the middle of a scan and of a test") {
  Device device;
  for (int i = 0; i < 12; ++i) {
    REQUIRE(device.start());
    switch (i % 4) {
    case 0:
      break;
    case 1:
      device.scan_list();
      break;
    case 2:
      REQUIRE(device.phone().post("/api/connect", kHouse).status == 202);
      break;
    case 3:
      REQUIRE(device.phone().post("/api/connect", kHouse).status == 202);
      device.wait("/api/connect", [](const Json &json) { return json.text("phase") != "finding"; });
      break;
    }
    device.portal().stop();
    CHECK_FALSE(device.portal().is_active());
  }
}

TEST_CASE("Wi-Fi that the application runs is put back as it was") {
  Device device;
  const ApplicationWifi wifi;
  wifi_config_t config{};
  config.sta.ssid[0] = 'x';
  REQUIRE(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_OK);
  REQUIRE(esp_wifi_start() == ESP_OK);

  for (int round = 0; round < 3; ++round) {
    REQUIRE(device.start());
    device.scan_list();
    if (round > 0) { // in the middle of a test
      REQUIRE(device.phone().post("/api/connect", kHouse).status == 202);
      device.wait("/api/connect", [&](const Json &json) {
        return round == 1 ? json.text("phase") == "authenticating" : json.text("phase") == "<none>";
      });
    }
    device.portal().stop();
    wifi_config_t left{};
    CHECK(esp_wifi_get_config(WIFI_IF_STA, &left) == ESP_OK);
    CHECK(std::string(reinterpret_cast<const char *>(left.sta.ssid)) == "x");
    CHECK(left.sta.password[0] == 0);
    device.wait_until([] { return radio::driver_state().station == "idle"; });
  }

  wifi_mode_t mode = WIFI_MODE_NULL;
  CHECK(esp_wifi_get_mode(&mode) == ESP_OK);
  CHECK(mode == WIFI_MODE_STA);
  wifi_config_t after{};
  CHECK(esp_wifi_get_config(WIFI_IF_STA, &after) == ESP_OK);
  CHECK(after.sta.ssid[0] == 'x');
  CHECK(radio::driver_state().started);
  CHECK(esp_netif_get_handle_from_ifkey("WIFI_STA_DEF") == wifi.station());
  CHECK(esp_netif_get_handle_from_ifkey("WIFI_AP_DEF") == nullptr);
}
