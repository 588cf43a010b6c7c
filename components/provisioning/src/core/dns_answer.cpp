#include "core/dns_answer.hpp"

#include <algorithm>

namespace espp::provisioning {
namespace {

// RFC 1035, 4.1.1
constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxLabel = 63;
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeOpt = 41; // RFC 6891
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kClassAny = 255;
constexpr std::uint8_t kFormErr = 1;
/// RFC 6891, 6.1.3: of the twelve bits of BADVERS, 16, the upper eight are in the OPT record.
constexpr std::uint32_t kBadVersion = 1U << 24U;
constexpr std::size_t kOptSize = 11;
constexpr std::size_t kAddressSize = 16; ///< of an answer: a pointer to the name, and an address

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

/// Writes big-endian numbers and bytes one after another.
class Writer {
public:
  explicit Writer(std::span<std::uint8_t> out) : out_(out) {}
  void u8(unsigned value) { out_[size_++] = static_cast<std::uint8_t>(value); }
  void u16(unsigned value) { u8(value >> 8U), u8(value); }
  void u32(std::uint32_t value) { u16(value >> 16U), u16(value & 0xFFFFU); }
  void bytes(std::span<const std::uint8_t> from) {
    std::copy(from.begin(), from.end(), out_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += from.size();
  }
  std::size_t size() const { return size_; }

private:
  std::span<std::uint8_t> out_;
  std::size_t size_{0};
};

} // namespace

std::size_t answer_dns(std::span<const std::uint8_t> query, const std::array<std::uint8_t, 4> &ip,
                       std::span<std::uint8_t, kMaxDnsMessage> answer) {
  if (query.size() < kHeaderSize || query.size() > kMaxDnsMessage) {
    return 0;
  }
  const bool is_response = (query[2] & 0x80U) != 0;
  const unsigned opcode = (query[2] >> 3U) & 0xFU;
  if (is_response || opcode != 0) {
    return 0;
  }
  const std::uint16_t questions = read_u16(query, 4);
  const auto header = [&](Writer &out, unsigned rcode, unsigned question_count,
                          unsigned answer_count, unsigned additional_count) {
    out.bytes(query.first(2));
    out.u8(0x84U | (query[2] & 0x01U)); // a response, authoritative; recursion as desired ...
    out.u8(0x80U | rcode);              // ... and available
    out.u16(question_count);
    out.u16(answer_count);
    out.u16(0);
    out.u16(additional_count);
  };
  Writer out(answer);
  if (questions != 1) {
    header(out, kFormErr, 0, 0, 0);
    return out.size();
  }
  const std::size_t name_end = skip_name(query, kHeaderSize);
  if (name_end == 0 || name_end + 4 > query.size()) {
    return 0;
  }
  const std::size_t question_end = name_end + 4;
  const std::uint16_t type = read_u16(query, name_end);
  const std::uint16_t klass = read_u16(query, name_end + 2);
  // Who speaks EDNS is answered in it (RFC 6891, 7): an OPT record comes first of the additional
  // ones, under the root's name.
  const bool has_edns = read_u16(query, 6) == 0 && read_u16(query, 8) == 0 &&
                        read_u16(query, 10) > 0 && query.size() >= question_end + kOptSize &&
                        query[question_end] == 0 && read_u16(query, question_end + 1) == kTypeOpt &&
                        question_end + kAddressSize + kOptSize <= kMaxDnsMessage;
  const bool has_known_version = !has_edns || query[question_end + 6] == 0;
  const bool has_answer = type == kTypeA && (klass == kClassIn || klass == kClassAny) &&
                          has_known_version && question_end + kAddressSize <= kMaxDnsMessage;
  header(out, 0, 1, has_answer ? 1 : 0, has_edns ? 1 : 0);
  out.bytes(query.subspan(kHeaderSize, question_end - kHeaderSize));
  if (has_answer) {
    out.u16(0xC000U | kHeaderSize); // the question's name
    out.u16(kTypeA);
    out.u16(kClassIn);
    out.u32(kDnsTtl);
    out.u16(static_cast<unsigned>(ip.size()));
    out.bytes(ip);
  }
  if (has_edns) {
    out.u8(0);
    out.u16(kTypeOpt);
    out.u16(kMaxDnsMessage);
    out.u32(has_known_version ? 0 : kBadVersion);
    out.u16(0);
  }
  return out.size();
}

} // namespace espp::provisioning
