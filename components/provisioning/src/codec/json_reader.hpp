#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace espp::provisioning {

/// The kinds of a JSON value.
enum class JsonKind : std::uint8_t {
  None, ///< there is no value: the member is absent, or the text is wrong
  Null,
  False,
  True,
  Number,
  String,
  Array,
  Object
};

/// A value that a JsonReader has read. A plain value; its text lives in the reader's buffer.
struct JsonValue {
  JsonKind kind{JsonKind::None};
  /// Of a string, the decoded characters, which may include U+0000 and bytes that are not UTF-8. Of
  /// a number, its characters as they were written. Else empty.
  std::string_view text;

  bool is(JsonKind wanted) const { return kind == wanted; }

  /// The number, if it is written without fraction and exponent and has at most 18 digits. That
  /// includes every integer that JavaScript holds exactly (up to 2^53).
  std::optional<std::int64_t> integer() const;
};

/// Reads a JSON text (RFC 8259) in the buffer that holds it, one value at a time, in the order of
/// the text. It allocates nothing, does not recurse and converts no floating-point numbers, and it
/// decodes strings in place, so that no copy of a secret exists outside of the buffer.
///
///     JsonReader json(body, 16);
///     if (!json.enter_object()) { ... }
///     while (json.next()) {
///       if (json.name() == "revision") {
///         revision = json.value().integer();
///       } else if (json.name() == "values" && json.enter_object()) {
///         while (json.next()) { ... }
///       }
///     }
///     if (!json.finish()) { ... } // everything read so far came from a broken text
///
/// Errors are sticky: after the first one every call finds nothing, loops end, and finish() is
/// false. Only finish() says that the whole text is JSON, so act on nothing before it. A copy of a
/// reader marks a place to return to: a value that is skipped stays as it was written, while one
/// that is read cannot be read again.
///
/// The reader accepts exactly what RFC 8259 allows, within the limits below. A byte order mark in
/// front of the text is ignored. Bytes from 0x80 on in strings are not checked: see is_utf8().
/// Not thread-safe.
class JsonReader {
public:
  /// The deepest nesting of objects and arrays that is accepted.
  static constexpr int kMaxDepth = 4;

  /// `text` must outlive the reader and the values it has read; it needs no NUL at its end. The
  /// text may have at most `max_values` values, counted as its commas and one.
  JsonReader(std::span<char> text, std::size_t max_values);

  /// Enters the object or array that comes next; its members or elements have to be read up to the
  /// end, where next() is false. False, and nothing is read, if some other value comes next.
  bool enter_object() { return enter('{'); }
  bool enter_array() { return enter('['); }

  /// Goes on to the next member or element of the innermost object or array that was entered, and
  /// skips the value before it if nobody has read that. At the end it leaves the object or array
  /// and returns false.
  bool next();

  /// The decoded name of the member that next() went to, until its value is entered or skipped.
  std::string_view name() const { return name_; }

  /// Reads the value that comes next. An object or an array is skipped, and only its kind is told.
  JsonValue value();

  /// Reads over the value that comes next; the text stays as it is.
  void skip();

  /// True if the text was one JSON value, all of it was read, and nothing follows it.
  bool finish();

private:
  /// What becomes of the escapes in a string.
  enum class Escapes : std::uint8_t { Keep, Decode };

  bool fail();
  void skip_space();
  bool take(char c);
  bool enter(char bracket);
  bool go_on(Escapes escapes);
  JsonValue read_scalar(Escapes escapes);
  std::string_view read_string(Escapes escapes);
  std::int32_t read_code_point();
  std::int32_t read_four_digits();
  bool read_number();
  bool read_digits();
  JsonKind read_word();

  char *at_;
  char *end_;
  std::string_view name_;
  std::size_t values_left_;
  /// One bit for each open bracket, the innermost lowest: 1 for an object, 0 for an array.
  std::uint32_t objects_{0};
  std::uint8_t depth_{0};
  /// Nothing of the innermost object or array has been read.
  bool is_first_{false};
  /// A value comes next.
  bool is_due_{true};
  bool has_failed_{false};
};

} // namespace espp::provisioning
