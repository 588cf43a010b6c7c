#pragma once

#include <cstdint>

#include "domain/band.hpp"
#include "domain/time.hpp"

/// How long the driver's scans take, by the channels that they visit.
namespace espp::provisioning::scan_time {

// The driver's defaults, which the portal's scans use; contract.cpp compares them with ESP-IDF's.
/// On a channel that is called on: WIFI_ACTIVE_SCAN_MAX_DEFAULT_TIME.
inline constexpr Millis kActiveDwell = 120;
/// On a channel that is listened to: WIFI_PASSIVE_SCAN_DEFAULT_TIME.
inline constexpr Millis kPassiveDwell = 360;
/// At home after each channel, in the driver's own searches and by default:
/// WIFI_SCAN_HOME_CHANNEL_DWELL_DEFAULT_TIME.
inline constexpr Millis kUsualHomeDwell = 30;
/// Likewise in the portal's scans; the driver allows 30 to 150 (`wifi_scan_config_t`). Beacons come
/// every 102 ms, so phones get at least one in each pause.
inline constexpr Millis kHomeDwell = 120;

/// How many channels a scan visits.
struct Channels {
  std::uint8_t active{0};
  std::uint8_t passive{0};
};

// At most, which is by the country policy "automatic" (ESP-IDF's guide, "Wi-Fi Country Code").
/// 1 to 11 are called on, 12 to 14 listened to.
inline constexpr Channels kGhz2{.active = 11, .passive = 3};
/// Those that radars use are listened to: 52 to 64 and 100 to 144. The others are 36 to 48 and 149 to
/// 177 (wifi_5g_channel_bit_t).
inline constexpr Channels kGhz5{.active = 12, .passive = 16};
/// One channel, of whatever kind.
inline constexpr Channels kOne{.active = 0, .passive = 1};

constexpr Millis of(Channels channels, Millis home_dwell) {
  return channels.active * (kActiveDwell + home_dwell) +
         channels.passive * (kPassiveDwell + home_dwell);
}

/// A scan of every channel of these bands.
constexpr Millis of(Bands bands, Millis home_dwell) {
  return (bands.ghz2 ? of(kGhz2, home_dwell) : 0) + (bands.ghz5 ? of(kGhz5, home_dwell) : 0);
}

} // namespace espp::provisioning::scan_time
