#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "radio/psk.hpp"
#include "radio/world.hpp"

namespace {

using radio::AccessPoint;
using radio::ChannelVisit;
using radio::Phase;
using radio::ScanRequest;
using radio::Security;
using radio::Sighting;
using radio::Station;
using radio::Step;
using radio::Threshold;
using radio::World;
namespace reason = radio::reason;

AccessPoint house() {
  AccessPoint ap;
  ap.ssid = "HouseOfBoo";
  ap.bssid = {0xa4, 0x2b, 0xb0, 0xc1, 0, 1};
  ap.channel = 9;
  ap.rssi = -48;
  ap.security = Security::Wpa2;
  ap.password = "boo-boo-boo";
  return ap;
}

AccessPoint with(Security security, std::string password = "boo-boo-boo") {
  AccessPoint ap = house();
  ap.security = security;
  ap.password = std::move(password);
  return ap;
}

Station station_for(const AccessPoint &ap) {
  Station station;
  station.ssid = ap.ssid;
  station.password = ap.password;
  return station;
}

Station station_with(std::string password) {
  Station station = station_for(house());
  station.password = std::move(password);
  return station;
}

std::vector<Step> join(const AccessPoint &ap, const Station &station, std::uint32_t attempt = 1) {
  return radio::join({.access_points = {ap}}, ap, station, ap.rssi, attempt);
}

bool gets_address(const std::vector<Step> &steps) {
  return std::any_of(steps.begin(), steps.end(),
                     [](const Step &step) { return step.phase == Phase::Lease; });
}

bool connects(const std::vector<Step> &steps) {
  return std::any_of(steps.begin(), steps.end(),
                     [](const Step &step) { return step.phase == Phase::Connected; });
}

std::uint32_t total_ms(const std::vector<Step> &steps) {
  std::uint32_t ms = 0;
  for (const Step &step : steps) {
    ms += step.after_ms;
  }
  return ms;
}

std::vector<int> channels(const std::vector<ChannelVisit> &visits) {
  std::vector<int> numbers;
  for (const ChannelVisit &visit : visits) {
    numbers.push_back(visit.channel);
  }
  return numbers;
}

std::vector<Sighting> hear_on(const World &world, const ScanRequest &request, std::uint8_t channel,
                              bool passive = false) {
  return radio::hear(world, request, {channel, passive}, 0, 0);
}

TEST_SUITE("radio world") {

  TEST_CASE("a WPA2 key comes out as the standard's test vectors say") {
    const auto hex = [](std::string_view passphrase, std::string_view ssid) {
      const auto digits = radio::to_hex(radio::derive_psk(passphrase, ssid));
      return std::string(digits.begin(), digits.end());
    };
    CHECK(hex("password", "IEEE") ==
          "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e");
    CHECK(hex("ThisIsAPassword", "ThisIsASSID") ==
          "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af");
    CHECK(hex("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ") ==
          "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62");
  }

  TEST_CASE("addresses are read and written in their usual form") {
    CHECK(radio::format_mac(*radio::parse_mac("24:6F:28:aa:85:8f")) == "24:6f:28:aa:85:8f");
    for (const char *wrong :
         {"", "24:6f:28:aa:85", "24:6f:28:aa:85:8g", "24-6f-28-aa-85-8f", "24:6f:28:aa:85:8f:"}) {
      CHECK_FALSE(radio::parse_mac(wrong));
    }
    CHECK(radio::format_ip4(*radio::parse_ip4("192.168.1.57")) == "192.168.1.57");
    for (const char *wrong : {"", "192.168.1", "192.168.1.256", "192.168.1.57.", "1.2.3.4 "}) {
      CHECK_FALSE(radio::parse_ip4(wrong));
    }
  }

  TEST_CASE("every security has a name and is found by it") {
    for (const Security security :
         {Security::Open, Security::Owe, Security::Wep, Security::Wpa, Security::WpaWpa2,
          Security::Wpa2, Security::Wpa2Wpa3, Security::Wpa3, Security::Enterprise}) {
      CHECK(radio::security_from_name(radio::name_of(security)) == security);
    }
    CHECK_FALSE(radio::security_from_name("wpa4"));
  }

  TEST_CASE("by default a scan sends on 1 to 11 and listens on 12 to 14: 2.4 s") {
    const ScanRequest request;
    const auto visits = radio::channels_to_visit(request, {});
    REQUIRE(visits.size() == 14);
    std::uint32_t ms = 0;
    for (const ChannelVisit &visit : visits) {
      CHECK(visit.passive == (visit.channel > 11));
      ms += radio::dwell_ms(request, visit, true);
    }
    CHECK(ms == 11 * 120 + 3 * 360);
  }

  TEST_CASE("with a manual country the scan keeps to its channels and sends on all of them") {
    const auto visits = radio::channels_to_visit({}, {.first = 1, .count = 13, .manual = true});
    REQUIRE(visits.size() == 13);
    CHECK(visits.back().channel == 13);
    CHECK_FALSE(visits.back().passive);
  }

  TEST_CASE("a scan may keep to one channel, or to a set, or begin with the likely one") {
    CHECK(channels(radio::channels_to_visit({.channel = 6}, {})) == std::vector{6});
    CHECK(channels(radio::channels_to_visit({.channel_bitmap = (1 << 1) | (1 << 6)}, {})) ==
          std::vector{1, 6});
    CHECK(channels(radio::channels_to_visit({}, {.count = 4, .manual = true}, 3)) ==
          std::vector{3, 1, 2, 4});
  }

  TEST_CASE("with both bands a scan visits 42 channels and listens only where radars may be") {
    const ScanRequest request{.has_5ghz = true};
    const auto visits = radio::channels_to_visit(request, {});
    REQUIRE(visits.size() == 14 + 28);
    std::uint32_t ms = 0;
    for (const ChannelVisit &visit : visits) {
      const bool is_listener = (visit.channel >= 12 && visit.channel <= 14) ||
                               (visit.channel >= 52 && visit.channel <= 144);
      CHECK(visit.passive == is_listener);
      ms += radio::dwell_ms(request, visit, true);
    }
    CHECK(ms == 23 * 120 + 19 * 360);
    CHECK(visits[14].channel == 36);
    CHECK(visits.back().channel == 177);
  }

  TEST_CASE("a scan may leave a band out, keep to a set in each, or to what a country allows") {
    const auto visited = [](ScanRequest request, radio::Country country = {}) {
      request.has_5ghz = true;
      return channels(radio::channels_to_visit(request, country));
    };
    CHECK(visited({.channel_bitmap = 1, .channel_bitmap_5ghz = (1U << 1) | (1U << 28)}) ==
          std::vector{36, 177});
    CHECK(visited({.channel_bitmap = 1U << 6, .channel_bitmap_5ghz = 1}) == std::vector{6});
    CHECK(visited({.has_2ghz = false}, {.manual = true, .channels_5ghz = 0b11110}) ==
          std::vector{36, 40, 44, 48});
    CHECK(visited({.channel = 149}) == std::vector{149});
  }

  TEST_CASE("the driver prefers 5 GHz within 10 dB when it chooses the strongest") {
    const auto sighting = [](std::uint8_t channel, int rssi) {
      Sighting seen;
      seen.ap.ssid = "house";
      seen.ap.channel = channel;
      seen.ssid = "house";
      seen.rssi = rssi;
      return seen;
    };
    const Sighting slow = sighting(6, -60);
    Sighting fast = sighting(36, -68);
    radio::Station station;
    station.ssid = "house";
    station.all_channels = true;
    CHECK(radio::candidates({slow, fast}, station).front().ap.channel == 36);
    fast.rssi = -71;
    CHECK(radio::candidates({slow, fast}, station).front().ap.channel == 6);
  }

  TEST_CASE("a minimum dwell time ends the visit of an empty channel early") {
    const ScanRequest request{.active_min_ms = 40, .active_max_ms = 200};
    CHECK(radio::dwell_ms(request, {1, false}, false) == 40);
    CHECK(radio::dwell_ms(request, {1, false}, true) == 200);
    CHECK(radio::dwell_ms({.active_max_ms = 200}, {1, false}, false) == 200);
    CHECK(radio::dwell_ms({.active_min_ms = 40, .active_max_ms = 0}, {1, false}, false) == 120);
  }

  TEST_CASE("an access point is heard on its own channel only") {
    const World world{.access_points = {house()}};
    CHECK(hear_on(world, {}, 9).size() == 1);
    CHECK(hear_on(world, {}, 8).empty());
  }

  TEST_CASE("a hidden network is heard when called by name, and nameless when asked for") {
    AccessPoint attic = house();
    attic.hidden = true;
    const World world{.access_points = {attic}};
    CHECK(hear_on(world, {}, 9).empty());
    const auto nameless = hear_on(world, {.show_hidden = true}, 9);
    REQUIRE(nameless.size() == 1);
    CHECK(nameless[0].ssid.empty());
    const auto called = hear_on(world, {.ssid = attic.ssid}, 9);
    REQUIRE(called.size() == 1);
    CHECK(called[0].ssid == attic.ssid);
  }

  TEST_CASE("a hidden network does not answer to a station that only listens") {
    AccessPoint attic = house();
    attic.hidden = true;
    CHECK(hear_on({.access_points = {attic}}, {.ssid = attic.ssid}, 9, true).empty());
    CHECK(hear_on({.access_points = {house()}}, {.ssid = "HouseOfBoo"}, 9, true).size() == 1);
  }

  TEST_CASE("a flapping access point is heard while it is on the air") {
    AccessPoint ap = house();
    ap.flapping = radio::Flapping{.on_ms = 100, .off_ms = 50};
    CHECK(radio::on_air(ap, 0));
    CHECK(radio::on_air(ap, 99));
    CHECK_FALSE(radio::on_air(ap, 100));
    CHECK_FALSE(radio::on_air(ap, 149));
    CHECK(radio::on_air(ap, 150));
  }

  TEST_CASE("jitter stays within its bounds, moves, and is the same in every run") {
    const World world{.access_points = {house()}, .seed = 5, .rssi_jitter = 3};
    std::vector<int> readings;
    for (std::uint64_t sample = 0; sample < 200; ++sample) {
      readings.push_back(radio::measured_rssi(world, house(), sample));
      CHECK(readings.back() == radio::measured_rssi(world, house(), sample));
    }
    CHECK(*std::min_element(readings.begin(), readings.end()) == -51);
    CHECK(*std::max_element(readings.begin(), readings.end()) == -45);
  }

  TEST_CASE("the right password connects and gets an address") {
    for (const Security security :
         {Security::Wpa, Security::WpaWpa2, Security::Wpa2, Security::Wpa2Wpa3, Security::Wpa3}) {
      CAPTURE(radio::name_of(security));
      const auto steps = join(with(security), station_for(with(security)));
      CHECK(connects(steps));
      CHECK(gets_address(steps));
    }
  }

  TEST_CASE("a wrong WPA2 password shows after the handshake's time-out, as reason 15") {
    const auto steps = join(house(), station_with("not-this-one"));
    CHECK(steps.back().phase == Phase::Failed);
    CHECK(steps.back().reason == reason::kFourWayHandshakeTimeout);
    CHECK(total_ms(steps) > 2000);
    CHECK(total_ms(steps) < 3500);
  }

  TEST_CASE("a wrong WPA3 password shows at once, as reason 202") {
    for (const Security security : {Security::Wpa3, Security::Wpa2Wpa3}) {
      const auto steps = join(with(security), station_with("not-this-one"));
      REQUIRE(steps.size() == 1);
      CHECK(steps[0].reason == reason::kAuthFail);
      CHECK(steps[0].after_ms < 1000);
    }
  }

  TEST_CASE("64 hexadecimal digits are the key itself, in either case") {
    const AccessPoint ap = with(Security::Wpa2, "password");
    AccessPoint ieee = ap;
    ieee.ssid = "IEEE";
    Station station = station_for(ieee);
    station.password = "F42C6FC52DF0EBEF9EBB4B90B38A5F902E83FE1B135A70E23AED762E9710A12E";
    CHECK(connects(join(ieee, station)));
    station.password[0] = '0';
    CHECK_FALSE(connects(join(ieee, station)));
  }

  TEST_CASE("a raw key joins a mixed network by WPA2 and a WPA3 network not at all") {
    const std::string psk(64, 'a');
    CHECK(connects(join(with(Security::Wpa2Wpa3, psk), station_with(psk))));
    CHECK(radio::misfit(with(Security::Wpa3), station_with(psk), -48) ==
          reason::kNoCompatibleSecurity);
  }

  TEST_CASE("open-system WEP lets a wrong key in and passes none of its data") {
    const AccessPoint ap = with(Security::Wep, "12345");
    CHECK(gets_address(join(ap, station_with("12345"))));
    const auto steps = join(ap, station_with("54321"));
    CHECK(connects(steps));
    CHECK_FALSE(gets_address(steps));
  }

  TEST_CASE("a silent DHCP server leaves the station connected without an address") {
    AccessPoint ap = house();
    ap.dhcp_silent = true;
    const auto steps = join(ap, station_for(ap));
    CHECK(connects(steps));
    CHECK_FALSE(gets_address(steps));
  }

  TEST_CASE("an access point that refuses says why right after authentication") {
    AccessPoint ap = house();
    ap.refuse_reason = reason::kAssocTooMany;
    const auto steps = join(ap, station_for(ap));
    CHECK(steps.back().phase == Phase::Failed);
    CHECK(steps.back().reason == reason::kAssocTooMany);
    CHECK(total_ms(steps) < 200);
  }

  /// What tries in a row over the same access point come to: 0 for a connection, else the reason.
  std::vector<int> tries(const AccessPoint &ap, int count, const std::string &password = "") {
    Station station = station_for(ap);
    if (!password.empty()) {
      station.password = password;
    }
    radio::History history;
    std::vector<int> outcomes;
    for (int i = 0; i < count; ++i) {
      const auto steps = radio::join({.access_points = {ap}}, ap, station, ap.rssi,
                                     static_cast<std::uint32_t>(i), history);
      outcomes.push_back(connects(steps) ? 0 : steps.back().reason);
    }
    return outcomes;
  }

  TEST_CASE(
      "the driver has reasons of its own for full and for a forgotten key, one for the rest") {
    AccessPoint ap = house();
    const auto reason_of = [&](std::uint16_t status) {
      ap.refuse_association = radio::Refusal{.status = status};
      return tries(ap, 1).front();
    };
    CHECK(reason_of(17) == reason::kAssocTooMany);
    CHECK(reason_of(53) == reason::kInvalidPmkid);
    CHECK(reason_of(1) == reason::kAssocFail);
    CHECK(reason_of(40) == reason::kAssocFail);
  }

  TEST_CASE("a refusal for some requests ends by itself") {
    AccessPoint ap = house();
    ap.refuse_association = radio::Refusal{.status = 1, .times = 2};
    CHECK(tries(ap, 4) == std::vector<int>{203, 203, 0, 0});
    ap = house();
    ap.refuse_authentication = radio::Refusal{.status = 17, .times = 1};
    CHECK(tries(ap, 3) == std::vector<int>{202, 0, 0});
    ap = house();
    ap.ignores = 2;
    CHECK(tries(ap, 3) == std::vector<int>{2, 2, 0});
  }

  TEST_CASE("told when to come back the driver asks once more, if that is not too long") {
    AccessPoint ap = house();
    ap.refuse_association = radio::Refusal{.status = 30, .times = 1, .comeback_ms = 1024};
    CHECK(tries(ap, 1) == std::vector<int>{0});
    const auto steps = join(ap, station_for(ap));
    CHECK(total_ms(steps) > 1024 + 102);
    ap.refuse_association->times = 0;
    CHECK(tries(ap, 1) == std::vector<int>{reason::kAssocComeback});
    ap.refuse_association->times = 1;
    ap.refuse_association->comeback_ms = 5121;
    CHECK(tries(ap, 2) == std::vector<int>{reason::kAssocComeback, 0});
    ap.refuse_association->comeback_ms = 0;
    CHECK(tries(ap, 2) == std::vector<int>{reason::kAssocFail, 0});
  }

  TEST_CASE("SAE goes on after a demand for a token or another group, and ends with any other") {
    AccessPoint ap = with(Security::Wpa3);
    for (const std::uint16_t status : {std::uint16_t{76}, std::uint16_t{77}}) {
      ap.refuse_authentication = radio::Refusal{.status = status, .times = 1};
      CHECK(tries(ap, 1) == std::vector<int>{0});
      CHECK(tries(ap, 1, "not-this-one") == std::vector<int>{reason::kAuthFail});
    }
    ap.refuse_authentication = radio::Refusal{.status = 17, .times = 1};
    CHECK(tries(ap, 2) == std::vector<int>{reason::kAuthFail, 0});
  }

  TEST_CASE("handshakes that fail take different times, the same in every run") {
    AccessPoint ap = house();
    ap.handshake_ms = 300;
    ap.handshake_most_ms = 4000;
    std::vector<std::uint32_t> times;
    for (std::uint32_t attempt = 0; attempt < 50; ++attempt) {
      times.push_back(join(ap, station_with("not-this-one"), attempt).back().after_ms);
      CHECK(join(ap, station_with("not-this-one"), attempt).back().after_ms == times.back());
    }
    const auto [least, most] = std::minmax_element(times.begin(), times.end());
    CHECK(*least >= 300);
    CHECK(*least < 1000);
    CHECK(*most > 3000);
    CHECK(*most <= 4000);
  }

  TEST_CASE("lost frames fail at every stage, or make a handshake take longer") {
    AccessPoint ap = house();
    ap.frame_loss = 25;
    std::vector<int> outcomes;
    bool has_slow_success = false;
    for (std::uint32_t attempt = 0; attempt < 300; ++attempt) {
      const auto steps = join(ap, station_for(ap), attempt);
      outcomes.push_back(connects(steps) ? 0 : steps.back().reason);
      has_slow_success |= connects(steps) && total_ms(steps) > 1000;
    }
    for (const int expected : {0, 2, 4, 15}) {
      CHECK(std::count(outcomes.begin(), outcomes.end(), expected) > 0);
    }
    CHECK(has_slow_success);
    ap.frame_loss = 100;
    CHECK(tries(ap, 2) == std::vector<int>{2, 2});
  }

  TEST_CASE("a drop before the lease leaves the station without an address") {
    AccessPoint ap = house();
    ap.dhcp_delay_ms = 1500;
    ap.drop = radio::Drop{.after_ms = 700, .reason = 4};
    auto steps = join(ap, station_for(ap));
    CHECK_FALSE(gets_address(steps));
    CHECK(steps.back().phase == Phase::Dropped);
    CHECK(steps.back().reason == 4);
    ap.drop->after_ms = 2000;
    steps = join(ap, station_for(ap));
    CHECK(gets_address(steps));
    CHECK(steps.back().after_ms == 500);
  }

  TEST_CASE("a weak link fails in several ways and sometimes works, the same way in every run") {
    AccessPoint ap = house();
    ap.rssi = -91;
    std::vector<int> reasons;
    int successes = 0;
    for (std::uint32_t attempt = 0; attempt < 64; ++attempt) {
      const auto steps = join(ap, station_for(ap), attempt);
      CHECK(steps.back().reason == join(ap, station_for(ap), attempt).back().reason);
      successes += connects(steps) ? 1 : 0;
      reasons.push_back(steps.back().reason);
    }
    CHECK(successes > 0);
    CHECK(successes < 64);
    for (const std::uint8_t expected :
         {reason::kAuthExpire, reason::kAssocExpire, reason::kHandshakeTimeout}) {
      CHECK(std::count(reasons.begin(), reasons.end(), expected) > 0);
    }
  }

  TEST_CASE("of three tries in a row over a link that always fails, each ends at another stage") {
    AccessPoint ap = house();
    ap.weak_fails = true;
    for (std::uint32_t attempt = 0; attempt < 30; ++attempt) {
      std::vector<int> reasons;
      for (std::uint32_t i = 0; i < 3; ++i) {
        reasons.push_back(join(ap, station_for(ap), attempt + i).back().reason);
      }
      std::sort(reasons.begin(), reasons.end());
      CHECK(std::unique(reasons.begin(), reasons.end()) == reasons.end());
    }
  }

  TEST_CASE("weak_fails decides instead of the dice") {
    AccessPoint ap = house();
    ap.weak_fails = true;
    for (std::uint32_t attempt = 0; attempt < 32; ++attempt) {
      CHECK_FALSE(connects(join(ap, station_for(ap), attempt)));
    }
    ap.rssi = -100;
    ap.weak_fails = false;
    for (std::uint32_t attempt = 0; attempt < 32; ++attempt) {
      CHECK(connects(join(ap, station_for(ap), attempt)));
    }
  }

  TEST_CASE("security that does not match is reason 210") {
    CHECK(radio::misfit(house(), station_with(""), -48) == reason::kNoCompatibleSecurity);
    CHECK(radio::misfit(house(), station_with("short"), -48) == reason::kNoCompatibleSecurity);
    CHECK(radio::misfit(with(Security::Enterprise, ""), station_with("boo-boo-boo"), -48) ==
          reason::kNoCompatibleSecurity);
    CHECK(radio::misfit(with(Security::Wep, "12345"), station_with("123"), -48) ==
          reason::kNoCompatibleSecurity);
    CHECK(radio::misfit(with(Security::Owe, ""), station_with(""), -48) ==
          reason::kNoCompatibleSecurity);
    Station owe = station_with("");
    owe.owe_enabled = true;
    CHECK(radio::misfit(with(Security::Owe, ""), owe, -48) == 0);
  }

  TEST_CASE("a threshold that is not met is reason 211, and a password of 8 sets one") {
    CHECK(radio::effective_threshold(station_with("12345678")) == Threshold::Wpa2);
    CHECK(radio::effective_threshold(station_with("1234567")) == Threshold::Open);
    CHECK(radio::misfit(with(Security::Open, ""), station_with("boo-boo-boo"), -48) ==
          reason::kBelowAuthThreshold);
    CHECK(radio::misfit(with(Security::Wpa), station_with("boo-boo-boo"), -48) ==
          reason::kBelowAuthThreshold);
    Station lenient = station_with("boo-boo-boo");
    lenient.threshold = Threshold::Wpa;
    CHECK(radio::misfit(with(Security::Wpa), lenient, -48) == 0);
    Station strict = station_with("boo-boo-boo");
    strict.threshold = Threshold::Wpa3;
    CHECK(radio::misfit(house(), strict, -48) == reason::kBelowAuthThreshold);
    CHECK(radio::misfit(with(Security::Wpa2Wpa3), strict, -48) == 0);
  }

  TEST_CASE("a signal below the threshold is reason 212, whatever else is wrong") {
    Station station = station_with("");
    station.min_rssi = -40;
    CHECK(radio::misfit(house(), station, -48) == reason::kBelowRssiThreshold);
  }

  TEST_CASE(
      "what was heard and does not fit gives the least of the reasons, and nothing heard 201") {
    const AccessPoint open = with(Security::Open, "");
    const AccessPoint enterprise = with(Security::Enterprise, "");
    const Station station = station_with("boo-boo-boo");
    CHECK(radio::nothing_fits_reason({}, station) == reason::kNoApFound);
    CHECK(radio::nothing_fits_reason({{open, open.ssid, -48}}, station) ==
          reason::kBelowAuthThreshold);
    CHECK(radio::nothing_fits_reason({{open, open.ssid, -48}, {enterprise, enterprise.ssid, -48}},
                                     station) == reason::kNoCompatibleSecurity);
  }

  TEST_CASE("candidates are tried by signal, or by security if the station wants that") {
    AccessPoint near = house();
    AccessPoint safe = with(Security::Wpa3);
    safe.bssid[5] = 2;
    const std::vector<Sighting> heard{{safe, safe.ssid, -70}, {near, near.ssid, -40}};
    Station station = station_for(near);
    station.all_channels = true;
    CHECK(radio::candidates(heard, station).front().ap.bssid == near.bssid);
    station.by_security = true;
    CHECK(radio::candidates(heard, station).front().ap.bssid == safe.bssid);
    // The order is for all-channel scans only: a fast scan ends with the first match.
    station.all_channels = false;
    station.by_security = false;
    REQUIRE(radio::candidates(heard, station).size() == 1);
    CHECK(radio::candidates(heard, station).front().ap.bssid == safe.bssid);
  }

} // TEST_SUITE

} // namespace
