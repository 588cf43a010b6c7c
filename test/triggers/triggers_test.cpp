#include <doctest/doctest.h>

#include <chrono>
#include <optional>

#include "esp_system.h"
#include "home.hpp"
#include "host/clock.hpp"
#include "host/gpio.hpp"
#include "host/nvs.hpp"
#include "host/system.hpp"

using namespace life_test;
using namespace std::chrono_literals;

namespace {

/// As the host's build has them chosen.
constexpr int kPin = 9;
constexpr int kStarts = 4;

const Router kRouter{.ssid = "M"};

/// The button, which connects its pin to ground.
class Button {
public:
  Button() { host::gpio::reset(); }
  ~Button() { host::gpio::reset(); }
  Button(const Button &) = delete;
  Button &operator=(const Button &) = delete;

  void press() { host::gpio::drive(kPin, false); }
  void release() { host::gpio::drive(kPin, std::nullopt); }
  void hold_for(milliseconds time) {
    press();
    host::clock::sleep_for(time);
    release();
    // Nobody presses it again before the device can have seen that it was let go.
    host::clock::sleep_for(250ms);
  }
};

/// The device is switched off while `home` runs, and on again.
void cut_power(Home &home) {
  host::nvs::fail_writes_from(1, ESP_FAIL); // it has no time to write anything
  home.portal().stop();
  host::nvs::clear_faults();
  home.device().reboot();
  REQUIRE(home.device().start());
}

/// While it lives, the device has started for this reason.
class StartedBy {
public:
  explicit StartedBy(esp_reset_reason_t reason) { host::system::set_reset_reason(reason); }
  ~StartedBy() { host::system::set_reset_reason(ESP_RST_POWERON); }
  StartedBy(const StartedBy &) = delete;
  StartedBy &operator=(const StartedBy &) = delete;
};

} // namespace

TEST_CASE("a button that is held for three seconds opens the portal beside the station") {
  Button button;
  Home home({kRouter}, Home::config(PortalWhen::Manual));
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  button.hold_for(2s);
  host::clock::sleep_for(2s);
  CHECK_FALSE(home.is_open());
  button.press();
  CHECK(home.until_open(5s) >= 2900ms);
  button.release();
  CHECK(home.portal().state() == State::Connected);
  CHECK(home.portal().get_saved_ssids().size() == 1);
  CHECK(home.device().phone().get("/api/status").status == 200);
}

TEST_CASE("a button that is held for ten seconds forgets all networks") {
  Button button;
  Home home({kRouter}, Home::config(PortalWhen::Manual));
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  button.hold_for(9500ms);
  host::clock::sleep_for(1s);
  CHECK(home.portal().get_saved_ssids().size() == 1);
  button.hold_for(11s);
  CHECK(home.portal().get_saved_ssids().empty());
  home.until_disconnected(2s);
  CHECK(home.is_open()); // for the one who is to set it up
}

TEST_CASE("a button that is stuck, or short-circuited, does nothing") {
  Button button;
  button.press();
  Home home({kRouter}, Home::config(PortalWhen::Manual));
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  host::clock::sleep_for(1min);
  CHECK_FALSE(home.is_open());
  CHECK(home.portal().get_saved_ssids().size() == 1);
}

TEST_CASE("a button opens a portal that has closed, again and again, and stop() ends it") {
  Button button;
  Home home({kRouter}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  home.until_connected(10s);
  for (int i = 0; i < 3; ++i) {
    button.hold_for(3500ms);
    home.until_open(2s);
    home.portal().close_portal();
    CHECK_FALSE(home.is_open());
  }
  button.press();
  host::clock::sleep_for(1s);
  home.portal().stop();
  host::clock::sleep_for(10s);
  CHECK_FALSE(home.portal().is_active());
}

TEST_CASE("with portal_when Always the button is the application's") {
  Button button;
  Home home({kRouter}, Home::config(PortalWhen::Always));
  home.save("M");
  REQUIRE(home.device().start());
  button.hold_for(20s);
  CHECK(home.portal().get_saved_ssids().size() == 1);
}

TEST_CASE("four quick power cycles open the portal, and the device is online beside it") {
  Home home({kRouter}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  for (int i = 2; i <= kStarts; ++i) {
    host::clock::sleep_for(2s);
    CHECK_FALSE(home.is_open());
    cut_power(home);
  }
  home.until_open(2s);
  home.until_connected(10s);
  CHECK(home.is_open());
  // The next one begins a new row.
  cut_power(home);
  host::clock::sleep_for(3s);
  CHECK_FALSE(home.is_open());
}

TEST_CASE("power cycles after which the device was in use do not add up") {
  Home home({kRouter}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  for (int i = 0; i < 3 * kStarts; ++i) {
    host::clock::sleep_for(6s);
    cut_power(home);
    CHECK_FALSE(home.is_open());
  }
  host::clock::sleep_for(3s);
  CHECK_FALSE(home.is_open());
}

TEST_CASE("crashes, restarts of the software and waking up do not count, and end a row") {
  Home home({kRouter}, Home::config());
  home.save("M");
  REQUIRE(home.device().start());
  for (const esp_reset_reason_t reason :
       {ESP_RST_SW, ESP_RST_PANIC, ESP_RST_USB, ESP_RST_EXT, ESP_RST_DEEPSLEEP, ESP_RST_BROWNOUT}) {
    for (int i = 0; i < kStarts; ++i) {
      const StartedBy started(reason);
      cut_power(home);
      host::clock::sleep_for(1s);
      CHECK_FALSE(home.is_open());
    }
    cut_power(home); // one of the power's alone
    host::clock::sleep_for(1s);
    CHECK_FALSE(home.is_open());
  }
}

TEST_CASE("an application that stops and starts the component opens no portal by it") {
  Home home({kRouter}, Home::config());
  home.save("M");
  for (int i = 0; i < 3 * kStarts; ++i) {
    REQUIRE(home.device().start());
    CHECK_FALSE(home.is_open());
    home.portal().stop();
  }
  REQUIRE(home.device().start());
  home.until_connected(10s);
  CHECK_FALSE(home.is_open());
}

TEST_CASE(
    "a flash that can't be written: nothing is counted, and the device is online all the same") {
  Home home({kRouter}, Home::config());
  home.save("M");
  const LogCapture log;
  host::nvs::fail_writes_from(1, ESP_FAIL);
  for (int i = 0; i < 2 * kStarts; ++i) {
    REQUIRE(home.device().start());
    home.until_connected(10s);
    CHECK_FALSE(home.is_open());
    home.portal().stop();
  }
  host::nvs::clear_faults();
  CHECK(log.contains("The power cycles can't be counted"));
}
