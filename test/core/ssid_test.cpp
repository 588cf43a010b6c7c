#include <doctest/doctest.h>

#include <string>

#include "domain/ssid.hpp"

using espp::provisioning::is_utf8;
using espp::provisioning::Ssid;

TEST_CASE("a name has 1 to 32 bytes of any value but NUL") {
  CHECK_FALSE(Ssid::from_bytes(""));
  CHECK(Ssid::from_bytes("a"));
  CHECK(Ssid::from_bytes(std::string(32, '\xFF')));
  CHECK_FALSE(Ssid::from_bytes(std::string(33, 'a')));
  for (int byte = 1; byte < 256; ++byte) {
    const std::string name(3, static_cast<char>(byte));
    CAPTURE(byte);
    REQUIRE(Ssid::from_bytes(name));
    CHECK(Ssid::from_bytes(name)->bytes() == name);
  }
}

TEST_CASE("Home and Home\\0x are one network: no name has a NUL, as the driver's have none") {
  const std::string name("Home");
  for (std::size_t at = 0; at <= name.size(); ++at) {
    std::string with_nul = name;
    with_nul.insert(at, 1, '\0');
    CAPTURE(at);
    CHECK_FALSE(Ssid::from_bytes(with_nul));
  }
  CHECK_FALSE(Ssid::from_bytes(std::string("Home\0x", 6)));
  CHECK_FALSE(Ssid::from_bytes(std::string(32, '\0')));
  for (const char *digits : {"00", "0061", "6100", "610062", "486f6d650078"}) {
    CAPTURE(digits);
    CHECK_FALSE(Ssid::from_hex(digits));
  }
  CHECK(Ssid::from_hex("100110")->bytes() ==
        "\x10\x01\x10"); // digits that are 0, bytes that are not
}

TEST_CASE("every byte survives the way through hexadecimal digits") {
  for (int byte = 1; byte < 256; ++byte) {
    const auto ssid = Ssid::from_bytes(std::string(1, static_cast<char>(byte)));
    REQUIRE(ssid);
    CHECK(*Ssid::from_hex(ssid->hex().view()) == *ssid);
  }
  CHECK(Ssid::from_hex("C0ffEE")->hex() == "c0ffee");
}

TEST_CASE("hexadecimal digits that are no name are refused") {
  for (const char *digits : {"", "a", "abc", "0g", "g0", " 0", "0x"}) {
    CAPTURE(digits);
    CHECK_FALSE(Ssid::from_hex(digits));
  }
  CHECK(Ssid::from_hex(std::string(64, 'a')));
  CHECK_FALSE(Ssid::from_hex(std::string(66, 'a')));
}

TEST_CASE("well-formed UTF-8 is told from everything that only looks like it") {
  for (const char *good :
       {"", "plain", "caf\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8F\xA0", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\xE0\xA0\x80", "\xF0\x90\x80\x80"}) {
    CAPTURE(good);
    CHECK(is_utf8(good));
  }
  for (const char *bad : {"\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE2\x82", "\xE2\x28\xA1",
                          "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80", "\xFF", "ok\xFE", "\xF0\x9F\x8F"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("a name is text if it is UTF-8") {
  CHECK(Ssid::from_bytes("a\x01"
                         "b")
            ->is_text());
  CHECK(Ssid::from_bytes("caf\xC3\xA9")->is_text());
  CHECK_FALSE(Ssid::from_bytes("\xFF")->is_text());
}

TEST_CASE("a name in the log stays on its line") {
  CHECK(Ssid::from_bytes("a\nI (1) fake: line\x1b[31m\x7F")->printable() ==
        "a\\x0aI (1) fake: line\\x1b[31m\\x7f");
  CHECK(Ssid::from_bytes("\xC3\x28\xFF")->printable() == "\\xc3(\\xff");
  CHECK(Ssid::from_bytes("caf\xC3\xA9 \xF0\x9F\x8F\xA0")->printable() ==
        "caf\xC3\xA9 \xF0\x9F\x8F\xA0");
  CHECK(Ssid::from_bytes("\xC2\x9B"
                         "2J")
            ->printable() == "\\xc2\\x9b2J");
  CHECK(Ssid::from_bytes("a\xE2\x80\xA8"
                         "b\xE2\x80\xAE"
                         "c")
            ->printable() == "a\\xe2\\x80\\xa8b\\xe2\\x80\\xaec");
  CHECK(Ssid::from_bytes("\xE2\x81\xA6\xD8\x9C\xE2\x80\x8F")->printable() ==
        "\\xe2\\x81\\xa6\\xd8\\x9c\\xe2\\x80\\x8f");
  CHECK(Ssid::from_bytes("\xE2\x80\x99\xD8\xA7\xE2\x81\xB0")->printable() ==
        "\xE2\x80\x99\xD8\xA7\xE2\x81\xB0");
}
