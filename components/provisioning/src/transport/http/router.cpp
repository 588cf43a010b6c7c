#include "transport/http/router.hpp"

#include <array>

#include "domain/hex.hpp"

namespace espp::provisioning {
namespace {

/// True if the address is the pattern's; `argument` is what the pattern leaves open.
bool matches(const RoutePattern &pattern, const Target &target, std::string_view &argument) {
  const std::string_view path = pattern.path;
  argument = {};
  switch (pattern.match) {
  case Match::Path:
    return target.path == path;
  case Match::Bare:
    return target.path == path && target.query.empty();
  case Match::Below:
    if (!target.path.starts_with(path) || target.path.size() == path.size()) {
      return false;
    }
    argument = suffix(target.path, path.size());
    return true;
  case Match::Query: {
    const std::string_view query = pattern.query;
    if (target.path != path || !target.query.starts_with(query)) {
      return false;
    }
    argument = suffix(target.query, query.size());
    return true;
  }
  }
  return false;
}

std::string_view name_of(Method method) {
  switch (method) {
  case Method::Get:
    return "GET, HEAD";
  case Method::Post:
    return "POST";
  case Method::Put:
    return "PUT";
  case Method::Delete:
    return "DELETE";
  case Method::Head:
  case Method::Other:
    break;
  }
  return {};
}

} // namespace

Target split_target(std::string_view uri) {
  if (!uri.starts_with('/')) {
    const auto scheme_end = uri.find("://");
    if (scheme_end == std::string_view::npos) {
      return {uri, {}};
    }
    uri.remove_prefix(scheme_end + 3);
    const auto slash = uri.find('/');
    uri = slash == std::string_view::npos ? std::string_view("/") : suffix(uri, slash);
  }
  uri = prefix(uri, uri.find('#'));
  const auto question = uri.find('?');
  return {prefix(uri, question),
          question == std::string_view::npos ? std::string_view() : suffix(uri, question + 1)};
}

std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view parameter = prefix(query, end);
    if (parameter.size() > name.size() && parameter.starts_with(name) &&
        parameter[name.size()] == '=') {
      return suffix(parameter, name.size() + 1);
    }
    query = end == std::string_view::npos ? std::string_view() : suffix(query, end + 1);
  }
  return {};
}

Destination find_route(Method method, std::string_view uri, std::size_t count,
                       const RoutePattern &(*pattern)(std::size_t i)) {
  const Target target = split_target(uri);
  const Method wanted = method == Method::Head ? Method::Get : method;
  Destination found;
  for (std::size_t i = 0; i < count; ++i) {
    const RoutePattern &route = pattern(i);
    if (!matches(route, target, found.argument)) {
      continue;
    }
    if (route.method == wanted) {
      found.lookup = Lookup::Route;
      found.index = i;
      found.allowed = {};
      return found;
    }
    // One that only a query leads to says nothing of the path without it.
    if (route.match != Match::Query) {
      if (!found.allowed.view().empty()) {
        found.allowed.append(", ");
      }
      found.allowed.append(name_of(route.method));
    }
  }
  found.argument = {};
  if (!found.allowed.view().empty()) {
    found.lookup = Lookup::WrongMethod;
  } else if (target.path == "/api" || target.path.starts_with("/api/")) {
    found.lookup = Lookup::NoSuchApi;
  } else if (wanted != Method::Get) {
    found.lookup = Lookup::WrongMethod;
    found.allowed.append(name_of(Method::Get));
  }
  return found;
}

bool changes_state(Method method) { return method != Method::Get && method != Method::Head; }

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
