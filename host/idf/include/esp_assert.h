// ESP-IDF's esp_assert.h.
#pragma once

#include <assert.h>

#define ESP_STATIC_ASSERT static_assert
