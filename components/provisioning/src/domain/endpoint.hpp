#pragma once

#include <cstdint>
#include <string_view>

#include "domain/ip4.hpp"
#include "domain/text.hpp"

namespace espp::provisioning {

/// One end of a connection.
struct Endpoint {
  Ip4 ip;
  std::uint16_t port{80};
};

/// `a.b.c.d` or, with a port other than 80, `a.b.c.d:port`, as a browser puts it in Host and Origin.
class Authority {
public:
  explicit Authority(const Endpoint &endpoint);
  std::string_view text() const { return text_.view(); }
  const char *c_str() const { return text_.c_str(); }

private:
  Text<21> text_; ///< 255.255.255.255:65535
};

} // namespace espp::provisioning
