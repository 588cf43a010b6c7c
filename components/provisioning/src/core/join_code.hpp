#pragma once

#include <string>
#include <string_view>

namespace espp::provisioning {

/// The text of a QR code that a phone's camera joins a Wi-Fi network by:
/// `WIFI:T:WPA;S:...;P:...;;`, or `WIFI:T:nopass;S:...;;` without a password. `\`, `;`, `,`, `:`
/// and `"` are escaped with a backslash. Names that look like hexadecimal digits are not put
/// between quotation marks: docs/captive-portal.md says why.
std::string make_join_code(std::string_view ssid, std::string_view password);

} // namespace espp::provisioning
