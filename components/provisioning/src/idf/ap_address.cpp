#include "idf/ap_address.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <optional>

#include "domain/endpoint.hpp"
#include "esp_idf_version.h"
#include "idf/log.hpp"

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

/// "http://255.255.255.255:65535/" and a NUL. The DHCP server keeps the pointer for as long as the
/// interface lives, which may be longer than any portal.
std::array<char, 32> page_uri;

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
  std::snprintf(page_uri.data(), page_uri.size(), "http://%s/", authority.c_str());
  esp_netif_ip_info_t info{};
  info.ip.addr = subnet.ip.network_order();
  info.netmask.addr = subnet.netmask.network_order();
  info.gw = info.ip;
  return apply(info, page_uri.data());
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
  const bool has_server = esp_netif_dhcps_get_status(netif_, &status) == ESP_OK;
  // One that the application has stopped is not restarted.
  const bool restarts = has_server && status != ESP_NETIF_DHCP_STOPPED;
  if (restarts) {
    esp_netif_dhcps_stop(netif_);
  }
  if (!same(info, now)) {
    error = esp_netif_set_ip_info(netif_, &info);
  }
  // A stopped one takes the option, too, and would hand out the old one when it is started again.
  if (has_server && kPageOption && error == ESP_OK &&
      // It only reads what it is given to set.
      esp_netif_dhcps_option(netif_, ESP_NETIF_OP_SET, *kPageOption, const_cast<char *>(page),
                             static_cast<std::uint32_t>(std::strlen(page))) != ESP_OK) {
    ESP_LOGD(kApTag, "The DHCP server does not name the page");
  }
  if (restarts) {
    const esp_err_t started = esp_netif_dhcps_start(netif_);
    error = error == ESP_OK ? started : error;
  }
  return error;
}

} // namespace espp::provisioning
