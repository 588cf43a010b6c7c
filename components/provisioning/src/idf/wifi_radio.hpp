#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "esp_err.h"
#include "esp_event.h"
#include "esp_netif.h"
#include "esp_wifi.h"

#include "domain/band.hpp"
#include "domain/candidates.hpp"
#include "domain/ip4.hpp"
#include "domain/scan_list.hpp"
#include "domain/secret.hpp"
#include "domain/security.hpp"
#include "domain/ssid.hpp"
#include "flow/attempt.hpp"
#include "flow/scan_watch.hpp"
#include "idf/ap_address.hpp"
#include "service/monitor.hpp"

namespace espp::provisioning {

/// Hears what the radio tells, on the event loop's task, where it must not wait.
class RadioListener {
public:
  /// The driver has done or noticed something; see attempt::Event.
  virtual void on_radio_event(const attempt::Event &event) = 0;
  /// A scan has ended, with that many records, which read_list() or read_target() takes. Whoever
  /// reads the driver's records frees them, so they have to be read before this returns, or a
  /// handler that is called later may have been faster.
  virtual void on_records(std::uint16_t count) = 0;
  /// The station has an address. Whether there is a link can't be asked on this task.
  virtual void on_address(const Subnet &lease, const Ip4 &gateway) = 0;
  /// The station has had no address for so long that ESP-NETIF has given it up. There may be a link.
  virtual void on_address_lost() = 0;
  /// A phone has left the access point.
  virtual void on_client_left() = 0;

protected:
  ~RadioListener() = default;
};

/// The Wi-Fi driver as the portal uses it: an access point, and a station beside it for scans and
/// tests. None of the calls waits for the radio; the listener hears what comes of them. The
/// station's configuration is kept in RAM only. All calls from one task.
class WifiRadio {
public:
  /// The name must outlive begin().
  struct AccessPoint {
    std::string_view ssid; ///< base name
    bool append_mac{true};
    Subnet subnet;
    std::uint16_t port{80};  ///< of the page
    const char *country{""}; ///< its code; empty: as it is
  };

  /// Both must outlive the radio.
  WifiRadio(Monitor &monitor, RadioListener &listener) : monitor_(monitor), listener_(listener) {}
  ~WifiRadio() { end(); }
  WifiRadio(const WifiRadio &) = delete;
  WifiRadio &operator=(const WifiRadio &) = delete;

  /// Brings the driver up as far as the application has not done so, without opening the access
  /// point: after it, ssid() and the MAC addresses are known. On an error, end() takes it back.
  esp_err_t begin(const AccessPoint &access_point);

  /// As begin(), for a station without an access point, which is started: from now on the listener is
  /// called. open_beside() adds the access point.
  esp_err_t begin_station(const char *country);

  /// After begin_station(): what begin() and open() do for the access point, in two steps, so that
  /// whoever serves it is there before phones are. The station and its link stay. On an error,
  /// close_beside() takes it back.
  esp_err_t begin_beside(const AccessPoint &access_point);
  esp_err_t open_beside(const Secret &password);
  /// Closes the access point; the station and its link stay. Harmless if there is none.
  void close_beside();

  /// Makes a password for the access point. Random numbers are true ones only while the radio is
  /// on, so unless the application runs it, it is turned on for the moment, as an access point that
  /// hides and that nobody has the password of. Between begin() and open().
  esp_err_t make_password(Secret &password);

  /// Opens the access point; without a password, to everybody. From now on the listener is called.
  esp_err_t open(const Secret &password);

  /// Closes the access point and puts the driver, its network interfaces and the event loop back
  /// to how begin() found them. When it returns, the listener is not called any more. Not on the
  /// event loop's task. Harmless if nothing was begun.
  void end();

  /// The access point's name, suffix included.
  const Ssid &ssid() const { return ssid_; }
  const std::array<std::uint8_t, 6> &ap_mac() const { return ap_mac_; }
  const std::array<std::uint8_t, 6> &station_mac() const { return station_mac_; }
  /// The access point's address.
  Ip4 ip() const;
  /// The bands that its scans visit; known after begin().
  Bands bands() const { return bands_; }
  /// Has the access point leave the 5 GHz band, where the station has taken it, if it can.
  void return_home(const Secret &password);
  /// True if a phone is on the access point.
  bool has_clients() const;
  /// True if the application's Wi-Fi was running when begin() found it.
  bool was_running() const { return was_running_; }

  /// Starts a scan of all channels. `home_dwell`: stay long enough on the access point's channel
  /// between two others that phones on it don't drop off.
  esp_err_t start_scan(bool home_dwell);
  /// Starts a scan for one network, which finds it even if it is hidden, on one channel or, with 0,
  /// on all.
  esp_err_t start_targeted_scan(const Ssid &ssid, std::uint8_t channel);
  esp_err_t stop_scan();
  /// True if the running scan, or the last one, is for one network.
  bool is_targeted();
  /// Reads the records of a scan that has ended, `count` of them. Errors: ESP_ERR_INVALID_STATE (a
  /// handler of the application's has taken them), ESP_ERR_NO_MEM, and the driver's.
  esp_err_t read_list(ScanList &list, std::uint16_t count);
  /// Likewise, looks for the network of the targeted scan, and returns the event ScanDone.
  attempt::Event read_target(std::uint16_t count);

  /// Connects to one access point of a network; with channel 0, to whichever the driver finds. The
  /// only one of its name is left to the driver to find, so that it may follow it. Errors: those of
  /// esp_wifi_set_config() and esp_wifi_connect(); ESP_ERR_WIFI_CONN if the station had a link,
  /// which is being ended: to be tried again soon.
  esp_err_t connect(const Ssid &ssid, const Secret &password, const Candidate &access_point,
                    bool is_only_one);
  /// Disconnects, or gives up connecting.
  esp_err_t disconnect();
  /// Takes name and password out of the driver's memory, and stops what the station is doing if the
  /// driver refuses otherwise. An error: somebody has the station connect again and again.
  esp_err_t clear_station();
  /// Signal of the access point that the station is connected to, dBm.
  std::optional<std::int8_t> link_rssi();
  /// The access point that the station is connected to, and its channel; channel 0: there is no link.
  Candidate link_access_point();

private:
  /// A network interface that is destroyed at the end if it was made here.
  struct Interface {
    esp_netif_t *netif{nullptr};
    bool is_ours{false};
  };

  static void on_event(void *radio, esp_event_base_t base, std::int32_t id, void *data);
  void on_wifi_event(std::int32_t id, const void *data);
  void on_scan_done(const wifi_event_sta_scan_done_t &done);
  static bool is_robbed(std::uint16_t count);
  esp_err_t listen();
  void stop_listening();
  esp_err_t begin_interfaces();
  esp_err_t begin_driver(const char *country, wifi_mode_t mode);
  esp_err_t begin_access_point(const AccessPoint &access_point);
  esp_err_t choose_name(const AccessPoint &access_point);
  esp_err_t set_country(const char *country);
  esp_err_t configure_ap(const Secret &password, bool hidden);
  esp_err_t start_scan(wifi_scan_config_t &config, const Ssid &target);
  static esp_err_t set_station(wifi_config_t &config);
  void put_driver_back();
  static Interface find_or_create(const char *key, esp_netif_t *(*create)());
  static void destroy(Interface &interface);

  Monitor &monitor_;
  RadioListener &listener_;
  Ssid ssid_;
  std::array<std::uint8_t, 6> ap_mac_{};
  std::array<std::uint8_t, 6> station_mac_{};
  ApAddress ap_address_;
  Interface ap_;
  Interface sta_;
  Bands bands_;
  bool loop_is_ours_{false};
  bool driver_is_ours_{false};
  bool driver_was_found_{false};    ///< the application's own, with the configuration kept below
  bool station_was_changed_{false}; ///< its configuration in the driver is not the application's
  bool was_running_{false};
  bool is_started_here_{false};
  bool has_begun_{false};
  /// How the application had configured its own driver.
  wifi_mode_t found_mode_{WIFI_MODE_NULL};
  wifi_mode_t mode_beside_{WIFI_MODE_STA}; ///< while the portal of begin_beside() is closed
  wifi_config_t found_ap_config_{};
  wifi_config_t found_sta_config_{};
  std::optional<wifi_country_t> found_country_; ///< if it was changed
  esp_event_handler_instance_t wifi_handler_{nullptr};
  esp_event_handler_instance_t ip_handler_{nullptr};
  // Shared with the event loop's task, under the lock.
  ScanWatch scan_watch_;
  Ssid target_; ///< of the running scan; empty: it is one for the list
};

} // namespace espp::provisioning
