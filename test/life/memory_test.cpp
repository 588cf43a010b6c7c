#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "home.hpp"
#include "host/clock.hpp"
#include "host/tasks.hpp"
#include "memory.hpp"
#include "trial.hpp"

using namespace life_test;
using namespace std::chrono_literals;

TEST_CASE(
    "with memory that is short for one moment of the start, the device says so or is online") {
  const Leap leap;
  Home home({{.ssid = "M"}}, Home::config());
  home.save("M");
  int refused = 0;
  int online = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    CAPTURE(nth);
    REQUIRE(nth < 500);
    memory::fail_at(nth, memory::Shortage::Once);
    const bool started = home.device().start();
    if (started) {
      CHECK(home.portal().wait_connected(5min));
      ++online;
    } else {
      ++refused;
      CHECK_FALSE(radio::driver_state().initialised);
    }
    const bool failed = memory::restore();
    home.portal().stop();
    CHECK(home.portal().get_saved_ssids().size() == 1);
    if (!failed) {
      break;
    }
  }
  CHECK(refused > 3);
  CHECK(online > 3);
}

TEST_CASE("the portal that memory was short for opens a minute later") {
  const Leap leap;
  Home home({}, Home::config());
  for (std::uint64_t nth : {6, 12, 20}) {
    CAPTURE(nth);
    REQUIRE(home.device().start());
    home.until_open(10s);
    REQUIRE(home.portal().forget_all());
    home.portal().stop();
    memory::fail_at(nth, memory::Shortage::Lasting);
    const bool started = home.device().start();
    host::clock::sleep_for(10s);
    memory::restore();
    if (started) {
      home.until_open(3min);
    }
    home.portal().stop();
  }
}

TEST_CASE("however often the network comes and goes and the portal opens, the heap is as it was") {
  const Leap leap;
  Home home({}, Home::config(PortalWhen::Unreachable));
  home.save("M");
  const Holdings before = Holdings::now();
  const auto round = [&] {
    REQUIRE(home.device().start());
    home.turn_on({.ssid = "M"});
    home.until_connected(2min);
    REQUIRE(home.portal().open_portal());
    home.portal().close_portal();
    home.turn_off("M");
    home.until_disconnected(30s);
    home.portal().stop();
    REQUIRE(host::tasks::wait_until_none(1min));
    CHECK(Holdings::now() == before);
    return memory::in_use();
  };
  // The port's own lists grow now and then, and shrink. What a round leaves behind of the port, as an interface that
  // nobody has destroyed, every round leaves behind.
  constexpr int kRounds = 10;
  const auto least_of_some = [&] {
    std::size_t least = round();
    for (int i = 1; i < kRounds; ++i) {
      least = std::min(least, round());
    }
    return least;
  };
  const std::size_t first = least_of_some();
  const std::size_t then = least_of_some();
  if (memory::in_use_is_exact) {
    constexpr std::size_t kSmallestBlock = 16;
    CHECK(then < first + kRounds * kSmallestBlock);
  }
}
