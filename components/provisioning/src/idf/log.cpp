#include "idf/log.hpp"

namespace espp::provisioning {

void write_line(esp_log_level_t level, const char *tag, const char *what, const char *detail) {
  const char *separator = detail == nullptr ? "" : ": ";
  if (detail == nullptr) {
    detail = "";
  }
  // ESP_LOG_LEVEL() would have the code of every level.
  if (level == ESP_LOG_ERROR) {
    ESP_LOGE(tag, "%s%s%s", what, separator, detail);
  } else if (level == ESP_LOG_WARN) {
    ESP_LOGW(tag, "%s%s%s", what, separator, detail);
  } else {
    ESP_LOGI(tag, "%s%s%s", what, separator, detail);
  }
}

void write_error(const char *tag, const char *what, esp_err_t error) {
  write_line(ESP_LOG_ERROR, tag, what, esp_err_to_name(error));
}

void write_warning(const char *tag, const char *what, esp_err_t error) {
  write_line(ESP_LOG_WARN, tag, what, esp_err_to_name(error));
}

void write_name(const char *tag, const char *what, const Ssid &ssid) {
  write_line(ESP_LOG_INFO, tag, what, ssid.printable().c_str());
}

} // namespace espp::provisioning
