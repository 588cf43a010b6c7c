#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "radio/hooks.hpp"
#include "radio/scenario.hpp"

/// The simulated radio behind `esp_wifi.h`, seen from the side that an application does not have:
/// the world around it, what it is doing, and lies on demand. The `esp_wifi_*` calls themselves are
/// declared in `esp_wifi.h` as on a chip.
///
/// Every function may be called from any FreeRTOS task, whether the driver is initialised or not.
namespace radio {

/// Binds the radio to the machine. Before `esp_wifi_init()`.
void set_hooks(const Hooks &hooks);

/// Replaces the world. A station that is connected notices as it would on the air: its access point
/// falls silent. New MAC addresses count from the next `esp_wifi_init()`.
void set_scenario(const Scenario &scenario);

/// Runs `change` on a copy of the scenario and takes the copy over if it succeeds and the world is
/// still consistent; else nothing changes and the error comes back.
std::expected<void, std::string>
change_scenario(const std::function<std::expected<void, std::string>(Scenario &)> &change);

Scenario current_scenario();

/// Cuts the soft-AP's clients off as a channel change does in a scenario with `hop`.
void cut_clients(std::uint32_t ms);

/// The access point throws the station out with that reason. False: there is no link.
bool kick_station(std::uint8_t reason);

/// An event that is posted although nothing happened.
struct Injection {
  enum class Event {
    ScanDone, ///< with `status`
    StaStart,
    StaStop,
    StaConnected,    ///< with the network that is being joined, or none
    StaDisconnected, ///< with `reason`
    GotIp,           ///< with the last address
    LostIp,
    BeaconTimeout,
    ApStart,
    ApStop,
  };
  Event event{Event::StaDisconnected};
  std::uint8_t reason{1};
  std::uint32_t status{0};
  std::uint32_t times{1};
  std::uint32_t delay_ms{0};
};

/// The wire name of an event, such as `sta_disconnected`.
std::optional<Injection::Event> event_from_name(std::string_view name);

/// Posts the event later, from the radio's task. False: the driver is not initialised.
bool inject(const Injection &injection);

/// What `esp_wifi_set_config(WIFI_IF_AP, ...)` made of the soft-AP. The password stays inside.
struct SoftApState {
  bool up{false};
  std::string ssid;
  std::string authmode;
  /// What its beacons offer: none, tkip, ccmp, tkip_ccmp, gcmp, gcmp256. iPhones call a network
  /// that offers TKIP "Weak Security".
  std::string pairwise_cipher;
  std::string group_cipher;
  std::uint8_t channel{0};
  std::uint8_t max_connection{0};
  std::size_t password_length{0};
  bool hidden{false};
  bool phone_joined{false};
};

struct DriverState {
  bool initialised{false};
  bool started{false};
  std::string mode;    ///< null, sta, ap, apsta
  std::string storage; ///< flash, ram
  std::string station; ///< idle, finding, joining, connected
  std::string station_ssid;
  bool has_address{false};
  bool scanning{false};
  std::uint8_t channel{0}; ///< the home channel
  SoftApState soft_ap;
  std::uint32_t scans{0};    ///< accepted `esp_wifi_scan_start` calls
  std::uint32_t connects{0}; ///< accepted `esp_wifi_connect` calls
  std::uint32_t hops{0};     ///< changes of the home channel while the soft-AP was up
  std::uint32_t events{0};   ///< events posted
};

DriverState driver_state();

} // namespace radio
