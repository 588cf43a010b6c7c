#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "domain/time.hpp"

/// The life of the portal, from start() to the last callback, as a pure machine.
namespace espp::provisioning::life {

namespace limits {
/// From the answer to `POST /api/complete` to the end of the access point: the page navigates once,
/// which has the phone look again whether it is online, Android's a second after the page has
/// loaded; what is lost of all that, TCP repeats after 1 s at first (RFC 6298).
/// docs/captive-portal.md has the sum.
inline constexpr Millis kClosing = 5'000;
} // namespace limits

enum class Phase : std::uint8_t {
  Closed,
  Opening,    ///< the parts are being brought up
  Open,
  Completing, ///< the owner has finished; the phone is still to see that
  Closing,    ///< the parts are being taken down
  HandingOver ///< everything has been given back; `on_provisioned` is to return
};

/// Why the portal closes.
enum class Cause : std::uint8_t { Stopped, Failed, Completed, TimedOut };

/// What the application wants, of its configuration.
struct Wishes {
  bool shuts_down{true};       ///< close the portal once set-up is complete
  bool has_provisioned{false}; ///< `on_provisioned` is set
  bool has_timeout{false};     ///< `on_timeout` is set
};

/// The application's callbacks.
enum class Callback : std::uint8_t { Provisioned, TimedOut };

enum class EventKind : std::uint8_t {
  StartRequested,
  Opened,        ///< ok: all parts are up
  StopRequested,
  CompleteRequested, ///< a connection has been tested
  Unused,        ///< nobody has used the portal for too long
  PartsClosed,
  CallbackBegins, ///< the callbacks' task takes the next one; see next_callback()
  CallbackEnded,
  Tick,
};

struct Event {
  EventKind kind{EventKind::Tick};
  bool ok{false};
};

enum class ActionKind : std::uint8_t {
  Open,  ///< bring the parts up; ends in Opened
  Close, ///< take down what is up; ends in PartsClosed
  Call,  ///< have the callbacks' task look for its next callback
};

/// What one step asks for, in order.
class Actions {
public:
  /// No step asks for more.
  static constexpr std::size_t kMost = 2;

  void add(ActionKind kind) {
    if (size_ == items_.size()) {
      std::abort();
    }
    items_[size_++] = kind;
  }
  const ActionKind *begin() const { return items_.data(); }
  const ActionKind *end() const { return items_.data() + size_; }
  bool empty() const { return size_ == 0; }

private:
  std::array<ActionKind, kMost> items_{};
  std::uint8_t size_{0};
};

/// A callback that has begun, and the start that it belongs to.
struct Running {
  Callback callback{Callback::Provisioned};
  std::uint32_t run{0};
};

/// The whole state; a plain value.
struct State {
  Phase phase{Phase::Closed};
  Cause cause{Cause::Stopped}; ///< while Closing
  bool stop_asked{false};      ///< while Opening
  bool reopens{false};   ///< while Closing, or Opening with stop_asked: it opens again afterwards
  bool finished{false};  ///< the owner has ended set-up
  bool completed{false}; ///< likewise, and the application has been told
  std::uint32_t run{0};        ///< counts the starts
  Millis deadline{0};          ///< while Completing: the phone has had its time
  /// The starts of which a callback is pending, that is, has not begun; 0: none.
  std::uint32_t provisioned_pending{0};
  std::uint32_t timeout_pending{0};
  std::optional<Running> running;
};

/// True from a start until everything has been given back and, after completion, `on_provisioned` has
/// returned.
bool is_active(const State &state);

/// True while requests are answered.
bool is_open(const State &state);

/// True once the start numbered `run`, and each before it, has given everything back.
bool has_given_back(const State &state, std::uint32_t run);

/// Likewise, and no callback of these starts runs.
bool is_over(const State &state, std::uint32_t run);

/// The callback that CallbackBegins would begin now; nothing: none is pending, or one runs.
std::optional<Callback> next_callback(const State &state);

/// True while the callbacks' task may be needed soon, so that it must exist.
bool needs_callback_task(const State &state, const Wishes &wishes);

/// When to send a Tick if nothing else happens; nothing while no wait is open.
std::optional<Millis> next_deadline(const State &state);

struct Step {
  State state;
  Actions actions;
};

/// What happens to the state and what is to be done, for each event, in any order. Pure; the table
/// stands above its definition. Each start begins each callback at most once, and none after a
/// StopRequested that it had not begun before.
Step step(const State &state, const Event &event, const Wishes &wishes, Millis now);

} // namespace espp::provisioning::life
