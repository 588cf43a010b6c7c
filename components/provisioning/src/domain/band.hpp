#pragma once

#include <cstdint>

#include "domain/verdict.hpp"

namespace espp::provisioning {

/// A frequency band of Wi-Fi.
enum class Band : std::uint8_t { Ghz2, Ghz5 };

/// The bands that a radio uses.
struct Bands {
  bool ghz2{true};
  bool ghz5{false};
};

/// The name of a band in the HTTP API: "2.4", "5". Static storage.
constexpr const char *to_string(Band band) {
  return band == Band::Ghz5 ? "5" : "2.4";
}

/// The band of a channel. IEEE 802.11-2020, annex E: 1 to 14 are at 2.4 GHz, and no channel of the
/// 5 GHz band has one of these numbers.
constexpr Band band_of(std::uint8_t channel) {
  return channel > 14 ? Band::Ghz5 : Band::Ghz2;
}

/// True if an access point of `channel` and `rssi` is tried before another one of the same name.
/// The stronger one is, but 2.4 GHz comes before 5 GHz unless it is faint: the portal's own access
/// point has to follow the station, and phones do not always follow it into the other band.
constexpr bool comes_before(std::uint8_t channel, std::int8_t rssi, std::uint8_t other_channel,
                            std::int8_t other_rssi) {
  const bool stays = band_of(channel) == Band::Ghz2 && rssi >= kFaintRssi;
  const bool other_stays = band_of(other_channel) == Band::Ghz2 && other_rssi >= kFaintRssi;
  return stays != other_stays ? stays : rssi > other_rssi;
}

} // namespace espp::provisioning
