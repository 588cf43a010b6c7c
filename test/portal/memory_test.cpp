#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#include "device.hpp"
#include "memory.hpp"

namespace {

constexpr const char *kHouse = R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})";

void check_no_leak() {
#if defined(__SANITIZE_ADDRESS__)
  CHECK(__lsan_do_recoverable_leak_check() == 0);
#endif
}

/// Does `work` with its first allocation failing, then its second, and so on until none is left to
/// fail. Returns how many could. `work` tells whether it came to its proper end: where it did not,
/// and no allocation failed, a busy machine was too slow for the device's time-outs, and it is done
/// again.
std::uint64_t with_each_failing(memory::Shortage shortage, const std::function<void()> &prepare,
                                const std::function<bool()> &work,
                                const std::function<void()> &after) {
  std::uint64_t nth = 1;
  for (int attempt = 1;; ++attempt) {
    CAPTURE(nth);
    REQUIRE(attempt < 1'000);
    prepare();
    memory::fail_at(nth, shortage);
    const bool ended = work();
    const bool failed = memory::restore();
    after();
    if (!failed && ended) {
      return nth - 1;
    }
    nth += failed ? 1 : 0;
  }
}

Reply send(Device &device, const Request &request) {
  const memory::Exempt client;
  return device.phone().send(request);
}

/// A status that says what happened, or a connection closed in order.
bool is_in_order(const Reply &reply) {
  return reply.status == 0 || reply.status == 503 || reply.status == 500 || reply.status == 200 ||
         reply.status == 202 || reply.status == 302;
}

std::string saved(Device &device) {
  return send(device, {.path = "/api/networks"}).body;
}

} // namespace

TEST_CASE(
    "starting with memory that runs short is an error in the log, and everything is given back") {
  for (const auto shortage : {memory::Shortage::Once, memory::Shortage::Lasting}) {
    std::uint64_t refused = 0;
    Device device("quiet");
    bool started = false;
    std::optional<LogCapture> log;
    const std::uint64_t count = with_each_failing(
        shortage, [&] { log.emplace(); }, [&] { return started = device.start(); },
        [&] {
          CHECK(device.portal().is_active() == started);
          if (started) {
            CHECK(send(device, {.path = "/api/status"}).status == 200);
          } else {
            ++refused;
            CHECK(log->contains("E ("));
            CHECK_FALSE(radio::driver_state().initialised);
            CHECK(device.portal().get_ip_address().empty());
            REQUIRE(device.start());
          }
          device.portal().stop();
          log.reset();
        });
    check_no_leak();
    // What the portal's tasks allocate on their first steps may come before start() returns, or after.
    MESSAGE(count, " allocations of start(), ", refused, " of them vital");
    CHECK(refused >= 14);
  }
}

TEST_CASE("stopping needs no memory") {
  for (const auto shortage : {memory::Shortage::Once, memory::Shortage::Lasting}) {
    Device device;
    const std::uint64_t count = with_each_failing(
        shortage,
        [&] {
          REQUIRE(device.start());
          REQUIRE(send(device, {.method = "POST", .path = "/api/connect", .body = kHouse}).status ==
                  202);
        },
        [&] {
          device.portal().stop();
          return true;
        },
        [&] { CHECK_FALSE(device.portal().is_active()); });
    MESSAGE(count, " allocations on the way");
  }
  check_no_leak();
}

TEST_CASE(
    "every answer with memory that runs short is complete, an error, or a closed connection") {
  const Request requests[] = {
      {.path = "/"},
      {.path = "/generate_204"},
      {.path = "/wpad.dat"},
      {.path = "/api/status"},
      {.path = "/api/scan"},
      {.path = "/api/connect"},
      {.path = "/api/networks"},
      {.path = "/api/nothing"},
      {.method = "DELETE", .path = "/api/connect"},
      {.method = "POST",
       .path = "/api/connect",
       .body = R"({"ssid":"HouseOfBoo","password":"short"})"},
      {.method = "POST", .path = "/api/connect", .body = R"({"ssid":"never saved","saved":true})"},
      {.method = "DELETE", .path = "/api/networks/never%20saved"},
      {.method = "DELETE", .path = "/api/networks?ssid_hex=2e"},
      {.method = "HEAD", .path = "/"},
  };
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  device.test(kHouse);
  device.wait_until([] { return radio::driver_state().station == "idle"; });
  const std::string before = saved(device);
  std::uint64_t sum = 0;
  for (const auto shortage : {memory::Shortage::Once, memory::Shortage::Lasting}) {
    for (const Request &request : requests) {
      CAPTURE(request.path);
      const int usual = send(device, request).status;
      Reply reply;
      sum += with_each_failing(
          shortage, [] {},
          [&] {
            reply = send(device, request);
            return reply.status == usual;
          },
          [&] { CHECK((reply.status == usual || reply.status == 503)); });
      CHECK(reply.status == usual);
      CHECK(saved(device) == before);
    }
  }
  MESSAGE(sum, " failures");
  CHECK(sum > 5);
  check_no_leak();
}

TEST_CASE("a scan with memory that runs short fails or is complete, and the older list stays") {
  Device device;
  REQUIRE(device.start());
  const int networks = device.scan_list().size("networks");
  REQUIRE(networks > 5);
  for (const auto shortage : {memory::Shortage::Once, memory::Shortage::Lasting}) {
    const std::uint64_t count = with_each_failing(
        shortage, [] {},
        [&] {
          const memory::Exempt client;
          const int status = device.phone().post("/api/scan").status;
          CHECK((status == 202 || status == 503));
          device.wait_until([&] {
            const Json json = device.phone().get("/api/status").json();
            return json.is_valid() && !json.is_true("scan.scanning");
          });
          const Json list = device.phone().get("/api/scan").json();
          return status == 202 && list.is_valid() && !list.has("error");
        },
        [&] {
          const Json json = send(device, {.path = "/api/scan"}).json();
          CHECK(json.size("networks") > 5);
        });
    MESSAGE(count, " failures");
    CHECK(count > 3);
  }
  check_no_leak();
}

TEST_CASE("a connection test with memory that runs short has a verdict, and loses nothing") {
  for (const auto shortage : {memory::Shortage::Once, memory::Shortage::Lasting}) {
    Device device;
    REQUIRE(device.start());
    device.scan_list();
    device.test(R"({"ssid":"HouseOfBoo Guest"})");
    device.test(kHouse);
    Json verdict("");
    int status = 0;
    std::uint64_t connected = 0;
    const std::uint64_t count = with_each_failing(
        shortage, [] {},
        [&] {
          const memory::Exempt client;
          status = device.phone().post("/api/connect", kHouse).status;
          CHECK((status == 202 || status == 503));
          verdict = device.verdict();
          return verdict.text("state") == "connected";
        },
        [&] {
          const memory::Exempt client;
          const Json list = device.phone().get("/api/networks").json();
          CHECK(list.size("networks") == 2);
          if (status == 202) {
            CHECK((verdict.text("state") == "connected" || verdict.text("state") == "failed"));
            connected += verdict.text("state") == "connected";
          }
          // The password of before is there, in flash too.
          CHECK(device.test(R"({"ssid":"HouseOfBoo","saved":true})").text("state") == "connected");
        });
    MESSAGE(count, " failures, ", connected, " of them harmless");
    CHECK(count > 8);
  }
  check_no_leak();
}

TEST_CASE("forgetting with memory that runs short forgets, or says that it did not") {
  Device device;
  REQUIRE(device.start());
  Reply reply;
  for (const auto shortage : {memory::Shortage::Once, memory::Shortage::Lasting}) {
    const std::uint64_t count = with_each_failing(
        shortage,
        [&] {
          const memory::Exempt client;
          if (device.phone().get("/api/networks").json().size("networks") == 0) {
            device.test(kHouse);
          }
        },
        [&] {
          reply = send(device, {.method = "DELETE", .path = "/api/networks/HouseOfBoo"});
          return reply.status == 200;
        },
        [&] {
          CHECK(is_in_order(reply));
          const memory::Exempt client;
          CHECK(device.phone().get("/api/networks").json().size("networks") ==
                (reply.status == 200 ? 0 : 1));
        });
    CHECK(count > 1);
  }
  check_no_leak();
}

TEST_CASE("completing with memory that runs short completes, or can be asked for again") {
  auto config = Device::usual_config();
  config.auto_shutdown_ap = false;
  std::atomic<int> calls{0};
  config.on_provisioned = [&](const std::string &ssid, const std::string &password) {
    CHECK(ssid == "HouseOfBoo");
    CHECK(password == "boo-boo-boo");
    ++calls;
  };
  for (const auto shortage : {memory::Shortage::Once, memory::Shortage::Lasting}) {
    Device device("home", config);
    Reply reply;
    int before = 0;
    const std::uint64_t count = with_each_failing(
        shortage,
        [&] {
          const memory::Exempt client;
          REQUIRE(device.start());
          REQUIRE(device.test(kHouse).text("state") == "connected");
          before = calls;
        },
        [&] {
          reply = send(device, {.method = "POST", .path = "/api/complete"});
          if (reply.status == 200) {
            device.wait_until([&] { return calls == before + 1; });
          }
          return reply.status == 200;
        },
        [&] {
          CHECK((reply.status == 200 || reply.status == 503));
          if (reply.status != 200) {
            CHECK(send(device, {.method = "POST", .path = "/api/complete"}).status == 200);
            device.wait_until([&] { return calls == before + 1; });
          }
          device.portal().stop();
        });
    CHECK(count >= 1);
  }
  check_no_leak();
}
