#include <doctest/doctest.h>

#include <vector>

#include "domain/outbox.hpp"
#include "service/announcements.hpp"

using namespace espp::provisioning;

namespace {

using Announcements = std::vector<Announcement>;

/// A portal whose state a test sets, and a listener that looks when told.
struct Bench {
  State state;
  Announced announced;

  Announcements look(bool is_down = false) {
    Announcements kinds;
    while (const auto next = next_announcement(state, announced, is_down)) {
      kinds.push_back(*next);
      REQUIRE(kinds.size() < 10);
    }
    return kinds;
  }
  void open() {
    ++state.life.run;
    state.life.phase = life::Phase::Open;
    state.life.finished = false;
  }
  void close(life::Cause cause) {
    state.life.phase = life::Phase::Closing;
    state.life.cause = cause;
  }
  void test(std::uint32_t id, attempt::ConnectState result) {
    state.attempt.connect.id = id;
    state.attempt.connect.state = result;
    state.attempt.connect.was_kept = false;
  }
  void connect() {
    state.connection.phase = connection::Phase::Connected;
    ++state.connection.link;
  }
};

} // namespace

TEST_CASE("a portal is announced once when it has opened, and once when its parts are gone") {
  Bench bench;
  CHECK(bench.look().empty());
  bench.state.life.phase = life::Phase::Opening;
  CHECK(bench.look().empty());
  bench.open();
  CHECK(bench.look() == Announcements{Announcement::PortalOpened});
  CHECK(bench.look().empty());
  bench.state.life.phase = life::Phase::Completing;
  CHECK(bench.look().empty());
  bench.close(life::Cause::Stopped);
  CHECK(bench.look().empty());
  CHECK(bench.look(true) == Announcements{Announcement::PortalClosed});
  bench.state.life.phase = life::Phase::Closed;
  CHECK(bench.look().empty());
}

TEST_CASE(
    "a portal that could not open, or closed before anybody looked, is not announced at all") {
  Bench bench;
  bench.open();
  bench.close(life::Cause::Failed);
  CHECK(bench.look(true).empty());
  bench.state.life.phase = life::Phase::Closed;
  CHECK(bench.look().empty());
}

TEST_CASE("a portal that has closed and is opening again was closed all the same") {
  Bench bench;
  bench.open();
  bench.look();
  ++bench.state.life.run;
  bench.state.life.phase = life::Phase::Opening;
  bench.state.life.cause = life::Cause::TimedOut; // of whichever run
  CHECK(bench.look() == Announcements{Announcement::PortalClosed});
  bench.state.life.phase = life::Phase::Open;
  CHECK(bench.look() == Announcements{Announcement::PortalOpened});
}

TEST_CASE("completion is announced when the application is called: after the closing, or at once") {
  Bench closing;
  closing.state.wishes.shuts_down = true;
  closing.open();
  closing.look();
  closing.state.life.finished = true;
  closing.state.life.phase = life::Phase::Completing;
  CHECK(closing.look().empty());
  closing.close(life::Cause::Completed);
  CHECK(closing.look(true) == Announcements{Announcement::PortalClosed, Announcement::Completed});

  Bench staying;
  staying.state.wishes.shuts_down = false;
  staying.open();
  staying.look();
  staying.state.life.finished = true;
  staying.state.life.phase = life::Phase::Completing;
  CHECK(staying.look() == Announcements{Announcement::Completed});
  staying.state.life.phase = life::Phase::Open;
  CHECK(staying.look().empty());
  staying.close(life::Cause::Stopped);
  CHECK(staying.look(true) == Announcements{Announcement::PortalClosed});
  staying.open();
  staying.state.life.finished = true; // the next start's
  CHECK(staying.look() == Announcements{Announcement::Completed, Announcement::PortalOpened});
}

TEST_CASE("a stop before the application is called announces no completion") {
  Bench bench;
  bench.open();
  bench.look();
  bench.state.life.finished = true;
  bench.close(life::Cause::Stopped);
  CHECK(bench.look(true) == Announcements{Announcement::PortalClosed});
}

TEST_CASE("a time-out is announced after the closing") {
  Bench bench;
  bench.open();
  bench.look();
  bench.close(life::Cause::TimedOut);
  CHECK(bench.look(true) == Announcements{Announcement::PortalClosed, Announcement::TimedOut});
}

TEST_CASE("each test of the owner's is announced once, with its end, and again if it is kept") {
  using attempt::ConnectState;
  Bench bench;
  bench.open();
  bench.look();
  for (const ConnectState running : {ConnectState::Connecting, ConnectState::ObtainingIp}) {
    bench.test(1, running);
    CHECK(bench.look().empty());
  }
  bench.test(1, ConnectState::Failed);
  CHECK(bench.look() == Announcements{Announcement::TestEnded});
  CHECK(bench.look().empty());
  bench.test(1, ConnectState::Connected);
  bench.state.attempt.connect.was_kept = true;
  CHECK(bench.look() == Announcements{Announcement::TestEnded});
  bench.test(2, ConnectState::Connecting);
  CHECK(bench.look().empty());
  bench.test(2, ConnectState::Connected);
  CHECK(bench.look() == Announcements{Announcement::TestEnded});
  bench.test(2, ConnectState::Idle); // forgotten
  CHECK(bench.look().empty());

  // The parts are made anew, and so are the numbers.
  bench.test(0, ConnectState::Idle);
  CHECK(bench.look().empty());
  bench.test(1, ConnectState::Failed);
  CHECK(bench.look() == Announcements{Announcement::TestEnded});
}

TEST_CASE("what the device tries by itself is no test") {
  Bench bench;
  bench.open();
  bench.look();
  bench.test(1, attempt::ConnectState::Failed);
  bench.look();
  bench.state.owners_test = bench.state.attempt.connect;
  bench.state.own_test = 2;
  bench.test(2, attempt::ConnectState::Connected);
  CHECK(bench.look().empty());
}

TEST_CASE("connections and losses are announced in turn, but none of a stop") {
  Bench bench;
  bench.connect();
  CHECK(bench.look() == Announcements{Announcement::Connected});
  CHECK(bench.look().empty());
  bench.state.connection.phase = connection::Phase::Pausing;
  CHECK(bench.look() == Announcements{Announcement::Disconnected});
  bench.connect();
  CHECK(bench.look() == Announcements{Announcement::Connected});
  bench.connect(); // lost and found between two looks
  CHECK(bench.look() == Announcements{Announcement::Disconnected, Announcement::Connected});
  for (const connection::Phase phase : {connection::Phase::Stopping, connection::Phase::Off}) {
    bench.state.connection.phase = phase;
    CHECK(bench.look().empty());
  }
}

TEST_CASE("an outbox keeps the newest, in order") {
  Outbox<int, 3> outbox;
  CHECK(outbox.empty());
  for (int i = 1; i <= 3; ++i) {
    CHECK(outbox.push(i));
  }
  CHECK_FALSE(outbox.push(4));
  CHECK_FALSE(outbox.push(5));
  for (int i = 3; i <= 5; ++i) {
    REQUIRE_FALSE(outbox.empty());
    CHECK(outbox.front() == i);
    outbox.pop();
  }
  CHECK(outbox.empty());
  CHECK(outbox.push(6));
  CHECK(outbox.front() == 6);
  outbox.clear();
  CHECK(outbox.size() == 0);
}
