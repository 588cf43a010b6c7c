#include <doctest/doctest.h>

#include <utility>

#include "device.hpp"
#include "esp_err.h"
#include "host/nvs.hpp"

namespace {

Device::Config allowing() {
  Device::Config config = Device::usual_config();
  config.allow_forget_all = true;
  return config;
}

void save_two(Device &device) {
  REQUIRE(device.test(R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})").is_true("saved"));
  REQUIRE(device.test(R"({"ssid":"HouseOfBoo Guest"})").is_true("saved"));
  REQUIRE(device.phone().get("/api/networks").json().size("networks") == 2);
}

} // namespace

TEST_CASE("where the application does not allow it, the page can't forget all networks at once") {
  Device device;
  REQUIRE(device.start());
  save_two(device);
  CHECK_FALSE(device.phone().get("/api/status").json().has("may_forget_all"));
  const Reply reply = device.phone().remove("/api/networks");
  CHECK(reply.status == 403);
  CHECK(reply.code() == "not_allowed");
  CHECK(device.phone().get("/api/networks").json().size("networks") == 2);
}

TEST_CASE("where the application allows it, the page forgets all networks at once") {
  Device device("home", allowing());
  REQUIRE(device.start());
  CHECK(device.phone().get("/api/status").json().is_true("may_forget_all"));
  CHECK(device.phone().remove("/api/networks").status == 200); // there are none
  save_two(device);
  const Reply reply = device.phone().remove("/api/networks");
  CHECK(reply.status == 200);
  CHECK(reply.body == "{}");
  CHECK(device.phone().get("/api/networks").json().size("networks") == 0);
  CHECK_FALSE(device.portal().is_provisioned());
  CHECK_FALSE(device.phone().get("/api/status").json().is_true("provisioned"));
  // What was tested last is forgotten with them.
  CHECK(device.phone().post("/api/complete").code() == "not_connected");
  CHECK(device.phone().get("/api/connect").json().text("state") == "idle");
}

TEST_CASE("a misspelt name forgets nothing, though all may be forgotten at once") {
  Device device("home", allowing());
  REQUIRE(device.start());
  save_two(device);
  for (const char *path : {"/api/networks?ssid=Nowhere", "/api/networks?ssid_hex", "/api/networks/",
                           "/api/networks?ssid_hex="}) {
    CAPTURE(path);
    CHECK(device.phone().remove(path).status >= 400);
  }
  CHECK(device.phone().get("/api/networks").json().size("networks") == 2);
}

TEST_CASE("another site can't have all networks forgotten") {
  Device device("home", allowing());
  REQUIRE(device.start());
  save_two(device);
  for (const auto &[name, value] :
       {std::pair{"Host", "evil.example"}, {"Origin", "http://evil.example"}}) {
    CAPTURE(name);
    const Reply reply = device.phone().send(
        {.method = "DELETE", .path = "/api/networks", .headers = {{name, value}}});
    CHECK(reply.status == 403);
  }
  CHECK(device.phone().get("/api/networks").json().size("networks") == 2);
}

TEST_CASE("a flash that can't be erased is told, and the networks are still there") {
  Device device("home", allowing());
  REQUIRE(device.start());
  save_two(device);
  host::nvs::fail_writes_from(1, ESP_FAIL);
  const Reply reply = device.phone().remove("/api/networks");
  CHECK(reply.status == 500);
  CHECK(reply.code() == "storage_failed");
  host::nvs::clear_faults();
  CHECK(device.phone().get("/api/networks").json().size("networks") == 2);
  CHECK(device.phone().remove("/api/networks").status == 200);
  CHECK(device.phone().get("/api/networks").json().size("networks") == 0);
}
