// For chips without 5 GHz.

#include "idf/bands.hpp"

namespace espp::provisioning {

Bands driver_bands() {
  return {};
}

} // namespace espp::provisioning
