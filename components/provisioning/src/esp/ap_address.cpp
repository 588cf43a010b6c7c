#include "esp/ap_address.hpp"

#include <cstdio>
#include <cstring>
#include <optional>

#include "core/guard.hpp"
#include "esp/log.hpp"
#include "esp_idf_version.h"

namespace espp::provisioning {
namespace {

#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 4, 0)
constexpr std::optional kPageOption = ESP_NETIF_CAPTIVEPORTAL_URI;
#else
constexpr std::optional<esp_netif_dhcp_option_id_t> kPageOption;
#endif

/// What a DHCP server says that has no sign-in page (RFC 8910, 2). ESP-NETIF can't take back an
/// option, and keeps the pointer, so this must live for ever.
constexpr char kNoPage[] = "urn:ietf:params:capport:unrestricted";

std::uint32_t to_lwip(const Ip4 &ip) {
  std::uint32_t address = 0;
  std::memcpy(&address, ip.data(), sizeof address); // both are in network byte order
  return address;
}

bool same(const esp_netif_ip_info_t &a, const esp_netif_ip_info_t &b) {
  return a.ip.addr == b.ip.addr && a.netmask.addr == b.netmask.addr && a.gw.addr == b.gw.addr;
}

} // namespace

esp_err_t ApAddress::set(esp_netif_t *netif, const Subnet &subnet, std::uint16_t port) {
  const esp_err_t error = esp_netif_get_ip_info(netif, &found_);
  if (error != ESP_OK) {
    return error;
  }
  netif_ = netif;
  const Authority authority({.ip = subnet.ip, .port = port});
  std::snprintf(page_.data(), page_.size(), "http://%s/", authority.c_str());
  esp_netif_ip_info_t info{};
  info.ip.addr = to_lwip(subnet.ip);
  info.netmask.addr = to_lwip(subnet.netmask);
  info.gw = info.ip;
  return apply(info, page_.data());
}

void ApAddress::put_back() {
  if (netif_ == nullptr) {
    return;
  }
  const esp_err_t error = apply(found_, kNoPage);
  if (error != ESP_OK) {
    log_warning(kApTag, "The access point's address could not be put back", error);
  }
}

esp_err_t ApAddress::apply(const esp_netif_ip_info_t &info, const char *page) {
  esp_netif_ip_info_t now{};
  esp_err_t error = esp_netif_get_ip_info(netif_, &now);
  if (error != ESP_OK) {
    return error;
  }
  esp_netif_dhcp_status_t status = ESP_NETIF_DHCP_STOPPED;
  // Without a DHCP server, or with one that the application has stopped, there is none to restart.
  const bool restarts =
      esp_netif_dhcps_get_status(netif_, &status) == ESP_OK && status != ESP_NETIF_DHCP_STOPPED;
  if (restarts) {
    esp_netif_dhcps_stop(netif_);
  }
  if (!same(info, now)) {
    error = esp_netif_set_ip_info(netif_, &info);
  }
  if (restarts) {
    if (kPageOption && error == ESP_OK &&
        // It only reads what it is given to set.
        esp_netif_dhcps_option(netif_, ESP_NETIF_OP_SET, *kPageOption, const_cast<char *>(page),
                               static_cast<std::uint32_t>(std::strlen(page))) != ESP_OK) {
      ESP_LOGD(kApTag, "The DHCP server does not name the page");
    }
    const esp_err_t started = esp_netif_dhcps_start(netif_);
    error = error == ESP_OK ? started : error;
  }
  return error;
}

} // namespace espp::provisioning
