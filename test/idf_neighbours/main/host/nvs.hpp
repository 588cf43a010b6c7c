/// ESP-IDF's emulated flash.
#pragma once

namespace host::nvs {

/// As a new chip: the storage is empty and not initialised.
void reset();

} // namespace host::nvs
