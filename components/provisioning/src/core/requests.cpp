#include "core/requests.hpp"

#include <cstdint>
#include <string_view>

#include "core/hex.hpp"
#include "core/network.hpp"

namespace espp::provisioning {
namespace {

/// The deepest nesting let through; each level is a call on a task's small stack.
constexpr int kMaxDepth = 4;

enum class Kind : std::uint8_t { Missing, String, True, False, Null, Other };

/// A member's value; of a string the bytes, without its escapes.
struct Value {
  Kind kind{Kind::Missing};
  std::string_view text;
};

/// Reads JSON (RFC 8259) where it lies: escapes in strings are replaced in place, since what they
/// stand for is never longer. So it takes no memory, and leaves no copy of a password behind.
class Reader {
public:
  explicit Reader(std::span<char> text) : at_(text.data()), end_(text.data() + text.size()) {}

  /// Reads one object and nothing else. `take(name, value)` is called with each of its members.
  template <typename Take> bool read_object(Take take) {
    return take_char('{') && members(take) && at_ == end_;
  }

private:
  /// After the opening brace.
  template <typename Take> bool members(Take take) {
    if (take_char('}')) {
      return true;
    }
    do {
      Value name;
      Value value;
      if (!read_string(name) || !take_char(':') || !read_value(value)) {
        return false;
      }
      take(name.text, value);
    } while (take_char(','));
    return take_char('}');
  }

  bool read_value(Value &value) {
    skip_space();
    if (at_ == end_) {
      return false;
    }
    value.kind = Kind::Other;
    switch (*at_) {
    case '"':
      return read_string(value);
    case '{':
    case '[': {
      if (depth_ == kMaxDepth) {
        return false;
      }
      ++depth_;
      const bool is_good =
          *at_++ == '{' ? members([](std::string_view, const Value &) {}) : elements();
      --depth_;
      skip_space();
      return is_good;
    }
    case 't':
      value.kind = Kind::True;
      return take_word("true");
    case 'f':
      value.kind = Kind::False;
      return take_word("false");
    case 'n':
      value.kind = Kind::Null;
      return take_word("null");
    default:
      return skip_number();
    }
  }

  /// After the opening bracket.
  bool elements() {
    if (take_char(']')) {
      return true;
    }
    do {
      Value value;
      if (!read_value(value)) {
        return false;
      }
    } while (take_char(','));
    return take_char(']');
  }

  bool read_string(Value &value) {
    if (!take_char('"', /*then_space=*/false)) {
      return false;
    }
    char *const begin = at_;
    char *out = begin;
    while (at_ != end_ && *at_ != '"') {
      if (static_cast<unsigned char>(*at_) < ' ') {
        return false;
      }
      if (*at_ != '\\') {
        *out++ = *at_++;
      } else if (++at_ == end_ || !read_escape(out)) {
        return false;
      }
    }
    value = {Kind::String, {begin, static_cast<std::size_t>(out - begin)}};
    return take_char('"');
  }

  /// After the backslash.
  bool read_escape(char *&out) {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char c = *at_++;
    if (c == 'u') {
      return read_code_point(out);
    }
    const auto which = kEscapes.find(c);
    if (which == std::string_view::npos) {
      return false;
    }
    *out++ = kMeanings[which];
    return true;
  }

  /// After the `u`. U+0000 is refused: nothing that the device knows can hold it.
  bool read_code_point(char *&out) {
    std::uint32_t code = 0;
    if (!read_unit(code)) {
      return false;
    }
    if (code >= 0xD800 && code < 0xE000) {
      std::uint32_t low = 0;
      if (code >= 0xDC00 || end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') {
        return false;
      }
      at_ += 2;
      if (!read_unit(low) || low < 0xDC00 || low >= 0xE000) {
        return false;
      }
      code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
    }
    if (code < 0x80) {
      *out++ = static_cast<char>(code);
      return code != 0;
    }
    // RFC 3629: the lead byte tells how many of six bits follow.
    const unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const unsigned lead = more == 1 ? 0xC0 : more == 2 ? 0xE0 : 0xF0;
    *out++ = static_cast<char>(lead | code >> 6 * more);
    for (unsigned left = more; left-- > 0;) {
      *out++ = static_cast<char>(0x80U | (code >> 6 * left & 0x3FU));
    }
    return true;
  }

  bool read_unit(std::uint32_t &unit) {
    if (end_ - at_ < 4) {
      return false;
    }
    for (int i = 0; i < 4; ++i) {
      const int digit = hex_value(*at_++);
      if (digit < 0) {
        return false;
      }
      unit = unit << 4U | static_cast<unsigned>(digit);
    }
    return true;
  }

  /// `-12.5e+3`: no number is of any use here.
  bool skip_number() {
    take_one('-');
    if (!take_one('0') && !skip_digits()) {
      return false;
    }
    if (take_one('.') && !skip_digits()) {
      return false;
    }
    if (take_one('e') || take_one('E')) {
      static_cast<void>(take_one('+') || take_one('-'));
      if (!skip_digits()) {
        return false;
      }
    }
    skip_space();
    return true;
  }

  bool skip_digits() {
    const char *const begin = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') {
      ++at_;
    }
    return at_ != begin;
  }

  bool take_one(char c) {
    const bool is_there = at_ != end_ && *at_ == c;
    at_ += is_there ? 1 : 0;
    return is_there;
  }

  bool take_char(char c, bool then_space = true) {
    skip_space();
    const bool is_there = take_one(c);
    if (then_space) {
      skip_space();
    }
    return is_there;
  }

  bool take_word(std::string_view word) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) {
      return false;
    }
    at_ += word.size();
    skip_space();
    return true;
  }

  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) {
      ++at_;
    }
  }

  char *at_;
  char *end_;
  int depth_{1};
};

/// Wipes the body on every way out.
struct WipedBody {
  std::span<char> body;
  ~WipedBody() { wipe(body.data(), body.size()); }
};

std::expected<Ssid, ApiError> read_ssid(const Value &text, const Value &hex) {
  if (hex.kind != Kind::Missing) {
    const auto ssid = hex.kind == Kind::String && text.kind == Kind::Missing
                          ? Ssid::from_hex(hex.text)
                          : std::nullopt;
    // The driver's configuration has no length beside the name, so a NUL byte would end it.
    if (!ssid || ssid->bytes().find('\0') != std::string_view::npos) {
      return std::unexpected(ApiError::InvalidSsidHex);
    }
    return *ssid;
  }
  const auto ssid = text.kind == Kind::String ? Ssid::from_bytes(text.text) : std::nullopt;
  if (!ssid || !ssid->is_text()) {
    return std::unexpected(ApiError::InvalidSsid);
  }
  return *ssid;
}

} // namespace

std::expected<ConnectRequest, ApiError> parse_connect_request(std::span<char> body) {
  const WipedBody wiped{body};
  struct Field {
    std::string_view name;
    Value value{};
  };
  Field fields[] = {{"ssid"}, {"ssid_hex"}, {"password"}, {"saved"}};
  auto &[text, hex, password, saved] = fields;
  const bool is_object = Reader(body).read_object([&](std::string_view name, const Value &value) {
    for (Field &field : fields) {
      // Of several with the same name the first counts.
      if (field.name == name && field.value.kind == Kind::Missing) {
        field.value = value;
      }
    }
  });
  if (!is_object) {
    return std::unexpected(ApiError::InvalidJson);
  }

  ConnectRequest request;
  const auto ssid = read_ssid(text.value, hex.value);
  if (!ssid) {
    return std::unexpected(ssid.error());
  }
  request.ssid = *ssid;

  const auto is_given = [](const Value &value) { return value.kind != Kind::Missing; };
  if (is_given(password.value) && password.value.kind != Kind::Null) {
    if (password.value.kind != Kind::String || !is_valid_password(password.value.text)) {
      return std::unexpected(ApiError::InvalidPassword);
    }
    request.password = Secret(password.value.text);
  }
  if (is_given(saved.value)) {
    request.use_saved = saved.value.kind == Kind::True;
    if ((!request.use_saved && saved.value.kind != Kind::False) ||
        (request.use_saved && !request.password.empty())) {
      return std::unexpected(ApiError::InvalidSaved);
    }
  }
  return request;
}

} // namespace espp::provisioning
