#include "trial.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "host/tasks.hpp"
#include "memory.hpp"

namespace life_test {
namespace {

milliseconds now() {
  return std::chrono::duration_cast<milliseconds>(host::clock::now());
}

/// The threads of tasks that have ended are gone, with the files that they waited with.
constexpr seconds kSettle{2};

} // namespace

bool is_in_full() {
  static const bool is = std::getenv("STRESS") != nullptr;
  return is;
}

Holdings Holdings::now() {
  Holdings all{.heap = memory::held(), .handlers = memory::handlers(), .tasks = {}, .files = 0};
  for (const host::tasks::Info &task : host::tasks::list()) {
    all.tasks.push_back(task.name);
  }
  std::ranges::sort(all.tasks);
  all.files = static_cast<std::size_t>(std::distance(
      std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator{}));
  return all;
}

Trial::Trial(const Device::Config &config, const std::vector<Router> &routers)
    : home_(routers, config) {
  home_.save("M");
  before_ = Holdings::now();
  REQUIRE(home_.device().start());
  home_.until_connected(seconds(20));
  rebase();
}

void Trial::rebase() {
  pass(minutes(2));
  connected_ = Holdings::now();
}

void Trial::count_hour(const promised::Hourly &most) {
  const radio::DriverState driver = radio::driver_state();
  const promised::Hourly hour{.tries = driver.connects - counted_.tries,
                              .scans = driver.scans - counted_.scans};
  CHECK(hour.tries <= most.tries);
  CHECK(hour.scans <= most.scans);
  busiest_ = {.tries = std::max(busiest_.tries, hour.tries),
              .scans = std::max(busiest_.scans, hour.scans)};
  counted_ = {.tries = driver.connects, .scans = driver.scans};
  hour_begun_ = now();
}

void Trial::pass(milliseconds time, const promised::Hourly &most) {
  const milliseconds end = now() + time;
  while (now() < end) {
    const milliseconds left_of_hour = std::max(hour_begun_ + hours(1) - now(), milliseconds(1));
    host::clock::sleep_for(std::min<milliseconds>(end - now(), left_of_hour));
    if (now() - hour_begun_ >= hours(1)) {
      count_hour(most);
    }
  }
}

milliseconds Trial::online(milliseconds within) {
  const milliseconds took = home_.until_connected(within + minutes(1));
  CHECK(took <= within);
  longest_ = std::max(longest_, took);
  return took;
}

void Trial::power_cycle() {
  count_hour(promised::kRefused);
  home_.device().reboot();
  home_.clear_told();
  counted_ = {}; // the driver counts anew
  REQUIRE(home_.device().start());
}

void Trial::finish() {
  pass(minutes(2));
  CHECK(home_.portal().state() == State::Connected);
  CHECK(radio::driver_state().has_address);
  CHECK_FALSE(home_.is_open());
  const auto told = home_.told();
  REQUIRE_FALSE(told.empty());
  CHECK(told.back().is_connected);
  for (std::size_t i = 1; i < told.size(); ++i) {
    CHECK((told[i].is_connected != told[i - 1].is_connected));
  }
  CHECK(home_.portal().is_provisioned());
  const Holdings holdings = Holdings::now();
  CHECK(holdings.heap == connected_.heap);
  CHECK(holdings.handlers == connected_.handlers);
  CHECK(holdings.tasks == connected_.tasks);
  CHECK(holdings.files == connected_.files);
  CHECK(holdings.heap - before_.heap <= promised::kHeap);
  count_hour(promised::kRefused);
  home_.portal().stop();
  host::clock::sleep_for(kSettle);
  CHECK(Holdings::now() == before_);
  MESSAGE("online within ", longest_.count(), " ms; in the busiest hour ", busiest_.tries,
          " tries, ", busiest_.scans, " scans; ", connected_.heap - before_.heap, " bytes");
}

} // namespace life_test
