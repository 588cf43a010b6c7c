#include "domain/decimal.hpp"

namespace espp::provisioning {

Decimal::Decimal(std::uint32_t value) {
  do {
    digits_[--begin_] = static_cast<char>('0' + value % 10U);
    value /= 10U;
  } while (value > 0);
}

} // namespace espp::provisioning
