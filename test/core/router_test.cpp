#include <doctest/doctest.h>

#include <string>
#include <tuple>

#include "core/router.hpp"

using namespace espp::provisioning;

TEST_CASE("each call of the API has its route") {
  CHECK(find_route(Method::Get, "/api/status").route == Route::Status);
  CHECK(find_route(Method::Get, "/api/scan").route == Route::ScanList);
  CHECK(find_route(Method::Post, "/api/scan").route == Route::ScanStart);
  CHECK(find_route(Method::Get, "/api/connect").route == Route::ConnectReport);
  CHECK(find_route(Method::Head, "/api/connect").route == Route::ConnectReport);
  CHECK(find_route(Method::Post, "/api/connect").route == Route::ConnectStart);
  CHECK(find_route(Method::Delete, "/api/connect").route == Route::ConnectCancel);
  CHECK(find_route(Method::Get, "/api/networks").route == Route::SavedNetworks);
  CHECK(find_route(Method::Post, "/api/complete").route == Route::Complete);
  const auto forget = find_route(Method::Delete, "/api/networks/a%2Fb");
  CHECK(forget.route == Route::ForgetNetwork);
  CHECK(forget.argument == "a%2Fb");
}

TEST_CASE("a known address with another method is told from an unknown one") {
  CHECK(find_route(Method::Delete, "/api/status").route == Route::WrongMethod);
  CHECK(find_route(Method::Get, "/api/complete").route == Route::WrongMethod);
  CHECK(find_route(Method::Other, "/api/scan").route == Route::WrongMethod);
  CHECK(find_route(Method::Get, "/api/networks/x").route == Route::WrongMethod);
  CHECK(find_route(Method::Get, "/api/nothing").route == Route::NoSuchApi);
  CHECK(find_route(Method::Get, "/api").route == Route::NoSuchApi);
  CHECK(find_route(Method::Delete, "/api/networks/").route == Route::NoSuchApi);
  CHECK(find_route(Method::Post, "/").route == Route::WrongMethod);
}

TEST_CASE("who uses a wrong method is told the right ones") {
  const std::tuple<Method, const char *, const char *> cases[] = {
      {Method::Post, "/api/status", "GET, HEAD"},
      {Method::Delete, "/api/scan", "GET, HEAD, POST"},
      {Method::Other, "/api/connect", "GET, HEAD, POST, DELETE"},
      {Method::Post, "/api/networks", "GET, HEAD"},
      {Method::Get, "/api/complete", "POST"},
      {Method::Post, "/api/networks/x", "DELETE"},
      {Method::Post, "/", "GET, HEAD"},
      {Method::Other, "/generate_204", "GET, HEAD"},
      {Method::Delete, "/wpad.dat", "GET, HEAD"},
  };
  for (const auto &[method, uri, allowed] : cases) {
    CAPTURE(uri);
    const auto destination = find_route(method, uri);
    CHECK(destination.route == Route::WrongMethod);
    CHECK(destination.argument == allowed);
  }
}

TEST_CASE("everything else that is read leads to the page") {
  for (const char *uri : {"/generate_204", "/hotspot-detect.html", "/apixyz", "/index.html",
                          "http://connectivitycheck.gstatic.com/generate_204", "*", ""}) {
    CAPTURE(uri);
    CHECK(find_route(Method::Get, uri).route == Route::Portal);
  }
  CHECK(find_route(Method::Get, "/wpad.dat").route == Route::NoProxyScript);
}

TEST_CASE("the names . and .., which browsers drop from a path, go by their digits") {
  const auto forget = find_route(Method::Delete, "/api/networks?ssid_hex=2e2e");
  CHECK(forget.route == Route::ForgetNetworkByHex);
  CHECK(forget.argument == "2e2e");
  CHECK(changes_state(forget.route));
  CHECK(find_route(Method::Delete, "/api/networks").route == Route::WrongMethod);
  CHECK(find_route(Method::Delete, "/api/networks?ssid=2e").route == Route::WrongMethod);
  CHECK(find_route(Method::Get, "/api/networks?ssid_hex=2e").route == Route::SavedNetworks);
}

TEST_CASE("queries, fragments and the absolute form count for nothing") {
  CHECK(find_route(Method::Get, "/?utm=1").route == Route::Page);
  CHECK(find_route(Method::Get, "/api/status?x=/api/scan").route == Route::Status);
  CHECK(find_route(Method::Get, "http://192.168.4.1").route == Route::Page);
  CHECK(find_route(Method::Get, "http://192.168.4.1/api/scan").route == Route::ScanList);
}

TEST_CASE("every byte of a name can be percent-encoded") {
  for (int byte = 0; byte < 256; ++byte) {
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
