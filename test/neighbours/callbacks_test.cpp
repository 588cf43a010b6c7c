#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "host/clock.hpp"
#include "host/network.hpp"
#include "neighbours.hpp"

using namespace neighbours;
using namespace std::chrono_literals;

namespace {

/// A callback waits here until it is let go.
class Gate {
public:
  Gate() = default;
  ~Gate() {
    vSemaphoreDelete(reached_);
    vSemaphoreDelete(open_);
  }
  Gate(const Gate &) = delete;
  Gate &operator=(const Gate &) = delete;

  void pass() {
    xSemaphoreGive(reached_);
    xSemaphoreTake(open_, portMAX_DELAY);
  }
  void wait_until_reached() { REQUIRE(xSemaphoreTake(reached_, pdMS_TO_TICKS(120'000)) == pdTRUE); }
  void open() { xSemaphoreGive(open_); }

private:
  SemaphoreHandle_t reached_{xSemaphoreCreateBinary()};
  SemaphoreHandle_t open_{xSemaphoreCreateBinary()};
};

struct Calls {
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
};

/// A configuration whose on_provisioned does `work` with the portal, and counts.
Device::Config with_callback(bool auto_shutdown, Calls &calls, std::function<void()> work) {
  auto config = Device::usual_config();
  config.auto_shutdown_ap = auto_shutdown;
  config.on_provisioned = [&calls, work = std::move(work)](const std::string &,
                                                           const std::string &) {
    ++calls.begun;
    work();
    ++calls.ended;
  };
  return config;
}

Device::Config with_timeout(Calls &calls, std::function<void()> work) {
  auto config = Device::usual_config();
  config.portal_timeout = 5s;
  config.on_timeout = [&calls, work = std::move(work)] {
    ++calls.begun;
    work();
    ++calls.ended;
  };
  return config;
}

} // namespace

TEST_CASE("stop() in on_provisioned does not wait for itself, and the portal closes") {
  for (const bool auto_shutdown : {true, false}) {
    CAPTURE(auto_shutdown);
    Calls calls;
    espp::Provisioning *portal = nullptr;
    Device device("home", with_callback(auto_shutdown, calls, [&] { portal->stop(); }));
    portal = &device.portal();
    REQUIRE(device.start());
    complete(device);
    device.wait_until([&] { return calls.ended == 1; });
    device.wait_until([&] { return !device.portal().is_active(); });
    CHECK(host::network::bound_port(80) == 0);
    host::clock::sleep_for(10s);
    CHECK(calls.begun == 1);
    REQUIRE(device.start());
  }
}

TEST_CASE("start() in on_provisioned opens the portal again") {
  for (const bool stops_first : {false, true}) {
    CAPTURE(stops_first);
    Calls calls;
    std::atomic<bool> result{false};
    espp::Provisioning *portal = nullptr;
    Device device("home", with_callback(true, calls, [&] {
                    if (stops_first) {
                      portal->stop();
                    }
                    result = portal->start();
                  }));
    portal = &device.portal();
    REQUIRE(device.start());
    complete(device);
    device.wait_until([&] { return calls.ended == 1; });
    CHECK(result);
    device.wait_until([] { return host::network::bound_port(80) != 0; });
    host::clock::sleep_for(10s);
    CHECK(device.portal().is_active());
    CHECK(device.phone().get("/api/status").status == 200);
    CHECK(calls.begun == 1);
    // And its end is told like that of the first.
    complete(device);
    device.wait_until([&] { return calls.begun == 2; });
  }
}

TEST_CASE("start() in on_timeout opens the portal again, each time") {
  Calls calls;
  espp::Provisioning *portal = nullptr;
  Device device("quiet", with_timeout(calls, [&] {
                  if (calls.begun < 3) {
                    portal->start();
                  }
                }));
  device.change_world([](radio::Scenario &scenario) { scenario.phone.reset(); });
  portal = &device.portal();
  REQUIRE(device.start());
  device.wait_until([&] { return calls.ended == 3; });
  device.wait_until([&] { return !device.portal().is_active(); });
  CHECK(calls.begun == 3);
}

TEST_CASE("stop() in on_timeout returns") {
  Calls calls;
  espp::Provisioning *portal = nullptr;
  Device device("quiet", with_timeout(calls, [&] { portal->stop(); }));
  device.change_world([](radio::Scenario &scenario) { scenario.phone.reset(); });
  portal = &device.portal();
  REQUIRE(device.start());
  device.wait_until([&] { return calls.ended == 1; });
  CHECK_FALSE(device.portal().is_active());
  REQUIRE(device.start());
  device.portal().stop();
  CHECK(calls.begun == 1);
}

TEST_CASE("stop() on another task waits for the callback that runs") {
  for (const bool auto_shutdown : {true, false}) {
    CAPTURE(auto_shutdown);
    Calls calls;
    Gate gate;
    Device device("home", with_callback(auto_shutdown, calls, [&] { gate.pass(); }));
    REQUIRE(device.start());
    complete(device);
    gate.wait_until_reached();
    Worker stopper("stopper", [&] { device.portal().stop(); });
    host::clock::sleep_for(2s);
    CHECK_FALSE(stopper.has_ended());
    gate.open();
    stopper.join("stop()");
    CHECK(calls.ended == 1);
    CHECK_FALSE(device.portal().is_active());
  }
}

TEST_CASE("stop() on another task waits for on_timeout") {
  Calls calls;
  Gate gate;
  Device device("quiet", with_timeout(calls, [&] { gate.pass(); }));
  device.change_world([](radio::Scenario &scenario) { scenario.phone.reset(); });
  REQUIRE(device.start());
  gate.wait_until_reached();
  Worker stopper("stopper", [&] { device.portal().stop(); });
  host::clock::sleep_for(2s);
  CHECK_FALSE(stopper.has_ended());
  gate.open();
  stopper.join("stop()");
  CHECK(calls.ended == 1);
}

TEST_CASE("stop() on the default event loop does not wait for the callback that runs") {
  Calls calls;
  Gate gate;
  Device device("home", with_callback(true, calls, [&] { gate.pass(); }));
  const DefaultLoop loop;
  OnLoop on_loop;
  REQUIRE(device.start());
  complete(device);
  gate.wait_until_reached();
  on_loop.run("stop()", [&] { device.portal().stop(); });
  CHECK(calls.ended == 0);
  gate.open();
  device.wait_until([&] { return calls.ended == 1; });
  device.wait_until([&] { return !device.portal().is_active(); });
}

TEST_CASE("a callback that has not begun when stop() is called never runs") {
  Calls calls;
  Device device("home", with_callback(true, calls, [] {}));
  for (const auto into : {0ms, 100ms, 1000ms, 3000ms}) {
    CAPTURE(into.count());
    const int before = calls.begun;
    REQUIRE(device.start());
    complete(device);
    host::clock::sleep_for(into);
    device.portal().stop();
    const int after = calls.begun;
    CHECK(after - before <= 1);
    CHECK(calls.ended == after);
    host::clock::sleep_for(10s);
    CHECK(calls.begun == after);
  }
}

TEST_CASE("a time-out that falls together with stop() calls back once or never") {
  for (int ms = 4900; ms <= 5100; ms += 10) {
    CAPTURE(ms);
    Calls calls;
    Device device("quiet", with_timeout(calls, [] {}));
    device.change_world([](radio::Scenario &scenario) { scenario.phone.reset(); });
    REQUIRE(device.start());
    host::clock::sleep_for(milliseconds(ms));
    device.portal().stop();
    const int after = calls.begun;
    CHECK(after <= 1);
    CHECK(calls.ended == after);
    host::clock::sleep_for(1s);
    CHECK(calls.begun == after);
  }
}

TEST_CASE("ending set-up several times calls back once") {
  Calls calls;
  Device device("home", with_callback(true, calls, [] {}));
  REQUIRE(device.start());
  complete(device);
  for (int i = 0; i < 5; ++i) {
    device.phone().post("/api/complete");
  }
  device.wait_until([&] { return !device.portal().is_active(); });
  host::clock::sleep_for(10s);
  CHECK(calls.begun == 1);
  REQUIRE(device.start());
  complete(device);
  device.wait_until([&] { return calls.begun == 2; });
}

TEST_CASE("a portal that is destroyed while its callback runs waits for it") {
  for (const bool auto_shutdown : {true, false}) {
    CAPTURE(auto_shutdown);
    Calls calls;
    Gate gate;
    Device device("home", with_callback(auto_shutdown, calls, [&] { gate.pass(); }));
    REQUIRE(device.start());
    complete(device);
    gate.wait_until_reached();
    Worker destroyer("destroyer", [&] { device.reboot(); });
    host::clock::sleep_for(2s);
    CHECK_FALSE(destroyer.has_ended());
    gate.open();
    destroyer.join("the destructor");
    CHECK(calls.ended == 1);
  }
}

TEST_CASE("a callback may take its time, and wait for a handler of the event loop") {
  Calls calls;
  OnLoop *on_loop = nullptr;
  Device device("home", with_callback(true, calls, [&] {
                  host::clock::sleep_for(30s);
                  on_loop->run("a handler", [] {});
                }));
  const DefaultLoop loop;
  OnLoop handlers;
  on_loop = &handlers;
  REQUIRE(device.start());
  complete(device);
  device.wait_until([&] { return calls.ended == 1; });
  device.wait_until([&] { return device.portal().is_completed(); });
  CHECK_FALSE(device.portal().is_active());
}
