#pragma once

#include <cstdint>

namespace espp::provisioning {

/// Every error of the HTTP API. The page translates by code, so codes are for good.
enum class ApiError : std::uint8_t {
  InvalidJson,
  InvalidSsid,
  InvalidSsidHex,
  InvalidPassword,
  InvalidSaved,
  InvalidSecurity,
  ForbiddenHost,
  ForbiddenOrigin,
  ForbiddenContentType,
  NotAllowed,
  UnknownNetwork,
  NotFound,
  MethodNotAllowed,
  Busy,
  NotConnected,
  Completed,
  BodyTooLong,
  StorageFailed,
  Internal,
  Unavailable,
};

/// What goes on the wire for an error. All strings have static storage.
struct ApiErrorText {
  const char *status;  ///< the status line's code and phrase, "409 Conflict"
  const char *code;    ///< "busy"
  const char *message; ///< English, one sentence, for developers
};

/// The texts of an error; static storage.
const ApiErrorText &describe(ApiError error);

} // namespace espp::provisioning
