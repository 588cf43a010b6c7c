#pragma once

#include "domain/band.hpp"

namespace espp::provisioning {

/// The bands that the driver uses, which has been initialised. There are two definitions, of which
/// CMake chooses one: ESP-IDF has calls for bands from v5.4 on, and chips with two bands need them.
Bands driver_bands();

} // namespace espp::provisioning
