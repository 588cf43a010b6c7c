#pragma once

#include <cstdint>
#include <optional>

#include "domain/outbox.hpp"
#include "domain/ssid.hpp"
#include "domain/time.hpp"
#include "provisioning_event.h"
#include "service/announcements.hpp"

namespace espp::provisioning {

/// An event with its data, until the loop has room for it.
struct PendingEvent {
  provisioning_event_t id{PROVISIONING_EVENT_PORTAL_OPENED};
  std::uint8_t size{0};
  union {
    provisioning_event_portal_opened_t portal_opened;
    provisioning_event_portal_closed_t portal_closed;
    provisioning_event_test_ended_t test_ended;
    provisioning_event_completed_t completed;
    provisioning_event_connected_t connected;
    provisioning_event_disconnected_t disconnected;
  } data{};
};

/// What is told on the default event loop: what has been, and what is to be. The actor's own.
struct Events {
  /// The loop of an application that handles nothing for seconds is full of the driver's own events
  /// by then; eight are a portal with its test, and a link that comes and goes.
  static constexpr std::size_t kMost = 8;

  Announced announced;
  Ssid link; ///< the connection that was announced
  Outbox<PendingEvent, kMost> outbox;
  std::optional<Millis> again; ///< when to post what the loop had no room for
};

} // namespace espp::provisioning
