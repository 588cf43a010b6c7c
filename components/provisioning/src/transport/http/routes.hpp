#pragma once

#include <cstddef>

#include "transport/http/router.hpp"

namespace espp::provisioning {

/// A route and who answers it.
template <typename Handler> struct Route {
  RoutePattern pattern;
  Handler handler;
};

/// Every address that is answered. A new one is added here, and as a member of `Handlers`, which has
/// one of the type `Handlers::Handler` for each.
// A C array: gcc places a `std::array` of these in RAM.
template <typename Handlers>
inline constexpr Route<typename Handlers::Handler> kRoutes[]{
    {{.method = Method::Get, .path = "/"}, &Handlers::page},
    {{.method = Method::Get, .path = "/api/status"}, &Handlers::status},
    {{.method = Method::Get, .path = "/api/scan"}, &Handlers::networks},
    {{.method = Method::Post, .path = "/api/scan"}, &Handlers::scan},
    {{.method = Method::Get, .path = "/api/connect"}, &Handlers::connect_report},
    {{.method = Method::Post, .path = "/api/connect"}, &Handlers::connect},
    {{.method = Method::Delete, .path = "/api/connect"}, &Handlers::cancel},
    {{.method = Method::Get, .path = "/api/networks"}, &Handlers::saved_networks},
    {{.method = Method::Delete,
      .match = Match::Query,
      .path = "/api/networks",
      .query = "ssid_hex="},
     &Handlers::forget_by_hex},
    {{.method = Method::Delete, .match = Match::Bare, .path = "/api/networks"},
     &Handlers::forget_all},
    {{.method = Method::Delete, .match = Match::Below, .path = "/api/networks/"},
     &Handlers::forget},
    {{.method = Method::Post, .path = "/api/keep"}, &Handlers::keep},
    {{.method = Method::Post, .path = "/api/complete"}, &Handlers::complete},
    // Windows takes any answer but 404 for a proxy configuration.
    {{.method = Method::Get, .path = "/wpad.dat", .any_host = true}, &Handlers::nothing},
    // Browsers ask for icons on their own; the page has its icon inside.
    {{.method = Method::Get, .path = "/favicon.ico", .any_host = true}, &Handlers::nothing},
    {{.method = Method::Get, .path = "/apple-touch-icon.png", .any_host = true},
     &Handlers::nothing},
    {{.method = Method::Get, .path = "/apple-touch-icon-precomposed.png", .any_host = true},
     &Handlers::nothing},
};

/// Finds the route of a request.
template <typename Handlers> Destination find_route(Method method, std::string_view uri) {
  constexpr auto &routes = kRoutes<Handlers>;
  return find_route(method, uri, sizeof routes / sizeof routes[0],
                    [](std::size_t i) -> const RoutePattern & { return kRoutes<Handlers>[i].pattern; });
}

} // namespace espp::provisioning
