#include <doctest/doctest.h>

#include <string>

#include "domain/access_point.hpp"
#include "domain/scan_list.hpp"

using namespace espp::provisioning;

namespace {

Network network(const char *name, int rssi, std::uint8_t channel = 1) {
  return {.ssid = Ssid::from_bytes(name).value_or(Ssid{}),
          .rssi = static_cast<std::int8_t>(rssi),
          .channel = channel,
          .security = Security::Wpa2};
}

} // namespace

TEST_CASE("one row a name: the strongest access point stands for all of them") {
  ScanList list;
  REQUIRE(list.reserve(300));
  list.add(network("mesh", -70, 1));
  list.add(network("other", -60, 3));
  list.add(network("mesh", -40, 6));
  list.add(network("mesh", -55, 11));
  REQUIRE(list.networks().size() == 2);
  CHECK(list.networks()[0].ssid.bytes() == "mesh");
  CHECK(list.networks()[0].rssi == -40);
  CHECK(list.networks()[0].channel == 6);
  CHECK(list.networks()[1].ssid.bytes() == "other");
}

TEST_CASE("access points of one name and different kinds of security are different networks") {
  ScanList list;
  REQUIRE(list.reserve(300));
  const auto add = [&](int rssi, Security security) {
    Network row = network("Twin", rssi);
    row.security = security;
    list.add(row);
  };
  add(-45, Security::Open);
  add(-55, Security::Wpa2);
  add(-50, Security::Wpa3);
  add(-40, Security::Enterprise);
  add(-60, Security::Owe);
  REQUIRE(list.networks().size() == 3);
  CHECK(list.networks()[0].security == Security::Enterprise);
  CHECK(list.networks()[1].security == Security::Open);
  CHECK(list.networks()[2].security == Security::Wpa3);
  const Ssid ssid = list.networks()[0].ssid;
  CHECK(list.find(ssid, Kind::Personal)->rssi == -50);
  CHECK(list.find(ssid, Kinds(Kind::Wep) | Kind::Open)->rssi == -45);
  CHECK(list.find(ssid, Kind::Wep) == nullptr);
}

TEST_CASE("hidden networks are left out of the list") {
  ScanList list;
  REQUIRE(list.reserve(300));
  list.add(network("", -30));
  CHECK(list.networks().empty());
}

TEST_CASE("a list that is full keeps the strongest, in order") {
  ScanList list;
  REQUIRE(list.reserve(300));
  for (int i = 0; i < 300; ++i) {
    list.add(network(("net" + std::to_string(i)).c_str(), -1 - (i * 7) % 100));
  }
  const auto rows = list.networks();
  REQUIRE(rows.size() == ScanList::kMaxNetworks);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    CHECK(rows[i - 1].rssi >= rows[i].rssi);
  }
  // 300 networks spread evenly over 100 strengths: three each, so 128 reach down to -43.
  CHECK(rows.back().rssi == -43);
}

TEST_CASE("passwords are what IEEE 802.11 allows") {
  CHECK(is_valid_password(""));
  CHECK_FALSE(is_valid_password("1234567"));
  CHECK(is_valid_password("12345678"));
  CHECK(is_valid_password(std::string(63, 'x')));
  CHECK_FALSE(is_valid_password(std::string(64, 'x')));
  CHECK(is_valid_password(std::string(64, 'F')));
  CHECK_FALSE(is_valid_password(std::string(65, 'a')));
  CHECK_FALSE(is_valid_password(std::string("12345678\0", 9)));
}

TEST_CASE("the access point's suffix stays, however long its name") {
  const std::array<std::uint8_t, 6> mac{0x24, 0x6F, 0x28, 0xAA, 0x85, 0x90};
  CHECK(make_ap_ssid("ESP-Prov", mac, true).bytes() == "ESP-Prov-8590");
  CHECK(make_ap_ssid("ESP-Prov", mac, false).bytes() == "ESP-Prov");
  CHECK(make_ap_ssid("", mac, true).bytes() == "-8590");
  CHECK(make_ap_ssid(std::string(40, 'n'), mac, true).bytes() == std::string(27, 'n') + "-8590");
  CHECK(make_ap_ssid(std::string(40, 'n'), mac, false).bytes() == std::string(32, 'n'));
  CHECK(make_ap_ssid(std::string(27, 'n'), mac, true).bytes() == std::string(27, 'n') + "-8590");
}

TEST_CASE("a long name is not cut inside a character") {
  const std::array<std::uint8_t, 6> mac{0, 0, 0, 0, 0x0A, 0xF0};
  // 26 bytes and a two-byte character: 27 fit.
  CHECK(make_ap_ssid(std::string(26, 'n') + "\xC3\xA9", mac, true).bytes() ==
        std::string(26, 'n') + "-0AF0");
  CHECK(make_ap_ssid(std::string(25, 'n') + "\xC3\xA9", mac, true).bytes() ==
        std::string(25, 'n') + "\xC3\xA9-0AF0");
  CHECK(make_ap_ssid(std::string(25, 'n') + "\xF0\x9F\x8F\xA0 home", mac, true).bytes() ==
        std::string(25, 'n') + "-0AF0");
}

TEST_CASE("the access point's password is never one that the driver would take for none") {
  CHECK(is_valid_ap_password(""));
  CHECK(is_valid_ap_password("configure"));
  CHECK_FALSE(is_valid_ap_password("short"));
  CHECK(is_valid_ap_password(std::string(63, 'p')));
  CHECK_FALSE(is_valid_ap_password(std::string(64, 'a')));
  CHECK_FALSE(is_valid_ap_password("tab\tinside"));
  CHECK_FALSE(is_valid_ap_password("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"));
}
