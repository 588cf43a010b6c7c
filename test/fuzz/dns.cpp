// DNS queries. An answer is an answer to that query, never much longer than it, and never answered
// itself, so that two servers can't talk to each other for ever.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/dns_answer.hpp"
#include "expect.hpp"

using namespace espp::provisioning;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  constexpr espp::provisioning::Ip4 kIp{{192, 168, 4, 1}};
  // Of exactly its size, so that a read beyond is seen.
  const std::vector<std::uint8_t> query(data, data + size);
  std::array<std::uint8_t, kMaxDnsMessage> answer{};
  const std::size_t length = answer_dns(query, kIp, answer);
  EXPECT(length <= answer.size());
  if (length == 0) {
    return 0;
  }
  EXPECT(length >= 12 && length <= size + 16);
  EXPECT(answer[0] == query[0] && answer[1] == query[1]);
  EXPECT((answer[2] & 0x80U) != 0);
  std::array<std::uint8_t, kMaxDnsMessage> again{};
  EXPECT(answer_dns(std::span(answer).first(length), kIp, again) == 0);
  return 0;
}
