#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "esp_event.h"
#include "esp_log.h"
#include "esp_mac.h"
#include "esp_netif.h"
#include "esp_wifi_default.h"
#include "esp_wifi_types.h"
#include "host/netif.hpp"
#include "host/unimplemented.hpp"

ESP_EVENT_DEFINE_BASE(IP_EVENT);

namespace {

constexpr char kTag[] = "esp_netif";
constexpr std::size_t kHostnameMax = 32;
// Of ESP-IDF's DHCP server, in minutes.
constexpr std::uint32_t kLeaseMinutes = 120;

enum class Kind { SoftAp, Station };

constexpr esp_netif_ip_info_t kSoftApAddress{
    .ip = {ESP_IP4TOADDR(192, 168, 4, 1)},
    .netmask = {ESP_IP4TOADDR(255, 255, 255, 0)},
    .gw = {ESP_IP4TOADDR(192, 168, 4, 1)},
};

bool same(const esp_netif_ip_info_t &a, const esp_netif_ip_info_t &b) {
  return a.ip.addr == b.ip.addr && a.netmask.addr == b.netmask.addr && a.gw.addr == b.gw.addr;
}

} // namespace

struct esp_netif_obj {
  Kind kind;
  const char *if_key;
  const char *desc;
  int route_prio;
  esp_netif_flags_t flags;
  esp_mac_type_t mac_type;
  esp_netif_ip_info_t ip{};
  esp_netif_ip_info_t old_ip{};
  // Started by the driver; up when packets can pass.
  bool started = false;
  bool up = false;
  esp_netif_dhcp_status_t dhcp = ESP_NETIF_DHCP_INIT;
  std::string hostname = CONFIG_LWIP_LOCAL_HOSTNAME;
  esp_ip4_addr_t dns[ESP_NETIF_DNS_MAX] = {};
  // DHCP server options.
  bool offers_router = true;
  bool offers_dns = false;
  std::uint32_t lease_minutes = kLeaseMinutes;
  std::uint32_t option_subnet = 0;
  // Not copied, as in ESP-IDF.
  const char *captive_portal_uri = nullptr;

  bool is_soft_ap() const { return kind == Kind::SoftAp; }
};

namespace {

struct Interfaces {
  std::recursive_mutex mutex;
  std::vector<esp_netif_t *> all;
  esp_netif_t *default_one = nullptr;
  bool handlers_registered = false;
};

Interfaces &interfaces() {
  static Interfaces *const instance = new Interfaces;
  return *instance;
}

using Lock = std::lock_guard<std::recursive_mutex>;

esp_netif_t *find(Kind kind) {
  for (esp_netif_t *const netif : interfaces().all) {
    if (netif->kind == kind) {
      return netif;
    }
  }
  return nullptr;
}

// With the address already stored. ip_changed compares with what was told last.
esp_err_t tell_got_ip(esp_netif_t &netif) {
  ip_event_got_ip_t event{};
  event.esp_netif = &netif;
  event.ip_info = netif.ip;
  event.ip_changed = !same(netif.ip, netif.old_ip);
  netif.old_ip = netif.ip;
  const esp_err_t error = esp_event_post(IP_EVENT, IP_EVENT_STA_GOT_IP, &event, sizeof(event), 0);
  if (error != ESP_OK) {
    ESP_LOGE(kTag, "can't post the got-ip event: %s", esp_err_to_name(error));
  }
  return error;
}

void start(esp_netif_t &netif) {
  netif.started = true;
  if (!netif.is_soft_ap()) {
    return;
  }
  netif.up = true;
  if (netif.dhcp == ESP_NETIF_DHCP_INIT) {
    netif.dhcp = ESP_NETIF_DHCP_STARTED;
    ESP_LOGI(kTag, "DHCP server started on interface %s with IP: " IPSTR, netif.if_key,
             IP2STR(&netif.ip.ip));
  }
}

void stop(esp_netif_t &netif) {
  if (netif.dhcp != ESP_NETIF_DHCP_STOPPED || !netif.is_soft_ap()) {
    netif.dhcp = ESP_NETIF_DHCP_INIT;
  }
  if (!netif.is_soft_ap()) {
    netif.ip = {};
  }
  netif.started = false;
  netif.up = false;
}

void connected(esp_netif_t &netif) {
  netif.up = true;
  switch (netif.dhcp) {
  case ESP_NETIF_DHCP_INIT:
    netif.ip = {};
    netif.dhcp = ESP_NETIF_DHCP_STARTED;
    return;
  case ESP_NETIF_DHCP_STOPPED:
    if (netif.ip.ip.addr != 0 && netif.ip.netmask.addr != 0) {
      tell_got_ip(netif);
    } else {
      ESP_LOGE(kTag, "the static address is not valid");
    }
    return;
  case ESP_NETIF_DHCP_STARTED:
  case ESP_NETIF_DHCP_STATUS_MAX:
    return;
  }
}

void disconnected(esp_netif_t &netif) {
  if (netif.dhcp == ESP_NETIF_DHCP_STARTED) {
    netif.dhcp = ESP_NETIF_DHCP_INIT;
    netif.ip = {};
  }
  netif.up = false;
}

// ESP-IDF's default handlers: the interfaces follow the radio's events.
void on_wifi_event(void *, esp_event_base_t, int32_t id, void *) {
  const Lock lock(interfaces().mutex);
  esp_netif_t *const soft_ap = find(Kind::SoftAp);
  esp_netif_t *const station = find(Kind::Station);
  if (id == WIFI_EVENT_AP_START && soft_ap != nullptr) {
    start(*soft_ap);
  } else if (id == WIFI_EVENT_AP_STOP && soft_ap != nullptr) {
    stop(*soft_ap);
  } else if (id == WIFI_EVENT_STA_START && station != nullptr) {
    start(*station);
  } else if (id == WIFI_EVENT_STA_STOP && station != nullptr) {
    stop(*station);
  } else if (id == WIFI_EVENT_STA_CONNECTED && station != nullptr) {
    connected(*station);
  } else if (id == WIFI_EVENT_STA_DISCONNECTED && station != nullptr) {
    disconnected(*station);
  }
}

void on_got_ip(void *, esp_event_base_t, int32_t, void *data) {
  const auto *const event = static_cast<const ip_event_got_ip_t *>(data);
  ESP_LOGI("esp_netif_handlers", "sta ip: " IPSTR ", mask: " IPSTR ", gw: " IPSTR,
           IP2STR(&event->ip_info.ip), IP2STR(&event->ip_info.netmask), IP2STR(&event->ip_info.gw));
}

esp_netif_t *create(const char *call, const esp_netif_obj &settings) {
  Interfaces &the = interfaces();
  bool must_register = false;
  {
    const Lock lock(the.mutex);
    if (find(settings.kind) != nullptr) {
      host::fatal(call, "the interface exists already");
    }
    must_register = !std::exchange(the.handlers_registered, true);
    the.all.push_back(new esp_netif_obj(settings));
  }
  // Not under the lock: a handler that waits for it holds the event loop's.
  if (must_register) {
    ESP_ERROR_CHECK(
        esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi_event, nullptr));
    ESP_ERROR_CHECK(esp_event_handler_register(IP_EVENT, IP_EVENT_STA_GOT_IP, on_got_ip, nullptr));
  }
  const Lock lock(the.mutex);
  return find(settings.kind);
}

// Bytes that an option's value must have, or 0 for an unknown option.
std::size_t option_size(esp_netif_dhcp_option_id_t option, std::uint32_t given) {
  switch (option) {
  case ESP_NETIF_IP_ADDRESS_LEASE_TIME:
  case ESP_NETIF_SUBNET_MASK:
    return sizeof(std::uint32_t);
  case ESP_NETIF_ROUTER_SOLICITATION_ADDRESS:
  case ESP_NETIF_DOMAIN_NAME_SERVER:
    return sizeof(std::uint8_t);
  case ESP_NETIF_REQUESTED_IP_ADDRESS:
    // enable, first and last address
    return 3 * sizeof(std::uint32_t);
  case ESP_NETIF_CAPTIVEPORTAL_URI:
    return given;
  case ESP_NETIF_IP_REQUEST_RETRY_TIME:
  case ESP_NETIF_VENDOR_CLASS_IDENTIFIER:
  case ESP_NETIF_VENDOR_SPECIFIC_INFO:
    return 0;
  }
  return 0;
}

esp_err_t set_option(esp_netif_t &netif, esp_netif_dhcp_option_id_t option, void *value,
                     std::size_t size) {
  if (netif.dhcp == ESP_NETIF_DHCP_STARTED) {
    return ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED;
  }
  std::uint32_t number = 0;
  std::memcpy(&number, value, std::min(size, sizeof(number)));
  switch (option) {
  case ESP_NETIF_IP_ADDRESS_LEASE_TIME:
    netif.lease_minutes = number != 0 ? number : kLeaseMinutes;
    return ESP_OK;
  case ESP_NETIF_SUBNET_MASK:
    if (number == netif.ip.netmask.addr) {
      return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
    }
    netif.option_subnet = number;
    return ESP_OK;
  case ESP_NETIF_ROUTER_SOLICITATION_ADDRESS:
    netif.offers_router = (number & 0xff) != 0;
    return ESP_OK;
  case ESP_NETIF_DOMAIN_NAME_SERVER:
    netif.offers_dns = (number & 0xff) != 0;
    return ESP_OK;
  case ESP_NETIF_CAPTIVEPORTAL_URI:
    netif.captive_portal_uri = static_cast<const char *>(value);
    return ESP_OK;
  case ESP_NETIF_REQUESTED_IP_ADDRESS:
    host::unimplemented("esp_netif_dhcps_option", "a range of leases");
  case ESP_NETIF_IP_REQUEST_RETRY_TIME:
  case ESP_NETIF_VENDOR_CLASS_IDENTIFIER:
  case ESP_NETIF_VENDOR_SPECIFIC_INFO:
    break;
  }
  return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
}

esp_err_t get_option(esp_netif_t &netif, esp_netif_dhcp_option_id_t option, void *value) {
  if (netif.dhcp == ESP_NETIF_DHCP_STOPPED) {
    return ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED;
  }
  const auto put = [&](auto number) { std::memcpy(value, &number, sizeof(number)); };
  switch (option) {
  case ESP_NETIF_IP_ADDRESS_LEASE_TIME:
    put(netif.lease_minutes);
    return ESP_OK;
  case ESP_NETIF_SUBNET_MASK:
    put(netif.option_subnet != 0 ? netif.option_subnet : netif.ip.netmask.addr);
    return ESP_OK;
  case ESP_NETIF_ROUTER_SOLICITATION_ADDRESS:
    put(static_cast<std::uint8_t>(netif.offers_router));
    return ESP_OK;
  case ESP_NETIF_DOMAIN_NAME_SERVER:
    put(static_cast<std::uint8_t>(netif.offers_dns));
    return ESP_OK;
  case ESP_NETIF_REQUESTED_IP_ADDRESS:
    host::unimplemented("esp_netif_dhcps_option", "a range of leases");
  case ESP_NETIF_CAPTIVEPORTAL_URI:
  case ESP_NETIF_IP_REQUEST_RETRY_TIME:
  case ESP_NETIF_VENDOR_CLASS_IDENTIFIER:
  case ESP_NETIF_VENDOR_SPECIFIC_INFO:
    break;
  }
  // As in ESP-IDF: nothing is written, and that is no error.
  return ESP_OK;
}

} // namespace

esp_err_t esp_netif_init(void) {
  return ESP_OK;
}

esp_err_t esp_netif_deinit(void) {
  return ESP_ERR_NOT_SUPPORTED;
}

esp_netif_t *esp_netif_create_default_wifi_ap(void) {
  esp_netif_obj settings{};
  settings.kind = Kind::SoftAp;
  settings.if_key = "WIFI_AP_DEF";
  settings.desc = "ap";
  settings.route_prio = 10;
  settings.flags = static_cast<esp_netif_flags_t>(ESP_NETIF_DHCP_SERVER | ESP_NETIF_FLAG_AUTOUP);
  settings.mac_type = ESP_MAC_WIFI_SOFTAP;
  settings.ip = kSoftApAddress;
  settings.old_ip = kSoftApAddress;
  return create(__func__, settings);
}

esp_netif_t *esp_netif_create_default_wifi_sta(void) {
  esp_netif_obj settings{};
  settings.kind = Kind::Station;
  settings.if_key = "WIFI_STA_DEF";
  settings.desc = "sta";
  settings.route_prio = 100;
  settings.flags = static_cast<esp_netif_flags_t>(ESP_NETIF_DHCP_CLIENT | ESP_NETIF_FLAG_GARP |
                                                  ESP_NETIF_FLAG_EVENT_IP_MODIFIED);
  settings.mac_type = ESP_MAC_WIFI_STA;
  return create(__func__, settings);
}

void esp_netif_destroy_default_wifi(void *esp_netif) {
  esp_netif_destroy(static_cast<esp_netif_t *>(esp_netif));
}

void esp_netif_destroy(esp_netif_t *esp_netif) {
  if (esp_netif == nullptr) {
    return;
  }
  Interfaces &the = interfaces();
  bool must_unregister = false;
  {
    const Lock lock(the.mutex);
    if (std::erase(the.all, esp_netif) == 0) {
      host::fatal(__func__, "there is no such interface");
    }
    if (the.default_one == esp_netif) {
      the.default_one = nullptr;
    }
    must_unregister = the.all.empty() && std::exchange(the.handlers_registered, false);
  }
  if (must_unregister) {
    // Without a loop any more there is nothing to unregister from.
    esp_event_handler_unregister(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi_event);
    esp_event_handler_unregister(IP_EVENT, IP_EVENT_STA_GOT_IP, on_got_ip);
  }
  delete esp_netif;
}

esp_err_t esp_netif_set_default_netif(esp_netif_t *esp_netif) {
  const Lock lock(interfaces().mutex);
  interfaces().default_one = esp_netif;
  return ESP_OK;
}

esp_netif_t *esp_netif_get_default_netif(void) {
  const Lock lock(interfaces().mutex);
  if (interfaces().default_one != nullptr) {
    return interfaces().default_one;
  }
  // The one that is up and has the highest priority; a DHCP client counts once it has an address.
  esp_netif_t *best = nullptr;
  for (esp_netif_t *const netif : interfaces().all) {
    if (netif->up && netif->ip.ip.addr != 0 &&
        (best == nullptr || netif->route_prio > best->route_prio)) {
      best = netif;
    }
  }
  return best;
}

esp_err_t esp_netif_get_mac(esp_netif_t *esp_netif, uint8_t mac[]) {
  if (esp_netif == nullptr || mac == nullptr) {
    return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  }
  return esp_read_mac(mac, esp_netif->mac_type);
}

esp_err_t esp_netif_set_hostname(esp_netif_t *esp_netif, const char *hostname) {
  if (esp_netif == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const Lock lock(interfaces().mutex);
  if (std::strlen(hostname) > kHostnameMax) {
    return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  }
  esp_netif->hostname = hostname;
  return ESP_OK;
}

esp_err_t esp_netif_get_hostname(esp_netif_t *esp_netif, const char **hostname) {
  if (esp_netif == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const Lock lock(interfaces().mutex);
  *hostname = esp_netif->hostname.c_str();
  return ESP_OK;
}

bool esp_netif_is_netif_up(esp_netif_t *esp_netif) {
  const Lock lock(interfaces().mutex);
  return esp_netif != nullptr && esp_netif->up;
}

esp_err_t esp_netif_get_ip_info(esp_netif_t *esp_netif, esp_netif_ip_info_t *ip_info) {
  if (esp_netif == nullptr || ip_info == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const Lock lock(interfaces().mutex);
  *ip_info = esp_netif->ip;
  return ESP_OK;
}

esp_err_t esp_netif_get_old_ip_info(esp_netif_t *esp_netif, esp_netif_ip_info_t *ip_info) {
  if (esp_netif == nullptr || ip_info == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const Lock lock(interfaces().mutex);
  *ip_info = esp_netif->old_ip;
  return ESP_OK;
}

esp_err_t esp_netif_set_ip_info(esp_netif_t *esp_netif, const esp_netif_ip_info_t *ip_info) {
  if (esp_netif == nullptr || ip_info == nullptr) {
    return ESP_ERR_INVALID_STATE;
  }
  const Lock lock(interfaces().mutex);
  if (esp_netif->dhcp != ESP_NETIF_DHCP_STOPPED) {
    return ESP_ERR_ESP_NETIF_DHCP_NOT_STOPPED;
  }
  esp_netif->ip = *ip_info;
  if (esp_netif->up && !esp_netif->is_soft_ap() && ip_info->ip.addr != 0) {
    tell_got_ip(*esp_netif);
  }
  return ESP_OK;
}

esp_err_t esp_netif_dhcps_option(esp_netif_t *esp_netif, esp_netif_dhcp_option_mode_t opt_op,
                                 esp_netif_dhcp_option_id_t opt_id, void *opt_val,
                                 uint32_t opt_len) {
  if (esp_netif == nullptr || !esp_netif->is_soft_ap()) {
    return ESP_ERR_ESP_NETIF_IF_NOT_READY;
  }
  const std::size_t size = option_size(opt_id, opt_len);
  if (opt_val == nullptr || size == 0 || size != opt_len) {
    return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  }
  const Lock lock(interfaces().mutex);
  switch (opt_op) {
  case ESP_NETIF_OP_SET:
    return set_option(*esp_netif, opt_id, opt_val, size);
  case ESP_NETIF_OP_GET:
    return get_option(*esp_netif, opt_id, opt_val);
  case ESP_NETIF_OP_START:
  case ESP_NETIF_OP_MAX:
    break;
  }
  return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
}

esp_err_t esp_netif_dhcps_start(esp_netif_t *esp_netif) {
  if (esp_netif == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const Lock lock(interfaces().mutex);
  if (esp_netif->dhcp == ESP_NETIF_DHCP_STARTED) {
    return ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED;
  }
  // It starts with the interface if that is not up yet.
  esp_netif->dhcp = esp_netif->up ? ESP_NETIF_DHCP_STARTED : ESP_NETIF_DHCP_INIT;
  return ESP_OK;
}

esp_err_t esp_netif_dhcps_stop(esp_netif_t *esp_netif) {
  if (esp_netif == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const Lock lock(interfaces().mutex);
  if (esp_netif->dhcp == ESP_NETIF_DHCP_STOPPED) {
    return ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED;
  }
  esp_netif->dhcp = ESP_NETIF_DHCP_STOPPED;
  return ESP_OK;
}

esp_err_t esp_netif_dhcpc_start(esp_netif_t *esp_netif) {
  if (esp_netif == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const Lock lock(interfaces().mutex);
  if (esp_netif->dhcp == ESP_NETIF_DHCP_STARTED) {
    return ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED;
  }
  esp_netif->ip = {};
  esp_netif->dhcp = esp_netif->up ? ESP_NETIF_DHCP_STARTED : ESP_NETIF_DHCP_INIT;
  return ESP_OK;
}

esp_err_t esp_netif_dhcpc_stop(esp_netif_t *esp_netif) {
  if (esp_netif == nullptr) {
    return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  }
  const Lock lock(interfaces().mutex);
  if (esp_netif->dhcp == ESP_NETIF_DHCP_STOPPED) {
    return ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED;
  }
  if (esp_netif->dhcp == ESP_NETIF_DHCP_STARTED) {
    esp_netif->ip = {};
  }
  esp_netif->dhcp = ESP_NETIF_DHCP_STOPPED;
  return ESP_OK;
}

esp_err_t esp_netif_dhcps_get_status(esp_netif_t *esp_netif, esp_netif_dhcp_status_t *status) {
  if (esp_netif == nullptr || !esp_netif->is_soft_ap()) {
    return ESP_ERR_INVALID_ARG;
  }
  const Lock lock(interfaces().mutex);
  *status = esp_netif->dhcp;
  return ESP_OK;
}

esp_err_t esp_netif_dhcpc_get_status(esp_netif_t *esp_netif, esp_netif_dhcp_status_t *status) {
  if (esp_netif == nullptr || esp_netif->is_soft_ap()) {
    return ESP_ERR_INVALID_ARG;
  }
  const Lock lock(interfaces().mutex);
  *status = esp_netif->dhcp;
  return ESP_OK;
}

esp_err_t esp_netif_set_dns_info(esp_netif_t *esp_netif, esp_netif_dns_type_t type,
                                 esp_netif_dns_info_t *dns) {
  if (esp_netif == nullptr || dns == nullptr || type < ESP_NETIF_DNS_MAIN ||
      type >= ESP_NETIF_DNS_MAX || (esp_netif->is_soft_ap() && type >= ESP_NETIF_DNS_FALLBACK)) {
    return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  }
  if (dns->ip.type != ESP_IPADDR_TYPE_V4) {
    HOST_UNIMPLEMENTED("IPv6 name servers");
  }
  if (dns->ip.u_addr.ip4.addr == 0) {
    return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  }
  const Lock lock(interfaces().mutex);
  esp_netif->dns[type] = dns->ip.u_addr.ip4;
  return ESP_OK;
}

esp_err_t esp_netif_get_dns_info(esp_netif_t *esp_netif, esp_netif_dns_type_t type,
                                 esp_netif_dns_info_t *dns) {
  if (esp_netif == nullptr || dns == nullptr || type < ESP_NETIF_DNS_MAIN ||
      type >= ESP_NETIF_DNS_MAX) {
    return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
  }
  const Lock lock(interfaces().mutex);
  *dns = {};
  dns->ip.u_addr.ip4 = esp_netif->dns[type];
  dns->ip.type = ESP_IPADDR_TYPE_V4;
  return ESP_OK;
}

void esp_netif_set_ip4_addr(esp_ip4_addr_t *addr, uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  addr->addr = ESP_IP4TOADDR(a, b, c, d);
}

char *esp_ip4addr_ntoa(const esp_ip4_addr_t *addr, char *buf, int buflen) {
  char text[IP4ADDR_STRLEN_MAX];
  const int length = std::snprintf(text, sizeof(text), IPSTR, IP2STR(addr));
  if (length >= buflen) {
    return nullptr;
  }
  std::memcpy(buf, text, static_cast<std::size_t>(length) + 1);
  return buf;
}

uint32_t esp_ip4addr_aton(const char *addr) {
  esp_ip4_addr_t parsed{};
  return esp_netif_str_to_ip4(addr, &parsed) == ESP_OK ? parsed.addr : UINT32_MAX;
}

esp_err_t esp_netif_str_to_ip4(const char *src, esp_ip4_addr_t *dst) {
  if (src == nullptr || dst == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  in_addr parsed{};
  if (inet_aton(src, &parsed) == 0) {
    return ESP_FAIL;
  }
  dst->addr = parsed.s_addr;
  return ESP_OK;
}

esp_netif_t *esp_netif_get_handle_from_ifkey(const char *if_key) {
  const Lock lock(interfaces().mutex);
  for (esp_netif_t *const netif : interfaces().all) {
    if (std::strcmp(netif->if_key, if_key) == 0) {
      return netif;
    }
  }
  return nullptr;
}

esp_netif_flags_t esp_netif_get_flags(esp_netif_t *esp_netif) {
  return esp_netif->flags;
}

const char *esp_netif_get_ifkey(esp_netif_t *esp_netif) {
  return esp_netif->if_key;
}

const char *esp_netif_get_desc(esp_netif_t *esp_netif) {
  return esp_netif == nullptr ? nullptr : esp_netif->desc;
}

int esp_netif_get_route_prio(esp_netif_t *esp_netif) {
  return esp_netif == nullptr ? -1 : esp_netif->route_prio;
}

esp_netif_t *esp_netif_next_unsafe(esp_netif_t *esp_netif) {
  const Lock lock(interfaces().mutex);
  const std::vector<esp_netif_t *> &all = interfaces().all;
  auto at = all.begin();
  if (esp_netif != nullptr) {
    at = std::find(all.begin(), all.end(), esp_netif);
    at += at != all.end() ? 1 : 0;
  }
  return at == all.end() ? nullptr : *at;
}

size_t esp_netif_get_nr_of_ifs(void) {
  const Lock lock(interfaces().mutex);
  return interfaces().all.size();
}

namespace host::netif {

esp_err_t station_got_ip(const esp_netif_ip_info_t &ip_info) {
  const Lock lock(interfaces().mutex);
  esp_netif_t *const station = find(Kind::Station);
  if (station == nullptr || !station->up || station->dhcp != ESP_NETIF_DHCP_STARTED) {
    return ESP_ERR_INVALID_STATE;
  }
  station->ip = ip_info;
  // Posted without waiting, as esp_netif_lwip.c does: with a full queue the address is there and
  // nobody hears of it.
  const esp_err_t error = tell_got_ip(*station);
  return error == ESP_ERR_TIMEOUT ? ESP_OK : error;
}

void station_lost_ip() {
  const Lock lock(interfaces().mutex);
  esp_netif_t *const station = find(Kind::Station);
  if (station != nullptr && station->dhcp == ESP_NETIF_DHCP_STARTED) {
    station->ip = {};
  }
}

bool station_wants_ip() {
  const Lock lock(interfaces().mutex);
  const esp_netif_t *const station = find(Kind::Station);
  return station != nullptr && station->up && station->dhcp == ESP_NETIF_DHCP_STARTED;
}

std::string captive_portal_uri() {
  const Lock lock(interfaces().mutex);
  const esp_netif_t *const soft_ap = find(Kind::SoftAp);
  return soft_ap != nullptr && soft_ap->captive_portal_uri != nullptr ? soft_ap->captive_portal_uri
                                                                      : "";
}

} // namespace host::netif
