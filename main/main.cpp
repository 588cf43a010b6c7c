#include <chrono>
#include <string>

#include "boot.hpp"
#include "console_qr.hpp"
#include "esp_err.h"
#include "esp_log.h"
#include "nvs_flash.h"
#include "provisioning.hpp"
#include "sdkconfig.h"
#ifdef CONFIG_PROVISIONING_IMPROV_SERIAL
#include "improv_serial.hpp"
#endif

namespace {

constexpr const char *kTag = "Provisioning Example";

// menuconfig leaves an option that is off undefined.
#ifdef CONFIG_PROVISIONING_EXAMPLE_UNIQUE_SSID
constexpr bool kUniqueSsid = true;
#else
constexpr bool kUniqueSsid = false;
#endif
#ifdef CONFIG_PROVISIONING_EXAMPLE_UNIQUE_PASSWORD
constexpr bool kUniquePassword = true;
#else
constexpr bool kUniquePassword = false;
#endif
#ifdef CONFIG_PROVISIONING_EXAMPLE_SHOW_PASSWORD
constexpr bool kShowPassword = true;
#else
constexpr bool kShowPassword = false;
#endif
#ifdef CONFIG_PROVISIONING_EXAMPLE_AUTO_SHUTDOWN_AP
constexpr bool kAutoShutdownAp = true;
#else
constexpr bool kAutoShutdownAp = false;
#endif

/// Prepares the flash storage as ESP-IDF's documentation says: a partition that is full of deleted
/// entries, or was written by a newer format, is erased and tried once more.
esp_err_t init_nvs() {
  const esp_err_t error = nvs_flash_init();
  if (error != ESP_ERR_NVS_NO_FREE_PAGES && error != ESP_ERR_NVS_NEW_VERSION_FOUND) {
    return error;
  }
  ESP_LOGW(kTag, "The flash storage must be erased: %s", esp_err_to_name(error));
  const esp_err_t erased = nvs_flash_erase();
  return erased == ESP_OK ? nvs_flash_init() : erased;
}

/// On its own, so that the list is gone before the portal, which needs the memory, opens.
void print_saved_networks(const espp::Provisioning &provisioning) {
  const auto saved = provisioning.get_saved_ssids();
  if (saved.empty()) {
    ESP_LOGI(kTag, "No saved network found");
  }
  for (const std::string &ssid : saved) {
    ESP_LOGI(kTag, "Saved network: %s", espp::Provisioning::printable(ssid).c_str());
  }
}

void print_provisioned(const std::string &ssid, const std::string &password) {
  ESP_LOGI(kTag, "Provisioned successfully!");
  ESP_LOGI(kTag, "  SSID: %s", espp::Provisioning::printable(ssid).c_str());
  ESP_LOGI(kTag, "  Password: %s", password.empty() ? "(none)" : "********");
}

/// How to get in where no sign-in window opens.
void print_way_in(const espp::Provisioning &provisioning) {
  ESP_LOGI(kTag, "Connect to WiFi network: %s", espp::Provisioning::printable(provisioning.get_ap_ssid()).c_str());
  const std::string password = provisioning.get_ap_password();
  if (password.empty()) {
    ESP_LOGI(kTag, "It has no password");
  } else if (kShowPassword) {
    ESP_LOGI(kTag, "Password: %s", password.c_str());
  }
  const std::string port = CONFIG_PROVISIONING_EXAMPLE_SERVER_PORT == 80
                               ? std::string()
                               : ":" + std::to_string(CONFIG_PROVISIONING_EXAMPLE_SERVER_PORT);
  ESP_LOGI(kTag, "Open browser to: http://%s%s", provisioning.get_ip_address().c_str(),
           port.c_str());
  if (kShowPassword) {
    print_qr_code(provisioning);
  }
}

} // namespace

extern "C" void app_main(void) {
  ESP_LOGI(kTag, "Starting WiFi Provisioning Example");
  ESP_ERROR_CHECK(init_nvs());

  espp::Provisioning::Config config{
      .ap_ssid = CONFIG_PROVISIONING_EXAMPLE_AP_SSID,
      .append_mac_to_ssid = kUniqueSsid,
      .ap_password = CONFIG_PROVISIONING_EXAMPLE_AP_PASSWORD,
      .device_name = CONFIG_PROVISIONING_EXAMPLE_DEVICE_NAME,
      .server_port = CONFIG_PROVISIONING_EXAMPLE_SERVER_PORT,
      .auto_shutdown_ap = kAutoShutdownAp,
      .on_provisioned = print_provisioned,
      .log_level = ESP_LOG_INFO,
      .unique_ap_password = kUniquePassword,
      .ap_ip = CONFIG_PROVISIONING_EXAMPLE_AP_IP,
      .ap_netmask = CONFIG_PROVISIONING_EXAMPLE_AP_NETMASK,
      .portal_timeout = std::chrono::minutes(CONFIG_PROVISIONING_EXAMPLE_PORTAL_TIMEOUT),
  };
  configure(config);
  // Static, because the portal may stay open after app_main() has returned.
  static espp::Provisioning provisioning(config);

#ifdef CONFIG_PROVISIONING_IMPROV_SERIAL
  static espp::ImprovSerial improv(provisioning, {.url = "http://{ip}/"});
  improv.start();
#endif

  print_saved_networks(provisioning);

  run(provisioning, print_way_in);
}
