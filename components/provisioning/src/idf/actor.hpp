#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "domain/memory.hpp"
#include "domain/profile.hpp"
#include "flow/trigger.hpp"
#include "idf/events.hpp"
#include "idf/profile_store.hpp"
#include "idf/task_monitor.hpp"
#include "idf/wifi_radio.hpp"
#include "provisioning.hpp"
#include "service/service.hpp"
#include "service/state.hpp"
#include "transport/dns/dns_server.hpp"
#include "transport/http/http_portal.hpp"

namespace espp {

/// What staying connected takes is in stay_connected.cpp, which is not even compiled otherwise.
using provisioning::kHasConnection;

/// Likewise, whether it posts events; see events.cpp.
#ifdef CONFIG_PROVISIONING_EVENTS
inline constexpr bool kHasEvents = true;
#else
inline constexpr bool kHasEvents = false;
#endif

/// And what opens the portal beside the application's calls; see button.cpp and power_cycles.cpp.
#ifdef CONFIG_PROVISIONING_BUTTON
inline constexpr bool kHasButton = true;
#else
inline constexpr bool kHasButton = false;
#endif
#ifdef CONFIG_PROVISIONING_POWER_CYCLE
inline constexpr bool kHasPowerCycle = true;
#else
inline constexpr bool kHasPowerCycle = false;
#endif

/// The implementation of Provisioning: see there for what each call promises.
///
/// One task, the actor's, owns the radio, the store, the transports and the portal's life. start(),
/// stop() and every request change State under its lock, in their caller, and the actor carries out
/// what follows. It exists from start() until everything has been given back. A second task runs
/// the application's callbacks, which may block; it exists from completion or the time-out until
/// they have returned.
class Provisioning::Actor final : public provisioning::RadioListener {
public:
  explicit Actor(const Config &config);
  /// Stops the portal and destroys the object: at once, or, where the caller can't wait, when the
  /// last of its tasks ends. The object must not be used afterwards.
  void release();

  bool start();
  void request_stop();
  void stop();
  bool is_active();
  bool is_provisioned();
  bool is_completed();
  provisioning::Ip4 ip();
  const std::string &ap_ssid() const { return ap_ssid_.get(); }
  provisioning::Secret ap_password();
  /// False if memory is short or flash can't be read.
  bool saved_networks(provisioning::Rows<provisioning::SavedNetwork> &networks);

  // For other ways in than the page.
  provisioning::Service &service() { return service_; }
  const Config &config() const { return config_; }
  /// The station's address, while the component keeps it connected.
  std::optional<provisioning::Ip4> station_ip();

#ifdef CONFIG_PROVISIONING_CONNECTION
  State connection_state();
  bool wait_connected(std::chrono::milliseconds timeout);
  bool open_portal();
  void close_portal();
  bool forget_all_networks();
#endif

  void on_radio_event(const provisioning::attempt::Event &event) override;
  void on_records(std::uint16_t count) override;
  void on_address(const provisioning::Subnet &lease, const provisioning::Ip4 &gateway) override;
  void on_address_lost() override;
  void on_client_left() override;

private:
  /// The parts of an open portal, in the order they are made.
  struct Parts {
    explicit Parts(Actor &actor)
        : radio(actor.monitor_, actor), store(actor.monitor_, actor.state_.saved) {}
    provisioning::WifiRadio radio;
    provisioning::ProfileStore store;
    provisioning::Owned<provisioning::HttpPortal> http;
    provisioning::Owned<provisioning::DnsServer> dns;
  };

  /// An address that the station got, until the actor has looked whether there is a link.
  struct Address {
    provisioning::Subnet lease;
    provisioning::Ip4 gateway;
  };

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

  ~Actor();

  bool is_config_valid() const;
  bool prepare();
  void request_stop_locked();
  bool claim();
  bool can_wait() const;
  std::optional<bool> start_result(std::uint32_t run) const;
  bool wait_for_portal(std::uint32_t run);
  bool is_over(std::uint32_t run) const;
  static provisioning::Millis to_millis(std::chrono::seconds time) {
    return static_cast<provisioning::Millis>(std::chrono::milliseconds(time).count());
  }
  /// True while the radio is a station's, so that the portal opens beside it.
  bool has_station() const { return kHasConnection && has_station_; }
  /// True if the newest test is a try of the connection's.
  bool is_own_test() const { return provisioning::is_own_test(state_); }
  /// True if the component stays connected by itself.
  bool stays_connected() const {
    return kHasConnection &&
           state_.connection_wishes.mode != provisioning::connection::Mode::Always;
  }

  // The actor's task. Each is called under the lock, and may give it up meanwhile.
  static void run_task(void *actor);
  void run();
  bool do_next();
  void open();
  void close();
  void carry_out(const provisioning::attempt::Action &action);
  bool is_wanted(const provisioning::attempt::Action &action) const;
  esp_err_t drive(provisioning::attempt::ActionKind action, std::uint8_t channel);
  esp_err_t connect(const provisioning::attempt::Action &action);
  void save(const provisioning::attempt::Action &action);
  void take_address();
  void take_records();
  void carry_out_command();
  std::optional<provisioning::ApiError> forget(const provisioning::Ssid &ssid);
  std::optional<provisioning::ApiError> forget_all();
  void give_back();
  void end_use();
  std::optional<provisioning::ApiError> keep();
  std::optional<provisioning::ApiError> complete();
  provisioning::attempt::SaveResult save_tested();
  void fail_command();
  void look_at_clocks();
  void look_whether_unused();
  std::optional<provisioning::Millis> finish_deadline() const;
  void look_whether_unfinished();
  std::optional<provisioning::Millis> return_deadline() const;
  void look_whether_followed();
  std::optional<provisioning::Millis> next_deadline() const;
  bool log_progress();
  bool tell_others();

  // Staying connected, in stay_connected.cpp; under the lock.
  void set_connection_wishes();
  void reserve_told();
  const char *connection_problem() const;
  bool start_connection();
  std::optional<bool> connection_result(std::uint32_t run) const;
  void request_portal();
  void bring_up_station();
  void bring_down_station();
  void look_at_connection();
  bool step_connection();
  bool tick_connection();
  bool look_at_try();
  bool look_at_link();
  void connected(provisioning::connection::EventKind kind);
  void note_address(const Address &address);
  void note_address_lost();
  void look_at_notices();
  std::optional<provisioning::Millis> connection_deadline() const;
  provisioning::connection::Choice hint(const provisioning::Ssid &ssid) const;
  void choose_from_flash();
  void note_saved();
  void note_forgotten(const provisioning::Ssid &ssid);
  void tell(provisioning::connection::Notice notice);

  // Triggers, in button.cpp and power_cycles.cpp; under the lock, which they may give up meanwhile.
  void begin_triggers();
  void look_at_triggers();
  void carry_out(provisioning::trigger::Action action);
  void begin_button();
  std::optional<provisioning::Millis> button_deadline() const;
  provisioning::trigger::Action look_at_button();
  provisioning::trigger::Action count_power_cycle();
  std::optional<provisioning::Millis> in_use_deadline() const;
  void forget_power_cycles();

  // Events, in events.cpp; under the lock, which they may give up meanwhile.
  bool announce(bool is_down);
  void announce_last();
  void post_events();
  provisioning::PendingEvent event_of(provisioning::Announcement announcement);
  provisioning::PendingEvent connected_event();
  provisioning::PendingEvent disconnected_event();
  std::optional<provisioning::Millis> events_deadline() const;

  // The actor's task, without the lock.
  bool make_parts();
  bool bring_up();
  void bring_down();
  esp_err_t choose_ap_password();
  void start_dns();

  // The callbacks' task.
  bool make_callback_task();
  static void run_callback_task(void *actor);
  void run_callbacks();
  void call(provisioning::life::Callback callback);

  /// The calling task ends. True: it is the last one of a released object, which it must destroy.
  /// Under the lock, which then has to be given up at once.
  bool retire(TaskHandle_t Actor::*task);

  Config config_;
  Reserved ap_ssid_{provisioning::Ssid::kMaxSize};
  // What `on_provisioned` is called with; the callbacks' task's own.
  Reserved chosen_ssid_{provisioning::Ssid::kMaxSize};
  Reserved chosen_password_{provisioning::Secret::kMaxSize};

  provisioning::TaskMonitor monitor_;
  // Under the lock.
  provisioning::State state_;
  std::optional<Address> address_;
  std::optional<std::uint16_t> records_; ///< of a scan that has ended, until the actor reads them
  provisioning::Secret ap_password_;
  provisioning::Ip4 ip_;
  TaskHandle_t task_{nullptr};
  TaskHandle_t callback_task_{nullptr};
  bool is_released_{false};
  std::uint16_t last_reason_{0}; ///< of the station's newest disconnection

#ifdef CONFIG_PROVISIONING_CONNECTION
  /// The connection, or the last one.
  struct Link {
    provisioning::Ssid ssid;
    provisioning::Ip4 ip;
    provisioning::Ip4 gateway;
    std::uint8_t channel{0};
    std::int8_t rssi{0};
    std::uint32_t test{0}; ///< that it came of
    bool is_without_address{false};
    std::uint16_t lost_reason{0};
  };
  Link link_;
  std::optional<provisioning::Millis>
      notice_again_; ///< when memory was short for the callbacks' task
  Connection told_;  ///< the callbacks' task's own
#endif

#ifdef CONFIG_PROVISIONING_BUTTON
  // The actor's task's own.
  provisioning::trigger::Button button_;
  std::optional<provisioning::Millis> button_look_; ///< the next
#endif
#ifdef CONFIG_PROVISIONING_POWER_CYCLE
  std::optional<provisioning::Millis> in_use_at_; ///< when the count is forgotten
#endif

#ifdef CONFIG_PROVISIONING_EVENTS
  provisioning::Events events_; ///< the actor's task's own
#endif

  provisioning::Service service_{monitor_, state_};

  // The actor's task's own.
  provisioning::Owned<Parts> parts_;
  bool is_first_scan_{true};
  bool has_station_{false};
  std::uint32_t logged_test_{0};
  std::uint32_t returned_test_{0}; ///< after which the access point's band was looked at
  provisioning::attempt::ConnectState logged_state_{provisioning::attempt::ConnectState::Idle};

  /// The one portal that has the radio.
  static inline std::atomic<Actor *> owner_{nullptr};
};

} // namespace espp
