#include "idf/events.hpp"

#include <cstring>

#include "esp_event.h"
#include "idf/actor.hpp"
#include "idf/log.hpp"

// The part of the actor that posts events. With "Post events" off in menuconfig, nothing of it is built.

ESP_EVENT_DEFINE_BASE(PROVISIONING_EVENT);

namespace espp {

namespace attempt = provisioning::attempt;
namespace life = provisioning::life;

using provisioning::Announcement;
using provisioning::kTag;
using provisioning::log_line;
using provisioning::Millis;
using provisioning::PendingEvent;
using provisioning::Reason;
using provisioning::Unlocked;

namespace {

/// Milliseconds before what the loop had no room for is posted again.
constexpr Millis kPostAgain = 50;

/// Milliseconds that the last events are given before the loop may be deleted.
constexpr Millis kLastChance = 1'000;

provisioning_event_ssid_t name_of(const provisioning::Ssid &ssid) {
  provisioning_event_ssid_t name{};
  const std::string_view bytes = ssid.bytes();
  static_assert(sizeof name.bytes == provisioning::Ssid::kMaxSize);
  std::memcpy(name.bytes, bytes.data(), bytes.size());
  name.length = static_cast<std::uint8_t>(bytes.size());
  return name;
}

constexpr provisioning_event_result_t to_result(Reason reason) {
  return static_cast<provisioning_event_result_t>(PROVISIONING_TEST_WRONG_PASSWORD +
                                                  static_cast<int>(reason));
}
// The public values stay as they are, whatever the domain's become.
static_assert(to_result(Reason::WrongPassword) == PROVISIONING_TEST_WRONG_PASSWORD);
static_assert(to_result(Reason::NotFound) == PROVISIONING_TEST_NOT_FOUND);
static_assert(to_result(Reason::SecurityMismatch) == PROVISIONING_TEST_SECURITY_MISMATCH);
static_assert(to_result(Reason::WeakSignal) == PROVISIONING_TEST_WEAK_SIGNAL);
static_assert(to_result(Reason::NoIp) == PROVISIONING_TEST_NO_IP);
static_assert(to_result(Reason::Timeout) == PROVISIONING_TEST_TIMEOUT);
static_assert(to_result(Reason::Cancelled) == PROVISIONING_TEST_CANCELLED);
static_assert(to_result(Reason::Unknown) == PROVISIONING_TEST_UNKNOWN);
static_assert(to_result(Reason::Refused) == PROVISIONING_TEST_REFUSED);
static_assert(to_result(Reason::Full) == PROVISIONING_TEST_FULL);

provisioning_event_result_t result_of(const attempt::ConnectReport &test) {
  if (test.state == attempt::ConnectState::Failed) {
    return to_result(test.reason);
  }
  return test.was_kept ? PROVISIONING_TEST_KEPT : PROVISIONING_TEST_CONNECTED;
}

provisioning_event_closed_t to_closed(life::Cause cause) {
  switch (cause) {
  case life::Cause::Stopped:
  case life::Cause::Failed: // then it has not opened
    break;
  case life::Cause::Completed:
    return PROVISIONING_CLOSED_COMPLETED;
  case life::Cause::TimedOut:
    return PROVISIONING_CLOSED_TIMED_OUT;
  }
  return PROVISIONING_CLOSED_STOPPED;
}

/// Fills in an event that has data of its own.
template <typename Data>
void put(PendingEvent &event, provisioning_event_t id, Data &place, const Data &data) {
  event.id = id;
  event.size = sizeof data;
  place = data;
}

} // namespace

#ifdef CONFIG_PROVISIONING_CONNECTION

PendingEvent Provisioning::Actor::connected_event() {
  events_.link = link_.ssid;
  PendingEvent event;
  put(event, PROVISIONING_EVENT_CONNECTED, event.data.connected,
      {.ssid = name_of(link_.ssid),
       .channel = link_.channel,
       .rssi = link_.rssi,
       .ip = link_.ip.network_order(),
       .gateway = link_.gateway.network_order()});
  return event;
}

PendingEvent Provisioning::Actor::disconnected_event() {
  PendingEvent event;
  put(event, PROVISIONING_EVENT_DISCONNECTED, event.data.disconnected,
      {.ssid = name_of(events_.link), .reason = link_.lost_reason});
  return event;
}

#endif

PendingEvent Provisioning::Actor::event_of(Announcement announcement) {
  PendingEvent event;
  const attempt::ConnectReport &test = provisioning::owners_test(state_);
  switch (announcement) {
  case Announcement::PortalOpened:
    put(event, PROVISIONING_EVENT_PORTAL_OPENED, event.data.portal_opened,
        {.ssid = name_of(parts_->radio.ssid()),
         .port = config_.server_port,
         .ip = ip_.network_order()});
    break;
  case Announcement::PortalClosed:
    put(event, PROVISIONING_EVENT_PORTAL_CLOSED, event.data.portal_closed,
        {.reason = to_closed(state_.life.cause)});
    break;
  case Announcement::TestEnded:
    put(event, PROVISIONING_EVENT_TEST_ENDED, event.data.test_ended,
        {.ssid = name_of(test.ssid),
         .result = result_of(test),
         .raw_reason = test.raw_reason.value_or(0),
         .saved = test.state == attempt::ConnectState::Connected &&
                  test.save_result == attempt::SaveResult::Saved});
    break;
  case Announcement::Completed:
    put(event, PROVISIONING_EVENT_COMPLETED, event.data.completed, {.ssid = name_of(test.ssid)});
    break;
  case Announcement::Connected:
    if constexpr (kHasConnection) {
      return connected_event();
    }
    break;
  case Announcement::Disconnected:
    if constexpr (kHasConnection) {
      return disconnected_event();
    }
    break;
  case Announcement::TimedOut:
    event.id = PROVISIONING_EVENT_TIMED_OUT;
    break;
  }
  return event;
}

/// Posts what has happened since the last look, and what the loop had no room for; false: nothing.
bool Provisioning::Actor::announce(bool is_down) {
  bool has_posted = false;
  while (const auto next = provisioning::next_announcement(state_, events_.announced, is_down)) {
    if (!events_.outbox.push(event_of(*next))) {
      log_line(ESP_LOG_WARN, kTag, "The event loop is full, and an event is dropped");
    }
    post_events();
    has_posted = true;
  }
  if (events_.again && provisioning::is_due(*events_.again, monitor_.now())) {
    post_events();
    has_posted = true;
  }
  return has_posted;
}

void Provisioning::Actor::post_events() {
  events_.again.reset();
  while (!events_.outbox.empty()) {
    const PendingEvent &event = events_.outbox.front();
    esp_err_t error = ESP_OK;
    {
      const Unlocked unlocked(monitor_); // the outbox is the actor's own
      error = esp_event_post(PROVISIONING_EVENT, event.id, event.size == 0 ? nullptr : &event.data,
                             event.size, 0);
    }
    if (error == ESP_ERR_TIMEOUT || error == ESP_ERR_NO_MEM) {
      events_.again = monitor_.now() + kPostAgain;
      return;
    }
    // Without a default loop there is nobody to tell.
    events_.outbox.pop();
  }
}

void Provisioning::Actor::announce_last() {
  announce(true);
  const Millis deadline = monitor_.now() + kLastChance;
  while (!events_.outbox.empty() && !provisioning::is_due(deadline, monitor_.now())) {
    monitor_.wait(events_.again);
    post_events();
  }
  if (!events_.outbox.empty()) {
    log_line(ESP_LOG_WARN, kTag, "The event loop is full, and the last events are dropped");
  }
  events_.outbox.clear();
  events_.again.reset();
}

std::optional<Millis> Provisioning::Actor::events_deadline() const {
  return events_.again;
}

} // namespace espp
