// What staying connected costs: time, heap, tasks. The limits are promises; docs/connection.md has what is measured.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "esp_wifi.h"
#include "host/clock.hpp"
#include "host/tasks.hpp"
#include "trial.hpp"

using namespace life_test;
using namespace std::chrono_literals;

namespace {

constexpr const char *kTest = R"({"ssid":"M","password":"right-pass1"})";

milliseconds now() {
  return std::chrono::duration_cast<milliseconds>(host::clock::now());
}

std::vector<std::string> task_names() {
  return Holdings::now().tasks;
}

template <std::size_t N> void copy(std::uint8_t (&to)[N], const std::string &from) {
  std::copy_n(from.begin(), std::min(from.size(), N), to);
}

void join(const std::string &ssid, const std::string &password, std::uint8_t channel) {
  wifi_config_t config{};
  copy(config.sta.ssid, ssid);
  copy(config.sta.password, password);
  config.sta.channel = channel;
  REQUIRE(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_OK);
  REQUIRE(esp_wifi_start() == ESP_OK);
  REQUIRE(esp_wifi_connect() == ESP_OK);
}

void wait_for_address() {
  while (!radio::driver_state().has_address) {
    host::clock::sleep_for(1ms);
  }
}

/// The least that an application of its own can do: it knows network and channel, and asks for nothing else.
struct Bare {
  milliseconds time{0};
  std::vector<std::string> tasks;
};
Bare bare(const std::string &ssid, std::uint8_t channel) {
  const auto begun = now();
  const ApplicationWifi wifi;
  join(ssid, "right-pass1", channel);
  wait_for_address();
  return {.time = now() - begun, .tasks = task_names()};
}

/// So many other people's networks.
void add_neighbours(Home &home, int count) {
  for (int i = 0; i < count; ++i) {
    home.turn_on({.ssid = "neighbour " + std::to_string(i),
                  .rssi = -60 - i % 30,
                  .channel = static_cast<std::uint8_t>(1 + i % 11)});
  }
}

} // namespace

TEST_CASE("cost: from power-on to CONNECTED takes at most 100 ms more than the radio itself") {
  const Leap leap;
  for (const std::uint8_t channel : std::initializer_list<std::uint8_t>{1, 6, 11}) {
    CAPTURE(int{channel});
    Home home({{.ssid = "M", .channel = channel}}, Home::config());
    add_neighbours(home, 20);
    home.save("M");
    const Bare least = bare("M", channel);
    REQUIRE(home.device().start());
    home.until_connected(10s); // and knows the channel from now on
    home.portal().stop();

    home.device().reboot();
    const auto begun = now();
    REQUIRE(home.device().start());
    REQUIRE(home.portal().wait_connected(10s));
    const auto took = now() - begun;
    CHECK(radio::driver_state().scans == 0);
    MESSAGE("channel ", int{channel}, ": ", took.count(), " ms; the radio ", least.time.count(),
            " ms");
    CHECK(took <= least.time + 100ms);
  }
}

TEST_CASE("cost: connected with the portal closed, the component has one task and 2,048 bytes, in "
          "a crowded house as "
          "well") {
  const Leap leap;
  for (const int neighbours : {0, 60}) {
    CAPTURE(neighbours);
    Home home({{.ssid = "M"}}, Home::config(PortalWhen::Unreachable));
    add_neighbours(home, neighbours);
    std::vector<std::string> tasks = bare("M", 1).tasks;
    for (const char *ssid : {"A", "B", "C", "D", "M"}) {
      home.save(ssid);
    }
    const std::size_t before = Holdings::now().heap;
    REQUIRE(home.device().start());
    home.until_connected(10s);
    host::clock::sleep_for(1min); // on_connected has returned
    const std::size_t connected = Holdings::now().heap;
    const std::size_t held = connected - before;
    MESSAGE(held, " bytes");
    CHECK(held <= promised::kHeap);
    tasks.emplace_back("provisioning");
    std::ranges::sort(tasks);
    CHECK(task_names() == tasks);
    // So it is again after the portal was open, and after the network was lost and found.
    REQUIRE(home.portal().open_portal());
    host::clock::sleep_for(1min);
    CHECK(Holdings::now().heap > connected);
    home.portal().close_portal();
    host::clock::sleep_for(1s);
    CHECK(Holdings::now().heap == connected);
    CHECK(task_names() == tasks);
    home.change("M", [](radio::AccessPoint &ap) { ap.channel = 6; });
    home.until_disconnected(20s);
    home.until_connected(20s);
    host::clock::sleep_for(1min);
    CHECK(Holdings::now().heap == connected);
    CHECK(task_names() == tasks);
  }
}

TEST_CASE("cost: handing over to the connection takes no time: CONNECTED is told with the verdict, "
          "and \"Finish\" ends "
          "nothing but the portal") {
  Home home({{.ssid = "M", .channel = 6}}, Home::config());
  REQUIRE(home.device().start());
  home.until_open(5s);
  CHECK(home.device().test(kTest).text("state") == "connected");
  const auto verdict = now();
  home.until([&] { return home.told().size() == 1; }, 1s);
  MESSAGE("on_connected ", (home.told()[0].at - verdict).count(), " ms after the verdict");
  CHECK(home.told()[0].at <= verdict + 50ms);
  const auto connects = Home::attempts();
  const auto finish = now();
  REQUIRE(home.device().phone().post("/api/complete").status == 200);
  while (home.is_open()) {
    REQUIRE(home.portal().state() == State::Connected);
    REQUIRE(radio::driver_state().has_address);
    REQUIRE(now() < finish + 10s);
    host::clock::sleep_for(10ms);
  }
  MESSAGE("the portal closes ", (now() - finish).count(), " ms after \"Finish\"");
  home.device().wait_until([&] { return home.device().provisioned().has_value(); });
  CHECK(now() - finish <= 6s);
  CHECK(Home::attempts() == connects);
  CHECK(home.told().size() == 1);
}

TEST_CASE("cost: handing over to an application that connects by itself takes the portal's closing "
          "and one join") {
  Home home({{.ssid = "M", .channel = 6}}, Home::config(PortalWhen::Always));
  const auto least = bare("M", 0);
  REQUIRE(home.device().start());
  CHECK(home.device().test(kTest).text("state") == "connected");
  const auto finish = now();
  REQUIRE(home.device().phone().post("/api/complete").status == 200);
  // What README and examples have applications do in on_provisioned, once it is called.
  home.device().wait_until([&] { return home.device().provisioned().has_value(); });
  const auto told = now();
  const auto chosen = *home.device().provisioned();
  {
    const ApplicationWifi wifi;
    join(chosen.ssid, chosen.password, 0);
    wait_for_address();
    MESSAGE("on_provisioned ", (told - finish).count(), " ms after \"Finish\", an address ",
            (now() - finish).count(), " ms");
    CHECK(told - finish <= 6s);
    CHECK(now() - told <= least.time + 20ms);
  }
}
