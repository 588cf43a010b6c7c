#pragma once

#include <cstdint>
#include <optional>

namespace espp::provisioning {

/// Why a connection test did not end in a connection, in the words of the HTTP API.
enum class Reason : std::uint8_t {
  WrongPassword,    ///< the key handshake failed
  NotFound,         ///< no access point answers to the name
  SecurityMismatch, ///< it is there, but not with a security that the given password fits
  WeakSignal,       ///< it answers too faintly or too rarely
  NoIp,             ///< joined, but DHCP gave no address in time
  Timeout,          ///< nothing definite happened in time
  Cancelled,        ///< the owner cancelled
  Unknown,          ///< a driver reason that is none of the above; its code goes along
};

/// The name of a reason in the HTTP API ("wrong_password"). Static storage.
const char *to_string(Reason reason);

/// What a disconnect means while a test runs.
struct Verdict {
  Reason reason{Reason::Unknown};
  /// True if the same code is also seen where a second try succeeds.
  bool worth_retrying{false};
};

/// Below this the access point is too faint for a first join to be dependable, in dBm. Common
/// planning figures put the edge of usable 2.4 GHz data between -75 and -80 dBm.
inline constexpr std::int8_t kFaintRssi = -75;

/// Below this even a handshake of four small frames is a gamble, in dBm: chips lose the link at
/// about -90 at the rates that access points begin with.
inline constexpr std::int8_t kHopelessRssi = -85;

/// Reads the reason code of WIFI_EVENT_STA_DISCONNECTED: IEEE 802.11-2020 table 9-49 up to 67 and
/// ESP-IDF's own from 200 on (`wifi_err_reason_t`). `rssi` is the signal where it is known; it tells
/// an access point that is too far away from one that is there but silent.
Verdict judge_disconnect(std::uint16_t driver_reason, std::optional<std::int8_t> rssi);

} // namespace espp::provisioning
