#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "home.hpp"

/// What a device that stays connected promises, whatever its world does: docs/connection.md has the same numbers.
namespace life_test {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace promised {
/// Online again from when a saved network lets the device in: the longest pause with its jitter, a scan, a try.
inline constexpr seconds kOnline{75};
/// Likewise where a try may be under way that takes all its time: 20 s to connect, and 30 s for an address.
inline constexpr seconds kOnlineAfterTry{105};
/// Likewise where the portal may just have opened or been used, which puts a look off for 30 s.
inline constexpr seconds kOnlineBesidePortal{105};
/// Likewise where a network rests because it has said "wrong password".
inline constexpr minutes kOnlineAfterRest{62};
/// What goes on the air in an hour, at most.
struct Hourly {
  std::uint32_t tries{0}; ///< calls of the driver to connect
  std::uint32_t scans{0};
};
/// While no saved network is heard.
inline constexpr Hourly kOutOfReach{.tries = 4, .scans = 75};
/// While one is heard that does not work: 60 rounds, each with four looks at most, and some five tries at a network that
/// refuses.
inline constexpr Hourly kRefused{.tries = 330, .scans = 240};
/// Bytes that the component has of the heap while it is connected and the portal is closed, besides the stack
/// of its one task.
inline constexpr std::size_t kHeap = 2'048;
} // namespace promised

/// True in `npm run stress`.
bool is_in_full();
/// The cases of a trial: the first ones, and in full all of them.
template <typename T>
std::vector<T> cases(std::initializer_list<T> small, std::initializer_list<T> more) {
  std::vector<T> all(small);
  if (is_in_full()) {
    all.insert(all.end(), more);
  }
  return all;
}

/// What the device holds.
struct Holdings {
  std::size_t heap{0};
  int handlers{0};
  std::vector<std::string> tasks;
  std::size_t files{0};

  static Holdings now();
  bool operator==(const Holdings &) const = default;
};

/// One device with the network "M", from its first connection on. While it lives, time leaps. At its end the
/// device must be online, have told so, and hold nothing more than at the beginning; once it is stopped, nothing.
class Trial {
public:
  explicit Trial(const Device::Config &config = Home::config(),
                 const std::vector<Router> &routers = {Router{.ssid = "M"}});
  Trial(const Trial &) = delete;
  Trial &operator=(const Trial &) = delete;

  Home *operator->() { return &home_; }
  Home &home() { return home_; }

  /// Lets time pass, and checks each hour of it that no network was hammered.
  void pass(milliseconds time, const promised::Hourly &most = promised::kRefused);
  /// From now on the device can be online: fails unless it is so within that time. Returns how long it took.
  milliseconds online(milliseconds within = promised::kOnline);
  /// Waits until the device has noticed that the link is gone.
  void lost() { home_.until_disconnected(seconds(30)); }
  /// Takes the device's power away, and gives it back.
  void power_cycle();

  /// What the device holds now is what it may hold at the end, where another network was saved.
  void rebase();

  /// Ends the trial; see above.
  void finish();

  /// Of the busiest hour.
  const promised::Hourly &busiest() const { return busiest_; }
  /// The longest that online() has waited.
  milliseconds longest() const { return longest_; }

private:
  void count_hour(const promised::Hourly &most);

  const Leap leap_;
  Holdings before_;
  Home home_;
  Holdings connected_;
  milliseconds hour_begun_{0};
  promised::Hourly counted_; ///< up to the hour that runs
  promised::Hourly busiest_;
  milliseconds longest_{0};
};

} // namespace life_test
