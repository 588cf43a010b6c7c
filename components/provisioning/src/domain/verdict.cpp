#include "domain/verdict.hpp"

#include <cstddef>
#include <iterator>

namespace espp::provisioning {

const char *to_string(Reason reason) {
  static constexpr const char *kNames[]{
      "wrong_password", "not_found", "security_mismatch", "weak_signal", "no_ip",
      "timeout",        "cancelled", "unknown",           "refused",     "full"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(Reason::Full) + 1);
  return kNames[static_cast<std::size_t>(reason)];
}

namespace {

/// What a code says by itself.
enum class Meaning : std::uint8_t {
  Unlisted,
  Silence,        ///< answers were lost or never given
  Handshake,      ///< the handshake of the keys was not finished in time
  Authentication, ///< the access point, or SAE's check of the password, says no
  Association,    ///< the access point says no, perhaps for now
  Refusal,        ///< the access point says no
  Full,
  Mismatch,
  Missing, ///< the station's own search has not heard it
  Faint,
};

struct Row {
  std::uint8_t code;
  Meaning meaning;
};

// IEEE 802.11-2020 table 9-49 below 200, ESP-IDF's wifi_err_reason_t above. A C array: gcc places a
// `std::array` of these in RAM.
constexpr Row kRows[]{
    {2, Meaning::Silence},     {3, Meaning::Silence},          {4, Meaning::Silence},
    {5, Meaning::Full},        {6, Meaning::Silence},          {7, Meaning::Silence},
    {8, Meaning::Silence},     {9, Meaning::Silence},          {10, Meaning::Refusal},
    {11, Meaning::Refusal},    {12, Meaning::Silence},         {13, Meaning::Mismatch},
    {15, Meaning::Handshake},  {16, Meaning::Silence},         {17, Meaning::Mismatch},
    {18, Meaning::Mismatch},   {19, Meaning::Mismatch},        {20, Meaning::Mismatch},
    {21, Meaning::Mismatch},   {22, Meaning::Mismatch},        {23, Meaning::Mismatch},
    {24, Meaning::Mismatch},   {29, Meaning::Mismatch},        {30, Meaning::Refusal},
    {33, Meaning::Full},       {34, Meaning::Silence},         {39, Meaning::Silence},
    {46, Meaning::Refusal},    {49, Meaning::Silence},         {200, Meaning::Silence},
    {201, Meaning::Missing},   {202, Meaning::Authentication}, {203, Meaning::Association},
    {204, Meaning::Handshake}, {205, Meaning::Silence},        {206, Meaning::Silence},
    {207, Meaning::Silence},   {208, Meaning::Silence},        {209, Meaning::Silence},
    {210, Meaning::Mismatch},  {211, Meaning::Mismatch},       {212, Meaning::Faint},
};

Meaning meaning_of(std::uint16_t code) {
  for (const Row &row : kRows) {
    if (row.code == code) {
      return row.meaning;
    }
  }
  return Meaning::Unlisted;
}

/// Without an answer either the way is too long or the access point does not care.
Reason silence(std::optional<std::int8_t> rssi) {
  return rssi.value_or(0) < kFaintRssi ? Reason::WeakSignal : Reason::Timeout;
}

} // namespace

Verdict judge(const Evidence &evidence) {
  // Where the security is not known, a handshake tells that there is a key.
  const bool has_key =
      evidence.has_password && Kinds(Kind::Personal).contains(kind_of(evidence.security));
  // SAE proves the password before the handshake.
  const bool is_sae =
      evidence.has_password && evidence.security == Security::Wpa3 && !evidence.has_raw_key;
  const Meaning meaning = meaning_of(evidence.code);
  if (evidence.was_linked && meaning != Meaning::Full && meaning != Meaning::Refusal) {
    // Whatever the code says, the key was right, and what is missing is the address.
    return {evidence.rssi.value_or(0) < kFaintRssi ? Reason::WeakSignal : Reason::NoIp};
  }
  switch (meaning) {
  case Meaning::Unlisted:
    break;
  case Meaning::Silence:
    return {silence(evidence.rssi)};
  case Meaning::Handshake:
    return {silence(evidence.rssi), false,
            has_key && !is_sae && evidence.took >= kShortestHandshake};
  case Meaning::Authentication:
    if (is_sae) {
      return {Reason::WrongPassword, true, true};
    }
    if (evidence.has_password && evidence.security == Security::Unknown) {
      break; // with SAE it would be the password, else the device
    }
    return {Reason::Refused, true};
  case Meaning::Association:
    return {Reason::Refused};
  case Meaning::Refusal:
    return {Reason::Refused, true};
  case Meaning::Full:
    return {Reason::Full, true};
  case Meaning::Mismatch:
    return {Reason::SecurityMismatch, true};
  case Meaning::Missing:
    return {Reason::NotFound};
  case Meaning::Faint:
    return {Reason::WeakSignal, true};
  }
  return {};
}

Reason judge_no_address(std::optional<std::int8_t> rssi) {
  return rssi.value_or(0) < kHopelessRssi ? Reason::WeakSignal : Reason::NoIp;
}

unsigned failures_needed(unsigned access_points, std::int8_t rssi) {
  return access_points == 1 || rssi >= kStrongRssi ? 1 : 2;
}

bool believes_wrong_password(unsigned total, unsigned access_points, std::int8_t weakest,
                             bool is_last) {
  // A faint link has to fail until the end. Over a good one, a single router whose handshakes take
  // long has had its time with two; over a strong one two are enough.
  const bool is_good = weakest >= kFaintRssi;
  const bool is_short = weakest >= kStrongRssi || (is_last && is_good && access_points == 1);
  const unsigned enough = is_short ? 2 : kEnoughFailures;
  return total >= enough && (is_good || (is_last && weakest >= kHopelessRssi));
}

unsigned weight(Reason reason) {
  switch (reason) {
  case Reason::NoIp: // the password is right
    return 8;
  case Reason::Refused:
    return 7;
  case Reason::Full:
    return 6;
  case Reason::WrongPassword:
    return 5;
  case Reason::SecurityMismatch:
    return 4;
  case Reason::WeakSignal:
    return 3;
  case Reason::Timeout:
    return 2;
  case Reason::Unknown:
    return 1;
  case Reason::NotFound:
  case Reason::Cancelled:
    break;
  }
  return 0;
}

} // namespace espp::provisioning
