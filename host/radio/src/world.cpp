#include "radio/world.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "radio/psk.hpp"

namespace radio {
namespace {

/// Durations seen in the logs of ESP32 stations near an ordinary router; a real one varies.
constexpr std::uint32_t kAuthMs = 10;
constexpr std::uint32_t kAssocMs = 20;
constexpr std::uint32_t kHandshakeMs = 40;
/// SAE computes on elliptic curves, which takes a chip some hundred milliseconds.
constexpr std::uint32_t kSaeMs = 350;
/// The driver waits one second for each answer to authentication and association.
constexpr std::uint32_t kAnswerTimeoutMs = 1000;
/// From association until the station gives the four-way handshake up.
constexpr std::uint32_t kHandshakeTimeoutMs = 2800;

constexpr std::array<std::pair<Security, std::string_view>, 9> kSecurityNames{{
    {Security::Open, "open"},
    {Security::Owe, "owe"},
    {Security::Wep, "wep"},
    {Security::Wpa, "wpa"},
    {Security::WpaWpa2, "wpa_wpa2"},
    {Security::Wpa2, "wpa2"},
    {Security::Wpa2Wpa3, "wpa2_wpa3"},
    {Security::Wpa3, "wpa3"},
    {Security::Enterprise, "enterprise"},
}};

constexpr std::size_t kPskDigits = 64;
constexpr std::size_t kMinPassphrase = 8;

/// SplitMix64's finaliser: spreads neighbouring inputs over the whole range.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::uint64_t dice(const World &world, const Mac &bssid, std::uint64_t roll) {
  std::uint64_t key = world.seed;
  for (const std::uint8_t byte : bssid) {
    key = mix(key ^ byte);
  }
  return mix(key ^ roll);
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

bool is_raw_psk(std::string_view password) {
  return password.size() == kPskDigits && is_hex(password);
}

bool is_wep_key(std::string_view key) {
  return key.size() == 5 || key.size() == 13 ||
         ((key.size() == 10 || key.size() == 26) && is_hex(key));
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

/// The digits of a key, wiped as Station's password is.
struct Digits {
  std::array<char, kPskDigits> text{};
  ~Digits() { explicit_bzero(text.data(), text.size()); }
};

Digits psk_of(std::string_view password, std::string_view ssid) {
  Digits digits;
  if (is_raw_psk(password)) {
    std::copy_n(password.begin(), digits.text.size(), digits.text.begin());
  } else {
    auto hex = to_hex(derive_psk(password, ssid));
    std::copy_n(hex.begin(), digits.text.size(), digits.text.begin());
    explicit_bzero(hex.data(), hex.size());
  }
  return digits;
}

/// True if both sides end up with the same key for WPA or WPA2.
bool same_psk(const AccessPoint &ap, const Station &station) {
  if (is_raw_psk(ap.password) || is_raw_psk(station.password)) {
    const Digits theirs = psk_of(ap.password, ap.ssid);
    const Digits ours = psk_of(station.password, ap.ssid);
    return equal_ignoring_case({theirs.text.data(), theirs.text.size()},
                               {ours.text.data(), ours.text.size()});
  }
  return ap.password == station.password;
}

Threshold strength(Security security) {
  switch (security) {
  case Security::Open:
    return Threshold::Open;
  case Security::Wep:
    return Threshold::Wep;
  case Security::Wpa:
    return Threshold::Wpa;
  case Security::Owe:
    return Threshold::Owe;
  case Security::WpaWpa2:
  case Security::Wpa2:
    return Threshold::Wpa2;
  case Security::Wpa2Wpa3:
  case Security::Wpa3:
  case Security::Enterprise: // compared among its own kind only, so that no personal threshold bars
                             // it
    return Threshold::Wpa3;
  }
  return Threshold::Open;
}

/// A raw key has no passphrase in it, which SAE needs: mixed networks are then joined with WPA2.
bool uses_sae(const AccessPoint &ap, const Station &station) {
  return ap.security == Security::Wpa3 ||
         (ap.security == Security::Wpa2Wpa3 && !is_raw_psk(station.password));
}

bool security_fits(const AccessPoint &ap, const Station &station) {
  switch (ap.security) {
  case Security::Open:
    return station.password.empty();
  case Security::Owe:
    return station.password.empty() && station.owe_enabled;
  case Security::Wep:
    return is_wep_key(station.password);
  case Security::Wpa:
  case Security::WpaWpa2:
  case Security::Wpa2:
  case Security::Wpa2Wpa3:
    return station.password.size() >= kMinPassphrase;
  case Security::Wpa3:
    return !station.password.empty() && !is_raw_psk(station.password);
  case Security::Enterprise:
    return false; // needs credentials that a password alone is not
  }
  return false;
}

enum class WeakOutcome { Fine, AuthLost, AssocLost, HandshakeLost };

WeakOutcome weak_outcome(const World &world, const AccessPoint &ap, int rssi,
                         std::uint32_t attempt) {
  const bool weak = ap.weak_fails.value_or(rssi < kWeakRssi);
  if (!weak) {
    return WeakOutcome::Fine;
  }
  std::array<WeakOutcome, 4> faces{WeakOutcome::AuthLost, WeakOutcome::AssocLost,
                                   WeakOutcome::HandshakeLost, WeakOutcome::Fine};
  if (!ap.weak_fails.has_value()) {
    return faces[dice(world, ap.bssid, attempt) % faces.size()];
  }
  // A link that loses frames loses them at every stage: of three tries in a row each ends at
  // another, in an order of its own.
  constexpr std::size_t kStages = 3;
  const std::uint64_t roll = dice(world, ap.bssid, 0);
  std::swap(faces[0], faces[roll % kStages]);
  std::swap(faces[1], faces[1 + roll / kStages % 2]);
  return faces[attempt % kStages];
}

/// Dice for the frames of one try. `stage` keeps those of its stages apart.
class Frames {
public:
  Frames(const World &world, const AccessPoint &ap, std::uint32_t attempt)
      : world_(world), ap_(ap), attempt_(attempt) {}

  /// A request and its answer both arrive.
  bool pass() { return arrives() && arrives(); }

  /// How long the router takes to have a message answered, repeated as hostapd repeats it (four
  /// times, the first after 100 ms, then each second); nothing if it gives up.
  std::optional<std::uint32_t> exchange() {
    constexpr std::array<std::uint32_t, 4> kWaits{0, 100, 1000, 1000};
    std::uint32_t ms = 0;
    for (const std::uint32_t wait : kWaits) {
      ms += wait;
      if (pass()) {
        return ms;
      }
    }
    return std::nullopt;
  }

  std::uint64_t roll() { return dice(world_, ap_.bssid, (std::uint64_t{attempt_} << 8) + next_++); }

private:
  bool arrives() { return ap_.frame_loss == 0 || roll() % 100 >= ap_.frame_loss; }

  const World &world_;
  const AccessPoint &ap_;
  std::uint32_t attempt_;
  std::uint32_t next_{1};
};

/// The request counts, whether it is refused or not.
bool refuses(const std::optional<Refusal> &refusal, std::uint32_t &requests) {
  return refusal && (requests++ < refusal->times || refusal->times == 0);
}

// What the driver makes of a response's status was read in libnet80211.a for esp32c3, of ESP-IDF
// v5.5: sta_auth_open(), sta_auth_sae(), sta_recv_assoc(), ieee80211_sta_new_state().

std::uint8_t reason_of_authentication(std::uint16_t status) {
  // It takes the two for the reasons of these numbers, and every other one for 202.
  return status == reason::kAuthExpire || status == reason::kAssocTooMany
             ? static_cast<std::uint8_t>(status)
             : reason::kAuthFail;
}

std::uint8_t reason_of_association(std::uint16_t status) {
  return status == status::kFull           ? reason::kAssocTooMany
         : status == status::kInvalidPmkid ? reason::kInvalidPmkid
                                           : reason::kAssocFail;
}

/// Appends what a refused association comes to; true if it is let in after all.
bool asks_again(const AccessPoint &ap, std::vector<Step> &steps, History &history) {
  // 5,000 time units of 1024 us is the longest that the driver waits; then it asks once more, a
  // tenth of a second later than it was told.
  constexpr std::uint32_t kLongestComebackMs = 5120;
  constexpr std::uint32_t kLaterMs = 102;
  const Refusal &refusal = *ap.refuse_association;
  const bool says_when = refusal.status == status::kTryLater && refusal.comeback_ms != 0;
  if (!says_when) {
    steps.push_back({kAssocMs, Phase::Failed, reason_of_association(refusal.status)});
    return false;
  }
  if (refusal.comeback_ms > kLongestComebackMs) {
    steps.push_back({kAssocMs, Phase::Failed, reason::kAssocComeback});
    return false;
  }
  const std::uint32_t ms = kAssocMs + refusal.comeback_ms + kLaterMs + kAssocMs;
  if (refuses(ap.refuse_association, history.associations)) {
    steps.push_back({ms, Phase::Failed, reason::kAssocComeback});
    return false;
  }
  steps.push_back({ms, Phase::Associated, 0});
  return true;
}

void add_link_life(std::vector<Step> &steps, const AccessPoint &ap, bool leases) {
  std::uint32_t passed = 0;
  const bool dropped_first = ap.drop && ap.drop->after_ms < ap.dhcp_delay_ms;
  if (leases && !dropped_first) {
    steps.push_back({ap.dhcp_delay_ms, Phase::Lease, 0});
    passed = ap.dhcp_delay_ms;
  }
  if (ap.drop) {
    const std::uint32_t after = ap.drop->after_ms > passed ? ap.drop->after_ms - passed : 0;
    steps.push_back({after, Phase::Dropped, ap.drop->reason});
  }
}

} // namespace

std::optional<Mac> parse_mac(std::string_view text) {
  if (text.size() != 17) {
    return std::nullopt;
  }
  Mac mac{};
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const std::string_view digits = text.substr(3 * i, 2);
    if (!is_hex(digits) || (i > 0 && text[3 * i - 1] != ':')) {
      return std::nullopt;
    }
    std::from_chars(digits.data(), digits.data() + digits.size(), mac[i], 16);
  }
  return mac;
}

std::string format_mac(const Mac &mac) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : mac) {
    if (!text.empty()) {
      text += ':';
    }
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0FU];
  }
  return text;
}

std::optional<Ip4> parse_ip4(std::string_view text) {
  Ip4 ip{};
  for (std::size_t i = 0; i < ip.size(); ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != '.') {
        return std::nullopt;
      }
      text.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ip[i]);
    if (error != std::errc{}) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return text.empty() ? std::optional<Ip4>(ip) : std::nullopt;
}

std::string format_ip4(const Ip4 &ip) {
  std::string text;
  for (const std::uint8_t part : ip) {
    if (!text.empty()) {
      text += '.';
    }
    text += std::to_string(part);
  }
  return text;
}

std::string_view name_of(Security security) {
  for (const auto &[value, name] : kSecurityNames) {
    if (value == security) {
      return name;
    }
  }
  return "open";
}

std::optional<Security> security_from_name(std::string_view name) {
  for (const auto &[value, known] : kSecurityNames) {
    if (known == name) {
      return value;
    }
  }
  return std::nullopt;
}

bool on_air(const AccessPoint &ap, std::uint64_t now_ms) {
  if (!ap.flapping) {
    return true;
  }
  const std::uint64_t period = std::uint64_t{ap.flapping->on_ms} + ap.flapping->off_ms;
  return period == 0 || now_ms % period < ap.flapping->on_ms;
}

int measured_rssi(const World &world, const AccessPoint &ap, std::uint64_t sample) {
  if (world.rssi_jitter <= 0) {
    return ap.rssi;
  }
  const auto width = static_cast<std::uint64_t>(2 * world.rssi_jitter + 1);
  const auto shift = static_cast<int>(dice(world, ap.bssid, ~sample) % width) - world.rssi_jitter;
  return std::clamp(ap.rssi + shift, -127, 0);
}

bool is_channel(std::int64_t number) {
  return (number >= 1 && number <= 14) ||
         std::find(kChannels5.begin(), kChannels5.end(), number) != kChannels5.end();
}

std::vector<ChannelVisit> channels_to_visit(const ScanRequest &request, const Country &country,
                                            std::uint8_t first) {
  constexpr std::uint8_t kLastActive = 11;
  constexpr std::uint8_t kLast = 14;
  const std::uint8_t country_end = static_cast<std::uint8_t>(country.first + country.count - 1);
  std::vector<ChannelVisit> visits;
  const auto add = [&](std::uint8_t channel) {
    // With the automatic policy the driver listens on 12 to 14, where sending may be forbidden.
    const bool listen_only =
        is_5ghz(channel) ? is_dfs(channel) : !country.manual && channel > kLastActive;
    visits.push_back({channel, request.passive || listen_only});
  };
  const auto is_in = [](auto bitmap, unsigned bit) {
    return bitmap == 0 || ((bitmap & 1U) == 0 && (bitmap >> bit & 1U) != 0);
  };
  if (request.channel != 0) {
    add(request.channel);
    return visits;
  }
  const std::uint8_t begin = country.manual ? country.first : std::uint8_t{1};
  const std::uint8_t end = country.manual ? country_end : kLast;
  std::vector<std::uint8_t> allowed;
  for (std::uint8_t channel = begin; request.has_2ghz && channel <= end; ++channel) {
    if (is_in(request.channel_bitmap, channel)) {
      allowed.push_back(channel);
    }
  }
  const std::uint32_t country_5ghz = country.manual ? country.channels_5ghz : kAllChannels5;
  for (unsigned bit = 1; request.has_5ghz && bit <= kChannels5.size(); ++bit) {
    if ((country_5ghz >> bit & 1U) != 0 && is_in(request.channel_bitmap_5ghz, bit)) {
      allowed.push_back(kChannels5[bit - 1]);
    }
  }
  if (std::find(allowed.begin(), allowed.end(), first) != allowed.end()) {
    add(first);
  }
  for (const std::uint8_t channel : allowed) {
    if (channel != first) {
      add(channel);
    }
  }
  return visits;
}

std::uint32_t dwell_ms(const ScanRequest &request, const ChannelVisit &visit,
                       bool heard_something) {
  constexpr std::uint32_t kDefaultActive = 120;
  constexpr std::uint32_t kDefaultPassive = 360;
  if (visit.passive) {
    return request.passive_ms != 0 ? request.passive_ms : kDefaultPassive;
  }
  if (request.active_max_ms == 0) {
    return kDefaultActive;
  }
  return request.active_min_ms != 0 && !heard_something ? request.active_min_ms
                                                        : request.active_max_ms;
}

std::vector<Sighting> hear(const World &world, const ScanRequest &request,
                           const ChannelVisit &visit, std::uint64_t now_ms, std::uint64_t sample) {
  std::vector<Sighting> heard;
  for (const AccessPoint &ap : world.access_points) {
    if (ap.channel != visit.channel || !on_air(ap, now_ms) ||
        (request.bssid && *request.bssid != ap.bssid)) {
      continue;
    }
    const bool called_by_name = !visit.passive && request.ssid == ap.ssid;
    const bool name_known = !ap.hidden || called_by_name;
    if (request.ssid.empty() ? (ap.hidden && !request.show_hidden)
                             : (request.ssid != ap.ssid || !name_known)) {
      continue;
    }
    heard.push_back({ap, name_known ? ap.ssid : std::string(), measured_rssi(world, ap, sample)});
  }
  return heard;
}

Threshold effective_threshold(const Station &station) {
  if (station.threshold == Threshold::Open && station.password.size() >= kMinPassphrase) {
    return Threshold::Wpa2;
  }
  return station.threshold;
}

std::uint8_t misfit(const AccessPoint &ap, const Station &station, int rssi) {
  if (rssi < station.min_rssi) {
    return reason::kBelowRssiThreshold;
  }
  if (strength(ap.security) < effective_threshold(station)) {
    return reason::kBelowAuthThreshold;
  }
  return security_fits(ap, station) ? std::uint8_t{0} : reason::kNoCompatibleSecurity;
}

std::vector<Sighting> candidates(const std::vector<Sighting> &heard, const Station &station) {
  std::vector<Sighting> fitting;
  std::copy_if(heard.begin(), heard.end(), std::back_inserter(fitting),
               [&](const Sighting &s) { return misfit(s.ap, station, s.rssi) == 0; });
  if (!station.all_channels) {
    // WIFI_FAST_SCAN ends with the first match, and sort_method is "only for WIFI_ALL_CHANNEL_SCAN"
    // (Wi-Fi guide, Station Basic Configuration).
    fitting.resize(std::min<std::size_t>(fitting.size(), 1));
    return fitting;
  }
  const auto rank = [&](const Sighting &s) {
    return s.rssi + (is_5ghz(s.ap.channel) ? station.advantage_5ghz : 0);
  };
  std::stable_sort(fitting.begin(), fitting.end(), [&](const Sighting &a, const Sighting &b) {
    const Threshold sa = strength(a.ap.security);
    const Threshold sb = strength(b.ap.security);
    return station.by_security && sa != sb ? sa > sb : rank(a) > rank(b);
  });
  return fitting;
}

std::uint8_t nothing_fits_reason(const std::vector<Sighting> &heard, const Station &station) {
  std::uint8_t closest = 0;
  for (const Sighting &sighting : heard) {
    const std::uint8_t why = misfit(sighting.ap, station, sighting.rssi);
    if (why != 0 && (closest == 0 || why < closest)) {
      closest = why;
    }
  }
  return closest == 0 ? reason::kNoApFound : closest;
}

std::vector<Step> join(const World &world, const AccessPoint &ap, const Station &station, int rssi,
                       std::uint32_t attempt) {
  History history;
  return join(world, ap, station, rssi, attempt, history);
}

std::vector<Step> join(const World &world, const AccessPoint &ap, const Station &station, int rssi,
                       std::uint32_t attempt, History &history) {
  std::vector<Step> steps;
  const WeakOutcome weak = weak_outcome(world, ap, rssi, attempt);
  Frames frames(world, ap, attempt);
  const std::uint32_t asked_before = history.authentications;
  if (asked_before < ap.ignores) {
    ++history.authentications;
    steps.push_back({kAnswerTimeoutMs, Phase::Failed, reason::kAuthExpire});
    return steps;
  }
  if (weak == WeakOutcome::AuthLost || !frames.pass()) {
    steps.push_back({kAnswerTimeoutMs, Phase::Failed, reason::kAuthExpire});
    return steps;
  }
  const bool sae = uses_sae(ap, station);
  std::uint32_t auth_ms = sae ? kSaeMs : kAuthMs;
  std::uint32_t requests = asked_before - ap.ignores;
  const bool is_refused = refuses(ap.refuse_authentication, requests);
  history.authentications = requests + ap.ignores;
  if (is_refused) {
    const std::uint16_t status = ap.refuse_authentication->status;
    if (!sae || (status != status::kAntiClogging && status != status::kUnsupportedGroup)) {
      steps.push_back(
          {kAuthMs, Phase::Failed, sae ? reason::kAuthFail : reason_of_authentication(status)});
      return steps;
    }
    // Its first message once more, with the token or in another group.
    auth_ms += kSaeMs;
  }
  if (sae && ap.password != station.password) {
    // SAE proves the password during authentication: no association follows a wrong one.
    steps.push_back({auth_ms, Phase::Failed, reason::kAuthFail});
    return steps;
  }
  steps.push_back({auth_ms, Phase::Authenticated, 0});
  if (weak == WeakOutcome::AssocLost || !frames.pass()) {
    steps.push_back({kAnswerTimeoutMs, Phase::Failed, reason::kAssocExpire});
    return steps;
  }
  if (ap.refuse_reason) {
    steps.push_back({kAssocMs, Phase::Failed, *ap.refuse_reason});
    return steps;
  }
  if (!refuses(ap.refuse_association, history.associations)) {
    steps.push_back({kAssocMs, Phase::Associated, 0});
  } else if (!asks_again(ap, steps, history)) {
    return steps;
  }
  if (weak == WeakOutcome::HandshakeLost) {
    steps.push_back({kHandshakeTimeoutMs, Phase::Failed, reason::kHandshakeTimeout});
    return steps;
  }

  const auto give_up_handshake = [&] {
    // The router repeats its first message until its patience ends, and says so with 15, which
    // newer drivers tell as 204.
    const std::uint32_t more =
        ap.handshake_most_ms > ap.handshake_ms ? ap.handshake_most_ms - ap.handshake_ms : 0;
    const auto ms = static_cast<std::uint32_t>(ap.handshake_ms + frames.roll() % (more + 1));
    steps.push_back({ms, Phase::Failed, world.handshake_reason});
  };
  const auto join_with_psk = [&] {
    const std::optional<std::uint32_t> first = frames.exchange();
    const std::optional<std::uint32_t> second = frames.exchange();
    if ((!sae && !same_psk(ap, station)) || !first || !second) {
      give_up_handshake();
      return;
    }
    steps.push_back({kHandshakeMs + *first + *second, Phase::Connected, 0});
    add_link_life(steps, ap, !ap.dhcp_silent);
  };

  switch (ap.security) {
  case Security::Open:
    steps.push_back({0, Phase::Connected, 0});
    add_link_life(steps, ap, !ap.dhcp_silent);
    break;
  case Security::Wep:
    // Open-system WEP never checks the key: with a wrong one the link stands and nothing gets
    // through it, DHCP included.
    steps.push_back({0, Phase::Connected, 0});
    add_link_life(steps, ap, !ap.dhcp_silent && ap.password == station.password);
    break;
  case Security::Owe:
    steps.push_back({kHandshakeMs, Phase::Connected, 0});
    add_link_life(steps, ap, !ap.dhcp_silent);
    break;
  case Security::Wpa:
  case Security::WpaWpa2:
  case Security::Wpa2:
  case Security::Wpa2Wpa3:
  case Security::Wpa3:
    join_with_psk();
    break;
  case Security::Enterprise:
    steps.push_back({kAnswerTimeoutMs, Phase::Failed, reason::kAuthFail});
    break;
  }
  return steps;
}

} // namespace radio
