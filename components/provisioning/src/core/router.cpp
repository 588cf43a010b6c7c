#include "core/router.hpp"

#include <array>

#include "core/hex.hpp"
#include "core/text.hpp"

namespace espp::provisioning {
namespace {

struct Target {
  std::string_view path;
  std::string_view query; ///< without its question mark
};

/// Takes a request target in origin or absolute form apart (RFC 9112, 3.2).
Target split(std::string_view uri) {
  if (!uri.starts_with('/')) {
    const auto scheme_end = uri.find("://");
    if (scheme_end == std::string_view::npos) {
      return {uri, {}};
    }
    uri.remove_prefix(scheme_end + 3);
    const auto slash = uri.find('/');
    uri = slash == std::string_view::npos ? std::string_view("/") : tail(uri, slash);
  }
  uri = head(uri, uri.find('#'));
  const auto question = uri.find('?');
  return {head(uri, question),
          question == std::string_view::npos ? std::string_view() : tail(uri, question + 1)};
}

struct ApiPath {
  std::string_view path;
  Route get;
  Route post;
  Route remove;
  std::string_view allowed;
};

constexpr std::string_view kRead = "GET, HEAD";

// An array of C's: gcc puts a std::array of these into RAM.
constexpr ApiPath kApiPaths[]{
    ApiPath{"/api/status", Route::Status, Route::WrongMethod, Route::WrongMethod, kRead},
    ApiPath{"/api/scan", Route::ScanList, Route::ScanStart, Route::WrongMethod, "GET, HEAD, POST"},
    ApiPath{"/api/connect", Route::ConnectReport, Route::ConnectStart, Route::ConnectCancel,
            "GET, HEAD, POST, DELETE"},
    ApiPath{"/api/networks", Route::SavedNetworks, Route::WrongMethod, Route::WrongMethod, kRead},
    ApiPath{"/api/complete", Route::WrongMethod, Route::Complete, Route::WrongMethod, "POST"},
};

constexpr std::string_view kNetworksPrefix = "/api/networks/";
constexpr std::string_view kHexQuery = "ssid_hex=";

} // namespace

Destination find_route(Method method, std::string_view uri) {
  const auto [path, query] = split(uri);
  const bool reads = method == Method::Get || method == Method::Head;
  if (method == Method::Delete && path == "/api/networks" && query.starts_with(kHexQuery)) {
    return {Route::ForgetNetworkByHex, tail(query, kHexQuery.size())};
  }
  for (const ApiPath &api : kApiPaths) {
    if (path == api.path) {
      const Route route = reads                      ? api.get
                          : method == Method::Post   ? api.post
                          : method == Method::Delete ? api.remove
                                                     : Route::WrongMethod;
      return {route, route == Route::WrongMethod ? api.allowed : std::string_view()};
    }
  }
  if (path.starts_with(kNetworksPrefix) && path.size() > kNetworksPrefix.size()) {
    if (method != Method::Delete) {
      return {Route::WrongMethod, "DELETE"};
    }
    return {Route::ForgetNetwork, tail(path, kNetworksPrefix.size())};
  }
  if (path == "/api" || path.starts_with("/api/")) {
    return {Route::NoSuchApi, {}};
  }
  if (!reads) {
    return {Route::WrongMethod, kRead};
  }
  if (path == "/") {
    return {Route::Page, {}};
  }
  if (path == "/wpad.dat") {
    return {Route::NoProxyScript, {}};
  }
  return {Route::Portal, {}};
}

std::string_view path_of(std::string_view uri) {
  return split(uri).path;
}

bool changes_state(Route route) {
  switch (route) {
  case Route::ScanStart:
  case Route::ConnectStart:
  case Route::ConnectCancel:
  case Route::ForgetNetwork:
  case Route::ForgetNetworkByHex:
  case Route::Complete:
    return true;
  case Route::Page:
  case Route::Status:
  case Route::ScanList:
  case Route::ConnectReport:
  case Route::SavedNetworks:
  case Route::NoSuchApi:
  case Route::WrongMethod:
  case Route::NoProxyScript:
  case Route::Portal:
    return false;
  }
  return false;
}

std::optional<Ssid> decode_ssid(std::string_view encoded) {
  std::array<char, Ssid::kMaxSize> bytes;
  std::size_t size = 0;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (size == bytes.size()) {
      return std::nullopt;
    }
    char c = encoded[i];
    if (c == '%') {
      const int high = i + 2 < encoded.size() ? hex_value(encoded[i + 1]) : -1;
      const int low = i + 2 < encoded.size() ? hex_value(encoded[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return std::nullopt;
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    bytes[size++] = c;
  }
  return Ssid::from_bytes({bytes.data(), size});
}

} // namespace espp::provisioning
