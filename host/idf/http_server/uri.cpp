#include <algorithm>
#include <optional>
#include <string_view>

#include "esp_log.h"
#include "http_server/server.hpp"

namespace host::http {
namespace {

constexpr char kTag[] = "httpd_uri";

enum class Match { Found, NoSuchUri, NoSuchMethod };

struct Lookup {
  Match match = Match::NoSuchUri;
  std::optional<UriHandler> handler;
};

bool matches(const Server &server, const UriHandler &handler, std::string_view path) {
  if (server.config.uri_match_fn != nullptr) {
    return server.config.uri_match_fn(handler.uri.c_str(), path.data(), path.size());
  }
  return handler.uri == path;
}

// The first handler that matches both; a copy, so that others may be registered meanwhile.
Lookup find(Server &server, std::string_view path, int method) {
  const std::lock_guard lock(server.handlers_mutex);
  Lookup result;
  for (const UriHandler &handler : server.uri_handlers) {
    if (!matches(server, handler, path)) {
      continue;
    }
    if (handler.method == method || handler.method == HTTP_ANY) {
      return {Match::Found, handler};
    }
    result.match = Match::NoSuchMethod;
  }
  return result;
}

// HTTP_ANY is no value of the enumeration, so it must not be read as one.
int method_number(const httpd_method_t &method) {
  static_assert(sizeof(httpd_method_t) == sizeof(int));
  int number = 0;
  std::memcpy(&number, &method, sizeof(number));
  return number;
}

} // namespace

esp_err_t handle_uri(httpd_req_t *request) {
  Server &server = server_of(request->handle);
  const http_parser_url &url = exchange_of(request).url;
  Lookup lookup;
  if ((url.field_set & (1U << UF_PATH)) != 0) {
    const auto &path = url.field_data[UF_PATH];
    lookup = find(server, {request->uri + path.off, path.len}, request->method);
  } else {
    // Nothing to look up and, as in ESP-IDF, no error page either.
    return ESP_FAIL;
  }
  switch (lookup.match) {
  case Match::NoSuchUri:
    ESP_LOGW(kTag, "no handler for URI '%s'", request->uri);
    return handle_error(request, HTTPD_404_NOT_FOUND);
  case Match::NoSuchMethod:
    ESP_LOGW(kTag, "method %d is not allowed for URI '%s'", request->method, request->uri);
    return handle_error(request, HTTPD_405_METHOD_NOT_ALLOWED);
  case Match::Found:
    break;
  }
  request->user_ctx = lookup.handler->user_ctx;
  if (lookup.handler->handler(request) != ESP_OK) {
    ESP_LOGW(kTag, "the handler failed, closing the connection");
    return ESP_FAIL;
  }
  return ESP_OK;
}

} // namespace host::http

using namespace host::http;

bool httpd_uri_match_wildcard(const char *uri_template, const char *uri_to_match,
                              size_t match_upto) {
  std::string_view pattern(uri_template);
  const std::string_view uri(uri_to_match, match_upto);
  // "*" at the end: anything may follow. "?" before or after it: the character before it is
  // optional.
  bool anything = false;
  bool optional = false;
  for (int i = 0; i < 2 && !pattern.empty(); ++i) {
    if (pattern.back() == '*' && !anything) {
      anything = true;
    } else if (pattern.back() == '?' && !optional) {
      optional = true;
    } else {
      break;
    }
    pattern.remove_suffix(1);
  }
  if (!optional) {
    return anything ? uri.starts_with(pattern) : uri == pattern;
  }
  if (pattern.empty()) {
    return false;
  }
  const char last = pattern.back();
  pattern.remove_suffix(1);
  if (!uri.starts_with(pattern)) {
    return false;
  }
  const std::string_view rest = uri.substr(pattern.size());
  return rest.empty() || (rest.front() == last && (anything || rest.size() == 1));
}

esp_err_t httpd_register_uri_handler(httpd_handle_t handle, const httpd_uri_t *uri_handler) {
  if (handle == nullptr || uri_handler == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  Server &server = server_of(handle);
  const int method = method_number(uri_handler->method);
  // Also finds a wildcard that covers the new URI already.
  if (find(server, uri_handler->uri, method).match == Match::Found) {
    ESP_LOGW(kTag, "a handler for %s with method %d is registered already", uri_handler->uri,
             method);
    return ESP_ERR_HTTPD_HANDLER_EXISTS;
  }
  const std::lock_guard lock(server.handlers_mutex);
  if (server.uri_handlers.size() >= server.config.max_uri_handlers) {
    ESP_LOGW(kTag, "all %u places for handlers are taken",
             unsigned{server.config.max_uri_handlers});
    return ESP_ERR_HTTPD_HANDLERS_FULL;
  }
  server.uri_handlers.push_back(
      {uri_handler->uri, method, uri_handler->handler, uri_handler->user_ctx});
  return ESP_OK;
}

esp_err_t httpd_unregister_uri_handler(httpd_handle_t handle, const char *uri,
                                       httpd_method_t method) {
  if (handle == nullptr || uri == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  Server &server = server_of(handle);
  const int number = method_number(method);
  const std::lock_guard lock(server.handlers_mutex);
  const auto found =
      std::find_if(server.uri_handlers.begin(), server.uri_handlers.end(),
                   [&](const UriHandler &h) { return h.method == number && h.uri == uri; });
  if (found == server.uri_handlers.end()) {
    ESP_LOGW(kTag, "no handler for %s with method %d", uri, number);
    return ESP_ERR_NOT_FOUND;
  }
  server.uri_handlers.erase(found);
  return ESP_OK;
}

esp_err_t httpd_unregister_uri(httpd_handle_t handle, const char *uri) {
  if (handle == nullptr || uri == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  Server &server = server_of(handle);
  const std::lock_guard lock(server.handlers_mutex);
  const auto removed =
      std::erase_if(server.uri_handlers, [&](const UriHandler &h) { return h.uri == uri; });
  if (removed == 0) {
    ESP_LOGW(kTag, "no handler for URI %s", uri);
    return ESP_ERR_NOT_FOUND;
  }
  return ESP_OK;
}
