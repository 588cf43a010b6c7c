#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "service/service.hpp"
#include "service_bench.hpp"

using namespace espp::provisioning;
using service_bench::Bench;
using service_bench::kHouse;

namespace {

ApiError error_of(const std::expected<void, ApiError> &result) {
  REQUIRE_FALSE(result);
  return result.error();
}

} // namespace

TEST_CASE("a command takes effect before it returns, which the next query shows") {
  Bench bench;
  CHECK_FALSE(bench.service.status().scan.scanning);
  CHECK(bench.service.scan());
  CHECK(bench.service.status().scan.scanning);
  CHECK(bench.next_action() == attempt::ActionKind::StartScan);
  CHECK(bench.service.scan()); // one that runs is as good
  CHECK_FALSE(bench.state.radio_actions.pop());

  const auto id = bench.service.connect({.ssid = kHouse, .password = Secret("boo-boo-boo")});
  REQUIRE(id);
  const Status status = bench.service.status();
  CHECK(status.connect.id == *id);
  CHECK(status.connect.state == attempt::ConnectState::Connecting);
  CHECK(status.connect.ssid == kHouse);
  CHECK_FALSE(status.scan.scanning);
  CHECK(bench.monitor.notices > 2);
}

TEST_CASE("one test runs at a time") {
  Bench bench;
  REQUIRE(bench.connect());
  CHECK(bench.connect().error() == ApiError::Busy);
  CHECK(error_of(bench.service.scan()) == ApiError::Busy);
  CHECK(bench.service.cancel());
  CHECK(bench.service.status().connect.reason == Reason::Cancelled);
  const auto second = bench.connect();
  REQUIRE(second);
  CHECK(*second == 2);
}

TEST_CASE("a test is told where its network was last seen") {
  Bench bench;
  REQUIRE(bench.state.list.reserve(2));
  bench.state.list.add({.ssid = kHouse, .rssi = -50, .channel = 9, .security = Security::Wpa2});
  bench.state.list.add({.ssid = kHouse, .rssi = -40, .channel = 3, .security = Security::Open});
  REQUIRE(bench.service.connect({.ssid = kHouse, .password = Secret("boo-boo-boo")}));
  const auto action = bench.state.radio_actions.pop();
  REQUIRE(action);
  CHECK(action->channel == 9);
}

TEST_CASE("a network of another kind that has the same name is not what is tested") {
  const Ssid ssid = kHouse;
  const auto channel_of = [&](const ConnectRequest &request) {
    Bench bench;
    bench.save(ssid);
    REQUIRE(bench.state.list.reserve(2));
    bench.state.list.add({.ssid = ssid, .rssi = -50, .channel = 9, .security = Security::Wpa2});
    bench.state.list.add({.ssid = ssid, .rssi = -40, .channel = 3, .security = Security::Open});
    REQUIRE(bench.service.connect(request));
    return bench.state.radio_actions.pop()->channel;
  };
  CHECK(channel_of({.ssid = ssid, .password = {}}) == 3);
  CHECK(channel_of({.ssid = ssid, .password = Secret("boo-boo-boo")}) == 9);
  CHECK(channel_of({.ssid = ssid, .password = {}, .security = Security::Wpa3}) == 9);
  CHECK(channel_of({.ssid = ssid, .password = {}, .security = Security::Owe}) == 3);
  // Nothing is known of what was saved: the strongest is as good as any.
  CHECK(channel_of({.ssid = ssid, .password = {}, .use_saved = true}) == 3);
}

TEST_CASE("the saved password is for networks that are saved") {
  Bench bench;
  const ConnectRequest request{.ssid = kHouse, .password = {}, .use_saved = true};
  CHECK(bench.service.connect(request).error() == ApiError::UnknownNetwork);
  bench.save(kHouse);
  CHECK(bench.service.connect(request));
  CHECK(bench.state.tested.is_saved);
}

TEST_CASE(
    "a tested password is kept until the test fails, or as long as it is the newest success") {
  Bench failing;
  REQUIRE(failing.service.connect({.ssid = kHouse, .password = Secret("boo-boo-boo")}));
  CHECK(failing.state.tested.password.bytes() == "boo-boo-boo");
  REQUIRE(failing.service.cancel());
  CHECK(failing.state.tested.password.empty());

  Bench good;
  good.connect_well();
  CHECK(good.state.tested.password.bytes() == "boo-boo-boo");
  good.happen({.kind = attempt::EventKind::NetworkForgotten, .ssid = kHouse});
  CHECK(good.state.tested.password.empty());
}

TEST_CASE("while the portal is not open, every command is unavailable, and queries answer") {
  Bench bench;
  bench.happen(life::EventKind::StopRequested);
  CHECK(error_of(bench.service.scan()) == ApiError::Unavailable);
  CHECK(bench.connect().error() == ApiError::Unavailable);
  CHECK(error_of(bench.service.cancel()) == ApiError::Unavailable);
  CHECK(error_of(bench.service.forget(kHouse)) == ApiError::Unavailable);
  bench.state.may_forget_all = true;
  CHECK(error_of(bench.service.forget_all()) == ApiError::Unavailable);
  CHECK(error_of(bench.service.forget_all_for_application()) == ApiError::Unavailable);
  CHECK(error_of(bench.service.complete()) == ApiError::Unavailable);
  CHECK(bench.service.networks());
  CHECK_FALSE(bench.service.status().completed);
}

TEST_CASE("once set-up is complete and the access point is closing, no test begins") {
  Bench bench;
  bench.connect_well();
  bench.happen(life::EventKind::CompleteRequested);
  CHECK(bench.service.status().completed);
  CHECK(bench.connect().error() == ApiError::Completed);

  Bench staying;
  staying.state.wishes.shuts_down = false;
  staying.connect_well();
  staying.happen(life::EventKind::CompleteRequested);
  CHECK(staying.connect());
}

TEST_CASE("a command for the actor waits for its answer") {
  Bench bench;
  bench.monitor.actor = [&] {
    REQUIRE(bench.state.command);
    CHECK(bench.state.command->kind == Command::Kind::Forget);
    CHECK(bench.state.command->ssid == kHouse);
    bench.state.command->is_done = true;
  };
  CHECK(bench.service.forget(kHouse));
  CHECK_FALSE(bench.state.command);
  bench.monitor.actor = [&] {
    bench.state.command->error = ApiError::StorageFailed;
    bench.state.command->is_done = true;
  };
  CHECK(error_of(bench.service.forget(kHouse)) == ApiError::StorageFailed);
}

TEST_CASE("all networks are forgotten for the owner only where the application allows it") {
  Bench bench;
  bench.monitor.actor = [&] {
    REQUIRE(bench.state.command);
    CHECK(bench.state.command->kind == Command::Kind::ForgetAll);
    bench.state.command->is_done = true;
  };
  CHECK(error_of(bench.service.forget_all()) == ApiError::NotAllowed);
  CHECK(bench.monitor.waits == 0);
  CHECK_FALSE(bench.service.status().may_forget_all);
  CHECK(bench.service.forget_all_for_application());

  bench.state.may_forget_all = true;
  CHECK(bench.service.status().may_forget_all);
  CHECK(bench.service.forget_all());
}

TEST_CASE("while the portal closes, forgetting all waits for nothing, though the device stays connected") {
  Bench bench;
  bench.state.may_forget_all = true;
  bench.state.connection.phase = connection::Phase::Connected;
  bench.happen(life::EventKind::StopRequested);
  // The actor waits for the server, whose task this is.
  CHECK(error_of(bench.service.forget_all()) == ApiError::Unavailable);
}

TEST_CASE("the status tells which network the device is looking for, unless the owner tests another") {
  Bench bench;
  bench.save(kHouse);
  CHECK(bench.service.status().looking_for.empty());
  bench.state.connection.phase = connection::Phase::Pausing;
  CHECK(bench.service.status().looking_for == kHouse);
  REQUIRE(bench.connect());
  CHECK(bench.service.status().looking_for.empty());
  REQUIRE(bench.service.cancel());
  CHECK(bench.service.status().looking_for == kHouse);
  bench.state.connection.phase = connection::Phase::Connected;
  CHECK(bench.service.status().looking_for.empty());
}

TEST_CASE("a second command waits for the first, and notices that the portal closes meanwhile") {
  Bench bench;
  bench.state.command = Command{.kind = Command::Kind::Complete};
  bench.monitor.actor = [&] {
    // The actor ends the first one, whose caller takes its answer, and closes the portal.
    bench.state.command.reset();
    apply(bench.state, bench.monitor, life::Event{.kind = life::EventKind::StopRequested});
  };
  CHECK(error_of(bench.service.forget(kHouse)) == ApiError::Unavailable);
}

TEST_CASE(
    "an actor that is behind has requests refused, and takes them again when it has caught up") {
  Bench bench;
  while (bench.state.radio_actions.has_room()) {
    bench.state.radio_actions.push({.kind = attempt::ActionKind::StopScan});
  }
  CHECK(bench.connect().error() == ApiError::Unavailable);
  CHECK(error_of(bench.service.scan()) == ApiError::Unavailable);
  CHECK(bench.service.status().connect.id == 0);
  while (bench.state.radio_actions.pop()) {
  }
  CHECK(bench.connect());
}

TEST_CASE("tests that begin and are cancelled again and again do not pile up work for the actor") {
  Bench bench;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(bench.connect());
    REQUIRE(bench.service.cancel());
  }
  int actions = 0;
  while (bench.state.radio_actions.pop()) {
    ++actions;
  }
  CHECK(actions == 2); // to begin the first targeted scan, and to stop it
}
