#include "esp/log.hpp"

namespace espp::provisioning {

void write_error(const char *tag, const char *what, esp_err_t error) {
  ESP_LOGE(tag, "%s: %s", what, esp_err_to_name(error));
}

void write_warning(const char *tag, const char *what, esp_err_t error) {
  ESP_LOGW(tag, "%s: %s", what, esp_err_to_name(error));
}

void write_name(const char *tag, const char *what, const Ssid &ssid) {
  ESP_LOGI(tag, "%s: %s", what, ssid.printable().c_str());
}

} // namespace espp::provisioning
