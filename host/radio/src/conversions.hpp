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

/// What a soft-AP offers by its configuration; names as in SoftApState.
struct SoftApCiphers {
  std::string_view pairwise;
  std::string_view group;
};
SoftApCiphers ciphers_of(const wifi_ap_config_t &config);

wifi_country_t default_country();
/// The 5 GHz channels of a country, bits as in kChannels5; all where the structure has no field for
/// them, as in the headers for chips with one band, or where it leaves them to the rules.
std::uint32_t channels_5ghz(const wifi_country_t &country);
void set_channels_5ghz(wifi_country_t &country, std::uint32_t channels);
wifi_scan_default_params_t default_scan_parameters();

/// What an event carries where no signal was measured.
constexpr int kNoRssi = -128;

/// Documented: a station that scans a channel for longer may lose its access point.
constexpr std::uint32_t kMaxScanMs = 1500;

} // namespace radio
