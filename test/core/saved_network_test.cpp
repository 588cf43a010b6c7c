#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/page_blob.hpp"
#include "core/saved_network.hpp"

using namespace espp::provisioning;

namespace {

SavedCredentials sample(std::string_view name, std::string_view password) {
  return {.network = {.ssid = *Ssid::from_bytes(name), .security = Security::Wpa2, .last_used = 0x01020304},
          .password = Secret(password)};
}

void check_round_trip(const SavedCredentials &credentials) {
  const Record record(credentials);
  const auto decoded = record.decode();
  REQUIRE(decoded);
  CHECK(decoded->network.ssid == credentials.network.ssid);
  CHECK(decoded->network.security == credentials.network.security);
  CHECK(decoded->network.last_used == credentials.network.last_used);
  CHECK(decoded->password.bytes() == credentials.password.bytes());
}

void load(Record &record, std::span<const std::uint8_t> bytes) {
  std::copy(bytes.begin(), bytes.end(), record.buffer().begin());
  record.resize(bytes.size());
}

} // namespace

TEST_CASE("the checksum is the one of zip and Ethernet") {
  const std::string check = "123456789";
  CHECK(crc32({reinterpret_cast<const std::uint8_t *>(check.data()), check.size()}) == 0xCBF43926U);
}

TEST_CASE("a record gives back what went in, whatever the lengths") {
  check_round_trip(sample("a", ""));
  check_round_trip(sample(std::string(32, '\xFF'), std::string(64, 'a')));
  check_round_trip(sample("quotes\"\\\n", "p\"\\\n <&> \x01"));
  CHECK(Record(sample(std::string(32, 'n'), std::string(64, 'f'))).bytes().size() == kMaxRecordSize);
}

TEST_CASE("a record with any bit flipped is refused") {
  const Record good(sample("HouseOfBoo", "boo-boo-boo"));
  for (std::size_t bit = 0; bit < good.bytes().size() * 8; ++bit) {
    Record bad;
    load(bad, good.bytes());
    bad.buffer()[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CAPTURE(bit);
    CHECK_FALSE(bad.decode());
  }
}

TEST_CASE("a record cut off anywhere is refused") {
  const Record good(sample("HouseOfBoo", "boo-boo-boo"));
  for (std::size_t size = 0; size < good.bytes().size(); ++size) {
    Record bad;
    load(bad, good.bytes().first(size));
    CAPTURE(size);
    CHECK_FALSE(bad.decode());
  }
}

TEST_CASE("a page that was not built for this firmware is refused") {
  std::string gzip("\x1F\x8B\x08\x10\0\0\0\0\x02\xFF", 10);
  gzip += "default-src 'none'";
  gzip += '\0';
  gzip += "deflated";
  gzip += "\x01\x02\x03\x04\x05\x06\x07\x08";
  const auto bytes = [](const std::string &text) {
    return std::span(reinterpret_cast<const std::uint8_t *>(text.data()), text.size());
  };
  PageBlob page;
  REQUIRE(read_page_blob(bytes(gzip), page));
  CHECK(page.content_security_policy == "default-src 'none'");
  CHECK(std::string(page.etag.data()) == "\"0102030405060708\"");
  CHECK(page.gzip.size() == gzip.size());

  for (std::size_t size = 0; size < 28; ++size) {
    CAPTURE(size);
    CHECK_FALSE(read_page_blob(bytes(gzip.substr(0, size)), page));
  }
  std::string without_policy = gzip;
  without_policy[3] = 0;
  CHECK_FALSE(read_page_blob(bytes(without_policy), page));
  std::string injected = gzip;
  injected[15] = '\n';
  CHECK_FALSE(read_page_blob(bytes(injected), page));
}
