#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "device.hpp"
#include "host/nvs.hpp"
#include "nvs.h"

namespace {

constexpr const char *kHouse = R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})";

void check_failed(const Json &json, const std::string &reason) {
  CHECK(json.text("state") == "failed");
  CHECK(json.text("reason") == reason);
  CHECK(json.number("elapsed_ms") >= 0);
}

bool is_saved(Device &device, const std::string &name) {
  const Json saved = device.phone().get("/api/networks").json();
  for (int i = 0; i < saved.size("networks"); ++i) {
    if (saved.text("networks." + std::to_string(i) + ".ssid") == name) {
      return true;
    }
  }
  return false;
}

} // namespace

TEST_CASE("a right password is connected, with address, gateway, signal and channel, and saved") {
  Device device;
  REQUIRE(device.start());
  const Json json = device.test(kHouse);
  CHECK(json.text("state") == "connected");
  CHECK(json.text("ssid") == "HouseOfBoo");
  CHECK(json.text("ip") == "192.168.1.57");
  CHECK(json.text("gateway") == "192.168.1.1");
  CHECK(json.number("channel") == 9);
  CHECK(json.number("rssi") < 0);
  CHECK(json.is_true("saved"));
  CHECK(json.number("elapsed_ms") > 0);
  CHECK(is_saved(device, "HouseOfBoo"));
  CHECK(device.portal().is_provisioned());
  CHECK(device.phone().get("/api/status").json().is_true("provisioned"));
}

TEST_CASE("after the test the station has left and the access point is still up") {
  Device device;
  REQUIRE(device.start());
  device.test(kHouse);
  device.wait_until([] { return radio::driver_state().station == "idle"; });
  const auto state = radio::driver_state();
  CHECK(state.soft_ap.up);
  CHECK(state.mode == "apsta");
  CHECK(state.storage == "ram");
}

TEST_CASE("the result stays readable until the next test") {
  Device device;
  REQUIRE(device.start());
  const Json first = device.test(kHouse);
  for (int i = 0; i < 3; ++i) {
    const Json again = device.phone().get("/api/connect").json();
    CHECK(again.text("state") == "connected");
    CHECK(again.number("elapsed_ms") == first.number("elapsed_ms"));
    CHECK(device.phone().get("/api/status").json().text("connect.ip") == "192.168.1.57");
  }
  check_failed(device.test(R"({"ssid":"not there","password":"whatever-else"})"), "not_found");
}

TEST_CASE("a wrong password is told as such, nothing is saved, and the older password stays") {
  Device device;
  REQUIRE(device.start());
  const std::string wrong = R"({"ssid":"HouseOfBoo","password":"boo-boo-boO"})";
  const Json failed = device.test(wrong);
  check_failed(failed, "wrong_password");
  CHECK(failed.number("raw_reason") == 15);
  CHECK_FALSE(is_saved(device, "HouseOfBoo"));

  CHECK(device.test(kHouse).text("state") == "connected");
  check_failed(device.test(wrong), "wrong_password");
  CHECK(device.test(R"({"ssid":"HouseOfBoo","saved":true})").text("state") == "connected");
}

TEST_CASE("a wrong password of WPA3 is a wrong password too") {
  Device device;
  REQUIRE(device.start());
  check_failed(device.test(R"({"ssid":"Hauntingly Fast","password":"wrong-wrong"})"),
               "wrong_password");
  CHECK(device.test(R"({"ssid":"Hauntingly Fast","password":"moonlight-sonata"})").text("state") ==
        "connected");
}

TEST_CASE("an open network is joined without a password, and not with one") {
  Device device;
  REQUIRE(device.start());
  check_failed(device.test(R"({"ssid":"HouseOfBoo Guest","password":"12345678"})"),
               "security_mismatch");
  CHECK(device.test(R"({"ssid":"HouseOfBoo Guest"})").text("state") == "connected");
  check_failed(device.test(R"({"ssid":"HouseOfBoo"})"), "security_mismatch");
}

TEST_CASE("a hidden network is found by its name") {
  Device device;
  REQUIRE(device.start());
  CHECK(device.test(R"({"ssid":"attic","password":"cobwebs-1"})").text("state") == "connected");
  CHECK(is_saved(device, "attic"));
}

TEST_CASE("an access point that never leases an address is no_ip") {
  Device device("no-dhcp");
  REQUIRE(device.start());
  const Json json = device.test(kHouse);
  check_failed(json, "no_ip");
  CHECK(json.number("elapsed_ms") >= 30'000);
  CHECK_FALSE(is_saved(device, "HouseOfBoo"));
}

TEST_CASE("a network without an address can be kept all the same, and set-up be finished with it") {
  Device device("no-dhcp");
  REQUIRE(device.start());
  CHECK(device.phone().post("/api/keep").status == 409);
  const Json failed = device.test(kHouse);
  CHECK(failed.is_true("linked"));
  CHECK(failed.is_true("can_keep"));
  CHECK(device.phone().post("/api/complete").status == 409);
  CHECK(device.phone().post("/api/keep").status == 200);
  const Json kept = device.phone().get("/api/connect").json();
  CHECK(kept.text("state") == "connected");
  CHECK(kept.is_true("saved"));
  CHECK_FALSE(kept.has("ip"));
  CHECK(is_saved(device, "HouseOfBoo"));
  CHECK(device.phone().post("/api/complete").status == 200);
  device.wait_until([&] { return device.provisioned().has_value(); });
  CHECK(device.provisioned()->password == "boo-boo-boo");
}

TEST_CASE("a weak access point is a weak signal") {
  Device device;
  device.change_world([&](radio::Scenario &s) {
    auto &ap = device.access_point(s, "attic");
    ap.rssi = -91;
    ap.weak_fails = true;
  });
  REQUIRE(device.start());
  check_failed(device.test(R"({"ssid":"attic","password":"cobwebs-1"})"), "weak_signal");
}

TEST_CASE("a refusal that may be for the moment is a refusal once the time is up") {
  Device device;
  device.change_world(
      [&](radio::Scenario &s) { device.access_point(s, "attic").refuse_reason = 203; });
  REQUIRE(device.start());
  const Json json = device.test(R"({"ssid":"attic","password":"cobwebs-1"})");
  check_failed(json, "refused");
  CHECK(json.number("raw_reason") == 203);
  CHECK(json.number("tries") > 3);
  CHECK(json.number("elapsed_ms") >= 20'000);
  CHECK(json.number("elapsed_ms") <= 20'050);
}

TEST_CASE("a test can be cancelled, and the next one begins at once") {
  Device device;
  REQUIRE(device.start());
  REQUIRE(device.phone().post("/api/connect", kHouse).status == 202);
  CHECK(device.phone().remove("/api/connect").status == 202);
  check_failed(device.verdict(), "cancelled");
  CHECK(device.test(kHouse).text("state") == "connected");
  CHECK(device.phone().remove("/api/connect").status == 202);
  CHECK(device.verdict().text("state") == "connected");
}

TEST_CASE("names of arbitrary bytes go all the way, and come back as they were") {
  Device device;
  const std::string names[] = {"\x01\x02\x7F",          "\xFF\xFE",
                               std::string(32, '\xC3'), "\"\\</script>",
                               "\xF0\x9F\x91\xBB boo",  "%41%00+ &=?#/"};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    device.change_world([&](radio::Scenario &s) {
      radio::AccessPoint ap;
      ap.ssid = names[i];
      ap.bssid = {2, 0, 0, 0, 9, static_cast<std::uint8_t>(i)};
      ap.security = radio::Security::Wpa2;
      ap.password = "p\"\\<>&' \t\x7F";
      s.world.access_points.push_back(ap);
    });
  }
  REQUIRE(device.start());
  for (const std::string &name : names) {
    std::string hex;
    std::string encoded;
    for (const char c : name) {
      char digits[4];
      std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
      hex += digits;
      encoded += std::string("%") + digits;
    }
    CAPTURE(hex);
    const Json json =
        device.test("{\"ssid_hex\":\"" + hex + "\",\"password\":\"p\\\"\\\\<>&' \\t\\u007f\"}");
    CHECK(json.text("state") == "connected");
    CHECK((json.text("ssid") == name || json.text("ssid_hex") == hex));
    CHECK(json.has("ssid") != json.has("ssid_hex"));
    CHECK(device.phone().remove("/api/networks/" + encoded).status == 200);
    CHECK(device.phone().remove("/api/networks/" + encoded).status == 404);
  }
}

TEST_CASE("what is being tested never reaches the driver's own storage") {
  Device device;
  REQUIRE(device.start());
  device.test(kHouse);
  device.test(R"({"ssid":"HouseOfBoo","password":"boo-boo-boO"})");
  nvs_handle_t handle = 0;
  CHECK(nvs_open("nvs.net80211", NVS_READONLY, &handle) == ESP_ERR_NVS_NOT_FOUND);
}

TEST_CASE("no password reaches the log at any level, nor any answer") {
  Device device;
  const LogCapture log;
  REQUIRE(device.start());
  device.test(R"({"ssid":"HouseOfBoo","password":"not-the-password"})");
  device.test(kHouse);
  std::string answers;
  for (const char *path : {"/api/status", "/api/scan", "/api/connect", "/api/networks"}) {
    answers += device.phone().get(path).body;
  }
  device.phone().post("/api/complete");
  device.wait_until([&] { return device.portal().is_completed(); });
  for (const char *secret : {"boo-boo-boo", "not-the-password", "configure"}) {
    CHECK(answers.find(secret) == std::string::npos);
    CHECK_FALSE(log.contains(secret));
  }
  CHECK(log.contains("Testing connection to: HouseOfBoo"));
  CHECK(log.contains("Connection test result: wrong_password"));
  CHECK(log.contains("Saving credentials for: HouseOfBoo"));
}

TEST_CASE("a channel change cuts the phone off, and it finds the result when it is back") {
  Device device("hop");
  REQUIRE(device.start());
  device.scan_list();
  const Json json = device.test(kHouse);
  CHECK(json.text("state") == "connected");
  CHECK(radio::driver_state().hops >= 1);
}

namespace {

/// A device whose world is one network "M", WPA2, of these access points.
class Town {
public:
  using Change = std::function<void(radio::AccessPoint &)>;

  explicit Town(const std::vector<Change> &changes, Device::Config config = Device::usual_config())
      : device_("quiet", config) {
    device_.change_world([&](radio::Scenario &s) {
      for (std::size_t i = 0; i < changes.size(); ++i) {
        radio::AccessPoint ap;
        ap.ssid = "M";
        ap.bssid = {2, 0, 0, 0, 8, static_cast<std::uint8_t>(i)};
        ap.rssi = -50;
        ap.security = radio::Security::Wpa2;
        ap.password = "right-pass1";
        changes[i](ap);
        s.world.access_points.push_back(ap);
      }
    });
    REQUIRE(device_.start());
    device_.scan_list();
  }
  Device &device() { return device_; }
  Json test() { return device_.test(R"({"ssid":"M","password":"right-pass1"})"); }
  Json test_wrongly() { return device_.test(R"({"ssid":"M","password":"wrong-pass1"})"); }
  void change(const std::function<void(radio::AccessPoint &)> &change) {
    device_.change_world([&](radio::Scenario &s) { change(s.world.access_points[0]); });
  }

private:
  Device device_;
};

void open(radio::AccessPoint &ap) {
  ap.security = radio::Security::Open;
  ap.password.clear();
}

} // namespace

TEST_CASE("a WPA2 router that refuses the device is not a wrong password") {
  Town town({[](auto &ap) { ap.refuse_reason = 202; }});
  const Json json = town.test();
  check_failed(json, "refused");
  CHECK(json.number("tries") == 1);
}

TEST_CASE("a right password over a link that loses frames is never called wrong") {
  const Haste haste;
  Town town({[](auto &ap) {
    ap.rssi = -72;
    ap.weak_fails = true;
  }});
  for (int i = 0; i < 20; ++i) {
    check_failed(town.test(), "timeout");
  }
}

TEST_CASE("being thrown out with 15 after the key was proven is not a wrong password") {
  Town town({[](auto &ap) {
    ap.dhcp_delay_ms = 1'500;
    ap.drop = {.after_ms = 500, .reason = 15};
  }});
  const Json json = town.test();
  check_failed(json, "no_ip");
  CHECK(json.is_true("linked"));
}

TEST_CASE("being thrown out with 8, as by ourselves, is noticed at once") {
  Town town({[](auto &ap) {
    ap.dhcp_delay_ms = 1'500;
    ap.drop = {.after_ms = 500, .reason = 8};
  }});
  const Json json = town.test();
  check_failed(json, "no_ip");
  CHECK(json.number("tries") > 3);
}

TEST_CASE("a router that is busy for a second is joined once it is not") {
  Town town({[](auto &ap) { ap.refuse_reason = 2; }});
  REQUIRE(town.device()
              .phone()
              .post("/api/connect", R"({"ssid":"M","password":"right-pass1"})")
              .status == 202);
  town.device().wait("/api/connect", [](const Json &json) { return json.number("tries") >= 2; });
  town.change([](auto &ap) { ap.refuse_reason.reset(); });
  CHECK(town.device().verdict().text("state") == "connected");
}

TEST_CASE("a lease that takes 11 s is waited for, and the device says until when") {
  Town town({[](auto &ap) { ap.dhcp_delay_ms = 11'000; }});
  REQUIRE(town.device()
              .phone()
              .post("/api/connect", R"({"ssid":"M","password":"right-pass1"})")
              .status == 202);
  const Json waiting = town.device().wait(
      "/api/connect", [](const Json &json) { return json.text("state") == "obtaining_ip"; });
  CHECK(waiting.number("limit_ms") > 30'000);
  CHECK(town.device().verdict().text("state") == "connected");
}

TEST_CASE("the times of a test are those of the configuration") {
  Device::Config config = Device::usual_config();
  config.connect_timeout = std::chrono::seconds(5);
  config.dhcp_timeout = std::chrono::seconds(2);
  Town town({[](auto &ap) { ap.refuse_reason = 2; }}, config);
  CHECK(town.test().number("elapsed_ms") == doctest::Approx(5'000).epsilon(0.01));
  town.change([](auto &ap) {
    ap.refuse_reason.reset();
    ap.dhcp_silent = true;
  });
  const Json silent = town.test();
  CHECK(silent.text("reason") == "no_ip");
  // Two seconds for the address, and then a look on all channels for other access points of the name.
  CHECK(silent.number("elapsed_ms") > 2'000);
  CHECK(silent.number("elapsed_ms") < 10'000);
}

TEST_CASE("a full access point does not keep the device from the next one of the name") {
  Town town({[](auto &ap) { ap.refuse_reason = 5; },
             [](auto &ap) {
               ap.channel = 6;
               ap.rssi = -65;
             }});
  const Json json = town.test();
  CHECK(json.text("state") == "connected");
  CHECK(json.number("channel") == 6);
}

TEST_CASE("of two access points on one channel the second is tried when the first refuses") {
  Town town({[](auto &ap) { ap.refuse_reason = 202; }, [](auto &ap) { ap.rssi = -65; }});
  CHECK(town.test().text("state") == "connected");
}

TEST_CASE("a wrong password is called wrong, with either code of the driver's and in any time") {
  for (const auto &[code, ms] :
       {std::pair<int, int>{15, 2'800}, {204, 2'800}, {15, 400}, {204, 5'000}}) {
    Town town({[ms](auto &ap) { ap.handshake_ms = static_cast<std::uint32_t>(ms); }});
    town.device().change_world(
        [code](radio::Scenario &s) { s.world.handshake_reason = static_cast<std::uint8_t>(code); });
    const Json json = town.test_wrongly();
    check_failed(json, "wrong_password");
    CHECK(json.number("raw_reason") == code);
  }
}

TEST_CASE("a wrong password is called wrong where several access points agree") {
  Town town({[](auto &) {}, [](auto &ap) { ap.channel = 6; }, [](auto &ap) { ap.channel = 11; }});
  check_failed(town.test_wrongly(), "wrong_password");
  CHECK(town.test().text("state") == "connected");
}

TEST_CASE("a router that has moved is found, though a weak repeater is where it was") {
  Town town({[](auto &) {},
             [](auto &ap) {
               ap.rssi = -88;
               ap.weak_fails = true;
             }});
  town.change([](auto &ap) { ap.channel = 6; });
  const Json json = town.test();
  CHECK(json.text("state") == "connected");
  CHECK(json.number("channel") == 6);
}

TEST_CASE("a stranger's open network of the same name is another row, and never joined unasked") {
  Town town({[](auto &ap) {
               open(ap);
               ap.rssi = -45;
             },
             [](auto &ap) { ap.channel = 6; }});
  const Json list = town.device().phone().get("/api/scan").json();
  REQUIRE(list.size("networks") == 2);
  CHECK(list.text("networks.0.security") == "open");
  CHECK(list.text("networks.1.security") == "wpa2");
  CHECK(town.test().number("channel") == 6);
  CHECK(town.device().phone().get("/api/networks").json().text("networks.0.security") == "wpa2");
  const Json by_security =
      town.device().test(R"({"ssid":"M","password":"right-pass1","security":"wpa2"})");
  CHECK(by_security.text("state") == "connected");
  CHECK(town.device().test(R"({"ssid":"M","security":"open"})").number("channel") == 1);
  CHECK(town.device().phone().get("/api/networks").json().text("networks.0.security") == "open");
}

TEST_CASE("an enterprise network of the same name does not hide the one that can be joined") {
  Town town({[](auto &ap) {
               ap.security = radio::Security::Enterprise;
               ap.password.clear();
               ap.rssi = -45;
             },
             [](auto &ap) { ap.channel = 6; }});
  CHECK(town.device().phone().get("/api/scan").json().size("networks") == 2);
  CHECK(town.test().text("state") == "connected");
}

TEST_CASE("a network with the access point's own addresses is connected, with a warning") {
  struct Case {
    radio::Ip4 ip;
    radio::Ip4 netmask;
    bool is_same;
  };
  for (const Case &c : {Case{{192, 168, 4, 57}, {255, 255, 255, 0}, true},
                        Case{{192, 168, 4, 1}, {255, 255, 255, 0}, true},
                        Case{{192, 168, 7, 57}, {255, 255, 0, 0}, true},
                        Case{{192, 168, 7, 57}, {255, 255, 255, 0}, false},
                        Case{{10, 0, 4, 57}, {255, 0, 0, 0}, false}}) {
    CAPTURE(radio::format_ip4(c.ip));
    Town town({[&](auto &ap) {
      ap.ip = c.ip;
      ap.netmask = c.netmask;
    }});
    const LogCapture log;
    const Json json = town.test();
    CHECK(json.text("state") == "connected");
    CHECK(json.is_true("same_subnet") == c.is_same);
    CHECK(log.contains("the access point's own addresses (" + radio::format_ip4(c.ip) + ")") ==
          c.is_same);
    CHECK(town.device().phone().get("/api/status").status == 200);
  }
}

TEST_CASE("a network on channel 12 to 14 is found if it tells its name, and hidden where the "
          "country allows the channel") {
  struct Country {
    const char *code;
    int last_channel; ///< on which hidden networks are found
  };
  for (const Country &country :
       {Country{"", 11}, Country{"US", 11}, Country{"DE", 13}, Country{"JP", 14}}) {
    CAPTURE(std::string(country.code));
    Device::Config config = Device::usual_config();
    config.country = country.code;
    Device device("quiet", config);
    device.change_world([](radio::Scenario &s) {
      for (std::uint8_t channel = 11; channel <= 14; ++channel) {
        for (const bool is_hidden : {false, true}) {
          radio::AccessPoint ap;
          ap.ssid = (is_hidden ? "hidden " : "shown ") + std::to_string(channel);
          ap.bssid = {2, 0, 0, 0, static_cast<std::uint8_t>(is_hidden), channel};
          ap.channel = channel;
          ap.hidden = is_hidden;
          s.world.access_points.push_back(ap);
        }
      }
    });
    REQUIRE(device.start());
    device.scan_list();
    for (int channel = 11; channel <= 14; ++channel) {
      for (const bool is_hidden : {false, true}) {
        CAPTURE(channel);
        CAPTURE(is_hidden);
        const LogCapture log;
        const Json json =
            device.test(R"({"ssid":")" + std::string(is_hidden ? "hidden " : "shown ") +
                        std::to_string(channel) + "\"}");
        // With a country of its own the device leaves out what that forbids; without, it listens.
        const bool listens = !is_hidden && *country.code == '\0';
        const bool is_found = channel <= country.last_channel || listens;
        CHECK((json.text("state") == "connected") == is_found);
        CHECK(log.contains("only with Config::country") == (!is_found && *country.code == '\0'));
      }
    }
  }
}

TEST_CASE("a country that the driver does not know keeps the portal closed, and the log says why") {
  Device::Config config = Device::usual_config();
  config.country = "XX";
  Device device("quiet", config);
  const LogCapture log;
  CHECK_FALSE(device.start());
  CHECK(log.contains("The country was refused"));
}

TEST_CASE("a router that turns the device away for a while takes it in the end") {
  const std::vector<std::function<void(radio::AccessPoint &)>> kinds{
      [](auto &ap) { ap.ignores = 3; },
      [](auto &ap) { ap.refuse_association = radio::Refusal{.status = 30, .times = 1}; },
      [](auto &ap) {
        ap.refuse_association = radio::Refusal{.status = 30, .times = 3, .comeback_ms = 10'000};
      },
      [](auto &ap) { ap.refuse_association = radio::Refusal{.status = 53, .times = 1}; },
      [](auto &ap) { ap.refuse_association = radio::Refusal{.status = 1, .times = 4}; },
      [](auto &ap) {
        ap.security = radio::Security::Wpa3;
        ap.refuse_authentication = radio::Refusal{.status = 77, .times = 2};
      },
  };
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    CAPTURE(i);
    Town town({kinds[i]});
    CHECK(town.test().text("state") == "connected");
  }
}

TEST_CASE("a right password is never called wrong by a router that gives handshakes up at once") {
  for (const std::uint8_t reason : {std::uint8_t{15}, std::uint8_t{204}}) {
    Town town({[&](auto &ap) { ap.refuse_reason = reason; }});
    const Json json = town.test();
    CHECK(json.text("reason") == "timeout");
    CHECK(json.number("raw_reason") == reason);
  }
}

TEST_CASE("a right password is never called wrong over a link that loses frames") {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Town town({[&](auto &ap) {
      ap.rssi = -60;
      ap.frame_loss = 35;
    }});
    town.device().change_world([&](radio::Scenario &s) { s.world.seed = seed; });
    const Json json = town.test();
    CHECK((json.text("state") == "connected" || json.text("reason") == "timeout"));
  }
}

TEST_CASE("a wrong password is told after two handshakes and a search over a strong signal") {
  Town town({[](auto &) {}});
  town.device().scan_list();
  const Json json = town.test_wrongly();
  CHECK(json.text("reason") == "wrong_password");
  CHECK(json.number("tries") == 2);
  CHECK(json.number("elapsed_ms") < 10'600);
}

TEST_CASE("a wrong password is told whatever time the router's handshakes take") {
  Town town({[](auto &ap) {
    ap.handshake_ms = 400;
    ap.handshake_most_ms = 4'000;
  }});
  for (int i = 0; i < 4; ++i) {
    CHECK(town.test_wrongly().text("reason") == "wrong_password");
  }
}

TEST_CASE("set-up that nobody finishes is finished once nobody has asked for long enough") {
  Device::Config config = Device::usual_config();
  config.finish_after = std::chrono::seconds(60);
  Town town({[](auto &) {}}, config);
  CHECK(town.test_wrongly().text("state") == "failed");
  CHECK(town.test().text("state") == "connected");
  CHECK_FALSE(town.device().portal().is_completed());
  town.device().wait_until([&] { return town.device().provisioned().has_value(); });
  CHECK(town.device().provisioned()->ssid == "M");
}
