#include "memory.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <unordered_map>

#include <malloc.h>
#include <sys/socket.h>
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Their own allocator's; gcc has no header for it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes(); // NOLINT
const bool memory::in_use_is_exact = true;
#else
const bool memory::in_use_is_exact = false;
#endif

#include "esp_event.h"
#include "esp_http_server.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/event_groups.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "nvs.h"
#include "provisioning_event.h"

namespace {

std::mutex mutex;
std::uint64_t counted = 0;
std::uint64_t countdown = 0; // 0: nothing is to fail
memory::Shortage kind = memory::Shortage::Once;
bool failed = false;
std::atomic<bool> is_loop_full{false};

/// The firmware's blocks and their sizes. Never destroyed: blocks are given back while the process exits.
auto &blocks = *new std::unordered_map<void *, std::size_t>;
std::size_t held_bytes = 0;
int handler_count = 0;

/// Inside a counted call, or exempt.
thread_local int depth = 0;

bool allows() {
  if (depth > 0) {
    return true;
  }
  const std::lock_guard lock(mutex);
  ++counted;
  if (countdown == 0) {
    return true;
  }
  if (countdown > 1) {
    --countdown;
    return true;
  }
  failed = true;
  if (kind == memory::Shortage::Once) {
    countdown = 0;
  }
  return false;
}

void *note_taken(void *block, std::size_t size) {
  if (block != nullptr && depth == 0) {
    const std::lock_guard lock(mutex);
    blocks[block] = size;
    held_bytes += size;
  }
  return block;
}

void note_given_back(void *block) {
  const std::lock_guard lock(mutex);
  if (const auto found = blocks.find(block); found != blocks.end()) {
    held_bytes -= found->second;
    blocks.erase(found);
  }
}

} // namespace

namespace memory {

void fail_at(std::uint64_t nth, Shortage shortage) {
  const std::lock_guard lock(mutex);
  countdown = nth;
  kind = shortage;
  failed = false;
}

bool restore() {
  const std::lock_guard lock(mutex);
  countdown = 0;
  return failed;
}

std::uint64_t count() {
  const std::lock_guard lock(mutex);
  return counted;
}

std::size_t held() {
  const std::lock_guard lock(mutex);
  return held_bytes;
}

int handlers() {
  const std::lock_guard lock(mutex);
  return handler_count;
}

void fill_event_loop(bool is_full) {
  is_loop_full = is_full;
}

Exempt::Exempt() {
  ++depth;
}
Exempt::~Exempt() {
  --depth;
}

std::size_t in_use() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

} // namespace memory

// NOLINTBEGIN: the linker's names
#define COUNTED(type, name, failure, parameters, arguments)                                        \
  type __real_##name parameters;                                                                   \
  type __wrap_##name parameters {                                                                  \
    if (!allows()) {                                                                               \
      return failure;                                                                              \
    }                                                                                              \
    const memory::Exempt inside;                                                                   \
    return __real_##name arguments;                                                                \
  }

extern "C" {
void *__real_malloc(std::size_t size);
void *__wrap_malloc(std::size_t size) {
  return allows() ? note_taken(__real_malloc(size), size) : nullptr;
}

void *__real_realloc(void *old, std::size_t size);
void *__wrap_realloc(void *old, std::size_t size) {
  if (!allows()) {
    return nullptr;
  }
  note_given_back(old); // before another thread can get that address
  return note_taken(__real_realloc(old, size), size);
}

void __real_free(void *block);
void __wrap_free(void *block) {
  note_given_back(block);
  __real_free(block);
}

COUNTED(BaseType_t, xTaskCreate, pdFAIL,
        (TaskFunction_t task, const char *name, configSTACK_DEPTH_TYPE stack, void *parameters,
         UBaseType_t priority, TaskHandle_t *handle),
        (task, name, stack, parameters, priority, handle))
COUNTED(QueueHandle_t, xQueueCreate, nullptr, (UBaseType_t length, UBaseType_t size),
        (length, size))
COUNTED(SemaphoreHandle_t, xSemaphoreCreateMutex, nullptr, (), ())
COUNTED(EventGroupHandle_t, xEventGroupCreate, nullptr, (), ())

COUNTED(esp_err_t, esp_netif_init, ESP_ERR_NO_MEM, (), ())
COUNTED(esp_err_t, esp_event_loop_create_default, ESP_ERR_NO_MEM, (), ())

esp_err_t __real_esp_event_handler_instance_register(esp_event_base_t base, std::int32_t id,
                                                     esp_event_handler_t handler, void *context,
                                                     esp_event_handler_instance_t *instance);
esp_err_t __wrap_esp_event_handler_instance_register(esp_event_base_t base, std::int32_t id,
                                                     esp_event_handler_t handler, void *context,
                                                     esp_event_handler_instance_t *instance) {
  if (!allows()) {
    return ESP_ERR_NO_MEM;
  }
  const esp_err_t error =
      __real_esp_event_handler_instance_register(base, id, handler, context, instance);
  const std::lock_guard lock(mutex);
  handler_count += error == ESP_OK ? 1 : 0;
  return error;
}

esp_err_t __real_esp_event_handler_instance_unregister(esp_event_base_t base, std::int32_t id,
                                                       esp_event_handler_instance_t instance);
esp_err_t __wrap_esp_event_handler_instance_unregister(esp_event_base_t base, std::int32_t id,
                                                       esp_event_handler_instance_t instance) {
  const esp_err_t error = __real_esp_event_handler_instance_unregister(base, id, instance);
  const std::lock_guard lock(mutex);
  handler_count -= error == ESP_OK ? 1 : 0;
  return error;
}

COUNTED(esp_err_t, esp_wifi_init, ESP_ERR_NO_MEM, (const wifi_init_config_t *config), (config))
COUNTED(esp_err_t, esp_wifi_set_mode, ESP_ERR_NO_MEM, (wifi_mode_t mode), (mode))
COUNTED(esp_err_t, esp_wifi_set_config, ESP_ERR_NO_MEM,
        (wifi_interface_t interface, wifi_config_t *config), (interface, config))
COUNTED(esp_err_t, esp_wifi_start, ESP_ERR_NO_MEM, (), ())
COUNTED(esp_err_t, esp_wifi_scan_start, ESP_ERR_NO_MEM,
        (const wifi_scan_config_t *config, bool block), (config, block))
COUNTED(esp_err_t, esp_wifi_scan_get_ap_record, ESP_ERR_NO_MEM, (wifi_ap_record_t * record),
        (record))
COUNTED(esp_err_t, esp_wifi_connect, ESP_ERR_NO_MEM, (), ())

COUNTED(esp_err_t, nvs_open, ESP_ERR_NO_MEM,
        (const char *name, nvs_open_mode_t mode, nvs_handle_t *handle), (name, mode, handle))
COUNTED(esp_err_t, nvs_set_blob, ESP_ERR_NO_MEM,
        (nvs_handle_t handle, const char *key, const void *value, std::size_t size),
        (handle, key, value, size))
COUNTED(esp_err_t, nvs_get_blob, ESP_ERR_NO_MEM,
        (nvs_handle_t handle, const char *key, void *value, std::size_t *size),
        (handle, key, value, size))
COUNTED(esp_err_t, nvs_erase_key, ESP_ERR_NO_MEM, (nvs_handle_t handle, const char *key),
        (handle, key))

COUNTED(esp_err_t, httpd_start, ESP_ERR_HTTPD_ALLOC_MEM,
        (httpd_handle_t * handle, const httpd_config_t *config), (handle, config))
COUNTED(esp_err_t, httpd_register_uri_handler, ESP_ERR_HTTPD_HANDLERS_FULL,
        (httpd_handle_t handle, const httpd_uri_t *uri), (handle, uri))

esp_err_t __real_esp_event_post(esp_event_base_t base, std::int32_t id, const void *data,
                                std::size_t size, TickType_t ticks);
esp_err_t __wrap_esp_event_post(esp_event_base_t base, std::int32_t id, const void *data,
                                std::size_t size, TickType_t ticks) {
  if (base == PROVISIONING_EVENT) { // the driver's own are not the firmware's
    if (is_loop_full) {
      return ESP_ERR_TIMEOUT;
    }
    if (!allows()) {
      return ESP_ERR_NO_MEM;
    }
  }
  return __real_esp_event_post(base, id, data, size, ticks);
}

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol) {
  if (!allows()) {
    errno = ENOBUFS;
    return -1;
  }
  return __real_socket(domain, type, protocol);
}
}
// NOLINTEND
