#pragma once

#include <cstddef>
#include <string_view>

#include "core/secret.hpp"
#include "core/ssid.hpp"
#include "core/text.hpp"

namespace espp::provisioning {

/// Room for the longest name and password with each character escaped, and what is around them.
using JoinCode = Text<20 + 2 * (Ssid::kMaxSize + Secret::kMaxSize)>;

/// The text of a QR code that a phone's camera joins a Wi-Fi network by:
/// `WIFI:T:WPA;S:...;P:...;;`, or `WIFI:T:nopass;S:...;;` without a password. `\`, `;`, `,`, `:`
/// and `"` are escaped with a backslash. Names that look like hexadecimal digits are not put
/// between quotation marks: docs/captive-portal.md says why.
JoinCode make_join_code(std::string_view ssid, std::string_view password);

} // namespace espp::provisioning
