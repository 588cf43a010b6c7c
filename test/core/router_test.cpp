#include <doctest/doctest.h>

#include <string>
#include <tuple>

#include "route_names.hpp"

using namespace espp::provisioning;

TEST_CASE("each call of the API has its route") {
  CHECK(route_of(Method::Get, "/api/status").handler == &RouteNames::status);
  CHECK(route_of(Method::Get, "/api/scan").handler == &RouteNames::networks);
  CHECK(route_of(Method::Post, "/api/scan").handler == &RouteNames::scan);
  CHECK(route_of(Method::Get, "/api/connect").handler == &RouteNames::connect_report);
  CHECK(route_of(Method::Head, "/api/connect").handler == &RouteNames::connect_report);
  CHECK(route_of(Method::Post, "/api/connect").handler == &RouteNames::connect);
  CHECK(route_of(Method::Delete, "/api/connect").handler == &RouteNames::cancel);
  CHECK(route_of(Method::Get, "/api/networks").handler == &RouteNames::saved_networks);
  CHECK(route_of(Method::Post, "/api/complete").handler == &RouteNames::complete);
  const auto forget = route_of(Method::Delete, "/api/networks/a%2Fb");
  CHECK(forget.handler == &RouteNames::forget);
  CHECK(forget.argument == "a%2Fb");
}

TEST_CASE("a known address with another method is told from an unknown one") {
  CHECK(route_of(Method::Delete, "/api/status").lookup == Lookup::WrongMethod);
  CHECK(route_of(Method::Get, "/api/complete").lookup == Lookup::WrongMethod);
  CHECK(route_of(Method::Other, "/api/scan").lookup == Lookup::WrongMethod);
  CHECK(route_of(Method::Get, "/api/networks/x").lookup == Lookup::WrongMethod);
  CHECK(route_of(Method::Get, "/api/nothing").lookup == Lookup::NoSuchApi);
  CHECK(route_of(Method::Get, "/api").lookup == Lookup::NoSuchApi);
  CHECK(route_of(Method::Delete, "/api/networks/").lookup == Lookup::NoSuchApi);
  CHECK(route_of(Method::Post, "/").lookup == Lookup::WrongMethod);
}

TEST_CASE("who uses a wrong method is told the right ones") {
  const std::tuple<Method, const char *, const char *> cases[] = {
      {Method::Post, "/api/status", "GET, HEAD"},
      {Method::Delete, "/api/scan", "GET, HEAD, POST"},
      {Method::Other, "/api/connect", "GET, HEAD, POST, DELETE"},
      {Method::Post, "/api/networks", "GET, HEAD, DELETE"},
      {Method::Delete, "/api/networks?ssid=x", "GET, HEAD"},
      {Method::Get, "/api/complete", "POST"},
      {Method::Post, "/api/networks/x", "DELETE"},
      {Method::Post, "/", "GET, HEAD"},
      {Method::Other, "/generate_204", "GET, HEAD"},
      {Method::Delete, "/wpad.dat", "GET, HEAD"},
  };
  for (const auto &[method, uri, allowed] : cases) {
    CAPTURE(uri);
    const auto destination = route_of(method, uri);
    CHECK(destination.lookup == Lookup::WrongMethod);
    CHECK(destination.allowed == allowed);
  }
}

TEST_CASE("everything else that is read leads to the page") {
  for (const char *uri : {"/generate_204", "/hotspot-detect.html", "/apixyz", "/index.html",
                          "http://connectivitycheck.gstatic.com/generate_204", "*", ""}) {
    CAPTURE(uri);
    CHECK(route_of(Method::Get, uri).lookup == Lookup::Portal);
  }
  CHECK(route_of(Method::Get, "/wpad.dat").handler == &RouteNames::nothing);
}

TEST_CASE("the names . and .., which browsers drop from a path, go by their digits") {
  const auto forget = route_of(Method::Delete, "/api/networks?ssid_hex=2e2e");
  CHECK(forget.handler == &RouteNames::forget_by_hex);
  CHECK(forget.argument == "2e2e");
  CHECK(route_of(Method::Delete, "/api/networks?ssid=2e").lookup == Lookup::WrongMethod);
  CHECK(route_of(Method::Get, "/api/networks?ssid_hex=2e").handler == &RouteNames::saved_networks);
}

TEST_CASE("all networks are forgotten by the bare address alone, not by a misspelt name") {
  for (const char *uri : {"/api/networks", "/api/networks?", "/api/networks#x"}) {
    CAPTURE(uri);
    CHECK(route_of(Method::Delete, uri).handler == &RouteNames::forget_all);
  }
  for (const char *uri : {"/api/networks?ssid=Home", "/api/networks?ssid_he=2e", "/api/networks/", "/api/networks//",
                          "/api/networks?x&ssid_hex=2e", "/api/networks?SSID_HEX=2e"}) {
    CAPTURE(uri);
    CHECK(route_of(Method::Delete, uri).handler != &RouteNames::forget_all);
  }
  CHECK(route_of(Method::Delete, "/api/networks?ssid_hex=").handler == &RouteNames::forget_by_hex);
}

TEST_CASE("queries, fragments and the absolute form count for nothing") {
  CHECK(route_of(Method::Get, "/?utm=1").handler == &RouteNames::page);
  CHECK(route_of(Method::Get, "/api/status?x=/api/scan").handler == &RouteNames::status);
  CHECK(route_of(Method::Get, "http://192.168.4.1").handler == &RouteNames::page);
  CHECK(route_of(Method::Get, "http://192.168.4.1/api/scan").handler == &RouteNames::networks);
}

TEST_CASE("every byte of a name can be percent-encoded, and a NUL is in none") {
  CHECK_FALSE(decode_ssid("%00"));
  CHECK_FALSE(decode_ssid("Home%00x"));
  for (int byte = 1; byte < 256; ++byte) {
    const char *digits = "0123456789ABCDEF";
    const std::string encoded{'%', digits[byte / 16], digits[byte % 16]};
    CAPTURE(encoded);
    REQUIRE(decode_ssid(encoded));
    CHECK(decode_ssid(encoded)->bytes() == std::string(1, static_cast<char>(byte)));
  }
  CHECK(decode_ssid("plus+is%20plus")->bytes() == "plus+is plus");
}

TEST_CASE("broken escapes and names of the wrong length are refused") {
  for (const char *encoded : {"", "%", "%4", "a%", "a%4", "%zz", "%4g", "%%41"}) {
    CAPTURE(encoded);
    CHECK_FALSE(decode_ssid(encoded));
  }
  std::string longest;
  for (int i = 0; i < 32; ++i) {
    longest += "%ff";
  }
  CHECK(decode_ssid(longest));
  CHECK_FALSE(decode_ssid(longest + "%ff"));
  CHECK_FALSE(decode_ssid(std::string(33, 'a')));
}

TEST_CASE("a query's value is found by its whole name") {
  CHECK(query_value("lang=de", "lang") == "de");
  CHECK(query_value("a=b&lang=de&lang=fr", "lang") == "de");
  CHECK(query_value("lang=&lang=fr", "lang").empty());
  CHECK(query_value("lang=a=b", "lang") == "a=b");
  for (const char *query :
       {"", "lang", "lan=de", "langs=de", "xlang=de", "&", "&&", "=lang", "a=lang=de"}) {
    CAPTURE(query);
    CHECK(query_value(query, "lang").empty());
  }
}
