#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "codec/record.hpp"
#include "device.hpp"
#include "nvs.h"
#include "nvs_flash.h"

using namespace espp::provisioning;

namespace {

/// Text that heap bytes behind it would show on.
std::string text_of(std::size_t length) {
  std::string text;
  while (text.size() < length) {
    text += static_cast<char>('a' + text.size() % 26);
  }
  return text;
}

void save(const std::string &ssid, const std::string &password) {
  const Record record({.network = {.ssid = *Ssid::from_bytes(ssid), .security = Security::Wpa2, .last_used = 1},
                       .password = Secret(password)});
  nvs_handle_t nvs = 0;
  REQUIRE(nvs_open("provisioning", NVS_READWRITE, &nvs) == ESP_OK);
  CHECK(nvs_set_blob(nvs, "net00", record.bytes().data(), record.bytes().size()) == ESP_OK);
  CHECK(nvs_commit(nvs) == ESP_OK);
  nvs_close(nvs);
}

} // namespace

TEST_CASE("a saved name of every length comes back without a byte more, and so does its password") {
  Device device;
  for (std::size_t length = 1; length <= Ssid::kMaxSize; ++length) {
    CAPTURE(length);
    const std::string name = text_of(length);
    const std::string password = text_of(std::max<std::size_t>(length, 8));
    save(name, password);
    const auto saved = device.portal().get_saved_ssids();
    REQUIRE(saved.size() == 1);
    CHECK(saved.front() == name);
    CHECK(device.portal().get_saved_password(name) == password);
    CHECK(espp::Provisioning::printable(name) == name);
  }
}

TEST_CASE("an access point's name of every length comes back without a byte more") {
  for (std::size_t length = 1; length <= Ssid::kMaxSize; ++length) {
    CAPTURE(length);
    auto config = Device::usual_config();
    config.ap_ssid = text_of(length);
    config.append_mac_to_ssid = false;
    Device device("quiet", config);
    REQUIRE(device.start());
    CHECK(device.portal().get_ap_ssid() == config.ap_ssid);
    CHECK(device.portal().get_ap_qr_text().find("S:" + config.ap_ssid + ";") != std::string::npos);
  }
}

TEST_CASE("what on_provisioned is told has every length without a byte more") {
  for (const std::size_t length : {15U, 16U, 17U, 22U, 29U, 30U, 31U, 32U}) {
    CAPTURE(length);
    Device device("quiet");
    const std::string name = text_of(length);
    const std::string password = text_of(length);
    device.change_world([&](radio::Scenario &scenario) {
      radio::AccessPoint ap;
      ap.ssid = name;
      ap.bssid = {2, 0, 0, 0, 9, 1};
      ap.channel = 1;
      ap.rssi = -50;
      ap.security = radio::Security::Wpa2;
      ap.password = password;
      ap.dhcp_delay_ms = 10;
      scenario.world.access_points.push_back(ap);
    });
    REQUIRE(device.start());
    REQUIRE(device.test("{\"ssid\":\"" + name + "\",\"password\":\"" + password + "\"}")
                .text("state") == "connected");
    REQUIRE(device.phone().post("/api/complete").status == 200);
    device.wait_until([&] { return device.portal().is_completed(); });
    REQUIRE(device.provisioned());
    CHECK(device.provisioned()->ssid == name);
    CHECK(device.provisioned()->password == password);
  }
}
