#include <doctest/doctest.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "codec/wifi_qr.hpp"
#include "domain/access_point.hpp"

using namespace espp::provisioning;

namespace {

std::uint32_t next_random() {
  static std::uint32_t state = 1;
  state = state * 1664525U + 1013904223U;
  return state;
}

constexpr std::array<std::uint8_t, 6> kMac{0x02, 0x00, 0x00, 0x0A, 0x85, 0x90};

std::string ap_name(const std::string &base, bool append_mac) {
  return std::string(make_ap_ssid(base, kMac, append_mac).bytes());
}

/// Characters of 1 to 4 bytes.
const std::vector<std::string> kCharacters{"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x91\xBB"};

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

TEST_CASE("the access point's name is its base, with the end of its address behind it if asked") {
  CHECK(ap_name("ESP-Prov", true) == "ESP-Prov-8590");
  CHECK(ap_name("ESP-Prov", false) == "ESP-Prov");
  CHECK(ap_name("", true) == "-8590");
  CHECK(ap_name("", false).empty());
  CHECK(std::string(make_ap_ssid("x", {0, 0, 0, 0, 0x0A, 0xFF}, true).bytes()) == "x-0AFF");
}

TEST_CASE("a base of any length gives a name of at most 32 bytes, with the whole suffix") {
  for (const bool append_mac : {false, true}) {
    const std::string suffix = append_mac ? "-8590" : "";
    for (std::size_t length = 0; length <= 40; ++length) {
      CAPTURE(length);
      const std::string ascii(length, 'n');
      CHECK(ap_name(ascii, append_mac) == ascii.substr(0, 32 - suffix.size()) + suffix);
      const std::string no_text(length, '\x80');
      CHECK(ap_name(no_text, append_mac) == no_text.substr(0, 32 - suffix.size()) + suffix);
    }
  }
}

TEST_CASE("a base is cut between two characters, wherever the cut comes and whatever lies behind") {
  for (const bool append_mac : {false, true}) {
    const std::size_t room = append_mac ? 27 : 32;
    for (const std::string &character : kCharacters) {
      for (std::size_t front = 0; front < 5; ++front) {
        for (const char *back : {"", "\xFF", "\x80"}) {
          std::string base(front, '.');
          std::size_t fitting = front;
          while (base.size() < 40) {
            base += character;
            fitting += base.size() <= room ? character.size() : 0;
          }
          const std::string name = ap_name(base + back, append_mac);
          CAPTURE(base);
          CHECK(name == base.substr(0, fitting) + (append_mac ? "-8590" : ""));
          CHECK(is_utf8(name));
        }
      }
    }
  }
}

TEST_CASE("a base that is no UTF-8 before the cut is cut at the byte") {
  const std::string base = "\xFF" + std::string(25, 'n') + "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC";
  CHECK(ap_name(base, true) == base.substr(0, 27) + "-8590");
  CHECK(ap_name(base, false) == base.substr(0, 32));
}

TEST_CASE("a base ends at its first NUL, so that a name from a fixed array keeps its suffix") {
  std::string array(32, '\0');
  array.replace(0, 4, "Lamp");
  CHECK(ap_name(array, true) == "Lamp-8590");
  CHECK(ap_name(array, false) == "Lamp");
  CHECK(ap_name(std::string("Lamp\0x", 6), true) == "Lamp-8590");
  CHECK(ap_name(std::string(40, 'n') + '\0', true) == std::string(27, 'n') + "-8590");
  CHECK(ap_name(std::string(32, '\0'), false).empty());
}

TEST_CASE("a random number beyond the last character is drawn again") {
  CHECK(make_ap_password(all_ones_then_zero).bytes() == std::string(kMadePasswordSize, '2'));
}

TEST_CASE("the Wi-Fi QR payload has name and password") {
  CHECK(make_wifi_qr("ESP-Prov-8590", "configure") == "WIFI:T:WPA;S:ESP-Prov-8590;P:configure;;");
  CHECK(make_wifi_qr("ESP-Prov-8590", "") == "WIFI:T:nopass;S:ESP-Prov-8590;;");
}

TEST_CASE("characters with a meaning in the Wi-Fi QR payload are escaped") {
  CHECK(make_wifi_qr(R"(a\b;c,d:e"f)", R"(\\;;::,,"")") ==
        R"(WIFI:T:WPA;S:a\\b\;c\,d\:e\"f;P:\\\\\;\;\:\:\,\,\"\";;)");
  CHECK(make_wifi_qr("\xC3\xA4 \xF0\x9F\x91\xBB '=&%", "p a s s") ==
        "WIFI:T:WPA;S:\xC3\xA4 \xF0\x9F\x91\xBB '=&%;P:p a s s;;");
}

TEST_CASE(
    "a name of hexadecimal digits has no quotation marks, which iPhones take for a part of it") {
  CHECK(make_wifi_qr("BEEF", "12345678") == "WIFI:T:WPA;S:BEEF;P:12345678;;");
}
