#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "host/clock.hpp"
#include "host/network.hpp"
#include "neighbours.hpp"

using namespace neighbours;
using namespace std::chrono_literals;

namespace {

/// `npm run stress` sets STRESS to run this at its full size.
const int kCallsEach = std::getenv("STRESS") != nullptr ? 400 : 40;

/// STORM_SEED repeats what a run that failed has printed.
std::uint32_t seed() {
  static const std::uint32_t value = [] {
    const char *given = std::getenv("STORM_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                            : std::random_device{}();
  }();
  return value;
}

/// A caller's own dice.
class Dice {
public:
  explicit Dice(std::uint32_t caller) : engine_(seed() + caller) {}
  bool coin() { return (engine_() & 1U) != 0; }
  milliseconds pause() { return milliseconds(engine_() % 120); }

private:
  std::mt19937 engine_;
};

} // namespace

TEST_CASE("starts and stops from tasks and loops, with traffic, leave a portal that works") {
  INFO("STORM_SEED=", seed());
  std::atomic<int> callbacks{0};
  auto config = Device::usual_config();
  config.portal_timeout = 1s;
  config.on_timeout = [&] { ++callbacks; };
  Device device("home", config);
  {
    const DefaultLoop loop;
    const OwnLoop own;
    OnLoop on_default;
    OnLoop on_own(own.handle());
    const ReconnectingStation station;
    std::vector<std::unique_ptr<Worker>> callers;
    const auto call_often = [&](std::uint32_t caller, const auto &run) {
      callers.push_back(std::make_unique<Worker>("caller", [&, caller, run] {
        Dice dice(caller);
        for (int i = 0; i < kCallsEach; ++i) {
          if (dice.coin()) {
            run([&] { device.portal().start(); });
          } else {
            run([&] { device.portal().stop(); });
          }
          host::clock::sleep_for(dice.pause());
        }
      }));
    };
    const auto directly = [](const auto &call) { call(); };
    call_often(1, directly);
    call_often(2, directly);
    call_often(3, [&](const auto &call) { on_default.run("a call on the default loop", call); });
    call_often(4, [&](const auto &call) { on_own.run("a call on an own loop", call); });
    Worker phone("phone", [&] {
      Dice dice(5);
      for (int i = 0; i < kCallsEach; ++i) {
        const auto port = host::network::bound_port(80);
        if (port != 0) {
          const HttpClient client(port);
          client.get("/api/status");
          client.post("/api/connect", dice.coin() ? kHouse : kHouseWrongly);
        }
        host::clock::sleep_for(dice.pause());
      }
    });
    for (const auto &caller : callers) {
      caller->join("a caller");
    }
    phone.join("the phone");
    Worker("stopper", [&] { device.portal().stop(); }).join("stop()");
    CHECK_FALSE(device.portal().is_active());
    CHECK(host::network::bound_port(80) == 0);
    const int before = callbacks;
    host::clock::sleep_for(3s);
    CHECK(callbacks == before);
    REQUIRE(device.start());
    CHECK(device.phone().get("/api/status").status == 200);
    CHECK(device.test(kHouse).text("state") == "connected");
    Worker("stopper", [&] { device.portal().stop(); }).join("stop()");
  }
}
