#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "codec/json_writer.hpp"

using namespace espp::provisioning;

namespace {

struct Pieces final : TextSink {
  bool write(std::string_view text) override {
    pieces.emplace_back(text);
    return pieces.size() != refuse_at;
  }
  bool finish(std::string_view text) override { return write(text); }
  std::string text() const {
    std::string all;
    for (const auto &piece : pieces) {
      all += piece;
    }
    return all;
  }
  std::vector<std::string> pieces;
  std::size_t refuse_at{0};
};

} // namespace

TEST_CASE("values, members and nesting get their commas") {
  Pieces sink;
  JsonWriter json(sink);
  json.begin_object();
  json.member("a", 1);
  json.key("b");
  json.begin_array();
  json.number(std::numeric_limits<int>::min());
  json.null();
  json.begin_object();
  json.end_object();
  json.boolean(false);
  json.end_array();
  json.member("c", true);
  json.member("d", std::uint32_t{4294967295U});
  json.end_object();
  CHECK(json.finish());
  CHECK(sink.text() == R"({"a":1,"b":[-2147483648,null,{},false],"c":true,"d":4294967295})");
}

TEST_CASE("strings are escaped so that any parser reads them back") {
  Pieces sink;
  JsonWriter json(sink);
  json.string("a\"b\\c\n\x01\x7F</script>\xF0\x9F\x8F\xA0");
  CHECK(json.finish());
  CHECK(sink.text() == "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\\u003c/script>\xF0\x9F\x8F\xA0\"");
}

TEST_CASE("a name that is no text goes as hexadecimal digits") {
  Pieces sink;
  JsonWriter json(sink);
  json.begin_object();
  json.member(*Ssid::from_bytes("caf\xC3\xA9"));
  json.member(*Ssid::from_bytes("caf\xE9"));
  json.end_object();
  CHECK(json.finish());
  CHECK(sink.text() == "{\"ssid\":\"caf\xC3\xA9\",\"ssid_hex\":\"636166e9\"}");
}

TEST_CASE("a long text leaves in pieces no larger than the buffer, and none is lost") {
  Pieces sink;
  JsonWriter json(sink);
  json.begin_array();
  std::string expected = "[";
  for (int i = 0; i < 500; ++i) {
    json.number(i);
    expected += (i > 0 ? "," : "") + std::to_string(i);
  }
  json.end_array();
  expected += "]";
  CHECK(json.finish());
  CHECK(sink.text() == expected);
  CHECK(sink.pieces.size() ==
        (expected.size() + JsonWriter::kBufferSize - 1) / JsonWriter::kBufferSize);
}

TEST_CASE("once the sink has refused, nothing more is sent to it") {
  Pieces sink;
  sink.refuse_at = 2;
  JsonWriter json(sink);
  json.string(std::string(5 * JsonWriter::kBufferSize, 'x'));
  CHECK_FALSE(json.finish());
  CHECK(sink.pieces.size() == 2);
}
