/// The one clock of the simulated device: real time since the process started, multiplied by a
/// speed.
///
/// FreeRTOS ticks and time-outs, the HTTP server's socket time-outs, log time stamps and the
/// simulated radio all take their time from here, so that tests run a device's seconds in a
/// fraction of them.
#pragma once

#include <chrono>

namespace host::clock {

/// The device's time.
using Duration = std::chrono::microseconds;

/// Device seconds per real second, at least 0.001; 1 unless set. Call it before anything starts:
/// waits that are already running keep the speed they began with. Device time never jumps
/// backwards.
void set_speed(double speed);
[[nodiscard]] double speed();

/// Device time since the process started. Any thread.
[[nodiscard]] Duration now();

/// How long `device_time` takes on the PC's clock.
[[nodiscard]] std::chrono::nanoseconds to_real(Duration device_time);

/// The moment on the PC's clock at which device time has advanced by `device_time`; for waits on
/// condition variables. A negative time is now; far futures are capped at about 30 years.
[[nodiscard]] std::chrono::steady_clock::time_point deadline_in(Duration device_time);

/// Blocks the calling thread for that much device time.
void sleep_for(Duration device_time);

} // namespace host::clock
