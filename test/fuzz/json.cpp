// Any JSON text. JsonReader accepts it if cJSON does (cjson_oracle.hpp), in whichever way it is
// read: skipped, as one value, or member by member; and then it finds the same names and values.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "cjson_oracle.hpp"
#include "codec/json_reader.hpp"
#include "expect.hpp"

using namespace espp::provisioning;

namespace {

constexpr oracle::Limits kLimits{.depth = 4, .values = 64};

JsonKind kind_of(const cJSON *item) {
  if (cJSON_IsNull(item)) {
    return JsonKind::Null;
  }
  if (cJSON_IsFalse(item)) {
    return JsonKind::False;
  }
  if (cJSON_IsTrue(item)) {
    return JsonKind::True;
  }
  if (cJSON_IsNumber(item)) {
    return JsonKind::Number;
  }
  if (cJSON_IsString(item)) {
    return JsonKind::String;
  }
  return cJSON_IsArray(item) ? JsonKind::Array : JsonKind::Object;
}

void check_number(const JsonValue &value, const cJSON *item) {
  const std::string text(value.text);
  const bool is_long = text.size() > 63; // cJSON never saw it
  EXPECT(is_long || std::strtod(text.c_str(), nullptr) == item->valuedouble);
  const bool is_integer = text.find_first_of(".eE") == std::string::npos;
  const std::size_t digits = text.size() - (text.front() == '-' ? 1 : 0);
  const auto integer = value.integer();
  EXPECT(integer.has_value() == (is_integer && digits <= 18));
  EXPECT(!integer || *integer == std::strtoll(text.c_str(), nullptr, 10));
}

/// Reads all that comes next and compares it with what cJSON found.
void check_same(JsonReader &json, const oracle::Tree &tree, const cJSON *item) {
  const JsonKind kind = kind_of(item);
  if (kind == JsonKind::Object || kind == JsonKind::Array) {
    const bool is_object = kind == JsonKind::Object;
    EXPECT(is_object ? !json.enter_array() : !json.enter_object());
    EXPECT(is_object ? json.enter_object() : json.enter_array());
    for (const cJSON *child = item->child; child != nullptr; child = child->next) {
      EXPECT(json.next());
      EXPECT(!is_object || json.name() == tree.name_of(child));
      check_same(json, tree, child);
    }
    EXPECT(!json.next());
    return;
  }
  EXPECT(!json.enter_object() && !json.enter_array());
  const JsonValue value = json.value();
  EXPECT(value.kind == kind);
  if (kind == JsonKind::String) {
    EXPECT(value.text == tree.string_of(item));
  } else if (kind == JsonKind::Number) {
    check_number(value, item);
  } else {
    EXPECT(value.text.empty());
  }
}

/// Reads all that comes next, whatever it is.
void read_all(JsonReader &json) {
  if (!json.enter_object() && !json.enter_array()) {
    json.value();
    return;
  }
  while (json.next()) {
    read_all(json);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const auto tree = oracle::parse(text, kLimits);
  std::vector<char> buffer(text.begin(), text.end());

  JsonReader skipping(buffer, kLimits.values);
  JsonReader reading = skipping;
  skipping.skip();
  const bool accepted = skipping.finish();
  EXPECT(std::ranges::equal(buffer, text));
  EXPECT(!tree || accepted == (tree->root() != nullptr));

  if (accepted && tree) {
    check_same(reading, *tree, tree->root());
  } else {
    read_all(reading);
  }
  EXPECT(reading.finish() == accepted);

  std::ranges::copy(text, buffer.begin());
  JsonReader whole(buffer, kLimits.values);
  const JsonKind kind = whole.value().kind;
  EXPECT(whole.finish() == accepted);
  EXPECT(!accepted || !tree || kind == kind_of(tree->root()));
  return 0;
}
