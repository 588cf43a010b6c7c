// A service over one thread, for tests: the caller is the actor, too.
#pragma once

#include <doctest/doctest.h>

#include <expected>
#include <functional>
#include <optional>

#include "service/service.hpp"

namespace service_bench {

using namespace espp::provisioning;

inline const Ssid kHouse = *Ssid::from_bytes("HouseOfBoo");

/// One thread, which is the caller and, whenever that waits, the actor.
class OneThread final : public Monitor {
public:
  void lock() override {
    CHECK_FALSE(is_locked_);
    is_locked_ = true;
  }
  void unlock() override {
    CHECK(is_locked_);
    is_locked_ = false;
  }
  void wait(std::optional<Millis> /*deadline*/) override {
    REQUIRE(actor);
    REQUIRE(++waits < 10);
    actor();
  }
  void notify_all() override {
    CHECK(is_locked_);
    ++notices;
  }
  Millis now() const override { return time; }

  std::function<void()> actor;
  Millis time{1'000};
  int waits{0};
  int notices{0};

private:
  bool is_locked_{false};
};

struct Bench {
  OneThread monitor;
  State state;
  Service service{monitor, state};

  Bench() {
    state.wishes.shuts_down = true;
    happen(life::EventKind::StartRequested);
    happen(life::EventKind::Opened);
  }
  void happen(life::EventKind kind) {
    const Locked locked(monitor);
    apply(state, monitor, life::Event{.kind = kind, .ok = true});
  }
  void happen(const attempt::Event &event) {
    const Locked locked(monitor);
    CHECK(apply(state, monitor, event));
  }
  /// What the actor is to do next.
  attempt::ActionKind next_action() {
    const auto action = state.radio_actions.pop();
    REQUIRE(action);
    return action->kind;
  }
  std::expected<std::uint32_t, ApiError> connect() {
    return service.connect({.ssid = kHouse, .password = {}});
  }
  void save(const Ssid &ssid) {
    REQUIRE(state.saved.reserve(1));
    state.saved.insert(0, {.ssid = ssid});
  }
  void connect_well() {
    REQUIRE(service.connect({.ssid = kHouse, .password = Secret("boo-boo-boo")}));
    attempt::Event found{.kind = attempt::EventKind::ScanDone, .ok = true};
    found.found.add({.channel = 9, .rssi = -50, .security = Security::Wpa2});
    happen(found);
    happen({.kind = attempt::EventKind::StationConnected, .channel = 9});
    happen({.kind = attempt::EventKind::GotIp, .ok = true});
    happen({.kind = attempt::EventKind::SaveDone, .save_result = attempt::SaveResult::Saved});
    while (state.radio_actions.pop()) {
    }
  }
};

} // namespace service_bench
