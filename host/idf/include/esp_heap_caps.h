// ESP-IDF's esp_heap_caps.h: only the capability bits, which task creation takes and the host
// ignores.
#pragma once

#include "esp_err.h"

#define MALLOC_CAP_8BIT (1 << 2)
#define MALLOC_CAP_SPIRAM (1 << 10)
#define MALLOC_CAP_INTERNAL (1 << 11)
#define MALLOC_CAP_DEFAULT (1 << 12)
