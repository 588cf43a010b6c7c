#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "radio/scenario.hpp"

namespace {

using radio::AccessPoint;
using radio::Scenario;
using radio::Security;

const std::string kDirectory =
    (std::filesystem::path(__FILE__).parent_path() / "../../host/scenarios").string();

Scenario load(const std::string &name) {
  auto scenario = radio::load_scenario(name, kDirectory);
  REQUIRE_MESSAGE(scenario, scenario.error());
  return *scenario;
}

std::string error_of(const std::string &json) {
  const auto scenario = radio::parse_scenario(json, "try.json", kDirectory);
  return scenario ? std::string("no error") : scenario.error();
}

/// An access point with everything it needs, and `more`.
std::string with_ap(const std::string &more) {
  return R"({"access_points":[{"ssid":"A","bssid":"02:00:00:00:00:01")" + more + "}]}";
}

const AccessPoint *find(const Scenario &scenario, const std::string &ssid) {
  const auto &all = scenario.world.access_points;
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const AccessPoint &ap) { return ap.ssid == ssid; });
  return it == all.end() ? nullptr : &*it;
}

bool has_no_zero_byte(const std::vector<AccessPoint> &all) {
  return std::all_of(all.begin(), all.end(),
                     [](const AccessPoint &ap) { return ap.ssid.find('\0') == std::string::npos; });
}

TEST_SUITE("radio scenario") {

  TEST_CASE("every scenario that is shipped loads") {
    const auto names = radio::scenario_names(kDirectory);
    for (const char *expected :
         {"home", "hop", "quiet", "no-dhcp", "crowded", "scan-fails", "two-bands", "flaky"}) {
      CHECK(std::find(names.begin(), names.end(), expected) != names.end());
    }
    for (const std::string &name : names) {
      CAPTURE(name);
      CHECK(load(name).name == name);
    }
  }

  TEST_CASE("home has what a careless page or firmware stumbles over") {
    const Scenario home = load("home");
    const auto &all = home.world.access_points;
    CHECK(std::count_if(all.begin(), all.end(),
                        [](const AccessPoint &ap) { return ap.ssid == "HouseOfBoo"; }) == 2);
    const AccessPoint *house = find(home, "HouseOfBoo");
    REQUIRE(house != nullptr);
    CHECK(house->channel == 9);
    CHECK(house->security == Security::Wpa2);
    CHECK(house->password == "boo-boo-boo");
    const AccessPoint *attic = find(home, "attic");
    REQUIRE(attic != nullptr);
    CHECK(attic->hidden);
    CHECK(attic->password == "cobwebs-1");
    CHECK(find(home, "<img src=x onerror=alert(1)>") != nullptr);
    CHECK(find(home, R"(Bob's "5G" \ café)") != nullptr);
    CHECK(find(home, "\xff\x80\xc3") != nullptr);
    // The driver hands names on as C strings: one with a zero byte could never be joined.
    CHECK(has_no_zero_byte(all));
    const auto has = [&](auto &&wanted) { return std::any_of(all.begin(), all.end(), wanted); };
    CHECK(has([](const AccessPoint &ap) { return ap.ssid.size() == 32; }));
    CHECK(has([](const AccessPoint &ap) { return ap.ssid.find("👻") != std::string::npos; }));
    CHECK(has([](const AccessPoint &ap) { return ap.security == Security::Open; }));
    CHECK(has([](const AccessPoint &ap) { return ap.security == Security::Wpa3; }));
    CHECK(has([](const AccessPoint &ap) { return ap.security == Security::Enterprise; }));
    CHECK(has([](const AccessPoint &ap) { return ap.rssi < radio::kWeakRssi; }));
  }

  TEST_CASE("hop is home with a phone that drops off") {
    const Scenario hop = load("hop");
    CHECK(hop.hop_cut_ms == 4000);
    CHECK(hop.world.access_points.size() == load("home").world.access_points.size());
  }

  TEST_CASE("quiet is empty, crowded has 64, no-dhcp leases nothing, scan-fails fails") {
    CHECK(load("quiet").world.access_points.empty());
    CHECK(load("crowded").world.access_points.size() == 64);
    for (const AccessPoint &ap : load("no-dhcp").world.access_points) {
      CHECK(ap.dhcp_silent);
    }
    CHECK(load("scan-fails").scan_fault.has_value());
  }

  TEST_CASE("an unknown scenario names the known ones") {
    const auto scenario = radio::load_scenario("hoem", kDirectory);
    REQUIRE_FALSE(scenario);
    CHECK(scenario.error().find("unknown scenario 'hoem'; known are crowded, flaky, home") == 0);
  }

  TEST_CASE("a file that is not there, or is a folder, is said so") {
    CHECK(radio::load_scenario("./nowhere.json", kDirectory).error() ==
          "./nowhere.json: cannot be read");
    CHECK(radio::load_scenario(kDirectory + "/", kDirectory).error().find("is a folder") !=
          std::string::npos);
  }

  TEST_CASE("what is not JSON is found by line and column") {
    CHECK(error_of("{\n  \"seed\": 1,\n  oops\n}").find("try.json: not JSON at line 3, column ") ==
          0);
    CHECK(error_of("{} {}").find("try.json: not JSON at line 1") == 0);
    CHECK(error_of("").find("not JSON") != std::string::npos);
  }

  TEST_CASE("each wrong field is one line with file, path and reason") {
    struct Wrong {
      std::string json;
      std::string error;
    };
    const Wrong cases[] = {
        {"[]", "try.json: $: must be an object"},
        {R"({"sead":1})",
         "try.json: $.sead: unknown key; known are $schema, description, extends, "
         "seed, handshake_reason, rssi_jitter, device, phone, hop, scan_fails, lies, "
         "access_points"},
        {R"({"seed":1,"seed":2})", "try.json: $.seed: stands twice"},
        {R"({"seed":-1})", "try.json: $.seed: must be a whole number from 0 to 4294967295, is -1"},
        {R"({"rssi_jitter":"2"})", "try.json: $.rssi_jitter: must be a whole number from 0 to 20"},
        {R"({"rssi_jitter":1.5})",
         "try.json: $.rssi_jitter: must be a whole number from 0 to 20, is 1.5"},
        {R"({"device":{"station_mac":"x"}})",
         "try.json: $.device.station_mac: must be a MAC address like 24:6f:28:aa:85:8f"},
        {R"({"device":{"station_mac":"25:6f:28:aa:85:8f"}})",
         "try.json: $.device.station_mac: is a group address: the first byte must be even"},
        {R"({"device":{"station_mac":"24:6f:28:aa:85:90"}})",
         "try.json: $.device: station_mac and soft_ap_mac must differ"},
        {R"({"phone":{"joins_after_ms":-5}})",
         "try.json: $.phone.joins_after_ms: must be a whole number from 0 to 3600000, is -5"},
        {R"({"hop":4000})", "try.json: $.hop: must be an object"},
        {R"({"scan_fails":{"at":"never"}})",
         "try.json: $.scan_fails.at: must be \"start\" or \"done\""},
        {R"({"lies":{"repeat":0}})",
         "try.json: $.lies.repeat: must be a whole number from 1 to 10, is 0"},
        {R"({"extends":"nobody"})",
         "try.json: $.extends: " + kDirectory + "/nobody.json: cannot be read"},
        {R"({"extends":"../home"})",
         "try.json: $.extends: must be the name of a scenario in the same folder"},
        {R"({"access_points":{}})", "try.json: $.access_points: must be an array of access points"},
        {R"({"access_points":[1]})", "try.json: $.access_points[0]: must be an object"},
        {R"({"access_points":[{"bssid":"02:00:00:00:00:01"}]})",
         "try.json: $.access_points[0]: needs ssid or ssid_hex"},
        {R"({"access_points":[{"ssid":"A"}]})", "try.json: $.access_points[0]: needs bssid"},
        {with_ap(R"(,"ssid_hex":"41")"),
         "try.json: $.access_points[0]: must not have both ssid and ssid_hex"},
        {with_ap(R"(,"channel":15)"), "try.json: $.access_points[0].channel: must be 1 to 14, 36, "
                                      "40 ... 64, 100 ... 144 or 149 ... 177, is 15"},
        {with_ap(R"(,"rssi":5)"),
         "try.json: $.access_points[0].rssi: must be a whole number from -127 to 0, is 5"},
        {with_ap(R"(,"security":"wpa4")"), "try.json: $.access_points[0].security: must be one of "
                                           "open, owe, wep, wpa, wpa_wpa2, wpa2, "
                                           "wpa2_wpa3, wpa3, enterprise"},
        {with_ap(R"(,"password":"12345678")"),
         "try.json: $.access_points[0].password: is not for a network with security open"},
        {with_ap(R"(,"security":"wpa2","password":"short")"),
         "try.json: $.access_points[0].password: must have 8 to 63 bytes or be 64 hexadecimal "
         "digits, has 5"},
        {with_ap(R"(,"security":"wep","password":"123")"),
         "try.json: $.access_points[0].password: of a WEP network must have 5 or 13 characters, or "
         "10 or 26 hexadecimal digits"},
        {with_ap(R"(,"hidden":1)"), "try.json: $.access_points[0].hidden: must be true or false"},
        {with_ap(R"(,"dhcp":"slow")"),
         "try.json: $.access_points[0].dhcp: must be \"silent\" or an "
         "object with delay_ms, lease_s, ip, gateway, netmask"},
        {with_ap(R"(,"dhcp":{"ip":"1.2.3"})"),
         "try.json: $.access_points[0].dhcp.ip: must be an IPv4 address like 192.168.1.57"},
        {with_ap(R"(,"refuse_association":{})"),
         "try.json: $.access_points[0].refuse_association: must have either reason or status"},
        {with_ap(R"(,"refuse_authentication":{"times":1})"),
         "try.json: $.access_points[0].refuse_authentication: must have status"},
        {with_ap(R"(,"handshake_ms":[4000,300])"),
         "try.json: $.access_points[0].handshake_ms[1]: must be a whole number from 4000 to "
         "3600000, is 300"},
        {with_ap(R"(,"handshake_ms":[1])"),
         "try.json: $.access_points[0].handshake_ms: must be a number or two of them, the least "
         "and the most"},
        {with_ap(R"(,"flapping":{"on_ms":5})"),
         "try.json: $.access_points[0].flapping: must have on_ms and off_ms"},
        {with_ap(R"(,"weak_fails":"yes")"),
         "try.json: $.access_points[0].weak_fails: must be true or false"},
        {with_ap(R"(,"drops":{"reason":0})"),
         "try.json: $.access_points[0].drops.reason: must be a whole number from 1 to 255, is 0"},
        {R"({"access_points":[{"ssid":"A","bssid":"02:00:00:00:00:01"},)"
         R"({"ssid":"B","bssid":"02:00:00:00:00:01"}]})",
         "try.json: $.access_points[1].bssid: is taken by another access point"},
        {R"({"access_points":[{"ssid":"123456789012345678901234567890123",)"
         R"("bssid":"02:00:00:00:00:01"}]})",
         "try.json: $.access_points[0].ssid: must have 1 to 32 bytes in UTF-8, has 33"},
        {R"({"access_points":[{"ssid_hex":"abc","bssid":"02:00:00:00:00:01"}]})",
         "try.json: $.access_points[0].ssid_hex: must be 2 to 64 hexadecimal digits, two a byte"},
    };
    for (const Wrong &wrong : cases) {
      CAPTURE(wrong.json);
      CHECK(error_of(wrong.json) == wrong.error);
    }
  }

  TEST_CASE("scenarios that extend each other in a circle are refused") {
    char directory[] = "/tmp/scenario-test-XXXXXX";
    REQUIRE(mkdtemp(directory) != nullptr);
    const std::filesystem::path folder(directory);
    std::ofstream(folder / "a.json") << R"({"extends":"b"})";
    std::ofstream(folder / "b.json") << R"({"extends":"a"})";
    const auto scenario = radio::load_scenario("a", directory);
    REQUIRE_FALSE(scenario);
    CHECK(scenario.error().find("in a circle or too deeply") != std::string::npos);
    std::filesystem::remove_all(folder);
  }

  TEST_CASE("how an access point turns stations away is read, for good or for some requests") {
    const auto read = [](const std::string &text) {
      const auto scenario = radio::parse_scenario(with_ap("," + text), "try.json", kDirectory);
      REQUIRE_MESSAGE(scenario, text);
      return scenario->world.access_points[0];
    };
    auto ap = read(R"("refuse_association":{"status":30,"times":2,"comeback_ms":500})");
    REQUIRE(ap.refuse_association);
    CHECK(ap.refuse_association->status == 30);
    CHECK(ap.refuse_association->times == 2);
    CHECK(ap.refuse_association->comeback_ms == 500);
    CHECK_FALSE(ap.refuse_reason);
    ap = read(R"("refuse_association":{"reason":203})");
    CHECK(ap.refuse_reason == 203);
    CHECK_FALSE(ap.refuse_association);
    ap = read(R"("refuse_authentication":{"status":17},"ignores":3,"frame_loss":25)");
    CHECK(ap.refuse_authentication->status == 17);
    CHECK(ap.refuse_authentication->times == 0);
    CHECK(ap.ignores == 3);
    CHECK(ap.frame_loss == 25);
    ap = read(R"("handshake_ms":[300,4000])");
    CHECK(ap.handshake_ms == 300);
    CHECK(ap.handshake_most_ms == 4000);
  }

  TEST_CASE("null takes away what a base scenario has") {
    const auto scenario = radio::parse_scenario(
        R"({"extends":"scan-fails","scan_fails":null,"phone":null})", "try.json", kDirectory);
    REQUIRE(scenario);
    CHECK_FALSE(scenario->scan_fault);
    CHECK_FALSE(scenario->phone);
  }

} // TEST_SUITE

} // namespace
