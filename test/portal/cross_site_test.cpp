// What a page of another site can make a browser on the access point send, and what the portal's
// own page sends, in the words of each engine.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "device.hpp"

namespace {

constexpr const char *kBody = R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})";

struct Case {
  const char *what;
  std::map<std::string, std::string> headers; ///< `@` stands for the portal's host and port
};

Reply send(const HttpClient &phone, const char *method, const char *path, const Case &attempt,
           const std::string &body) {
  const std::string self = "127.0.0.1:" + std::to_string(phone.port());
  Request request{.method = method, .path = path, .headers = attempt.headers, .body = body};
  for (auto &[name, value] : request.headers) {
    if (const auto at = value.find('@'); at != std::string::npos) {
      value.replace(at, 1, self);
    }
  }
  return phone.send(request);
}

const std::vector<Case> kForeign{
    {"a form of another site",
     {{"Origin", "http://evil.example"}, {"Content-Type", "application/x-www-form-urlencoded"}}},
    {"a form with text", {{"Origin", "http://evil.example"}, {"Content-Type", "text/plain"}}},
    {"a form with parts",
     {{"Origin", "http://evil.example"}, {"Content-Type", "multipart/form-data; boundary=x"}}},
    {"a form whose browser sends no origin", {{"Content-Type", "text/plain"}}},
    {"JSON in a form's type, no origin", {{"Content-Type", "application/x-www-form-urlencoded"}}},
    {"a beacon without a type", {{"Content-Type", ""}}},
    {"a type that only begins like JSON", {{"Content-Type", "application/jsonp"}}},
    {"a type that only mentions JSON", {{"Content-Type", "text/plain; x=application/json"}}},
    {"JSON from another site", {{"Origin", "http://evil.example"}}},
    {"a sandboxed frame, a data: or file: page", {{"Origin", "null"}}},
    {"the same host with TLS", {{"Origin", "https://@"}}},
    {"the same host, another port", {{"Origin", "http://127.0.0.1:1"}}},
    {"a host that begins like this one", {{"Origin", "http://@.evil.example"}}},
    {"a host that ends like this one", {{"Origin", "http://evil.example#@"}}},
    {"a user name that looks like this host", {{"Origin", "http://@@evil.example"}}},
    {"an origin with a path", {{"Origin", "http://@/"}}},
    {"an extension", {{"Origin", "chrome-extension://abcdefghijklmnop"}}},
    {"an empty scheme", {{"Origin", "//@"}}},
    {"a rebound name", {{"Host", "evil.example"}, {"Origin", "http://evil.example"}}},
    {"a rebound name with the port", {{"Host", "evil.example:80"}}},
    {"a rebound name that begins with the address", {{"Host", "127.0.0.1.evil.example"}}},
    {"the address in another spelling", {{"Host", "2130706433"}}},
    {"the address in hexadecimal", {{"Host", "0x7f000001"}}},
    {"IPv6 loopback", {{"Host", "[::1]"}}},
    {"a name of the local network", {{"Host", "esp-prov.local"}}},
    {"the address without its port", {{"Host", "127.0.0.1"}}},
    {"a host longer than any name", {{"Host", std::string(300, 'h')}}},
    {"no host", {{"Host", ""}}},
};

/// As seen of Chromium, WebKit and Firefox on a page of http://192.168.4.1.
const std::vector<Case> kOwn{
    {"Chromium", {{"Host", "@"}, {"Origin", "http://@"}, {"Content-Type", "application/json"}}},
    {"WebKit",
     {{"Host", "@"},
      {"Origin", "http://@"},
      {"Content-Type", "application/json"},
      {"Referer", "http://@/"}}},
    {"Firefox",
     {{"Host", "@"},
      {"Origin", "http://@"},
      {"Content-Type", "application/json"},
      {"Sec-Fetch-Site", "same-origin"}}},
    {"an old WebView, which sends no origin to its own site",
     {{"Content-Type", "application/json"}}},
    {"a library that names the character set",
     {{"Content-Type", "application/json;charset=UTF-8"}}},
    {"a type in capitals, a space before the semicolon",
     {{"Content-Type", "Application/JSON ; charset=utf-8"}}},
};

} // namespace

TEST_CASE("nothing that another site can send changes anything") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const HttpClient phone = device.phone();
  for (const Case &attempt : kForeign) {
    CAPTURE(attempt.what);
    const bool is_about_type =
        !attempt.headers.contains("Origin") && !attempt.headers.contains("Host");
    CHECK(send(phone, "POST", "/api/connect", attempt, kBody).status == 403);
    if (!is_about_type) { // these have no body, so no type either
      CHECK(send(phone, "POST", "/api/scan", attempt, "").status == 403);
      CHECK(send(phone, "POST", "/api/complete", attempt, "").status == 403);
      CHECK(send(phone, "DELETE", "/api/connect", attempt, "").status == 403);
      CHECK(send(phone, "DELETE", "/api/networks/HouseOfBoo", attempt, "").status == 403);
      CHECK(send(phone, "DELETE", "/api/networks?ssid_hex=61", attempt, "").status == 403);
    }
  }
  CHECK(device.verdict().number("id") == 0);
  CHECK_FALSE(phone.get("/api/status").json().is_true("scan.scanning"));
}

TEST_CASE("a rebound name reads nothing: neither the page nor the networks around or saved") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const HttpClient phone = device.phone();
  for (const char *path : {"/", "/api/status", "/api/scan", "/api/connect", "/api/networks"}) {
    for (const char *host : {"evil.example", "127.0.0.1.evil.example", "2130706433", "[::1]"}) {
      CAPTURE(path);
      CAPTURE(host);
      const Reply reply = phone.send({.path = path, .headers = {{"Host", host}}});
      CHECK(reply.status == 302);
      CHECK(reply.body.find("HouseOfBoo") == std::string::npos);
      CHECK(reply.body.find("Lamp") == std::string::npos);
    }
  }
}

TEST_CASE("no answer lets another site read it, show it in a frame, or ask beforehand") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const HttpClient phone = device.phone();
  const Request asked[] = {
      {.path = "/", .headers = {{"Origin", "http://evil.example"}}},
      {.path = "/api/scan", .headers = {{"Origin", "http://evil.example"}}},
      {.path = "/generate_204"},
      {.method = "OPTIONS",
       .path = "/api/connect",
       .headers = {{"Origin", "http://evil.example"}, {"Access-Control-Request-Method", "POST"}}},
      {.method = "POST",
       .path = "/api/connect",
       .headers = {{"Origin", "http://evil.example"}},
       .body = kBody},
  };
  for (const Request &request : asked) {
    CAPTURE(request.path);
    const Reply reply = phone.send(request);
    for (const auto &[name, value] : reply.headers) {
      CHECK_FALSE(name.starts_with("access-control-"));
    }
    CHECK(reply.headers.at("x-frame-options") == "DENY");
    CHECK(reply.headers.at("x-content-type-options") == "nosniff");
    CHECK(reply.headers.at("referrer-policy") == "no-referrer");
  }
  const std::string policy = phone.get("/").headers.at("content-security-policy");
  for (const char *part :
       {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"}) {
    CAPTURE(part);
    CHECK(policy.find(part) != std::string::npos);
  }
}

TEST_CASE("what the page sends is accepted, in the words of every engine") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const HttpClient phone = device.phone();
  for (const Case &own : kOwn) {
    CAPTURE(own.what);
    CHECK(
        send(phone, "POST", "/api/connect", own, R"({"ssid":"never saved","saved":true})").code() ==
        "unknown_network");
    CHECK(send(phone, "POST", "/api/scan", own, "").status == 202);
    CHECK(send(phone, "POST", "/api/complete", own, "").code() == "not_connected");
    CHECK(send(phone, "DELETE", "/api/connect", own, "").status == 202);
    CHECK(send(phone, "DELETE", "/api/networks/never", own, "").code() == "unknown_network");
  }
}
