/// What a test asks of the network interfaces of ESP-IDF's `linux` target.
#pragma once

#include <string>

namespace host::netif {

/// Option 114: there is no DHCP server, so that nothing is told.
[[nodiscard]] inline std::string captive_portal_uri() {
  return {};
}

} // namespace host::netif
