#include "esp/sync.hpp"

namespace espp::provisioning {

// Not in the header: there are many callers, and each of FreeRTOS's macros is a call with several
// arguments.
Mutex::Mutex() : handle_(xSemaphoreCreateMutex()) {}
Mutex::~Mutex() {
  if (handle_ != nullptr) {
    vSemaphoreDelete(handle_);
  }
}

Lock::Lock(Mutex &mutex) : handle_(mutex.handle_) { xSemaphoreTake(handle_, portMAX_DELAY); }
Lock::~Lock() { xSemaphoreGive(handle_); }

} // namespace espp::provisioning
