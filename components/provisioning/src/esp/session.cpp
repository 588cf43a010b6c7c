#include "esp/session.hpp"

#include <algorithm>
#include <utility>

#include "esp/log.hpp"
#include "esp_netif_types.h"

namespace espp::provisioning {
namespace {

/// Room for what the driver can send in a burst (a scan's end, a disconnect, a channel change) and
/// one request from each of the HTTP server's sockets.
constexpr UBaseType_t kQueueLength = 16;

/// Bytes. docs/esp-idf.md says how it was chosen.
constexpr std::uint32_t kStackSize = 5120;

/// Above the idle task and an application's default, below the Wi-Fi driver and TCP/IP.
constexpr UBaseType_t kPriority = tskIDLE_PRIORITY + 4;

/// How long to wait for room in the queue for what must not be lost. The task takes an item in a
/// few milliseconds, or, while it writes flash, some tens.
constexpr TickType_t kPatience = pdMS_TO_TICKS(200);

constexpr EventBits_t kEnded = 1U << 0U;

/// A queue item of its own, since the queue copies bytes.
struct Item {
  bool stop{false};
  Event event;
};

/// Milliseconds between two calls of `on_unused` if the first was not possible.
constexpr Millis kUnusedAgain = 1'000;

TickType_t ticks_until(Millis deadline, Millis now) {
  const auto left = static_cast<std::int32_t>(deadline - now);
  // One tick more: a time-out must never come before its deadline.
  return left <= 0 ? 0 : pdMS_TO_TICKS(static_cast<Millis>(left)) + 1;
}

} // namespace

Session::Session(WifiRadio &radio, CredentialStore &store, std::atomic<TaskHandle_t> &event_task)
    : radio_(radio), store_(store), event_task_(event_task) {}

Session::~Session() {
  if (queue_ != nullptr) {
    vQueueDelete(queue_);
  }
  if (ended_ != nullptr) {
    vEventGroupDelete(ended_);
  }
}

esp_err_t Session::start() {
  note_use();
  queue_ = xQueueCreate(kQueueLength, sizeof(Item));
  ended_ = xEventGroupCreate();
  if (queue_ == nullptr || ended_ == nullptr || !mutex_.is_valid()) {
    return ESP_ERR_NO_MEM;
  }
  esp_err_t error = esp_event_handler_instance_register(WIFI_EVENT, ESP_EVENT_ANY_ID,
                                                        on_driver_event, this, &wifi_handler_);
  if (error == ESP_OK) {
    error = esp_event_handler_instance_register(IP_EVENT, IP_EVENT_STA_GOT_IP, on_driver_event,
                                                this, &ip_handler_);
  }
  if (error == ESP_OK &&
      xTaskCreate(run_task, "provisioning", kStackSize, this, kPriority, nullptr) != pdPASS) {
    error = ESP_ERR_NO_MEM;
  }
  if (error != ESP_OK) {
    xEventGroupSetBits(ended_, kEnded);
    finish();
  }
  return error;
}

void Session::finish() {
  if ((xEventGroupGetBits(ended_) & kEnded) == 0) {
    Item stop;
    stop.stop = true;
    xQueueSend(queue_, &stop, portMAX_DELAY);
    xEventGroupWaitBits(ended_, kEnded, pdFALSE, pdTRUE, portMAX_DELAY);
  }
  // Not by the session's task: the event loop's may be inside the stop() that waits for it, and
  // holds the lock that unregistering takes.
  if (wifi_handler_ != nullptr) {
    esp_event_handler_instance_unregister(WIFI_EVENT, ESP_EVENT_ANY_ID, wifi_handler_);
    wifi_handler_ = nullptr;
  }
  if (ip_handler_ != nullptr) {
    esp_event_handler_instance_unregister(IP_EVENT, IP_EVENT_STA_GOT_IP, ip_handler_);
    ip_handler_ = nullptr;
  }
}

Session::Snapshot Session::snapshot() const {
  const Lock lock(mutex_);
  return current();
}

std::optional<Session::Snapshot> Session::snapshot(ScanList &list) const {
  const Lock lock(mutex_);
  return list.copy(list_) ? std::optional(current()) : std::nullopt;
}

Session::Snapshot Session::current() const {
  Snapshot snapshot = published_;
  snapshot.scan.scanning = snapshot.scan.scanning || scan_asked_;
  snapshot.connect = connect_report();
  return snapshot;
}

ConnectReport Session::connect_report() const {
  ConnectReport report;
  if (mailbox_) {
    report.id = mailbox_->id;
    report.ssid = mailbox_->ssid;
    report.state = ConnectState::Connecting;
    report.started_at = mailbox_->asked_at;
    return report;
  }
  if (forgotten_ && published_.connect.state == ConnectState::Connected &&
      published_.connect.ssid == *forgotten_) {
    report.id = published_.connect.id;
    return report;
  }
  return published_.connect;
}

bool Session::post(const Event &event, TickType_t patience) {
  Item item;
  item.event = event;
  return xQueueSend(queue_, &item, patience) == pdTRUE;
}

std::expected<void, ApiError> Session::request_scan() {
  const Lock lock(mutex_);
  if (mailbox_ || is_running(published_.connect)) {
    return std::unexpected(ApiError::Busy);
  }
  if (scan_asked_ || published_.scan.scanning) {
    return {};
  }
  if (!post({.kind = EventKind::ScanRequested})) {
    return std::unexpected(ApiError::Unavailable);
  }
  scan_asked_ = true;
  return {};
}

std::expected<std::uint32_t, ApiError> Session::request_connect(const ConnectRequest &request) {
  std::optional<SavedCredentials> saved;
  if (request.use_saved) {
    saved = store_.find(request.ssid);
    if (!saved) {
      return std::unexpected(ApiError::UnknownNetwork);
    }
  }
  const Lock lock(mutex_);
  if (mailbox_ || is_running(published_.connect)) {
    return std::unexpected(ApiError::Busy);
  }
  const std::uint32_t id = last_id_ + 1;
  const Network *seen = list_.find(request.ssid);
  if (!post({.kind = EventKind::ConnectRequested,
             .channel = seen == nullptr ? std::uint8_t{0} : seen->channel,
             .id = id,
             .ssid = request.ssid})) {
    return std::unexpected(ApiError::Unavailable);
  }
  last_id_ = id;
  mailbox_.emplace(Mailbox{.id = id,
                           .ssid = request.ssid,
                           .password = saved ? saved->password : request.password,
                           .asked_at = now_ms()});
  return id;
}

std::expected<void, ApiError> Session::request_cancel() {
  if (!post({.kind = EventKind::CancelRequested})) {
    return std::unexpected(ApiError::Unavailable);
  }
  return {};
}

void Session::network_forgotten(const Ssid &ssid) {
  {
    const Lock lock(mutex_);
    if (published_.connect.ssid == ssid) {
      forgotten_ = ssid;
    }
  }
  // Were this lost, set-up could still be completed with a network that is no more.
  if (!post({.kind = EventKind::NetworkForgotten, .ssid = ssid}, kPatience)) {
    ESP_LOGW(kTag, "Too busy to note that a network was forgotten");
  }
}

std::expected<void, ApiError> Session::request_complete() {
  if (!post({.kind = EventKind::CompleteRequested}, kPatience)) {
    return std::unexpected(ApiError::Unavailable);
  }
  return {};
}

std::optional<Session::Chosen> Session::take_chosen() {
  const Lock lock(mutex_);
  std::optional<Chosen> chosen = chosen_;
  chosen_.reset();
  return chosen;
}

void Session::on_driver_event(void *session, esp_event_base_t base, std::int32_t id, void *data) {
  auto &self = *static_cast<Session *>(session);
  self.event_task_ = xTaskGetCurrentTaskHandle();
  Event event;
  if (base == IP_EVENT) {
    const auto &got = *static_cast<const ip_event_got_ip_t *>(data);
    event.kind = EventKind::GotIp;
    event.ip = got.ip_info.ip.addr;
    event.gateway = got.ip_info.gw.addr;
  } else if (id == WIFI_EVENT_SCAN_DONE) {
    event.kind = EventKind::ScanDone;
    event.ok = static_cast<const wifi_event_sta_scan_done_t *>(data)->status == 0;
  } else if (id == WIFI_EVENT_STA_CONNECTED) {
    event.kind = EventKind::StationConnected;
    event.channel = static_cast<const wifi_event_sta_connected_t *>(data)->channel;
  } else if (id == WIFI_EVENT_STA_DISCONNECTED) {
    const auto &left = *static_cast<const wifi_event_sta_disconnected_t *>(data);
    event.kind = EventKind::StationDisconnected;
    event.raw_reason = left.reason;
    // The driver has no signal to tell of where it did not hear the access point: 0 or -128.
    event.ok = left.rssi < 0 && left.rssi > -128;
    event.rssi = left.rssi;
  } else if (id == WIFI_EVENT_AP_START) {
    ESP_LOGI(kApTag, "WiFi AP started");
    return;
  } else if (id == WIFI_EVENT_AP_STADISCONNECTED) {
    self.note_use(); // until now
    return;
  } else {
    return;
  }
  if (!self.post(event)) {
    ESP_LOGW(kTag, "Too busy for event %d of the radio", static_cast<int>(id));
  }
}

void Session::run_task(void *session) {
  auto &self = *static_cast<Session *>(session);
  self.run();
  ESP_LOGD(kTag, "Stack left over: %u bytes",
           static_cast<unsigned>(uxTaskGetStackHighWaterMark(nullptr)));
  xEventGroupSetBits(self.ended_, kEnded);
  vTaskDelete(nullptr);
}

void Session::run() {
  while (true) {
    const auto deadline = next_deadline(state_);
    Item item;
    TickType_t wait = deadline ? ticks_until(*deadline, now_ms()) : portMAX_DELAY;
    if (unused_limit_ > 0) {
      wait = std::min(wait, ticks_until(last_use_ + unused_limit_, now_ms()));
    }
    static_cast<void>(xQueueReceive(queue_, &item, wait)); // without one it stays a Tick
    if (item.stop) {
      const Lock lock(mutex_);
      tested_ = {};
      chosen_.reset();
      mailbox_.reset();
      return;
    }
    handle(item.event);
    // A flood of events must not put off a deadline.
    Event tick;
    handle(tick);
    publish();
    look_whether_unused();
  }
}

void Session::look_whether_unused() {
  const Millis now = now_ms();
  // By its sign: another task may have noted a later use meanwhile.
  if (unused_limit_ == 0 || static_cast<std::int32_t>(now - last_use_ - unused_limit_) < 0) {
    return;
  }
  if (is_running(state_.connect) || radio_.has_clients() || on_unused_(unused_context_)) {
    last_use_ = now;
  } else {
    last_use_ = now - unused_limit_ + kUnusedAgain;
  }
}

void Session::handle(Event &event) {
  if (event.kind == EventKind::GotIp) {
    const auto rssi = radio_.link_rssi();
    event.ok = rssi.has_value();
    event.rssi = rssi.value_or(0);
  }
  if (event.kind == EventKind::ConnectRequested) {
    const Lock lock(mutex_);
    if (!mailbox_) {
      return;
    }
    tested_ = {.ssid = mailbox_->ssid, .password = mailbox_->password};
  }
  scan_taken_up_ = scan_taken_up_ || event.kind == EventKind::ScanRequested;
  forget_taken_up_ = forget_taken_up_ || event.kind == EventKind::NetworkForgotten;
  const Step next = step(state_, event, now_ms());
  const bool begins = next.state.connect.id != state_.connect.id;
  state_ = next.state;
  if (begins) {
    log_name(kTag, "Testing connection to", state_.connect.ssid);
  }
  for (const Action &action : next.actions) {
    if (auto outcome = execute(action)) {
      handle(*outcome);
    }
  }
}

std::optional<Event> Session::execute(const Action &action) {
  esp_err_t error = ESP_OK;
  switch (action.kind) {
  case ActionKind::StartScan:
    ESP_LOGI(kTag, "Starting WiFi scan...");
    // Nobody can have joined before the first scan, so it needs no pauses.
    error = radio_.start_scan(!std::exchange(first_scan_, false));
    if (error != ESP_OK) {
      log_error(kTag, "WiFi scan failed", error);
    }
    break;
  case ActionKind::PublishScan:
    return publish_scan();
  case ActionKind::StartFind:
    error = radio_.start_find(state_.connect.ssid, action.channel);
    break;
  case ActionKind::ReadFind: {
    const auto found = radio_.read_record_of(state_.connect.ssid);
    Event event{.kind = EventKind::FindResult, .ok = found.has_value()};
    if (found) {
      event.rssi = found->rssi;
      event.channel = found->channel;
      event.security = found->security;
    }
    return event;
  }
  case ActionKind::StopScan:
    error = radio_.stop_scan();
    break;
  case ActionKind::Join: {
    publish(); // the phone may be about to lose us
    const Lock lock(mutex_);
    error = radio_.join(tested_.ssid, tested_.password, state_.connect.security, action.channel);
    break;
  }
  case ActionKind::Leave:
    error = radio_.leave();
    break;
  case ActionKind::ClearStation:
    radio_.forget();
    break;
  case ActionKind::Save:
    return save();
  case ActionKind::ForgetSecret: {
    const Lock lock(mutex_);
    tested_ = {};
    break;
  }
  case ActionKind::Complete:
    publish();
    {
      // Taken now: the owner may begin another test before the application is told.
      const Lock lock(mutex_);
      chosen_ = tested_;
    }
    on_complete_(context_);
    break;
  }
  if (error == ESP_OK) {
    return std::nullopt;
  }
  return Event{.kind = EventKind::ActionFailed, .action = action.kind};
}

std::optional<Event> Session::save() {
  log_name(kTag, "Saving credentials for", state_.connect.ssid);
  Secret password;
  {
    const Lock lock(mutex_);
    password = tested_.password;
  }
  return Event{.kind = EventKind::SaveDone,
               .save_result = store_.save(state_.connect.ssid, password, state_.connect.security)};
}

std::optional<Event> Session::publish_scan() {
  ScanList list;
  const esp_err_t error = radio_.read_records(list);
  if (error != ESP_OK) {
    log_error(kTag, "WiFi scan failed", error);
    return Event{.kind = EventKind::ActionFailed, .action = ActionKind::PublishScan};
  }
  ESP_LOGI(kTag, "Found %u networks", static_cast<unsigned>(list.networks().size()));
  const Lock lock(mutex_);
  list_ = std::move(list);
  return std::nullopt;
}

void Session::publish() {
  {
    const Lock lock(mutex_);
    published_.connect = state_.connect;
    published_.scan = state_.scan;
    published_.completed = state_.completed;
    if (mailbox_ && mailbox_->id == state_.connect.id) {
      mailbox_.reset();
    }
    if (std::exchange(scan_taken_up_, false)) {
      scan_asked_ = false;
    }
    if (std::exchange(forget_taken_up_, false)) {
      forgotten_.reset();
    }
  }
  if (state_.connect.state != logged_state_) {
    logged_state_ = state_.connect.state;
    log_result();
  }
}

void Session::log_result() const {
  const ConnectReport &connect = state_.connect;
  switch (connect.state) {
  case ConnectState::Connected: {
    const esp_ip4_addr_t ip{connect.ip};
    ESP_LOGI(kTag, "Connection test result: connected, IP " IPSTR, IP2STR(&ip));
    break;
  }
  case ConnectState::Failed:
    if (connect.raw_reason) {
      ESP_LOGW(kTag, "Connection test result: %s (reason %u)", to_string(connect.reason),
               unsigned{*connect.raw_reason});
    } else {
      ESP_LOGW(kTag, "Connection test result: %s", to_string(connect.reason));
    }
    break;
  case ConnectState::ObtainingIp:
    ESP_LOGI(kStaTag, "Connected on channel %u, waiting for an address",
             unsigned{connect.channel});
    break;
  case ConnectState::Idle:
  case ConnectState::Connecting:
    break;
  }
}

} // namespace espp::provisioning
