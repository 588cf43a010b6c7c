#include "listener.hpp"

#include <doctest/doctest.h>

#include <mutex>

#include "esp_event.h"

namespace {

/// Of the data of each event, in the order of their ids.
constexpr std::size_t kSizes[]{sizeof(provisioning_event_portal_opened_t),
                               sizeof(provisioning_event_portal_closed_t),
                               sizeof(provisioning_event_test_ended_t),
                               sizeof(provisioning_event_completed_t),
                               sizeof(provisioning_event_connected_t),
                               sizeof(provisioning_event_disconnected_t),
                               0};

} // namespace

Listener::Listener() {
  REQUIRE(esp_event_loop_create_default() == ESP_OK);
  REQUIRE(esp_event_handler_register(PROVISIONING_EVENT, ESP_EVENT_ANY_ID, on_event, this) ==
          ESP_OK);
}

Listener::~Listener() {
  CHECK(esp_event_loop_delete_default() == ESP_OK);
}

void Listener::on_event(void *listener, const char * /*base*/, std::int32_t id, void *data) {
  auto *self = static_cast<Listener *>(listener);
  const auto *bytes = static_cast<const std::uint8_t *>(data);
  Heard heard{.id = id, .bytes = {}};
  if (bytes != nullptr) {
    heard.bytes.assign(bytes, bytes + kSizes[id]);
  }
  const std::lock_guard lock(self->mutex_);
  self->heard_.push_back(heard);
}

std::vector<Listener::Heard> Listener::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

std::vector<std::int32_t> Listener::ids() const {
  std::vector<std::int32_t> ids;
  for (const Heard &heard : heard()) {
    ids.push_back(heard.id);
  }
  return ids;
}
