// ESP-IDF's esp_compiler.h, as far as other headers and the application use it.
#pragma once

#include "sdkconfig.h"

#ifndef likely
#define likely(condition) __builtin_expect(!!(condition), 1)
#endif
#ifndef unlikely
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#endif
