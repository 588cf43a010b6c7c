#include <doctest/doctest.h>

#include "transport/http/guard.hpp"

using namespace espp::provisioning;

namespace {
constexpr Endpoint kChip{{192, 168, 4, 1}, 80};
constexpr Endpoint kChipOddPort{{192, 168, 4, 1}, 8080};
constexpr Endpoint kPc{{127, 0, 0, 1}, 8080};
} // namespace

TEST_CASE("an authority names the port unless it is http's own") {
  CHECK(Authority(kChip).text() == "192.168.4.1");
  CHECK(Authority(kPc).text() == "127.0.0.1:8080");
  CHECK(Authority({{255, 255, 255, 255}, 65535}).text() == "255.255.255.255:65535");
}

TEST_CASE("only the device's own address names it") {
  CHECK(is_this_device("192.168.4.1", kChip));
  CHECK(is_this_device("192.168.4.1:80", kChip));
  CHECK(is_this_device("192.168.4.1:8080", kChipOddPort));
  for (const char *host :
       {"", "192.168.4.10", "192.168.4.1:8080", "192.168.4.1.evil.example", "evil.example",
        "localhost", "192.168.4.1:", "a192.168.4.1", "192.168.4.1, evil.example"}) {
    CAPTURE(host);
    CHECK_FALSE(is_this_device(host, kChip));
  }
  CHECK_FALSE(is_this_device("192.168.4.1", kChipOddPort));
}

TEST_CASE("localhost names the device on loopback only") {
  CHECK(is_this_device("localhost:8080", kPc));
  CHECK(is_this_device("LOCALHOST:8080", kPc));
  CHECK(is_this_device("127.0.0.1:8080", kPc));
  CHECK_FALSE(is_this_device("localhost", kPc));
  CHECK_FALSE(is_this_device("localhost.evil.example:8080", kPc));
  CHECK_FALSE(is_this_device("localhost:80", kChip));
}

TEST_CASE("the page's own requests pass") {
  CHECK_FALSE(refuse({.host = "192.168.4.1", .origin = {}, .content_type = {}}, kChip));
  CHECK_FALSE(refuse({.host = "192.168.4.1",
                      .origin = "http://192.168.4.1",
                      .content_type = "application/json",
                      .has_body = true},
                     kChip));
  CHECK_FALSE(refuse({.host = "localhost:8080",
                      .origin = "http://localhost:8080",
                      .content_type = "Application/JSON ; charset=utf-8",
                      .has_body = true},
                     kPc));
}

TEST_CASE("another site's requests don't") {
  const auto with_origin = [](const char *origin) {
    return refuse({.host = "192.168.4.1", .origin = origin, .content_type = {}}, kChip);
  };
  for (const char *origin :
       {"null", "", "http://evil.example", "https://192.168.4.1", "http://192.168.4.1.evil.example",
        "http://192.168.4.1:8080", "http://192.168.4.1/"}) {
    CAPTURE(origin);
    CHECK(with_origin(origin) == ApiError::ForbiddenOrigin);
  }
  CHECK(refuse({.host = "evil.example", .origin = {}, .content_type = {}}, kChip) ==
        ApiError::ForbiddenHost);
  CHECK(refuse({.host = {}, .origin = {}, .content_type = {}}, kChip) == ApiError::ForbiddenHost);
}

TEST_CASE("a body that a form could send is refused") {
  for (const char *type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                           "", "application/jsonp", "text/plain; application/json"}) {
    CAPTURE(type);
    CHECK(refuse({.host = "192.168.4.1", .origin = {}, .content_type = type, .has_body = true},
                 kChip) == ApiError::ForbiddenContentType);
  }
  CHECK(refuse({.host = "192.168.4.1", .origin = {}, .content_type = {}, .has_body = true},
               kChip) == ApiError::ForbiddenContentType);
}
