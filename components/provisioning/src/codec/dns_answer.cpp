#include "codec/dns_answer.hpp"

#include <algorithm>
#include <iterator>

namespace espp::provisioning {
namespace {

// RFC 1035, 4.1.1
constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxLabel = 63;
constexpr std::uint8_t kTypeA = 1;
constexpr std::uint8_t kTypeOpt = 41; // RFC 6891
constexpr std::uint8_t kClassIn = 1;
constexpr std::uint16_t kClassAny = 255;
constexpr std::uint8_t kFormErr = 1;
/// RFC 6891, 6.1.3: of the twelve bits of BADVERS, 16, the upper eight, which are in the OPT
/// record.
constexpr std::uint8_t kBadVersion = 1;

/// What stands before the octets of an address: a pointer to the question's name, type, class,
/// seconds to keep it, and how many octets follow.
constexpr std::uint8_t kAddressRecord[]{0xC0, kHeaderSize, 0, kTypeA,  0, kClassIn,
                                        0,    0,           0, kDnsTtl, 0, 4};
constexpr std::size_t kAddressSize = std::size(kAddressRecord) + 4;

/// RFC 6891, 6.1.2: the root's name, the type, the size of messages, the upper bits of the code, a
/// version and flags that are 0, and no options.
constexpr std::uint8_t kOptRecord[]{
    0, 0, kTypeOpt, kMaxDnsMessage >> 8U, kMaxDnsMessage & 0xFFU, 0, 0, 0, 0, 0, 0};
constexpr std::size_t kOptSize = std::size(kOptRecord);
constexpr std::size_t kOptCode = 5;

std::uint16_t read_u16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

/// Where the name that starts at `at` ends, behind its root label; 0 if it is no plain name. A
/// question's name has nothing before it that a compression pointer could point to.
std::size_t skip_name(std::span<const std::uint8_t> query, std::size_t at) {
  const std::size_t start = at;
  while (at < query.size() && at - start < kMaxName) {
    const std::size_t label = query[at];
    if (label == 0) {
      return at + 1;
    }
    if (label > kMaxLabel) {
      return 0;
    }
    at += 1 + label;
  }
  return 0;
}

} // namespace

std::size_t answer_dns(std::span<const std::uint8_t> query, const Ip4 &ip,
                       std::span<std::uint8_t, kMaxDnsMessage> answer) {
  if (query.size() < kHeaderSize || query.size() > kMaxDnsMessage) {
    return 0;
  }
  const bool is_response = (query[2] & 0x80U) != 0;
  const unsigned opcode = (query[2] >> 3U) & 0xFU;
  if (is_response || opcode != 0) {
    return 0;
  }
  const bool has_one_question = read_u16(query, 4) == 1;
  std::size_t size = kHeaderSize;
  if (has_one_question) {
    size = skip_name(query, kHeaderSize) + 4;
    if (size < kHeaderSize || size > query.size()) {
      return 0;
    }
  }
  // The answer begins as the query does, up to the end of the question. It is a response and
  // authoritative; recursion is available, and as desired.
  std::copy_n(query.begin(), size, answer.begin());
  answer[2] = static_cast<std::uint8_t>(0x84U | (query[2] & 0x01U));
  answer[3] = 0x80;
  std::fill(answer.begin() + 4, answer.begin() + kHeaderSize, std::uint8_t{0});
  if (!has_one_question) {
    answer[3] |= kFormErr;
    return size;
  }
  answer[5] = 1; // question
  const std::uint16_t type = read_u16(query, size - 4);
  const std::uint16_t klass = read_u16(query, size - 2);
  // Who speaks EDNS is answered in it (RFC 6891, 7): an OPT record comes first of the additional
  // ones, under the root's name.
  const bool has_edns = read_u16(query, 6) == 0 && read_u16(query, 8) == 0 &&
                        read_u16(query, 10) > 0 && query.size() >= size + kOptSize &&
                        query[size] == 0 && read_u16(query, size + 1) == kTypeOpt &&
                        size + kAddressSize + kOptSize <= kMaxDnsMessage;
  const bool has_known_version = !has_edns || query[size + 6] == 0;
  const auto put = [&](std::span<const std::uint8_t> bytes) {
    std::copy(bytes.begin(), bytes.end(), answer.begin() + static_cast<std::ptrdiff_t>(size));
    size += bytes.size();
  };
  if (type == kTypeA && (klass == kClassIn || klass == kClassAny) && has_known_version &&
      size + kAddressSize <= kMaxDnsMessage) {
    answer[7] = 1; // answer
    put(kAddressRecord);
    put(ip.octets);
  }
  if (has_edns) {
    answer[11] = 1; // additional record
    put(kOptRecord);
    if (!has_known_version) {
      answer[size - kOptSize + kOptCode] = kBadVersion;
    }
  }
  return size;
}

} // namespace espp::provisioning
