#include "core/router.hpp"

#include <array>

#include "core/hex.hpp"

namespace espp::provisioning {
namespace {

/// The path of a request target in origin or absolute form (RFC 9112, 3.2).
std::string_view path_of(std::string_view uri) {
  if (!uri.starts_with('/')) {
    const auto scheme_end = uri.find("://");
    if (scheme_end == std::string_view::npos) {
      return uri;
    }
    uri.remove_prefix(scheme_end + 3);
    const auto slash = uri.find('/');
    uri = slash == std::string_view::npos ? std::string_view("/") : uri.substr(slash);
  }
  return uri.substr(0, uri.find_first_of("?#"));
}

struct ApiPath {
  std::string_view path;
  Route get;
  Route post;
  Route remove;
};

constexpr std::array kApiPaths{
    ApiPath{"/api/status", Route::Status, Route::WrongMethod, Route::WrongMethod},
    ApiPath{"/api/scan", Route::ScanList, Route::ScanStart, Route::WrongMethod},
    ApiPath{"/api/connect", Route::ConnectReport, Route::ConnectStart, Route::ConnectCancel},
    ApiPath{"/api/networks", Route::SavedNetworks, Route::WrongMethod, Route::WrongMethod},
    ApiPath{"/api/complete", Route::WrongMethod, Route::Complete, Route::WrongMethod},
};

constexpr std::string_view kNetworksPrefix = "/api/networks/";

} // namespace

Destination find_route(Method method, std::string_view uri) {
  const std::string_view path = path_of(uri);
  const bool reads = method == Method::Get || method == Method::Head;
  for (const ApiPath &api : kApiPaths) {
    if (path == api.path) {
      return {reads                      ? api.get
              : method == Method::Post   ? api.post
              : method == Method::Delete ? api.remove
                                         : Route::WrongMethod,
              {}};
    }
  }
  if (path.starts_with(kNetworksPrefix) && path.size() > kNetworksPrefix.size()) {
    return {method == Method::Delete ? Route::ForgetNetwork : Route::WrongMethod,
            path.substr(kNetworksPrefix.size())};
  }
  if (path == "/api" || path.starts_with("/api/")) {
    return {Route::NoSuchApi, {}};
  }
  if (!reads) {
    return {Route::WrongMethod, {}};
  }
  if (path == "/") {
    return {Route::Page, {}};
  }
  if (path == "/wpad.dat") {
    return {Route::NoProxyScript, {}};
  }
  return {Route::Portal, {}};
}

bool changes_state(Route route) {
  switch (route) {
  case Route::ScanStart:
  case Route::ConnectStart:
  case Route::ConnectCancel:
  case Route::ForgetNetwork:
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
