// ESP-IDF's esp_log.h: log lines as ESP-IDF's text format, version 1, writes them
// ("I (1234) Tag: text\n"), with levels per tag. The time stamp is the host clock's milliseconds.
#pragma once

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>

#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  ESP_LOG_NONE = 0,
  ESP_LOG_ERROR = 1,
  ESP_LOG_WARN = 2,
  ESP_LOG_INFO = 3,
  ESP_LOG_DEBUG = 4,
  ESP_LOG_VERBOSE = 5,
  ESP_LOG_MAX = 6,
} esp_log_level_t;

typedef int (*vprintf_like_t)(const char *, va_list);

#ifndef LOG_LOCAL_LEVEL
#define LOG_LOCAL_LEVEL CONFIG_LOG_MAXIMUM_LEVEL
#endif

#define ESP_LOG_ENABLED(level) (LOG_LOCAL_LEVEL >= (level))

/// Sets the level of a tag; "*" sets it for all tags and forgets the levels set for single ones.
void esp_log_level_set(const char *tag, esp_log_level_t level);
esp_log_level_t esp_log_level_get(const char *tag);
/// Sends the lines elsewhere; returns the function that was in use.
vprintf_like_t esp_log_set_vprintf(vprintf_like_t func);
uint32_t esp_log_timestamp(void);
uint32_t esp_log_early_timestamp(void);
void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void esp_log_writev(esp_log_level_t level, const char *tag, const char *format, va_list args);

void esp_log_buffer_hex_internal(const char *tag, const void *buffer, uint16_t buff_len,
                                 esp_log_level_t level);
void esp_log_buffer_char_internal(const char *tag, const void *buffer, uint16_t buff_len,
                                  esp_log_level_t level);
void esp_log_buffer_hexdump_internal(const char *tag, const void *buffer, uint16_t buff_len,
                                     esp_log_level_t log_level);

// Colours are off (CONFIG_LOG_COLORS), so these are empty.
#define LOG_COLOR_E ""
#define LOG_COLOR_W ""
#define LOG_COLOR_I ""
#define LOG_COLOR_D ""
#define LOG_COLOR_V ""
#define LOG_RESET_COLOR ""

#define ESP_LOG_LEVEL(level, tag, format, ...)                                                     \
  do {                                                                                             \
    esp_log_write((level), (tag), "%c (%" PRIu32 ") %s: " format "\n", "NEWIDV"[(level)],          \
                  esp_log_timestamp(), (tag)__VA_OPT__(, ) __VA_ARGS__);                           \
  } while (0)

#define ESP_LOG_LEVEL_LOCAL(level, tag, format, ...)                                               \
  do {                                                                                             \
    if (ESP_LOG_ENABLED(level)) {                                                                  \
      ESP_LOG_LEVEL(level, tag, format __VA_OPT__(, ) __VA_ARGS__);                                \
    }                                                                                              \
  } while (0)

#define ESP_LOGE(tag, format, ...)                                                                 \
  ESP_LOG_LEVEL_LOCAL(ESP_LOG_ERROR, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_LOGW(tag, format, ...)                                                                 \
  ESP_LOG_LEVEL_LOCAL(ESP_LOG_WARN, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_LOGI(tag, format, ...)                                                                 \
  ESP_LOG_LEVEL_LOCAL(ESP_LOG_INFO, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_LOGD(tag, format, ...)                                                                 \
  ESP_LOG_LEVEL_LOCAL(ESP_LOG_DEBUG, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_LOGV(tag, format, ...)                                                                 \
  ESP_LOG_LEVEL_LOCAL(ESP_LOG_VERBOSE, tag, format __VA_OPT__(, ) __VA_ARGS__)

#define ESP_EARLY_LOGE(tag, format, ...) ESP_LOGE(tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_EARLY_LOGW(tag, format, ...) ESP_LOGW(tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_EARLY_LOGI(tag, format, ...) ESP_LOGI(tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_EARLY_LOGD(tag, format, ...) ESP_LOGD(tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_EARLY_LOGV(tag, format, ...) ESP_LOGV(tag, format __VA_OPT__(, ) __VA_ARGS__)

#define ESP_LOG_BUFFER_HEX_LEVEL(tag, buffer, buff_len, level)                                     \
  do {                                                                                             \
    if (ESP_LOG_ENABLED(level)) {                                                                  \
      esp_log_buffer_hex_internal((tag), (buffer), (uint16_t)(buff_len), (level));                 \
    }                                                                                              \
  } while (0)
#define ESP_LOG_BUFFER_CHAR_LEVEL(tag, buffer, buff_len, level)                                    \
  do {                                                                                             \
    if (ESP_LOG_ENABLED(level)) {                                                                  \
      esp_log_buffer_char_internal((tag), (buffer), (uint16_t)(buff_len), (level));                \
    }                                                                                              \
  } while (0)
#define ESP_LOG_BUFFER_HEXDUMP(tag, buffer, buff_len, level)                                       \
  do {                                                                                             \
    if (ESP_LOG_ENABLED(level)) {                                                                  \
      esp_log_buffer_hexdump_internal((tag), (buffer), (uint16_t)(buff_len), (level));             \
    }                                                                                              \
  } while (0)
#define ESP_LOG_BUFFER_HEX(tag, buffer, buff_len)                                                  \
  ESP_LOG_BUFFER_HEX_LEVEL(tag, buffer, buff_len, ESP_LOG_INFO)
#define ESP_LOG_BUFFER_CHAR(tag, buffer, buff_len)                                                 \
  ESP_LOG_BUFFER_CHAR_LEVEL(tag, buffer, buff_len, ESP_LOG_INFO)

#ifdef __cplusplus
}
#endif
