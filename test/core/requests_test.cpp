#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "allocations.hpp"
#include "codec/requests.hpp"
#include "domain/memory.hpp"

using namespace espp::provisioning;

namespace {

/// Parses a copy of `text` and checks that the copy has been wiped.
std::expected<ConnectRequest, ApiError> parse(std::string text) {
  const std::size_t size = text.size();
  auto result = parse_connect_request({text.data(), size});
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c == '\0'; }));
  return result;
}

ApiError error_of(std::string text) {
  CAPTURE(text);
  const auto result = parse(std::move(text));
  REQUIRE_FALSE(result);
  return result.error();
}

} // namespace

TEST_CASE("a name and a password are taken as they are") {
  const auto request = parse(R"({"ssid":"Bob's \"5G\" \\ caf\u00e9","password":"p\"\\ 1234"})");
  REQUIRE(request);
  CHECK(request->ssid.bytes() == "Bob's \"5G\" \\ caf\xC3\xA9");
  CHECK(request->password.bytes() == "p\"\\ 1234");
  CHECK_FALSE(request->use_saved);
}

TEST_CASE("a name may come as hexadecimal digits, and a network may be open") {
  CHECK(parse(R"({"ssid_hex":"ff00c3"})").error() == ApiError::InvalidSsidHex); // has a NUL
  const auto request = parse(R"({"ssid_hex":"FF01c3"})");
  REQUIRE(request);
  CHECK(request->ssid.bytes() == "\xFF\x01\xC3");
  CHECK(request->password.empty());
  CHECK(parse(R"({"ssid":"open","password":null})")->password.empty());
}

TEST_CASE("a saved network needs no password") {
  CHECK(parse(R"({"ssid":"home","saved":true})")->use_saved);
  CHECK(parse(R"({"ssid":"home","saved":true,"password":""})")->use_saved);
  CHECK_FALSE(parse(R"({"ssid":"home","saved":false})")->use_saved);
  CHECK(error_of(R"({"ssid":"home","saved":true,"password":"12345678"})") ==
        ApiError::InvalidSaved);
  CHECK(error_of(R"({"ssid":"home","saved":1})") == ApiError::InvalidSaved);
}

TEST_CASE("what is no JSON object is refused as such") {
  for (const char *text : {"", " ", "null", "[]", "\"ssid\"", "{", "{\"ssid\":\"a\"} x",
                           "{'ssid':'a'}", "{\"ssid\":\"a\",}", "{\"ssid\" \"a\"}"}) {
    CHECK(error_of(text) == ApiError::InvalidJson);
  }
  CHECK(error_of(std::string("{\"ssid\":\"a\"}\0", 13)) == ApiError::InvalidJson);
}

TEST_CASE("deep nesting is refused before it can exhaust a task's stack") {
  CHECK(error_of(std::string(1000, '[')) == ApiError::InvalidJson);
  std::string objects;
  for (int i = 0; i < 200; ++i) {
    objects += "{\"a\":";
  }
  CHECK(error_of(objects) == ApiError::InvalidJson);
  CHECK(parse(R"({"ssid":"[[[[[[[[[[","x":[[{}]]})"));
}

TEST_CASE("U+0000 does not cut a name or a password short: the member that holds it is named") {
  CHECK(error_of(R"({"ssid":"ab\u0000cd"})") == ApiError::InvalidSsid);
  CHECK(error_of(R"({"ssid":"\u0000"})") == ApiError::InvalidSsid);
  CHECK(error_of(R"({"ssid_hex":"6162\u0000"})") == ApiError::InvalidSsidHex);
  CHECK(error_of(R"({"ssid":"ab","password":"12345678\u0000"})") == ApiError::InvalidPassword);
  CHECK(error_of(R"({"ssid\u0000":"ab"})") == ApiError::InvalidSsid);
  // Here the backslash is itself escaped, so it is no escape of U+0000.
  CHECK(parse(R"({"ssid":"ab\\u0000cd"})")->ssid.bytes() == "ab\\u0000cd");
}

TEST_CASE("U+0000 in what is ignored is ignored") {
  CHECK(parse(R"({"x":"a\u0000b","ssid":"a"})"));
  CHECK(parse(R"({"x":["\u0000"],"ssid":"a"})"));
  CHECK(parse(R"({"ssid\u0000":"b","ssid":"a"})")->ssid.bytes() == "a");
  CHECK(parse(R"({"ssid":"a","ssid":"a\u0000b"})")->ssid.bytes() == "a");
}

TEST_CASE("a wrong field is named") {
  CHECK(error_of("{}") == ApiError::InvalidSsid);
  CHECK(error_of(R"({"ssid":""})") == ApiError::InvalidSsid);
  CHECK(error_of(R"({"ssid":42})") == ApiError::InvalidSsid);
  CHECK(error_of(R"({"ssid":")" + std::string(33, 'a') + "\"}") == ApiError::InvalidSsid);
  CHECK(error_of("{\"ssid\":\"\xFF\"}") == ApiError::InvalidSsid);
  CHECK(error_of(R"({"ssid_hex":"zz"})") == ApiError::InvalidSsidHex);
  CHECK(error_of(R"({"ssid_hex":12})") == ApiError::InvalidSsidHex);
  CHECK(error_of(R"({"ssid":"a","ssid_hex":"61"})") == ApiError::InvalidSsidHex);
  CHECK(error_of(R"({"ssid":"a","password":"short"})") == ApiError::InvalidPassword);
  CHECK(error_of(R"({"ssid":"a","password":12345678})") == ApiError::InvalidPassword);
  CHECK(error_of(R"({"ssid":"a","password":")" + std::string(64, 'z') + "\"}") ==
        ApiError::InvalidPassword);
}

TEST_CASE("the longest valid request fits the limit") {
  std::string body = R"({"ssid":")";
  for (int i = 0; i < 32; ++i) {
    body += "\\u0001";
  }
  body += R"(","password":")";
  for (int i = 0; i < 63; ++i) {
    body += "\\u0022";
  }
  body += "\"}";
  CHECK(body.size() <= kMaxBody);
  REQUIRE(parse(body));
}

TEST_CASE("reading a request allocates nothing, so that no copy of a password is freed unwiped") {
  const Allocations allocations;
  for (const char *text : {R"({"ssid":"a","password":"correct horse"})",
                           R"({"ssid":"a","password":"\u0063orrect horse"})",
                           R"({"x":{"y":["\u0063orrect horse"]},"ssid":"a"})",
                           R"({"ssid":"a","password":"correct horse",})",
                           R"({"ssid":"a","password":"correct)", R"(["correct horse"])", "{}"}) {
    std::array<char, kMaxBody> body{};
    const auto size = std::string_view(text).copy(body.data(), body.size());
    parse_connect_request(std::span(body).first(size));
  }
  CHECK(allocations.count() == 0);
  // The count is able to see one.
  Rows<int> rows;
  CHECK(rows.reserve(1));
  CHECK(allocations.count() == 1);
}

TEST_CASE("a broken text is refused wherever it breaks") {
  const std::string good = R"({"ssid":"a","password":"correct horse"})";
  REQUIRE(parse(good));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(error_of(good.substr(0, size)) == ApiError::InvalidJson);
  }
  for (const char *tail : {"}", ",\"x\":}", " x", "\"", ",\"x\":\"\\q\"}", ",\"x\":\"\\u12\"}"}) {
    CHECK(error_of(good.substr(0, good.size() - 1) + "," + tail) == ApiError::InvalidJson);
  }
  CHECK(error_of(R"(["correct horse"])") == ApiError::InvalidJson);
  CHECK(error_of(R"({"password":"correct horse"})") == ApiError::InvalidSsid);
}

TEST_CASE("an escape cut short does not carry the reader past the end of its string") {
  CHECK(error_of(R"({"ssid":"\u12","x":)" + std::string(200, '[')) == ApiError::InvalidJson);
  CHECK(error_of(R"({"ssid":"a\)") == ApiError::InvalidJson);
  CHECK(error_of(R"({"ssid":"a\u)") == ApiError::InvalidJson);
  CHECK(parse(R"({"ssid":"\ud83d\udc7b"})")->ssid.bytes() == "\xF0\x9F\x91\xBB");
  CHECK(error_of(R"({"ssid":"\ud83d"})") == ApiError::InvalidJson);
}

TEST_CASE("any JSON that others add is read over, and what is none is not") {
  for (const char *value :
       {"0", "-0.5e-7", "12E+9", "1e1", "true", "false", "null", "[]", "{}", "[1,[2,{\"a\":3}]]",
        "\"\\b\\f\\n\\r\\t\\/\"", " \r\n\t[ 1 , 2 ] ", "{ \"a\" : 1 , \"b\" : \"]}\" }"}) {
    CAPTURE(value);
    CHECK(parse("{\"x\":" + std::string(value) + ",\"ssid\":\"a\"}"));
  }
  for (const char *value : {"",
                            "-",
                            "+1",
                            ".5",
                            "01",
                            "1.",
                            "-.5",
                            "1e",
                            "1e+",
                            "0x1",
                            "nul",
                            "True",
                            "[1,]",
                            "[,1]",
                            "[1 2]",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{a:1}",
                            "\"\t\"",
                            "\"\\a\"",
                            "\"\\uzzzz\"",
                            "\"\\udc00\"",
                            "\"\\ud800\\u0041\"",
                            "'a'",
                            "]",
                            "}"}) {
    CAPTURE(value);
    CHECK(error_of("{\"x\":" + std::string(value) + ",\"ssid\":\"a\"}") == ApiError::InvalidJson);
  }
  CHECK(error_of("{\"ssid\":\"a\",}") == ApiError::InvalidJson);
  CHECK(parse(" \n{ } ").error() == ApiError::InvalidSsid);
}

TEST_CASE("escapes in names of members count, and of two with one name the first") {
  CHECK(parse(R"({"\u0073sid":"a"})")->ssid.bytes() == "a");
  CHECK(parse(R"({"ssid":"first","ssid":"second"})")->ssid.bytes() == "first");
}

TEST_CASE("every code point comes out as UTF-8") {
  CHECK(
      parse(R"({"ssid":"\u007f\u0080\u07FF\u0800\uffff\ud800\udc00\uDBFF\uDFFF"})")->ssid.bytes() ==
      "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
}

TEST_CASE("a crowd of values is refused") {
  std::string body = R"({"ssid":"a","x":[0)";
  for (int i = 0; i < 400; ++i) {
    body += ",0";
  }
  CHECK(error_of(body + "]}") == ApiError::InvalidJson);
  CHECK(parse(R"({"ssid":"a","x":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14]})"));
  CHECK(error_of(R"({"ssid":"a","x":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]})") ==
        ApiError::InvalidJson);
}
