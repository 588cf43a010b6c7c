#include <doctest/doctest.h>

#include <cstring>
#include <optional>
#include <string>

#include "esp_http_server.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "esp_wifi_default.h"
#include "host/clock.hpp"
#include "host/netif.hpp"
#include "host/network.hpp"
#include "neighbours.hpp"

using namespace neighbours;
using namespace std::chrono_literals;

namespace {

/// Wi-Fi of an application that has an access point of its own, not started yet.
class ApplicationAccessPoint {
public:
  ApplicationAccessPoint() : netif_(esp_netif_create_default_wifi_ap()) {
    REQUIRE(esp_wifi_set_mode(WIFI_MODE_APSTA) == ESP_OK);
    wifi_config_t config{};
    std::memcpy(config.ap.ssid, "Machine", 7);
    config.ap.ssid_len = 7;
    std::memcpy(config.ap.password, "machine-room", 12);
    config.ap.authmode = WIFI_AUTH_WPA2_PSK;
    config.ap.channel = 6;
    config.ap.max_connection = 2;
    REQUIRE(esp_wifi_set_storage(WIFI_STORAGE_RAM) == ESP_OK);
    REQUIRE(esp_wifi_set_config(WIFI_IF_AP, &config) == ESP_OK);
    esp_netif_ip_info_t info{};
    esp_netif_set_ip4_addr(&info.ip, 172, 16, 0, 1);
    esp_netif_set_ip4_addr(&info.gw, 172, 16, 0, 1);
    esp_netif_set_ip4_addr(&info.netmask, 255, 255, 0, 0);
    REQUIRE(esp_netif_dhcps_stop(netif_) == ESP_OK);
    REQUIRE(esp_netif_set_ip_info(netif_, &info) == ESP_OK);
    REQUIRE(esp_netif_dhcps_start(netif_) == ESP_OK);
  }
  ~ApplicationAccessPoint() { esp_netif_destroy_default_wifi(netif_); }
  ApplicationAccessPoint(const ApplicationAccessPoint &) = delete;
  ApplicationAccessPoint &operator=(const ApplicationAccessPoint &) = delete;

  esp_netif_t *netif() const { return netif_; }

  /// The address is the application's, and its configuration.
  void check_is_as_before() const {
    esp_netif_ip_info_t info{};
    REQUIRE(esp_netif_get_ip_info(netif_, &info) == ESP_OK);
    char text[16];
    CHECK(std::string(esp_ip4addr_ntoa(&info.ip, text, sizeof text)) == "172.16.0.1");
    CHECK(std::string(esp_ip4addr_ntoa(&info.netmask, text, sizeof text)) == "255.255.0.0");
    CHECK(esp_netif_get_handle_from_ifkey("WIFI_AP_DEF") == netif_);
    const radio::DriverState state = radio::driver_state();
    CHECK(state.mode == "apsta");
    CHECK(state.soft_ap.ssid == "Machine");
    CHECK(state.soft_ap.password_length == 12);
  }

private:
  esp_netif_t *netif_;
};

/// What the DHCP server would tell a phone as the address of the page (option 114), and that it is
/// not the portal's: the text of that one may be gone.
void check_tells_no_page() {
  const std::string uri = host::netif::captive_portal_uri();
  CHECK((uri.empty() || uri == "urn:ietf:params:capport:unrestricted"));
}

/// An HTTP server of the application's own; other ports than the portal's are mapped to free ones.
class Server {
public:
  explicit Server(std::uint16_t port, std::uint16_t control_port = ESP_HTTPD_DEF_CTRL_PORT)
      : port_(port) {
    if (port != 80) {
      host::network::map_port(port, 0);
    }
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.server_port = port;
    config.ctrl_port = control_port;
    result_ = httpd_start(&handle_, &config);
    if (result_ != ESP_OK) {
      return;
    }
    const httpd_uri_t uri{.uri = "/machine",
                          .method = HTTP_GET,
                          .handler =
                              [](httpd_req_t *request) {
                                return httpd_resp_send(request, "turning", HTTPD_RESP_USE_STRLEN);
                              },
                          .user_ctx = nullptr};
    REQUIRE(httpd_register_uri_handler(handle_, &uri) == ESP_OK);
  }
  ~Server() {
    if (result_ == ESP_OK) {
      CHECK(httpd_stop(handle_) == ESP_OK);
    }
  }
  Server(const Server &) = delete;
  Server &operator=(const Server &) = delete;

  esp_err_t result() const { return result_; }
  bool answers() const {
    return HttpClient(host::network::bound_port(port_)).get("/machine").body == "turning";
  }

private:
  std::uint16_t port_;
  httpd_handle_t handle_{nullptr};
  esp_err_t result_{ESP_FAIL};
};

} // namespace

// Left out where interfaces have no address to set and no DHCP server: see docs/esp-idf.md.
TEST_SUITE_BEGIN("addresses");

TEST_CASE("the application's own access point is as it was once the portal has closed") {
  for (const bool is_started : {false, true}) {
    CAPTURE(is_started);
    Device device;
    const ApplicationWifi wifi;
    const ApplicationAccessPoint machine;
    if (is_started) {
      REQUIRE(esp_wifi_start() == ESP_OK);
      device.wait_until([] { return radio::driver_state().soft_ap.up; });
    }
    REQUIRE(device.start());
    CHECK(device.portal().get_ip_address() == "192.168.4.1");
    device.wait_until([] { return radio::driver_state().soft_ap.up; });
    CHECK(host::netif::captive_portal_uri() == "http://192.168.4.1/");
    device.portal().stop();
    machine.check_is_as_before();
    check_tells_no_page();
    CHECK(radio::driver_state().started == is_started);
  }
}

TEST_CASE("the page's address is not told on after the application has stopped its DHCP server") {
  for (const bool is_started : {false, true}) {
    for (const bool is_restarted : {false, true}) {
      CAPTURE(is_started);
      CAPTURE(is_restarted);
      Device device;
      const ApplicationWifi wifi;
      const ApplicationAccessPoint machine;
      if (is_started) {
        REQUIRE(esp_wifi_start() == ESP_OK);
      }
      REQUIRE(device.start());
      device.wait_until([] { return radio::driver_state().soft_ap.up; });
      REQUIRE(esp_netif_dhcps_stop(machine.netif()) == ESP_OK);
      if (is_restarted) {
        REQUIRE(esp_netif_dhcps_start(machine.netif()) == ESP_OK);
      }
      device.portal().stop();
      check_tells_no_page();
      machine.check_is_as_before();
      esp_netif_dhcp_status_t status{};
      REQUIRE(esp_netif_dhcps_get_status(machine.netif(), &status) == ESP_OK);
      CHECK((status == ESP_NETIF_DHCP_STOPPED) == !is_restarted);
    }
  }
}

TEST_CASE("an access point whose DHCP server the application never runs stays without one") {
  Device device;
  const ApplicationWifi wifi;
  const ApplicationAccessPoint machine;
  REQUIRE(esp_netif_dhcps_stop(machine.netif()) == ESP_OK);
  REQUIRE(device.start());
  device.wait_until([] { return radio::driver_state().soft_ap.up; });
  CHECK(device.portal().get_ip_address() == "192.168.4.1");
  esp_netif_dhcp_status_t status{};
  REQUIRE(esp_netif_dhcps_get_status(machine.netif(), &status) == ESP_OK);
  CHECK(status == ESP_NETIF_DHCP_STOPPED);
  device.portal().stop();
  machine.check_is_as_before();
  check_tells_no_page();
  // Started now, it tells nothing of the portal.
  REQUIRE(esp_netif_dhcps_start(machine.netif()) == ESP_OK);
  check_tells_no_page();
}

TEST_CASE("a portal that is destroyed leaves no pointer with the application's DHCP server") {
  Device device;
  const ApplicationWifi wifi;
  const ApplicationAccessPoint machine;
  for (int round = 0; round < 3; ++round) {
    REQUIRE(device.start());
    device.wait_until([] { return radio::driver_state().soft_ap.up; });
    if (round > 0) {
      esp_netif_dhcps_stop(machine.netif());
    }
    device.reboot();
    check_tells_no_page();
    machine.check_is_as_before();
  }
}

TEST_CASE("a start() that fails leaves the application's access point as it was") {
  const TakenPort taken;
  Device device;
  host::network::map_port(80, taken.number());
  const ApplicationWifi wifi;
  const ApplicationAccessPoint machine;
  CHECK_FALSE(device.start());
  machine.check_is_as_before();
  check_tells_no_page();
}

TEST_SUITE_END();

TEST_CASE("an HTTP server of the application's own answers before, during and after the portal") {
  Device device;
  const DefaultLoop loop;
  const Server server(8081);
  REQUIRE(server.result() == ESP_OK);
  CHECK(server.answers());
  for (int round = 0; round < 2; ++round) {
    REQUIRE(device.start());
    CHECK(server.answers());
    CHECK(device.phone().get("/api/status").status == 200);
    CHECK(device.phone().get("/machine").body != "turning");
    CHECK(device.test(kHouse).text("state") == "connected");
    device.portal().stop();
    CHECK(server.answers());
  }
}

TEST_CASE("an HTTP server of the application's own on the portal's port refuses the portal") {
  Device device;
  host::network::map_port(80, TakenPort().number()); // free by now
  const DefaultLoop loop;
  const LogCapture log;
  const Server server(80);
  REQUIRE(server.result() == ESP_OK);
  CHECK_FALSE(device.start());
  CHECK(log.contains("E ("));
  CHECK(server.answers());
  CHECK_FALSE(radio::driver_state().initialised);
}

TEST_CASE(
    "an HTTP server of the application's own on the portal's control port refuses the portal") {
  Device device;
  const DefaultLoop loop;
  {
    const LogCapture log;
    const Server server(8081, ESP_HTTPD_DEF_CTRL_PORT + 1);
    REQUIRE(server.result() == ESP_OK);
    CHECK_FALSE(device.start());
    CHECK(log.contains("E ("));
    CHECK(server.answers());
    CHECK_FALSE(radio::driver_state().initialised);
  }
  CHECK(device.start());
}

TEST_CASE("a server that the application starts while the portal is open does as well") {
  Device device;
  const DefaultLoop loop;
  REQUIRE(device.start());
  {
    const Server server(8081);
    REQUIRE(server.result() == ESP_OK);
    CHECK(server.answers());
    CHECK(device.phone().get("/api/status").status == 200);
    device.portal().stop();
    CHECK(server.answers());
    REQUIRE(device.start());
  }
  CHECK(device.phone().get("/api/status").status == 200);
  device.portal().stop();
}

TEST_CASE("handlers of the application's own hear all events, and only theirs are left") {
  Device device;
  const DefaultLoop loop;
  std::atomic<int> wifi_events{0};
  const Handler any(WIFI_EVENT, ESP_EVENT_ANY_ID,
                    [&](std::int32_t, const void * /*data*/) { ++wifi_events; });
  REQUIRE(device.start());
  device.scan_list();
  CHECK(device.test(kHouse).text("state") == "connected");
  CHECK(wifi_events > 4);
  device.portal().stop();
  // A portal that has closed hears nothing any more.
  const LogCapture log;
  wifi_event_sta_scan_done_t done{};
  ip_event_got_ip_t got_ip{};
  wifi_event_sta_disconnected_t gone{};
  REQUIRE(esp_event_post(WIFI_EVENT, WIFI_EVENT_SCAN_DONE, &done, sizeof done, portMAX_DELAY) ==
          ESP_OK);
  REQUIRE(esp_event_post(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, &gone, sizeof gone,
                         portMAX_DELAY) == ESP_OK);
  REQUIRE(esp_event_post(IP_EVENT, IP_EVENT_STA_GOT_IP, &got_ip, sizeof got_ip, portMAX_DELAY) ==
          ESP_OK);
  OnLoop().run("a handler", [] {});
  CHECK(log.text() == "");
}
