#include "flow/attempt.hpp"

#include <algorithm>
#include <utility>

namespace espp::provisioning::attempt {

// activity      event                          -> activity      actions
// ------------  -----------------------------     ------------  --------------------------------
// Connected     NetworkForgotten, it was tested   same          the report is Idle again
// a test        NetworkForgotten, it is tested    as CancelRequested
// Idle          ScanRequested                     Scanning      StartScan
// Idle          ScanRequested, politely           Refused       then StartScan
// Refused       OtherScanDone, a scan follows     same          the pause ends soon
// Scanning,     ScanReplaced                      Refused       then the same again
//  TargetedScan
// Idle          ConnectRequested                  TargetedScan  StartTargetedScan
// Idle          ConnectRequested, with a hint     a round       of that access point alone
// Scanning      ScanDone                          Idle          a new list, or the scan failed
// Scanning      ConnectRequested                  Settling      StopScan; then TargetedScan
// Scanning      ActionFailed: StartScan           Refused       then StartScan again
// Scanning      deadline                          Settling      StopScan; the scan failed
// Settling      the confirmation, or deadline     Clearing      ClearStation, after a Disconnect
//                                                 next          otherwise
// Clearing      ActionDone: ClearStation          next          none | what next begins with
// Clearing      ActionFailed: ClearStation        Refused       then ClearStation again
// Refused       deadline                          as before     what was refused; ClearStation
//                                                               first if a test was, or a scan
//                                                               too often
// Refused       deadline, asked too often         Idle, next    the scan failed | Unknown
// Idle          ConnectRequested, scans fail      Connecting    Connect: the driver searches itself
// Settling,     ConnectRequested                  same          next: TargetedScan
//  Clearing,    ScanRequested, nothing next       same          next: Scan
//  Refused
// TargetedScan  ScanDone, found                   a round       see below
// TargetedScan  ScanDone, nothing as listed       TargetedScan  StartTargetedScan, all channels
// TargetedScan  ScanDone, nothing anywhere        Idle          not_found | security_mismatch
// TargetedScan  ScanDone, failed                  Connecting    Connect: the driver searches itself
// TargetedScan  ActionFailed: StartTargetedScan   Refused       then StartTargetedScan again
// a round       an access point is left           Connecting    Connect, to the strongest of them
// a round       all tried, not looked everywhere  TargetedScan  StartTargetedScan, all channels
// a round       all tried, all clear or believed  Clearing      ClearStation; most telling verdict
// a round       all tried, otherwise              Pausing
// Pausing       deadline                          Connecting    the next round begins; Connect
//                                                 TargetedScan  if none was heard in the last round
// Connecting,   StationConnected                  ObtainingIp
//  Pausing
// Connecting    StationDisconnected, as our own   same          the try may take less time
// Connecting,   StationDisconnected, otherwise    a round       judge()
//  ObtainingIp  likewise, time is up              Clearing      ClearStation; most telling verdict
// Connecting    deadline of the try               a round
// Connecting    ActionFailed: Connect             Refused       then Connect again
// Connecting    GotIp, with a link                Saving        Save
// ObtainingIp   GotIp                             Saving        Save
// ObtainingIp   DHCP deadline                     Settling      Disconnect; then the round goes on
// Saving        SaveDone                          Settling      Disconnect; connected
// Saving        SaveDone, the station stays       Idle          connected
// Idle          LeaveRequested, there is a link   Settling      Disconnect
// a scan        LeaveRequested, there is a link   same          Disconnect
// any           NetworkKept, no address was had   same          connected
// a test        CancelRequested                   Settling      StopScan | Disconnect; cancelled
// a test        connect_timeout, no link          Settling      StopScan | Disconnect; most telling
//                                                               verdict, or timeout
//
// Whatever is not listed changes nothing.

namespace {

/// IEEE 802.11-2020 table 9-49: the sender leaves. ESP-IDF gives it for each Disconnect, perhaps
/// late, and where an access point sends it.
constexpr std::uint16_t kReasonLeaving = 8;

/// wifi_err_reason_t: the driver has not heard the access point.
constexpr std::uint16_t kReasonNotHeard = 201;

/// So that failures beyond what a verdict needs, and rounds beyond the longest pause, are one
/// state.
constexpr std::uint8_t kCountTo = kEnoughFailures;

/// One step under way. It changes `step`, which begins with the state as it was: the event loop's
/// task, which steps, has too little stack for another copy.
class Stepping {
public:
  Stepping(Step &step, Millis now) : s_(step.state), now_(now), actions_(step.actions) {}

  void run(const Event &event) {
    switch (event.kind) {
    case EventKind::ScanRequested:
      scan_requested(event.ok);
      break;
    case EventKind::ConnectRequested:
      connect_requested(event);
      break;
    case EventKind::CancelRequested:
      if (is_running(s_.connect)) {
        give_up(Reason::Cancelled);
      }
      break;
    case EventKind::NetworkForgotten:
      network_forgotten(event.ssid);
      break;
    case EventKind::LeaveRequested:
      leave_requested();
      break;
    case EventKind::ScanDone:
      scan_done(event);
      break;
    case EventKind::StationConnected:
      // While pausing, an application's handler has had the station connect with what is tested.
      if (s_.activity == Activity::Connecting || s_.activity == Activity::Pausing) {
        s_.connect.channel = event.channel;
        linked();
        s_.connect.limit = now_ - s_.connect.started_at + s_.dhcp_timeout;
        enter(Activity::ObtainingIp, s_.dhcp_timeout);
      }
      break;
    case EventKind::StationDisconnected:
      disconnected(event);
      break;
    case EventKind::GotIp:
      // While connecting it may be the echo of an earlier link; one that is up has a signal.
      if ((s_.activity == Activity::Connecting && event.ok) ||
          s_.activity == Activity::ObtainingIp) {
        s_.connect.ip = event.ip;
        s_.connect.gateway = event.gateway;
        s_.connect.same_subnet = event.same_subnet;
        if (event.ok) {
          s_.connect.rssi = event.rssi;
        }
        linked();
        s_.activity = Activity::Saving;
        add(ActionKind::Save);
      }
      break;
    case EventKind::OtherScanDone:
      if (s_.activity == Activity::Refused && !s_.holds_secret &&
          (s_.next == Next::Scan || s_.next == Next::TargetedScan)) {
        // Not at once: a new scan would free the records before the application has read them.
        s_.activity_deadline = earlier(s_.activity_deadline, now_ + limits::kRefused);
      }
      break;
    case EventKind::ScanReplaced:
      if (s_.activity == Activity::Scanning) {
        refused(Next::Scan, limits::collided(s_.bands));
      } else if (s_.activity == Activity::TargetedScan) {
        refused(Next::TargetedScan, limits::collided(s_.bands));
      } else if (s_.activity == Activity::Settling && s_.settles_on_scan_done) {
        settled();
      }
      break;
    case EventKind::SaveDone:
      if (s_.activity == Activity::Saving) {
        s_.connect.save_result = event.save_result;
        s_.connect.state = ConnectState::Connected;
        s_.connect.ended_at = now_;
        if (s_.is_linked) {
          rest();
        } else {
          disconnect();
        }
      }
      break;
    case EventKind::NetworkKept:
      if (can_keep(s_.connect)) {
        s_.connect.state = ConnectState::Connected;
        s_.connect.was_kept = true;
        s_.connect.save_result = event.save_result;
      }
      break;
    case EventKind::ActionDone:
      if (event.action == ActionKind::ClearStation && s_.activity == Activity::Clearing) {
        s_.holds_secret = false;
        go_on();
      }
      break;
    case EventKind::ActionFailed:
      action_failed(event.action);
      break;
    case EventKind::Tick:
      tick();
      break;
    }
  }

private:
  void add(ActionKind kind, std::uint8_t channel = 0) {
    actions_.add({.kind = kind, .channel = channel, .test = s_.connect.id});
  }

  void enter(Activity activity, Millis limit) {
    s_.activity = activity;
    s_.activity_deadline = now_ + limit;
  }

  void rest() {
    s_.activity = Activity::Idle;
    s_.next = Next::Nothing;
    s_.refusals = 0;
  }

  void settle(bool on_scan_done, Next next) {
    s_.settles_on_scan_done = on_scan_done;
    s_.next = next;
    enter(Activity::Settling, limits::kSettle);
  }

  void stop_scan(Next next) {
    add(ActionKind::StopScan);
    settle(true, next);
  }

  void disconnect() {
    s_.is_linked = false;
    add(ActionKind::Disconnect);
    settle(false, Next::Nothing);
  }

  void clear() {
    add(ActionKind::ClearStation);
    enter(Activity::Clearing, limits::kSettle);
  }

  void start_scan() {
    s_.scan.scanning = true;
    add(ActionKind::StartScan);
    enter(Activity::Scanning, limits::scan(s_.bands));
  }

  void begin_search() {
    if (s_.trial.is_hinted) {
      next_try();
    } else {
      start_search();
    }
  }

  void start_targeted_scan() {
    s_.connect.phase = ConnectPhase::Finding;
    s_.connect.state = ConnectState::Connecting;
    // One channel takes a tenth of a second and disturbs no phone; all of them are for a miss.
    const std::uint8_t channel = s_.trial.searched_everywhere ? 0 : s_.trial.seen_on_channel;
    add(ActionKind::StartTargetedScan, channel);
    enter(Activity::TargetedScan, channel == 0 ? limits::scan(s_.bands) : limits::kShortLook);
  }

  /// The first look of a test, unless the scans before have failed: then the driver looks itself.
  void start_search() {
    if (s_.failed_scans < limits::kFailedScans) {
      start_targeted_scan();
    } else {
      search_is_broken();
    }
  }

  void search_everywhere() {
    s_.trial.searched_everywhere = true;
    start_targeted_scan();
  }

  /// Tries the current candidate.
  void connect() {
    const Candidate &candidate = s_.trial.candidates[s_.trial.current];
    s_.connect.phase = ConnectPhase::Authenticating;
    s_.connect.state = ConnectState::Connecting;
    s_.connect.limit = s_.connect_deadline - s_.connect.started_at;
    s_.connect.security = candidate.security;
    if (candidate.channel != 0) {
      s_.connect.channel = candidate.channel;
      s_.connect.rssi = candidate.rssi;
    }
    s_.holds_secret = true;
    s_.trial.tried_at = now_;
    actions_.add({.kind = ActionKind::Connect,
                  .access_point = candidate,
                  .is_only_one = s_.trial.is_hinted ||
                                 (s_.trial.searched_everywhere && s_.trial.candidates.size() == 1),
                  .test = s_.connect.id});
    enter(Activity::Connecting, limits::one_try(s_.bands));
  }

  void linked() {
    s_.connect.was_linked = true;
    s_.is_linked = s_.stays;
    s_.connect.state = ConnectState::ObtainingIp;
    s_.trial.blames_only_password = false;
    s_.trial.only_missing = false;
  }

  /// Another round may try every access point again that is not out.
  void renew_round() {
    for (Candidate &candidate : s_.trial.candidates) {
      candidate.was_tried = false;
    }
    s_.trial.only_missing = true;
    s_.trial.round_began_at = now_;
  }

  /// True if it has said all that it can say against the password, and others have not.
  bool can_wait(const Candidate &candidate) const {
    const Candidates &all = s_.trial.candidates;
    const auto is_done = [&](const Candidate &c) {
      return c.failures >= failures_needed(all.size(), c.rssi);
    };
    return s_.trial.blames_only_password && is_done(candidate) &&
           !std::ranges::all_of(all, is_done);
  }

  /// Tries the next access point that is left in this round.
  void next_try() {
    s_.refusals = 0;
    for (std::uint8_t i = 0; i < s_.trial.candidates.size(); ++i) {
      Candidate &candidate = s_.trial.candidates[i];
      if (!candidate.is_out && !candidate.was_tried && !can_wait(candidate)) {
        candidate.was_tried = true;
        s_.trial.current = i;
        s_.connect.tries = s_.connect.tries == 255
                               ? s_.connect.tries
                               : static_cast<std::uint8_t>(s_.connect.tries + 1);
        connect();
        return;
      }
    }
    round_over();
  }

  void round_over() {
    const auto is_out = [](const Candidate &candidate) { return candidate.is_out; };
    if (s_.trial.is_hinted) {
      conclude();
    } else if (!s_.trial.searched_everywhere) {
      search_everywhere();
    } else if (std::ranges::all_of(s_.trial.candidates, is_out) || is_password_wrong(false)) {
      conclude();
    } else {
      const Millis pause = limits::kFirstPause << s_.trial.rounds;
      s_.trial.rounds = std::min<std::uint8_t>(s_.trial.rounds + 1U, kCountTo);
      // A router that has taken part in a handshake for seconds is not too busy for the next.
      const Millis passed =
          s_.trial.blames_only_password ? std::min(pause, now_ - s_.trial.round_began_at) : 0;
      enter(Activity::Pausing, std::max(pause - passed, limits::kShortestPause));
    }
  }

  bool is_password_wrong(bool is_last) const {
    const Trial &trial = s_.trial;
    unsigned total = 0;
    for (const Candidate &candidate : trial.candidates) {
      if (candidate.failures < failures_needed(trial.candidates.size(), candidate.rssi)) {
        return false;
      }
      total += candidate.failures;
    }
    return trial.blames_only_password && trial.searched_everywhere &&
           believes_wrong_password(total, trial.candidates.size(), trial.weakest_blame, is_last);
  }

  void tell(Reason reason, std::optional<std::uint16_t> code) {
    if (!s_.trial.told || weight(reason) >= weight(*s_.trial.told)) {
      s_.trial.told = reason;
      s_.trial.told_code = code;
    }
  }

  /// Ends the test with what its failures mean together.
  void conclude() {
    if (is_password_wrong(true)) {
      s_.connect.raw_reason = s_.trial.blame_code;
      give_up(Reason::WrongPassword);
    } else {
      s_.connect.raw_reason = s_.trial.told_code;
      give_up(s_.trial.told.value_or(Reason::Timeout));
    }
  }

  Millis time_to_connect() const { return s_.connect_timeout + limits::second_band(s_.bands); }

  bool is_out_of_time() const { return is_due(s_.connect_deadline, now_); }

  /// The access point has given no address. Another one may: a repeater that has lost its router
  /// lets devices in as well. Each has one chance beyond the time to connect.
  void no_address() {
    tell(judge_no_address(s_.connect.rssi), std::nullopt);
    s_.trial.candidates[s_.trial.current].is_out = true;
    s_.connect_deadline = now_ + time_to_connect();
    s_.connect.limit = s_.connect_deadline - s_.connect.started_at;
    s_.connect.state = ConnectState::Connecting;
    s_.is_linked = false;
    add(ActionKind::Disconnect);
    settle(false, Next::NextTry);
  }

  /// The try has failed, and the driver has said how.
  void try_failed(std::uint16_t code) {
    Trial &trial = s_.trial;
    Candidate &candidate = trial.candidates[trial.current];
    const bool was_linked = s_.activity == Activity::ObtainingIp;
    const Verdict verdict = judge({.code = code,
                                   .security = candidate.security,
                                   .has_password = trial.password != Password::None,
                                   .has_raw_key = trial.password == Password::RawKey,
                                   .was_linked = was_linked,
                                   .rssi = s_.connect.rssi,
                                   .took = now_ - trial.tried_at});
    if (code != kReasonNotHeard) {
      trial.only_missing = false;
    }
    if (verdict.blames_password) {
      const std::int8_t rssi = s_.connect.rssi.value_or(0);
      trial.weakest_blame =
          verdict.is_clear ? trial.weakest_blame : std::min(trial.weakest_blame, rssi);
      trial.blame_code = code;
      candidate.failures =
          verdict.is_clear ? kCountTo : std::min<std::uint8_t>(candidate.failures + 1U, kCountTo);
    } else {
      trial.blames_only_password = false;
    }
    candidate.is_out = verdict.is_clear;
    // The password is blamed by all failures together, or not at all.
    tell(verdict.reason == Reason::WrongPassword ? Reason::Timeout : verdict.reason, code);
    rest();
    if (is_out_of_time() || is_password_wrong(false)) {
      conclude();
    } else {
      next_try();
    }
  }

  /// Does what follows, once the radio is at rest.
  void go_on() {
    const Next next = s_.next;
    const std::uint8_t refusals = s_.refusals;
    rest();
    switch (next) {
    case Next::Nothing:
      break;
    case Next::Scan:
      s_.refusals = refusals;
      start_scan();
      break;
    case Next::TargetedScan:
      s_.refusals = refusals;
      begin_search();
      break;
    case Next::Connect:
      s_.refusals = refusals;
      connect();
      break;
    case Next::NextTry:
      next_try();
      break;
    }
  }

  /// The driver has refused what `next` begins with: it is asked again after a pause.
  void refused(Next next, Millis pause = limits::kRefused) {
    ++s_.refusals;
    s_.next = next;
    enter(Activity::Refused, pause);
  }

  void fail(Reason reason) {
    s_.connect.state = ConnectState::Failed;
    s_.connect.reason = reason;
    s_.connect.ended_at = now_;
  }

  /// Ends the test with `reason` and brings the radio to rest, whatever it is doing.
  void give_up(Reason reason) {
    fail(reason);
    switch (s_.activity) {
    case Activity::TargetedScan:
      stop_scan(Next::Nothing);
      break;
    case Activity::Connecting:
    case Activity::ObtainingIp:
    case Activity::Saving:
      disconnect();
      break;
    case Activity::Settling:
    case Activity::Clearing:
      s_.next = Next::Nothing;
      break;
    case Activity::Idle:
    case Activity::Refused:
    case Activity::Pausing:
      rest();
      if (holds_needless_secret()) {
        clear();
      }
      break;
    case Activity::Scanning:
      break;
    }
  }

  /// The driver needs name and password as long as there is a link that stays.
  bool holds_needless_secret() const { return s_.holds_secret && !s_.is_linked; }

  void network_forgotten(const Ssid &ssid) {
    if (!(s_.connect.ssid == ssid)) {
      return;
    }
    if (is_running(s_.connect)) {
      // Or it would be saved again when the test succeeds.
      give_up(Reason::Cancelled);
    } else if (s_.connect.state == ConnectState::Connected) {
      const std::uint32_t id = s_.connect.id;
      s_.connect = {};
      s_.connect.id = id;
    }
  }

  void leave_requested() {
    if (!s_.is_linked || is_running(s_.connect)) {
      return; // a test ends the link by itself
    }
    if (s_.activity == Activity::Idle) {
      disconnect();
    } else {
      s_.is_linked = false;
      add(ActionKind::Disconnect);
    }
  }

  /// True if what follows can still be chosen: the radio is busy with something that nobody asked
  /// for.
  bool is_winding_down() const {
    return s_.activity == Activity::Settling || s_.activity == Activity::Clearing ||
           (s_.activity == Activity::Refused && s_.next == Next::Nothing);
  }

  void scan_requested(bool at_once) {
    if (s_.activity == Activity::Idle && !at_once) {
      s_.scan.scanning = true;
      s_.next = Next::Scan;
      enter(Activity::Refused, limits::polite(s_.bands));
    } else if (s_.activity == Activity::Idle && holds_needless_secret()) {
      // The driver has refused to give it up for long; perhaps it does now.
      s_.scan.scanning = true;
      s_.next = Next::Scan;
      clear();
    } else if (s_.activity == Activity::Idle) {
      start_scan();
    } else if (is_winding_down() && s_.next == Next::Nothing) {
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
    s_.connect.limit = time_to_connect();
    s_.connect_deadline = now_ + time_to_connect();
    s_.trial = {.kinds = event.kinds,
                .password = event.password,
                .seen_on_channel = event.channel,
                .seen_rssi = event.rssi,
                .is_hinted = !event.found.empty(),
                .searched_everywhere = event.channel == 0,
                .round_began_at = now_,
                .candidates = event.found};
    s_.scan.scanning = false;
    switch (s_.activity) {
    case Activity::Idle:
      begin_search();
      break;
    case Activity::Scanning:
      stop_scan(Next::TargetedScan);
      break;
    case Activity::Settling:
    case Activity::Clearing:
      s_.next = Next::TargetedScan;
      break;
    case Activity::Refused:
      // Of a scan for the list, or of clearing, which Connect makes needless.
      rest();
      begin_search();
      break;
    case Activity::TargetedScan:
    case Activity::Connecting:
    case Activity::Pausing:
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

  void scan_done(const Event &event) {
    if (s_.activity == Activity::Scanning || s_.activity == Activity::TargetedScan) {
      s_.failed_scans = event.ok
                            ? std::uint8_t{0}
                            : std::min<std::uint8_t>(s_.failed_scans + 1U, limits::kFailedScans);
    }
    switch (s_.activity) {
    case Activity::Scanning:
      rest();
      if (event.ok) {
        s_.scan = {.scanning = false, .has_list = true, .failed = false, .listed_at = now_};
      } else {
        scan_failed();
      }
      break;
    case Activity::TargetedScan:
      s_.refusals = 0;
      targeted_scan_done(event);
      break;
    case Activity::Settling:
      if (s_.settles_on_scan_done) {
        settled();
      }
      break;
    case Activity::Idle:
    case Activity::Clearing:
    case Activity::Refused:
    case Activity::Connecting:
    case Activity::Pausing:
    case Activity::ObtainingIp:
    case Activity::Saving:
      break;
    }
  }

  void targeted_scan_done(const Event &event) {
    Trial &trial = s_.trial;
    rest();
    if (!event.ok) {
      search_is_broken();
      return;
    }
    for (const Candidate &heard : event.found) {
      if (trial.kinds.contains(kind_of(heard.security))) {
        trial.candidates.add(heard);
      } else {
        trial.has_misfits = true;
      }
    }
    const Candidates &candidates = trial.candidates;
    const bool is_as_listed =
        !candidates.empty() && candidates[0].rssi > trial.seen_rssi - limits::kMuchFainter;
    // Probe answers get lost, so one search that misses the name is not enough.
    const bool is_first_miss =
        event.found.empty() && candidates.empty() && !std::exchange(trial.was_missed, true);
    if (is_first_miss || (!trial.searched_everywhere && !is_as_listed)) {
      search_everywhere();
    } else if (candidates.empty()) {
      give_up(trial.has_misfits ? Reason::SecurityMismatch : Reason::NotFound);
    } else {
      next_try();
    }
  }

  /// Connecting does its own search: lets the driver have its try without a hint.
  void search_is_broken() {
    s_.trial.searched_everywhere = true;
    if (s_.trial.candidates.empty()) {
      s_.trial.candidates.add({});
    }
    next_try();
  }

  void disconnected(const Event &event) {
    s_.is_linked = false;
    switch (s_.activity) {
    case Activity::Settling:
      if (!s_.settles_on_scan_done) {
        settled();
      }
      break;
    case Activity::Connecting:
    case Activity::ObtainingIp:
      if (event.raw_reason == kReasonLeaving && s_.activity == Activity::Connecting) {
        // The echo of a Disconnect before this try, mostly; the driver tells a link that stands
        // first.
        s_.activity_deadline = earlier(s_.activity_deadline, now_ + limits::kEcho);
        return;
      }
      if (event.ok) {
        s_.connect.rssi = event.rssi;
      }
      try_failed(event.raw_reason);
      break;
    case Activity::Idle:
    case Activity::Scanning:
    case Activity::Clearing:
    case Activity::Refused:
    case Activity::TargetedScan:
    case Activity::Pausing:
    case Activity::Saving:
      break;
    }
  }

  void settled() {
    s_.refusals = 0;
    if (holds_needless_secret()) {
      clear();
    } else {
      go_on();
    }
  }

  void action_failed(ActionKind action) {
    switch (action) {
    case ActionKind::StartScan:
      if (s_.activity == Activity::Scanning) {
        refused(Next::Scan);
      }
      break;
    case ActionKind::StartTargetedScan:
      if (s_.activity == Activity::TargetedScan) {
        refused(Next::TargetedScan);
      }
      break;
    case ActionKind::Connect:
      if (s_.activity == Activity::Connecting) {
        refused(Next::Connect);
      }
      break;
    case ActionKind::ClearStation:
      if (s_.activity == Activity::Clearing) {
        refused(s_.next);
      }
      break;
    case ActionKind::StopScan:
    case ActionKind::Disconnect:
      // Nothing to wait for: the driver was not doing it.
      if (s_.activity == Activity::Settling) {
        settled();
      }
      break;
    case ActionKind::Save:
      break;
    }
  }

  /// The pause after a refusal is over.
  void ask_again() {
    if (s_.refusals < limits::kRefusals) {
      const bool is_stuck = s_.refusals == limits::kPatientRefusals;
      if ((s_.holds_secret || is_stuck) && !s_.is_linked && s_.next != Next::Connect) {
        clear();
      } else {
        go_on();
      }
      return;
    }
    const Next next = s_.next;
    rest();
    switch (next) {
    case Next::Nothing:
      break;
    case Next::Scan:
      scan_failed();
      break;
    case Next::TargetedScan:
      // The driver does not scan; perhaps it connects.
      search_is_broken();
      break;
    case Next::Connect:
      give_up(Reason::Unknown);
      break;
    case Next::NextTry:
      next_try();
      break;
    }
  }

  void tick() {
    const auto deadline = next_deadline(s_);
    if (!deadline || !is_due(*deadline, now_)) {
      return;
    }
    if (is_running(s_.connect) && s_.activity != Activity::ObtainingIp && is_out_of_time()) {
      conclude();
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
    case Activity::Clearing:
      // Whoever clears answers; this is for a lost answer.
      refused(s_.next);
      break;
    case Activity::Refused:
      ask_again();
      break;
    case Activity::TargetedScan:
      search_is_broken();
      break;
    case Activity::Connecting:
      // The driver may still be busy with it, which the next Connect or a Disconnect ends.
      s_.trial.blames_only_password = false;
      s_.trial.only_missing = false;
      tell(Reason::Timeout, std::nullopt);
      next_try();
      break;
    case Activity::Pausing:
      if (const bool was_silent = s_.trial.only_missing; renew_round(), was_silent) {
        search_everywhere();
      } else {
        next_try();
      }
      break;
    case Activity::ObtainingIp:
      no_address();
      break;
    case Activity::Idle:
    case Activity::Saving:
      break;
    }
  }

  State &s_;
  Millis now_;
  Actions &actions_;
};

} // namespace

bool is_running(const ConnectReport &report) {
  return report.state == ConnectState::Connecting || report.state == ConnectState::ObtainingIp;
}

bool can_keep(const ConnectReport &report) {
  return report.state == ConnectState::Failed && report.was_linked &&
         report.security != Security::Wep &&
         (report.reason == Reason::NoIp || report.reason == Reason::WeakSignal);
}

std::optional<Millis> next_deadline(const State &state) {
  const bool waits = state.activity != Activity::Idle && state.activity != Activity::Saving;
  if (!waits) {
    return std::nullopt;
  }
  if (is_running(state.connect) && state.activity != Activity::ObtainingIp) {
    return earlier(state.activity_deadline, state.connect_deadline);
  }
  return state.activity_deadline;
}

Step step(const State &state, const Event &event, Millis now) {
  Step next{.state = state, .actions = {}};
  Stepping(next, now).run(event);
  return next;
}

} // namespace espp::provisioning::attempt
