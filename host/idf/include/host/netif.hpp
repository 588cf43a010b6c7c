/// What the simulated radio tells the network interfaces.
#pragma once

#include <string>

#include "esp_err.h"
#include "esp_netif.h"

namespace host::netif {

/// The station got this lease from a DHCP server: stores it and posts IP_EVENT_STA_GOT_IP to the
/// default event loop, with `ip_changed` as the real one sets it (true unless it is the address the
/// station had before). ESP_ERR_INVALID_STATE if there is no station interface, it is not
/// connected, or its DHCP client is stopped; otherwise what esp_event_post() returns, but ESP_OK if
/// the queue is full: then the event is lost, as on a chip. Any task.
esp_err_t station_got_ip(const esp_netif_ip_info_t &ip_info);

/// The station's lease has ended, and its DHCP client looks for another one. Any task.
void station_lost_ip();

/// Whether the station waits for a lease: connected, with its DHCP client started.
[[nodiscard]] bool station_wants_ip();

/// The text set with ESP_NETIF_CAPTIVEPORTAL_URI on the soft-AP, as its DHCP server would send it;
/// empty if none.
[[nodiscard]] std::string captive_portal_uri();

} // namespace host::netif
