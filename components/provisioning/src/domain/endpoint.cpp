#include "domain/endpoint.hpp"

#include "domain/decimal.hpp"

namespace espp::provisioning {

Authority::Authority(const Endpoint &endpoint) {
  text_.append(endpoint.ip.dotted().view());
  if (endpoint.port != 80) {
    text_.append(':');
    text_.append(Decimal(endpoint.port).text());
  }
}

} // namespace espp::provisioning
