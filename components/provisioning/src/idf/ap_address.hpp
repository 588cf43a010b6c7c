#pragma once

#include <cstdint>

#include "esp_err.h"
#include "esp_netif.h"

#include "domain/ip4.hpp"

namespace espp::provisioning {

/// Gives an access point's interface its address, and has its DHCP server name the page (option
/// 114, RFC 8910, where ESP-IDF has it). Not thread-safe.
class ApAddress {
public:
  ApAddress() = default;
  ApAddress(const ApAddress &) = delete;
  ApAddress &operator=(const ApAddress &) = delete;

  /// The interface must exist until put_back(), if that is called. `port` is the page's. Errors: those
  /// of esp_netif_set_ip_info(); nothing is changed then.
  esp_err_t set(esp_netif_t *netif, const Subnet &subnet, std::uint16_t port);

  /// Puts the address back that set() found, for an interface that lives on.
  void put_back();

private:
  /// Sets `info` unless it is there already, and restarts the DHCP server around it.
  esp_err_t apply(const esp_netif_ip_info_t &info, const char *page);

  esp_netif_t *netif_{nullptr};
  esp_netif_ip_info_t found_{};
};

} // namespace espp::provisioning
