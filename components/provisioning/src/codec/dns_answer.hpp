#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "domain/ip4.hpp"

namespace espp::provisioning {

/// Bytes of the longest query that is looked at and of the longest answer. 512 is what every
/// resolver sends and takes over UDP (RFC 1035, 2.3.4).
inline constexpr std::size_t kMaxDnsMessage = 512;

/// Seconds that an answer may be kept: once the phone is on another network, it is wrong.
inline constexpr std::uint32_t kDnsTtl = 1;

/// Answers a DNS query: the IPv4 address (type A) of every name is `ip`; every other type, ANY
/// included, exists, but has no records, so that nobody waits or looks elsewhere. Queries with
/// several questions get FORMERR (RFC 9619), those in a newer EDNS BADVERS (RFC 6891). Writes into
/// `answer` and returns its size; 0: no answer, because it is no well-formed standard query. An
/// answer is never more than 16 bytes longer than its query, so that a forged sender gains nothing.
/// `answer` may not overlap `query`.
std::size_t answer_dns(std::span<const std::uint8_t> query, const Ip4 &ip,
                       std::span<std::uint8_t, kMaxDnsMessage> answer);

} // namespace espp::provisioning
