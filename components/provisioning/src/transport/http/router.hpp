#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "domain/ssid.hpp"
#include "domain/text.hpp"

namespace espp::provisioning {

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete, Other };

/// A request target taken apart (RFC 9112, 3.2).
struct Target {
  std::string_view path;
  std::string_view query; ///< without its question mark
};

/// Takes apart a request target as received: a path and perhaps a query, or the absolute form that
/// proxies are sent. A fragment is dropped.
Target split_target(std::string_view uri);

/// The value of a query's first parameter of that name, as it was sent; empty if there is none.
std::string_view query_value(std::string_view query, std::string_view name);

/// How much of a request target has to be as a route says.
enum class Match : std::uint8_t {
  Path,  ///< the whole path; the query is ignored
  Bare,  ///< the whole path, and no query: for what a misspelt parameter must not set off
  Below, ///< the path up to its last slash; what follows is the route's argument, and not empty
  Query, ///< the whole path, and the query up to its `=`; what follows is the route's argument
};

/// The part of a route that tells which requests it takes.
struct RoutePattern {
  Method method{Method::Get}; ///< Get stands for HEAD as well
  Match match{Match::Path};
  const char *path;
  const char *query{nullptr}; ///< of Match::Query, with its `=`
  /// Answered whatever the Host header says. Other reads with a foreign one lead to the page.
  bool any_host{false};
};

/// What a request leads to, beside the routes themselves.
enum class Lookup : std::uint8_t {
  Route,       ///< index and argument tell which
  WrongMethod, ///< a known address, but not with this method; `allowed` has the right ones
  NoSuchApi,   ///< anything else below /api
  Portal,      ///< a read of anything else: a probe, or an address typed at random
};

/// The methods of an address, as the header `Allow` has them.
using AllowedMethods = Text<32>;

struct Destination {
  Lookup lookup{Lookup::Portal};
  std::size_t index{0};
  std::string_view argument{}; ///< a part of the request target
  AllowedMethods allowed{};
};

/// Looks through routes that a caller has in a table of its own: `pattern(i)` is the i-th of `count`.
Destination find_route(Method method, std::string_view uri, std::size_t count,
                       const RoutePattern &(*pattern)(std::size_t i));

/// True for the methods that change something on the device, or try to.
bool changes_state(Method method);

/// Decodes a percent-encoded name (RFC 3986, 2.1). Nothing if an escape is broken or the result is
/// no name of 1 to 32 bytes.
std::optional<Ssid> decode_ssid(std::string_view encoded);

} // namespace espp::provisioning
