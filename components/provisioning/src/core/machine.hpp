#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "core/network.hpp"
#include "core/ssid.hpp"
#include "core/verdict.hpp"

namespace espp::provisioning {

/// Milliseconds on a clock that only goes forward. It wraps after 49.7 days, so times are compared
/// by their difference, never by size.
using Millis = std::uint32_t;

/// How long each wait lasts before the machine goes on by itself.
namespace limits {
/// A scan of 13 channels with a home dwell of 120 ms takes about 3.5 s, one with passive channels
/// 4.5 s; after this long the driver's answer has been lost.
inline constexpr Millis kScan = 10'000;
/// A whole connection test, from the request to the verdict.
inline constexpr Millis kTest = 20'000;
/// From joined to an address. A DHCP client sends again after 4 s (RFC 2131, 4.1), so this leaves
/// room for two lost packets.
inline constexpr Millis kDhcp = 10'000;
/// The driver confirms that it has left a network or ended a scan within some 10 ms; after this
/// long it is not going to.
inline constexpr Millis kSettle = 1'000;
} // namespace limits

enum class ConnectState : std::uint8_t { Idle, Connecting, ObtainingIp, Connected, Failed };
enum class ConnectPhase : std::uint8_t { Finding, Authenticating };
enum class SaveResult : std::uint8_t { Saved, Full, Failed };

/// The newest connection test, as it stands. Stays readable until the next one begins.
struct ConnectReport {
  std::uint32_t id{0}; ///< counts up from 1; 0: there has been none
  Ssid ssid;
  ConnectState state{ConnectState::Idle};
  ConnectPhase phase{ConnectPhase::Finding}; ///< of use while Connecting
  Reason reason{Reason::Unknown};            ///< of use once Failed
  std::optional<std::uint16_t> raw_reason;   ///< the driver's code behind the reason
  std::optional<std::int8_t> rssi;           ///< dBm
  std::uint8_t channel{0};                   ///< 0: not known
  std::uint32_t ip{0};                       ///< network byte order, once Connected
  std::uint32_t gateway{0};                  ///< network byte order, once Connected
  SaveResult save_result{SaveResult::Failed}; ///< of use once Connected
  Security security{Security::Unknown};      ///< what the access point was found to use
  Millis started_at{0};
  Millis ended_at{0}; ///< of use once Connected or Failed
};

/// True while a test is under way.
bool is_running(const ConnectReport &report);

/// The newest scan. The list itself is the adapter's.
struct ScanReport {
  bool scanning{false};
  bool has_list{false}; ///< a scan has ended well since the start
  bool failed{false};   ///< the newest scan did not
  Millis listed_at{0};  ///< when the list was made
};

enum class EventKind : std::uint8_t {
  // What the owner wants.
  ScanRequested,
  ConnectRequested, ///< id, ssid, channel where it was last seen (0: nowhere)
  CancelRequested,
  CompleteRequested,
  NetworkForgotten, ///< ssid
  // What the radio tells.
  ScanDone, ///< ok
  StationConnected, ///< channel
  StationDisconnected, ///< raw_reason, rssi
  GotIp, ///< ip, gateway; ok: there is a link, with rssi
  // What an action came to.
  FindResult, ///< ok: found; channel, rssi, security
  SaveDone,   ///< save_result
  ActionFailed, ///< action
  // Nothing happened until next_deadline().
  Tick,
};

enum class ActionKind : std::uint8_t {
  StartScan,    ///< scan all channels; ends in ScanDone
  PublishScan,  ///< take the driver's records as the new list
  StartFind,    ///< scan `channel`, or all if 0, for `ssid`, hidden or not; ends in ScanDone
  ReadFind,     ///< look through the driver's records for `ssid`; ends in FindResult
  StopScan,     ///< give the scan up; ends in ScanDone
  Join,         ///< join `ssid`, starting on `channel` if not 0; ends in StationConnected/-Disconnected
  Leave,        ///< leave or give up joining; ends in StationDisconnected
  ClearStation, ///< take name and password of the last Join out of the driver
  Save,         ///< keep the tested name and password; ends in SaveDone
  ForgetSecret, ///< the tested password is of no more use
  Complete,     ///< tell the application
};

struct Event {
  EventKind kind{EventKind::Tick};
  ActionKind action{ActionKind::StartScan};
  bool ok{false};
  std::uint16_t raw_reason{0};
  std::int8_t rssi{0};
  std::uint8_t channel{0};
  Security security{Security::Unknown};
  SaveResult save_result{SaveResult::Failed};
  std::uint32_t id{0};
  std::uint32_t ip{0};
  std::uint32_t gateway{0};
  Ssid ssid{};
};

struct Action {
  ActionKind kind{ActionKind::StartScan};
  std::uint8_t channel{0};
};

/// What one step asks for, in order.
class Actions {
public:
  void add(ActionKind kind, std::uint8_t channel = 0) {
    if (size_ == items_.size()) {
      std::abort(); // assert() would bring 180 bytes of names
    }
    items_[size_++] = {kind, channel};
  }
  const Action *begin() const { return items_.data(); }
  const Action *end() const { return items_.data() + size_; }
  bool empty() const { return size_ == 0; }

private:
  /// No step asks for more than three.
  std::array<Action, 4> items_{};
  std::uint8_t size_{0};
};

/// What the radio is doing.
enum class Activity : std::uint8_t {
  Idle,
  Scanning,    ///< for the list
  Settling,    ///< waiting for the driver to confirm that it stopped
  Finding,     ///< scanning for the network under test
  Joining,     ///< associating and shaking hands
  ObtainingIp, ///< waiting for DHCP
  Saving,      ///< the test has succeeded; the flash is being written
};

/// What follows Settling.
enum class Next : std::uint8_t { Nothing, Scan, Find };

/// The whole state of the machine; a plain value.
struct State {
  Activity activity{Activity::Idle};
  Next next{Next::Nothing};            ///< of use while Settling
  bool settles_on_scan_done{false};    ///< while Settling: ScanDone ends it, else StationDisconnected
  std::uint8_t seen_on_channel{0};     ///< where to look for the network under test first
  bool tried_finding_again{false};
  bool tried_joining_again{false};
  bool completed{false};
  Millis activity_deadline{0}; ///< of use in every activity but Idle, Saving
  ConnectReport connect;
  ScanReport scan;
};

/// When to send a Tick if nothing else happens; nothing while no wait is open.
std::optional<Millis> next_deadline(const State &state);

struct Step {
  State state;
  Actions actions;
};

/// The heart: what happens to the state and what is to be done, for each event, in any order, even
/// those that a sane driver would never send. Pure; the table stands above its definition. From
/// every state a test ends by its time-out at the latest.
Step step(const State &state, const Event &event, Millis now);

} // namespace espp::provisioning
