#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "esp_wifi.h"

#include "radio/world.hpp"

/// Between esp_wifi's structures and the model's values, and the driver's defaults.
namespace radio {

/// The tag of the driver's log lines.
constexpr const char *kTag = "wifi";

/// A text that ends at the first zero byte or after `size` bytes.
std::string bounded(const std::uint8_t *bytes, std::size_t size);
/// An SSID for one line of a log.
std::string printable(std::string_view ssid);
bool is_hex(std::string_view text);
/// Reads six bytes.
Mac mac_of(const std::uint8_t *bytes);

Threshold threshold_of(wifi_auth_mode_t mode);
std::string_view authmode_name(wifi_auth_mode_t mode);

struct Protection {
  wifi_auth_mode_t authmode;
  wifi_cipher_type_t cipher;
};
Protection protection_of(Security security);

wifi_country_t default_country();
wifi_scan_default_params_t default_scan_parameters();

/// What an event carries where no signal was measured.
constexpr int kNoRssi = -128;

/// Documented: a station that scans a channel for longer may lose its access point.
constexpr std::uint32_t kMaxScanMs = 1500;

} // namespace radio
