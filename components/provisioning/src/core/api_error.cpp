#include "core/api_error.hpp"

namespace espp::provisioning {

ApiErrorText describe(ApiError error) {
  constexpr const char *kBadRequest = "400 Bad Request";
  constexpr const char *kForbidden = "403 Forbidden";
  constexpr const char *kNotFound = "404 Not Found";
  constexpr const char *kConflict = "409 Conflict";
  switch (error) {
  case ApiError::InvalidJson:
    return {kBadRequest, "invalid_json", "The body is not a JSON object."};
  case ApiError::InvalidSsid:
    return {kBadRequest, "invalid_ssid",
            "ssid must be a string of 1 to 32 bytes in UTF-8, without U+0000."};
  case ApiError::InvalidSsidHex:
    return {kBadRequest, "invalid_ssid_hex",
            "ssid_hex must be a string of 2 to 64 hexadecimal digits, two a byte, without 00, and "
            "not stand beside ssid."};
  case ApiError::InvalidPassword:
    return {kBadRequest, "invalid_password",
            "password must be empty, 8 to 63 bytes long, or 64 hexadecimal digits."};
  case ApiError::InvalidSaved:
    return {kBadRequest, "invalid_saved",
            "saved must be true or false, and true only without a password."};
  case ApiError::ForbiddenHost:
    return {kForbidden, "forbidden_host", "The Host header does not name this device."};
  case ApiError::ForbiddenOrigin:
    return {kForbidden, "forbidden_origin", "The request comes from another site."};
  case ApiError::ForbiddenContentType:
    return {kForbidden, "forbidden_content_type", "The Content-Type must be application/json."};
  case ApiError::UnknownNetwork:
    return {kNotFound, "unknown_network", "No network with this name is saved."};
  case ApiError::NotFound:
    return {kNotFound, "not_found", "There is nothing at this address."};
  case ApiError::MethodNotAllowed:
    return {"405 Method Not Allowed", "method_not_allowed", "This address takes other methods."};
  case ApiError::Busy:
    return {kConflict, "busy", "A connection test is running."};
  case ApiError::NotConnected:
    return {kConflict, "not_connected", "No connection has been tested successfully."};
  case ApiError::BodyTooLong:
    return {"413 Content Too Large", "body_too_long", "The body is longer than any valid request."};
  case ApiError::StorageFailed:
    return {"500 Internal Server Error", "storage_failed", "The flash storage reported an error."};
  case ApiError::Internal:
    return {"500 Internal Server Error", "internal", "Something went wrong on the device."};
  case ApiError::Unavailable:
    return {"503 Service Unavailable", "unavailable", "The device is out of memory or shutting down."};
  }
  return describe(ApiError::Internal);
}

} // namespace espp::provisioning
