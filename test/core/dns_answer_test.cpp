#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "codec/dns_answer.hpp"

using namespace espp::provisioning;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes name(std::initializer_list<std::string> labels) {
  Bytes bytes;
  for (const auto &label : labels) {
    bytes.push_back(static_cast<std::uint8_t>(label.size()));
    bytes.insert(bytes.end(), label.begin(), label.end());
  }
  bytes.push_back(0);
  return bytes;
}

Bytes query(const Bytes &qname, unsigned type, unsigned klass = 1) {
  Bytes bytes{0xAB, 0xCD, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0};
  bytes.insert(bytes.end(), qname.begin(), qname.end());
  bytes.insert(bytes.end(),
               {0, static_cast<std::uint8_t>(type), 0, static_cast<std::uint8_t>(klass)});
  return bytes;
}

Bytes ask(const Bytes &packet) {
  std::array<std::uint8_t, kMaxDnsMessage> answer;
  // From memory of its own size, so that the sanitizer sees a read past the end.
  const std::size_t size = answer_dns(packet, Ip4{{192, 168, 4, 1}}, answer);
  CHECK(size <= packet.size() + 16);
  return {answer.begin(), answer.begin() + static_cast<std::ptrdiff_t>(size)};
}

const Bytes kApple = name({"captive", "apple", "com"});

} // namespace

TEST_CASE("every name has the access point's address, for a moment") {
  for (const Bytes &qname : {kApple, name({"setup"}), name({"wifi", "setup"}),
                             name({"SETUP", "LOCAL"}), name({"x", "\xFF\x01 ."}), name({})}) {
    const Bytes asked = query(qname, 1);
    const Bytes answer = ask(asked);
    Bytes expected = asked;
    expected[2] = 0x85;
    expected[3] = 0x80;
    expected[7] = 1;
    expected.insert(expected.end(), {0xC0, 12, 0, 1, 0, 1, 0, 0, 0, kDnsTtl, 0, 4, 192, 168, 4, 1});
    CHECK(answer == expected);
  }
  static_assert(kDnsTtl <= 5);
}

TEST_CASE("every other type exists and is empty, so that nobody waits for it") {
  for (unsigned type = 0; type < 256; ++type) {
    if (type == 1) {
      continue;
    }
    CAPTURE(type);
    const Bytes asked = query(kApple, type);
    const Bytes answer = ask(asked);
    REQUIRE(answer.size() == asked.size());
    CHECK(answer[3] == 0x80); // NOERROR
    CHECK(answer[7] == 0);
  }
  CHECK(ask(query(kApple, 1, 3))[7] == 0); // class CHAOS
}

TEST_CASE("who asks in EDNS is answered in it") {
  Bytes asked = query(kApple, 1);
  asked[11] = 1;
  asked.insert(asked.end(), {0, 0, 41, 0x10, 0x00, 0, 0, 0, 0, 0, 0});
  const Bytes answer = ask(asked);
  CHECK(answer[7] == 1);
  CHECK(answer[11] == 1);
  CHECK(Bytes(answer.end() - 11, answer.end()) == Bytes{0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("a version of EDNS that is not known is refused as such, with no address") {
  Bytes asked = query(kApple, 1);
  asked[11] = 1;
  asked.insert(asked.end(), {0, 0, 41, 0x10, 0x00, 0, 1, 0, 0, 0, 0});
  const Bytes answer = ask(asked);
  CHECK(answer[7] == 0);
  CHECK(Bytes(answer.end() - 11, answer.end()) == Bytes{0, 0, 41, 2, 0, 1, 0, 0, 0, 0, 0});
}

TEST_CASE(
    "an OPT record with options is answered without them, and a cut one as if it were not there") {
  Bytes asked = query(kApple, 1);
  asked[11] = 1;
  const Bytes question_end = asked;
  // A cookie (RFC 7873), as dig sends it.
  asked.insert(asked.end(),
               {0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 12, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(ask(asked).size() == question_end.size() + 16 + 11);
  Bytes cut = question_end;
  cut.insert(cut.end(), {0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0});
  const Bytes answer = ask(cut);
  CHECK(answer.size() == question_end.size() + 16);
  CHECK(answer[11] == 0);
}

TEST_CASE("several questions, or none, are a format error") {
  for (const unsigned count : {0U, 2U, 255U}) {
    Bytes asked = query(kApple, 1);
    asked[5] = static_cast<std::uint8_t>(count);
    const Bytes answer = ask(asked);
    REQUIRE(answer.size() == 12);
    CHECK((answer[3] & 0xF) == 1);
    CHECK(answer[5] == 0);
  }
}

TEST_CASE("responses and other operations are dropped, so that nothing can loop") {
  Bytes response = query(kApple, 1);
  response[2] |= 0x80;
  CHECK(ask(response).empty());
  Bytes update = query(kApple, 1);
  update[2] |= 5U << 3U;
  CHECK(ask(update).empty());
}

TEST_CASE("a packet cut off anywhere is dropped") {
  const Bytes whole = query(kApple, 1);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(ask(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))).empty());
  }
}

TEST_CASE("compression in a question, even a loop, is dropped") {
  Bytes loop{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 0x0C, 0, 1, 0, 1};
  CHECK(ask(loop).empty());
  Bytes reserved = query(kApple, 1);
  reserved[12] = 0x80;
  CHECK(ask(reserved).empty());
}

TEST_CASE("a name has 255 bytes at most") {
  const std::string label(63, 'x');
  CHECK_FALSE(ask(query(name({label, label, label, std::string(61, 'x')}), 1)).empty());
  CHECK(ask(query(name({label, label, label, std::string(62, 'x')}), 1)).empty());
  CHECK_FALSE(ask(query(name({}), 1)).empty()); // the root
}

TEST_CASE("no packet of random bytes does harm") {
  std::uint32_t seed = 1;
  const auto random = [&] { return seed = seed * 1664525U + 1013904223U, seed >> 24U; };
  for (int round = 0; round < 20'000; ++round) {
    Bytes packet = query(kApple, 1);
    packet.resize(random() * 2);
    for (std::uint32_t i = 0; i < 4; ++i) {
      if (!packet.empty()) {
        packet[random() % packet.size()] = static_cast<std::uint8_t>(random());
      }
    }
    ask(packet);
  }
}
