#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/endpoint.hpp"
#include "service/api_error.hpp"

namespace espp::provisioning {

/// True if a Host header names this device: the address the connection came in on, or, on loopback
/// only, `localhost`. Nothing else does, so a foreign name made to resolve to the device (DNS
/// rebinding) gets nowhere. Letter case counts for nothing.
bool is_this_device(std::string_view host, const Endpoint &address);

/// The headers that decide whether a request may change something; a header that was not sent is
/// no value.
struct GuardedHeaders {
  std::optional<std::string_view> host;
  std::optional<std::string_view> origin;
  std::optional<std::string_view> content_type;
  bool has_body{false};
};

/// Why a state-changing request is refused, or nothing if it may pass: Host must be this device;
/// Origin, if sent, too; a body must say `application/json`, which a form of another site can't.
std::optional<ApiError> refuse(const GuardedHeaders &headers, const Endpoint &address);

} // namespace espp::provisioning
