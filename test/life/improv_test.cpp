#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include <sys/socket.h>
#include <unistd.h>

#include "codec/improv.hpp"
#include "home.hpp"
#include "host/tasks.hpp"
#include "host/uart.hpp"
#include "improv_serial.hpp"

using namespace life_test;
using namespace std::chrono_literals;
namespace improv = espp::provisioning::improv;
using improv::CommandKind;

namespace {

std::string text(const std::string &bytes) {
  return std::string(1, static_cast<char>(bytes.size())) + bytes;
}

/// Whoever holds the other end of the cable.
class Cable {
public:
  Cable() {
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()) == 0);
    host::uart::connect(UART_NUM_0, ends_[0]);
  }
  ~Cable() {
    host::uart::connect(UART_NUM_0, -1);
    for (const int end : ends_) {
      close(end);
    }
  }
  Cable(const Cable &) = delete;
  Cable &operator=(const Cable &) = delete;

  void command(CommandKind kind, const std::string &data = {}) const {
    std::string bytes = "IMPROV\x01\x03";
    bytes += text(std::string(1, static_cast<char>(kind)) + text(data));
    unsigned sum = 0;
    for (const char c : bytes) {
      sum += static_cast<std::uint8_t>(c);
    }
    bytes += static_cast<char>(sum & 0xffU);
    REQUIRE(::send(ends_[1], bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }
  void settings(const std::string &ssid, const std::string &password) const {
    command(CommandKind::SendWifi, text(ssid) + text(password));
  }

  /// Takes what has come: "state 4, error 0, result 1: http://192.168.1.57/, ".
  const std::string &heard() {
    std::uint8_t byte = 0;
    while (::recv(ends_[1], &byte, 1, 0) == 1) {
      reader_.put(byte);
      if (const auto frame = reader_.next()) {
        note(*frame);
      }
    }
    return heard_;
  }
  bool has_heard(const std::string &what) { return heard().find(what) != std::string::npos; }
  void forget() { heard_.clear(); }

private:
  void note(const improv::Frame &frame) {
    const auto value = std::to_string(frame.data[0]);
    switch (frame.type) {
    case improv::Type::State:
      heard_ += "state " + value;
      break;
    case improv::Type::Error:
      heard_ += "error " + value;
      break;
    case improv::Type::Result:
      heard_ += "result " + value + ":";
      for (std::size_t at = 2; at < frame.data.size(); at += 1U + frame.data[at]) {
        const auto piece = frame.data.subspan(at + 1, frame.data[at]);
        heard_ += " " + std::string(piece.begin(), piece.end());
      }
      break;
    case improv::Type::Rpc:
      FAIL("a device gives no commands");
    }
    heard_ += ", ";
  }

  std::array<int, 2> ends_{};
  improv::Reader reader_;
  std::string heard_;
};

} // namespace

TEST_CASE("improv: without a portal, whoever holds the cable puts the device on a network") {
  Cable cable;
  Home home({{.ssid = "M"}, {.ssid = "N", .channel = 6}}, Home::config(PortalWhen::Manual));
  espp::ImprovSerial improv(home.portal(), {.url = "http://{ip}/set-up"});
  REQUIRE(improv.start());
  CHECK(improv.start());
  // Before the portal's start() the device can tell who it is, and no more.
  cable.command(CommandKind::RequestState);
  home.until([&] { return cable.has_heard("state 2, "); }, 2s);
  cable.command(CommandKind::Scan);
  home.until([&] { return cable.has_heard("error 255, "); }, 2s);

  REQUIRE(home.device().start());
  cable.forget();
  cable.command(CommandKind::Scan);
  home.until([&] { return cable.has_heard("result 4:, "); }, 20s);
  CHECK(cable.has_heard("result 4: M -50 YES, "));
  CHECK_FALSE(home.is_open());

  cable.forget();
  cable.settings("M", "right-pass1");
  home.until([&] { return cable.has_heard("state 4, result 1: http://192.168.1.57/set-up, "); },
             30s);
  CHECK(cable.heard().starts_with("error 0, state 3, "));
  home.until_connected(1s);
  CHECK(radio::driver_state().station_ssid == "M");
  CHECK_FALSE(home.is_open());
  CHECK(home.portal().get_saved_ssids() == std::vector<std::string>{"M"});

  SUBCASE("and sees the networks around while it is connected") {
    cable.forget();
    cable.command(CommandKind::Scan);
    home.until([&] { return cable.has_heard("result 4:, "); }, 20s);
    CHECK(cable.has_heard("result 4: M -50 YES, "));
    CHECK(home.portal().state() == State::Connected);
  }
  SUBCASE("and on another one later") {
    cable.forget();
    cable.settings("N", "right-pass1");
    home.until([&] { return cable.has_heard("result 1: http"); }, 30s);
    home.until_connected(1s);
    CHECK(radio::driver_state().station_ssid == "N");
  }
  SUBCASE("a test that fails gives it its network back") {
    cable.forget();
    cable.settings("N", "wrong-pass1");
    home.until([&] { return cable.has_heard("error 3, "); }, 60s);
    home.until_connected(30s);
    CHECK(radio::driver_state().station_ssid == "M");
    home.until([&] { return cable.heard().ends_with("state 4, "); }, 2s);
    cable.forget();
    cable.command(CommandKind::NetworkState);
    home.until([&] { return cable.has_heard("result 7: 3 http://192.168.1.57/set-up, "); }, 2s);
  }
}

TEST_CASE("improv: start() and stop() as often as one likes leave no task and no driver") {
  Cable cable;
  Home home({}, Home::config(PortalWhen::Manual));
  const auto count = [] { return host::tasks::count(); };
  const std::size_t before = count();
  espp::ImprovSerial improv(home.portal());
  for (int i = 0; i < 20; ++i) {
    REQUIRE(improv.start());
    improv.stop();
    improv.stop();
  }
  home.until([&] { return count() == before; }, 2s);
  CHECK_FALSE(uart_is_driver_installed(UART_NUM_0));
}

TEST_CASE("improv: a driver that the application has installed stays") {
  Home home({}, Home::config(PortalWhen::Manual));
  REQUIRE(uart_driver_install(UART_NUM_0, 256, 0, 0, nullptr, 0) == ESP_OK);
  {
    espp::ImprovSerial improv(home.portal());
    REQUIRE(improv.start());
  }
  CHECK(uart_is_driver_installed(UART_NUM_0));
  CHECK(uart_driver_delete(UART_NUM_0) == ESP_OK);
}
