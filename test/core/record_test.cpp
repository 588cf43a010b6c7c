#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "codec/crc32.hpp"
#include "codec/record.hpp"

#include "../storage/raw_record.hpp"

using namespace espp::provisioning;

namespace {

using storage_test::entry;
using storage_test::version_1;
using storage_test::version_2;
using Bytes = storage_test::Bytes;

/// All that a record of version 2 must have.
const Bytes kName = entry(0x80, "HouseOfBoo");
const Bytes kWpa2 = entry(0x81, "\x04");
const Bytes kPassword = entry(0x82, "boo-boo-boo");

/// Values that a newer firmware might have added.
const Bytes kStaticAddress = entry(0x01, "\xC0\xA8\x01\x42\x18\xC0\xA8\x01\x01");
const Bytes kHidden = entry(0x03, "");

Profile sample(std::string_view name, std::string_view password) {
  return {.network = {.ssid = *Ssid::from_bytes(name),
                      .security = Security::Wpa2,
                      .last_used = 0x01020304},
          .password = Secret(password)};
}

void load(Record &record, std::span<const std::uint8_t> bytes) {
  REQUIRE(bytes.size() <= record.buffer().size());
  std::copy(bytes.begin(), bytes.end(), record.buffer().begin());
  record.resize(bytes.size());
}

std::optional<Profile> decode(const Bytes &bytes) {
  Record record;
  load(record, bytes);
  Profile profile;
  return record.decode(profile) ? std::optional(profile) : std::nullopt;
}

/// The record after `profile` was written over it.
Bytes rewritten(const Bytes &bytes, const Profile &profile) {
  Record record;
  load(record, bytes);
  record.write(profile);
  return {record.bytes().begin(), record.bytes().end()};
}

Bytes encode(const Profile &profile) {
  return rewritten({}, profile);
}

bool contains(const Bytes &bytes, const Bytes &part) {
  return !std::ranges::search(bytes, part).empty();
}

void check_round_trip(const Profile &profile) {
  const auto decoded = decode(encode(profile));
  REQUIRE(decoded);
  CHECK(decoded->network.ssid == profile.network.ssid);
  CHECK(decoded->network.security == profile.network.security);
  CHECK(decoded->network.last_used == profile.network.last_used);
  CHECK(decoded->network.record_version == 2);
  CHECK(decoded->network.version_1_checksum == profile.network.version_1_checksum);
  CHECK(decoded->password.bytes() == profile.password.bytes());
}

} // namespace

TEST_CASE("the checksum is the one of zip and Ethernet") {
  const std::string check = "123456789";
  CHECK(crc32({reinterpret_cast<const std::uint8_t *>(check.data()), check.size()}) == 0xCBF43926U);
}

TEST_CASE("a record of version 1 is read as version 1.0 wrote it") {
  // The bytes are what the first release wrote: never to be changed.
  const Bytes first{1,   4,   7,   0,   0,   0,   5,   'a', 't', 't',  'i',  'c',  9,
                    'c', 'o', 'b', 'w', 'e', 'b', 's', '-', '1', 0x99, 0xB7, 0xE3, 0x45};
  CHECK(version_1("attic", "cobwebs-1", 7) == first);
  const auto profile = decode(first);
  REQUIRE(profile);
  CHECK(profile->network.ssid.bytes() == "attic");
  CHECK(profile->network.security == Security::Wpa2);
  CHECK(profile->network.last_used == 7);
  CHECK(profile->network.record_version == 1);
  CHECK(profile->network.version_1_checksum == 0x45E3B799);
  CHECK(profile->password.bytes() == "cobwebs-1");
  for (const std::size_t name : {1U, 32U}) {
    for (const std::size_t password : {0U, 8U, 63U, 64U}) {
      const auto other = decode(version_1(std::string(name, 'n'), std::string(password, 'f'), 1));
      REQUIRE(other);
      CHECK(other->network.ssid.bytes().size() == name);
      CHECK(other->password.bytes().size() == password);
    }
  }
}

TEST_CASE("version 2 is written and read as it was first written") {
  // Once released, these bytes are never to be changed either.
  const Bytes first{2,    7, 0,   0,   0,   0x80, 5,   'a', 't', 't', 'i', 'c',  0x81, 1,    4,
                    0x82, 9, 'c', 'o', 'b', 'w',  'e', 'b', 's', '-', '1', 0x4C, 0x37, 0x45, 0x21};
  Profile attic{
      .network = {.ssid = *Ssid::from_bytes("attic"), .security = Security::Wpa2, .last_used = 7},
      .password = Secret("cobwebs-1")};
  CHECK(encode(attic) == first);
  CHECK(version_2("attic", "cobwebs-1", 7) == first);
  const auto profile = decode(first);
  REQUIRE(profile);
  CHECK(profile->network.ssid.bytes() == "attic");
  CHECK(profile->network.security == Security::Wpa2);
  CHECK(profile->network.last_used == 7);
  CHECK(profile->network.record_version == 2);
  CHECK(profile->network.version_1_checksum == 0);
  CHECK(profile->password.bytes() == "cobwebs-1");

  const Bytes second{2,   8,    0,   0,    0,   0x80, 5,    'a',  't',  't',  'i',  'c',  0x81, 1,
                     5,   0x82, 14,  'd',  'u', 's',  't',  '-',  'a',  'n',  'd',  '-',  'm',  'o',
                     't', 'h',  's', 0x83, 4,   0x99, 0xB7, 0xE3, 0x45, 0x05, 0xCE, 0xF8, 0x27};
  attic.network.security = Security::Wpa3;
  attic.network.last_used = 8;
  attic.network.version_1_checksum = 0x45E3B799;
  attic.password = Secret("dust-and-moths");
  CHECK(encode(attic) == second);
}

TEST_CASE("a record gives back what went in, whatever the lengths") {
  for (std::size_t name = 1; name <= Ssid::kMaxSize; ++name) {
    for (std::size_t password = 0; password <= Secret::kMaxSize; ++password) {
      if (password == 0 || password >= 8) {
        check_round_trip(sample(std::string(name, '\xFF'), std::string(password, 'a')));
      }
    }
  }
  check_round_trip(sample("quotes\"\\\n", "p\"\\\n <&> \x01"));
  Profile longest = sample(std::string(32, 'n'), std::string(64, 'f'));
  longest.network.last_used = 0xFFFFFFFF;
  longest.network.version_1_checksum = 0x12345678;
  check_round_trip(longest);
  CHECK(encode(longest).size() == kMaxOwnSize);
}

TEST_CASE("a record with any bit flipped is refused, and tells no order") {
  for (const Bytes &good : {version_1("HouseOfBoo", "boo-boo-boo", 77),
                            version_2("HouseOfBoo", "boo-boo-boo", 77, {kStaticAddress})}) {
    REQUIRE(decode(good));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      CAPTURE(bit);
      Bytes bad = good;
      bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      CHECK_FALSE(decode(bad));
      Record record;
      load(record, bad);
      CHECK(record.last_used() == 0);
    }
  }
}

TEST_CASE("a record cut off anywhere is refused") {
  for (const Bytes &good : {version_1("HouseOfBoo", "boo-boo-boo", 77),
                            version_2("HouseOfBoo", "boo-boo-boo", 77, {kStaticAddress})}) {
    for (std::size_t size = 0; size < good.size(); ++size) {
      CAPTURE(size);
      const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK_FALSE(decode(cut));
    }
  }
}

TEST_CASE("an entry cut off anywhere is refused, whatever the checksum says") {
  const Bytes entries = version_2(5, {kStaticAddress, kName, kWpa2, kPassword});
  // Where one entry ends, another may be missing: those are not cut off.
  const std::vector<std::size_t> ends{5, 5 + 11, 5 + 11 + 12, 5 + 11 + 12 + 3,
                                      5 + 11 + 12 + 3 + 13};
  REQUIRE(ends.back() == entries.size() - 4);
  for (std::size_t size = 5; size < entries.size() - 4; ++size) {
    CAPTURE(size);
    const Bytes cut(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(size));
    const bool is_open_network = size == ends[3];
    CHECK(decode(storage_test::with_checksum(cut)).has_value() == is_open_network);
  }
}

TEST_CASE("the entries of a record come in any order") {
  std::vector<Bytes> entries{kName, kWpa2, kPassword, kStaticAddress,
                             entry(0x83, "\x01\x02\x03\x04")};
  std::ranges::sort(entries);
  int orders = 0;
  do {
    const auto profile = decode(version_2(5, entries));
    REQUIRE(profile);
    CHECK(profile->network.ssid.bytes() == "HouseOfBoo");
    CHECK(profile->network.version_1_checksum == 0x04030201);
    CHECK(profile->password.bytes() == "boo-boo-boo");
    ++orders;
  } while (std::ranges::next_permutation(entries).found);
  CHECK(orders == 120);
}

TEST_CASE("a record without a password is that of an open network") {
  for (const Bytes &record :
       {version_2(5, {kName, entry(0x81, std::string(1, '\0'))}),
        version_2(5, {kName, entry(0x81, std::string(1, '\0')), entry(0x82, "")})}) {
    const auto profile = decode(record);
    REQUIRE(profile);
    CHECK(profile->network.security == Security::Open);
    CHECK(profile->password.empty());
  }
}

TEST_CASE("a record that lacks an entry, has it twice, or has it in a wrong length is refused") {
  REQUIRE(decode(version_2(5, {kName, kWpa2, kPassword})));
  CHECK_FALSE(decode(version_2(5, {})));
  CHECK_FALSE(decode(version_2(5, {kWpa2, kPassword})));
  CHECK_FALSE(decode(version_2(5, {kName, kPassword})));
  for (const Bytes &twice : {kName, kWpa2, kPassword}) {
    CHECK_FALSE(decode(version_2(5, {kName, kWpa2, kPassword, twice})));
  }
  const Bytes checksum = entry(0x83, "1234");
  CHECK(decode(version_2(5, {kName, kWpa2, checksum})));
  CHECK_FALSE(decode(version_2(5, {kName, kWpa2, checksum, checksum})));

  for (const std::size_t size : {0U, 33U, 64U, 200U}) {
    CHECK_FALSE(decode(version_2(5, {entry(0x80, std::string(size, 'n')), kWpa2})));
  }
  CHECK_FALSE(decode(version_2(5, {entry(0x80, std::string("a\0b", 3)), kWpa2})));
  CHECK_FALSE(decode(version_2(5, {kName, entry(0x81, "")})));
  CHECK_FALSE(decode(version_2(5, {kName, entry(0x81, "\x04\x04")})));
  CHECK_FALSE(decode(version_2(5, {kName, entry(0x81, "\x08")})));
  for (const std::size_t size : {1U, 7U, 65U, 200U}) {
    CHECK_FALSE(decode(version_2(5, {kName, kWpa2, entry(0x82, std::string(size, 'a'))})));
  }
  CHECK_FALSE(decode(version_2(5, {kName, kWpa2,
                                   entry(0x82, std::string("1234\0"
                                                           "678",
                                                           8))})));
  for (const char *number : {"", "123", "12345"}) {
    CHECK_FALSE(decode(version_2(5, {kName, kWpa2, entry(0x83, number)})));
  }
}

TEST_CASE("an entry that may be ignored is ignored, and kept when the network is saved anew") {
  for (int type = 0; type < 0x80; ++type) {
    CAPTURE(type);
    const Bytes further = entry(static_cast<std::uint8_t>(type), "from a newer firmware");
    const Bytes old = version_2(5, {kName, further, kWpa2, kHidden, kPassword, kStaticAddress});
    REQUIRE(decode(old));
    CHECK(decode(old)->password.bytes() == "boo-boo-boo");
    Bytes record = old;
    for (const char *password : {"", "another password", "12345678"}) {
      record = rewritten(record, sample("HouseOfBoo", password));
      const auto profile = decode(record);
      REQUIRE(profile);
      CHECK(profile->password.bytes() == password);
      CHECK(profile->network.last_used == 0x01020304);
      CHECK(contains(record, further));
      CHECK(contains(record, kHidden));
      CHECK(contains(record, kStaticAddress));
      CHECK(record.size() == encode(sample("HouseOfBoo", password)).size() + further.size() +
                                 kHidden.size() + kStaticAddress.size());
    }
  }
}

TEST_CASE("the most that a firmware must keep fits beside its own longest entries") {
  Profile longest = sample(std::string(32, 'n'), std::string(64, 'f'));
  longest.network.version_1_checksum = 0x12345678;
  const auto with = [&](std::size_t kept) {
    return version_2("HouseOfBoo", "boo-boo-boo", 5,
                     {entry(0x05, std::string(kept / 2 - 2, 'i')),
                      entry(0x04, std::string(kept - kept / 2 - 2, 'o'))});
  };
  REQUIRE(decode(with(kMaxKeptSize)));
  const Bytes record = rewritten(with(kMaxKeptSize), longest);
  CHECK(record.size() == kMaxRecordSize);
  REQUIRE(decode(record));
  CHECK(decode(record)->password.bytes() == longest.password.bytes());
  CHECK_FALSE(decode(with(kMaxKeptSize + 1)));
}

TEST_CASE("a network with a critical entry that is not known is left alone, and its order counts") {
  for (int type = 0x84; type <= 0xFF; ++type) {
    CAPTURE(type);
    const Bytes record = version_2("HouseOfBoo", "boo-boo-boo", 0xABCD1234,
                                   {entry(static_cast<std::uint8_t>(type), "\x0D")});
    CHECK_FALSE(decode(record));
    Record loaded;
    load(loaded, record);
    CHECK(loaded.last_used() == 0xABCD1234);
  }
}

TEST_CASE("the order of records is known in every version") {
  Record record;
  load(record, version_1("attic", "cobwebs-1", 0x11223344));
  CHECK(record.last_used() == 0x11223344);
  for (int version = 2; version < 256; ++version) {
    Bytes later = version_2("attic", "cobwebs-1", 0x11223344);
    later[0] = static_cast<std::uint8_t>(version);
    storage_test::sign(later);
    load(record, later);
    CHECK(record.last_used() == 0x11223344);
    CHECK(decode(later).has_value() == (version == 2));
  }
}

TEST_CASE("a record of version 1 becomes one of version 2 that names it") {
  const Bytes old = version_1("HouseOfBoo", "boo-boo-boo", 5);
  Profile profile = sample("HouseOfBoo", "another password");
  profile.network.version_1_checksum = decode(old)->network.version_1_checksum;
  CHECK(rewritten(old, profile) == encode(profile));
  CHECK(contains(rewritten(old, profile), entry(0x83, std::string(old.end() - 4, old.end()))));
}

TEST_CASE("nothing of a damaged record is kept") {
  const Profile profile = sample("HouseOfBoo", "another password");
  const Bytes old = version_2("HouseOfBoo", "boo-boo-boo", 5, {kStaticAddress, kHidden});
  for (std::size_t bit = 0; bit < old.size() * 8; ++bit) {
    Bytes bad = old;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK(rewritten(bad, profile) == encode(profile));
  }
  CHECK(rewritten(Bytes(kMaxRecordSize, 0x7F), profile) == encode(profile));
}

TEST_CASE("where a network was joined, and that it is hidden, comes back, and is written anew") {
  Profile profile = sample("HouseOfBoo", "boo-boo-boo");
  profile.network.channel = 11;
  profile.network.is_hidden = true;
  profile.bssid = {2, 0, 0, 0, 0, 7};
  const Bytes record = encode(profile);
  REQUIRE(decode(record));
  CHECK(decode(record)->network.channel == 11);
  CHECK(decode(record)->network.is_hidden);
  CHECK(decode(record)->bssid == profile.bssid);

  profile.network.channel = 3;
  profile.network.is_hidden = false;
  const Bytes anew = rewritten(record, profile);
  CHECK(decode(anew)->network.channel == 3);
  CHECK_FALSE(decode(anew)->network.is_hidden);
  CHECK(anew == encode(profile));

  // Saved without having been joined: what was known stays.
  const Bytes kept = rewritten(record, sample("HouseOfBoo", "another password"));
  CHECK(decode(kept)->network.channel == 11);
  CHECK(decode(kept)->network.is_hidden);
}

TEST_CASE("a place that does not fit beside what a newer firmware has added is left out") {
  Profile profile = sample("HouseOfBoo", "boo-boo-boo");
  profile.network.channel = 11;
  const Bytes full = version_2("HouseOfBoo", "boo-boo-boo", 5,
                               {entry(0x05, std::string(kMaxKeptSize - 2 - 8, 'i'))});
  const Bytes record = rewritten(full, profile);
  REQUIRE(decode(record));
  CHECK(decode(record)->network.channel == 0);
  CHECK(contains(record, entry(0x05, std::string(kMaxKeptSize - 2 - 8, 'i'))));
}

TEST_CASE("of a network that version 1.0 saved nobody knows whether it is hidden") {
  CHECK(decode(version_1("attic", "cobwebs-1", 5))->network.is_hidden);
  CHECK_FALSE(decode(encode(sample("attic", "cobwebs-1")))->network.is_hidden);
}
