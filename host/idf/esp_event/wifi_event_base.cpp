#include "esp_wifi_types.h"

ESP_EVENT_DEFINE_BASE(WIFI_EVENT);
