#pragma once

#include <cstdint>
#include <optional>

#include "domain/security.hpp"
#include "domain/time.hpp"

namespace espp::provisioning {

/// Why a connection test did not end in a connection, in the words of the HTTP API.
enum class Reason : std::uint8_t {
  WrongPassword,    ///< the key handshake failed, every time, over a link that works
  NotFound,         ///< no access point answers to the name
  SecurityMismatch, ///< it is there, but not with a security that the given password fits
  WeakSignal,       ///< it answers too faintly or too rarely
  NoIp,             ///< joined, but no address was had
  Timeout,          ///< nothing definite happened in time
  Cancelled,        ///< the owner cancelled
  Unknown,          ///< a driver reason that is none of the above; its code goes along
  Refused,          ///< the router does not let this device in
  Full,             ///< the router has no room for another device
};

/// The name of a reason in the HTTP API ("wrong_password"). Static storage.
const char *to_string(Reason reason);

/// A handshake that fails sooner than this after Connect, in ms, has not timed out. The driver looks
/// for the access point first (120 ms), and announces it to phones if its own has to follow (three
/// beacons, 306 ms); then routers wait 100 ms for an answer and a second after each repetition
/// (hostapd's `eapol_key_timeout_first`, `eapol_key_timeout_subseq`).
inline constexpr Millis kShortestHandshake = 500;

/// What is known when the driver tells that a try has failed.
struct Evidence {
  std::uint16_t code{0};                ///< reason of WIFI_EVENT_STA_DISCONNECTED
  Security security{Security::Unknown}; ///< of the access point
  bool has_password{false};             ///< the station has one
  bool has_raw_key{false};              ///< which is a key of 64 digits, of no use to SAE
  bool was_linked{false};               ///< WIFI_EVENT_STA_CONNECTED had come: the key was proven
  std::optional<std::int8_t> rssi{};    ///< dBm
  Millis took{kShortestHandshake};      ///< from Connect
};

/// What a failed try means, taken by itself.
struct Verdict {
  Reason reason{Reason::Unknown};
  /// Another try at the same access point would end the same way.
  bool is_clear{false};
  /// It speaks against the password. Unless it is clear as well, lost frames look the same, so that
  /// `reason` does not blame the password yet; see believes_wrong_password().
  bool blames_password{false};
};

/// Below this the access point is too faint for a first join to be dependable, in dBm. Common
/// planning figures put the edge of usable 2.4 GHz data between -75 and -80 dBm.
inline constexpr std::int8_t kFaintRssi = -75;

/// Below this even a handshake of four small frames is a gamble, in dBm: chips lose the link at
/// about -90 at the rates that access points begin with.
inline constexpr std::int8_t kHopelessRssi = -85;

/// From here on frames get lost so rarely that fewer failures tell as much, in dBm: 10 dB above
/// kFaintRssi.
inline constexpr std::int8_t kStrongRssi = -65;

/// Judges a failed try. docs/verdicts.md has the table, with a source for each line, and the tests
/// read it there.
Verdict judge(const Evidence &evidence);

/// What no address within the time means.
Reason judge_no_address(std::optional<std::int8_t> rssi);

/// So many failures have to blame the password before it is called wrong; two over a strong signal.
inline constexpr unsigned kEnoughFailures = 3;

/// How many of them an access point must have given. Of several access points of one name, one that
/// is not strong has to fail twice, because it may be the right one beside strangers' and have lost
/// the frames of one handshake.
unsigned failures_needed(unsigned access_points, std::int8_t rssi);

/// True if failed tries prove that the password is wrong, given that nothing but failures that blame
/// it was seen in a test, and failures_needed() of them at each of the `access_points`. `total`: at
/// all of them; `weakest`: signal of the weakest, dBm; `is_last`: no more tries are to come.
bool believes_wrong_password(unsigned total, unsigned access_points, std::int8_t weakest,
                             bool is_last);

/// How telling a reason is, of several that the access points of one name have given.
unsigned weight(Reason reason);

} // namespace espp::provisioning
