#include "storage.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "nvs.h"

namespace radio::storage {
namespace {

constexpr const char *kNamespace = "nvs.net80211";
/// An SSID is stored behind its length, a password with its terminator.
constexpr std::size_t kSsidBlob = 4 + 32;
constexpr std::size_t kPasswordBlob = 65;

class Namespace {
public:
  Namespace() : error_(nvs_open(kNamespace, NVS_READWRITE, &handle_)) {}
  ~Namespace() {
    if (error_ == ESP_OK) {
      nvs_close(handle_);
    }
  }
  Namespace(const Namespace &) = delete;
  Namespace &operator=(const Namespace &) = delete;

  esp_err_t error() const { return error_; }
  nvs_handle_t handle() const { return handle_; }

private:
  nvs_handle_t handle_{0};
  esp_err_t error_;
};

esp_err_t first_error(std::initializer_list<esp_err_t> results) {
  const auto *const bad =
      std::find_if(results.begin(), results.end(), [](esp_err_t e) { return e != ESP_OK; });
  return bad == results.end() ? ESP_OK : *bad;
}

esp_err_t set_ssid(nvs_handle_t handle, const char *key, std::span<const std::uint8_t, 32> ssid,
                   std::size_t size) {
  std::array<std::uint8_t, kSsidBlob> blob{};
  blob[0] = static_cast<std::uint8_t>(size);
  std::copy_n(ssid.begin(), size, blob.begin() + 4);
  return nvs_set_blob(handle, key, blob.data(), blob.size());
}

esp_err_t set_password(nvs_handle_t handle, const char *key,
                       std::span<const std::uint8_t, 64> password) {
  std::array<std::uint8_t, kPasswordBlob> blob{};
  std::copy(password.begin(), password.end(), blob.begin());
  return nvs_set_blob(handle, key, blob.data(), blob.size());
}

void get_ssid(nvs_handle_t handle, const char *key, std::span<std::uint8_t, 32> ssid,
              std::uint8_t *size_out) {
  std::array<std::uint8_t, kSsidBlob> blob{};
  std::size_t size = blob.size();
  if (nvs_get_blob(handle, key, blob.data(), &size) == ESP_OK && size == blob.size()) {
    std::copy(blob.begin() + 4, blob.end(), ssid.begin());
    if (size_out != nullptr) {
      *size_out = std::min(blob[0], std::uint8_t{32});
    }
  }
}

void get_password(nvs_handle_t handle, const char *key, std::span<std::uint8_t, 64> password) {
  std::array<std::uint8_t, kPasswordBlob> blob{};
  std::size_t size = blob.size();
  if (nvs_get_blob(handle, key, blob.data(), &size) == ESP_OK && size == blob.size()) {
    std::copy_n(blob.begin(), password.size(), password.begin());
  }
}

} // namespace

esp_err_t check() {
  const Namespace flash;
  return flash.error();
}

void load(wifi_mode_t &mode, wifi_sta_config_t &station, wifi_ap_config_t &soft_ap) {
  const Namespace flash;
  if (flash.error() != ESP_OK) {
    return;
  }
  std::uint8_t number = 0;
  if (nvs_get_u8(flash.handle(), "opmode", &number) == ESP_OK && number <= WIFI_MODE_APSTA) {
    mode = static_cast<wifi_mode_t>(number);
  }
  get_ssid(flash.handle(), "sta.ssid", station.ssid, nullptr);
  get_password(flash.handle(), "sta.pswd", station.password);
  get_ssid(flash.handle(), "ap.ssid", soft_ap.ssid, &soft_ap.ssid_len);
  get_password(flash.handle(), "ap.passwd", soft_ap.password);
  if (nvs_get_u8(flash.handle(), "ap.authmode", &number) == ESP_OK) {
    soft_ap.authmode = static_cast<wifi_auth_mode_t>(number);
  }
  if (nvs_get_u8(flash.handle(), "ap.chan", &number) == ESP_OK) {
    soft_ap.channel = number;
  }
}

esp_err_t save_mode(wifi_mode_t mode) {
  const Namespace flash;
  if (flash.error() != ESP_OK) {
    return flash.error();
  }
  return first_error({nvs_set_u8(flash.handle(), "opmode", static_cast<std::uint8_t>(mode)),
                      nvs_commit(flash.handle())});
}

esp_err_t save_station(const wifi_sta_config_t &station) {
  const Namespace flash;
  if (flash.error() != ESP_OK) {
    return flash.error();
  }
  const std::size_t size =
      strnlen(reinterpret_cast<const char *>(station.ssid), sizeof(station.ssid));
  return first_error({set_ssid(flash.handle(), "sta.ssid", station.ssid, size),
                      set_password(flash.handle(), "sta.pswd", station.password),
                      nvs_commit(flash.handle())});
}

esp_err_t save_soft_ap(const wifi_ap_config_t &soft_ap) {
  const Namespace flash;
  if (flash.error() != ESP_OK) {
    return flash.error();
  }
  return first_error(
      {set_ssid(flash.handle(), "ap.ssid", soft_ap.ssid, soft_ap.ssid_len),
       set_password(flash.handle(), "ap.passwd", soft_ap.password),
       nvs_set_u8(flash.handle(), "ap.authmode", static_cast<std::uint8_t>(soft_ap.authmode)),
       nvs_set_u8(flash.handle(), "ap.chan", soft_ap.channel), nvs_commit(flash.handle())});
}

esp_err_t erase() {
  const Namespace flash;
  if (flash.error() != ESP_OK) {
    return flash.error();
  }
  return first_error({nvs_erase_all(flash.handle()), nvs_commit(flash.handle())});
}

} // namespace radio::storage
