// ESP-IDF's esp_rom_crc.h, little-endian CRC-32 only (polynomial 0xEDB88320). As in the chip's ROM
// the argument is a plain running CRC: start with 0, pass the result on.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

uint32_t esp_rom_crc32_le(uint32_t crc, uint8_t const *buf, uint32_t len);

#ifdef __cplusplus
}
#endif
