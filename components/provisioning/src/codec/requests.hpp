#pragma once

#include <cstddef>
#include <expected>
#include <span>

#include "service/service.hpp"

namespace espp::provisioning {

/// The longest body that a valid request can need: 32 bytes of name and 64 of password, each byte
/// written as a six-character escape, with the keys around them, and room for a generous layout.
inline constexpr std::size_t kMaxBody = 1024;

/// Reads the body of `POST /api/connect` and overwrites it with zeros before returning, since it
/// holds a password. The only copy of the password is the one in the result.
///
/// Errors: InvalidJson (not one JSON object, nested deeper than JsonReader::kMaxDepth, or with more
/// values than any request needs), InvalidSsid, InvalidSsidHex, InvalidPassword, InvalidSaved,
/// InvalidSecurity. A
/// name or a password with U+0000 is InvalidSsid or InvalidPassword. Unknown members are ignored,
/// whatever their values are; of several members with one name the first counts.
std::expected<ConnectRequest, ApiError> parse_connect_request(std::span<char> body);

} // namespace espp::provisioning
