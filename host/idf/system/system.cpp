#include "host/system.hpp"

#include <sys/random.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "esp_app_desc.h"
#include "esp_mac.h"
#include "esp_random.h"
#include "esp_rom_crc.h"
#include "esp_system.h"
#include "host/unimplemented.hpp"

namespace {

struct Device {
  std::mutex mutex;
  host::system::MacAddress base_mac{0x24, 0x6f, 0x28, 0xaa, 0x85, 0x90};
  std::function<void()> on_restart;
  esp_app_desc_t app{};

  Device() {
    app.magic_word = ESP_APP_DESC_MAGIC_WORD;
    set(app.version, CONFIG_APP_PROJECT_VER);
    set(app.project_name, "host");
    std::snprintf(app.idf_ver, sizeof(app.idf_ver), "%s", esp_get_idf_version());
  }

  template <std::size_t Size> static void set(char (&field)[Size], std::string_view text) {
    std::memset(field, 0, Size);
    std::memcpy(field, text.data(), std::min(text.size(), Size - 1));
  }
};

Device &device() {
  static Device *const instance = new Device;
  return *instance;
}

std::atomic<uint32_t> lowest_free_heap{UINT32_MAX};
std::atomic<esp_reset_reason_t> reset_reason{ESP_RST_POWERON};

} // namespace

const char *esp_get_idf_version(void) {
  return "v5.5.5";
}

const esp_app_desc_t *esp_app_get_description(void) {
  return &device().app;
}

esp_err_t esp_base_mac_addr_get(uint8_t *mac) {
  if (mac == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const host::system::MacAddress base = host::system::base_mac();
  std::copy(base.begin(), base.end(), mac);
  return ESP_OK;
}

esp_err_t esp_efuse_mac_get_default(uint8_t *mac) {
  return esp_base_mac_addr_get(mac);
}

esp_err_t esp_read_mac(uint8_t *mac, esp_mac_type_t type) {
  const esp_err_t error = esp_base_mac_addr_get(mac);
  if (error != ESP_OK) {
    return error;
  }
  switch (type) {
  case ESP_MAC_WIFI_STA:
  case ESP_MAC_BASE:
  case ESP_MAC_EFUSE_FACTORY:
    return ESP_OK;
  case ESP_MAC_WIFI_SOFTAP:
    mac[5] = static_cast<uint8_t>(mac[5] + 1);
    return ESP_OK;
  case ESP_MAC_BT:
  case ESP_MAC_ETH:
  case ESP_MAC_IEEE802154:
  case ESP_MAC_EFUSE_CUSTOM:
  case ESP_MAC_EFUSE_EXT:
    return ESP_ERR_NOT_SUPPORTED;
  }
  return ESP_ERR_INVALID_ARG;
}

void esp_fill_random(void *buf, size_t len) {
  auto *at = static_cast<uint8_t *>(buf);
  while (len > 0) {
    const ssize_t got = getrandom(at, len, 0);
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      host::fatal("esp_fill_random", "the kernel gives no random numbers");
    }
    at += got;
    len -= static_cast<size_t>(got);
  }
}

uint32_t esp_random(void) {
  uint32_t number = 0;
  esp_fill_random(&number, sizeof(number));
  return number;
}

uint32_t esp_rom_crc32_le(uint32_t crc, uint8_t const *buf, uint32_t len) {
  constexpr uint32_t kPolynomial = 0xEDB88320;
  crc = ~crc;
  for (uint32_t i = 0; i < len; ++i) {
    crc ^= buf[i];
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ (kPolynomial & (0U - (crc & 1U)));
    }
  }
  return ~crc;
}

void esp_restart(void) {
  std::function<void()> hook;
  {
    const std::lock_guard lock(device().mutex);
    hook = device().on_restart;
  }
  if (hook) {
    hook();
    host::fatal("esp_restart", "the hook returned");
  }
  HOST_UNIMPLEMENTED("no hook is set");
}

esp_reset_reason_t esp_reset_reason(void) {
  return reset_reason;
}

uint32_t esp_get_free_heap_size(void) {
  struct sysinfo info{};
  if (sysinfo(&info) != 0) {
    host::fatal("esp_get_free_heap_size", "the kernel tells nothing");
  }
  const std::uint64_t bytes = static_cast<std::uint64_t>(info.freeram) * info.mem_unit;
  const auto free_bytes = static_cast<uint32_t>(std::min<std::uint64_t>(bytes, UINT32_MAX));
  uint32_t lowest = lowest_free_heap.load();
  while (free_bytes < lowest && !lowest_free_heap.compare_exchange_weak(lowest, free_bytes)) {
  }
  return free_bytes;
}

uint32_t esp_get_minimum_free_heap_size(void) {
  (void)esp_get_free_heap_size();
  return lowest_free_heap.load();
}

void esp_system_abort(const char *details) {
  host::fatal("esp_system_abort", details);
}

namespace host::system {

void set_base_mac(const MacAddress &mac) {
  const std::lock_guard lock(device().mutex);
  device().base_mac = mac;
}

MacAddress base_mac() {
  const std::lock_guard lock(device().mutex);
  return device().base_mac;
}

void set_app(std::string_view project_name, std::string_view version) {
  const std::lock_guard lock(device().mutex);
  Device::set(device().app.project_name, project_name);
  Device::set(device().app.version, version);
}

void set_reset_reason(esp_reset_reason_t reason) {
  reset_reason = reason;
}

void on_restart(std::function<void()> hook) {
  const std::lock_guard lock(device().mutex);
  device().on_restart = std::move(hook);
}

} // namespace host::system
