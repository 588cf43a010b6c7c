#include "device.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "esp_wifi_default.h"
#include "host/clock.hpp"
#include "host/netif.hpp"
#include "host/network.hpp"
#include "host/nvs.hpp"
#include "host/tasks.hpp"
#include "nvs_flash.h"
#include "radio/scenario.hpp"

using namespace std::chrono_literals;

namespace {

/// Of the device's time, which it needs to itself meanwhile on a machine with few cores.
constexpr std::chrono::milliseconds kLookAgain{10};

std::mutex log_mutex;
std::string log_text;

int append_to_log(const char *format, va_list args) {
  char line[1024];
  const int size = std::vsnprintf(line, sizeof line, format, args);
  const std::lock_guard lock(log_mutex);
  log_text += line;
  return size;
}

int drop(const char * /*format*/, va_list /*args*/) { return 0; }

esp_ip4_addr_t to_lwip(const radio::Ip4 &ip) {
  esp_ip4_addr_t address{};
  std::memcpy(&address.addr, ip.data(), ip.size());
  return address;
}

void bind_radio() {
  radio::Hooks hooks;
  hooks.cut_clients = [] { host::network::cut_clients(); };
  hooks.restore_clients = [] { host::network::restore_clients(); };
  hooks.give_lease = [](const radio::Ip4 &ip, const radio::Ip4 &netmask, const radio::Ip4 &gateway) {
    esp_netif_ip_info_t info{};
    info.ip = to_lwip(ip);
    info.netmask = to_lwip(netmask);
    info.gw = to_lwip(gateway);
    return host::netif::station_got_ip(info) == ESP_OK;
  };
  radio::set_hooks(hooks);
}

} // namespace

LogCapture::LogCapture() {
  const std::lock_guard lock(log_mutex);
  log_text.clear();
  esp_log_set_vprintf(append_to_log);
}

LogCapture::~LogCapture() { esp_log_set_vprintf(drop); }

std::string LogCapture::text() const {
  const std::lock_guard lock(log_mutex);
  return log_text;
}

ApplicationWifi::ApplicationWifi() {
  REQUIRE(esp_netif_init() == ESP_OK);
  REQUIRE(esp_event_loop_create_default() == ESP_OK);
  station_ = esp_netif_create_default_wifi_sta();
  const wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
  REQUIRE(esp_wifi_init(&init) == ESP_OK);
  REQUIRE(esp_wifi_set_mode(WIFI_MODE_STA) == ESP_OK);
}

ApplicationWifi::~ApplicationWifi() {
  CHECK(esp_wifi_stop() == ESP_OK);
  CHECK(esp_wifi_deinit() == ESP_OK);
  esp_netif_destroy_default_wifi(station_);
  CHECK(esp_event_loop_delete_default() == ESP_OK);
}

Device::Config Device::usual_config() {
  return {.ap_password = "configure", .device_name = "Lamp", .log_level = ESP_LOG_DEBUG};
}

Device::Device(const std::string &scenario, Config config) : config_(std::move(config)) {
  esp_log_set_vprintf(drop);
  host::nvs::reset();
  host::network::clear_port_map();
  host::network::map_port(config_.server_port, 0);
  bind_radio();
  const auto loaded = radio::load_scenario(scenario, SCENARIOS_DIR);
  if (!loaded) {
    throw std::runtime_error(loaded.error());
  }
  radio::set_scenario(*loaded);
  REQUIRE(nvs_flash_init() == ESP_OK);
  if (!config_.on_provisioned) {
    config_.on_provisioned = [this](const std::string &ssid, const std::string &password) {
      const std::lock_guard lock(mutex_);
      provisioned_ = {ssid, password};
    };
  }
  portal_.emplace(config_);
}

Device::~Device() {
  portal_.reset();
  CHECK(host::tasks::wait_until_none(60s));
  CHECK_FALSE(radio::driver_state().initialised);
  CHECK(esp_netif_get_handle_from_ifkey("WIFI_AP_DEF") == nullptr);
  CHECK(esp_netif_get_handle_from_ifkey("WIFI_STA_DEF") == nullptr);
  CHECK(host::network::bound_port(config_.server_port) == 0);
}

void Device::reboot() {
  portal_.reset();
  portal_.emplace(config_);
}

HttpClient Device::phone() const {
  return HttpClient(host::network::bound_port(config_.server_port));
}

void Device::change_world(const std::function<void(radio::Scenario &)> &change) {
  const auto changed = radio::change_scenario([&](radio::Scenario &scenario) {
    change(scenario);
    return std::expected<void, std::string>{};
  });
  REQUIRE_MESSAGE(changed, (changed ? std::string() : changed.error()));
}

radio::AccessPoint &Device::access_point(radio::Scenario &scenario, const std::string &ssid) {
  for (auto &ap : scenario.world.access_points) {
    if (ap.ssid == ssid) {
      return ap;
    }
  }
  throw std::runtime_error("no access point " + ssid);
}

Json Device::wait(const std::string &path, const std::function<bool(const Json &)> &holds) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (true) {
    const Reply reply = phone().get(path);
    const Json json = reply.json();
    if (reply.status == 200 && json.is_valid() && holds(json)) {
      return json;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      FAIL("waited in vain: " << path << " says " << reply.body);
    }
    host::clock::sleep_for(kLookAgain);
  }
}

void Device::wait_until(const std::function<bool()> &holds) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) {
      FAIL("waited in vain");
    }
    host::clock::sleep_for(kLookAgain);
  }
}

Json Device::verdict() {
  return wait("/api/connect", [](const Json &json) {
    return json.text("state") != "connecting" && json.text("state") != "obtaining_ip";
  });
}

Json Device::test(const std::string &request) {
  // The device's hurried time leaves a request some 60 ms, and a busy machine may take longer.
  Reply reply;
  bool was_lost = false;
  wait_until([&] {
    reply = phone().post("/api/connect", request);
    was_lost = was_lost || reply.status == 0;
    return reply.status != 0;
  });
  if (was_lost && reply.status == 409) {
    return verdict(); // the request had come through, only its answer had not
  }
  REQUIRE_MESSAGE(reply.status == 202, reply.body);
  const double id = reply.json().number("id");
  const Json json = verdict();
  REQUIRE(json.number("id") == id);
  return json;
}

Json Device::scan_list() {
  return wait("/api/scan", [&](const Json &json) {
    if (json.has("error") && !json.is_true("scanning")) {
      phone().post("/api/scan"); // a busy machine was too slow for it
    }
    return !json.is_null("age_ms");
  });
}

std::optional<Device::Provisioned> Device::provisioned() const {
  const std::lock_guard lock(mutex_);
  return provisioned_;
}
