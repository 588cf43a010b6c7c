/// What a chip has burnt in or built in: address, version, restart. Set it before the application
/// starts.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

#include "esp_system.h"

namespace host::system {

using MacAddress = std::array<std::uint8_t, 6>;

/// The address that esp_read_mac() derives the interfaces' from; 24:6f:28:aa:85:90 unless set.
void set_base_mac(const MacAddress &mac);
[[nodiscard]] MacAddress base_mac();

/// What esp_app_get_description() tells; each is cut to 31 bytes.
void set_app(std::string_view project_name, std::string_view version);

/// Why the device has started; ESP_RST_POWERON unless set.
void set_reset_reason(esp_reset_reason_t reason);

/// Called by esp_restart() instead of aborting; it must not return. Empty: abort again.
void on_restart(std::function<void()> hook);

} // namespace host::system
