#include "device.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <stdexcept>

#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "esp_wifi_default.h"
#include "host/clock.hpp"
#include "host/network.hpp"
#include "host/nvs.hpp"
#include "host/tasks.hpp"
#include "machine.hpp"
#include "nvs_flash.h"
#include "radio/scenario.hpp"

namespace {

/// Of the device's time.
constexpr std::chrono::milliseconds kLookAgain{10};
/// Of the device's time, which stands still while anybody works: longer than anything takes.
constexpr std::chrono::minutes kPatience{10};

struct Log {
  Mutex mutex;
  std::string text;
};

/// Never destroyed: tasks may still log while the process exits.
Log &captured() {
  static Log *const log = new Log;
  return *log;
}

int append_to_log(const char *format, va_list args) {
  char line[1024];
  const int size = std::vsnprintf(line, sizeof line, format, args);
  Log &log = captured();
  const std::lock_guard lock(log.mutex);
  log.text += line;
  return size;
}

int drop(const char * /*format*/, va_list /*args*/) {
  return 0;
}

} // namespace

LogCapture::LogCapture() {
  Log &log = captured();
  const std::lock_guard lock(log.mutex);
  log.text.clear();
  esp_log_set_vprintf(append_to_log);
}

LogCapture::~LogCapture() {
  esp_log_set_vprintf(drop);
}

std::string LogCapture::text() const {
  Log &log = captured();
  const std::lock_guard lock(log.mutex);
  return log.text;
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
  CHECK(host::tasks::wait_until_none(kPatience));
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

namespace {

/// A test that has waited for long looks less often: it asks the device over HTTP, which costs more than all else.
class Waiting {
public:
  bool is_in_vain() const { return waited() > kPatience; }
  void pause() const { host::clock::sleep_for(std::max(kLookAgain, waited() / 32)); }

private:
  std::chrono::milliseconds waited() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(host::clock::now() - begun_);
  }

  const host::clock::Duration begun_{host::clock::now()};
};

} // namespace

Json Device::wait(const std::string &path, const std::function<bool(const Json &)> &holds) {
  for (const Waiting waiting;; waiting.pause()) {
    const Reply reply = phone().get(path);
    const Json json = reply.json();
    if (reply.status == 200 && json.is_valid() && holds(json)) {
      return json;
    }
    if (waiting.is_in_vain()) {
      FAIL("waited in vain: " << path << " says " << reply.body);
    }
  }
}

void Device::wait_until(const std::function<bool()> &holds) {
  for (const Waiting waiting; !holds(); waiting.pause()) {
    if (waiting.is_in_vain()) {
      FAIL("waited in vain");
    }
  }
}

Json Device::verdict() {
  return wait("/api/connect", [](const Json &json) {
    return json.text("state") != "connecting" && json.text("state") != "obtaining_ip";
  });
}

Json Device::test(const std::string &request) {
  const Reply reply = phone().post("/api/connect", request);
  REQUIRE_MESSAGE(reply.status == 202, reply.body);
  const double id = reply.json().number("id");
  const Json json = verdict();
  REQUIRE(json.number("id") == id);
  return json;
}

Json Device::scan_list() {
  return wait("/api/scan", [](const Json &json) { return !json.is_null("age_ms"); });
}

std::optional<Device::Provisioned> Device::provisioned() const {
  const std::lock_guard lock(mutex_);
  return provisioned_;
}

void join(std::thread &thread) {
  const host::clock::Away away;
  thread.join();
}
