#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "core/access_point.hpp"
#include "core/join_code.hpp"

using namespace espp::provisioning;

namespace {

std::uint32_t next_random() {
  static std::uint32_t state = 1;
  state = state * 1664525U + 1013904223U;
  return state;
}

std::uint32_t all_ones_then_zero() {
  static unsigned calls = 0;
  return ++calls % 2 == 1 ? 0xFFFFFFFFU : 0U;
}

} // namespace

TEST_CASE("a made password is valid, differs each time, and can be read off without mistakes") {
  std::set<std::string> seen;
  std::map<char, int> counts;
  for (int i = 0; i < 3'100; ++i) {
    const std::string password(make_ap_password(next_random).bytes());
    REQUIRE(password.size() == kMadePasswordSize);
    CHECK(is_valid_ap_password(password));
    CHECK(password.find_first_of("ilo01") == std::string::npos);
    CHECK(seen.insert(password).second);
    for (const char c : password) {
      ++counts[c];
    }
  }
  // 37,200 characters, so 1,200 of each are expected; 6 standard deviations are 204.
  CHECK(counts.size() == 31);
  for (const auto &[c, count] : counts) {
    CAPTURE(c);
    CHECK(count > 996);
    CHECK(count < 1'404);
  }
}

TEST_CASE("a random number beyond the last character is drawn again") {
  CHECK(make_ap_password(all_ones_then_zero).bytes() == std::string(kMadePasswordSize, '2'));
}

TEST_CASE("the code to join by names network and password") {
  CHECK(make_join_code("ESP-Prov-8590", "configure") == "WIFI:T:WPA;S:ESP-Prov-8590;P:configure;;");
  CHECK(make_join_code("ESP-Prov-8590", "") == "WIFI:T:nopass;S:ESP-Prov-8590;;");
}

TEST_CASE("characters with a meaning in the code to join by are escaped") {
  CHECK(make_join_code(R"(a\b;c,d:e"f)", R"(\\;;::,,"")") ==
        R"(WIFI:T:WPA;S:a\\b\;c\,d\:e\"f;P:\\\\\;\;\:\:\,\,\"\";;)");
  CHECK(make_join_code("\xC3\xA4 \xF0\x9F\x91\xBB '=&%", "p a s s") ==
        "WIFI:T:WPA;S:\xC3\xA4 \xF0\x9F\x91\xBB '=&%;P:p a s s;;");
}

TEST_CASE(
    "a name of hexadecimal digits has no quotation marks, which iPhones take for a part of it") {
  CHECK(make_join_code("BEEF", "12345678") == "WIFI:T:WPA;S:BEEF;P:12345678;;");
}
