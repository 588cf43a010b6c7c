#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "esp_err.h"
#include "esp_netif.h"
#include "esp_wifi.h"

#include "core/machine.hpp"
#include "core/network.hpp"
#include "core/secret.hpp"
#include "core/ssid.hpp"
#include "core/subnet.hpp"
#include "esp/ap_address.hpp"

namespace espp::provisioning {

/// The Wi-Fi driver as the portal uses it: an access point, and a station beside it for scans and
/// tests. None of the calls waits for the radio; what comes of them arrives as events of
/// WIFI_EVENT and IP_EVENT. The station's configuration is kept in RAM only. Not thread-safe.
class WifiRadio {
public:
  /// The name must outlive begin().
  struct AccessPoint {
    std::string_view ssid; ///< base name
    bool append_mac{true};
    Subnet subnet;
    std::uint16_t port{80}; ///< of the page
  };

  WifiRadio() = default;
  ~WifiRadio() { end(/*on_event_task=*/false); }
  WifiRadio(const WifiRadio &) = delete;
  WifiRadio &operator=(const WifiRadio &) = delete;

  /// Brings the driver up as far as the application has not done so, without opening the access
  /// point: after it, ssid() and mac() are known. On an error, end() takes it back.
  esp_err_t begin(const AccessPoint &access_point);

  /// Makes a password for the access point. Random numbers are true ones only while the radio is
  /// on, so unless the application runs it, it is turned on for the moment, as an access point that
  /// hides and that nobody has the password of. Between begin() and open().
  esp_err_t make_password(Secret &password);

  /// Opens the access point; without a password, to everybody. Handlers for the events must be in
  /// place.
  esp_err_t open(const Secret &password);

  /// Closes the access point and puts the driver, its network interfaces and the event loop back
  /// to how begin() found them. Harmless if nothing was begun. `on_event_task`: the event loop can't
  /// end the task that it runs on, so there it is left in place.
  void end(bool on_event_task);

  /// The access point's name, suffix included.
  const Ssid &ssid() const { return ssid_; }
  const std::array<std::uint8_t, 6> &mac() const { return mac_; }
  /// The access point's address, network byte order.
  std::uint32_t ip() const;
  /// True if a phone is on the access point.
  bool has_clients() const;

  /// Starts a scan of all channels. `home_dwell`: stay long enough on the access point's channel
  /// between two others that phones on it don't drop off.
  esp_err_t start_scan(bool home_dwell);
  /// Starts a scan for one network, which finds it even if it is hidden, on one channel or, with 0,
  /// on all.
  esp_err_t start_find(const Ssid &ssid, std::uint8_t channel);
  esp_err_t stop_scan();
  /// Takes the records of the scan that has just ended; the driver's memory is given back. Errors:
  /// ESP_ERR_NO_MEM and the driver's.
  esp_err_t read_records(ScanList &list);
  /// Likewise, but looks for one network. Nothing if it isn't there.
  std::optional<Network> read_record_of(const Ssid &ssid);

  /// Joins a network. `channel`: where to look first, 0 if not known.
  esp_err_t join(const Ssid &ssid, const Secret &password, Security security, std::uint8_t channel);
  /// Leaves the network, or gives up joining it.
  esp_err_t leave();
  /// Takes name and password of the last join() out of the driver's memory. Not while joining.
  void forget();
  /// Signal of the access point that the station is joined to, dBm.
  std::optional<std::int8_t> link_rssi();

private:
  /// A network interface that is destroyed at the end if it was made here.
  struct Interface {
    esp_netif_t *netif{nullptr};
    bool is_ours{false};
  };
  esp_err_t begin_driver();
  esp_err_t configure_ap(const Secret &password, bool hidden);
  void put_driver_back();
  static Interface find_or_create(const char *key, esp_netif_t *(*create)());
  static void destroy(Interface &interface);

  Ssid ssid_;
  std::array<std::uint8_t, 6> mac_{};
  ApAddress ap_address_; ///< before the interface, whose DHCP server keeps a pointer to it
  Interface ap_;
  Interface sta_;
  bool loop_is_ours_{false};
  bool driver_is_ours_{false};
  bool driver_was_found_{false}; ///< the application's own, with the configuration kept below
  bool has_joined_{false};
  bool started_here_{false};
  bool has_begun_{false};
  /// How the application had configured its own driver.
  wifi_mode_t found_mode_{WIFI_MODE_NULL};
  wifi_config_t found_ap_config_{};
  wifi_config_t found_sta_config_{};
};

} // namespace espp::provisioning
