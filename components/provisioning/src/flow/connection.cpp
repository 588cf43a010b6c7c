#include "flow/connection.hpp"

#include <algorithm>
#include <utility>

#include "domain/verdict.hpp"

namespace espp::provisioning::connection {

// phase      event                          -> phase      actions
// ---------  -----------------------------     ---------  ----------------------------------------
// Off        StartRequested                    Starting   BringUp; a new run
// Starting   StopRequested                     same       remembered
// Starting   BroughtUp                         a round    see below; without saved networks Idle
// Starting   BroughtUp, failed, or stopped     Stopping   BringDown
// Stopping   BroughtDown                       Off        or Starting: BringUp, if asked to meanwhile
// any up     StopRequested                     Stopping   GiveUp, ClosePortal, BringDown
// a round    every saved network rests         Pausing    until the first has rested
// a round    there is a hint                   Trying     Try, without a scan
// a round    otherwise                         Choosing   Scan
// Choosing   Listed                            Trying     Try the first
// Choosing   Listed, nothing to try            Pausing
// Trying     TryEnded, connected               Connected  ClosePortal, if it only waited for this
// Trying     TryEnded, failed, of the hint     Choosing   Scan; the hint is dropped
// Trying     TryEnded, failed                  Trying     Try the next; a wrong password rests
// Trying     TryEnded, failed, the last        Pausing
// Choosing,  Interrupted                       Pausing    shortly
//  Trying
// Connected  LinkLost                          Pausing    not at all, if the link was a good one
// Connected  AddressChanged                    same       told as a loss and a new connection
// Pausing,   Linked                            Connected  the portal stays: the owner is using it
//  Idle
// Pausing    time is up                        a round    not while the owner tests or scans, nor
//                                                         while a phone uses the portal
// Idle       SavedChanged                      Pausing    not at all
// Pausing,   SavedChanged, none is left        Idle
//  Choosing,                                              GiveUp
//  Trying
// Idle,      it is time for the portal         same       OpenPortal
//  Pausing
// any up     OpenRequested                     same       OpenPortal
// any up     CloseRequested                    same       ClosePortal
// any up     PortalClosed, failed              same       OpenPortal again, later
// any        NoticeBegins, NoticeEnded         same       see next_notice()
//
// Whatever is not listed changes nothing.

namespace {

/// So that rounds in vain beyond the longest pause are one state.
constexpr std::uint8_t kCountTo = 6;

Millis doubled(Millis first, unsigned times, Millis longest) {
  Millis time = first;
  while (times-- > 0 && time < longest) {
    time *= 2;
  }
  return std::min(time, longest);
}

/// One step under way. It changes `step`, which begins with the state as it was.
class Stepping {
public:
  Stepping(Step &step, const Wishes &wishes, Millis now)
      : s_(step.state), actions_(step.actions), wishes_(wishes), now_(now) {}

  void run(const Event &event) {
    switch (event.kind) {
    case EventKind::StartRequested:
      start_requested(event.seed);
      break;
    case EventKind::StopRequested:
      stop_requested();
      break;
    case EventKind::OpenRequested:
      if (is_up(s_)) {
        s_.portal_stays = true;
        open_portal();
      }
      break;
    case EventKind::CloseRequested:
      if (is_up(s_)) {
        s_.portal_spent = true;
        close_portal();
      }
      break;
    case EventKind::BroughtUp:
      brought_up(event);
      break;
    case EventKind::BroughtDown:
      if (s_.phase == Phase::Stopping) {
        s_.phase = Phase::Off;
        if (s_.restarts) {
          start();
        }
      }
      break;
    case EventKind::Listed:
      if (s_.phase == Phase::Choosing) {
        s_.plan = event.plan;
        s_.next = 0;
        try_next();
      }
      break;
    case EventKind::TryEnded:
      if (s_.phase == Phase::Trying) {
        try_ended(event);
      }
      break;
    case EventKind::Interrupted:
      if (s_.phase == Phase::Choosing || s_.phase == Phase::Trying) {
        pause(limits::kYield);
      }
      break;
    case EventKind::Linked:
      if (s_.phase == Phase::Pausing || s_.phase == Phase::Idle) {
        s_.portal_stays = s_.portal_wanted;
        connected(event.hint);
      }
      break;
    case EventKind::LinkLost:
      if (s_.phase == Phase::Connected) {
        link_lost(event.is_testing);
      }
      break;
    case EventKind::AddressChanged:
      if (s_.phase == Phase::Connected) {
        ++s_.link;
      }
      break;
    case EventKind::SavedChanged:
      saved_changed(event);
      break;
    case EventKind::PortalClosed:
      portal_closed(event.closing);
      break;
    case EventKind::NoticeBegins:
      if (const auto notice = next_notice(s_)) {
        s_.running = notice;
        s_.told_link = *notice == Notice::Connected ? s_.link : 0;
      }
      break;
    case EventKind::NoticeEnded:
      s_.running.reset();
      break;
    case EventKind::Tick:
      tick(event);
      break;
    }
  }

private:
  void start() {
    const State before = s_;
    s_ = {};
    s_.phase = Phase::Starting;
    s_.run = before.run + 1;
    s_.link = before.link;
    s_.running = before.running;
    s_.dice = before.dice;
    actions_.add(ActionKind::BringUp);
  }

  void start_requested(std::uint32_t seed) {
    if (s_.phase == Phase::Off) {
      s_.dice = seed == 0 ? 1 : seed;
      start();
    } else if (s_.phase == Phase::Stopping || s_.stop_asked) {
      s_.restarts = true;
    }
  }

  void stop_requested() {
    if (s_.phase == Phase::Starting) {
      s_.stop_asked = true;
      s_.restarts = false;
    } else if (s_.phase == Phase::Stopping) {
      s_.restarts = false;
    } else if (s_.phase != Phase::Off) {
      give_up();
      close_portal();
      bring_down();
    }
  }

  void bring_down() {
    s_.phase = Phase::Stopping;
    s_.stop_asked = false;
    s_.told_link = 0; // nobody is told of a stop that the application has asked for
    actions_.add(ActionKind::BringDown);
  }

  void brought_up(const Event &event) {
    if (s_.phase != Phase::Starting) {
      return;
    }
    if (!event.ok || s_.stop_asked) {
      bring_down();
      return;
    }
    s_.saved = event.saved;
    s_.hint = event.hint;
    s_.offline_since = now_;
    if (s_.saved == 0) {
      idle();
    } else {
      begin_round();
    }
  }

  void give_up() {
    if (s_.phase == Phase::Choosing || s_.phase == Phase::Trying) {
      actions_.add(ActionKind::GiveUp);
    }
  }

  void open_portal() {
    if (!s_.portal_wanted) {
      s_.portal_wanted = true;
      s_.portal_failed = false;
      actions_.add(ActionKind::OpenPortal);
    }
  }

  void close_portal() {
    s_.portal_stays = false;
    s_.portal_failed = false;
    if (std::exchange(s_.portal_wanted, false)) {
      actions_.add(ActionKind::ClosePortal);
    }
  }

  void open_portal_if_it_is_time() {
    const auto time = portal_time(s_, wishes_, now_);
    if (time && is_due(*time, now_)) {
      open_portal();
    }
  }

  void idle() {
    s_.phase = Phase::Idle;
    s_.failures = 0;
    s_.rests.clear();
    s_.hint = {};
    open_portal_if_it_is_time();
  }

  void pause(Millis time) {
    s_.phase = Phase::Pausing;
    s_.pause_until = now_ + time;
    open_portal_if_it_is_time();
  }

  /// What a round in vain costs: while the portal is open at least kLookAgain.
  void pause_after_failure() {
    s_.restores = false;
    s_.failures = std::min<std::uint8_t>(s_.failures + 1U, kCountTo);
    Millis time = doubled(limits::kFirstPause, s_.failures - 1U, limits::kLongestPause);
    time += roll(time / limits::kJitterShare);
    pause(time);
    if (s_.portal_wanted) {
      s_.pause_until = now_ + std::max(time, limits::kLookAgain);
    }
  }

  /// 0 to `most`, by Marsaglia's xorshift.
  Millis roll(Millis most) {
    s_.dice ^= s_.dice << 13U;
    s_.dice ^= s_.dice >> 17U;
    s_.dice ^= s_.dice << 5U;
    return s_.dice % (most + 1);
  }

  void begin_round() {
    if (const auto end = s_.rests.first_end(now_); end && s_.rests.count(now_) >= s_.saved) {
      pause(*end - now_);
      return;
    }
    if (s_.hint.channel != 0 && !s_.rests.holds(s_.hint.key, now_)) {
      try_one(s_.hint);
      return;
    }
    choose_anew();
  }

  void choose_anew() {
    s_.phase = Phase::Choosing;
    actions_.add(ActionKind::Scan);
  }

  void try_one(const Choice &choice) {
    s_.phase = Phase::Trying;
    s_.trying = choice;
    actions_.add(ActionKind::Try, choice);
  }

  void try_next() {
    if (s_.next < s_.plan.size()) {
      try_one(s_.plan[s_.next++]);
    } else {
      pause_after_failure();
    }
  }

  void try_ended(const Event &event) {
    if (event.outcome == Outcome::Connected) {
      connected(event.hint);
      if (s_.portal_wanted && !s_.portal_stays) {
        close_portal();
      }
      return;
    }
    if (event.outcome == Outcome::WrongPassword) {
      s_.rests.add(s_.trying.key, now_);
    }
    if (s_.trying.is_hint) {
      s_.hint = {};
      choose_anew();
      return;
    }
    // A round may take minutes, and the portal is due when it is due.
    const auto time = portal_time(s_, wishes_, now_);
    if (time && is_due(*time, now_)) {
      pause_after_failure();
    } else {
      try_next();
    }
  }

  void connected(const Choice &hint) {
    s_.phase = Phase::Connected;
    s_.hint = hint;
    s_.hint.is_hint = true;
    s_.rests.remove(hint.key);
    s_.connected_at = now_;
    s_.was_connected = true;
    s_.portal_spent = false;
    s_.portal_failed = false;
    s_.restores = false;
    ++s_.link;
  }

  void link_lost(bool is_testing) {
    const Millis lasted = now_ - s_.connected_at;
    s_.offline_since = now_;
    s_.restores = is_testing;
    if (lasted >= limits::kWrongPasswordLongest) {
      s_.rests.clear(); // times that long ago can't be told from times to come
    }
    if (s_.saved == 0) {
      idle();
    } else if (lasted >= limits::kGoodLink) {
      s_.failures = 0;
      pause(0);
    } else if (s_.restores) {
      pause(0);
    } else {
      pause_after_failure();
    }
  }

  void saved_changed(const Event &event) {
    if (!is_up(s_)) {
      return;
    }
    s_.saved = event.saved;
    if (event.ok) {
      // Another network may get the key of one that is gone.
      s_.rests.clear();
      s_.hint = {};
    }
    if (s_.phase == Phase::Connected) {
      return;
    }
    if (s_.saved == 0) {
      give_up();
      idle();
    } else if (s_.phase == Phase::Idle) {
      s_.offline_since = now_;
      pause(0);
    }
  }

  void portal_closed(Closing closing) {
    s_.portal_wanted = false;
    s_.portal_stays = false;
    if (!is_up(s_)) {
      return;
    }
    switch (closing) {
    case Closing::Failed:
      s_.portal_failed = true;
      s_.portal_after = now_ + limits::kPortalAgain;
      break;
    case Closing::Completed:
      s_.offline_since = now_;
      break;
    case Closing::Stopped:
    case Closing::TimedOut:
      s_.portal_spent = true;
      break;
    }
    if (s_.phase == Phase::Pausing && !s_.portal_failed) {
      // No phone is there any more, and there may be a new network.
      s_.failures = 0;
      s_.pause_until = earlier(s_.pause_until, now_ + limits::kFirstPause);
    }
  }

  void tick(const Event &event) {
    if (s_.phase == Phase::Idle || s_.phase == Phase::Pausing) {
      open_portal_if_it_is_time();
    }
    if (s_.phase != Phase::Pausing || !is_due(s_.pause_until, now_)) {
      return;
    }
    if (event.is_testing) {
      s_.pause_until = now_ + limits::kYield;
    } else if (event.is_in_use && !s_.restores) {
      s_.pause_until = now_ + limits::kQuiet; // it may have gone by then
    } else {
      begin_round();
    }
  }

  State &s_;
  Actions &actions_;
  const Wishes &wishes_;
  Millis now_;

public:
  /// When the portal opens by itself; nothing: it does not.
  static std::optional<Millis> portal_time(const State &s, const Wishes &wishes, Millis now) {
    if (s.portal_wanted || s.portal_spent || !is_up(s) || s.phase == Phase::Connected) {
      return std::nullopt;
    }
    Millis time = now;
    switch (wishes.mode) {
    case Mode::Always: // then there is no connection
    case Mode::Manual:
      return std::nullopt;
    case Mode::Unprovisioned:
      if (s.saved != 0) {
        return std::nullopt;
      }
      break;
    case Mode::Unreachable:
      if (s.saved != 0) {
        if (s.was_connected && !wishes.falls_back_on_loss) {
          return std::nullopt;
        }
        time = s.offline_since + wishes.fallback_after;
      }
      break;
    }
    // The later of the two: a time before it would be due and yet open nothing, for ever.
    return s.portal_failed && !is_due(s.portal_after, time) ? s.portal_after : time;
  }
};

} // namespace

bool Rests::holds(std::uint8_t key, Millis now) const {
  return std::ranges::any_of(items_, [&](const Rest &rest) {
    return rest.times != 0 && rest.key == key && !is_due(rest.until, now);
  });
}

void Rests::add(std::uint8_t key, Millis now) {
  Rest *place = std::ranges::find_if(
      items_, [&](const Rest &rest) { return rest.times != 0 && rest.key == key; });
  if (place == items_.end()) {
    place = std::ranges::find(items_, std::uint8_t{0}, &Rest::times);
  }
  if (place == items_.end()) {
    place = std::ranges::min_element(items_, [&](const Rest &a, const Rest &b) {
      return static_cast<std::int32_t>(a.until - b.until) < 0;
    });
    *place = {};
  }
  const Millis time = doubled(limits::kWrongPassword, place->times, limits::kWrongPasswordLongest);
  *place = {.key = key,
            .times = std::min<std::uint8_t>(place->times + 1U, kCountTo),
            .until = now + time};
}

void Rests::remove(std::uint8_t key) {
  for (Rest &rest : items_) {
    if (rest.key == key) {
      rest = {};
    }
  }
}

std::size_t Rests::count(Millis now) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      items_, [&](const Rest &rest) { return rest.times != 0 && !is_due(rest.until, now); }));
}

std::optional<Millis> Rests::first_end(Millis now) const {
  std::optional<Millis> first;
  for (const Rest &rest : items_) {
    if (rest.times != 0 && !is_due(rest.until, now)) {
      first = first ? earlier(*first, rest.until) : rest.until;
    }
  }
  return first;
}

std::optional<Notice> next_notice(const State &state) {
  if (state.running || !is_up(state)) {
    return std::nullopt;
  }
  const std::uint32_t link = state.phase == Phase::Connected ? state.link : 0;
  if (state.told_link == link) {
    return std::nullopt;
  }
  return state.told_link != 0 ? Notice::Disconnected : Notice::Connected;
}

std::optional<Millis> next_deadline(const State &state, const Wishes &wishes) {
  std::optional<Millis> next;
  if (state.phase == Phase::Pausing || state.phase == Phase::Idle) {
    // Where the portal may open at once, any time that has come will do.
    next = Stepping::portal_time(state, wishes, state.offline_since);
  }
  if (state.phase == Phase::Pausing) {
    next = next ? earlier(*next, state.pause_until) : state.pause_until;
  }
  return next;
}

namespace {

/// Signal in bands: within one, a few dB of difference come and go by themselves.
int band_of(std::int8_t rssi) {
  constexpr std::int8_t kGood = -67; ///< enough for everything that a device does
  return rssi >= kGood ? 0 : rssi >= kFaintRssi ? 1 : 2;
}

} // namespace

// rank  a saved network that
// ----  ------------------------------------------------------------------------
// 1     was used last, and is not faint
// 2     is heard well; of several the one that was used last
// 3     is heard, but not well; likewise
// 4     is faint; likewise
// 5     is hidden, and was not heard
Plan choose(std::span<const SavedNetwork> saved, const ScanList *list, const Rests &rests,
            Millis now) {
  constexpr int kHiddenRank = 5;
  Plan plan;
  for (int rank = 1; rank <= kHiddenRank; ++rank) {
    for (std::size_t i = 0; i < saved.size(); ++i) {
      const SavedNetwork &network = saved[i];
      if (rests.holds(network.key, now)) {
        continue;
      }
      const Network *seen = list == nullptr ? nullptr : list->find(network.ssid, kinds_of(network));
      int its_rank = 0;
      if (seen != nullptr) {
        const int band = band_of(seen->rssi);
        its_rank = i == 0 && band < 2 ? 1 : 2 + band;
      } else if (network.is_hidden || (list == nullptr && i == 0)) {
        its_rank = kHiddenRank;
      }
      if (its_rank == rank) {
        plan.add(
            {.key = network.key, .channel = seen == nullptr ? std::uint8_t{0} : seen->channel});
      }
    }
  }
  return plan;
}

const SavedNetwork *looking_for(const State &state, std::span<const SavedNetwork> saved,
                                Millis now) {
  const bool is_trying = state.phase == Phase::Trying;
  if (!is_trying && state.phase != Phase::Choosing && state.phase != Phase::Pausing) {
    return nullptr;
  }
  for (const SavedNetwork &network : saved) {
    if (is_trying ? network.key == state.trying.key : !state.rests.holds(network.key, now)) {
      return &network;
    }
  }
  return nullptr;
}

Step step(const State &state, const Event &event, const Wishes &wishes, Millis now) {
  Step next{.state = state, .actions = {}};
  Stepping(next, wishes, now).run(event);
  return next;
}

} // namespace espp::provisioning::connection
