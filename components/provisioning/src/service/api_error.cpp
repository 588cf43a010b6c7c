#include "service/api_error.hpp"

#include <cstddef>
#include <iterator>

namespace espp::provisioning {
namespace {

constexpr const char *kBadRequest = "400 Bad Request";
constexpr const char *kForbidden = "403 Forbidden";
constexpr const char *kNotFound = "404 Not Found";
constexpr const char *kConflict = "409 Conflict";

// In the order of ApiError. A C array: gcc places a `std::array` of these in RAM.
constexpr ApiErrorText kTexts[]{
    {kBadRequest, "invalid_json", "The body is not a JSON object."},
    {kBadRequest, "invalid_ssid",
     "ssid must be a string of 1 to 32 bytes in UTF-8, without U+0000."},
    {kBadRequest, "invalid_ssid_hex",
     "ssid_hex must be a string of 2 to 64 hexadecimal digits, two a byte, without 00, and "
     "not stand beside ssid."},
    {kBadRequest, "invalid_password",
     "password must be empty, 8 to 63 bytes long, or 64 hexadecimal digits."},
    {kBadRequest, "invalid_saved",
     "saved must be true or false, and true only without a password."},
    {kBadRequest, "invalid_security", "security must be one of the names in the list of networks."},
    {kForbidden, "forbidden_host", "The Host header does not name this device."},
    {kForbidden, "forbidden_origin", "The request comes from another site."},
    {kForbidden, "forbidden_content_type", "The Content-Type must be application/json."},
    {kForbidden, "not_allowed", "The application does not allow this."},
    {kNotFound, "unknown_network", "No network with this name is saved."},
    {kNotFound, "not_found", "There is nothing at this address."},
    {"405 Method Not Allowed", "method_not_allowed", "This address takes other methods."},
    {kConflict, "busy", "A connection test is running."},
    {kConflict, "not_connected", "No connection has been tested successfully."},
    {kConflict, "completed", "Set-up is complete and the access point is closing."},
    {"413 Content Too Large", "body_too_long", "The body is longer than any valid request."},
    {"500 Internal Server Error", "storage_failed", "The flash storage reported an error."},
    {"500 Internal Server Error", "internal", "Something went wrong on the device."},
    {"503 Service Unavailable", "unavailable", "The device is out of memory or shutting down."},
};
static_assert(std::size(kTexts) == static_cast<std::size_t>(ApiError::Unavailable) + 1);

} // namespace

const ApiErrorText &describe(ApiError error) {
  return kTexts[static_cast<std::size_t>(error)];
}

} // namespace espp::provisioning
