#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/clock.hpp"
#include "host/network.hpp"
#include "neighbours.hpp"

using namespace neighbours;
using namespace std::chrono_literals;

namespace {

/// Where an application calls from.
enum class Place { Task, DefaultLoop, OwnLoop };

/// What the portal is doing when it calls.
enum class Moment { Closed, Starting, Open, Testing, Completed, Stopping, AwaitedStop };

constexpr Place kPlaces[] = {Place::Task, Place::DefaultLoop, Place::OwnLoop};
constexpr Moment kMoments[] = {Moment::Closed,     Moment::Starting,  Moment::Open,
                               Moment::Testing,    Moment::Completed, Moment::Stopping,
                               Moment::AwaitedStop};

std::string to_string(Place place) {
  switch (place) {
  case Place::Task:
    return "a task";
  case Place::DefaultLoop:
    return "a handler of the default event loop";
  case Place::OwnLoop:
    return "a handler of an event loop of the application's own";
  }
  return "";
}

std::string to_string(Moment moment) {
  switch (moment) {
  case Moment::Closed:
    return "closed";
  case Moment::Starting:
    return "starting";
  case Moment::Open:
    return "open";
  case Moment::Testing:
    return "testing a connection";
  case Moment::Completed:
    return "completed and about to close";
  case Moment::Stopping:
    return "stopping";
  case Moment::AwaitedStop:
    return "stopping, with a task that waits for its end";
  }
  return "";
}

/// How far into a moment calls are made: several times where it makes a race.
std::vector<milliseconds> depths(Moment moment) {
  switch (moment) {
  case Moment::Starting:
  case Moment::Stopping:
    return {0ms, 0ms, 0ms, 0ms, 1ms, 10ms, 100ms};
  case Moment::Closed:
  case Moment::Open:
  case Moment::AwaitedStop:
    return {0ms};
  case Moment::Testing:
  case Moment::Completed:
    return {0ms, 30ms, 300ms};
  }
  return {};
}

/// An application with event loops, and a portal beside them.
class Stage {
public:
  Stage() = default;
  /// The loops may go only once the portal has closed.
  ~Stage() {
    settle();
    Worker("stopper", [this] { portal().stop(); }).join("stop()");
  }
  Stage(const Stage &) = delete;
  Stage &operator=(const Stage &) = delete;

  /// Runs `call` in that place and returns when it has returned.
  void at(Place place, const char *call_name, const std::function<void()> &call) {
    const std::string what = std::string(call_name) + " in " + to_string(place) + at_moment_;
    switch (place) {
    case Place::Task:
      Worker("caller", call).join(what);
      break;
    case Place::DefaultLoop:
      on_default_.run(what, call);
      break;
    case Place::OwnLoop:
      on_own_.run(what, call);
      break;
    }
  }

  /// Brings the portal to that moment, and so far into it. Starting and Stopping go on by
  /// themselves.
  void reach(Moment moment, milliseconds into) {
    at_moment_ = " while the portal is " + to_string(moment);
    switch (moment) {
    case Moment::Closed:
      break;
    case Moment::Starting:
      busy_.emplace("starter", [this] { portal().start(); });
      go_into(into, [] { return radio::driver_state().initialised; });
      break;
    case Moment::Open:
      REQUIRE(portal().start());
      break;
    case Moment::Testing:
      REQUIRE(portal().start());
      REQUIRE(device_.phone().post("/api/connect", kHouse).status == 202);
      host::clock::sleep_for(into);
      break;
    case Moment::Completed:
      REQUIRE(portal().start());
      complete(device_);
      host::clock::sleep_for(into);
      break;
    case Moment::Stopping:
      REQUIRE(portal().start());
      portal().request_stop();
      go_into(into, [] { return true; });
      break;
    case Moment::AwaitedStop:
      REQUIRE(portal().start());
      busy_.emplace("stopper", [this] { portal().stop(); });
      // A stop that the portal has received cannot come after the call that is to meet it.
      device_.wait_until([] { return host::network::bound_port(80) == 0; });
      break;
    }
  }

  void settle() {
    if (busy_) {
      busy_->join("a start or stop that is under way");
      busy_.reset();
    }
  }

  /// A portal that has closed can be opened again.
  void check_closes_and_opens_again() {
    device_.wait_until([this] { return !portal().is_active(); });
    CHECK(host::network::bound_port(80) == 0);
    REQUIRE(portal().start());
    CHECK(portal().is_active());
    CHECK(device_.phone().get("/api/status").status == 200);
    Worker("stopper", [this] { portal().stop(); }).join("stop()");
    CHECK_FALSE(portal().is_active());
  }

  Device &device() { return device_; }
  espp::Provisioning &portal() { return device_.portal(); }
  OnLoop &on_default() { return on_default_; }

private:
  /// With 0 ms it is in the very middle: while the caller computes no time passes.
  template <typename HasBegun> static void go_into(milliseconds into, HasBegun has_begun) {
    while (!has_begun()) {
      std::this_thread::yield();
    }
    host::clock::sleep_for(into);
  }

  Device device_;
  DefaultLoop default_;
  OwnLoop own_;
  OnLoop on_default_;
  OnLoop on_own_{own_.handle()};
  std::optional<Worker> busy_;
  std::string at_moment_;
};

} // namespace

TEST_CASE("stop() returns and closes the portal, wherever it is called and whatever goes on") {
  for (const Place place : kPlaces) {
    for (const Moment moment : kMoments) {
      for (const milliseconds into : depths(moment)) {
        INFO("stop() in ", to_string(place), " while the portal is ", to_string(moment), ", ",
             into.count(), " ms into it");
        Stage stage;
        stage.reach(moment, into);
        stage.at(place, "stop()", [&] { stage.portal().stop(); });
        stage.settle();
        stage.check_closes_and_opens_again();
      }
    }
  }
}

TEST_CASE("stop() on a task or on a loop of the application's own returns when all is given back") {
  for (const Place place : {Place::Task, Place::OwnLoop}) {
    for (const Moment moment : {Moment::Open, Moment::Testing, Moment::Completed}) {
      INFO("stop() in ", to_string(place), " while the portal is ", to_string(moment));
      Stage stage;
      stage.reach(moment, 50ms);
      bool is_active = true;
      std::uint16_t port = 1;
      bool has_radio = true;
      stage.at(place, "stop()", [&] {
        stage.portal().stop();
        is_active = stage.portal().is_active();
        port = host::network::bound_port(80);
        has_radio = radio::driver_state().initialised;
      });
      CHECK_FALSE(is_active);
      CHECK(port == 0);
      CHECK_FALSE(has_radio);
    }
  }
}

TEST_CASE("start() opens the portal, wherever it is called and whatever goes on") {
  for (const Place place : kPlaces) {
    for (const Moment moment : kMoments) {
      for (const milliseconds into : depths(moment)) {
        INFO("start() in ", to_string(place), " while the portal is ", to_string(moment), ", ",
             into.count(), " ms into it");
        Stage stage;
        stage.reach(moment, into);
        bool result = false;
        stage.at(place, "start()", [&] { result = stage.portal().start(); });
        stage.settle();
        CHECK(result);
        stage.device().wait_until([&] { return stage.portal().is_active(); });
        Worker("stopper", [&] { stage.portal().stop(); }).join("stop()");
        stage.check_closes_and_opens_again();
      }
    }
  }
}

TEST_CASE("start() on a handler of the default event loop is accepted, and the portal opens") {
  Stage stage;
  bool result = false;
  stage.at(Place::DefaultLoop, "start()", [&] { result = stage.portal().start(); });
  CHECK(result);
  stage.device().wait_until([] { return host::network::bound_port(80) != 0; });
  stage.device().wait_until([&] { return stage.device().phone().get("/").status == 200; });
  stage.device().scan_list();
}

TEST_CASE("start() on a task returns when the portal is up, or has failed") {
  Stage stage;
  for (int round = 0; round < 3; ++round) {
    bool result = false;
    stage.at(Place::Task, "start()", [&] { result = stage.portal().start(); });
    CHECK(result);
    CHECK(stage.portal().is_active());
    CHECK(stage.device().phone().get("/api/status").status == 200);
    stage.portal().stop();
  }
  const TakenPort taken;
  host::network::map_port(80, taken.number());
  bool result = true;
  stage.at(Place::OwnLoop, "start()", [&] { result = stage.portal().start(); });
  CHECK_FALSE(result);
  CHECK_FALSE(stage.portal().is_active());
}

TEST_CASE("a start() on the default event loop that fails leaves the portal closed") {
  Stage stage;
  const LogCapture log;
  const TakenPort taken;
  host::network::map_port(80, taken.number());
  stage.at(Place::DefaultLoop, "start()", [&] { stage.portal().start(); });
  stage.device().wait_until([&] { return log.contains("E ("); });
  stage.device().wait_until([&] { return !stage.portal().is_active(); });
  host::network::map_port(80, 0);
  stage.check_closes_and_opens_again();
}

TEST_CASE("a handler of the driver's own events stops the portal that causes them") {
  struct Event {
    std::string name;
    std::int32_t id;
  };
  const Event events[] = {
      {"STA_START", WIFI_EVENT_STA_START},
      {"AP_START", WIFI_EVENT_AP_START},
      {"SCAN_DONE", WIFI_EVENT_SCAN_DONE},
      {"AP_STACONNECTED", WIFI_EVENT_AP_STACONNECTED},
  };
  for (const Event &event : events) {
    CAPTURE(event.name);
    Stage stage;
    std::atomic<bool> has_stopped{false};
    const Handler handler(WIFI_EVENT, event.id, [&](std::int32_t, const void * /*data*/) {
      stage.portal().stop();
      has_stopped = true;
    });
    Worker starter("starter", [&] { stage.portal().start(); });
    starter.join("start()");
    stage.device().wait_until([&] { return has_stopped.load(); });
    stage.device().wait_until([&] { return !stage.portal().is_active(); });
    CHECK(host::network::bound_port(80) == 0);
  }
}

TEST_CASE("stop() on the default event loop returns at once, under traffic") {
  Stage stage;
  REQUIRE(stage.portal().start());
  const auto port = host::network::bound_port(80);
  const Traffic one(port);
  const Traffic two(port);
  host::clock::sleep_for(1s);
  milliseconds took{};
  stage.at(Place::DefaultLoop, "stop()",
           [&] { took = duration_of([&] { stage.portal().stop(); }); });
  CHECK(took <= kAtOnce);
  stage.device().wait_until([&] { return !stage.portal().is_active(); });
}

TEST_CASE("stop() on the default event loop returns at once, with a phone that stalls") {
  Stage stage;
  REQUIRE(stage.portal().start());
  const StalledPhone stalled(host::network::bound_port(80));
  host::clock::sleep_for(200ms);
  milliseconds took{};
  stage.at(Place::DefaultLoop, "stop()",
           [&] { took = duration_of([&] { stage.portal().stop(); }); });
  CHECK(took <= kAtOnce);
  stage.device().wait_until([&] { return !stage.portal().is_active(); });
}

TEST_CASE("start() on the default event loop returns at once") {
  Stage stage;
  milliseconds took{};
  stage.at(Place::DefaultLoop, "start()",
           [&] { took = duration_of([&] { stage.portal().start(); }); });
  CHECK(took <= kAtOnce);
  stage.device().wait_until([] { return host::network::bound_port(80) != 0; });
}

TEST_CASE("the default event loop is never kept waiting, whatever the portal does") {
  Stage stage;
  std::atomic<bool> is_over{false};
  std::atomic<std::int64_t> longest{0};
  Worker prober("prober", [&] {
    while (!is_over) {
      const auto waited = duration_of([&] { stage.on_default().run("a handler", [] {}); });
      longest = std::max<std::int64_t>(longest, waited.count());
      host::clock::sleep_for(10ms);
    }
  });
  for (int round = 0; round < 3; ++round) {
    REQUIRE(stage.portal().start());
    host::clock::sleep_for(4s); // the first scan
    CHECK(stage.device().test(kHouse).text("state") == "connected");
    REQUIRE(stage.device().phone().post("/api/connect", kHouse).status == 202);
    stage.portal().stop();
  }
  is_over = true;
  prober.join("the prober");
  CHECK(longest <= kAtOnce.count());
}

TEST_CASE("stopping twice, and on several tasks at once, is as stopping once") {
  Stage stage;
  for (int round = 0; round < 4; ++round) {
    REQUIRE(stage.portal().start());
    std::vector<std::unique_ptr<Worker>> stoppers;
    std::atomic<int> active_after{0};
    for (int i = 0; i < 4; ++i) {
      stoppers.push_back(std::make_unique<Worker>("stopper", [&] {
        stage.portal().stop();
        active_after += stage.portal().is_active() ? 1 : 0;
      }));
    }
    for (const auto &stopper : stoppers) {
      stopper->join("stop()");
    }
    CHECK(active_after == 0);
    stage.portal().stop();
    CHECK_FALSE(stage.portal().is_active());
  }
}

TEST_CASE("starting on several tasks at once opens one portal") {
  Stage stage;
  for (int round = 0; round < 4; ++round) {
    std::vector<std::unique_ptr<Worker>> starters;
    std::atomic<int> started{0};
    for (int i = 0; i < 4; ++i) {
      starters.push_back(
          std::make_unique<Worker>("starter", [&] { started += stage.portal().start() ? 1 : 0; }));
    }
    for (const auto &starter : starters) {
      starter->join("start()");
    }
    CHECK(started == 4);
    CHECK(stage.device().phone().get("/api/status").status == 200);
    stage.portal().stop();
  }
}

TEST_CASE("a portal that is destroyed while it is active closes, whatever it does") {
  for (const Moment moment : {Moment::Open, Moment::Testing, Moment::Completed}) {
    for (const auto into : {0ms, 100ms, 1000ms}) {
      INFO("destroyed while the portal is ", to_string(moment), ", ", into.count(), " ms into it");
      Stage stage;
      stage.reach(moment, into);
      Worker("destroyer", [&] { stage.device().reboot(); }).join("the destructor");
      CHECK(host::network::bound_port(80) == 0);
      CHECK_FALSE(radio::driver_state().initialised);
      stage.check_closes_and_opens_again();
    }
  }
}

TEST_CASE("a portal that opens right after it has closed in the middle of something works") {
  // Events of what it was doing may still be on their way.
  for (const Moment moment : {Moment::Open, Moment::Testing, Moment::Completed}) {
    for (const auto into : {1ms, 100ms, 500ms, 1500ms}) {
      INFO("closed while it was ", to_string(moment), ", ", into.count(), " ms into it");
      Stage stage;
      stage.reach(moment, into);
      host::clock::sleep_for(into);
      stage.portal().stop();
      REQUIRE(stage.portal().start());
      const Json list = stage.device().scan_list();
      CHECK_FALSE(list.has("error"));
      CHECK(list.size("networks") > 0);
      CHECK(stage.device().test(kHouse).text("state") == "connected");
    }
  }
}

TEST_CASE("request_stop() closes the portal without waiting, wherever it is called") {
  REQUIRE(has_request_stop<espp::Provisioning>);
  for (const Place place : kPlaces) {
    for (const Moment moment : kMoments) {
      INFO("request_stop() in ", to_string(place), " while the portal is ", to_string(moment));
      Stage stage;
      stage.reach(moment, 30ms);
      milliseconds took{};
      stage.at(place, "request_stop()",
               [&] { took = duration_of([&] { request_stop(stage.portal()); }); });
      CHECK(took <= kAtOnce);
      stage.settle();
      stage.check_closes_and_opens_again();
    }
  }
}

TEST_CASE("request_stop() on a loop of the application's own returns at once, under traffic") {
  REQUIRE(has_request_stop<espp::Provisioning>);
  Stage stage;
  REQUIRE(stage.portal().start());
  const auto port = host::network::bound_port(80);
  const Traffic one(port);
  const StalledPhone stalled(port);
  host::clock::sleep_for(200ms);
  milliseconds took{};
  stage.at(Place::OwnLoop, "request_stop()",
           [&] { took = duration_of([&] { request_stop(stage.portal()); }); });
  CHECK(took <= kAtOnce);
  stage.device().wait_until([&] { return !stage.portal().is_active(); });
}
