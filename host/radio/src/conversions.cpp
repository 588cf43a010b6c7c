#include "conversions.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace radio {
namespace {

struct Authmode {
  wifi_auth_mode_t mode;
  Threshold threshold;
  std::string_view name;
};

/// Personal modes only; everything else is at least as strong as WPA3 for the comparison.
constexpr std::array<Authmode, 8> kAuthmodes{{
    {WIFI_AUTH_OPEN, Threshold::Open, "open"},
    {WIFI_AUTH_WEP, Threshold::Wep, "wep"},
    {WIFI_AUTH_WPA_PSK, Threshold::Wpa, "wpa"},
    {WIFI_AUTH_OWE, Threshold::Owe, "owe"},
    {WIFI_AUTH_WPA2_PSK, Threshold::Wpa2, "wpa2"},
    {WIFI_AUTH_WPA_WPA2_PSK, Threshold::Wpa2, "wpa_wpa2"},
    {WIFI_AUTH_WPA3_PSK, Threshold::Wpa3, "wpa3"},
    {WIFI_AUTH_WPA2_WPA3_PSK, Threshold::Wpa3, "wpa2_wpa3"},
}};

} // namespace

std::string bounded(const std::uint8_t *bytes, std::size_t size) {
  const auto *const end = std::find(bytes, bytes + size, std::uint8_t{0});
  return {reinterpret_cast<const char *>(bytes), static_cast<std::size_t>(end - bytes)};
}

std::string printable(std::string_view ssid) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : ssid) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F) {
      text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 0x0FU]};
    } else {
      text += c;
    }
  }
  return text;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

Mac mac_of(const std::uint8_t *bytes) {
  Mac mac{};
  std::copy_n(bytes, mac.size(), mac.begin());
  return mac;
}

Threshold threshold_of(wifi_auth_mode_t mode) {
  for (const Authmode &known : kAuthmodes) {
    if (known.mode == mode) {
      return known.threshold;
    }
  }
  return Threshold::Wpa3;
}

std::string_view authmode_name(wifi_auth_mode_t mode) {
  for (const Authmode &known : kAuthmodes) {
    if (known.mode == mode) {
      return known.name;
    }
  }
  return "unknown";
}

Protection protection_of(Security security) {
  switch (security) {
  case Security::Open:
    return {WIFI_AUTH_OPEN, WIFI_CIPHER_TYPE_NONE};
  case Security::Owe:
    return {WIFI_AUTH_OWE, WIFI_CIPHER_TYPE_CCMP};
  case Security::Wep:
    return {WIFI_AUTH_WEP, WIFI_CIPHER_TYPE_WEP104};
  case Security::Wpa:
    return {WIFI_AUTH_WPA_PSK, WIFI_CIPHER_TYPE_TKIP};
  case Security::WpaWpa2:
    return {WIFI_AUTH_WPA_WPA2_PSK, WIFI_CIPHER_TYPE_TKIP_CCMP};
  case Security::Wpa2:
    return {WIFI_AUTH_WPA2_PSK, WIFI_CIPHER_TYPE_CCMP};
  case Security::Wpa2Wpa3:
    return {WIFI_AUTH_WPA2_WPA3_PSK, WIFI_CIPHER_TYPE_CCMP};
  case Security::Wpa3:
    return {WIFI_AUTH_WPA3_PSK, WIFI_CIPHER_TYPE_CCMP};
  case Security::Enterprise:
    return {WIFI_AUTH_WPA2_ENTERPRISE, WIFI_CIPHER_TYPE_CCMP};
  }
  return {WIFI_AUTH_OPEN, WIFI_CIPHER_TYPE_NONE};
}

// As ESP-IDF's esp_hostap.c and the comment on wifi_ap_config_t::pairwise_cipher say.
SoftApCiphers ciphers_of(const wifi_ap_config_t &config) {
  if (config.authmode == WIFI_AUTH_OPEN) {
    return {"none", "none"};
  }
  wifi_cipher_type_t cipher = config.pairwise_cipher;
  const bool is_wpa_alone = config.authmode == WIFI_AUTH_WPA_PSK;
  if (cipher == WIFI_CIPHER_TYPE_TKIP && config.pmf_cfg.required && !is_wpa_alone) {
    cipher = WIFI_CIPHER_TYPE_CCMP;
  }
  if (cipher == WIFI_CIPHER_TYPE_CCMP && is_wpa_alone) {
    cipher = WIFI_CIPHER_TYPE_TKIP_CCMP;
  }
  switch (cipher) {
  case WIFI_CIPHER_TYPE_TKIP:
    return {"tkip", "tkip"};
  case WIFI_CIPHER_TYPE_CCMP:
    return {"ccmp", "ccmp"};
  case WIFI_CIPHER_TYPE_GCMP:
    return {"gcmp", "gcmp"};
  case WIFI_CIPHER_TYPE_GCMP256:
    return {"gcmp256", "gcmp256"};
  case WIFI_CIPHER_TYPE_NONE:
  case WIFI_CIPHER_TYPE_WEP40:
  case WIFI_CIPHER_TYPE_WEP104:
  case WIFI_CIPHER_TYPE_TKIP_CCMP:
  case WIFI_CIPHER_TYPE_AES_CMAC128:
  case WIFI_CIPHER_TYPE_SMS4:
  case WIFI_CIPHER_TYPE_AES_GMAC128:
  case WIFI_CIPHER_TYPE_AES_GMAC256:
  case WIFI_CIPHER_TYPE_UNKNOWN:
    break;
  }
  return {"tkip_ccmp", "tkip"};
}

namespace {

template <typename T> std::uint32_t read_channels_5ghz(const T &country) {
  if constexpr (requires { country.wifi_5g_channel_mask; }) {
    return country.wifi_5g_channel_mask != 0 ? country.wifi_5g_channel_mask : kAllChannels5;
  }
  return kAllChannels5;
}

template <typename T> void write_channels_5ghz(T &country, std::uint32_t channels) {
  if constexpr (requires { country.wifi_5g_channel_mask; }) {
    country.wifi_5g_channel_mask = channels;
  } else {
    static_cast<void>(country);
    static_cast<void>(channels);
  }
}

} // namespace

std::uint32_t channels_5ghz(const wifi_country_t &country) {
  return read_channels_5ghz(country);
}

void set_channels_5ghz(wifi_country_t &country, std::uint32_t channels) {
  write_channels_5ghz(country, channels);
}

wifi_country_t default_country() {
  wifi_country_t country{};
  std::memcpy(country.cc, "01", sizeof(country.cc));
  country.schan = 1;
  country.nchan = 11;
  country.max_tx_power = 20;
  country.policy = WIFI_COUNTRY_POLICY_AUTO;
  return country;
}

wifi_scan_default_params_t default_scan_parameters() {
  wifi_scan_default_params_t parameters{};
  parameters.scan_time.active.min = WIFI_ACTIVE_SCAN_MIN_DEFAULT_TIME;
  parameters.scan_time.active.max = WIFI_ACTIVE_SCAN_MAX_DEFAULT_TIME;
  parameters.scan_time.passive = WIFI_PASSIVE_SCAN_DEFAULT_TIME;
  parameters.home_chan_dwell_time = WIFI_SCAN_HOME_CHANNEL_DWELL_DEFAULT_TIME;
  return parameters;
}

} // namespace radio
