#include <doctest/doctest.h>

#include "domain/band.hpp"
#include "domain/candidates.hpp"
#include "domain/scan_list.hpp"
#include "flow/scan_time.hpp"

using namespace espp::provisioning;

namespace {

constexpr Bands kBoth{.ghz2 = true, .ghz5 = true};

Candidate candidate(std::uint8_t channel, std::int8_t rssi) {
  return {.bssid = {2, 0, 0, 0, 0, channel}, .channel = channel, .rssi = rssi};
}

} // namespace

TEST_CASE("a channel's number tells its band") {
  for (const std::uint8_t channel : {std::uint8_t{1}, std::uint8_t{11}, std::uint8_t{14}}) {
    CHECK(band_of(channel) == Band::Ghz2);
  }
  for (const std::uint8_t channel : {std::uint8_t{36}, std::uint8_t{144}, std::uint8_t{177}}) {
    CHECK(band_of(channel) == Band::Ghz5);
  }
}

TEST_CASE(
    "2.4 GHz is tried before a stronger 5 GHz, unless it is faint: the phone need not follow") {
  Candidates candidates;
  candidates.add(candidate(36, -40));
  candidates.add(candidate(1, -80));
  candidates.add(candidate(6, -70));
  candidates.add(candidate(100, -85));
  candidates.add(candidate(11, -60));
  REQUIRE(candidates.size() == 5);
  const std::uint8_t expected[]{11, 6, 36, 1, 100};
  for (std::uint8_t i = 0; i < candidates.size(); ++i) {
    CHECK(candidates[i].channel == expected[i]);
  }
}

TEST_CASE("a name in both bands is one row, of the access point that a test tries first") {
  const auto network = [](std::uint8_t channel, std::int8_t rssi) {
    return Network{.ssid = *Ssid::from_bytes("house"),
                   .rssi = rssi,
                   .channel = channel,
                   .security = Security::Wpa2};
  };
  for (const bool is_2ghz_first : {true, false}) {
    CAPTURE(is_2ghz_first);
    ScanList list;
    REQUIRE(list.reserve(4));
    list.add(is_2ghz_first ? network(6, -60) : network(36, -45));
    list.add(is_2ghz_first ? network(36, -45) : network(6, -60));
    REQUIRE(list.networks().size() == 1);
    CHECK(list.networks()[0].channel == 6);
    CHECK(list.networks()[0].rssi == -60);
  }
}

TEST_CASE("a scan takes the dwell times of its channels: 4.1 s at 2.4 GHz, 14.6 s in both bands") {
  CHECK(scan_time::of(Bands{}, scan_time::kHomeDwell) == 4'080);
  CHECK(scan_time::of(Bands{}, scan_time::kUsualHomeDwell) == 2'820);
  CHECK(scan_time::of(kBoth, scan_time::kHomeDwell) == 14'640);
  CHECK(scan_time::of(Bands{.ghz2 = false, .ghz5 = true}, 0) == 12 * 120 + 16 * 360);
}
