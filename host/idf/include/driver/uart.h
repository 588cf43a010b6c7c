// UART driver of ESP-IDF v5.5, the part in use.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"

#ifdef __cplusplus
extern "C" {
#endif

// As on an esp32c3.
typedef enum {
  UART_NUM_0,
  UART_NUM_1,
  UART_NUM_MAX,
} uart_port_t;

#define UART_HW_FIFO_LEN(uart_num) 128

esp_err_t uart_driver_install(uart_port_t uart_num, int rx_buffer_size, int tx_buffer_size,
                              int event_queue_size, QueueHandle_t *uart_queue,
                              int intr_alloc_flags);
esp_err_t uart_driver_delete(uart_port_t uart_num);
bool uart_is_driver_installed(uart_port_t uart_num);
int uart_read_bytes(uart_port_t uart_num, void *buf, uint32_t length, TickType_t ticks_to_wait);
int uart_write_bytes(uart_port_t uart_num, const void *src, size_t size);
esp_err_t uart_get_buffered_data_len(uart_port_t uart_num, size_t *size);

#ifdef __cplusplus
}
#endif
