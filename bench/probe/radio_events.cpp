/// Tells the probe, if it is there, when the simulated radio posts an event.
#include <cstdint>

#include "esp_event.h"

extern "C" {
[[gnu::weak]] void probe_radio_event(const char *base, std::int32_t id);
// The linker's names (--wrap).
esp_err_t __real_esp_event_post(esp_event_base_t base, std::int32_t id, const void *data,
                                std::size_t size, TickType_t patience);
esp_err_t __wrap_esp_event_post(esp_event_base_t base, std::int32_t id, const void *data,
                                std::size_t size, TickType_t patience) {
  if (probe_radio_event != nullptr) {
    probe_radio_event(base, id);
  }
  return __real_esp_event_post(base, id, data, size, patience);
}
}
