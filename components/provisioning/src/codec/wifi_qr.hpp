#pragma once

#include <cstddef>
#include <string_view>

#include "domain/secret.hpp"
#include "domain/ssid.hpp"
#include "domain/text.hpp"

namespace espp::provisioning {

/// Room for the longest name and password with each character escaped, and what is around them.
using WifiQr = Text<20 + 2 * (Ssid::kMaxSize + Secret::kMaxSize)>;

/// The text of a QR code that a phone's camera reads to connect to a Wi-Fi network:
/// `WIFI:T:WPA;S:...;P:...;;`, or `WIFI:T:nopass;S:...;;` without a password. `\`, `;`, `,`, `:`
/// and `"` are escaped with a backslash. Names that look like hexadecimal digits are not put
/// between quotation marks: docs/captive-portal.md says why.
WifiQr make_wifi_qr(std::string_view ssid, std::string_view password);

} // namespace espp::provisioning
