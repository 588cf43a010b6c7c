#pragma once

#include "esp_err.h"
#include "esp_log.h"

#include "domain/ssid.hpp"

namespace espp::provisioning {

inline constexpr const char *kTag = "Provisioning";
inline constexpr const char *kApTag = "WifiAp";
inline constexpr const char *kStaTag = "WifiSta";
inline constexpr const char *kDnsTag = "DnsServer";

void write_line(esp_log_level_t level, const char *tag, const char *what, const char *detail);
void write_error(const char *tag, const char *what, esp_err_t error);
void write_warning(const char *tag, const char *what, esp_err_t error);
void write_name(const char *tag, const char *what, const Ssid &ssid);

/// Logs `what` or, with a detail, `what: detail`, as error, warning or information. A call takes
/// half the code of one to ESP_LOGE(), and none if CONFIG_LOG_MAXIMUM_LEVEL leaves the level out.
inline void log_line(esp_log_level_t level, const char *tag, const char *what,
                     const char *detail = nullptr) {
  if (LOG_LOCAL_LEVEL >= level) {
    write_line(level, tag, what, detail);
  }
}

/// Logs what failed and the name of its error.
inline void log_error(const char *tag, const char *what, esp_err_t error) {
  if constexpr (LOG_LOCAL_LEVEL >= ESP_LOG_ERROR) {
    write_error(tag, what, error);
  }
}

/// As log_error(), for what the portal can go on without.
inline void log_warning(const char *tag, const char *what, esp_err_t error) {
  if constexpr (LOG_LOCAL_LEVEL >= ESP_LOG_WARN) {
    write_warning(tag, what, error);
  }
}

/// Logs what happens, at the level of ESP_LOGI(), and the network it happens to.
inline void log_name(const char *tag, const char *what, const Ssid &ssid) {
  if constexpr (LOG_LOCAL_LEVEL >= ESP_LOG_INFO) {
    write_name(tag, what, ssid);
  }
}

} // namespace espp::provisioning
