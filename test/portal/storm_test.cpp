#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "device.hpp"
#include "host/clock.hpp"
#include "host/network.hpp"
#include "host/tasks.hpp"
#include "memory.hpp"
#include "nvs.h"

using namespace std::chrono_literals;

namespace {

/// `npm run stress` sets STRESS to run these at their full size.
const bool is_full = std::getenv("STRESS") != nullptr;

/// STORM_SEED repeats what a run that failed has printed.
std::uint32_t seed() {
  static const std::uint32_t value = [] {
    const char *given = std::getenv("STORM_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                            : std::random_device{}();
  }();
  return value;
}

/// Ends the program, saying so, if nothing has been done for a minute: then something waits for
/// ever.
class Watchdog {
public:
  explicit Watchdog(const char *what) : what_(what), thread_([this] { watch(); }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Watchdog(const Watchdog &) = delete;
  Watchdog &operator=(const Watchdog &) = delete;

  void alive() {
    {
      const std::lock_guard lock(mutex_);
      ++beats_;
    }
    changed_.notify_one();
  }

private:
  void watch() {
    std::unique_lock lock(mutex_);
    while (!over_) {
      const std::uint64_t seen = beats_;
      if (!changed_.wait_for(lock, 60s, [&] { return over_ || beats_ != seen; })) {
        std::fprintf(stderr, "%s hangs, STORM_SEED=%u\n", what_, seed());
        std::abort();
      }
    }
  }

  const char *what_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t beats_{0};
  bool over_{false};
  std::thread thread_;
};

struct Known {
  const char *name;
  const char *password;
};
constexpr std::array kNetworks{Known{"HouseOfBoo", "boo-boo-boo"},
                               Known{"Hauntingly Fast", "moonlight-sonata"},
                               Known{"attic", "cobwebs-1"}};

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

/// Whatever is in flash has the password that belongs to its name, and is there once.
void check_flash() {
  nvs_handle_t nvs = 0;
  if (nvs_open("provisioning", NVS_READONLY, &nvs) != ESP_OK) {
    return;
  }
  std::array<int, kNetworks.size()> found{};
  for (int number = 0; number < 64; ++number) {
    char key[8];
    std::snprintf(key, sizeof key, "net%02x", static_cast<unsigned>(number));
    std::string record(200, '\0');
    std::size_t size = record.size();
    if (nvs_get_blob(nvs, key, record.data(), &size) != ESP_OK) {
      continue;
    }
    record.resize(size);
    int names = 0;
    for (std::size_t i = 0; i < kNetworks.size(); ++i) {
      if (contains(record, kNetworks[i].name)) {
        ++names;
        ++found[i];
        CHECK(contains(record, kNetworks[i].password));
      }
    }
    CHECK(names == 1);
  }
  nvs_close(nvs);
  for (const int count : found) {
    CHECK(count <= 1);
  }
}

/// What goes wrong on a client's thread; doctest counts on one thread alone.
class Wrongs {
public:
  void add(const std::string &what) {
    const std::lock_guard lock(mutex_);
    if (wrongs_.size() < 10) {
      wrongs_.push_back(what);
    }
  }
  void check() {
    const std::lock_guard lock(mutex_);
    for (const std::string &wrong : wrongs_) {
      FAIL_CHECK(wrong);
    }
    wrongs_.clear();
  }

private:
  std::mutex mutex_;
  std::vector<std::string> wrongs_;
};

/// A client that does what comes to its mind.
class Client {
public:
  /// `meets_starts`: the server may be without its handler for a moment, and then has no such page.
  Client(std::uint32_t client_seed, Wrongs &wrongs, Watchdog &watchdog, bool meets_starts = false)
      : random_(client_seed), wrongs_(wrongs), watchdog_(watchdog), meets_starts_(meets_starts) {}

  void act() {
    const Known &network = kNetworks[pick(kNetworks.size())];
    const std::string name = std::string("{\"ssid\":\"") + network.name + "\"";
    // A test takes seconds, so what ends one is rarer than what looks at it.
    const std::size_t what = pick(80);
    if (what < 6) {
      send({.method = "POST", .path = "/api/scan"}, {202, 409, 503});
    } else if (what < 11) {
      connect(name + ",\"password\":\"" + network.password + "\"}");
    } else if (what < 12) {
      connect(name + ",\"password\":\"certainly wrong\"}");
    } else if (what < 15) {
      connect(name + ",\"saved\":true}");
    } else if (what < 16) {
      send({.method = "DELETE", .path = "/api/connect"}, {202, 503});
    } else if (what < 18) {
      send({.method = "DELETE", .path = "/api/networks/" + path_of(network.name)}, {200, 404, 503});
    } else if (what < 20) {
      complete();
    } else if (what < 60) {
      const Reply reply = send({.path = "/api/connect"}, {200});
      if (reply.json().text("state") == "connected") {
        complete();
      }
    } else if (what < 70) {
      send({.path = "/api/scan"}, {200});
    } else {
      send({.path = "/api/networks"}, {200});
    }
  }

  /// Up to half a second of the device's time, so that some tests end before somebody ends them.
  void pause() {
    if (pick(3) == 0) {
      host::clock::sleep_for(std::chrono::milliseconds(pick(500)));
    }
  }

  std::size_t pick(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }

private:
  static std::string path_of(std::string name) {
    const auto space = name.find(' ');
    return space == std::string::npos ? name : name.replace(space, 1, "%20");
  }

  void complete() { send({.method = "POST", .path = "/api/complete"}, {200, 409, 503}); }

  void connect(const std::string &body) {
    send({.method = "POST", .path = "/api/connect", .body = body}, {202, 404, 409, 503});
  }

  Reply send(const Request &request, std::initializer_list<int> expected) {
    const std::uint16_t port = host::network::bound_port(80);
    if (port == 0) {
      return {}; // closed just now
    }
    const Reply reply = HttpClient(port).send(request);
    watchdog_.alive();
    // No answer: the portal was closing.
    if (reply.status == 404 && meets_starts_) {
      return reply;
    }
    if (reply.status != 0 &&
        std::find(expected.begin(), expected.end(), reply.status) == expected.end()) {
      wrongs_.add(request.method + " " + request.path + " is answered by " +
                  std::to_string(reply.status));
    }
    if (reply.status == 200 && !reply.json().is_valid()) {
      wrongs_.add(request.path + " is no JSON: " + reply.body);
    }
    if (contains(reply.body, "boo-boo-boo") || contains(reply.body, "moonlight") ||
        contains(reply.body, "cobwebs")) {
      wrongs_.add(request.path + " tells a password");
    }
    return reply;
  }

  std::mt19937 random_;
  Wrongs &wrongs_;
  Watchdog &watchdog_;
  bool meets_starts_;
};

/// Clients that are told to stop, and waited for, on every way out.
class Crew {
public:
  Crew() = default;
  ~Crew() { dismiss(); }
  Crew(const Crew &) = delete;
  Crew &operator=(const Crew &) = delete;

  /// The device waits for the crew's work, as it does for the test's.
  void hire(std::function<void()> work) {
    threads_.emplace_back([work = std::move(work)] {
      const host::clock::Participant client;
      work();
    });
  }
  bool is_dismissed() const { return over_; }
  void dismiss() {
    over_ = true;
    wait();
  }
  void wait() {
    for (std::thread &thread : threads_) {
      join(thread);
    }
    threads_.clear();
  }

private:
  std::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

std::size_t open_files() {
  return static_cast<std::size_t>(std::distance(
      std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator{}));
}

} // namespace

TEST_CASE("starting and stopping go on for ever, with requests in flight") {
  CAPTURE(seed());
  const int cycles = is_full ? 1'000 : 300;
  Watchdog watchdog("start and stop");
  Wrongs wrongs;
  Device device;
  Crew crew;
  for (std::uint32_t i = 0; i < 3; ++i) {
    crew.hire([&, i] {
      Client client(seed() + i, wrongs, watchdog, /*meets_starts=*/true);
      while (!crew.is_dismissed()) {
        // While the device answers no time passes, so without pauses none ever would.
        host::clock::sleep_for(std::chrono::milliseconds(client.pick(100)));
        if (host::network::bound_port(80) != 0) {
          client.act();
        }
      }
    });
  }
  std::size_t files = 0;
  std::size_t most = 0;
  std::mt19937 random(seed());
  for (int cycle = 0; cycle < cycles; ++cycle) {
    REQUIRE(device.start());
    host::clock::sleep_for(std::chrono::milliseconds(random() % 400));
    device.portal().stop();
    REQUIRE_FALSE(device.portal().is_active());
    REQUIRE_FALSE(radio::driver_state().initialised);
    REQUIRE(host::tasks::wait_until_none(10min));
    check_flash();
    if (cycle == 10) {
      files = open_files();
    }
    most = std::max(most, open_files());
    watchdog.alive();
  }
  crew.dismiss();
  wrongs.check();
  MESSAGE("seed ", seed(), ", ", cycles, " cycles, at most ", most, " files open");
  // The clients' own at the moment of counting, and what the kernel has not taken back.
  CHECK(open_files() <= files + 3);
}

TEST_CASE("a storm from eight clients leaves a device that is whole") {
  CAPTURE(seed());
  const int rounds = is_full ? 60 : 6;
  const int acts = 60;
  Watchdog watchdog("the storm");
  Wrongs wrongs;
  auto config = Device::usual_config();
  std::atomic<int> completions{0};
  config.on_provisioned = [&](const std::string &ssid, const std::string &password) {
    ++completions;
    const auto known = std::find_if(kNetworks.begin(), kNetworks.end(),
                                    [&](const Known &k) { return k.name == ssid; });
    if (known == kNetworks.end() || known->password != password) {
      wrongs.add("on_provisioned is told a wrong password of " + ssid);
    }
  };
  Device device("home", config);
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    REQUIRE(device.start());
    Crew crew;
    for (std::uint32_t i = 0; i < 8; ++i) {
      crew.hire([&, i] {
        Client client(seed() + static_cast<std::uint32_t>(round) * 100 + i, wrongs, watchdog);
        for (int act = 0; act < acts; ++act) {
          client.act();
          client.pause();
        }
      });
    }
    // Every other time somebody pulls the plug in the middle.
    if (round % 2 == 1) {
      host::clock::sleep_for(2s);
      device.portal().stop();
    }
    crew.wait();
    wrongs.check();
    // It comes to rest by itself, and works. A completion that was asked for may still close it.
    const auto is_at_rest = [&] {
      watchdog.alive();
      if (!device.portal().is_active()) {
        return true;
      }
      const Json json = device.phone().get("/api/status").json();
      return json.is_valid() && json.text("connect.state") != "connecting" &&
             json.text("connect.state") != "obtaining_ip" && !json.is_true("scan.scanning");
    };
    device.wait_until(is_at_rest);
    device.portal().stop();
    CHECK(host::tasks::wait_until_none(10min));
    check_flash();
  }
  REQUIRE(device.start());
  CHECK(device.test(R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})").text("state") ==
        "connected");
  CHECK((completions > 0 || !is_full)); // few rounds may be without
  MESSAGE("seed ", seed(), ", ", completions.load(), " completions");
}

TEST_CASE("many requests leave heap, sockets and tasks as they were") {
  const int requests = is_full ? 100'000 : 5'000;
  Watchdog watchdog("the soak");
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  device.test(R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})");
  const HttpClient phone = device.phone();
  const Request kinds[] = {
      {.path = "/"},
      {.path = "/api/status"},
      {.path = "/api/scan"},
      {.path = "/api/connect"},
      {.path = "/api/networks"},
      {.path = "/generate_204"},
      {.method = "POST",
       .path = "/api/connect",
       .body = R"({"ssid":"nothing saved","saved":true})"},
      {.method = "POST", .path = "/api/connect", .body = "{"},
      {.method = "DELETE", .path = "/api/networks/nothing%20saved"},
      {.method = "POST", .path = "/api/scan", .headers = {{"Origin", "http://evil.example"}}},
  };
  const auto soak = [&](int count) {
    int answered = 0;
    for (int i = 0; i < count; ++i) {
      answered +=
          phone.send(kinds[static_cast<std::size_t>(i) % std::size(kinds)]).status != 0 ? 1 : 0;
      watchdog.alive();
    }
    return answered;
  };
  const auto settle = [&] {
    device.wait_until([] { return radio::driver_state().station == "idle"; });
  };
  soak(500);
  settle();
  const std::size_t heap = memory::in_use();
  const std::size_t files = open_files();
  const std::size_t tasks = host::tasks::count();
  CHECK(soak(requests) == requests);
  settle();
  const auto grown = static_cast<std::ptrdiff_t>(memory::in_use()) - static_cast<std::ptrdiff_t>(heap);
  MESSAGE(requests, " requests, heap grown by ", grown, " bytes, files ", files, " -> ",
          open_files());
  // Less than a byte a request: the log and the sockets that are open at the moment come and go.
  CHECK(grown < 4'096);
  CHECK(open_files() <= files + 6);
  CHECK(host::tasks::count() == tasks);
}
