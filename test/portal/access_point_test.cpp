// The access point: its address, its password, what it tells phones of itself, and when it closes.

#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <set>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device.hpp"
#include "transport/dns/dns_server.hpp"
#include "esp_event.h"
#include "esp_netif.h"
#include "esp_wifi_default.h"
#include "host/clock.hpp"
#include "host/netif.hpp"
#include "host/nvs.hpp"
#include "nvs_flash.h"

using namespace std::chrono_literals;

namespace {

constexpr const char *kHouse = R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})";

esp_netif_t *ap_netif() {
  return esp_netif_get_handle_from_ifkey("WIFI_AP_DEF");
}

std::string address_of(esp_netif_t *netif) {
  esp_netif_ip_info_t info{};
  REQUIRE(esp_netif_get_ip_info(netif, &info) == ESP_OK);
  char text[64];
  std::snprintf(text, sizeof text, IPSTR " " IPSTR " " IPSTR, IP2STR(&info.ip),
                IP2STR(&info.netmask), IP2STR(&info.gw));
  return text;
}

esp_netif_dhcp_status_t dhcp_status(esp_netif_t *netif) {
  esp_netif_dhcp_status_t status = ESP_NETIF_DHCP_STATUS_MAX;
  REQUIRE(esp_netif_dhcps_get_status(netif, &status) == ESP_OK);
  return status;
}

Device::Config addressed_config() {
  auto config = Device::usual_config();
  config.ap_ip = "4.3.2.1";
  config.ap_netmask = "255.255.254.0";
  return config;
}

Device::Config timed_config(std::chrono::seconds timeout, std::atomic<int> &told) {
  auto config = Device::usual_config();
  config.portal_timeout = timeout;
  config.on_timeout = [&told] { ++told; };
  return config;
}

void take_phone_away(Device &device) {
  device.change_world([](radio::Scenario &scenario) { scenario.phone.reset(); });
}

std::string stored_password(Device &device) {
  REQUIRE(device.start());
  const std::string password = device.portal().get_ap_password();
  device.portal().stop();
  return password;
}

} // namespace

TEST_CASE("the access point's address follows the configuration everywhere") {
  Device device("quiet", addressed_config());
  const LogCapture log;
  REQUIRE(device.start());
  CHECK(device.portal().get_ip_address() == "4.3.2.1");
  CHECK(address_of(ap_netif()) == "4.3.2.1 255.255.254.0 4.3.2.1");
  device.wait_until([] { return dhcp_status(ap_netif()) == ESP_NETIF_DHCP_STARTED; });
  CHECK(host::netif::captive_portal_uri() == "http://4.3.2.1/");
  CHECK(log.contains("Provisioning started at http://4.3.2.1\x1b") !=
        log.contains("Provisioning started at http://4.3.2.1\n"));
  CHECK_FALSE(log.contains("192.168.4.1"));
}

TEST_CASE("an address that can't be is refused in a sentence") {
  auto config = Device::usual_config();
  config.ap_ip = "192.168.4.0";
  Device device("quiet", config);
  const LogCapture log;
  CHECK_FALSE(device.start());
  CHECK(
      log.contains("can't be 192.168.4.0, netmask 255.255.255.0: the first and the last address"));
}

TEST_CASE("DHCP names the page, with a port other than 80") {
  auto config = Device::usual_config();
  config.server_port = 8080;
  Device device("quiet", config);
  REQUIRE(device.start());
  CHECK(host::netif::captive_portal_uri() == "http://192.168.4.1:8080/");
}

TEST_CASE("an access point of the application's own has its address back afterwards") {
  Device device("quiet", addressed_config());
  REQUIRE(esp_netif_init() == ESP_OK);
  REQUIRE(esp_event_loop_create_default() == ESP_OK);
  esp_netif_t *ap = esp_netif_create_default_wifi_ap();
  const std::string before = address_of(ap);
  for (int round = 0; round < 2; ++round) {
    REQUIRE(device.start());
    CHECK(address_of(ap) == "4.3.2.1 255.255.254.0 4.3.2.1");
    CHECK(host::netif::captive_portal_uri() == "http://4.3.2.1/");
    device.portal().stop();
    CHECK(address_of(ap) == before);
    CHECK(dhcp_status(ap) != ESP_NETIF_DHCP_STOPPED);
    // The text was in memory that is gone now; the option can't be taken back, but changed.
    CHECK(host::netif::captive_portal_uri() == "urn:ietf:params:capport:unrestricted");
  }
  esp_netif_destroy_default_wifi(ap);
  CHECK(esp_event_loop_delete_default() == ESP_OK);
}

TEST_CASE("a DHCP server that the application has stopped stays stopped") {
  Device device("quiet", addressed_config());
  REQUIRE(esp_netif_init() == ESP_OK);
  REQUIRE(esp_event_loop_create_default() == ESP_OK);
  esp_netif_t *ap = esp_netif_create_default_wifi_ap();
  REQUIRE(esp_netif_dhcps_stop(ap) == ESP_OK);
  REQUIRE(device.start());
  CHECK(address_of(ap) == "4.3.2.1 255.255.254.0 4.3.2.1");
  CHECK(dhcp_status(ap) == ESP_NETIF_DHCP_STOPPED);
  device.portal().stop();
  CHECK(dhcp_status(ap) == ESP_NETIF_DHCP_STOPPED);
  esp_netif_destroy_default_wifi(ap);
  CHECK(esp_event_loop_delete_default() == ESP_OK);
}

TEST_CASE("the Wi-Fi QR payload has the access point's name and password while there is one") {
  auto config = Device::usual_config();
  config.ap_ssid = "a;b";
  Device device("quiet", config);
  CHECK(device.portal().get_ap_qr_text().empty());
  CHECK(device.portal().get_ap_password() == "configure");
  REQUIRE(device.start());
  CHECK(device.portal().get_ap_qr_text() == "WIFI:T:WPA;S:a\\;b-8590;P:configure;;");
  device.portal().stop();
  CHECK(device.portal().get_ap_qr_text().empty());
}

TEST_CASE("a unique password is made once, kept over a reboot, and never logged") {
  auto config = Device::usual_config();
  config.unique_ap_password = true;
  config.ap_password = "short"; // of no interest
  Device device("quiet", config);
  CHECK(device.portal().get_ap_password().empty());
  const LogCapture log;
  const std::string password = stored_password(device);
  CHECK(password.size() == 12);
  REQUIRE(device.start());
  device.wait_until([] { return radio::driver_state().soft_ap.up; });
  const auto ap = radio::driver_state().soft_ap;
  CHECK(ap.authmode == "wpa2");
  CHECK(ap.password_length == 12);
  CHECK_FALSE(ap.hidden);
  CHECK(device.portal().get_ap_qr_text().find(";P:" + password + ";;") != std::string::npos);
  CHECK(device.phone().get("/api/status").body.find(password) == std::string::npos);
  device.reboot();
  CHECK(stored_password(device) == password);
  CHECK_FALSE(log.contains(password));
}

TEST_CASE("each device makes a password of its own, and a new one after its flash was erased") {
  auto config = Device::usual_config();
  config.unique_ap_password = true;
  std::set<std::string> seen;
  for (int i = 0; i < 3; ++i) {
    Device device("quiet", config); // with an empty flash
    CHECK(seen.insert(stored_password(device)).second);
  }
}

TEST_CASE("forgetting every network leaves the unique password") {
  auto config = Device::usual_config();
  config.unique_ap_password = true;
  Device device("home", config);
  const std::string password = stored_password(device);
  REQUIRE(device.start());
  device.test(kHouse);
  CHECK(device.phone().remove("/api/networks/HouseOfBoo").status == 200);
  device.reboot();
  CHECK(stored_password(device) == password);
}

TEST_CASE("a unique password that can't be kept holds for this time, and that is said") {
  auto config = Device::usual_config();
  config.unique_ap_password = true;
  Device device("quiet", config);
  const LogCapture log;
  host::nvs::fail_writes_from(1, ESP_ERR_NVS_NOT_ENOUGH_SPACE);
  const std::string first = stored_password(device);
  CHECK(first.size() == 12);
  CHECK(log.contains("can't be kept"));
  host::nvs::clear_faults();
  const std::string second = stored_password(device);
  CHECK(second != first);
  CHECK(stored_password(device) == second);
}

TEST_CASE("a damaged unique password is replaced") {
  auto config = Device::usual_config();
  config.unique_ap_password = true;
  Device device("quiet", config);
  const std::string password = stored_password(device);
  nvs_handle_t nvs = 0;
  REQUIRE(nvs_open("provisioning", NVS_READWRITE, &nvs) == ESP_OK);
  REQUIRE(nvs_set_blob(nvs, "ap_password", "\x01\x02", 2) == ESP_OK);
  REQUIRE(nvs_commit(nvs) == ESP_OK);
  nvs_close(nvs);
  const std::string next = stored_password(device);
  CHECK(next.size() == 12);
  CHECK(next != password);
  CHECK(stored_password(device) == next);
}

TEST_CASE("the portal closes when nobody uses it for as long as configured, and says so") {
  std::atomic<int> told{0};
  Device device("quiet", timed_config(30s, told));
  take_phone_away(device);
  const auto started_at = host::clock::now();
  REQUIRE(device.start());
  device.wait_until([&] { return told == 1; });
  CHECK(host::clock::now() - started_at >= 30s);
  CHECK_FALSE(device.portal().is_active());
  CHECK_FALSE(device.portal().is_completed());
  CHECK(device.portal().get_ip_address().empty());
}

TEST_CASE("a request puts the time-out off") {
  std::atomic<int> told{0};
  Device device("quiet", timed_config(30s, told));
  take_phone_away(device);
  const auto begun_at = host::clock::now();
  REQUIRE(device.start());
  auto asked_at = begun_at;
  while (asked_at - begun_at < 45s) {
    host::clock::sleep_for(1s);
    asked_at = host::clock::now();
    REQUIRE(device.phone().get("/api/status").status == 200);
  }
  CHECK(told == 0);
  device.wait_until([&] { return told == 1; });
  CHECK(host::clock::now() - asked_at >= 30s);
}

TEST_CASE("a phone on the access point puts the time-out off until it leaves") {
  std::atomic<int> told{0};
  Device device("quiet", timed_config(20s, told));
  REQUIRE(device.start());
  device.wait_until([] { return radio::driver_state().soft_ap.phone_joined; });
  const auto joined_at = host::clock::now();
  device.wait_until([&] { return host::clock::now() - joined_at > 50s; });
  CHECK(told == 0);
  CHECK(device.portal().is_active());
  const auto left_at = host::clock::now();
  take_phone_away(device);
  device.wait_until([&] { return told == 1; });
  CHECK(host::clock::now() - left_at >= 20s);
}

TEST_CASE("who is told of the time-out may start the portal anew, and complete set-up then") {
  auto config = Device::usual_config();
  config.portal_timeout = 20s;
  espp::Provisioning *portal = nullptr;
  std::atomic<bool> restarted{false};
  config.on_timeout = [&] {
    CHECK_FALSE(portal->is_active());
    restarted = portal->start();
  };
  Device device("home", config);
  take_phone_away(device);
  portal = &device.portal();
  REQUIRE(device.start());
  device.wait_until([&] { return restarted.load(); });
  device.test(kHouse);
  REQUIRE(device.phone().post("/api/complete").status == 200);
  device.wait_until([&] { return device.provisioned().has_value(); });
  device.wait_until([&] { return !device.portal().is_active(); });
  CHECK(device.portal().is_completed());
}

TEST_CASE("no callback of the time-out runs after stop() has returned") {
  std::atomic<bool> inside{false};
  std::atomic<int> told{0};
  for (int i = 0; i < 5; ++i) {
    auto config = Device::usual_config();
    config.portal_timeout = 1s;
    config.on_timeout = [&] {
      inside = true;
      ++told;
      inside = false;
    };
    Device device("quiet", config);
    take_phone_away(device);
    REQUIRE(device.start());
    const auto started_at = host::clock::now();
    device.wait_until(
        [&] { return host::clock::now() - started_at > std::chrono::milliseconds(900 + 40 * i); });
    device.portal().stop();
    const int before = told;
    CHECK_FALSE(inside);
    device.wait_until([&] { return host::clock::now() - started_at > 3s; });
    CHECK(told == before);
  }
}

TEST_CASE("without a time-out the portal stays") {
  Device device("quiet");
  take_phone_away(device);
  REQUIRE(device.start());
  const auto started_at = host::clock::now();
  device.wait_until([&] { return host::clock::now() - started_at > 60s; });
  CHECK(device.portal().is_active());
}

namespace {

/// Sends a datagram to a DNS server on loopback and returns what comes back within half a second.
std::string ask_dns(std::uint16_t port, const std::string &packet) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 0, .tv_usec = 500'000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sendto(fd, packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr *>(&address),
         sizeof address);
  char buffer[2048];
  const ssize_t size = recv(fd, buffer, sizeof buffer, 0);
  close(fd);
  return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
}

std::uint16_t free_udp_port() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
  REQUIRE(getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

constexpr espp::provisioning::Ip4 kLoopback{{127, 0, 0, 1}};

} // namespace

TEST_CASE("the DNS server answers over UDP, survives rubbish, and stops also while it is flooded") {
  const std::string query(
      "\xAB\xCD\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05setup\x00\x00\x01\x00\x01", 23);
  const std::uint16_t port = free_udp_port();
  espp::provisioning::DnsServer server;
  for (int round = 0; round < 3; ++round) {
    REQUIRE(server.start(kLoopback, port) == ESP_OK);
    const std::string answer = ask_dns(port, query);
    REQUIRE(answer.size() == query.size() + 16);
    CHECK(answer.ends_with(std::string("\x04\x7F\x00\x00\x01", 5)));
    CHECK(ask_dns(port, std::string(1500, '\xFF')).empty());
    CHECK(ask_dns(port, "").empty());
    CHECK(ask_dns(port, query).size() == query.size() + 16);
    std::atomic<bool> stopped{false};
    std::thread flood([&] {
      while (!stopped) {
        ask_dns(port, query);
      }
    });
    server.stop();
    stopped = true;
    join(flood);
  }
  server.stop(); // harmless
}

TEST_CASE("a DNS server that can't have its port says so") {
  espp::provisioning::DnsServer first;
  espp::provisioning::DnsServer second;
  const std::uint16_t port = free_udp_port();
  REQUIRE(first.start(kLoopback, port) == ESP_OK);
  CHECK(second.start(kLoopback, port) == ESP_FAIL);
  CHECK(errno == EADDRINUSE);
}
