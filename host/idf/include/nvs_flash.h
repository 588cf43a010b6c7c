// ESP-IDF's nvs_flash.h: the default partition only, without encryption.
#pragma once

#include "nvs.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Loads the file (host/nvs.hpp). A damaged file is kept as "<file>.bad" and gives
/// ESP_ERR_NVS_NO_FREE_PAGES, one of a newer format ESP_ERR_NVS_NEW_VERSION_FOUND; in both cases
/// nvs_flash_erase() and a second call start afresh.
esp_err_t nvs_flash_init(void);
esp_err_t nvs_flash_init_partition(const char *partition_label);
esp_err_t nvs_flash_deinit(void);
esp_err_t nvs_flash_deinit_partition(const char *partition_label);
esp_err_t nvs_flash_erase(void);
esp_err_t nvs_flash_erase_partition(const char *part_name);

#ifdef __cplusplus
}
#endif
