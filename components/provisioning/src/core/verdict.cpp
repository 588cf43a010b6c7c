#include "core/verdict.hpp"

#include <cstddef>
#include <iterator>

namespace espp::provisioning {

const char *to_string(Reason reason) {
  static constexpr const char *kNames[]{"wrong_password", "not_found", "security_mismatch",
                                        "weak_signal",    "no_ip",     "timeout",
                                        "cancelled",      "unknown"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(Reason::Unknown) + 1);
  return kNames[static_cast<std::size_t>(reason)];
}

Verdict judge_disconnect(std::uint16_t driver_reason, std::optional<std::int8_t> rssi) {
  switch (driver_reason) {
  case 15:  // 4-way handshake timeout: a wrong password, or lost frames
  case 204: // handshake timeout
    return {rssi.value_or(0) < kHopelessRssi ? Reason::WeakSignal : Reason::WrongPassword,
            driver_reason == 15};
  case 14:  // MIC failure
  case 202: // authentication failed
    return {Reason::WrongPassword, false};
  case 201: // no access point found: probe answers do get lost
    return {Reason::NotFound, true};
  case 13:  // invalid information element
  case 18:  // group cipher
  case 19:  // pairwise cipher
  case 20:  // key management
  case 21:  // RSN version
  case 22:  // RSN capabilities
  case 24:  // cipher rejected by policy
  case 29:  // cipher or key management
  case 210: // found, but no compatible security
  case 211: // found, but below the accepted security
    return {Reason::SecurityMismatch, false};
  case 212: // found, but below the accepted signal
    return {Reason::WeakSignal, false};
  case 2:   // authentication expired
  case 4:   // association expired
  case 34:  // missing acknowledgements
  case 39:  // timeout
  case 200: // beacons lost
  case 205: // connection failed
    // Without an answer either the way is too long or the access point does not care.
    return {rssi.value_or(-128) < kFaintRssi ? Reason::WeakSignal : Reason::Timeout, true};
  default:
    return {Reason::Unknown, true};
  }
}

} // namespace espp::provisioning
