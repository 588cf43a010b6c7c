#include "core/guard.hpp"

#include <algorithm>

#include "core/decimal.hpp"

namespace espp::provisioning {
namespace {

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_json(std::string_view content_type) {
  std::string_view type = head(content_type, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) {
    type.remove_suffix(1);
  }
  return equals_ignoring_case(type, "application/json");
}

} // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

LocalAddress make_address(std::uint32_t ip, std::uint16_t port) {
  LocalAddress address{.port = port};
  for (std::size_t i = 0; i < address.ip.size(); ++i) {
    address.ip[i] = static_cast<std::uint8_t>(ip >> (8U * i));
  }
  return address;
}

Authority::Authority(const LocalAddress &address) {
  for (const std::uint8_t octet : address.ip) {
    if (!text_.view().empty()) {
      text_.append('.');
    }
    text_.append(Decimal(octet).text());
  }
  if (address.port != 80) {
    text_.append(':');
    text_.append(Decimal(address.port).text());
  }
}

bool is_this_device(std::string_view host, const LocalAddress &address) {
  const Authority authority(address);
  std::string_view expected = authority.text();
  if (address.port == 80 && host.ends_with(":80")) {
    host.remove_suffix(3);
  }
  if (host == expected) {
    return true;
  }
  constexpr std::string_view kLocalhost = "localhost";
  if (!address.is_loopback() || host.size() < kLocalhost.size() ||
      !equals_ignoring_case(head(host, kLocalhost.size()), kLocalhost)) {
    return false;
  }
  const auto port = expected.find(':');
  expected = port == std::string_view::npos ? std::string_view() : tail(expected, port);
  return tail(host, kLocalhost.size()) == expected;
}

std::optional<ApiError> refuse(const GuardedHeaders &headers, const LocalAddress &address) {
  if (!headers.host || !is_this_device(*headers.host, address)) {
    return ApiError::ForbiddenHost;
  }
  if (headers.origin) {
    constexpr std::string_view kScheme = "http://";
    if (!headers.origin->starts_with(kScheme) ||
        !is_this_device(tail(*headers.origin, kScheme.size()), address)) {
      return ApiError::ForbiddenOrigin;
    }
  }
  if (headers.has_body && (!headers.content_type || !is_json(*headers.content_type))) {
    return ApiError::ForbiddenContentType;
  }
  return std::nullopt;
}

} // namespace espp::provisioning
