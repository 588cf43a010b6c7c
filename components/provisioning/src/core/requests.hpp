#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>

#include "core/api_error.hpp"
#include "core/secret.hpp"
#include "core/ssid.hpp"

namespace espp::provisioning {

/// The longest body that a valid request can need: 32 bytes of name and 64 of password, each byte
/// written as a six-character escape, with the keys around them, and room for a generous layout.
inline constexpr std::size_t kMaxBody = 1024;

/// The body of `POST /api/connect`.
struct ConnectRequest {
  Ssid ssid;
  Secret password;
  bool use_saved{false}; ///< take the saved password
};

/// Reads the body of `POST /api/connect`. `body` is the text followed by one NUL that the size does
/// not count; it is overwritten with zeros before returning, since it holds a password, and so is
/// every copy that the parser made. The parser never sees a text that it can't read to its end.
///
/// Errors: InvalidJson (not one JSON object, a byte NUL, nested deeper or with more values than any
/// request needs), InvalidSsid, InvalidSsidHex, InvalidPassword, InvalidSaved, Unavailable (no
/// memory). Unknown members are ignored; of several with one name the first counts.
std::expected<ConnectRequest, ApiError> parse_connect_request(std::span<char> body);

} // namespace espp::provisioning
