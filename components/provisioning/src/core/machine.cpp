#include "core/machine.hpp"

namespace espp::provisioning {

// activity     event                         -> activity      actions
// -----------  ----------------------------     ------------  ----------------------------------
// any          CompleteRequested, connected     same          Complete
// any          NetworkForgotten, it was tested  same          ForgetSecret; the report is Idle again
// Idle         ScanRequested                    Scanning      StartScan
// Idle         ConnectRequested                 Finding       StartFind
// Scanning     ScanDone                         Idle          PublishScan, or none: the scan failed
// Scanning     ConnectRequested                 Settling>Find StopScan
// Scanning     deadline                         Settling      StopScan; the scan failed
// Settling     the confirmation, or deadline    next          ClearStation after a Leave;
//                                                              none | StartScan | StartFind
// Settling     ConnectRequested                 Settling>Find
// Settling     ScanRequested, nothing next      Settling>Scan
// Finding      ScanDone                         Finding       ReadFind (a failed scan: as if found)
// Finding      FindResult, found                Joining       Join
// Finding      FindResult, first miss           Finding       StartFind
// Finding      FindResult, second miss          Idle          ForgetSecret; not_found
// Joining      StationConnected                 ObtainingIp
// Joining,     StationDisconnected, doubtful    Joining       Join, once
// ObtainingIp  StationDisconnected, otherwise   Idle          ClearStation, ForgetSecret;
//                                                              judge_disconnect()
// Joining      ActionFailed: Join, first        Settling>Find Leave
// Joining      ActionFailed: Join, second       Idle          ClearStation, ForgetSecret; unknown
// Joining      GotIp, with a link               Saving        Save
// ObtainingIp  GotIp                            Saving        Save
// ObtainingIp  DHCP deadline                    Settling      Leave, ForgetSecret; no_ip
// Saving       SaveDone                         Settling      Leave; connected
// a test       CancelRequested                  Settling      StopScan | Leave, ForgetSecret; cancelled
// a test       test deadline                    Settling      StopScan | Leave, ForgetSecret; timeout
//
// Whatever is not listed changes nothing.

namespace {

/// IEEE 802.11-2020 table 9-49: the station left by itself. It follows each Leave, and may come late.
constexpr std::uint16_t kReasonLeaving = 8;

bool is_due(Millis deadline, Millis now) {
  return static_cast<std::int32_t>(now - deadline) >= 0;
}

Millis sooner(Millis a, Millis b) { return static_cast<std::int32_t>(a - b) < 0 ? a : b; }

/// One step under way: the new state and what it asks for.
class Stepping {
public:
  Stepping(const State &state, Millis now) : s_(state), now_(now) {}

  Step run(const Event &event) {
    switch (event.kind) {
    case EventKind::ScanRequested:
      scan_requested();
      break;
    case EventKind::ConnectRequested:
      connect_requested(event);
      break;
    case EventKind::CancelRequested:
      if (is_running(s_.connect)) {
        give_up(Reason::Cancelled);
      }
      break;
    case EventKind::CompleteRequested:
      if (s_.connect.state == ConnectState::Connected) {
        s_.completed = true;
        actions_.add(ActionKind::Complete);
      }
      break;
    case EventKind::NetworkForgotten:
      if (s_.connect.state == ConnectState::Connected && s_.connect.ssid == event.ssid) {
        const std::uint32_t id = s_.connect.id;
        s_.connect = {};
        s_.connect.id = id;
        actions_.add(ActionKind::ForgetSecret);
      }
      break;
    case EventKind::ScanDone:
      scan_done(event.ok);
      break;
    case EventKind::StationConnected:
      if (s_.activity == Activity::Joining) {
        s_.connect.channel = event.channel;
        s_.connect.state = ConnectState::ObtainingIp;
        enter(Activity::ObtainingIp, limits::kDhcp);
      }
      break;
    case EventKind::StationDisconnected:
      disconnected(event);
      break;
    case EventKind::GotIp:
      // While joining it may be the echo of an earlier link; one that is up has a signal.
      if ((s_.activity == Activity::Joining && event.ok) || s_.activity == Activity::ObtainingIp) {
        s_.connect.ip = event.ip;
        s_.connect.gateway = event.gateway;
        if (event.ok) {
          s_.connect.rssi = event.rssi;
        }
        s_.connect.state = ConnectState::ObtainingIp;
        s_.activity = Activity::Saving;
        actions_.add(ActionKind::Save);
      }
      break;
    case EventKind::FindResult:
      find_result(event);
      break;
    case EventKind::SaveDone:
      if (s_.activity == Activity::Saving) {
        s_.connect.save_result = event.save_result;
        s_.connect.state = ConnectState::Connected;
        s_.connect.ended_at = now_;
        leave(Next::Nothing);
      }
      break;
    case EventKind::ActionFailed:
      action_failed(event);
      break;
    case EventKind::Tick:
      tick();
      break;
    }
    return {s_, actions_};
  }

private:
  void enter(Activity activity, Millis limit) {
    s_.activity = activity;
    s_.activity_deadline = now_ + limit;
  }

  void settle(bool on_scan_done, Next next) {
    s_.settles_on_scan_done = on_scan_done;
    s_.next = next;
    enter(Activity::Settling, limits::kSettle);
  }

  void stop_scan(Next next) {
    actions_.add(ActionKind::StopScan);
    settle(true, next);
  }

  void leave(Next next) {
    actions_.add(ActionKind::Leave);
    settle(false, next);
  }

  void start_scan() {
    s_.scan.scanning = true;
    actions_.add(ActionKind::StartScan);
    enter(Activity::Scanning, limits::kScan);
  }

  void start_find() {
    s_.connect.phase = ConnectPhase::Finding;
    // One channel takes a tenth of a second and disturbs no phone; all of them are for a miss.
    actions_.add(ActionKind::StartFind, s_.tried_finding_again ? 0 : s_.seen_on_channel);
    enter(Activity::Finding, limits::kScan);
  }

  void join() {
    s_.connect.phase = ConnectPhase::Authenticating;
    s_.connect.state = ConnectState::Connecting;
    actions_.add(ActionKind::Join, s_.connect.channel);
    // Nothing but the test's own deadline bounds joining.
    enter(Activity::Joining, limits::kTest);
  }

  void fail(Reason reason) {
    s_.connect.state = ConnectState::Failed;
    s_.connect.reason = reason;
    s_.connect.ended_at = now_;
    actions_.add(ActionKind::ForgetSecret);
  }

  /// Ends the test with `reason` and brings the radio to rest, whatever it is doing.
  void give_up(Reason reason) {
    fail(reason);
    switch (s_.activity) {
    case Activity::Finding:
      stop_scan(Next::Nothing);
      break;
    case Activity::Joining:
    case Activity::ObtainingIp:
    case Activity::Saving:
      leave(Next::Nothing);
      break;
    case Activity::Settling:
      s_.next = Next::Nothing;
      break;
    case Activity::Idle:
    case Activity::Scanning:
      break;
    }
  }

  void scan_requested() {
    if (s_.activity == Activity::Idle) {
      start_scan();
    } else if (s_.activity == Activity::Settling && s_.next == Next::Nothing) {
      s_.scan.scanning = true;
      s_.next = Next::Scan;
    }
  }

  void connect_requested(const Event &event) {
    if (is_running(s_.connect)) {
      return;
    }
    s_.connect = {};
    s_.connect.id = event.id;
    s_.connect.ssid = event.ssid;
    s_.connect.state = ConnectState::Connecting;
    s_.connect.started_at = now_;
    s_.seen_on_channel = event.channel;
    s_.tried_finding_again = false;
    s_.tried_joining_again = false;
    switch (s_.activity) {
    case Activity::Idle:
      start_find();
      break;
    case Activity::Scanning:
      s_.scan.scanning = false;
      stop_scan(Next::Find);
      break;
    case Activity::Settling:
      s_.scan.scanning = false;
      s_.next = Next::Find;
      break;
    case Activity::Finding:
    case Activity::Joining:
    case Activity::ObtainingIp:
    case Activity::Saving:
      // A test that runs is running in the report as well.
      break;
    }
  }

  void scan_failed() {
    s_.scan.scanning = false;
    s_.scan.failed = true;
  }

  void scan_done(bool ok) {
    switch (s_.activity) {
    case Activity::Scanning:
      s_.activity = Activity::Idle;
      if (!ok) {
        scan_failed();
        return;
      }
      s_.scan = {.scanning = false, .has_list = true, .failed = false, .listed_at = now_};
      actions_.add(ActionKind::PublishScan);
      break;
    case Activity::Finding:
      if (ok) {
        actions_.add(ActionKind::ReadFind);
      } else {
        // Joining does its own search: let the driver have its try without a hint.
        join();
      }
      break;
    case Activity::Settling:
      if (s_.settles_on_scan_done) {
        settled();
      }
      break;
    case Activity::Idle:
    case Activity::Joining:
    case Activity::ObtainingIp:
    case Activity::Saving:
      break;
    }
  }

  void find_result(const Event &event) {
    if (s_.activity != Activity::Finding) {
      return;
    }
    if (event.ok) {
      s_.connect.channel = event.channel;
      s_.connect.rssi = event.rssi;
      s_.connect.security = event.security;
      join();
    } else if (!s_.tried_finding_again) {
      s_.tried_finding_again = true;
      start_find();
    } else {
      s_.activity = Activity::Idle;
      fail(Reason::NotFound);
    }
  }

  void disconnected(const Event &event) {
    switch (s_.activity) {
    case Activity::Settling:
      if (!s_.settles_on_scan_done) {
        settled();
      }
      break;
    case Activity::Joining:
    case Activity::ObtainingIp: {
      if (event.raw_reason == kReasonLeaving) {
        return; // the echo of an earlier Leave
      }
      if (event.ok) {
        s_.connect.rssi = event.rssi;
      }
      const Verdict verdict = judge_disconnect(event.raw_reason, s_.connect.rssi);
      if (verdict.worth_retrying && !s_.tried_joining_again) {
        s_.tried_joining_again = true;
        join();
        return;
      }
      s_.connect.raw_reason = event.raw_reason;
      s_.activity = Activity::Idle;
      actions_.add(ActionKind::ClearStation);
      fail(verdict.reason);
      break;
    }
    case Activity::Idle:
    case Activity::Scanning:
    case Activity::Finding:
    case Activity::Saving:
      break;
    }
  }

  void settled() {
    const Next next = s_.next;
    s_.next = Next::Nothing;
    s_.activity = Activity::Idle;
    if (!s_.settles_on_scan_done) {
      actions_.add(ActionKind::ClearStation);
    }
    switch (next) {
    case Next::Nothing:
      break;
    case Next::Scan:
      start_scan();
      break;
    case Next::Find:
      start_find();
      break;
    }
  }

  void action_failed(const Event &event) {
    switch (event.action) {
    case ActionKind::StartScan:
      if (s_.activity == Activity::Scanning) {
        s_.activity = Activity::Idle;
        scan_failed();
      }
      break;
    case ActionKind::PublishScan:
      s_.scan.failed = true;
      break;
    case ActionKind::StartFind:
    case ActionKind::ReadFind:
      if (s_.activity == Activity::Finding) {
        join();
      }
      break;
    case ActionKind::Join:
      if (s_.activity != Activity::Joining) {
        break;
      }
      if (!s_.tried_joining_again) {
        // It may be busy with an attempt that it told had ended.
        s_.tried_joining_again = true;
        leave(Next::Find);
        break;
      }
      s_.activity = Activity::Idle;
      actions_.add(ActionKind::ClearStation);
      fail(Reason::Unknown);
      break;
    case ActionKind::StopScan:
    case ActionKind::Leave:
      // Nothing to wait for: the driver was not doing it.
      if (s_.activity == Activity::Settling) {
        settled();
      }
      break;
    case ActionKind::ClearStation:
    case ActionKind::Save:
    case ActionKind::ForgetSecret:
    case ActionKind::Complete:
      break;
    }
  }

  void tick() {
    if (is_running(s_.connect) && s_.activity != Activity::Saving &&
        is_due(s_.connect.started_at + limits::kTest, now_)) {
      give_up(Reason::Timeout);
      return;
    }
    if (s_.activity == Activity::Idle || s_.activity == Activity::Saving ||
        !is_due(s_.activity_deadline, now_)) {
      return;
    }
    switch (s_.activity) {
    case Activity::Scanning:
      scan_failed();
      stop_scan(Next::Nothing);
      break;
    case Activity::Settling:
      settled();
      break;
    case Activity::Finding:
    case Activity::Joining:
      give_up(Reason::Timeout);
      break;
    case Activity::ObtainingIp:
      give_up(Reason::NoIp);
      break;
    case Activity::Idle:
    case Activity::Saving:
      break;
    }
  }

  State s_;
  Millis now_;
  Actions actions_;
};

} // namespace

bool is_running(const ConnectReport &report) {
  return report.state == ConnectState::Connecting || report.state == ConnectState::ObtainingIp;
}

std::optional<Millis> next_deadline(const State &state) {
  const bool waits = state.activity != Activity::Idle && state.activity != Activity::Saving;
  if (!waits) {
    return std::nullopt;
  }
  if (is_running(state.connect)) {
    return sooner(state.activity_deadline, state.connect.started_at + limits::kTest);
  }
  return state.activity_deadline;
}

Step step(const State &state, const Event &event, Millis now) {
  return Stepping(state, now).run(event);
}

} // namespace espp::provisioning
