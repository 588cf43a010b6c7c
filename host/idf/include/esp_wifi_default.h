// ESP-IDF's esp_wifi_default.h: the soft-AP's and the station's default interface.
#pragma once

#include "esp_netif.h"
#include "esp_wifi_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Creating an interface that exists, or creating one before the default event loop, aborts as on a
/// chip.
esp_netif_t *esp_netif_create_default_wifi_ap(void);
esp_netif_t *esp_netif_create_default_wifi_sta(void);
/// NULL is allowed and does nothing.
void esp_netif_destroy_default_wifi(void *esp_netif);

#ifdef __cplusplus
}
#endif
