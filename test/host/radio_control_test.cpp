#include "idf_support.hpp"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "radio/control.hpp"
#include "radio/driver.hpp"

using namespace test;

namespace {

const std::string kDirectory =
    (std::filesystem::path(__FILE__).parent_path() / "../../host/scenarios").string();

std::string ask(const std::string &line) {
  radio::PendingExit pending;
  return radio::answer_control_line(line, kDirectory, pending);
}

const std::string kOk = R"({"ok":true})";

std::string error(const std::string &text) {
  return R"({"ok":false,"error":")" + text + "\"}";
}

/// The world of `home`, and a fresh one again when the test is over.
struct Home {
  Home() { REQUIRE(ask(R"({"cmd":"load_scenario","name":"home"})") == kOk); }
  ~Home() { radio::set_scenario({}); }
};

/// A client of the control socket.
class Client {
public:
  explicit Client(const std::string &path) : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
  }
  ~Client() { close(fd_); }
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  void send(const std::string &text) {
    REQUIRE(::send(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }

  std::string line() {
    std::string text;
    char c = 0;
    while (recv(fd_, &c, 1, 0) == 1 && c != '\n') {
      text += c;
    }
    return text;
  }

private:
  int fd_;
};

/// A name for a socket that nobody else uses.
class SocketPath {
public:
  SocketPath() {
    char directory[] = "/tmp/control-test-XXXXXX";
    REQUIRE(mkdtemp(directory) != nullptr);
    directory_ = directory;
  }
  ~SocketPath() { std::filesystem::remove_all(directory_); }
  SocketPath(const SocketPath &) = delete;
  SocketPath &operator=(const SocketPath &) = delete;

  std::string path() const { return directory_ + "/control.sock"; }

private:
  std::string directory_;
};

TEST_SUITE("radio control") {

  TEST_CASE("a line that is no command is told what is wrong with it") {
    CHECK(ask("hello") == error("not JSON"));
    CHECK(ask("[]") == error("$: must be an object, one a line"));
    CHECK(contains(ask("{}"), "$.cmd: must be world, add_ap"));
    CHECK(ask(R"({"cmd":"world","wrold":1})") == error("$.wrold: unknown key for this command"));
  }

  TEST_CASE("an id comes back with the answer") {
    CHECK(ask(R"({"cmd":"set","id":7})") == R"({"id":7,"ok":true})");
  }

  TEST_CASE("the world is listed without its passwords") {
    const Home home;
    const std::string answer = ask(R"({"cmd":"world"})");
    CHECK(contains(answer, R"("scenario":"home")"));
    CHECK(contains(answer, R"("ssid":"HouseOfBoo","bssid":"a4:2b:b0:c1:00:01","channel":9)"));
    CHECK(contains(answer, R"("ssid_hex":"ff80c3")"));
    CHECK(contains(answer, R"("password_length":11)"));
    CHECK_FALSE(contains(answer, "boo-boo-boo"));
  }

  TEST_CASE("access points can be added, changed and removed") {
    const Home home;
    CHECK(ask(R"({"cmd":"add_ap","ap":{"ssid":"New","bssid":"02:00:00:00:00:01"}})") == kOk);
    CHECK(ask(R"({"cmd":"set_ap","match":{"ssid":"HouseOfBoo"},"set":{"rssi":-90}})") ==
          R"({"changed":2,"ok":true})");
    CHECK(ask(R"({"cmd":"remove_ap","match":{"bssid":"02:00:00:00:00:01"}})") ==
          R"({"removed":1,"ok":true})");
    CHECK(ask(R"({"cmd":"remove_ap","match":{"ssid_hex":"ff80c3"}})") ==
          R"({"removed":1,"ok":true})");
    CHECK(ask(R"({"cmd":"remove_ap","match":{"ssid":"New"}})") ==
          error("$.match: no such access point"));
  }

  TEST_CASE("a change that would break the world changes nothing") {
    const Home home;
    const std::string before = ask(R"({"cmd":"world"})");
    CHECK(ask(R"({"cmd":"add_ap","ap":{"ssid":"New","bssid":"a4:2b:b0:c1:00:01"}})") ==
          error("access_points[12].bssid: is taken by another access point"));
    CHECK(
        ask(R"({"cmd":"set_ap","match":{"ssid":"HouseOfBoo"},"set":{"channel":20}})") ==
        error("$.set.channel: must be 1 to 14, 36, 40 ... 64, 100 ... 144 or 149 ... 177, is 20"));
    CHECK(ask(R"({"cmd":"set_ap","match":{"ssid":"HouseOfBoo"},"set":{"password":"short"}})") ==
          error("$.set.password: must have 8 to 63 bytes or be 64 hexadecimal digits, has 5"));
    CHECK(ask(R"({"cmd":"set_ap","match":{},"set":{}})") ==
          error("$.match: must have either ssid or ssid_hex"));
    CHECK(ask(R"({"cmd":"world"})") == before);
  }

  TEST_CASE("faults and lies are switched on and off") {
    const Home home;
    CHECK(
        ask(R"({"cmd":"set","scan_fails":{"at":"start"},"lies":{"repeat":2},"hop":{"cut_ms":50}})") ==
        kOk);
    radio::Scenario now = radio::current_scenario();
    CHECK(now.scan_fault.has_value());
    CHECK(now.lies.repeat == 2);
    CHECK(now.hop_cut_ms == 50);
    CHECK(ask(R"({"cmd":"set","scan_fails":null,"lies":null})") == kOk);
    now = radio::current_scenario();
    CHECK_FALSE(now.scan_fault);
    CHECK(now.lies.repeat == 1);
    CHECK(now.hop_cut_ms == 50);
  }

  TEST_CASE("what needs a running driver says so") {
    CHECK(ask(R"({"cmd":"inject","event":"sta_disconnected","reason":99})") ==
          error("the driver is not initialised"));
    CHECK(ask(R"({"cmd":"kick"})") == error("the station is not connected"));
    CHECK(contains(ask(R"({"cmd":"inject","event":"boo"})"), "$.event: must be scan_done"));
    CHECK(ask(R"({"cmd":"inject","event":"sta_start","times":0})") ==
          error("$.times: must be a whole number from 1 to 100"));
    CHECK(ask(R"({"cmd":"cut_clients"})") ==
          error("$.ms: must be a whole number from 0 to 3600000"));
  }

  TEST_CASE("the state tells what the driver does, and no password") {
    const std::string answer = ask(R"({"cmd":"state"})");
    CHECK(contains(answer, R"("initialised":false,"started":false,"mode":"sta")"));
    CHECK(contains(answer, R"("station":{"state":"idle","has_address":false})"));
    CHECK(contains(
        ask(R"({"cmd":"ap_config"})"),
        R"("authmode":"open","pairwise_cipher":"none","group_cipher":"none","password_length":0)"));
  }

  TEST_CASE("the socket serves several clients, lines in pieces and several lines at once") {
    const SocketPath socket;
    radio::Control control;
    REQUIRE(control.start(
        {.socket_path = socket.path(), .scenario_directory = kDirectory, .on_quit = {}}));
    {
      Client one(socket.path());
      Client two(socket.path());
      one.send("{\"cmd\":\"set\",");
      two.send("{\"cmd\":\"set\",\"id\":2}\n\n{\"cmd\":\"set\",\"id\":3}\n");
      CHECK(two.line() == R"({"id":2,"ok":true})");
      CHECK(two.line() == R"({"id":3,"ok":true})");
      one.send("\"id\":1}\n");
      CHECK(one.line() == R"({"id":1,"ok":true})");
    }
    control.stop();
    CHECK_FALSE(std::filesystem::exists(socket.path()));
    CHECK(all_tasks_ended());
  }

  TEST_CASE(
      "a restart says what it is to begin with, and is refused where nobody can carry it out") {
    radio::PendingExit pending{.may_restart = true};
    const auto ask_for = [&](const char *line) {
      return radio::answer_control_line(line, kDirectory, pending);
    };
    CHECK(ask_for(R"({"cmd":"restart","fresh":1})").find("$.fresh") != std::string::npos);
    CHECK(ask_for(R"({"cmd":"restart","scenario":"nowhere"})").find(R"("ok":false)") !=
          std::string::npos);
    CHECK_FALSE(pending.restart);
    CHECK(ask_for(R"({"cmd":"restart"})") == R"({"ok":true})");
    REQUIRE(pending.restart);
    CHECK_FALSE(pending.restart->fresh);
    CHECK(pending.restart->scenario.empty());
    CHECK(ask_for(R"({"cmd":"restart","fresh":true,"scenario":"quiet"})") == R"({"ok":true})");
    CHECK(pending.restart->fresh);
    CHECK(pending.restart->scenario == "quiet");
    pending = {};
    CHECK(ask_for(R"({"cmd":"restart"})").find("can't restart") != std::string::npos);
    CHECK_FALSE(pending.restart);
  }

  TEST_CASE("the button is pressed and let go, and is refused where there is none") {
    std::vector<bool> presses;
    radio::PendingExit pending;
    pending.on_button = [&](bool is_pressed) { presses.push_back(is_pressed); };
    const auto ask_for = [&](const char *line) {
      return radio::answer_control_line(line, kDirectory, pending);
    };
    CHECK(ask_for(R"({"cmd":"button"})").find("$.pressed") != std::string::npos);
    CHECK(ask_for(R"({"cmd":"button","pressed":1})").find("$.pressed") != std::string::npos);
    CHECK(presses.empty());
    CHECK(ask_for(R"({"cmd":"button","pressed":true})") == R"({"ok":true})");
    CHECK(ask_for(R"({"cmd":"button","pressed":false})") == R"({"ok":true})");
    CHECK(presses == std::vector{true, false});
    pending = {};
    CHECK(ask_for(R"({"cmd":"button","pressed":true})").find("no button") != std::string::npos);
  }

  TEST_CASE("quit is answered before it happens") {
    const SocketPath socket;
    Latch quit;
    radio::Control control;
    REQUIRE(control.start({.socket_path = socket.path(),
                           .scenario_directory = kDirectory,
                           .on_quit = [&] { quit.open(); }}));
    Client client(socket.path());
    client.send("{\"cmd\":\"quit\"}\n");
    CHECK(client.line() == kOk);
    CHECK(quit.is_open());
    control.stop();
    CHECK(all_tasks_ended());
  }

  TEST_CASE("a socket that cannot be made is one line of error") {
    radio::Control control;
    const auto result = control.start(
        {.socket_path = "/nowhere/at/all.sock", .scenario_directory = kDirectory, .on_quit = {}});
    REQUIRE_FALSE(result);
    CHECK(result.error() == "/nowhere/at/all.sock: cannot listen: No such file or directory");
    CHECK_FALSE(control.start(
        {.socket_path = std::string(200, 'x'), .scenario_directory = kDirectory, .on_quit = {}}));
  }

} // TEST_SUITE

} // namespace
