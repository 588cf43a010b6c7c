#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>

#include "domain/profile.hpp"
#include "domain/scan_list.hpp"
#include "domain/time.hpp"

/// Being online and staying so, from start() to stop(), as a pure machine. It decides which saved
/// network is tried when, and when the portal opens beside the station. How one network is joined
/// belongs to flow/attempt, which the portal's tests share; how the portal opens and closes belongs
/// to flow/life.
namespace espp::provisioning::connection {

/// docs/connection.md gives the reasons in full.
namespace limits {
/// After the first round in vain; doubled with each further one. A router that restarts takes 30 to
/// 120 s, so the first pauses only cover what is over in a moment.
inline constexpr Millis kFirstPause = 2'000;
/// No pause is longer, but for its jitter: a router that is back is found within this long and one
/// scan. 60 rounds an hour of some 2 s of listening keep the receiver on for 3 % of the time.
inline constexpr Millis kLongestPause = 60'000;
/// A pause is lengthened by up to an eighth, at random: devices that lost their router at the same
/// moment must not all come back at the same moment.
inline constexpr Millis kJitterShare = 8;
/// A network that has said "wrong password" rests this long, doubled each time. Routers lock out
/// devices that guess, and only the owner can mend it.
inline constexpr Millis kWrongPassword = 600'000;
inline constexpr Millis kWrongPasswordLongest = 3'600'000;
/// While the portal is open, between two looks for the saved networks: each takes the radio off the
/// access point's channel.
inline constexpr Millis kLookAgain = 60'000;
/// A phone may leave the access point for a moment; only after this long without a request has it
/// gone.
inline constexpr Millis kQuiet = 30'000;
/// While the owner's test or scan has the radio, its end is looked for this often.
inline constexpr Millis kYield = 1'000;
/// A link that lasted this long was a good one: after it, the pauses begin anew. One that was
/// shorter counts as a round in vain, so an access point that accepts and drops is not hammered.
inline constexpr Millis kGoodLink = 60'000;
/// Before a portal that failed to open is tried again: memory may be short for a while.
inline constexpr Millis kPortalAgain = 60'000;
} // namespace limits

/// When the portal opens; the names of Provisioning::PortalWhen.
enum class Mode : std::uint8_t { Always, Unprovisioned, Unreachable, Manual };

/// What the application wants, of its configuration.
struct Wishes {
  Mode mode{Mode::Always};
  Millis fallback_after{0};
  bool falls_back_on_loss{false}; ///< also once it has been connected
};

/// A saved network that is to be tried.
struct Choice {
  std::uint8_t key{0};     ///< SavedNetwork::key
  std::uint8_t channel{0}; ///< where it was heard; 0: to be asked for by name
  bool is_hint{false};     ///< it was joined there last; to be tried without looking for it
};

/// The saved networks to try in one round, in order. A plain value.
class Plan {
public:
  /// More networks of one owner than this are not in reach at the same time; a round has to end.
  static constexpr std::size_t kMost = 4;

  void add(const Choice &choice) {
    if (size_ < kMost) {
      items_[size_++] = choice;
    }
  }
  const Choice &operator[](std::size_t index) const { return items_[index]; }
  std::uint8_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

private:
  std::array<Choice, kMost> items_{};
  std::uint8_t size_{0};
};

/// A network that has said "wrong password" rests. Named by the key of its record: a network that is
/// saved anew has another key, and so another chance.
struct Rest {
  std::uint8_t key{0};
  std::uint8_t times{0}; ///< 0: a free place
  Millis until{0};
};

/// A plain value.
class Rests {
public:
  /// Of more networks with wrong passwords, the ones that rest longest are remembered.
  static constexpr std::size_t kMost = 8;

  bool holds(std::uint8_t key, Millis now) const;
  void add(std::uint8_t key, Millis now);
  void remove(std::uint8_t key);
  void clear() { items_ = {}; }
  /// How many rest at that time.
  std::size_t count(Millis now) const;
  /// When the first of them has rested enough.
  std::optional<Millis> first_end(Millis now) const;
  const std::array<Rest, kMost> &items() const { return items_; }
  std::array<Rest, kMost> &items() { return items_; }

private:
  std::array<Rest, kMost> items_{};
};

enum class Phase : std::uint8_t {
  Off,
  Starting, ///< the radio is being brought up
  Idle,     ///< no network is saved
  Choosing, ///< a scan looks which saved networks are in reach
  Trying,   ///< one of them
  Connected,
  Pausing,  ///< between two rounds
  Stopping, ///< the portal and the radio are being taken down
};

/// How a try has ended.
enum class Outcome : std::uint8_t { Connected, Failed, WrongPassword };

/// Why the portal has closed.
enum class Closing : std::uint8_t { Stopped, Failed, Completed, TimedOut };

enum class EventKind : std::uint8_t {
  // The application's calls.
  StartRequested, ///< seed
  StopRequested,
  OpenRequested,
  CloseRequested,
  // What an action came to.
  BroughtUp, ///< ok; saved; hint
  BroughtDown,
  Listed,   ///< plan: what can be tried
  TryEnded, ///< outcome; hint
  // What happened by itself.
  Interrupted,    ///< the owner has taken the radio from the scan or the try
  Linked,         ///< a test of the owner's has connected and stays so; hint
  LinkLost,       ///< is_testing: a test of the owner's has taken it
  AddressChanged, ///< of the link, which stays: the application is to hear of both
  SavedChanged,   ///< saved; ok: a network was forgotten or has another key
  PortalClosed,   ///< closing
  NoticeBegins,   ///< the callbacks' task takes the next one; see next_notice()
  NoticeEnded,
  Tick, ///< is_testing, is_in_use
};

struct Event {
  EventKind kind{EventKind::Tick};
  bool ok{false};
  bool is_testing{false}; ///< a test or scan of the owner's runs
  bool is_in_use{false};  ///< a phone is on the access point, or was a moment ago
  Outcome outcome{Outcome::Failed};
  Closing closing{Closing::Stopped};
  std::uint8_t saved{0}; ///< how many networks are saved
  std::uint32_t seed{0};
  Choice hint{}; ///< where the newest network was joined last; without a channel: not known
  Plan plan{};
};

enum class ActionKind : std::uint8_t {
  BringUp,    ///< the radio, as a station; ends in BroughtUp
  BringDown,  ///< once the portal has closed; ends in BroughtDown
  Scan,       ///< ends in Listed
  Try,        ///< `choice`; ends in TryEnded
  GiveUp,     ///< the scan or the try
  OpenPortal, ///< ends in PortalClosed, some time
  ClosePortal,
};

struct Action {
  ActionKind kind{ActionKind::Scan};
  Choice choice{}; ///< of Try
};

/// What one step asks for, in order.
class Actions {
public:
  /// No step asks for more.
  static constexpr std::size_t kMost = 3;

  void add(ActionKind kind, const Choice &choice = {}) {
    if (size_ == items_.size()) {
      std::abort();
    }
    items_[size_++] = {.kind = kind, .choice = choice};
  }
  const Action *begin() const { return items_.data(); }
  const Action *end() const { return items_.data() + size_; }
  bool empty() const { return size_ == 0; }

private:
  std::array<Action, kMost> items_{};
  std::uint8_t size_{0};
};

/// What the application is told.
enum class Notice : std::uint8_t { Connected, Disconnected };

/// The whole state; a plain value.
struct State {
  Phase phase{Phase::Off};
  bool stop_asked{false};    ///< while Starting
  bool restarts{false};      ///< while Stopping: it starts again afterwards
  bool portal_wanted{false}; ///< the portal is open, or on its way
  /// It was opened by the application or has been of use to the owner, so a network that is found
  /// does not close it.
  bool portal_stays{false};
  /// It has had its time, or was closed; it opens by itself only after the next connection.
  bool portal_spent{false};
  bool was_connected{false}; ///< since the start
  /// While Pausing: the link went while somebody used the portal, as a test of another network makes
  /// it go. It comes back without waiting for the phone to leave.
  bool restores{false};
  std::uint8_t saved{0};
  std::uint8_t failures{0}; ///< rounds in vain, in a row
  std::uint8_t next{0};     ///< of the plan
  Choice trying{};          ///< while Trying
  Choice hint{};            ///< without a channel: none
  Plan plan{};
  Rests rests{};
  std::uint32_t dice{1};
  std::uint32_t run{0};    ///< counts the starts
  Millis pause_until{0};   ///< while Pausing
  Millis offline_since{0}; ///< while not Connected
  Millis connected_at{0};  ///< while Connected
  Millis portal_after{0};  ///< after a failure to open: not before
  bool portal_failed{false};
  std::uint32_t link{0};           ///< counts the connections
  std::uint32_t told_link{0};      ///< the one that the application has been told of; 0: none
  std::optional<Notice> running{}; ///< the application is being told
};

/// True while the radio is the connection's: from the end of Starting until Stopping.
inline bool is_up(const State &state) {
  return state.phase != Phase::Off && state.phase != Phase::Starting &&
         state.phase != Phase::Stopping;
}

/// True once everything has been given back.
inline bool is_off(const State &state) {
  return state.phase == Phase::Off;
}

/// What the application is to be told next; nothing: it knows, or it is being told. Connected and
/// Disconnected take turns, whatever it has missed meanwhile.
std::optional<Notice> next_notice(const State &state);

/// When to send a Tick if nothing else happens.
std::optional<Millis> next_deadline(const State &state, const Wishes &wishes);

/// The saved networks that are to be tried, best first: `saved` newest first, met with `list`. A
/// network that rests, or is not heard, is left out; a hidden one comes last, to be asked for by
/// name. Without a list (null: the scan failed) the newest one is.
Plan choose(std::span<const SavedNetwork> saved, const ScanList *list, const Rests &rests,
            Millis now);

/// The saved network that is tried at this moment, or the one that the next round begins with as far as
/// can be told; null: none is looked for. A pointer into `saved`, which is newest first.
const SavedNetwork *looking_for(const State &state, std::span<const SavedNetwork> saved,
                                Millis now);

struct Step {
  State state;
  Actions actions;
};

/// What happens to the state and what is to be done, for each event, in any order. Pure; the table
/// stands above its definition.
Step step(const State &state, const Event &event, const Wishes &wishes, Millis now);

} // namespace espp::provisioning::connection
