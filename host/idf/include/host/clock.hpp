/// The one clock of the simulated device. Its time is virtual.
///
/// FreeRTOS ticks and time-outs, the sockets' time-outs, log time stamps and the simulated radio
/// all take their time from here. Time passes in small steps, and only while every thread that
/// takes part in the clock waits. Every FreeRTOS task takes part; other threads do if they hold a
/// Participant. A thread waits if it is inside a wait of this header, of FreeRTOS or esp_event, or
/// in a blocking socket call. It holds the clock in every other case: while it computes, waits for
/// a core of a busy machine, or has input on its socket that it has not read yet.
///
/// So no time-out of the device ends early because the machine is slow, and a process that was
/// stopped goes on where it was. The machine's clock and the speed only set an upper bound: a step
/// is earned by a sleep that really ended, and a sleep earns no more than one step.
///
/// All functions may be called from any thread.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>

namespace host::clock {

/// The device's time.
using Duration = std::chrono::microseconds;

/// The moment, in the device's time, at which a wait gives up; without one it never does.
using Deadline = std::optional<Duration>;

/// Device seconds per second of the machine that has nothing else to do, at least 0.001; 1 unless
/// set. From about 200 on, waking the device's tasks takes longer than their waits.
void set_speed(double speed);
[[nodiscard]] double speed();

/// Device time since the process started. It never goes back.
[[nodiscard]] Duration now();

/// The moment in `time` from now; capped at about 30 years from the start.
[[nodiscard]] Deadline deadline_in(Duration time);

/// Blocks the calling thread for that much device time, or until that moment.
void sleep_for(Duration time);
void sleep_until(const Deadline &moment);

/// A condition variable whose waits the clock knows. Whom notify_all() wakes holds the clock from
/// that call on, even if the machine lets its thread run much later.
class Signal {
public:
  Signal() = default;
  Signal(const Signal &) = delete;
  Signal &operator=(const Signal &) = delete;

  /// With the mutex locked that its waiters use, or the signal may be gone before the call ends.
  void notify_all();

  /// Waits until `ready()` or the deadline; returns what `ready()` says then.
  template <typename Ready>
  bool wait(std::unique_lock<std::mutex> &lock, const Deadline &deadline, Ready ready) {
    while (!ready()) {
      if (!wait_once(lock, deadline)) {
        return ready();
      }
    }
    return true;
  }

private:
  /// False if the deadline has passed.
  bool wait_once(std::unique_lock<std::mutex> &lock, const Deadline &deadline);
};

/// poll() with a deadline in the device's time. Returns the number of descriptors with events, 0 at
/// the deadline, -1 with errno set on an error. Signals do not end it.
int poll(pollfd *descriptors, std::size_t count, const Deadline &deadline);

/// While it lives, the calling thread holds the clock unless it waits, as a task does. For clients
/// in the device's own process, which then have all the device's time for their work.
class Participant {
public:
  Participant();
  ~Participant();
  Participant(const Participant &) = delete;
  Participant &operator=(const Participant &) = delete;
};

/// Whether the calling thread takes part: it is a task or holds a Participant, and is not Away.
[[nodiscard]] bool takes_part();

/// While it lives, the calling thread does not hold the clock: it waits for something that the
/// clock does not know, such as the end of another thread. Has no effect on others.
class Away {
public:
  Away();
  ~Away();
  Away(const Away &) = delete;
  Away &operator=(const Away &) = delete;

private:
  bool was_there_;
};

} // namespace host::clock
