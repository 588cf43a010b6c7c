#include <doctest/doctest.h>

#include "flow/scan_watch.hpp"

using namespace espp::provisioning;
using Outcome = ScanWatch::Outcome;

TEST_CASE("the end of a scan is the component's own if it has begun one") {
  ScanWatch watch;
  CHECK(watch.done(128, true, 0) == Outcome::Foreign);
  watch.starting(1'000);
  CHECK(watch.done(129, true, 3'000) == Outcome::Done);
  CHECK(watch.done(130, true, 4'000) == Outcome::Foreign);
  watch.starting(5'000);
  CHECK(watch.done(131, false, 6'000) == Outcome::Failed);
}

TEST_CASE("of two scans that collide, the records are left to the application") {
  // Whether ours (142) has ended the application's (141) or the other way round, the events are the same.
  ScanWatch watch;
  watch.done(140, true, 0);
  watch.starting(1'000);
  CHECK(watch.done(142, false, 1'005) == Outcome::Replaced);
  CHECK(watch.done(142, true, 3'000) == Outcome::Foreign);
}

TEST_CASE("a scan that another one has ended is told as such") {
  ScanWatch watch;
  watch.done(140, true, 0);
  watch.starting(1'000); // 141
  CHECK(watch.done(142, false, 2'000) == Outcome::Replaced);
  CHECK(watch.done(142, true, 4'000) == Outcome::Foreign);
}

TEST_CASE("a scan that was stopped ends at once") {
  ScanWatch watch;
  watch.starting(1'000);
  watch.stopping();
  CHECK(watch.done(128, false, 1'010) == Outcome::Failed);
}

TEST_CASE("numbers wrap from 255 to 128") {
  ScanWatch watch;
  watch.done(255, true, 0);
  watch.starting(1'000);
  CHECK(watch.done(128, true, 3'000) == Outcome::Done);
  watch.starting(4'000);
  CHECK(watch.done(130, false, 5'000) == Outcome::Replaced);
}

TEST_CASE("a refused scan may have taken a number") {
  ScanWatch watch;
  watch.done(128, true, 0);
  watch.starting(1'000);
  watch.refused();
  watch.starting(2'000);
  CHECK(watch.done(130, true, 4'000) == Outcome::Done);
}

TEST_CASE("a driver that does not count is believed") {
  ScanWatch watch;
  for (int i = 0; i < 3; ++i) {
    watch.starting(1'000);
    CHECK(watch.done(0, true, 3'000) == Outcome::Done);
  }
}
