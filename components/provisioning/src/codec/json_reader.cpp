#include "codec/json_reader.hpp"

#include <iterator>

#include "domain/hex.hpp"
#include "domain/text.hpp"

namespace espp::provisioning {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The halves of a surrogate pair (Unicode, D71 to D75).
constexpr bool is_high_surrogate(std::int32_t code) {
  return code >= 0xD800 && code <= 0xDBFF;
}
constexpr bool is_low_surrogate(std::int32_t code) {
  return code >= 0xDC00 && code <= 0xDFFF;
}

/// The characters that may follow a backslash, each with what it stands for behind it.
constexpr std::string_view kShortEscapes = "\"\"\\\\//b\bf\fn\nr\rt\t";

} // namespace

std::optional<std::int64_t> JsonValue::integer() const {
  // The largest number of digits that fits without a check for overflow.
  constexpr std::size_t kMaxDigits = 18;
  const bool is_negative = text.starts_with('-');
  const std::string_view digits = suffix(text, is_negative ? 1 : 0);
  if (kind != JsonKind::Number || digits.size() > kMaxDigits) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return is_negative ? -value : value;
}

JsonReader::JsonReader(std::span<char> text, std::size_t max_values)
    : at_(text.data()), end_(text.data() + text.size()), values_left_(max_values) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (std::string_view(at_, text.size()).starts_with(kByteOrderMark)) {
    at_ += kByteOrderMark.size();
  }
}

bool JsonReader::next() {
  if (is_due_) {
    skip();
  }
  return go_on(Escapes::Decode);
}

JsonValue JsonReader::value() {
  skip_space();
  const char c = at_ == end_ ? '\0' : *at_;
  if (c != '{' && c != '[') {
    return read_scalar(Escapes::Decode);
  }
  skip();
  const JsonKind kind = c == '{' ? JsonKind::Object : JsonKind::Array;
  return {.kind = has_failed_ ? JsonKind::None : kind, .text = {}};
}

void JsonReader::skip() {
  const std::uint8_t outside = depth_;
  do {
    if (!enter('{') && !enter('[')) {
      read_scalar(Escapes::Keep);
    }
    while (depth_ > outside && !go_on(Escapes::Keep)) {
    }
  } while (depth_ > outside);
}

bool JsonReader::finish() {
  skip_space();
  return !has_failed_ && !is_due_ && depth_ == 0 && at_ == end_;
}

/// Leaves nothing to read, so that loops end. Always false.
bool JsonReader::fail() {
  has_failed_ = true;
  at_ = end_;
  depth_ = 0;
  is_due_ = false;
  name_ = {};
  return false;
}

void JsonReader::skip_space() {
  while (take(' ') || take('\n') || take('\r') || take('\t')) {
  }
}

bool JsonReader::take(char c) {
  if (at_ == end_ || *at_ != c) {
    return false;
  }
  ++at_;
  return true;
}

bool JsonReader::enter(char bracket) {
  skip_space();
  if (!is_due_ || at_ == end_ || *at_ != bracket) {
    return false;
  }
  if (depth_ == kMaxDepth) {
    return fail();
  }
  ++at_;
  ++depth_;
  objects_ = objects_ << 1U | (bracket == '{' ? 1U : 0U);
  is_first_ = true;
  is_due_ = false;
  return true;
}

/// Goes on to the next member or element, after a value or an opening bracket.
bool JsonReader::go_on(Escapes escapes) {
  if (depth_ == 0) {
    return fail();
  }
  const bool is_object = (objects_ & 1U) != 0;
  const bool is_first = is_first_;
  is_first_ = false;
  skip_space();
  if (take(is_object ? '}' : ']')) {
    --depth_;
    objects_ >>= 1U;
    return false;
  }
  if (!is_first && (!take(',') || values_left_-- <= 1)) {
    return fail();
  }
  if (is_object) {
    skip_space();
    name_ = read_string(escapes);
    skip_space();
    if (!take(':')) {
      return fail();
    }
  }
  is_due_ = true;
  return true;
}

/// Reads a value that is neither an object nor an array.
JsonValue JsonReader::read_scalar(Escapes escapes) {
  JsonValue value;
  skip_space();
  const char *const begin = at_;
  const char c = at_ == end_ ? '\0' : *at_;
  if (is_due_ && c == '"') {
    value = {.kind = JsonKind::String, .text = read_string(escapes)};
  } else if (is_due_ && (c == '-' || is_digit(c))) {
    value.kind = read_number() ? JsonKind::Number : JsonKind::None;
    value.text = {begin, at_};
  } else if (is_due_) {
    value.kind = read_word();
  }
  is_due_ = false;
  if (value.is(JsonKind::None)) {
    fail();
  }
  return has_failed_ ? JsonValue{} : value;
}

/// Reads a string; if its escapes are kept, the returned text is of no use.
std::string_view JsonReader::read_string(Escapes escapes) {
  if (!take('"')) {
    fail();
    return {};
  }
  const char *const begin = at_;
  // An escape is longer than the bytes that it stands for, so this never overtakes `at_`.
  char *to = at_;
  const auto put = [&to, escapes](std::uint32_t byte) {
    if (escapes == Escapes::Decode) {
      *to = static_cast<char>(byte);
    }
    ++to;
  };
  while (at_ != end_) {
    const char c = *at_++;
    if (c == '"') {
      return {begin, to};
    }
    if (static_cast<unsigned char>(c) < ' ') {
      break;
    }
    if (c != '\\') {
      put(static_cast<unsigned char>(c));
      continue;
    }
    const std::int32_t read = read_code_point();
    if (read < 0) {
      break;
    }
    // UTF-8 (RFC 3629): the first byte tells how many others follow, each with six bits.
    constexpr std::uint8_t kFirstByte[] = {0x00, 0xC0, 0xE0, 0xF0};
    const auto code = static_cast<std::uint32_t>(read);
    unsigned others = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    put(kFirstByte[others] | code >> (6 * others));
    while (others > 0) {
      --others;
      put(0x80U | (code >> (6 * others) & 0x3FU));
    }
  }
  fail();
  return {};
}

/// Reads what follows a backslash; -1 if that is no escape.
std::int32_t JsonReader::read_code_point() {
  if (!take('u')) {
    for (std::size_t i = 0; i < kShortEscapes.size(); i += 2) {
      if (take(kShortEscapes[i])) {
        return kShortEscapes[i + 1];
      }
    }
    return -1;
  }
  const std::int32_t code = read_four_digits();
  if (is_low_surrogate(code)) {
    return -1;
  }
  if (!is_high_surrogate(code)) {
    return code;
  }
  const std::int32_t low = take('\\') && take('u') ? read_four_digits() : -1;
  return is_low_surrogate(low) ? 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00) : -1;
}

/// Reads four hexadecimal digits; -1 if there are fewer.
std::int32_t JsonReader::read_four_digits() {
  std::int32_t code = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = at_ == end_ ? -1 : hex_value(*at_++);
    if (digit < 0) {
      return -1;
    }
    code = code * 16 + digit;
  }
  return code;
}

bool JsonReader::read_number() {
  take('-');
  if (!take('0') && !read_digits()) {
    return false;
  }
  if (take('.') && !read_digits()) {
    return false;
  }
  if (!take('e') && !take('E')) {
    return true;
  }
  if (!take('+')) {
    take('-');
  }
  return read_digits();
}

/// Reads one or more digits.
bool JsonReader::read_digits() {
  const char *const begin = at_;
  while (at_ != end_ && is_digit(*at_)) {
    ++at_;
  }
  return at_ != begin;
}

JsonKind JsonReader::read_word() {
  constexpr std::string_view kWords[] = {"null", "false", "true"};
  constexpr JsonKind kKinds[] = {JsonKind::Null, JsonKind::False, JsonKind::True};
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (rest.starts_with(kWords[i])) {
      at_ += kWords[i].size();
      return kKinds[i];
    }
  }
  return JsonKind::None;
}

} // namespace espp::provisioning
