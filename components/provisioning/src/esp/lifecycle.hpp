#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "freertos/FreeRTOS.h"
#include "freertos/event_groups.h"
#include "freertos/task.h"

#include "core/memory.hpp"
#include "esp/credential_store.hpp"
#include "esp/dns_server.hpp"
#include "esp/http_portal.hpp"
#include "esp/session.hpp"
#include "esp/sync.hpp"
#include "esp/wifi_radio.hpp"
#include "provisioning.hpp"

namespace espp {

/// What stands behind Provisioning: brings the parts up and down in order, and runs the
/// application's callback. See Provisioning for what each call promises.
///
/// The farewell task is made when the owner ends set-up, or when nobody has used the portal for too
/// long. It runs the application's callbacks, waits until the phone has seen that set-up is
/// complete, and closes the portal if so configured. It may itself be the task
/// that calls stop(), from inside the callback or after it, so it is never waited for by itself.
///
/// The event loop's task never waits for another task's start or stop: both need the loop's lock,
/// which it holds while a handler runs.
class Provisioning::Lifecycle {
public:
  explicit Lifecycle(const Config &config);
  ~Lifecycle();

  bool start();
  void stop();
  bool is_active() const { return phase_ == Phase::Active || phase_ == Phase::Stopping; }
  bool is_provisioned() const;
  bool is_completed() const { return is_completed_; }
  std::uint32_t ip() const { return ip_; }
  const std::string &ap_ssid() const { return ap_ssid_.get(); }
  provisioning::Secret ap_password() const;
  /// As CredentialStore::list().
  bool saved_networks(provisioning::Rows<provisioning::SavedNetwork> &networks) const;
  /// As CredentialStore::find().
  std::optional<provisioning::SavedCredentials>
  saved_credentials(const provisioning::Ssid &ssid) const;

private:
  enum class Phase : std::uint8_t { Stopped, Starting, Active, Stopping };

  /// The parts of an active portal, in the order they are made.
  struct Parts {
    Parts(provisioning::CredentialStore &store, std::atomic<TaskHandle_t> &event_task)
        : session(radio, store, event_task) {}
    provisioning::WifiRadio radio;
    provisioning::Session session;
    provisioning::Owned<provisioning::HttpPortal> http;
    provisioning::DnsServer dns;
    bool session_runs{false};
  };

  static EventGroupHandle_t make_events();
  bool is_config_valid() const;
  std::uint32_t unused_limit_ms() const;
  esp_err_t choose_ap_password();
  bool bring_up();
  void start_dns();
  void bring_down();
  bool make_farewell_task();
  static void run_farewell(void *lifecycle);
  std::uint32_t farewell();
  static bool on_unused(void *lifecycle);
  void close_unused();
  void call_on_provisioned();
  bool is_farewell_task() const;
  bool is_event_task() const;
  void wait_until_stopped();
  void load_if_stopped() const;

  /// A std::string that holds up to `capacity` bytes without allocating again.
  class Reserved {
  public:
    explicit Reserved(std::size_t capacity);
    ~Reserved();
    const std::string &set(std::string_view bytes);
    const std::string &get() const { return text_; }
    void wipe() { provisioning::wipe(text_.data(), text_.size()); }

  private:
    std::string text_;
  };

  Config config_;
  Reserved ap_ssid_{provisioning::Ssid::kMaxSize};
  provisioning::Secret ap_password_; ///< guarded by mutex_
  // What `on_provisioned` is called with; the farewell task's own.
  Reserved chosen_ssid_{provisioning::Ssid::kMaxSize};
  Reserved chosen_password_{provisioning::Secret::kMaxSize};
  mutable provisioning::CredentialStore store_; ///< guards itself
  provisioning::Owned<Parts> parts_;
  std::atomic<Phase> phase_{Phase::Stopped};
  std::atomic<bool> is_completed_{false};
  std::atomic<std::uint32_t> ip_{0};
  std::atomic<std::uint32_t> generation_{0}; ///< counts the starts
  std::atomic<TaskHandle_t> farewell_task_{nullptr};
  std::atomic<TaskHandle_t> event_task_{nullptr};
  std::atomic<bool> stop_asked_{false}; ///< by a handler of the event loop, while starting
  mutable provisioning::Mutex mutex_; ///< guards the changes of phase_ and the making of the task
  EventGroupHandle_t events_;
};

} // namespace espp
