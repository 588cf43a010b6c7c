#include "idf_support.hpp"

#include <cstring>
#include <mutex>

#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_wifi_default.h"
#include "esp_wifi_types.h"
#include "host/netif.hpp"

using namespace test;

namespace {

constexpr esp_netif_ip_info_t kLease{
    .ip = {ESP_IP4TOADDR(192, 168, 1, 57)},
    .netmask = {ESP_IP4TOADDR(255, 255, 255, 0)},
    .gw = {ESP_IP4TOADDR(192, 168, 1, 1)},
};

// The event loop and both interfaces, as an application makes them.
class Device {
public:
  Device() {
    esp_log_level_set("*", ESP_LOG_NONE);
    REQUIRE(esp_netif_init() == ESP_OK);
    REQUIRE(esp_event_loop_create_default() == ESP_OK);
    soft_ap = esp_netif_create_default_wifi_ap();
    station = esp_netif_create_default_wifi_sta();
  }
  ~Device() {
    esp_netif_destroy_default_wifi(soft_ap);
    esp_netif_destroy_default_wifi(station);
    CHECK(esp_event_loop_delete_default() == ESP_OK);
    CHECK(all_tasks_ended());
    esp_log_level_set("*", ESP_LOG_INFO);
  }
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  // Posts an event and returns when it has been handled.
  void happens(wifi_event_t event) {
    REQUIRE(esp_event_post(WIFI_EVENT, event, nullptr, 0, portMAX_DELAY) == ESP_OK);
    settle();
  }

  void settle() {
    Latch done;
    const auto tell = [](void *argument, esp_event_base_t, int32_t, void *) {
      static_cast<Latch *>(argument)->open();
    };
    REQUIRE(esp_event_handler_register(WIFI_EVENT, WIFI_EVENT_WIFI_READY, tell, &done) == ESP_OK);
    REQUIRE(esp_event_post(WIFI_EVENT, WIFI_EVENT_WIFI_READY, nullptr, 0, portMAX_DELAY) == ESP_OK);
    done.wait();
    // Waits until the handler, which uses the promise, has returned.
    REQUIRE(esp_event_handler_unregister(WIFI_EVENT, WIFI_EVENT_WIFI_READY, tell) == ESP_OK);
  }

  esp_netif_t *soft_ap = nullptr;
  esp_netif_t *station = nullptr;
};

std::string text_of(esp_netif_t *netif) {
  esp_netif_ip_info_t info{};
  CHECK(esp_netif_get_ip_info(netif, &info) == ESP_OK);
  char text[16];
  return esp_ip4addr_ntoa(&info.ip, text, sizeof(text));
}

esp_netif_dhcp_status_t server_status(esp_netif_t *netif) {
  esp_netif_dhcp_status_t status{};
  CHECK(esp_netif_dhcps_get_status(netif, &status) == ESP_OK);
  return status;
}

// What IP_EVENT_STA_GOT_IP said.
struct GotIp {
  std::mutex mutex;
  std::vector<ip_event_got_ip_t> events;

  static void note(void *argument, esp_event_base_t, int32_t, void *data) {
    auto *const self = static_cast<GotIp *>(argument);
    const std::lock_guard lock(self->mutex);
    self->events.push_back(*static_cast<ip_event_got_ip_t *>(data));
  }
};

} // namespace

TEST_SUITE("esp_netif") {
  TEST_CASE("interfaces are found by their keys and described as ESP-IDF does") {
    const Device device;
    CHECK(esp_netif_get_handle_from_ifkey("WIFI_AP_DEF") == device.soft_ap);
    CHECK(esp_netif_get_handle_from_ifkey("WIFI_STA_DEF") == device.station);
    CHECK(esp_netif_get_handle_from_ifkey("ETH_DEF") == nullptr);
    CHECK(std::string(esp_netif_get_desc(device.soft_ap)) == "ap");
    CHECK(std::string(esp_netif_get_desc(device.station)) == "sta");
    CHECK(esp_netif_get_route_prio(device.station) == 100);
    CHECK((esp_netif_get_flags(device.soft_ap) & ESP_NETIF_DHCP_SERVER) != 0);
    CHECK(esp_netif_get_nr_of_ifs() == 2);
    CHECK(esp_netif_next_unsafe(nullptr) == device.soft_ap);
    CHECK(esp_netif_next_unsafe(device.soft_ap) == device.station);
    CHECK(esp_netif_next_unsafe(device.station) == nullptr);
    CHECK(esp_netif_deinit() == ESP_ERR_NOT_SUPPORTED);
    uint8_t mac[6];
    CHECK(esp_netif_get_mac(device.soft_ap, mac) == ESP_OK);
    CHECK(mac[5] == 0x91);
  }

  TEST_CASE("interfaces can be made again after they were destroyed") {
    for (int i = 0; i < 3; ++i) {
      const Device device;
      CHECK(text_of(device.soft_ap) == "192.168.4.1");
    }
    CHECK(esp_netif_get_handle_from_ifkey("WIFI_AP_DEF") == nullptr);
    esp_netif_destroy_default_wifi(nullptr);
  }

  TEST_CASE("making one twice, or without an event loop, aborts") {
    CHECK(contains(words_of_abort([] {
                     esp_log_level_set("*", ESP_LOG_NONE);
                     esp_event_loop_create_default();
                     esp_netif_create_default_wifi_ap();
                     esp_netif_create_default_wifi_ap();
                   }),
                   "esp_netif_create_default_wifi_ap: the interface exists already"));
    CHECK(contains(words_of_abort([] { esp_netif_create_default_wifi_sta(); }),
                   "ESP_ERROR_CHECK failed: esp_err_t 0x103 (ESP_ERR_INVALID_STATE)"));
  }

  TEST_CASE("the soft-AP is up and serves DHCP between its start and stop") {
    Device device;
    CHECK_FALSE(esp_netif_is_netif_up(device.soft_ap));
    CHECK(server_status(device.soft_ap) == ESP_NETIF_DHCP_INIT);
    device.happens(WIFI_EVENT_AP_START);
    CHECK(esp_netif_is_netif_up(device.soft_ap));
    CHECK(server_status(device.soft_ap) == ESP_NETIF_DHCP_STARTED);
    CHECK(esp_netif_get_default_netif() == device.soft_ap);
    CHECK(esp_netif_dhcps_start(device.soft_ap) == ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED);
    device.happens(WIFI_EVENT_AP_STOP);
    CHECK_FALSE(esp_netif_is_netif_up(device.soft_ap));
    CHECK(text_of(device.soft_ap) == "192.168.4.1");
    CHECK(esp_netif_get_default_netif() == nullptr);
  }

  TEST_CASE("the soft-AP's address can be changed while its DHCP server is stopped") {
    Device device;
    device.happens(WIFI_EVENT_AP_START);
    esp_netif_ip_info_t info{};
    esp_netif_set_ip4_addr(&info.ip, 10, 0, 0, 1);
    esp_netif_set_ip4_addr(&info.gw, 10, 0, 0, 1);
    esp_netif_set_ip4_addr(&info.netmask, 255, 255, 255, 0);
    CHECK(esp_netif_set_ip_info(device.soft_ap, &info) == ESP_ERR_ESP_NETIF_DHCP_NOT_STOPPED);
    CHECK(esp_netif_dhcps_stop(device.soft_ap) == ESP_OK);
    CHECK(esp_netif_dhcps_stop(device.soft_ap) == ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED);
    CHECK(esp_netif_set_ip_info(device.soft_ap, &info) == ESP_OK);
    CHECK(esp_netif_dhcps_start(device.soft_ap) == ESP_OK);
    CHECK(server_status(device.soft_ap) == ESP_NETIF_DHCP_STARTED);
    CHECK(text_of(device.soft_ap) == "10.0.0.1");
    CHECK(esp_netif_set_ip_info(nullptr, &info) == ESP_ERR_INVALID_STATE);
  }

  TEST_CASE("the DHCP server's options are stored while it is stopped") {
    Device device;
    device.happens(WIFI_EVENT_AP_START);
    static char uri[] = "http://192.168.4.1/";
    uint8_t offer = 1;
    CHECK(esp_netif_dhcps_option(device.soft_ap, ESP_NETIF_OP_SET, ESP_NETIF_DOMAIN_NAME_SERVER,
                                 &offer, sizeof(offer)) == ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED);
    REQUIRE(esp_netif_dhcps_stop(device.soft_ap) == ESP_OK);
    CHECK(esp_netif_dhcps_option(device.soft_ap, ESP_NETIF_OP_SET, ESP_NETIF_DOMAIN_NAME_SERVER,
                                 &offer, sizeof(offer)) == ESP_OK);
    CHECK(esp_netif_dhcps_option(device.soft_ap, ESP_NETIF_OP_SET, ESP_NETIF_CAPTIVEPORTAL_URI, uri,
                                 static_cast<uint32_t>(std::strlen(uri))) == ESP_OK);
    CHECK(esp_netif_dhcps_option(device.soft_ap, ESP_NETIF_OP_GET, ESP_NETIF_DOMAIN_NAME_SERVER,
                                 &offer, sizeof(offer)) == ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED);
    REQUIRE(esp_netif_dhcps_start(device.soft_ap) == ESP_OK);
    offer = 0;
    CHECK(esp_netif_dhcps_option(device.soft_ap, ESP_NETIF_OP_GET, ESP_NETIF_DOMAIN_NAME_SERVER,
                                 &offer, sizeof(offer)) == ESP_OK);
    CHECK(offer == 1);
    uint32_t minutes = 0;
    CHECK(esp_netif_dhcps_option(device.soft_ap, ESP_NETIF_OP_GET, ESP_NETIF_IP_ADDRESS_LEASE_TIME,
                                 &minutes, sizeof(minutes)) == ESP_OK);
    CHECK(minutes == 120);
    CHECK(host::netif::captive_portal_uri() == uri);
    // Not a copy: the caller's text must live on.
    uri[0] = 'H';
    CHECK(host::netif::captive_portal_uri() == "Http://192.168.4.1/");
    CHECK(esp_netif_dhcps_option(device.soft_ap, ESP_NETIF_OP_GET, ESP_NETIF_DOMAIN_NAME_SERVER,
                                 &minutes, sizeof(minutes)) == ESP_ERR_ESP_NETIF_INVALID_PARAMS);
    CHECK(esp_netif_dhcps_option(device.station, ESP_NETIF_OP_GET, ESP_NETIF_DOMAIN_NAME_SERVER,
                                 &offer, sizeof(offer)) == ESP_ERR_ESP_NETIF_IF_NOT_READY);
  }

  TEST_CASE("the station takes a lease only while it is connected, and tells the application") {
    Device device;
    GotIp got;
    REQUIRE(esp_event_handler_register(IP_EVENT, IP_EVENT_STA_GOT_IP, GotIp::note, &got) == ESP_OK);
    CHECK(host::netif::station_got_ip(kLease) == ESP_ERR_INVALID_STATE);
    device.happens(WIFI_EVENT_STA_START);
    CHECK_FALSE(host::netif::station_wants_ip());
    device.happens(WIFI_EVENT_STA_CONNECTED);
    CHECK(host::netif::station_wants_ip());
    CHECK(text_of(device.station) == "0.0.0.0");
    CHECK(host::netif::station_got_ip(kLease) == ESP_OK);
    CHECK(text_of(device.station) == "192.168.1.57");
    CHECK(esp_netif_get_default_netif() == device.station);
    device.happens(WIFI_EVENT_STA_DISCONNECTED);
    CHECK(text_of(device.station) == "0.0.0.0");
    CHECK_FALSE(esp_netif_is_netif_up(device.station));
    device.happens(WIFI_EVENT_STA_CONNECTED);
    CHECK(host::netif::station_got_ip(kLease) == ESP_OK);
    device.happens(WIFI_EVENT_STA_STOP);
    CHECK(text_of(device.station) == "0.0.0.0");
    CHECK(host::netif::station_got_ip(kLease) == ESP_ERR_INVALID_STATE);
    const std::lock_guard lock(got.mutex);
    REQUIRE(got.events.size() == 2);
    CHECK(got.events[0].esp_netif == device.station);
    CHECK(got.events[0].ip_info.gw.addr == kLease.gw.addr);
    CHECK(got.events[0].ip_changed);
    CHECK_FALSE(got.events[1].ip_changed);
  }

  TEST_CASE("a station with a static address gets its event on connecting, without a lease") {
    Device device;
    GotIp got;
    REQUIRE(esp_event_handler_register(IP_EVENT, IP_EVENT_STA_GOT_IP, GotIp::note, &got) == ESP_OK);
    CHECK(esp_netif_set_ip_info(device.station, &kLease) == ESP_ERR_ESP_NETIF_DHCP_NOT_STOPPED);
    CHECK(esp_netif_dhcpc_stop(device.station) == ESP_OK);
    CHECK(esp_netif_dhcpc_stop(device.station) == ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED);
    CHECK(esp_netif_set_ip_info(device.station, &kLease) == ESP_OK);
    device.happens(WIFI_EVENT_STA_START);
    device.happens(WIFI_EVENT_STA_CONNECTED);
    CHECK_FALSE(host::netif::station_wants_ip());
    CHECK(host::netif::station_got_ip(kLease) == ESP_ERR_INVALID_STATE);
    device.settle();
    const std::lock_guard lock(got.mutex);
    REQUIRE(got.events.size() == 1);
    CHECK(got.events[0].ip_info.ip.addr == kLease.ip.addr);
  }

  TEST_CASE("host names have 32 characters at most") {
    const Device device;
    const char *name = nullptr;
    CHECK(esp_netif_get_hostname(device.station, &name) == ESP_OK);
    CHECK(std::string(name) == "espressif");
    const std::string longest(32, 'h');
    CHECK(esp_netif_set_hostname(device.station, longest.c_str()) == ESP_OK);
    CHECK(esp_netif_set_hostname(device.station, (longest + "h").c_str()) ==
          ESP_ERR_ESP_NETIF_INVALID_PARAMS);
    CHECK(esp_netif_get_hostname(device.station, &name) == ESP_OK);
    CHECK(name == longest);
    CHECK(esp_netif_set_hostname(nullptr, "h") == ESP_ERR_INVALID_ARG);
  }

  TEST_CASE("name servers are kept per interface") {
    const Device device;
    esp_netif_dns_info_t dns{};
    dns.ip.type = ESP_IPADDR_TYPE_V4;
    CHECK(esp_netif_set_dns_info(device.soft_ap, ESP_NETIF_DNS_MAIN, &dns) ==
          ESP_ERR_ESP_NETIF_INVALID_PARAMS);
    dns.ip.u_addr.ip4.addr = ESP_IP4TOADDR(192, 168, 4, 1);
    CHECK(esp_netif_set_dns_info(device.soft_ap, ESP_NETIF_DNS_MAIN, &dns) == ESP_OK);
    CHECK(esp_netif_set_dns_info(device.soft_ap, ESP_NETIF_DNS_FALLBACK, &dns) ==
          ESP_ERR_ESP_NETIF_INVALID_PARAMS);
    esp_netif_dns_info_t back{};
    CHECK(esp_netif_get_dns_info(device.soft_ap, ESP_NETIF_DNS_MAIN, &back) == ESP_OK);
    CHECK(back.ip.u_addr.ip4.addr == dns.ip.u_addr.ip4.addr);
    CHECK(esp_netif_get_dns_info(device.station, ESP_NETIF_DNS_MAIN, &back) == ESP_OK);
    CHECK(back.ip.u_addr.ip4.addr == 0);
  }

  TEST_CASE("with a full event queue a lease is there and nobody hears of it") {
    Device device;
    device.happens(WIFI_EVENT_STA_START);
    device.happens(WIFI_EVENT_STA_CONNECTED);
    struct Gate {
      Latch entered;
      Latch leave;
    } gate;
    const auto wait = [](void *argument, esp_event_base_t, int32_t, void *) {
      auto &at = *static_cast<Gate *>(argument);
      at.entered.open();
      at.leave.wait();
    };
    int heard = 0;
    const auto count = [](void *argument, esp_event_base_t, int32_t, void *) {
      ++*static_cast<int *>(argument);
    };
    REQUIRE(esp_event_handler_register(WIFI_EVENT, WIFI_EVENT_WIFI_READY, wait, &gate) == ESP_OK);
    REQUIRE(esp_event_handler_register(IP_EVENT, IP_EVENT_STA_GOT_IP, count, &heard) == ESP_OK);
    REQUIRE(esp_event_post(WIFI_EVENT, WIFI_EVENT_WIFI_READY, nullptr, 0, portMAX_DELAY) == ESP_OK);
    gate.entered.wait();
    while (esp_event_post(WIFI_EVENT, WIFI_EVENT_FTM_REPORT, nullptr, 0, 0) == ESP_OK) {
    }
    CHECK(host::netif::station_got_ip(kLease) == ESP_OK);
    gate.leave.open();
    REQUIRE(esp_event_handler_unregister(WIFI_EVENT, WIFI_EVENT_WIFI_READY, wait) == ESP_OK);
    device.settle();
    REQUIRE(esp_event_handler_unregister(IP_EVENT, IP_EVENT_STA_GOT_IP, count) == ESP_OK);
    CHECK(heard == 0);
    esp_netif_ip_info_t now{};
    REQUIRE(esp_netif_get_ip_info(device.station, &now) == ESP_OK);
    CHECK(now.ip.addr == kLease.ip.addr);
  }

  TEST_CASE("addresses are printed and parsed") {
    esp_ip4_addr_t address{ESP_IP4TOADDR(1, 22, 133, 244)};
    char text[IP4ADDR_STRLEN_MAX];
    CHECK(std::string(esp_ip4addr_ntoa(&address, text, sizeof(text))) == "1.22.133.244");
    CHECK(esp_ip4addr_ntoa(&address, text, 12) == nullptr);
    std::snprintf(text, sizeof(text), IPSTR, IP2STR(&address));
    CHECK(std::string(text) == "1.22.133.244");
    CHECK(esp_ip4addr_aton("1.22.133.244") == address.addr);
    CHECK(esp_netif_str_to_ip4("nonsense", &address) == ESP_FAIL);
  }
}
