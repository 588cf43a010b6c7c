#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ssid.hpp"

namespace espp::provisioning {

enum class Method : std::uint8_t { Get, Head, Post, Delete, Other };

/// What a request asks for.
enum class Route : std::uint8_t {
  Page,               ///< GET /
  Status,             ///< GET /api/status
  ScanList,           ///< GET /api/scan
  ScanStart,          ///< POST /api/scan
  ConnectReport,      ///< GET /api/connect
  ConnectStart,       ///< POST /api/connect
  ConnectCancel,      ///< DELETE /api/connect
  SavedNetworks,      ///< GET /api/networks
  ForgetNetwork,      ///< DELETE /api/networks/{ssid}
  ForgetNetworkByHex, ///< DELETE /api/networks?ssid_hex={digits}
  Complete,           ///< POST /api/complete
  NoSuchApi,          ///< anything else below /api
  WrongMethod,        ///< a known address, but not with this method
  NoProxyScript,      ///< GET /wpad.dat: Windows takes any answer but 404 for a proxy configuration
  Portal,             ///< GET of anything else: a probe, or an address typed at random
};

struct Destination {
  Route route{Route::Portal};
  /// Of ForgetNetwork the name's percent-encoded bytes, of ForgetNetworkByHex its digits; a part of
  /// the URI. Of WrongMethod the methods that are right, as in `Allow`; a C string.
  std::string_view argument;
};

/// Finds the route of a request. `uri` is the request target as received: a path and perhaps a
/// query, which is ignored, or the absolute form that proxies are sent.
Destination find_route(Method method, std::string_view uri);

/// The path of a request target: without query and fragment, and without the host of an absolute
/// one.
std::string_view path_of(std::string_view uri);

/// True for the routes that change something on the device.
bool changes_state(Route route);

/// Decodes a percent-encoded name (RFC 3986, 2.1). Nothing if an escape is broken or the result is
/// no name of 1 to 32 bytes.
std::optional<Ssid> decode_ssid(std::string_view encoded);

} // namespace espp::provisioning
