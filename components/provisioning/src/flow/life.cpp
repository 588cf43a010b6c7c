#include "flow/life.hpp"

namespace espp::provisioning::life {

// phase        event                         -> phase        actions
// -----------  ----------------------------     -----------  ------------------------------------
// Closed       StartRequested                   Opening      Open; a new run
// Opening      StopRequested                    same         remembered
// Opening      StartRequested, stop remembered  same         remembered: opens again after that stop
// Opening      Opened                           Open
// Opening      Opened, stop remembered          Closing      Close
// Opening      Opened, failed                   Closing      Close
// Open         CompleteRequested, the first     Completing   Call, if the portal stays open
// Open         Unused                           Closing      Close
// Open,        StopRequested                    Closing      Close; pending callbacks are dropped
//  Completing
// Completing   time is up, the portal closes    Closing      Close
// Completing   time is up, callback has ended   Open         completed
// Closing      StopRequested                    same         does not open again; pending callbacks
//                                                            are dropped
// Closing      StartRequested                   same         remembered: opens again
// Closing      PartsClosed, completed           HandingOver  Call
// Closing      PartsClosed, completed, nobody   Closed       completed
//               to call
// Closing      PartsClosed, timed out           Closed       Call
// Closing      PartsClosed, otherwise           Closed
// HandingOver  CallbackEnded                    Closed       completed
// HandingOver  StopRequested                    Closed       the callback goes on if it has begun
// HandingOver  StartRequested                   Opening      Open; a new run, beside the callback
// any          CallbackBegins, one is pending   same         it runs
// any          CallbackEnded, another pending   same         Call
//
// After PartsClosed, and where a start is remembered, a new run begins at once: Opening, Open.
// Whatever is not listed changes nothing.

namespace {

/// One step under way: the new state and what it asks for.
class Stepping {
public:
  Stepping(const State &state, const Wishes &wishes, Millis now)
      : s_(state), wishes_(wishes), now_(now) {}

  Step run(const Event &event) {
    switch (event.kind) {
    case EventKind::StartRequested:
      start_requested();
      break;
    case EventKind::Opened:
      opened(event.ok);
      break;
    case EventKind::StopRequested:
      stop_requested();
      break;
    case EventKind::CompleteRequested:
      complete_requested();
      break;
    case EventKind::Unused:
      if (s_.phase == Phase::Open) {
        close(Cause::TimedOut);
      }
      break;
    case EventKind::PartsClosed:
      parts_closed();
      break;
    case EventKind::CallbackBegins:
      callback_begins();
      break;
    case EventKind::CallbackEnded:
      callback_ended();
      break;
    case EventKind::Tick:
      time_is_up();
      break;
    }
    return {s_, actions_};
  }

private:
  void open() {
    ++s_.run;
    s_.phase = Phase::Opening;
    s_.stop_asked = false;
    s_.reopens = false;
    s_.completed = false;
    s_.finished = false;
    actions_.add(ActionKind::Open);
  }

  void close(Cause cause) {
    s_.phase = Phase::Closing;
    s_.cause = cause;
    actions_.add(ActionKind::Close);
  }

  void drop_callbacks() {
    s_.provisioned_pending = 0;
    s_.timeout_pending = 0;
  }

  void call() {
    if (!s_.running) {
      actions_.add(ActionKind::Call);
    }
  }

  void start_requested() {
    switch (s_.phase) {
    case Phase::Closed:
    case Phase::HandingOver:
      open();
      break;
    case Phase::Opening:
      s_.reopens = s_.stop_asked;
      break;
    case Phase::Closing:
      s_.reopens = true;
      break;
    case Phase::Open:
    case Phase::Completing:
      break; // it is open
    }
  }

  void opened(bool ok) {
    if (s_.phase != Phase::Opening) {
      return;
    }
    if (s_.stop_asked || !ok) {
      close(s_.stop_asked ? Cause::Stopped : Cause::Failed);
    } else {
      s_.phase = Phase::Open;
    }
    s_.stop_asked = false;
  }

  void stop_requested() {
    drop_callbacks();
    switch (s_.phase) {
    case Phase::Opening:
      s_.stop_asked = true;
      s_.reopens = false;
      break;
    case Phase::Open:
    case Phase::Completing:
      close(Cause::Stopped);
      break;
    case Phase::Closing:
      s_.reopens = false;
      s_.cause = Cause::Stopped;
      break;
    case Phase::HandingOver:
      s_.phase = Phase::Closed;
      break;
    case Phase::Closed:
      break;
    }
  }

  void complete_requested() {
    if (s_.phase != Phase::Open || s_.finished) {
      return;
    }
    s_.finished = true;
    s_.phase = Phase::Completing;
    s_.deadline = now_ + limits::kClosing;
    if (!wishes_.shuts_down && wishes_.has_provisioned) {
      s_.provisioned_pending = s_.run;
      call();
    }
  }

  void time_is_up() {
    if (s_.phase != Phase::Completing || !is_due(s_.deadline, now_)) {
      return;
    }
    if (wishes_.shuts_down) {
      close(Cause::Completed);
    } else if (s_.provisioned_pending == 0 && !is_own_callback_running()) {
      s_.phase = Phase::Open;
      s_.completed = true;
    }
  }

  void parts_closed() {
    if (s_.phase != Phase::Closing) {
      return;
    }
    s_.phase = Phase::Closed;
    switch (s_.cause) {
    case Cause::Stopped:
    case Cause::Failed:
      break;
    case Cause::Completed:
      if (wishes_.has_provisioned) {
        s_.phase = Phase::HandingOver;
        s_.provisioned_pending = s_.run;
        call();
      } else {
        s_.completed = true;
      }
      break;
    case Cause::TimedOut:
      if (wishes_.has_timeout) {
        s_.timeout_pending = s_.run;
        call();
      }
      break;
    }
    if (s_.reopens) {
      open();
    }
  }

  bool is_own_callback_running() const { return s_.running && s_.running->run == s_.run; }

  void callback_begins() {
    const auto callback = next_callback(s_);
    if (!callback) {
      return;
    }
    std::uint32_t &pending =
        *callback == Callback::Provisioned ? s_.provisioned_pending : s_.timeout_pending;
    s_.running = Running{.callback = *callback, .run = pending};
    pending = 0;
  }

  void callback_ended() {
    if (!s_.running) {
      return;
    }
    const Running ended = *s_.running;
    s_.running.reset();
    if (ended.run == s_.run && s_.phase == Phase::HandingOver) {
      s_.phase = Phase::Closed;
    }
    if (ended.run == s_.run && ended.callback == Callback::Provisioned &&
        s_.phase == Phase::Closed) {
      s_.completed = true;
    }
    if (next_callback(s_)) {
      actions_.add(ActionKind::Call);
    }
    time_is_up(); // it may have been waiting for this
  }

  State s_;
  const Wishes &wishes_;
  Millis now_;
  Actions actions_;
};

} // namespace

bool is_active(const State &state) {
  return state.phase != Phase::Closed && state.phase != Phase::Opening;
}

bool is_open(const State &state) {
  return state.phase == Phase::Open || state.phase == Phase::Completing;
}

bool has_given_back(const State &state, std::uint32_t run) {
  return state.run != run || state.phase == Phase::Closed || state.phase == Phase::HandingOver;
}

bool is_over(const State &state, std::uint32_t run) {
  const bool runs_one = state.running && static_cast<std::int32_t>(state.running->run - run) <= 0;
  return !runs_one && has_given_back(state, run);
}

std::optional<Callback> next_callback(const State &state) {
  if (state.running) {
    return std::nullopt;
  }
  if (state.provisioned_pending != 0) {
    return Callback::Provisioned;
  }
  return state.timeout_pending != 0 ? std::optional(Callback::TimedOut) : std::nullopt;
}

bool needs_callback_task(const State &state, const Wishes &wishes) {
  const bool is_called = state.running || next_callback(state);
  const bool completes = state.phase == Phase::Completing ||
                         (state.phase == Phase::Closing && state.cause == Cause::Completed);
  const bool times_out = state.phase == Phase::Closing && state.cause == Cause::TimedOut;
  return is_called || (completes && wishes.has_provisioned) || (times_out && wishes.has_timeout);
}

std::optional<Millis> next_deadline(const State &state) {
  return state.phase == Phase::Completing ? std::optional(state.deadline) : std::nullopt;
}

Step step(const State &state, const Event &event, const Wishes &wishes, Millis now) {
  return Stepping(state, wishes, now).run(event);
}

} // namespace espp::provisioning::life
