#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <cJSON.h>

/// A parsed JSON text with look-up by path, for tests: `reply["device.name"]`.
class Json {
public:
  explicit Json(const std::string &text) : root_(cJSON_Parse(text.c_str()), cJSON_Delete) {}

  bool is_valid() const { return root_ != nullptr; }
  /// The item at a path of member names and array indices, such as `networks.0.ssid`; null if none.
  const cJSON *at(std::string_view path) const;
  bool has(std::string_view path) const { return at(path) != nullptr; }
  /// "<none>" if it is no string.
  std::string text(std::string_view path) const;
  /// NaN if it is no number.
  double number(std::string_view path) const;
  bool is_true(std::string_view path) const { return cJSON_IsTrue(at(path)) != 0; }
  bool is_null(std::string_view path) const { return cJSON_IsNull(at(path)) != 0; }
  int size(std::string_view path) const { return cJSON_GetArraySize(at(path)); }

private:
  std::shared_ptr<cJSON> root_;
};

struct Reply {
  int status{0};                              ///< 0: no answer
  std::map<std::string, std::string> headers; ///< names in lower case
  std::string body;                           ///< chunks put together

  Json json() const { return Json(body); }
  std::string code() const { return json().text("error.code"); }
};

struct Request {
  std::string method{"GET"};
  std::string path{"/"};
  std::map<std::string, std::string> headers{};
  std::string body{};
};

/// A connection to one port of 127.0.0.1, which the caller closes; -1 if nobody listens there.
int connect_to(std::uint16_t port);

/// A plain HTTP/1.1 client on one port of 127.0.0.1, a connection a request. `Host` and, with a
/// body, `Content-Type` and `Content-Length` are added unless given; an empty value leaves one out.
class HttpClient {
public:
  /// `patience`: seconds that the server may be silent.
  explicit HttpClient(std::uint16_t port, int patience = 2) : port_(port), patience_(patience) {}

  Reply send(const Request &request) const;
  Reply get(const std::string &path) const { return send({.path = path}); }
  Reply post(const std::string &path, const std::string &body = "") const {
    return send({.method = "POST", .path = path, .body = body});
  }
  Reply remove(const std::string &path) const { return send({.method = "DELETE", .path = path}); }

  /// Sends bytes as they are and reads until the server closes or has been silent for too long.
  std::string exchange(const std::string &bytes) const;

  std::uint16_t port() const { return port_; }

private:
  std::uint16_t port_;
  int patience_;
};
