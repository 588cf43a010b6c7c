#include "transport/http/guard.hpp"

#include "domain/text.hpp"

namespace espp::provisioning {
namespace {

bool is_json(std::string_view content_type) {
  std::string_view type = prefix(content_type, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) {
    type.remove_suffix(1);
  }
  return equals_ignoring_case(type, "application/json");
}

} // namespace

bool is_this_device(std::string_view host, const Endpoint &address) {
  const Authority authority(address);
  std::string_view expected = authority.text();
  if (address.port == 80 && host.ends_with(":80")) {
    host.remove_suffix(3);
  }
  if (host == expected) {
    return true;
  }
  constexpr std::string_view kLocalhost = "localhost";
  if (!address.ip.is_loopback() || host.size() < kLocalhost.size() ||
      !equals_ignoring_case(prefix(host, kLocalhost.size()), kLocalhost)) {
    return false;
  }
  const auto port = expected.find(':');
  expected = port == std::string_view::npos ? std::string_view() : suffix(expected, port);
  return suffix(host, kLocalhost.size()) == expected;
}

std::optional<ApiError> refuse(const GuardedHeaders &headers, const Endpoint &address) {
  if (!headers.host || !is_this_device(*headers.host, address)) {
    return ApiError::ForbiddenHost;
  }
  if (headers.origin) {
    constexpr std::string_view kScheme = "http://";
    if (!headers.origin->starts_with(kScheme) ||
        !is_this_device(suffix(*headers.origin, kScheme.size()), address)) {
      return ApiError::ForbiddenOrigin;
    }
  }
  if (headers.has_body && (!headers.content_type || !is_json(*headers.content_type))) {
    return ApiError::ForbiddenContentType;
  }
  return std::nullopt;
}

} // namespace espp::provisioning
