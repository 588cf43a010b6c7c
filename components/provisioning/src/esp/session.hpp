#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <optional>

#include "esp_event.h"
#include "freertos/FreeRTOS.h"
#include "freertos/event_groups.h"
#include "freertos/queue.h"
#include "freertos/task.h"

#include "core/api_error.hpp"
#include "core/machine.hpp"
#include "core/network.hpp"
#include "core/requests.hpp"
#include "esp/credential_store.hpp"
#include "esp/sync.hpp"
#include "esp/wifi_radio.hpp"

namespace espp::provisioning {

/// The time between start() and stop(): one task that owns the state machine and the radio.
///
/// Everybody else, the HTTP server's task and the event loop's, posts to its bounded queue and
/// reads a copy of what it last published; nobody waits for the radio. Two more tasks call into
/// this class: the one that starts and stops it, and the one that runs `on_provisioned`.
class Session {
public:
  /// What anybody may read at any time; the list apart.
  struct Snapshot {
    ConnectReport connect;
    ScanReport scan;
    bool completed{false};
  };

  /// What the owner chose, for `on_provisioned`.
  struct Chosen {
    Ssid ssid;
    Secret password;
  };

  /// All must outlive the session. `event_task` is told which task the event loop runs on, as soon
  /// as an event shows it.
  Session(WifiRadio &radio, CredentialStore &store, std::atomic<TaskHandle_t> &event_task);
  /// Needs finish() to have run if start() succeeded.
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  /// Registers for the radio's events and starts the task. Errors: ESP_ERR_NO_MEM, and those of
  /// esp_event_handler_instance_register(); everything is given back then.
  esp_err_t start();

  /// Ends the task and drops what is in its queue; returns when it has ended. Call once, from any
  /// task but the session's own.
  void finish();

  Snapshot snapshot() const;
  /// Likewise, with a copy of the newest list. Nothing if memory is short.
  std::optional<Snapshot> snapshot(ScanList &list) const;

  /// Asks for a scan; one that runs already is as good. Errors: Busy, Unavailable.
  std::expected<void, ApiError> request_scan();
  /// Begins a connection test and returns its id. Errors: Busy, UnknownNetwork, Unavailable.
  std::expected<std::uint32_t, ApiError> request_connect(const ConnectRequest &request);
  /// Ends the running test, if any. Errors: Unavailable.
  std::expected<void, ApiError> request_cancel();
  /// Tells that a saved network is no more.
  void network_forgotten(const Ssid &ssid);
  /// The owner has ended set-up. Errors: Unavailable.
  std::expected<void, ApiError> request_complete();

  /// Called on the session's task when set-up is complete; must not block. Set before start().
  void set_on_complete(void (*on_complete)(void *context), void *context) {
    on_complete_ = on_complete;
    context_ = context;
  }

  /// `on_unused` is called on the session's task, where it must not block, when for `limit`
  /// milliseconds no phone has been on the access point, nothing was asked, and no test ran. False:
  /// not possible now; it is called again. Set before start(); 0 is never.
  void set_on_unused(Millis limit, bool (*on_unused)(void *context), void *context) {
    unused_limit_ = limit;
    on_unused_ = on_unused;
    unused_context_ = context;
  }
  /// Somebody has asked for something.
  void note_use() { last_use_ = now_ms(); }

  /// Hands over the network that set-up was completed with; nothing if it was not, or was handed
  /// over already.
  std::optional<Chosen> take_chosen();

private:
  /// A test asked for, which the task has not taken up yet. Passwords travel here and not through
  /// the queue, whose memory nobody wipes.
  struct Mailbox {
    std::uint32_t id{0};
    Ssid ssid;
    Secret password;
    Millis asked_at{0};
  };

  static void run_task(void *session);
  static void on_driver_event(void *session, esp_event_base_t base, std::int32_t id, void *data);

  bool post(const Event &event, TickType_t patience = 0);
  // Under the lock: what was published, as far as nothing has been asked for since.
  Snapshot current() const;
  ConnectReport connect_report() const;
  void run();
  /// Does what follows from an event, which it completes by what only the radio knows.
  void handle(Event &event);
  /// Does one action; some come to an event of their own at once.
  std::optional<Event> execute(const Action &action);
  std::optional<Event> save();
  std::optional<Event> publish_scan();
  void publish();
  void look_whether_unused();
  void log_result() const;

  WifiRadio &radio_;
  CredentialStore &store_;
  void (*on_complete_)(void *context){nullptr};
  void *context_{nullptr};
  bool (*on_unused_)(void *context){nullptr};
  void *unused_context_{nullptr};
  Millis unused_limit_{0};
  std::atomic<Millis> last_use_{0};
  QueueHandle_t queue_{nullptr};
  EventGroupHandle_t ended_{nullptr};
  std::atomic<TaskHandle_t> &event_task_;
  esp_event_handler_instance_t wifi_handler_{nullptr};
  esp_event_handler_instance_t ip_handler_{nullptr};

  // The task's own.
  State state_;
  bool first_scan_{true};
  bool scan_taken_up_{false};   ///< since the last publish()
  bool forget_taken_up_{false}; ///< likewise
  ConnectState logged_state_{ConnectState::Idle};

  // Shared.
  mutable Mutex mutex_;
  Snapshot published_;
  ScanList list_;
  std::optional<Mailbox> mailbox_;
  bool scan_asked_{false};
  /// The tested network, if it was forgotten and the task has not taken that up yet.
  std::optional<Ssid> forgotten_;
  std::uint32_t last_id_{0};
  Chosen tested_; ///< the network of the running or last test
  std::optional<Chosen> chosen_;
};

} // namespace espp::provisioning
