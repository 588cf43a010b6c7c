#include <doctest/doctest.h>

#include "transport/http/wait_credit.hpp"

using espp::provisioning::Millis;
using espp::provisioning::WaitCredit;

namespace {

constexpr std::uint8_t kPhone = 2;
constexpr std::uint8_t kOther = 3;

} // namespace

TEST_CASE("a client that was never waited for has all of its credit, at any time") {
  WaitCredit credit;
  CHECK(credit.left(kPhone, 0) == WaitCredit::kMost);
  CHECK(credit.left(kPhone, 123'456'789) == WaitCredit::kMost);
  CHECK(credit.left(kOther, 0xFFFF'FFFF) == WaitCredit::kMost);
}

TEST_CASE("what was waited for one client is taken off its credit, and nobody else's") {
  WaitCredit credit;
  REQUIRE(credit.left(kPhone, 5'000) == WaitCredit::kMost);
  credit.spend(kPhone, 700);
  CHECK(credit.left(kPhone, 5'000) == WaitCredit::kMost - 700);
  CHECK(credit.left(kOther, 5'000) == WaitCredit::kMost);
  credit.spend(kPhone, 10 * WaitCredit::kMost);
  CHECK(credit.left(kPhone, 5'000) == 0);
}

TEST_CASE("credit comes back with time, up to the most and no further") {
  WaitCredit credit;
  REQUIRE(credit.left(kPhone, 1'000) == WaitCredit::kMost);
  credit.spend(kPhone, WaitCredit::kMost);
  CHECK(credit.left(kPhone, 1'000 + 5 * WaitCredit::kEarns) == 5);
  CHECK(credit.left(kPhone, 1'000 + WaitCredit::kMost * WaitCredit::kEarns) == WaitCredit::kMost);
  CHECK(credit.left(kPhone, 900'000) == WaitCredit::kMost);
}

TEST_CASE("asking often earns as much as asking once") {
  WaitCredit credit;
  REQUIRE(credit.left(kPhone, 0) == WaitCredit::kMost);
  credit.spend(kPhone, WaitCredit::kMost);
  for (Millis now = 1; now < 1'000; ++now) {
    credit.left(kPhone, now);
  }
  CHECK(credit.left(kPhone, 1'000) == 1'000 / WaitCredit::kEarns);
}

TEST_CASE("a client that is as slow as it may be takes a tenth of the time, and its first credit") {
  WaitCredit credit;
  Millis waited = 0;
  const Millis end = 100'000;
  for (Millis now = 0; now < end;) {
    const Millis wait = std::min<Millis>(credit.left(kPhone, now), 1'000);
    credit.spend(kPhone, wait);
    waited += wait;
    now += std::max<Millis>(wait, 1);
  }
  CHECK(waited >= end / WaitCredit::kEarns);
  CHECK(waited <= end / WaitCredit::kEarns + WaitCredit::kMost);
}

TEST_CASE("the clock's wrap-around takes nothing from a client") {
  WaitCredit credit;
  const Millis before = 0xFFFF'FF00;
  REQUIRE(credit.left(kPhone, before) == WaitCredit::kMost);
  credit.spend(kPhone, 1'000);
  CHECK(credit.left(kPhone, before + 1'000) == WaitCredit::kMost - 900);
}

TEST_CASE("addresses that a DHCP server gives out in a row do not share") {
  WaitCredit credit;
  for (std::uint8_t octet = 2; octet < 2 + WaitCredit::kClients; ++octet) {
    CHECK(credit.left(octet, 0) == WaitCredit::kMost);
    credit.spend(octet, 500);
  }
}
