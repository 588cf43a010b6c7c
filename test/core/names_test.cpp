#include <doctest/doctest.h>

#include <string_view>
#include <utility>

#include "domain/scan_list.hpp"
#include "domain/verdict.hpp"
#include "service/api_error.hpp"

using namespace espp::provisioning;

// The texts stand in tables in the order of their enumerations, which the compiler can't check.

TEST_CASE("each error has its own code") {
  constexpr std::pair<ApiError, std::string_view> kCodes[]{
      {ApiError::InvalidJson, "invalid_json"},
      {ApiError::InvalidSsid, "invalid_ssid"},
      {ApiError::InvalidSsidHex, "invalid_ssid_hex"},
      {ApiError::InvalidPassword, "invalid_password"},
      {ApiError::InvalidSaved, "invalid_saved"},
      {ApiError::ForbiddenHost, "forbidden_host"},
      {ApiError::ForbiddenOrigin, "forbidden_origin"},
      {ApiError::ForbiddenContentType, "forbidden_content_type"},
      {ApiError::UnknownNetwork, "unknown_network"},
      {ApiError::NotFound, "not_found"},
      {ApiError::MethodNotAllowed, "method_not_allowed"},
      {ApiError::Busy, "busy"},
      {ApiError::NotConnected, "not_connected"},
      {ApiError::BodyTooLong, "body_too_long"},
      {ApiError::StorageFailed, "storage_failed"},
      {ApiError::Internal, "internal"},
      {ApiError::Unavailable, "unavailable"},
  };
  for (const auto &[error, code] : kCodes) {
    CHECK(describe(error).code == code);
  }
}

TEST_CASE("each security has its own name") {
  constexpr std::pair<Security, std::string_view> kNames[]{
      {Security::Open, "open"},
      {Security::Owe, "owe"},
      {Security::Wep, "wep"},
      {Security::Wpa, "wpa"},
      {Security::Wpa2, "wpa2"},
      {Security::Wpa3, "wpa3"},
      {Security::Enterprise, "enterprise"},
      {Security::Unknown, "unknown"},
  };
  for (const auto &[security, name] : kNames) {
    CHECK(to_string(security) == name);
  }
}

TEST_CASE("each reason has its own name") {
  constexpr std::pair<Reason, std::string_view> kNames[]{
      {Reason::WrongPassword, "wrong_password"},
      {Reason::NotFound, "not_found"},
      {Reason::SecurityMismatch, "security_mismatch"},
      {Reason::WeakSignal, "weak_signal"},
      {Reason::NoIp, "no_ip"},
      {Reason::Timeout, "timeout"},
      {Reason::Cancelled, "cancelled"},
      {Reason::Unknown, "unknown"},
  };
  for (const auto &[reason, name] : kNames) {
    CHECK(to_string(reason) == name);
  }
}
