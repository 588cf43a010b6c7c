#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is on the air around the simulated device, and what would happen to a station that tries to
/// join: plain values and pure functions. Time comes in as an argument and chance comes from a
/// fixed seed, so the same questions in the same order have the same answers, run after run.
namespace radio {

using Mac = std::array<std::uint8_t, 6>;
using Ip4 = std::array<std::uint8_t, 4>;

/// Reads `24:6f:28:aa:85:8f` (either case); nothing for anything else.
std::optional<Mac> parse_mac(std::string_view text);
std::string format_mac(const Mac &mac);
/// Reads a dotted quad; nothing for anything else.
std::optional<Ip4> parse_ip4(std::string_view text);
std::string format_ip4(const Ip4 &ip);

/// How a network protects itself, as its beacon announces it.
enum class Security { Open, Owe, Wep, Wpa, WpaWpa2, Wpa2, Wpa2Wpa3, Wpa3, Enterprise };

/// What stands in a scenario for a `Security`, such as `wpa2_wpa3`.
std::string_view name_of(Security security);
std::optional<Security> security_from_name(std::string_view name);

/// The driver's reason codes that this model hands out: IEEE 802.11-2020, 9.4.1.7 below 200,
/// Espressif's own from 200. Kept apart from esp_wifi's enumeration so that the model needs no
/// driver.
namespace reason {
constexpr std::uint8_t kAuthExpire = 2;
constexpr std::uint8_t kAssocExpire = 4;
constexpr std::uint8_t kAssocTooMany = 5;
constexpr std::uint8_t kAssocLeave = 8;
constexpr std::uint8_t kAuthLeave = 3;
constexpr std::uint8_t kFourWayHandshakeTimeout = 15;
constexpr std::uint8_t kInvalidPmkid = 49;
constexpr std::uint8_t kBeaconTimeout = 200;
constexpr std::uint8_t kNoApFound = 201;
constexpr std::uint8_t kAuthFail = 202;
constexpr std::uint8_t kAssocFail = 203;
constexpr std::uint8_t kHandshakeTimeout = 204;
constexpr std::uint8_t kAssocComeback = 208;
constexpr std::uint8_t kNoCompatibleSecurity = 210;
constexpr std::uint8_t kBelowAuthThreshold = 211;
constexpr std::uint8_t kBelowRssiThreshold = 212;
} // namespace reason

/// The air is gone for `off_ms` after each `on_ms`.
struct Flapping {
  std::uint32_t on_ms{0};
  std::uint32_t off_ms{0};
};

/// Status codes of authentication and association responses: IEEE 802.11-2020, table 9-50.
namespace status {
constexpr std::uint16_t kFull = 17;
constexpr std::uint16_t kTryLater = 30;
constexpr std::uint16_t kInvalidPmkid = 53;
constexpr std::uint16_t kAntiClogging = 76;
constexpr std::uint16_t kUnsupportedGroup = 77;
} // namespace status

/// The access point turns a station away.
struct Refusal {
  std::uint16_t status{0}; ///< of its response
  std::uint32_t times{0};  ///< so many requests, then no more; 0: always
  /// With status 30, of an association: when to ask again. 0: it does not say.
  std::uint32_t comeback_ms{1024};
};

/// What an access point has been asked so far.
struct History {
  std::uint32_t tries{0}; ///< to join it
  std::uint32_t authentications{0};
  std::uint32_t associations{0};
};

/// The access point throws the station out some time after it let it in.
struct Drop {
  std::uint32_t after_ms{0};
  std::uint8_t reason{reason::kAssocLeave};
};

struct AccessPoint {
  std::string ssid; ///< 1 to 32 arbitrary bytes
  Mac bssid{};
  std::uint8_t channel{1}; ///< 1 to 14, or one of the 5 GHz band
  int rssi{-60};           ///< dBm at the device, before jitter
  Security security{Security::Open};
  std::string password; ///< passphrase, 64 hexadecimal digits, or a WEP key
  bool hidden{false};
  bool dhcp_silent{false};          ///< lets stations in, never leases an address
  std::uint32_t dhcp_delay_ms{600}; ///< from association to the lease
  /// Seconds that a lease holds. Then it is renewed, if DHCP is not silent by then. 0: for ever.
  std::uint32_t lease_s{0};
  Ip4 ip{192, 168, 1, 57}; ///< the address it leases to the device
  Ip4 gateway{192, 168, 1, 1};
  Ip4 netmask{255, 255, 255, 0};
  /// From association until the router gives a four-way handshake up that does not fit its key; up
  /// to `handshake_most_ms`, if that is more, by dice.
  std::uint32_t handshake_ms{2800};
  std::uint32_t handshake_most_ms{0};
  std::optional<std::uint8_t> refuse_reason; ///< refuses every association with this reason
  std::optional<Refusal> refuse_association{};
  std::optional<Refusal> refuse_authentication{};
  /// Leaves the first so many tries to authenticate unanswered, as routers do that want a device in
  /// their other band.
  std::uint32_t ignores{0};
  std::uint8_t frame_loss{0}; ///< per cent of the frames, each way, whatever the radio repeats
  std::optional<Flapping> flapping;
  std::optional<bool> weak_fails; ///< always or never fail as weak; unset: by signal and dice
  std::optional<Drop> drop;
};

struct World {
  std::vector<AccessPoint> access_points{};
  std::uint32_t seed{1};
  int rssi_jitter{0}; ///< readings vary by up to this many dB either way
  /// How the driver tells that the router has given a handshake up: 15 as IEEE 802.11 has it, or
  /// 204, which replaces it in newer drivers.
  std::uint8_t handshake_reason{reason::kFourWayHandshakeTimeout};
};

/// Below this the model lets associations fail now and then. A chosen figure: about where a chip's
/// receiver starts to lose frames at the lowest rates.
constexpr int kWeakRssi = -88;

/// True if the access point sends at that time, in milliseconds since the world began.
bool on_air(const AccessPoint &ap, std::uint64_t now_ms);

/// One reading of the signal strength; `sample` numbers the readings.
int measured_rssi(const World &world, const AccessPoint &ap, std::uint64_t sample);

/// The channels of the 5 GHz band, in the order of esp_wifi's wifi_5g_channel_bit_t, which begins
/// with bit 1.
constexpr std::array<std::uint8_t, 28> kChannels5{36,  40,  44,  48,  52,  56,  60,  64,  100, 104,
                                                  108, 112, 116, 120, 124, 128, 132, 136, 140, 144,
                                                  149, 153, 157, 161, 165, 169, 173, 177};
/// All of them in a bit mask.
constexpr std::uint32_t kAllChannels5 = 0x1FFFFFFE;

/// True for the number of a channel in either band.
bool is_channel(std::int64_t number);
constexpr bool is_5ghz(std::uint8_t channel) {
  return channel > 14;
}
/// True for the channels that radars use: nobody may send there before it has heard an access point
/// (ESP-IDF's guide, "Dynamic Frequency Selection").
constexpr bool is_dfs(std::uint8_t channel) {
  return channel >= 52 && channel <= 144;
}

/// Which channels a station may use.
struct Country {
  std::uint8_t first{1};
  std::uint8_t count{11};
  bool manual{false}; ///< esp_wifi's policy: automatic listens on 12 to 14 too, without sending
  std::uint32_t channels_5ghz{kAllChannels5}; ///< by the manual policy; bits as above
};

struct ScanRequest {
  std::string ssid{}; ///< empty: any
  std::optional<Mac> bssid{};
  std::uint8_t channel{0};         ///< 0: all that the country allows
  std::uint16_t channel_bitmap{0}; ///< bit n: channel n; used while `channel` is 0 and this is not
  /// Likewise, bits as in kChannels5. Bit 0 of either leaves its band out.
  std::uint32_t channel_bitmap_5ghz{0};
  bool has_2ghz{true}; ///< the bands that the radio uses
  bool has_5ghz{false};
  bool show_hidden{false};
  bool passive{false};
  std::uint32_t active_min_ms{0};
  std::uint32_t active_max_ms{120}; ///< esp_wifi's default
  std::uint32_t passive_ms{360};    ///< esp_wifi's default
};

struct ChannelVisit {
  std::uint8_t channel{0};
  bool passive{false}; ///< listens only: hidden networks stay unheard
};

/// The channels of a scan in the order in which the driver visits them. `first`, if not 0, comes
/// before all others: esp_wifi starts there when it looks for a network on a known channel.
std::vector<ChannelVisit> channels_to_visit(const ScanRequest &request, const Country &country,
                                            std::uint8_t first = 0);

/// How long the receiver stays on the channel.
std::uint32_t dwell_ms(const ScanRequest &request, const ChannelVisit &visit, bool heard_something);

/// One access point as a scan saw it.
struct Sighting {
  AccessPoint ap;
  std::string ssid; ///< as heard: empty for a hidden one that nobody called by name
  int rssi{0};
};

/// What the receiver picks up on one channel. `sample` as for `measured_rssi`.
std::vector<Sighting> hear(const World &world, const ScanRequest &request,
                           const ChannelVisit &visit, std::uint64_t now_ms, std::uint64_t sample);

/// The weakest protection a station accepts, in the order that esp_wifi compares by.
enum class Threshold { Open, Wep, Wpa, Owe, Wpa2, Wpa3 };

struct Station {
  std::string ssid;
  std::string password; ///< wiped, so that a search of the memory finds what the firmware left
  ~Station() { explicit_bzero(password.data(), password.size()); }
  std::optional<Mac> bssid{};
  std::uint8_t channel{0}; ///< where to look first; 0: no preference
  bool all_channels{false};
  bool by_security{false}; ///< best security instead of best signal first
  int min_rssi{-127};
  Threshold threshold{Threshold::Open};
  bool owe_enabled{false};
  int advantage_5ghz{10}; ///< dB that a 5 GHz access point is given where the strongest is chosen
  std::uint8_t extra_tries{
      0}; ///< attempts at one access point before the next, in an all-channel scan
};

/// 0 if the station may try this access point, else the reason that esp_wifi has for passing it by:
/// 210, 211 or 212. Where several apply it is the largest, as ESP-IDF's Wi-Fi guide says.
std::uint8_t misfit(const AccessPoint &ap, const Station &station, int rssi);

/// True if a password of 8 or more characters meets a threshold of `Open`: esp_wifi then takes
/// WPA2.
Threshold effective_threshold(const Station &station);

/// The candidates that fit, in the order in which the station tries them.
std::vector<Sighting> candidates(const std::vector<Sighting> &heard, const Station &station);

/// The reason why nothing of what was heard fits: the smallest of the single ones, or 201.
std::uint8_t nothing_fits_reason(const std::vector<Sighting> &heard, const Station &station);

enum class Phase {
  Authenticated,
  Associated,
  Connected, ///< keys are in place
  Lease,     ///< DHCP answered
  Failed,    ///< the attempt is over, with `reason`
  Dropped,   ///< the link is over, with `reason`
};

struct Step {
  std::uint32_t after_ms{0}; ///< since the step before
  Phase phase{Phase::Failed};
  std::uint8_t reason{0}; ///< of Failed and Dropped
};

/// Everything that happens to a station that tries to join, in order. `attempt` numbers the
/// attempts in the world and feeds the dice of weak links.
std::vector<Step> join(const World &world, const AccessPoint &ap, const Station &station, int rssi,
                       std::uint32_t attempt, History &history);
/// As above, for an access point that has not been asked for anything yet.
std::vector<Step> join(const World &world, const AccessPoint &ap, const Station &station, int rssi,
                       std::uint32_t attempt);

} // namespace radio
