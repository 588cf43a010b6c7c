#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "esp_event.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

#include "radio/driver.hpp"
#include "radio/scenario.hpp"
#include "radio/world.hpp"

namespace radio {

/// The driver: a state behind one mutex, and one task that lets time pass in it.
///
/// Calls change the state and leave work for the task; only the task posts events, so none arrives
/// inside a call. Work is ordered by time. It posts after it has let go of the mutex, because the
/// event queue may be full of events whose handlers wait to call the driver.
class Radio {
public:
  /// The one radio of the device. Lives until the process ends.
  static Radio &instance();

  esp_err_t init(const wifi_init_config_t *config);
  esp_err_t deinit();
  esp_err_t set_storage(wifi_storage_t storage);
  esp_err_t restore();
  esp_err_t set_mode(wifi_mode_t mode);
  esp_err_t get_mode(wifi_mode_t *mode);
  esp_err_t start();
  esp_err_t stop();
  esp_err_t set_config(wifi_interface_t interface, const wifi_config_t *config);
  esp_err_t get_config(wifi_interface_t interface, wifi_config_t *config);
  esp_err_t connect();
  esp_err_t disconnect();
  esp_err_t scan_start(const wifi_scan_config_t *config, bool block);
  esp_err_t scan_stop();
  esp_err_t set_scan_parameters(const wifi_scan_default_params_t *config);
  esp_err_t get_scan_parameters(wifi_scan_default_params_t *config);
  esp_err_t scan_get_ap_num(std::uint16_t *number);
  esp_err_t scan_get_ap_record(wifi_ap_record_t *record);
  esp_err_t scan_get_ap_records(std::uint16_t *number, wifi_ap_record_t *records);
  esp_err_t clear_ap_list();
  esp_err_t sta_get_ap_info(wifi_ap_record_t *record);
  esp_err_t sta_get_rssi(int *rssi);
  esp_err_t sta_get_aid(std::uint16_t *aid);
  esp_err_t get_mac(wifi_interface_t interface, std::uint8_t *mac);
  esp_err_t set_mac(wifi_interface_t interface, const std::uint8_t *mac);
  esp_err_t get_channel(std::uint8_t *primary, wifi_second_chan_t *second);
  esp_err_t ap_get_sta_list(wifi_sta_list_t *list);
  esp_err_t deauth_sta(std::uint16_t aid);
  esp_err_t set_country(const wifi_country_t *country);
  esp_err_t get_country(wifi_country_t *country);
  esp_err_t set_country_code(const char *code, bool ieee80211d);
  esp_err_t get_country_code(char *code);
  esp_err_t set_band(wifi_band_t band);
  esp_err_t get_band(wifi_band_t *band);
  esp_err_t set_band_mode(wifi_band_mode_t mode);
  esp_err_t get_band_mode(wifi_band_mode_t *mode);
  esp_err_t set_ps(wifi_ps_type_t type);
  esp_err_t get_ps(wifi_ps_type_t *type);
  esp_err_t set_inactive_time(wifi_interface_t interface, std::uint16_t seconds);
  esp_err_t set_max_tx_power(std::int8_t power);
  esp_err_t get_max_tx_power(std::int8_t *power);

  void set_hooks(const Hooks &hooks);
  void set_scenario(const Scenario &scenario);
  std::expected<void, std::string>
  change_scenario(const std::function<std::expected<void, std::string>(Scenario &)> &change);
  Scenario scenario();
  void cut_clients(std::uint32_t ms);
  bool kick_station(std::uint8_t reason);
  bool inject(const Injection &injection);
  DriverState state();

private:
  /// Holds the mutex for a scope.
  class Lock {
  public:
    explicit Lock(SemaphoreHandle_t mutex) : mutex_(mutex) {
      xSemaphoreTake(mutex_, portMAX_DELAY);
    }
    ~Lock() { xSemaphoreGive(mutex_); }
    Lock(const Lock &) = delete;
    Lock &operator=(const Lock &) = delete;

  private:
    SemaphoreHandle_t mutex_;
  };

  /// One pass over the channels, for a scan or for finding the network to join.
  struct Sweep {
    ScanRequest request;
    std::vector<ChannelVisit> visits;
    std::size_t next{0};
    std::uint32_t home_dwell_ms{30};
    bool for_connect{false};
    std::vector<Sighting> heard;
  };

  /// Held by a call that the driver's task carries out on a chip: it waits as long as that task
  /// waits for room in the event queue. Taken before `mutex_`.
  class Command {
  public:
    explicit Command(Radio &radio) : lock_(radio.posting_) {}

  private:
    Lock lock_;
  };

  enum class Link { Idle, Finding, Joining, Connected };

  using Work = std::function<void()>;

  Radio();

  static void run(void *radio);
  void work_until_deinit();
  std::uint64_t now_ms();
  void after(std::uint32_t ms, Work work);
  void soon(Work work) { after(0, std::move(work)); }
  void wake();

  /// These run on the task, under the mutex; what they hand to `outbox_` runs without it.
  void post(esp_event_base_t base, std::int32_t id, const void *data, std::size_t size);
  void post(esp_event_base_t base, std::int32_t id) { post(base, id, nullptr, 0); }
  void post_scan_done(std::uint32_t status, std::uint8_t scan_id);
  esp_err_t wait_for_scan(std::uint8_t scan_id);
  void post_disconnected(std::uint8_t reason, const Mac &bssid, int rssi, const std::string &ssid);
  void post_injected(const Injection &injection);
  void offer_lease(std::uint32_t link_run, std::uint32_t offers_left);
  void watch_lease(std::uint32_t link_run, const Ip4 &leased);
  void look_for_lease(std::uint32_t link_run);
  void address_gone();
  void post_lost_ip();

  bool has_station() const { return mode_ == WIFI_MODE_STA || mode_ == WIFI_MODE_APSTA; }
  bool has_soft_ap() const { return mode_ == WIFI_MODE_AP || mode_ == WIFI_MODE_APSTA; }
  bool is_connecting() const { return link_ == Link::Finding || link_ == Link::Joining; }
  esp_err_t check_started() const;
  /// What the driver's getters have in common; `value` is read under the mutex.
  template <typename T> esp_err_t get(const T &value, T *answer) {
    const Lock lock(mutex_);
    if (!initialised_) {
      return ESP_ERR_WIFI_NOT_INIT;
    }
    if (answer == nullptr) {
      return ESP_ERR_INVALID_ARG;
    }
    *answer = value;
    return ESP_OK;
  }
  esp_err_t check_station_ready() const;

  void station_up();
  void station_down();
  void soft_ap_up();
  void soft_ap_down();
  void phone_joins_after(std::uint32_t ms);
  void phone_leaves(std::uint16_t reason);
  /// False if it is the home channel already.
  bool set_home_channel(std::uint8_t channel);
  /// As above, and the soft-AP's clients feel it.
  void move_home_channel(std::uint8_t channel);
  bool uses_2ghz() const { return band_mode_ != WIFI_BAND_MODE_5G_ONLY; }
  bool uses_5ghz() const { return band_mode_ != WIFI_BAND_MODE_2G_ONLY; }
  bool uses(std::uint8_t channel) const { return is_5ghz(channel) ? uses_5ghz() : uses_2ghz(); }
  /// A phone without 5 GHz loses a soft-AP that goes there, and finds it again when it is back.
  void lose_phone();
  void phone_returns();

  void begin_sweep(Sweep sweep);
  void visit_channel(std::uint32_t sweep_run);
  void leave_channel(std::uint32_t sweep_run);
  void end_sweep(bool completed);
  void abort_scan();

  Station station() const;
  void found(const std::vector<Sighting> &heard);
  void try_next();
  void arrive(std::uint32_t link_run);
  void take_step(std::uint32_t link_run, std::size_t index);
  void connected();
  void watch_beacons(std::uint32_t link_run, std::uint32_t silent_ms);
  void fail_link(std::uint8_t reason);
  void drop_link(std::uint8_t reason);
  /// Ends the link or the attempt at one, as the station itself wants it.
  void leave_link();
  void end_quietly();
  void cut_for(std::uint32_t ms);
  const AccessPoint *target_in_world();
  bool scan_fault_strikes(ScanFault::At at);
  std::expected<void, std::string> adopt(const Scenario &scenario);
  void take_over(const Scenario &scenario);

  wifi_ap_record_t record_of(const Sighting &sighting) const;
  void default_configs();

  SemaphoreHandle_t posting_; ///< held while an event is posted
  SemaphoreHandle_t mutex_;
  // All below is guarded by `mutex_`, except what `init` and `deinit` hand over to the task.
  Hooks hooks_;
  Scenario scenario_;
  DriverState counters_;

  bool initialised_{false};
  bool started_{false};
  bool stopping_{false};
  TaskHandle_t task_{nullptr};
  SemaphoreHandle_t wake_{nullptr};
  SemaphoreHandle_t ended_{nullptr};
  std::multimap<std::uint64_t, Work> agenda_;
  std::vector<Work> outbox_;
  TickType_t last_tick_{0};
  std::uint64_t elapsed_ticks_{0};

  wifi_storage_t storage_{WIFI_STORAGE_FLASH};
  bool flash_enabled_{true};
  wifi_mode_t mode_{WIFI_MODE_STA};
  wifi_sta_config_t station_config_{};
  wifi_ap_config_t soft_ap_config_{};
  wifi_country_t country_{};
  wifi_ps_type_t power_save_{WIFI_PS_MIN_MODEM};
  wifi_scan_default_params_t scan_defaults_{};
  std::uint16_t station_inactive_s_{6};
  std::uint16_t soft_ap_inactive_s_{300};
  std::int8_t max_tx_power_{80};
  Mac station_mac_{};
  Mac soft_ap_mac_{};
  std::uint8_t home_channel_{1};
  bool has_5ghz_{false};
  wifi_band_mode_t band_mode_{WIFI_BAND_MODE_2G_ONLY};

  bool soft_ap_is_up_{false};
  bool phone_joined_{false};
  bool phone_is_lost_{false}; ///< in the other band; the driver takes it for joined yet
  std::uint32_t phone_run_{0};

  std::optional<Sweep> sweep_;
  std::uint32_t sweep_run_{0};
  std::uint8_t next_scan_number_{0}; ///< 0 to 127
  std::uint8_t scan_id_{0};          ///< of the scan asked for last; with kScanOver when it is over
  std::vector<Sighting> records_;
  std::uint64_t readings_{0};

  Link link_{Link::Idle};
  std::uint32_t link_run_{0};    ///< work of an earlier attempt sees that it is out of date
  std::map<Mac, History> asked_; ///< of each access point, since the world was made
  Station wanted_;
  std::vector<Sighting> to_try_;
  std::uint8_t tries_left_{0};
  std::optional<Sighting> target_;
  std::vector<Step> steps_;
  bool has_address_{false};
  bool is_address_missed_{false}; ///< esp_netif's timer runs; it ends in IP_EVENT_STA_LOST_IP
  bool is_settling_{false}; ///< connected, but a handler may hear of it before the driver is done
  bool is_beacon_steady_{false}; ///< nobody watches for the access point's beacons
  bool clients_cut_{false};
  std::uint32_t cut_run_{0};
};

} // namespace radio
