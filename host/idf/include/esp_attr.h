// ESP-IDF's esp_attr.h. A PC has one kind of memory, so the attributes that choose one are empty,
// as on ESP-IDF's own linux target.
#pragma once

#include "sdkconfig.h"

#define IRAM_ATTR
#define DRAM_ATTR
#define RTC_DATA_ATTR
#define RTC_NOINIT_ATTR
#define EXT_RAM_BSS_ATTR
#define WORD_ALIGNED_ATTR __attribute__((aligned(4)))
#define DMA_ATTR WORD_ALIGNED_ATTR
#define PACKED_ATTR __attribute__((packed))
#define NOINLINE_ATTR __attribute__((noinline))
#define FORCE_INLINE_ATTR static inline __attribute__((always_inline))
#define IDF_DEPRECATED(reason)
