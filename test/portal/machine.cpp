#include "machine.hpp"

#include <cstring>

#include "host/netif.hpp"
#include "host/network.hpp"
#include "radio/driver.hpp"

namespace {

esp_ip4_addr_t to_lwip(const radio::Ip4 &ip) {
  esp_ip4_addr_t address{};
  std::memcpy(&address.addr, ip.data(), ip.size());
  return address;
}

} // namespace

void bind_radio() {
  radio::Hooks hooks;
  hooks.cut_clients = [] { host::network::cut_clients(); };
  hooks.restore_clients = [] { host::network::restore_clients(); };
  hooks.give_lease = [](const radio::Ip4 &ip, const radio::Ip4 &netmask,
                        const radio::Ip4 &gateway) {
    esp_netif_ip_info_t info{};
    info.ip = to_lwip(ip);
    info.netmask = to_lwip(netmask);
    info.gw = to_lwip(gateway);
    return host::netif::station_got_ip(info) == ESP_OK;
  };
  hooks.end_lease = [] { host::netif::station_lost_ip(); };
  radio::set_hooks(hooks);
}
