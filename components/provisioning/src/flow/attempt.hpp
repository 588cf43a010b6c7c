#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "domain/band.hpp"
#include "domain/candidates.hpp"
#include "domain/ip4.hpp"
#include "domain/security.hpp"
#include "domain/ssid.hpp"
#include "domain/time.hpp"
#include "domain/verdict.hpp"
#include "flow/scan_time.hpp"

/// Scans and connection tests, as a pure machine. The radio does one thing at a time, so the two
/// share it.
namespace espp::provisioning::attempt {

/// How long each wait lasts before the machine goes on by itself.
namespace limits {
/// Unless the application says otherwise: for looking, connecting and connecting again.
inline constexpr Millis kConnect = 20'000;
/// Likewise: from the link to an address. Routers that have just started take 10 to 30 s.
inline constexpr Millis kDhcp = 30'000;
/// One try, without the driver's own search: it waits 1 s for each of two answers, and a handshake
/// takes some 3 s; after this long its answer has been lost.
inline constexpr Millis kAnswers = 7'000;
/// A try that was disconnected as by ourselves. Mostly that is the echo of an earlier Disconnect,
/// and the try goes on; else nothing more would come.
inline constexpr Millis kEcho = 4'000;
/// Between two rounds over the access points; doubled three times: a router that is busy, or moves
/// devices to its other band, has had enough after a few seconds.
inline constexpr Millis kFirstPause = 500;
/// At least, so that an event that comes twice is not taken for the next try's.
inline constexpr Millis kShortestPause = 100;
/// An access point that is heard this much fainter than it was listed, in dB, is not the one that
/// was listed: another one of the name, or the router has moved to another channel.
inline constexpr int kMuchFainter = 15;
/// The driver confirms that it has disconnected or ended a scan within some 10 ms; after this long
/// it is not going to.
inline constexpr Millis kSettle = 1'000;
/// Before asking a driver again that has refused: it refuses scans and configurations while its
/// station connects, which an application's own event handler may have begun.
inline constexpr Millis kRefused = 500;
/// How often a driver that refuses is asked before that counts as a failure.
inline constexpr std::uint8_t kRefusals = 8;
/// After so many refusals of a scan the station is told to stop what it is doing: an application's
/// handler has it connect again and again.
inline constexpr std::uint8_t kPatientRefusals = 3;
/// After so many scans in a row that have failed, a test begins without one: a handler of the
/// application's takes their records, and each costs 4 s of the test's time.
inline constexpr std::uint8_t kFailedScans = 2;

/// A scan takes up to twice its time where the radio has phones to serve or shares its aerial; after
/// this long the driver's answer has been lost.
constexpr Millis scan(Bands bands) {
  return 2 * scan_time::of(bands, scan_time::kHomeDwell) + kSettle;
}
/// Likewise of one channel.
inline constexpr Millis kShortLook =
    2 * scan_time::of(scan_time::kOne, scan_time::kHomeDwell) + kSettle;
/// One try: the driver looks for the access point, on its channel first.
constexpr Millis one_try(Bands bands) {
  return scan_time::of(bands, scan_time::kUsualHomeDwell) + kAnswers;
}
/// So long the first scan waits for the end of one of the application's, where its Wi-Fi runs.
constexpr Millis polite(Bands bands) {
  return scan_time::of(bands, scan_time::kUsualHomeDwell) + kRefused;
}
/// So long a scan that collided with one of the application's waits for an end. Whichever of the
/// two goes on takes less.
constexpr Millis collided(Bands bands) {
  return scan_time::of(bands, scan_time::kHomeDwell) + kSettle;
}
/// What a test has beyond the configured time where there are two bands: one search of the second.
constexpr Millis second_band(Bands bands) {
  return bands.ghz2 && bands.ghz5 ? scan_time::of(scan_time::kGhz5, scan_time::kHomeDwell) : 0;
}
} // namespace limits

enum class ConnectState : std::uint8_t { Idle, Connecting, ObtainingIp, Connected, Failed };
enum class ConnectPhase : std::uint8_t { Finding, Authenticating };
enum class SaveResult : std::uint8_t { Saved, Full, Failed };

/// The newest connection test, as it stands. Stays readable until the next one begins.
struct ConnectReport {
  std::uint32_t id{0}; ///< counts up from 1; 0: there has been none
  Ssid ssid;
  ConnectState state{ConnectState::Idle};
  ConnectPhase phase{ConnectPhase::Finding};  ///< of use while Connecting
  Reason reason{Reason::Unknown};             ///< of use once Failed
  std::optional<std::uint16_t> raw_reason;    ///< the driver's code behind the reason
  std::optional<std::int8_t> rssi;            ///< dBm
  std::uint8_t channel{0};                    ///< 0: not known
  Ip4 ip;                                     ///< of use once Connected
  Ip4 gateway;                                ///< of use once Connected
  SaveResult save_result{SaveResult::Failed}; ///< of use once Connected
  Security security{Security::Unknown};       ///< of the access point that is tried
  /// An access point of the network has let the device in. With a password: it is the right one,
  /// except with WEP, which does not check it.
  bool was_linked{false};
  bool same_subnet{false}; ///< the address is one of the portal's own network
  bool was_kept{false};    ///< Connected by the owner's word, without an address
  std::uint8_t tries{0};   ///< to connect
  Millis started_at{0};
  Millis limit{0};    ///< from started_at: then the state that lasts now has ended at the latest
  Millis ended_at{0}; ///< of use once Connected or Failed
};

/// True while a test is under way.
bool is_running(const ConnectReport &report);

/// True if the newest test has shown all but an address, so that the network may be kept all the
/// same.
bool can_keep(const ConnectReport &report);

/// The newest scan. The list itself is kept by the service.
struct ScanReport {
  bool scanning{false};
  bool has_list{false}; ///< a scan has ended well since the start
  bool failed{false};   ///< the newest scan did not
  Millis listed_at{0};  ///< when the list was made
};

enum class EventKind : std::uint8_t {
  // What the owner wants.
  ScanRequested, ///< ok: begin at once; otherwise after a scan of the application's, if one runs
  /// id, ssid, kinds, password; channel (0: nowhere) and rssi as last seen; found: an access point
  /// that is to be tried without looking for it, and the only one
  ConnectRequested,
  CancelRequested,
  NetworkForgotten, ///< ssid
  LeaveRequested,   ///< the link that stays is not wanted any more
  // What the radio tells.
  ScanDone,            ///< ok; after a targeted scan the access points that it found
  StationConnected,    ///< channel
  StationDisconnected, ///< raw_reason; ok: rssi is known
  GotIp,               ///< ip, gateway, same_subnet; ok: there is a link, with rssi
  OtherScanDone,       ///< a scan of the application's has ended
  ScanReplaced,        ///< a scan of the application's has ended the running one
  // What an action came to.
  ActionDone,   ///< action: ClearStation is the only one that is waited for
  ActionFailed, ///< action
  SaveDone,     ///< save_result
  NetworkKept,  ///< save_result: the owner keeps a network that gave no address
  // Nothing happened until next_deadline().
  Tick,
};

enum class ActionKind : std::uint8_t {
  StartScan,         ///< scan all channels; ends in ScanDone
  StartTargetedScan, ///< scan `channel`, or all if 0, for `ssid`, hidden or not; ends in ScanDone
  StopScan,          ///< give the scan up; ends in ScanDone
  Connect,      ///< to `access_point` of `ssid`; ends in StationConnected or StationDisconnected
  Disconnect,   ///< or give up connecting; ends in StationDisconnected
  ClearStation, ///< take name and password of the last Connect out of the driver; ends in
                ///< ActionDone
  Save,         ///< keep the tested name and password; ends in SaveDone
};

/// What the station has to show; the machine need not know it.
enum class Password : std::uint8_t { None, Text, RawKey };

struct Event {
  EventKind kind{EventKind::Tick};
  ActionKind action{ActionKind::StartScan};
  bool ok{false};
  bool same_subnet{false};
  Password password{Password::None};
  Kinds kinds{};
  std::uint16_t raw_reason{0};
  std::int8_t rssi{0};
  std::uint8_t channel{0};
  SaveResult save_result{SaveResult::Failed};
  std::uint32_t id{0};
  Ip4 ip{};
  Ip4 gateway{};
  Ssid ssid{};
  Candidates found{};
};

struct Action {
  ActionKind kind{ActionKind::StartScan};
  std::uint8_t channel{0};  ///< of StartTargetedScan
  Candidate access_point{}; ///< of Connect; channel 0: the driver is to look for one
  bool is_only_one{true};   ///< of Connect: no other access point of the name is known
  /// The test that it belongs to. By the time the action is carried out, another may have begun.
  std::uint32_t test{0};
};

/// What one step asks for, in order.
class Actions {
public:
  /// No step asks for more.
  static constexpr std::size_t kMost = 2;

  void add(const Action &action) {
    if (size_ == items_.size()) {
      std::abort(); // assert() would bring 180 bytes of names
    }
    items_[size_++] = action;
  }
  const Action *begin() const { return items_.data(); }
  const Action *end() const { return items_.data() + size_; }
  bool empty() const { return size_ == 0; }

private:
  std::array<Action, kMost> items_{};
  std::uint8_t size_{0};
};

/// What the radio is doing.
enum class Activity : std::uint8_t {
  Idle,
  Scanning,     ///< for the list
  Settling,     ///< waiting for the driver to confirm that it stopped
  Clearing,     ///< taking what was tested out of the driver
  Refused,      ///< waiting to ask the driver again
  TargetedScan, ///< looking for the network under test
  Connecting,   ///< associating and shaking hands
  Pausing,      ///< every access point was tried; waiting for the next round
  ObtainingIp,  ///< waiting for DHCP
  Saving,       ///< the test has succeeded; the flash is being written
};

/// What follows Settling, Clearing and Refused.
enum class Next : std::uint8_t { Nothing, Scan, TargetedScan, Connect, NextTry };

/// What a running test wants, and what it has seen so far.
struct Trial {
  Kinds kinds;
  Password password{Password::None};
  std::uint8_t seen_on_channel{0}; ///< where to look for the network first
  std::int8_t seen_rssi{0};        ///< how it was heard there
  bool is_hinted{false};           ///< one access point is tried without looking for it
  bool searched_everywhere{false};
  bool was_missed{false};          ///< a search has not seen the name
  bool has_misfits{false};         ///< the name is there with another kind of security
  bool only_missing{true};         ///< every try of this round was not heard
  bool blames_only_password{true}; ///< each failure so far
  std::int8_t weakest_blame{0};    ///< dBm
  std::uint16_t blame_code{0};
  std::uint8_t rounds{0};
  Millis round_began_at{0};
  Millis tried_at{0};      ///< when the running try, or the last one, began
  std::uint8_t current{0}; ///< the candidate that is tried
  Candidates candidates{};
  /// The most telling failure so far.
  std::optional<Reason> told{};
  std::optional<std::uint16_t> told_code{};
};

/// The whole state of the machine; a plain value.
struct State {
  Activity activity{Activity::Idle};
  Next next{Next::Nothing};         ///< of use while Settling, Clearing, Refused
  bool settles_on_scan_done{false}; ///< while Settling: ScanDone ends it, else StationDisconnected
  bool holds_secret{false};         ///< the driver may have a tested name and password
  bool stays{false};                ///< of the configuration: what was joined is not left again
  bool is_linked{false};            ///< with `stays`: the station has a link, and is to keep it
  std::uint8_t refusals{0};         ///< in a row, of what is being asked for
  std::uint8_t failed_scans{0};     ///< in a row, up to limits::kFailedScans
  Millis activity_deadline{0};      ///< of use in every activity but Idle, Saving
  /// What the application has configured.
  Millis connect_timeout{limits::kConnect};
  Millis dhcp_timeout{limits::kDhcp};
  Bands bands;                ///< that scans visit
  Trial trial;                ///< the running test
  Millis connect_deadline{0}; ///< of the running test, while it has no link
  ConnectReport connect;
  ScanReport scan;
};

/// When to send a Tick if nothing else happens; nothing while no wait is open.
std::optional<Millis> next_deadline(const State &state);

struct Step {
  State state;
  Actions actions;
};

/// What happens to the state and what is to be done, for each event, in any order, even those that
/// a sane driver would never send. Pure; the table stands above its definition. From every state a
/// test ends by its time-out at the latest.
Step step(const State &state, const Event &event, Millis now);

} // namespace espp::provisioning::attempt
