#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "codec/improv.hpp"
#include "service_bench.hpp"
#include "transport/serial/improv_session.hpp"

using namespace espp::provisioning;
using improv::CommandKind;
using improv::Error;
using service_bench::kHouse;

namespace {

const Ip4 kLease{{10, 0, 0, 23}};

std::string text(const std::string &bytes) {
  return std::string(1, static_cast<char>(bytes.size())) + bytes;
}

/// What was sent, in words: "state 2", "error 0", "result 4: HouseOfBoo, -50, YES".
class Heard final : public ImprovSession::Line {
public:
  void send(std::span<const std::uint8_t> bytes) override {
    REQUIRE(bytes.size() > 12);
    CHECK(bytes.front() == '\n');
    CHECK(bytes.back() == '\n');
    improv::Reader reader;
    std::optional<improv::Frame> frame;
    for (const std::uint8_t byte : bytes) {
      reader.put(byte);
      if (const auto found = reader.next()) {
        frame = found;
        break;
      }
    }
    REQUIRE(frame);
    const auto &data = frame->data;
    switch (frame->type) {
    case improv::Type::State:
      words.push_back("state " + std::to_string(data[0]));
      break;
    case improv::Type::Error:
      words.push_back("error " + std::to_string(data[0]));
      break;
    case improv::Type::Result: {
      std::string line = "result " + std::to_string(data[0]) + ":";
      REQUIRE(data[1] == data.size() - 2);
      for (std::size_t at = 2; at < data.size(); at += 1 + data[at]) {
        line += (at > 2 ? ", " : " ") +
                std::string(data.begin() + static_cast<long>(at) + 1,
                            data.begin() + static_cast<long>(at) + 1 + data[at]);
      }
      words.push_back(line);
      break;
    }
    case improv::Type::Rpc:
      FAIL("a device gives no commands");
    }
  }
  std::vector<std::string> take() { return std::exchange(words, {}); }
  std::vector<std::string> words;
};

using Words = std::vector<std::string>;

struct Bench : service_bench::Bench {
  Heard heard;
  ImprovSession session{service,
                        heard,
                        {.firmware = "lamp-firmware",
                         .version = "1.2",
                         .chip = "esp32c3",
                         .name = "Lamp",
                         .url = "http://{ip}/"}};
  std::optional<Ip4> ip;

  Bench() {
    // Whatever the session has the actor do.
    monitor.actor = [this] {
      if (state.command) {
        state.command->is_done = true;
        completed = completed || state.command->kind == Command::Kind::Complete;
      }
    };
  }
  Words command(CommandKind kind, const std::string &data = {}) {
    const std::string bytes = std::string(1, static_cast<char>(kind)) + text(data);
    session.take({.type = improv::Type::Rpc,
                  .data = {reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()}});
    return heard.take();
  }
  Words settings(const std::string &ssid, const std::string &password) {
    return command(CommandKind::SendWifi, text(ssid) + text(password));
  }
  Words look() {
    session.look(ip, "lamp-23");
    return heard.take();
  }
  void find() {
    attempt::Event found{.kind = attempt::EventKind::ScanDone, .ok = true};
    found.found.add({.channel = 9, .rssi = -50, .security = Security::Wpa2});
    happen(found);
  }
  void let_in() {
    find();
    happen({.kind = attempt::EventKind::StationConnected, .channel = 9});
    happen({.kind = attempt::EventKind::GotIp, .ok = true, .ip = kLease});
    happen({.kind = attempt::EventKind::SaveDone, .save_result = attempt::SaveResult::Saved});
  }
  bool completed{false};
};

} // namespace

TEST_CASE("improv: the device tells who it is, and that it is ready") {
  Bench bench;
  CHECK(bench.look().empty());
  CHECK(bench.command(CommandKind::RequestState) == Words{"state 2"});
  CHECK(bench.command(CommandKind::DeviceInfo) ==
        Words{"result 3: lamp-firmware, 1.2, esp32c3, Lamp"});
  CHECK(bench.command(CommandKind::HostName) == Words{"result 5: lamp-23"});
  CHECK(bench.command(CommandKind::DeviceName) == Words{"result 6: Lamp"});
  CHECK(bench.command(CommandKind::NetworkState) == Words{"result 7: 2"});
}

TEST_CASE("improv: names that can't be changed, and commands that nobody knows, are refused") {
  Bench bench;
  CHECK(bench.command(CommandKind::HostName, "bedroom") == Words{"error 2"});
  CHECK(bench.command(CommandKind::DeviceName, "Bedroom") == Words{"error 2"});
  CHECK(bench.command(static_cast<CommandKind>(99)) == Words{"error 2"});
  CHECK(bench.command(CommandKind::SendWifi, "x") == Words{"error 1"});
  CHECK(bench.look().empty());
}

TEST_CASE("improv: a test is told step by step, and completes set-up when it has worked") {
  Bench bench;
  CHECK(bench.settings("HouseOfBoo", "boo-boo-boo") == Words{"error 0", "state 3"});
  CHECK(bench.look().empty());
  bench.let_in();
  CHECK(bench.look() == Words{"state 4", "result 1: http://10.0.0.23/"});
  CHECK(bench.completed);
  CHECK(bench.look().empty());
  CHECK(bench.command(CommandKind::RequestState) ==
        Words{"state 4", "result 2: http://10.0.0.23/"});
  bench.ip = Ip4{{10, 0, 0, 24}};
  CHECK(bench.look().empty());
  CHECK(bench.command(CommandKind::NetworkState) == Words{"result 7: 3, http://10.0.0.24/"});
}

TEST_CASE("improv: a test that fails is told, and the next one may begin") {
  Bench bench;
  bench.settings("HouseOfBoo", "wrong-password");
  CHECK(bench.service.cancel());
  CHECK(bench.look() == Words{"error 3", "state 2"});
  CHECK_FALSE(bench.completed);
  CHECK(bench.settings("HouseOfBoo", "boo-boo-boo") == Words{"error 0", "state 3"});
}

TEST_CASE("improv: the error of a test stands while the client scans, and until the next test") {
  Bench bench;
  CHECK(bench.settings("HouseOfBoo", "short") == Words{"error 3"});
  CHECK(bench.command(CommandKind::Scan).empty());
  bench.happen({.kind = attempt::EventKind::ScanDone, .ok = true});
  CHECK(bench.look() == Words{"result 4:"});
  CHECK(bench.settings("HouseOfBoo", "boo-boo-boo") == Words{"error 0", "state 3"});
}

TEST_CASE("improv: the error of another command goes with the next that is answered") {
  Bench bench;
  CHECK(bench.command(CommandKind::HostName, "bedroom") == Words{"error 2"});
  CHECK(bench.command(CommandKind::HostName) == Words{"error 0", "result 5: "});
  CHECK(bench.command(CommandKind::DeviceName) == Words{"result 6: Lamp"});
}

TEST_CASE("improv: what can be no network's is refused at once") {
  Bench bench;
  CHECK(bench.settings("", "boo-boo-boo") == Words{"error 3"});
  CHECK(bench.settings(std::string(33, 'x'), "boo-boo-boo") == Words{"error 3"});
  CHECK(bench.settings("HouseOfBoo", "short") == Words{"error 3"});
  CHECK_FALSE(attempt::is_running(bench.service.status().connect));
}

TEST_CASE("improv: a test from the page and one from the line exclude each other") {
  Bench bench;
  SUBCASE("the page is first") {
    REQUIRE(bench.connect());
    CHECK(bench.look().empty());
    CHECK(bench.settings("HouseOfBoo", "boo-boo-boo") == Words{"error 255"});
    CHECK(bench.command(CommandKind::RequestState) == Words{"error 0", "state 3"}); // of the 255
    CHECK(bench.service.cancel());
    CHECK(bench.look() ==
          Words{"state 2"}); // and no word of a test that the line has not asked for
  }
  SUBCASE("the line is first") {
    bench.settings("HouseOfBoo", "boo-boo-boo");
    CHECK(bench.connect().error() == ApiError::Busy);
    CHECK(bench.service.status().connect.ssid == kHouse);
  }
}

TEST_CASE("improv: whoever plugs in again and sends another password is not told that the device "
          "is busy") {
  Bench bench;
  bench.settings("HouseOfBoo", "wrong-password");
  CHECK(bench.settings("HouseOfBoo", "boo-boo-boo") == Words{"error 0", "state 3"});
  CHECK(bench.service.status().connect.id == 2);
  CHECK(bench.look().empty());
}

TEST_CASE("improv: the networks come when the scan is over, each name once, and end with an empty "
          "result") {
  Bench bench;
  CHECK(bench.command(CommandKind::Scan).empty());
  CHECK(bench.look().empty());
  REQUIRE(bench.state.list.reserve(8));
  const auto add = [&](const std::string &name, std::int8_t rssi, Security security) {
    bench.state.list.add(
        {.ssid = *Ssid::from_bytes(name), .rssi = rssi, .channel = 1, .security = security});
  };
  add("HouseOfBoo", -50, Security::Wpa2);
  add("HouseOfBoo", -60, Security::Open);
  add("Cafe", -70, Security::Open);
  add("Caf\xe9", -71, Security::Open);
  add("Office", -72, Security::Enterprise);
  bench.happen({.kind = attempt::EventKind::ScanDone, .ok = true});
  CHECK(bench.look() ==
        Words{"result 4: HouseOfBoo, -50, YES", "result 4: Cafe, -70, NO", "result 4:"});
  CHECK(bench.look().empty());
}

TEST_CASE("improv: a scan that fails is told") {
  Bench bench;
  bench.command(CommandKind::Scan);
  bench.happen({.kind = attempt::EventKind::ScanDone, .ok = false});
  CHECK(bench.look() == Words{"error 255"});
}

TEST_CASE("improv: while a test runs, the networks are those of the last scan") {
  Bench bench;
  bench.settings("HouseOfBoo", "boo-boo-boo");
  CHECK(bench.command(CommandKind::Scan) == Words{"result 4:"});
  bench.let_in();
  CHECK(bench.look() == Words{"state 4", "result 1: http://10.0.0.23/"});
}

TEST_CASE("improv: with no portal open, whoever asks for a test hears that it can't be") {
  Bench bench;
  bench.happen(life::EventKind::StopRequested);
  CHECK(bench.settings("HouseOfBoo", "boo-boo-boo") == Words{"error 255"});
  CHECK(bench.command(CommandKind::Scan) == Words{"error 255"});
  CHECK(bench.command(CommandKind::RequestState) == Words{"error 0", "state 2"});
}

TEST_CASE("improv: a device without a page of its own sends no address to open") {
  Bench bench;
  ImprovSession session(bench.service, bench.heard,
                        {.firmware = "f", .version = "1", .chip = "c", .name = "n", .url = ""});
  session.look(kLease, "n");
  const std::string bytes("\x02\x00", 2);
  session.take({.type = improv::Type::Rpc,
                .data = {reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()}});
  CHECK(bench.heard.take() == Words{"state 4", "result 2:"});
}
