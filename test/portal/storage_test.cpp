#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "device.hpp"
#include "esp_err.h"
#include "host/nvs.hpp"
#include "nvs.h"
#include "nvs_flash.h"

namespace {

std::string request_for(const std::string &name) {
  return "{\"ssid\":\"" + name + "\",\"password\":\"password of " + name + "\"}";
}

/// Adds networks `net0`, `net1` ... with passwords of their own.
void add_networks(Device &device, int count) {
  device.change_world([&](radio::Scenario &s) {
    for (int i = 0; i < count; ++i) {
      radio::AccessPoint ap;
      ap.ssid = "net" + std::to_string(i);
      ap.bssid = {2, 0, 0, 0, 7, static_cast<std::uint8_t>(i)};
      ap.channel = static_cast<std::uint8_t>(1 + i % 11);
      ap.rssi = -50;
      ap.security = radio::Security::Wpa2;
      ap.password = "password of " + ap.ssid;
      ap.dhcp_delay_ms = 10;
      s.world.access_points.push_back(ap);
    }
  });
}

std::string saved_name(const Json &saved, int i) {
  return saved.text("networks." + std::to_string(i) + ".ssid");
}

} // namespace

TEST_CASE("20 networks are saved, newest first, and survive a reboot") {
  Device device("quiet");
  add_networks(device, 20);
  REQUIRE(device.start());
  for (int i = 0; i < 20; ++i) {
    CHECK(device.test(request_for("net" + std::to_string(i))).is_true("saved"));
  }
  for (int boot = 0; boot < 2; ++boot) {
    const Json saved = device.phone().get("/api/networks").json();
    REQUIRE(saved.size("networks") == 20);
    for (int i = 0; i < 20; ++i) {
      CHECK(saved_name(saved, i) == "net" + std::to_string(19 - i));
      CHECK(saved.text("networks." + std::to_string(i) + ".security") == "wpa2");
      CHECK_FALSE(saved.has("networks." + std::to_string(i) + ".password"));
    }
    device.reboot();
    CHECK(device.portal().is_provisioned());
    CHECK(device.portal().get_saved_ssids().size() == 20);
    CHECK(device.portal().get_saved_ssids().front() == "net19");
    REQUIRE(device.start());
  }
  CHECK(device.test(R"({"ssid":"net3","saved":true})").text("state") == "connected");
  const Json saved = device.phone().get("/api/networks").json();
  CHECK(saved.size("networks") == 20);
  CHECK(saved_name(saved, 0) == "net3");
}

TEST_CASE("an application reads a saved network's password, with the portal open, closed, and after a reboot") {
  Device device("quiet");
  add_networks(device, 1);
  device.change_world([&](radio::Scenario &s) { device.access_point(s, "net0").password = "another password"; });
  REQUIRE(device.start());
  const std::string tested = R"({"ssid":"net0","password":"another password"})";
  CHECK_FALSE(device.portal().get_saved_password("net0").has_value());
  CHECK(device.test(tested).is_true("saved"));
  CHECK(device.portal().get_saved_password("net0") == "another password");
  device.portal().stop();
  CHECK(device.portal().get_saved_password("net0") == "another password");
  device.reboot();
  CHECK(device.portal().get_saved_password("net0") == "another password");
  CHECK_FALSE(device.portal().get_saved_password("net1").has_value());
  CHECK_FALSE(device.portal().get_saved_password("").has_value());
  CHECK_FALSE(device.portal().get_saved_password(std::string(33, 'x')).has_value());
}

TEST_CASE("the same network again is updated in place") {
  Device device("quiet");
  add_networks(device, 1);
  REQUIRE(device.start());
  device.test(request_for("net0"));
  device.change_world([&](radio::Scenario &s) { device.access_point(s, "net0").password = "a new password"; });
  CHECK(device.test(R"({"ssid":"net0","password":"a new password"})").text("state") == "connected");
  CHECK(device.phone().get("/api/networks").json().size("networks") == 1);
  CHECK(device.test(R"({"ssid":"net0","saved":true})").text("state") == "connected");
}

TEST_CASE("a forgotten network's password is gone from flash") {
  const auto file = std::filesystem::temp_directory_path() / ("portal-test-" + std::to_string(getpid()) + ".bin");
  std::filesystem::remove(file);
  {
    Device device("quiet");
    host::nvs::set_file(file.string());
    REQUIRE(nvs_flash_deinit() == ESP_OK);
    REQUIRE(nvs_flash_init() == ESP_OK);
    add_networks(device, 2);
    REQUIRE(device.start());
    device.test(request_for("net0"));
    device.test(request_for("net1"));
    const auto flash = [&] {
      std::ifstream in(file, std::ios::binary);
      return std::string(std::istreambuf_iterator<char>(in), {});
    };
    CHECK(flash().find("password of net1") != std::string::npos);
    CHECK(device.phone().remove("/api/networks/net1").status == 200);
    CHECK(flash().find("password of net1") == std::string::npos);
    CHECK(flash().find("password of net0") != std::string::npos);
    CHECK(device.phone().post("/api/complete").code() == "not_connected");
    CHECK(device.phone().post("/api/connect", R"({"ssid":"net1","saved":true})").status == 404);
    CHECK(device.phone().remove("/api/networks/net0").status == 200);
    CHECK(flash().find("password of") == std::string::npos);
    CHECK_FALSE(device.portal().is_provisioned());
  }
  std::filesystem::remove(file);
}

TEST_CASE("a network named .. can be forgotten, although no browser can put it into a path") {
  Device device("quiet");
  add_networks(device, 1);
  device.change_world([&](radio::Scenario &s) { device.access_point(s, "net0").ssid = ".."; });
  REQUIRE(device.start());
  CHECK(device.test(R"({"ssid":"..","password":"password of net0"})").is_true("saved"));
  CHECK(device.phone().remove("/api/networks?ssid_hex=2e2e").status == 200);
  CHECK(device.phone().remove("/api/networks?ssid_hex=2e2e").code() == "unknown_network");
  CHECK(device.phone().remove("/api/networks?ssid_hex=2").code() == "invalid_ssid");
  CHECK(device.phone().remove("/api/networks?ssid=..").status == 405);
}

TEST_CASE("a full flash is told, and what was saved stays") {
  Device device("quiet");
  add_networks(device, 2);
  REQUIRE(device.start());
  CHECK(device.test(request_for("net0")).is_true("saved"));
  host::nvs::fail_writes_from(1, ESP_ERR_NVS_NOT_ENOUGH_SPACE);
  const Json full = device.test(request_for("net1"));
  CHECK(full.text("state") == "connected");
  CHECK(cJSON_IsFalse(full.at("saved")));
  CHECK(full.text("save_error.code") == "storage_full");
  host::nvs::clear_faults();
  const Json saved = device.phone().get("/api/networks").json();
  REQUIRE(saved.size("networks") == 1);
  CHECK(saved_name(saved, 0) == "net0");
  CHECK(device.test(R"({"ssid":"net0","saved":true})").text("state") == "connected");
}

TEST_CASE("a failing flash is told, both at saving and at forgetting") {
  Device device("quiet");
  add_networks(device, 2);
  REQUIRE(device.start());
  device.test(request_for("net0"));
  host::nvs::fail_writes_from(1, ESP_FAIL);
  CHECK(device.test(request_for("net1")).text("save_error.code") == "storage_failed");
  const Reply reply = device.phone().remove("/api/networks/net0");
  CHECK(reply.status == 500);
  CHECK(reply.code() == "storage_failed");
  host::nvs::clear_faults();
  CHECK(device.phone().get("/api/networks").json().size("networks") == 1);
  CHECK(device.phone().remove("/api/networks/net0").status == 200);
}

TEST_CASE("a record that is not ours is left alone, and the rest works") {
  Device device("quiet");
  add_networks(device, 2);
  REQUIRE(device.start());
  device.test(request_for("net0"));
  nvs_handle_t handle = 0;
  REQUIRE(nvs_open("provisioning", NVS_READWRITE, &handle) == ESP_OK);
  const char foreign[] = "\x07something newer";
  REQUIRE(nvs_set_blob(handle, "net01", foreign, sizeof foreign) == ESP_OK);
  nvs_close(handle);
  device.reboot();
  REQUIRE(device.start());
  CHECK(device.phone().get("/api/networks").json().size("networks") == 1);
  CHECK(device.test(request_for("net1")).is_true("saved"));
  CHECK(device.phone().get("/api/networks").json().size("networks") == 2);
  std::size_t size = 0;
  REQUIRE(nvs_open("provisioning", NVS_READONLY, &handle) == ESP_OK);
  CHECK(nvs_get_blob(handle, "net01", nullptr, &size) == ESP_OK);
  CHECK(size == sizeof foreign);
  nvs_close(handle);
}
