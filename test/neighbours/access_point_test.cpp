#include <doctest/doctest.h>

#include "host/clock.hpp"
#include "neighbours.hpp"

using namespace neighbours;

TEST_CASE("an access point with a password offers CCMP alone, so that iPhones don't call it weak") {
  for (const bool is_unique : {false, true}) {
    CAPTURE(is_unique);
    auto config = Device::usual_config();
    config.unique_ap_password = is_unique;
    Device device("quiet", config);
    REQUIRE(device.start());
    device.wait_until([] { return radio::driver_state().soft_ap.up; });
    CHECK(radio::driver_state().soft_ap.authmode == "wpa2");
    CHECK(radio::driver_state().soft_ap.pairwise_cipher == "ccmp");
    CHECK(radio::driver_state().soft_ap.group_cipher == "ccmp");
  }
}

TEST_CASE("an access point without a password has no cipher") {
  auto config = Device::usual_config();
  config.ap_password = "";
  Device device("quiet", config);
  REQUIRE(device.start());
  device.wait_until([] { return radio::driver_state().soft_ap.up; });
  CHECK(radio::driver_state().soft_ap.authmode == "open");
  CHECK(radio::driver_state().soft_ap.pairwise_cipher == "none");
}
