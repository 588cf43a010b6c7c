#include <doctest/doctest.h>

#include <cctype>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/json_reader.hpp"

using namespace espp::provisioning;

namespace {

/// More values than any text here has.
constexpr std::size_t kMany = 100;

/// A reader with a buffer of exactly its text's size, so that a sanitizer sees a read beyond it.
class Text {
public:
  explicit Text(std::string_view text, std::size_t max_values = kMany)
      : buffer_(text.begin(), text.end()), reader_(buffer_, max_values) {}
  Text(const Text &) = delete;
  Text &operator=(const Text &) = delete;

  JsonReader *operator->() { return &reader_; }
  JsonReader &reader() { return reader_; }
  std::string_view buffer() const { return {buffer_.data(), buffer_.size()}; }

private:
  std::vector<char> buffer_;
  JsonReader reader_;
};

/// Whether a text is JSON. Reading its one value and skipping it must agree.
bool is_json(std::string_view text, std::size_t max_values = kMany) {
  CAPTURE(text);
  Text read(text, max_values);
  const JsonKind kind = read->value().kind;
  const bool accepted = read->finish();
  CHECK((kind != JsonKind::None || !accepted));
  Text skipped(text, max_values);
  skipped->skip();
  CHECK(skipped->finish() == accepted);
  CHECK(skipped.buffer() == text);
  return accepted;
}

std::optional<std::string> string_in(std::string_view text) {
  Text json(text);
  const JsonValue value = json->value();
  if (!value.is(JsonKind::String) || !json->finish()) {
    return std::nullopt;
  }
  return std::string(value.text);
}

std::optional<std::int64_t> integer_in(std::string_view text) {
  Text json(text);
  const auto integer = json->value().integer();
  return json->finish() ? integer : std::nullopt;
}

} // namespace

TEST_CASE("the members of an object come one at a time, in the order of the text") {
  Text json(R"( { "ssid" : "home" , "saved":true,"n":-12.50,"gone":null,"off":false } )");
  REQUIRE(json->enter_object());
  REQUIRE(json->next());
  CHECK(json->name() == "ssid");
  const JsonValue ssid = json->value();
  CHECK(ssid.is(JsonKind::String));
  CHECK(ssid.text == "home");
  REQUIRE(json->next());
  CHECK(json->name() == "saved");
  CHECK(json->value().is(JsonKind::True));
  REQUIRE(json->next());
  const JsonValue number = json->value();
  CHECK(number.is(JsonKind::Number));
  CHECK(number.text == "-12.50");
  REQUIRE(json->next());
  CHECK(json->value().is(JsonKind::Null));
  REQUIRE(json->next());
  CHECK(json->value().is(JsonKind::False));
  CHECK_FALSE(json->next());
  CHECK(json->finish());
  // What was read stays valid.
  CHECK(ssid.text == "home");
}

TEST_CASE("members that nobody reads are skipped, whatever they hold") {
  Text json(R"({"a":{"b":[1,{"c":"]}"}]},"d":[],"e":{},"f":"x","g":1,"last":7})");
  REQUIRE(json->enter_object());
  std::string names;
  std::optional<std::int64_t> last;
  while (json->next()) {
    names += json->name();
    if (json->name() == "last") {
      last = json->value().integer();
    }
  }
  CHECK(json->finish());
  CHECK(names == "adefglast");
  CHECK(last == 7);
}

TEST_CASE("nested objects and arrays are entered and left") {
  Text json(R"({"revision":3,"values":{"host":"lamp","port":80,"tags":["a",["b"],{}]},"x":0})");
  REQUIRE(json->enter_object());
  std::string seen;
  while (json->next()) {
    seen += json->name();
    if (json->name() != "values") {
      continue;
    }
    REQUIRE(json->enter_object());
    while (json->next()) {
      seen += "." + std::string(json->name());
      if (json->enter_array()) {
        while (json->next()) {
          seen += json->value().is(JsonKind::String) ? "s" : "-";
        }
      }
    }
  }
  CHECK(json->finish());
  CHECK(seen == "revisionvalues.host.port.tagss--x");
}

TEST_CASE("an object is not entered as an array, and nothing else is entered at all") {
  for (const char *text : {"{}", "[]", "1", "\"{\"", "null"}) {
    CAPTURE(text);
    Text object(text);
    CHECK(object->enter_object() == (*text == '{'));
    Text array(text);
    CHECK(array->enter_array() == (*text == '['));
    // A refused entry has read nothing: the value is still there.
    Text other(text);
    if (*text != '{' ? !other->enter_object() : !other->enter_array()) {
      CHECK_FALSE(other->value().is(JsonKind::None));
      CHECK(other->finish());
    }
  }
}

TEST_CASE("objects and arrays that are asked for as values tell their kind and are read over") {
  Text json(R"([{"a":[1]},[{"a":1}],2])");
  REQUIRE(json->enter_array());
  REQUIRE(json->next());
  CHECK(json->value().is(JsonKind::Object));
  REQUIRE(json->next());
  CHECK(json->value().is(JsonKind::Array));
  REQUIRE(json->next());
  CHECK(json->value().integer() == 2);
  CHECK_FALSE(json->next());
  CHECK(json->finish());
  // A broken one has no kind.
  for (const char *text : {"[1,]", "[", "{\"a\":{]}", "[[[[[]]]]]"}) {
    CAPTURE(text);
    CHECK(Text(text)->value().is(JsonKind::None));
  }
}

TEST_CASE("a copy of the reader returns to a place that was skipped") {
  Text json(R"({"values":{"a\u0062":"\u0063"},"revision":4})");
  std::optional<JsonReader> values;
  std::optional<std::int64_t> revision;
  REQUIRE(json->enter_object());
  while (json->next()) {
    if (json->name() == "values") {
      values = json.reader();
    } else {
      revision = json->value().integer();
    }
  }
  REQUIRE(json->finish());
  CHECK(revision == 4);
  REQUIRE(values);
  REQUIRE(values->enter_object());
  REQUIRE(values->next());
  CHECK(values->name() == "ab");
  CHECK(values->value().text == "c");
  CHECK_FALSE(values->next());
}

TEST_CASE("escapes in strings and names are decoded") {
  CHECK(string_in(R"("")") == "");
  CHECK(string_in(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(string_in(R"("a\u0041\u00e9z")") == "aA\xC3\xA9z");
  Text json(R"({"\u0073\"\ud83d\ude00":1})");
  REQUIRE(json->enter_object());
  REQUIRE(json->next());
  CHECK(json->name() == "s\"\xF0\x9F\x98\x80");
}

TEST_CASE("every code point that an escape can name comes out as UTF-8") {
  const auto utf8 = [](std::uint32_t code) {
    std::string bytes;
    const auto add = [&](std::uint32_t byte) { bytes += static_cast<char>(byte); };
    if (code < 0x80) {
      add(code);
    } else if (code < 0x800) {
      add(0xC0 | code >> 6);
      add(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      add(0xE0 | code >> 12);
      add(0x80 | (code >> 6 & 0x3F));
      add(0x80 | (code & 0x3F));
    } else {
      add(0xF0 | code >> 18);
      add(0x80 | (code >> 12 & 0x3F));
      add(0x80 | (code >> 6 & 0x3F));
      add(0x80 | (code & 0x3F));
    }
    return bytes;
  };
  const auto escape = [](std::uint32_t unit) {
    const char *digits = "0123456789abcdef";
    std::string text = "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
      text += digits[unit >> shift & 0xF];
    }
    return text;
  };
  std::string wrong;
  for (std::uint32_t code = 0; code <= 0x10FFFF; ++code) {
    const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    const std::string text = code < 0x10000 ? escape(code)
                                            : escape(0xD800 + ((code - 0x10000) >> 10)) +
                                                  escape(0xDC00 + ((code - 0x10000) & 0x3FF));
    const auto read = string_in("\"" + text + "\"");
    if (is_surrogate ? read.has_value() : read != utf8(code)) {
      wrong += text + " ";
    }
  }
  CHECK(wrong == "");
}

TEST_CASE("half a surrogate pair is refused") {
  for (const char *text : {R"("\ud800")", R"("\udc00")", R"("\udc00\ud800")", R"("\ud800x")",
                           R"("\ud800\n")", R"("\ud800\u0041")", R"("\ud800\ud800")", R"("\ud800\)",
                           R"("\ud800\u")", R"("\ud800\udc0")", R"("\uDBFF")"}) {
    CHECK_FALSE(is_json(text));
  }
}

TEST_CASE("an escape needs four hexadecimal digits") {
  for (const char *text :
       {R"("\u")", R"("\u1")", R"("\u12")", R"("\u123")", R"("\u12g4")", R"("\u-123")",
        R"("\u+123")", R"("\u 123")", R"("\uzzzz")", R"("\U0041")", R"("\x41")", R"("\a")",
        R"("\0")", R"("\')", R"("\)", R"("\u00)", R"("\u12\"34")"}) {
    CHECK_FALSE(is_json(text));
  }
}

TEST_CASE("U+0000 is a character like others") {
  CHECK(string_in(R"("a\u0000b")") == std::string("a\0b", 3));
  Text json(R"({"a\u0000":1})");
  REQUIRE(json->enter_object());
  REQUIRE(json->next());
  CHECK(json->name() == std::string_view("a\0", 2));
}

TEST_CASE("control characters are refused in strings and between values") {
  for (char c = 0; c < ' '; ++c) {
    CAPTURE(static_cast<int>(c));
    const bool is_space = c == '\t' || c == '\n' || c == '\r';
    CHECK_FALSE(is_json(std::string("\"a") + c + "\""));
    CHECK_FALSE(is_json(std::string("{\"a") + c + "\":1}"));
    CHECK(is_json(std::string("[1") + c + "]") == is_space);
    CHECK(is_json(c + std::string("1")) == is_space);
    CHECK(is_json(std::string("1") + c) == is_space);
  }
  CHECK(string_in("\"\x7F\"") == "\x7F");
}

TEST_CASE("bytes that are not UTF-8 are the caller's to judge") {
  CHECK(string_in("\"\xFF\xC0\x80\"") == "\xFF\xC0\x80");
  CHECK_FALSE(is_json("\xFF"));
  CHECK_FALSE(is_json("\xC2\xA0[]")); // a no-break space
}

TEST_CASE("a byte order mark is ignored in front of the text and nowhere else") {
  CHECK(is_json("\xEF\xBB\xBF{}"));
  CHECK(is_json("\xEF\xBB\xBF []"));
  CHECK_FALSE(is_json("\xEF\xBB\xBF"));
  CHECK_FALSE(is_json("\xEF\xBB{}"));
  CHECK_FALSE(is_json("\xEF\xBB\xBF\xEF\xBB\xBF{}"));
  CHECK_FALSE(is_json(" \xEF\xBB\xBF{}"));
  CHECK_FALSE(is_json("{}\xEF\xBB\xBF"));
}

TEST_CASE("numbers follow the grammar and keep their characters") {
  for (const char *text : {"0", "-0", "7", "-12", "0.5", "-0.50", "10.010", "1e1", "1E+1", "0e-0",
                           "12.5e-07", "123456789012345678901234567890.5e999999"}) {
    CAPTURE(text);
    Text json(text);
    const JsonValue value = json->value();
    CHECK(value.is(JsonKind::Number));
    CHECK(value.text == text);
    CHECK(json->finish());
  }
  CHECK(is_json(std::string(500, '9')));
  for (const char *text :
       {"-",     "+1",  "01",   "-01",      "00",        ".5",  "-.5", "1.",          "1.e1",
        "1e",    "1e+", "1e-",  "1e1.5",    "1.2.3",     "--1", "1-2", "0x1",         "1f",
        "1_000", "NaN", "-NaN", "Infinity", "-Infinity", "-a",  "1 2", "\xEF\xBC\x91"}) {
    CHECK_FALSE(is_json(text));
  }
}

TEST_CASE("a number is an integer if it is written as one and fits") {
  CHECK(integer_in("0") == 0);
  CHECK(integer_in("-0") == 0);
  CHECK(integer_in("42") == 42);
  CHECK(integer_in("-32768") == -32768);
  CHECK(integer_in("4294967295") == 4294967295);
  CHECK(integer_in("9007199254740992") == 9007199254740992); // 2^53
  CHECK(integer_in("999999999999999999") == 999999999999999999);
  CHECK(integer_in("-999999999999999999") == -999999999999999999);
  for (const char *text : {"1000000000000000000", "18446744073709551617", "1.0", "1e3", "-1.5",
                           "\"1\"", "\"\"", "true", "null", "[1]", "{}"}) {
    CAPTURE(text);
    CHECK_FALSE(integer_in(text));
  }
  CHECK_FALSE(JsonValue{}.integer());
}

TEST_CASE("words are written in full and in lower case") {
  for (const char *text : {"true", "false", "null"}) {
    CHECK(is_json(text));
    for (std::size_t size = 0; size < std::string_view(text).size(); ++size) {
      CHECK_FALSE(is_json(std::string_view(text).substr(0, size)));
    }
    CHECK_FALSE(is_json(std::string(text) + "x"));
    CHECK_FALSE(is_json(static_cast<char>(std::toupper(*text)) + std::string(text + 1)));
  }
  CHECK_FALSE(is_json("undefined"));
  CHECK_FALSE(is_json("[truefalse]"));
}

TEST_CASE("a text is one value, with nothing before or behind it") {
  for (const char *text : {"{}", "[]", " [ ] ", "\r\n\t{\n}\t", "[1,2]", "[[],[]]", "\"\"", "1",
                           R"({"a":1,"a":2})", R"({"":""})"}) {
    CHECK(is_json(text));
  }
  for (const char *text : {"",
                           " ",
                           "{",
                           "[",
                           "}",
                           "]",
                           "{}x",
                           "{}{}",
                           "[]]",
                           "[}",
                           "{]",
                           "[1",
                           "[1,",
                           "[1,]",
                           "[,1]",
                           "[,]",
                           "[1 2]",
                           "[1,,2]",
                           ",",
                           ":",
                           "{,}",
                           "{1:2}",
                           "{a:1}",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a" 1})",
                           R"({"a":1,})",
                           R"({,"a":1})",
                           "{null:1}",
                           R"({"a":1 "b":2})",
                           R"({"a"::1})",
                           R"({"a":1:2})",
                           R"(["a":1])",
                           R"({"a",1})",
                           "'a'",
                           "\"",
                           "\"a",
                           "[\"a]",
                           "// a\n1",
                           "/**/1",
                           "1#",
                           R"({"a":1;"b":2})",
                           "[1]//"}) {
    CHECK_FALSE(is_json(text));
  }
  CHECK_FALSE(is_json(std::string_view("{}\0", 3)));
  CHECK_FALSE(is_json(std::string_view("\0{}", 3)));
}

TEST_CASE("a text that is cut anywhere is refused") {
  const std::string text = R"( {"a":[1.5e3,"\u00e9\n\ud83d\ude00",{"b":null}],"c":false,"d":-0})";
  REQUIRE(is_json(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    CHECK_FALSE(is_json(text.substr(0, size)));
  }
}

TEST_CASE("nesting is bounded, and no depth of brackets exhausts the stack") {
  CHECK(is_json("[[[[]]]]"));
  CHECK_FALSE(is_json("[[[[[]]]]]"));
  CHECK(is_json(R"({"a":{"a":{"a":{"a":1}}}})"));
  CHECK_FALSE(is_json(R"({"a":{"a":{"a":{"a":[]}}}})"));
  CHECK(is_json("[[[[]]],[[[]],[[]]]]"));
  CHECK_FALSE(is_json(std::string(1'000'000, '[')));
  CHECK_FALSE(is_json(std::string(500'000, '[') + std::string(500'000, ']')));
  std::string objects;
  for (int i = 0; i < 1000; ++i) {
    objects += "{\"a\":";
  }
  CHECK_FALSE(is_json(objects));

  // The same for what is entered.
  Text json("[[[[[]]]]]");
  for (int depth = 0; depth < JsonReader::kMaxDepth; ++depth) {
    REQUIRE(json->enter_array());
    REQUIRE(json->next());
  }
  CHECK_FALSE(json->enter_array());
  CHECK_FALSE(json->next());
  CHECK_FALSE(json->finish());
}

TEST_CASE("the number of values is bounded, those that are skipped included") {
  CHECK(is_json("[1,2,3]", 3));
  CHECK_FALSE(is_json("[1,2,3]", 2));
  CHECK(is_json(R"({"a":[1,2],"b":","})", 3));
  CHECK_FALSE(is_json(R"({"a":[1,2],"b":","})", 2));
  Text json("[1,2,3]", 2);
  REQUIRE(json->enter_array());
  CHECK(json->next());
  CHECK(json->next());
  CHECK_FALSE(json->next());
  CHECK_FALSE(json->finish());
}

TEST_CASE("after an error every call finds nothing, and loops end") {
  for (const char *text : {"{\"a\":1,\"b\":tru,\"c\":[1]}", "{\"a\":1,\"b\":tru"}) {
    Text json(text);
    REQUIRE(json->enter_object());
    REQUIRE(json->next());
    CHECK(json->value().integer() == 1);
    REQUIRE(json->next());
    CHECK(json->value().is(JsonKind::None));
    CHECK_FALSE(json->next());
    CHECK_FALSE(json->next());
    CHECK(json->name() == "");
    CHECK(json->value().is(JsonKind::None));
    json->skip();
    CHECK_FALSE(json->enter_object());
    CHECK_FALSE(json->enter_array());
    CHECK_FALSE(json->finish());
  }
}

TEST_CASE("a text that was not read to its end is not accepted") {
  Text unread("{}");
  CHECK_FALSE(unread->finish());
  Text inside("{}");
  REQUIRE(inside->enter_object());
  CHECK_FALSE(inside->finish());
  Text nested(R"({"a":{}})");
  REQUIRE(nested->enter_object());
  REQUIRE(nested->next());
  CHECK_FALSE(nested->finish());
  REQUIRE(nested->enter_object());
  CHECK_FALSE(nested->next());
  CHECK_FALSE(nested->finish());
  CHECK_FALSE(nested->next());
  CHECK(nested->finish());
}

TEST_CASE("a value is read once") {
  Text twice("[1,2]");
  REQUIRE(twice->enter_array());
  REQUIRE(twice->next());
  CHECK(twice->value().integer() == 1);
  CHECK(twice->value().is(JsonKind::None));
  CHECK_FALSE(twice->finish());

  Text beyond("[]");
  REQUIRE(beyond->enter_array());
  CHECK_FALSE(beyond->next());
  CHECK_FALSE(beyond->next());
  CHECK_FALSE(beyond->finish());
}

TEST_CASE("decoding stays within the string that it decodes") {
  const std::string text = R"(["\u0041\u00e9\ud83d\ude00","next"])";
  Text json(text);
  REQUIRE(json->enter_array());
  REQUIRE(json->next());
  const JsonValue value = json->value();
  CHECK(value.text == "A\xC3\xA9\xF0\x9F\x98\x80");
  const std::size_t begin = text.find("\\u");
  CHECK(value.text.data() == json.buffer().data() + begin);
  CHECK(json.buffer().substr(0, begin) == text.substr(0, begin));
  const std::size_t end = text.find("\",\"next");
  CHECK(json.buffer().substr(end) == text.substr(end));
}
