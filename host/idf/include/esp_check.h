// ESP-IDF's esp_check.h: leave the function, with a log line, when something is not as it must be.
// The GOTO forms set a variable `ret` of the caller, as in ESP-IDF.
#pragma once

#include "esp_err.h"
#include "esp_log.h"

#define HOST_CHECK_FAILED_(log_tag, format, ...)                                                   \
  ESP_LOGE(log_tag, "%s(%d): " format, __func__, __LINE__ __VA_OPT__(, ) __VA_ARGS__)

#define ESP_RETURN_ON_ERROR(x, log_tag, format, ...)                                               \
  do {                                                                                             \
    const esp_err_t esp_check_rc_ = (x);                                                           \
    if (unlikely(esp_check_rc_ != ESP_OK)) {                                                       \
      HOST_CHECK_FAILED_(log_tag, format __VA_OPT__(, ) __VA_ARGS__);                              \
      return esp_check_rc_;                                                                        \
    }                                                                                              \
  } while (0)

#define ESP_RETURN_VOID_ON_ERROR(x, log_tag, format, ...)                                          \
  do {                                                                                             \
    if (unlikely((x) != ESP_OK)) {                                                                 \
      HOST_CHECK_FAILED_(log_tag, format __VA_OPT__(, ) __VA_ARGS__);                              \
      return;                                                                                      \
    }                                                                                              \
  } while (0)

#define ESP_GOTO_ON_ERROR(x, goto_tag, log_tag, format, ...)                                       \
  do {                                                                                             \
    const esp_err_t esp_check_rc_ = (x);                                                           \
    if (unlikely(esp_check_rc_ != ESP_OK)) {                                                       \
      HOST_CHECK_FAILED_(log_tag, format __VA_OPT__(, ) __VA_ARGS__);                              \
      ret = esp_check_rc_;                                                                         \
      goto goto_tag;                                                                               \
    }                                                                                              \
  } while (0)

#define ESP_RETURN_ON_FALSE(a, err_code, log_tag, format, ...)                                     \
  do {                                                                                             \
    if (unlikely(!(a))) {                                                                          \
      HOST_CHECK_FAILED_(log_tag, format __VA_OPT__(, ) __VA_ARGS__);                              \
      return err_code;                                                                             \
    }                                                                                              \
  } while (0)

#define ESP_RETURN_VOID_ON_FALSE(a, log_tag, format, ...)                                          \
  do {                                                                                             \
    if (unlikely(!(a))) {                                                                          \
      HOST_CHECK_FAILED_(log_tag, format __VA_OPT__(, ) __VA_ARGS__);                              \
      return;                                                                                      \
    }                                                                                              \
  } while (0)

#define ESP_GOTO_ON_FALSE(a, err_code, goto_tag, log_tag, format, ...)                             \
  do {                                                                                             \
    if (unlikely(!(a))) {                                                                          \
      HOST_CHECK_FAILED_(log_tag, format __VA_OPT__(, ) __VA_ARGS__);                              \
      ret = err_code;                                                                              \
      goto goto_tag;                                                                               \
    }                                                                                              \
  } while (0)
