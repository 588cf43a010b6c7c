#include "host/clock.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "clock/task_threads.hpp"
#include "host/unimplemented.hpp"
#include "network/real_calls.hpp"

namespace host::clock {
namespace {

using Steady = std::chrono::steady_clock;
using Real = std::chrono::nanoseconds;

constexpr double kSlowest = 0.001;
constexpr Duration kFarthest = std::chrono::hours{24 * 365 * 30};

/// A step of the device's time, at most: what it does at one moment it does within this.
constexpr std::chrono::duration<double, std::micro> kDeviceStep{10'000};
/// The sleep that earns a step. The longer ones are shortened so that a busy machine, which delays
/// the end of each sleep, slows the device down; below the shortest a sleep is mostly overhead.
constexpr std::chrono::duration<double, std::micro> kLongestSleep{2'000};
constexpr std::chrono::duration<double, std::micro> kShortestSleep{200};
/// A sleep that ends a little late earns what it took, so that an idle machine keeps the speed.
constexpr double kTolerance = 1.1;

/// How often the clock looks whether a thread has taken the input that it was seen to have.
constexpr std::chrono::microseconds kInputPause{500};

/// After so many seconds in which a task neither waited nor let another one run, it is named.
constexpr int kSuspiciousSeconds = 30;

/// What the clock knows of the calling thread.
struct Self {
  bool takes_part = false;
  /// Under the clock's mutex.
  bool waits = false;
  pthread_t thread = pthread_self();
  int wake_fd = -1;
  /// Of a poll(): what it waits for, at which the clock looks meanwhile, and what has arrived. Kept,
  /// so that waiting takes no memory from the device's heap.
  std::vector<pollfd> awaited;
  std::vector<pollfd> arrived;

  ~Self() {
    if (wake_fd >= 0) {
      ::close(wake_fd);
    }
  }
};

/// A thread inside a wait; lives on its stack.
struct Waiter {
  const Signal *signal = nullptr;
  Deadline deadline;
  std::span<const pollfd> sockets;
  /// Wakes it out of a poll(), -1 if it waits on `woken` instead.
  int wake_fd = -1;
  /// Of a thread that takes part.
  Self *participant = nullptr;
  bool is_over = false;
  bool timed_out = false;
  std::condition_variable woken;
};

thread_local Self self;

class Clock {
public:
  Clock();

  void set_speed(double speed);
  double speed();
  Duration now() {
    if (!is_forked_) {
      start_pacer();
    }
    return Duration{now_.load()};
  }

  void expect_task();
  void forget_task();
  /// `is_expected`: it holds the clock already.
  void enter(bool is_expected);
  void leave();
  void yield();
  bool wait(const Signal *signal, const Deadline &deadline, std::unique_lock<std::mutex> *lock);
  int poll(pollfd *descriptors, std::size_t count, const Deadline &deadline);
  void notify(const Signal *signal);

private:
  using Lock = std::unique_lock<std::mutex>;

  static void before_fork();
  static void after_fork_in_parent();
  static void after_fork_in_child();

  void start_pacer();
  void pace();
  void wait_for_rest(Lock &lock);
  void name_who_runs() const;

  Duration time() const { return Duration{now_.load(std::memory_order_relaxed)}; }
  std::chrono::duration<double, std::micro> longest_sleep() const;
  Duration time_to_next_deadline() const;
  Duration next_step() const;
  Steady::time_point end_of_step(Duration step) const;
  bool input_waits();
  void look_for_input();
  void earn(Duration at_least);
  void wake_due();
  void finish(Waiter &waiter);
  void wake(Waiter &waiter);
  void hold();
  void release();
  void begin(Waiter &waiter);
  void tell_pacer();

  std::mutex mutex_;
  std::atomic<bool> has_pacer_{false};
  /// A forked child gets a pacer only when it waits: some sanitizers end a child that starts
  /// threads.
  std::atomic<bool> is_forked_{false};
  std::condition_variable *pacer_wakes_ = new std::condition_variable;
  /// When the pacer wakes by itself; far in the future while it waits for the device to rest.
  Steady::time_point pacer_wakes_at_{};

  /// Written under the mutex.
  std::atomic<Duration::rep> now_{0};
  double speed_ = 1.0;
  /// Threads that hold the clock.
  unsigned running_ = 0;
  /// While nobody holds it: since when on the machine's clock, or the last step if that was later.
  Steady::time_point resting_since_ = Steady::now();
  /// While somebody has input to read, the device only seems to rest.
  bool has_unread_input_ = false;
  std::vector<const Self *> participants_;
  std::vector<Waiter *> waiters_;
  std::vector<pollfd> sockets_;
  /// Grows with whatever a thread does to the clock.
  std::uint64_t changes_ = 0;
};

// Never destroyed: threads may still ask for the time while the process exits.
Clock &the_clock() {
  static Clock *const instance = new Clock;
  return *instance;
}

Clock::Clock() {
  waiters_.reserve(64);
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

void Clock::before_fork() {
  the_clock().mutex_.lock();
}

void Clock::after_fork_in_parent() {
  the_clock().mutex_.unlock();
}

// Only the calling thread exists in the child.
void Clock::after_fork_in_child() {
  Clock &clock = the_clock();
  clock.has_pacer_ = false;
  clock.is_forked_ = true;
  // The old one counts a waiter that is no more.
  clock.pacer_wakes_ = new std::condition_variable;
  clock.waiters_.clear();
  clock.participants_.clear();
  clock.running_ = self.takes_part ? 1 : 0;
  clock.resting_since_ = Steady::now();
  clock.mutex_.unlock();
}

void Clock::start_pacer() {
  if (has_pacer_.load(std::memory_order_acquire) || has_pacer_.exchange(true)) {
    return;
  }
  // Signals are the main thread's business.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([this] { pace(); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Clock::set_speed(double speed) {
  const Lock lock(mutex_);
  if (running_ == 0) {
    earn(Duration{0});
  }
  speed_ = std::max(speed, kSlowest);
  pacer_wakes_->notify_one();
}

double Clock::speed() {
  const Lock lock(mutex_);
  return speed_;
}

std::chrono::duration<double, std::micro> Clock::longest_sleep() const {
  return std::clamp(kDeviceStep / speed_, kShortestSleep, kLongestSleep);
}

Duration Clock::time_to_next_deadline() const {
  Duration next = kFarthest;
  for (const Waiter *const waiter : waiters_) {
    if (waiter->deadline) {
      next = std::min(next, *waiter->deadline);
    }
  }
  return std::max(next - time(), Duration{0});
}

Duration Clock::next_step() const {
  const auto longest = std::chrono::duration_cast<Duration>(longest_sleep() * speed_);
  return std::min(time_to_next_deadline(), std::max(longest, Duration{1}));
}

Steady::time_point Clock::end_of_step(Duration step) const {
  const std::chrono::duration<double, std::micro> sleep{static_cast<double>(step.count()) / speed_};
  return resting_since_ + std::chrono::ceil<Real>(sleep);
}

// Lets the time pass that the device has rested for.
void Clock::earn(Duration at_least) {
  const Steady::time_point real = Steady::now();
  const std::chrono::duration<double, std::micro> rest = real - resting_since_;
  resting_since_ = real;
  if (has_unread_input_) {
    return;
  }
  const double earned = std::min(rest, longest_sleep() * kTolerance).count() * speed_;
  const Duration step = std::max(Duration{static_cast<Duration::rep>(earned)}, at_least);
  now_ += std::min(step, time_to_next_deadline()).count();
}

void Clock::hold() {
  ++changes_;
  if (running_ == 0) {
    earn(Duration{0});
    if (time_to_next_deadline() == Duration{0}) {
      pacer_wakes_->notify_one();
    }
  }
  ++running_;
}

void Clock::release() {
  ++changes_;
  --running_;
  if (running_ == 0) {
    resting_since_ = Steady::now();
    look_for_input();
  }
  tell_pacer();
}

// Unless it will look at the clock early enough anyway.
void Clock::tell_pacer() {
  if (running_ == 0 && end_of_step(next_step()) < pacer_wakes_at_) {
    pacer_wakes_->notify_one();
  }
}

void Clock::finish(Waiter &waiter) {
  if (waiter.participant != nullptr) {
    waiter.participant->waits = false;
    // With its deadline still in force: what it wakes for happens at that moment.
    hold();
  }
  std::erase(waiters_, &waiter);
  waiter.is_over = true;
}

void Clock::wake(Waiter &waiter) {
  finish(waiter);
  if (waiter.wake_fd < 0) {
    waiter.woken.notify_one();
    return;
  }
  const std::uint64_t one = 1;
  // Only a full counter makes it fail, and this one is 0.
  [[maybe_unused]] const ssize_t written = ::write(waiter.wake_fd, &one, sizeof(one));
}

void Clock::wake_due() {
  for (std::size_t i = 0; i < waiters_.size();) {
    Waiter &waiter = *waiters_[i];
    if (waiter.deadline && *waiter.deadline <= time()) {
      waiter.timed_out = true;
      wake(waiter);
    } else {
      ++i;
    }
  }
}

void Clock::begin(Waiter &waiter) {
  waiter.participant = self.takes_part ? &self : nullptr;
  waiters_.push_back(&waiter);
  if (waiter.participant != nullptr) {
    waiter.participant->waits = true;
    release();
  } else {
    tell_pacer();
  }
}

bool Clock::wait(const Signal *signal, const Deadline &deadline, Lock *user_lock) {
  start_pacer();
  Lock lock(mutex_);
  if (deadline && *deadline <= time()) {
    return false;
  }
  Waiter waiter;
  waiter.signal = signal;
  waiter.deadline = deadline;
  begin(waiter);
  if (user_lock != nullptr) {
    user_lock->unlock();
  }
  waiter.woken.wait(lock, [&] { return waiter.is_over; });
  lock.unlock();
  if (user_lock != nullptr) {
    user_lock->lock();
  }
  return !waiter.timed_out;
}

void Clock::notify(const Signal *signal) {
  const Lock lock(mutex_);
  for (std::size_t i = 0; i < waiters_.size();) {
    if (waiters_[i]->signal == signal) {
      wake(*waiters_[i]);
    } else {
      ++i;
    }
  }
}

int Clock::poll(pollfd *descriptors, std::size_t count, const Deadline &deadline) {
  start_pacer();
  const int ready = __real_poll(descriptors, count, 0);
  if (ready != 0) {
    return ready;
  }
  if (self.wake_fd < 0) {
    self.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self.wake_fd < 0) {
      return -1;
    }
  }
  self.awaited.assign(descriptors, descriptors + count);
  Waiter waiter;
  waiter.deadline = deadline;
  waiter.sockets = std::span(self.awaited);
  waiter.wake_fd = self.wake_fd;
  std::vector<pollfd> &arrived = self.arrived;
  arrived = self.awaited;
  arrived.push_back({.fd = self.wake_fd, .events = POLLIN, .revents = 0});
  {
    const Lock lock(mutex_);
    if (deadline && *deadline <= time()) {
      return 0;
    }
    begin(waiter);
  }
  int result = 0;
  do {
    result = __real_poll(arrived.data(), arrived.size(), -1);
  } while (result < 0 && errno == EINTR);
  const int error = errno;
  bool was_woken = false;
  {
    const Lock lock(mutex_);
    was_woken = waiter.is_over;
    if (!was_woken) {
      finish(waiter);
    }
  }
  if (was_woken) {
    std::uint64_t drained = 0;
    [[maybe_unused]] const ssize_t got = ::read(self.wake_fd, &drained, sizeof(drained));
  }
  if (result < 0) {
    errno = error;
    return -1;
  }
  result = 0;
  for (std::size_t i = 0; i < count; ++i) {
    descriptors[i].revents = arrived[i].revents;
    result += arrived[i].revents != 0 ? 1 : 0;
  }
  return result;
}

void Clock::expect_task() {
  start_pacer();
  const Lock lock(mutex_);
  hold();
}

void Clock::forget_task() {
  const Lock lock(mutex_);
  release();
}

void Clock::enter(bool is_expected) {
  start_pacer();
  const Lock lock(mutex_);
  self.takes_part = true;
  participants_.push_back(&self);
  if (!is_expected) {
    hold();
  }
}

void Clock::leave() {
  const Lock lock(mutex_);
  self.takes_part = false;
  std::erase(participants_, &self);
  release();
}

void Clock::yield() {
  if (!self.takes_part) {
    sched_yield();
    return;
  }
  leave();
  sched_yield();
  enter(false);
}

// A thread that waits for a socket holds the clock as soon as the kernel has something for it. The
// kernel tells the clock only if asked.
bool Clock::input_waits() {
  sockets_.clear();
  for (const Waiter *const waiter : waiters_) {
    if (waiter->participant != nullptr) {
      sockets_.insert(sockets_.end(), waiter->sockets.begin(), waiter->sockets.end());
    }
  }
  if (sockets_.empty() || __real_poll(sockets_.data(), sockets_.size(), 0) <= 0) {
    return false;
  }
  // Of a descriptor that was closed under a waiting thread, that thread never hears.
  return std::any_of(sockets_.begin(), sockets_.end(),
                     [](const pollfd &polled) { return (polled.revents & ~POLLNVAL) != 0; });
}

void Clock::look_for_input() {
  const bool had_some = has_unread_input_;
  has_unread_input_ = input_waits();
  if (had_some && !has_unread_input_) {
    resting_since_ = Steady::now();
  }
}

// Until nobody holds the clock, or something is due.
void Clock::wait_for_rest(Lock &lock) {
  pacer_wakes_at_ = Steady::time_point::max();
  const std::uint64_t seen = changes_;
  for (int seconds = 0; running_ > 0 && changes_ == seen; ++seconds) {
    if (seconds == kSuspiciousSeconds) {
      name_who_runs();
    }
    pacer_wakes_->wait_for(lock, std::chrono::seconds{1});
  }
}

void Clock::name_who_runs() const {
  std::string names;
  for (const Self *const participant : participants_) {
    char name[16] = {};
    if (!participant->waits && pthread_getname_np(participant->thread, name, sizeof(name)) == 0) {
      names += std::string(names.empty() ? "" : ", ") + name;
    }
  }
  std::fprintf(
      stderr,
      "The device's time has stood still for %d s: %s computes, or waits in a way that the "
      "clock does not know (host/clock.hpp)\n",
      kSuspiciousSeconds, names.c_str());
}

void Clock::pace() {
  pthread_setname_np(pthread_self(), "clock");
  // Sleeps end when they should, not up to 50 us later.
  prctl(PR_SET_TIMERSLACK, 1);
  Lock lock(mutex_);
  for (;;) {
    wake_due();
    if (running_ > 0) {
      wait_for_rest(lock);
      continue;
    }
    if (has_unread_input_) {
      pacer_wakes_at_ = Steady::time_point::min();
      pacer_wakes_->wait_for(lock, kInputPause);
      if (running_ == 0) {
        look_for_input();
      }
      continue;
    }
    const Duration step = next_step();
    const Steady::time_point end = end_of_step(step);
    pacer_wakes_at_ = end;
    pacer_wakes_->wait_until(lock, end);
    pacer_wakes_at_ = Steady::time_point::min();
    if (Steady::now() < end) {
      continue;
    }
    // Whoever wants the core comes first.
    lock.unlock();
    sched_yield();
    lock.lock();
    if (running_ > 0) {
      continue;
    }
    look_for_input();
    earn(end_of_step(step) <= Steady::now() ? step : Duration{0});
  }
}

} // namespace

void set_speed(double speed) {
  the_clock().set_speed(speed);
}

double speed() {
  return the_clock().speed();
}

Duration now() {
  return the_clock().now();
}

Deadline deadline_in(Duration time) {
  return now() + std::clamp(time, Duration{0}, kFarthest);
}

void sleep_for(Duration time) {
  sleep_until(deadline_in(time));
}

void sleep_until(const Deadline &moment) {
  the_clock().wait(nullptr, moment, nullptr);
}

void Signal::notify_all() {
  the_clock().notify(this);
}

bool Signal::wait_once(std::unique_lock<std::mutex> &lock, const Deadline &deadline) {
  return the_clock().wait(this, deadline, &lock);
}

int poll(pollfd *descriptors, std::size_t count, const Deadline &deadline) {
  return the_clock().poll(descriptors, count, deadline);
}

bool takes_part() {
  return self.takes_part;
}

Participant::Participant() {
  if (self.takes_part) {
    fatal("host::clock::Participant", "the thread takes part in the clock already");
  }
  the_clock().enter(false);
}

Participant::~Participant() {
  the_clock().leave();
}

Away::Away() : was_there_(self.takes_part) {
  if (was_there_) {
    the_clock().leave();
  }
}

Away::~Away() {
  if (was_there_) {
    the_clock().enter(false);
  }
}

void task_is_created() {
  the_clock().expect_task();
}

void task_is_not_created() {
  the_clock().forget_task();
}

void task_begins() {
  the_clock().enter(true);
}

void task_ends() {
  the_clock().leave();
}

void yield() {
  the_clock().yield();
}

} // namespace host::clock
