#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/api_error.hpp"
#include "core/text.hpp"

namespace espp::provisioning {

/// The address a request came in on: this end of its connection.
struct LocalAddress {
  std::array<std::uint8_t, 4> ip{};
  std::uint16_t port{80};

  /// True inside 127.0.0.0/8: the firmware runs on a PC, and the browser on the same.
  bool is_loopback() const { return ip[0] == 127; }
};

/// True if two texts differ at most in the case of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

/// The address of an `ip` as lwIP keeps it: the first octet is the lowest byte.
LocalAddress make_address(std::uint32_t ip, std::uint16_t port = 80);

/// `a.b.c.d` or, with a port other than 80, `a.b.c.d:port`, as a browser puts it in Host and Origin.
class Authority {
public:
  explicit Authority(const LocalAddress &address);
  std::string_view text() const { return text_.view(); }
  const char *c_str() const { return text_.c_str(); }

private:
  Text<21> text_; ///< 255.255.255.255:65535
};

/// True if a Host header names this device: the address the connection came in on, or, on loopback
/// only, `localhost`. Nothing else does, so a foreign name made to resolve to the device (DNS
/// rebinding) gets nowhere. Letter case counts for nothing.
bool is_this_device(std::string_view host, const LocalAddress &address);

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
std::optional<ApiError> refuse(const GuardedHeaders &headers, const LocalAddress &address);

} // namespace espp::provisioning
