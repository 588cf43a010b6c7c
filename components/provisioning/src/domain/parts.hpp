#pragma once

namespace espp::provisioning {

/// Whether the component can stay connected, which "Stay connected" in menuconfig decides and CMake tells.
/// A constant, so that where it is off nobody asks how the connection stands, and nothing of it is built.
#ifdef PROVISIONING_WITHOUT_CONNECTION
inline constexpr bool kHasConnection = false;
#else
inline constexpr bool kHasConnection = true;
#endif

} // namespace espp::provisioning
