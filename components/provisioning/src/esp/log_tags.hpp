#pragma once

namespace espp::provisioning {

inline constexpr const char *kTag = "Provisioning";
inline constexpr const char *kApTag = "WifiAp";
inline constexpr const char *kStaTag = "WifiSta";
inline constexpr const char *kDnsTag = "DnsServer";

} // namespace espp::provisioning
