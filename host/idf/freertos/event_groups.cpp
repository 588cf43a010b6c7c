#include "freertos/event_groups.h"

#include <mutex>

#include "freertos/wait.hpp"
#include "host/unimplemented.hpp"

struct EventGroupDef_t {
  std::mutex mutex;
  host::clock::Signal changed;
  EventBits_t bits = 0;
  unsigned waiting = 0;
  bool deleted = false;
};

namespace {

// FreeRTOS keeps these for itself when a tick has 32 bits.
constexpr EventBits_t kControlBits = 0xff000000U;

void check(const char *call, EventGroupHandle_t group, EventBits_t bits) {
  if (group == nullptr) {
    host::fatal(call, "the handle is NULL");
  }
  if ((bits & kControlBits) != 0) {
    host::fatal(call, "only the lower 24 bits may be used");
  }
}

} // namespace

EventGroupHandle_t xEventGroupCreate(void) {
  return new EventGroupDef_t;
}

void vEventGroupDelete(EventGroupHandle_t group) {
  check(__func__, group, 0);
  {
    std::unique_lock lock(group->mutex);
    group->deleted = true;
    group->changed.notify_all();
    group->changed.wait(lock, std::nullopt, [&] { return group->waiting == 0; });
  }
  delete group;
}

EventBits_t xEventGroupSetBits(EventGroupHandle_t group, const EventBits_t bits) {
  check(__func__, group, bits);
  const std::lock_guard lock(group->mutex);
  group->bits |= bits;
  group->changed.notify_all();
  return group->bits;
}

EventBits_t xEventGroupClearBits(EventGroupHandle_t group, const EventBits_t bits) {
  check(__func__, group, bits);
  const std::lock_guard lock(group->mutex);
  const EventBits_t before = group->bits;
  group->bits &= ~bits;
  return before;
}

EventBits_t xEventGroupWaitBits(EventGroupHandle_t group, const EventBits_t bits,
                                const BaseType_t clear_on_exit, const BaseType_t wait_for_all,
                                TickType_t ticks_to_wait) {
  check(__func__, group, bits);
  if (bits == 0) {
    host::fatal(__func__, "there is no bit to wait for");
  }
  std::unique_lock lock(group->mutex);
  const auto satisfied = [&] {
    return wait_for_all == pdTRUE ? (group->bits & bits) == bits : (group->bits & bits) != 0;
  };
  if (!satisfied() && ticks_to_wait != 0) {
    ++group->waiting;
    group->changed.wait(lock, host::freertos::deadline_after(ticks_to_wait),
                        [&] { return group->deleted || satisfied(); });
    --group->waiting;
    if (group->deleted) {
      group->changed.notify_all();
      return 0;
    }
  }
  const EventBits_t result = group->bits;
  if (satisfied() && clear_on_exit == pdTRUE) {
    group->bits &= ~bits;
  }
  return result;
}
