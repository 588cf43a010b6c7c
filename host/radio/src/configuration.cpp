#include "radio.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <string_view>

#include "esp_log.h"

#include "conversions.hpp"
#include "storage.hpp"

namespace radio {
namespace {

/// Channels of the 5 GHz band, bits as in kChannels5: those from one to another.
constexpr std::uint32_t from_to(std::uint8_t first, std::uint8_t last) {
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < kChannels5.size(); ++i) {
    bits |= kChannels5[i] >= first && kChannels5[i] <= last ? 1U << (i + 1) : 0U;
  }
  return bits;
}
constexpr std::uint32_t kEurope5 = from_to(36, 64) | from_to(100, 140) | from_to(149, 173);
constexpr std::uint32_t kAmerica5 = from_to(36, 64) | from_to(100, 144) | from_to(149, 165);
constexpr std::uint32_t kJapan5 = from_to(36, 64) | from_to(100, 144);
constexpr std::uint32_t kChina5 = from_to(36, 64) | from_to(149, 165);
constexpr std::uint32_t kWorld5 = from_to(36, 64);

struct CountryChannels {
  std::string_view code;
  std::uint8_t channels;
  std::uint32_t channels_5ghz{kEurope5};
};

/// The codes that esp_wifi_set_country_code() knows, with their channels from the kernel's
/// wireless-regdb, which ESP-IDF's `esp_wifi_regulatory.txt` copies. Most follow Europe at 5 GHz.
constexpr std::array<CountryChannels, 45> kCountries{{
    {"01", 11, kWorld5},
    {"AT", 13},
    {"AU", 13},
    {"BE", 13},
    {"BG", 13},
    {"BR", 13},
    {"CA", 11, kAmerica5},
    {"CH", 13},
    {"CN", 13, kChina5},
    {"CY", 13},
    {"CZ", 13},
    {"DE", 13},
    {"DK", 13},
    {"EE", 13},
    {"ES", 13},
    {"FI", 13},
    {"FR", 13},
    {"GB", 13},
    {"GR", 13},
    {"HK", 13},
    {"HR", 13},
    {"HU", 13},
    {"IE", 13},
    {"IN", 13},
    {"IS", 13},
    {"IT", 13},
    {"JP", 14, kJapan5},
    {"KR", 13},
    {"LI", 13},
    {"LT", 13},
    {"LU", 13},
    {"LV", 13},
    {"MT", 13},
    {"MX", 13},
    {"NL", 13},
    {"NO", 13},
    {"NZ", 13},
    {"PL", 13},
    {"PT", 13},
    {"RO", 13},
    {"SE", 13},
    {"SI", 13},
    {"SK", 13},
    {"TW", 13},
    {"US", 11, kAmerica5},
}};

/// A phone that followed a cut comes back when its Wi-Fi has found the access point again.
constexpr std::uint32_t kPhoneReturnsMs = 500;

} // namespace

esp_err_t Radio::set_config(wifi_interface_t interface, const wifi_config_t *config) {
  const Command command(*this);
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (config == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (interface == WIFI_IF_STA) {
    if (!has_station()) {
      return ESP_ERR_WIFI_MODE;
    }
    if (is_connecting() || is_settling_) {
      ESP_LOGE(kTag, "sta is connecting, cannot set config");
      return ESP_ERR_WIFI_STATE;
    }
    const auto *text = reinterpret_cast<const char *>(config->sta.password);
    const std::string_view password(text, strnlen(text, sizeof(config->sta.password)));
    if (password.size() == sizeof(config->sta.password) && !is_hex(password)) {
      return ESP_ERR_WIFI_PASSWORD;
    }
    station_config_ = config->sta;
    if (link_ != Link::Connected) {
      explicit_bzero(wanted_.password.data(), wanted_.password.size());
      wanted_ = {};
    }
    if (flash_enabled_ && storage_ == WIFI_STORAGE_FLASH &&
        storage::save_station(station_config_) != ESP_OK) {
      return ESP_ERR_WIFI_NVS;
    }
    return ESP_OK;
  }
  if (interface != WIFI_IF_AP) {
    return ESP_ERR_WIFI_IF;
  }
  if (!has_soft_ap()) {
    return ESP_ERR_WIFI_MODE;
  }
  wifi_ap_config_t wanted = config->ap;
  if (wanted.ssid_len > sizeof(wanted.ssid)) {
    wanted.ssid_len = sizeof(wanted.ssid);
  }
  if (wanted.ssid_len == 0) {
    wanted.ssid_len = static_cast<std::uint8_t>(bounded(wanted.ssid, sizeof(wanted.ssid)).size());
  }
  if (wanted.ssid_len == 0) {
    return ESP_ERR_WIFI_SSID;
  }
  const std::string password = bounded(wanted.password, sizeof(wanted.password));
  const bool psk_mode =
      wanted.authmode == WIFI_AUTH_WPA_PSK || wanted.authmode == WIFI_AUTH_WPA2_PSK ||
      wanted.authmode == WIFI_AUTH_WPA_WPA2_PSK || wanted.authmode == WIFI_AUTH_WPA3_PSK ||
      wanted.authmode == WIFI_AUTH_WPA2_WPA3_PSK;
  if (!psk_mode && wanted.authmode != WIFI_AUTH_OPEN) {
    return ESP_ERR_INVALID_ARG;
  }
  if (psk_mode &&
      (password.size() < 8 || (password.size() == sizeof(wanted.password) && !is_hex(password)))) {
    return ESP_ERR_WIFI_PASSWORD;
  }
  if (wanted.channel == 0) {
    wanted.channel = uses_2ghz() ? 1 : kChannels5.front();
  }
  // A soft-AP must not be on a radar's channel of its own accord.
  if (!is_channel(wanted.channel) || !uses(wanted.channel) || is_dfs(wanted.channel)) {
    return ESP_ERR_INVALID_ARG;
  }
  if (wanted.max_connection > ESP_WIFI_MAX_CONN_NUM) {
    wanted.max_connection = ESP_WIFI_MAX_CONN_NUM;
  }
  if (wanted.beacon_interval < 100 || wanted.beacon_interval > 60000) {
    wanted.beacon_interval = 100;
  }
  if (wanted.authmode == WIFI_AUTH_WPA3_PSK) {
    wanted.pmf_cfg.required = true; // WPA3 demands it, so the driver sets it (wifi-security.rst)
  }
  soft_ap_config_ = wanted;
  if (soft_ap_is_up_) {
    soon([this, channel = wanted.channel] {
      if (soft_ap_is_up_ && (link_ == Link::Idle || link_ == Link::Finding)) {
        move_home_channel(channel);
      }
    });
  }
  if (flash_enabled_ && storage_ == WIFI_STORAGE_FLASH &&
      storage::save_soft_ap(soft_ap_config_) != ESP_OK) {
    return ESP_ERR_WIFI_NVS;
  }
  return ESP_OK;
}

esp_err_t Radio::get_config(wifi_interface_t interface, wifi_config_t *config) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (config == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (interface != WIFI_IF_STA && interface != WIFI_IF_AP) {
    return ESP_ERR_WIFI_IF;
  }
  *config = {};
  if (interface == WIFI_IF_STA) {
    config->sta = station_config_;
  } else {
    config->ap = soft_ap_config_;
  }
  return ESP_OK;
}

esp_err_t Radio::get_mac(wifi_interface_t interface, std::uint8_t *mac) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (mac == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (interface != WIFI_IF_STA && interface != WIFI_IF_AP) {
    return ESP_ERR_WIFI_IF;
  }
  const Mac &from = interface == WIFI_IF_STA ? station_mac_ : soft_ap_mac_;
  std::copy(from.begin(), from.end(), mac);
  return ESP_OK;
}

esp_err_t Radio::set_mac(wifi_interface_t interface, const std::uint8_t *mac) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (mac == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (interface != WIFI_IF_STA && interface != WIFI_IF_AP) {
    return ESP_ERR_WIFI_IF;
  }
  const bool enabled = started_ && (interface == WIFI_IF_STA ? has_station() : has_soft_ap());
  if (enabled) {
    return ESP_ERR_WIFI_MODE;
  }
  const Mac other = interface == WIFI_IF_STA ? soft_ap_mac_ : station_mac_;
  if ((mac[0] & 1U) != 0 || mac_of(mac) == other) {
    return ESP_ERR_WIFI_MAC;
  }
  (interface == WIFI_IF_STA ? station_mac_ : soft_ap_mac_) = mac_of(mac);
  return ESP_OK;
}

esp_err_t Radio::get_channel(std::uint8_t *primary, wifi_second_chan_t *second) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (primary == nullptr || second == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *primary = home_channel_;
  *second = WIFI_SECOND_CHAN_NONE;
  return ESP_OK;
}

esp_err_t Radio::set_country(const wifi_country_t *country) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (country == nullptr || country->schan < 1 || country->nchan < 1 ||
      country->schan + country->nchan > 15) {
    return ESP_ERR_INVALID_ARG;
  }
  country_ = *country;
  return ESP_OK;
}

esp_err_t Radio::get_country(wifi_country_t *country) {
  return get(country_, country);
}

esp_err_t Radio::set_country_code(const char *code, bool ieee80211d) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  const std::string_view wanted(code != nullptr ? code : "");
  const auto *const known =
      std::find_if(kCountries.begin(), kCountries.end(),
                   [&](const CountryChannels &c) { return c.code == wanted.substr(0, 2); });
  if (wanted.size() < 2 || wanted.size() > 3 || known == kCountries.end()) {
    return ESP_ERR_INVALID_ARG;
  }
  std::copy(known->code.begin(), known->code.end(), country_.cc);
  country_.cc[2] = wanted.size() == 3 ? wanted[2] : ' ';
  country_.schan = 1;
  country_.nchan = known->channels;
  set_channels_5ghz(country_, known->channels_5ghz);
  country_.policy = ieee80211d ? WIFI_COUNTRY_POLICY_AUTO : WIFI_COUNTRY_POLICY_MANUAL;
  return ESP_OK;
}

esp_err_t Radio::get_country_code(char *code) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (code == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  std::copy_n(country_.cc, 3, code);
  return ESP_OK;
}

// What follows is as esp_wifi.h of v5.5 documents it.

esp_err_t Radio::set_band_mode(wifi_band_mode_t mode) {
  const Command command(*this);
  const Lock lock(mutex_);
  if (const esp_err_t error = check_started(); error != ESP_OK) {
    return error;
  }
  if (mode < WIFI_BAND_MODE_2G_ONLY || mode > WIFI_BAND_MODE_AUTO ||
      (mode != WIFI_BAND_MODE_2G_ONLY && !has_5ghz_)) {
    return ESP_ERR_INVALID_ARG;
  }
  band_mode_ = mode;
  if (!uses(soft_ap_config_.channel)) {
    soft_ap_config_.channel = uses_2ghz() ? 1 : kChannels5.front();
  }
  soon([this] {
    if (!uses(home_channel_)) {
      move_home_channel(uses_2ghz() ? 1 : kChannels5.front());
    }
  });
  return ESP_OK;
}

esp_err_t Radio::get_band_mode(wifi_band_mode_t *mode) {
  return get(band_mode_, mode);
}

esp_err_t Radio::set_band(wifi_band_t band) {
  const Command command(*this);
  const Lock lock(mutex_);
  if (const esp_err_t error = check_started(); error != ESP_OK) {
    return error;
  }
  if ((band != WIFI_BAND_2G && band != WIFI_BAND_5G) || band_mode_ != WIFI_BAND_MODE_AUTO) {
    return ESP_ERR_INVALID_ARG;
  }
  soon([this, is_wanted_5ghz = band == WIFI_BAND_5G] {
    if (is_5ghz(home_channel_) != is_wanted_5ghz) {
      move_home_channel(is_wanted_5ghz ? kChannels5.front() : std::uint8_t{1});
    }
  });
  return ESP_OK;
}

esp_err_t Radio::get_band(wifi_band_t *band) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (band == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *band = is_5ghz(home_channel_) ? WIFI_BAND_5G : WIFI_BAND_2G;
  return ESP_OK;
}

esp_err_t Radio::set_ps(wifi_ps_type_t type) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (type < WIFI_PS_NONE || type > WIFI_PS_MAX_MODEM) {
    return ESP_ERR_INVALID_ARG;
  }
  power_save_ = type;
  return ESP_OK;
}

esp_err_t Radio::get_ps(wifi_ps_type_t *type) {
  return get(power_save_, type);
}

esp_err_t Radio::set_inactive_time(wifi_interface_t interface, std::uint16_t seconds) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_ERR_WIFI_NOT_STARTED;
  }
  const std::uint16_t least = interface == WIFI_IF_STA ? 3 : 10; // documented minima
  if ((interface != WIFI_IF_STA && interface != WIFI_IF_AP) || seconds < least) {
    return ESP_ERR_INVALID_ARG;
  }
  (interface == WIFI_IF_STA ? station_inactive_s_ : soft_ap_inactive_s_) = seconds;
  return ESP_OK;
}

esp_err_t Radio::set_max_tx_power(std::int8_t power) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_ERR_WIFI_NOT_STARTED;
  }
  if (power < 8 || power > 84) {
    return ESP_ERR_INVALID_ARG;
  }
  // Documented: the driver knows these steps and takes the next lower one.
  constexpr std::array<std::int8_t, 11> kSteps{8, 20, 28, 34, 44, 52, 56, 60, 66, 72, 80};
  const auto *const above = std::upper_bound(kSteps.begin(), kSteps.end(), power);
  max_tx_power_ = *std::prev(above);
  return ESP_OK;
}

esp_err_t Radio::get_max_tx_power(std::int8_t *power) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_ERR_WIFI_NOT_STARTED;
  }
  if (power == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *power = max_tx_power_;
  return ESP_OK;
}

esp_err_t Radio::ap_get_sta_list(wifi_sta_list_t *list) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (list == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (!has_soft_ap()) {
    return ESP_ERR_WIFI_MODE;
  }
  if (!soft_ap_is_up_) {
    return ESP_ERR_WIFI_CONN;
  }
  *list = {};
  if (phone_joined_ && scenario_.phone) {
    wifi_sta_info_t &phone = list->sta[0];
    std::copy(scenario_.phone->mac.begin(), scenario_.phone->mac.end(), phone.mac);
    phone.rssi = -40;
    phone.phy_11b = 1;
    phone.phy_11g = 1;
    phone.phy_11n = 1;
    list->num = 1;
  }
  return ESP_OK;
}

esp_err_t Radio::deauth_sta(std::uint16_t aid) {
  const Lock lock(mutex_);
  if (!initialised_) {
    return ESP_ERR_WIFI_NOT_INIT;
  }
  if (!started_) {
    return ESP_ERR_WIFI_NOT_STARTED;
  }
  if (!has_soft_ap()) {
    return ESP_ERR_WIFI_MODE;
  }
  if (aid > 1 || (aid == 1 && !phone_joined_)) {
    return ESP_ERR_INVALID_ARG;
  }
  soon([this] {
    if (!phone_joined_) {
      return;
    }
    phone_leaves(reason::kAuthExpire);
    cut_for(0);
    phone_joins_after(kPhoneReturnsMs);
  });
  return ESP_OK;
}

} // namespace radio
