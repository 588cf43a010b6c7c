#include "host/clock.hpp"

#include <algorithm>
#include <mutex>
#include <thread>

namespace host::clock {
namespace {

using Steady = std::chrono::steady_clock;

constexpr double kSlowest = 0.001;
// Far below where a steady_clock's 64 bits of nanoseconds would overflow.
constexpr std::chrono::hours kFarthest{24 * 365 * 30};

struct Timebase {
  std::mutex mutex;
  double speed = 1.0;
  Steady::time_point real_start = Steady::now();
  Duration device_start{0};

  Duration device_time(Steady::time_point real) const {
    const std::chrono::duration<double, std::micro> elapsed = real - real_start;
    return device_start + Duration{static_cast<Duration::rep>(elapsed.count() * speed)};
  }
};

// Never destroyed: threads may still ask for the time while the process exits.
Timebase &timebase() {
  static Timebase *const instance = new Timebase;
  return *instance;
}

// The clock starts with the process, not with the first question.
const Timebase &started_with_the_process = timebase();

} // namespace

void set_speed(double speed) {
  (void)started_with_the_process;
  Timebase &base = timebase();
  const std::lock_guard lock(base.mutex);
  const Steady::time_point real = Steady::now();
  base.device_start = base.device_time(real);
  base.real_start = real;
  base.speed = std::max(speed, kSlowest);
}

double speed() {
  Timebase &base = timebase();
  const std::lock_guard lock(base.mutex);
  return base.speed;
}

Duration now() {
  Timebase &base = timebase();
  const std::lock_guard lock(base.mutex);
  return base.device_time(Steady::now());
}

std::chrono::nanoseconds to_real(Duration device_time) {
  const double nanoseconds = static_cast<double>(device_time.count()) * 1000.0 / speed();
  const double cap = static_cast<double>(std::chrono::nanoseconds(kFarthest).count());
  return std::chrono::nanoseconds{
      static_cast<std::chrono::nanoseconds::rep>(std::clamp(nanoseconds, 0.0, cap))};
}

Steady::time_point deadline_in(Duration device_time) {
  return Steady::now() + std::chrono::duration_cast<Steady::duration>(to_real(device_time));
}

void sleep_for(Duration device_time) {
  std::this_thread::sleep_until(deadline_in(device_time));
}

} // namespace host::clock
