#include "codec/json_writer.hpp"

#include <algorithm>

#include "domain/decimal.hpp"
#include "domain/hex.hpp"

namespace espp::provisioning {
namespace {

constexpr std::string_view kLineSeparator = "\xE2\x80\xA8";      // U+2028
constexpr std::string_view kParagraphSeparator = "\xE2\x80\xA9"; // U+2029

/// How many bytes at the beginning of `text`, which must not be empty, are one character that is
/// escaped; 0 if it is none.
constexpr std::size_t size_of_escaped(std::string_view text) {
  const char c = text.front();
  const auto byte = static_cast<std::uint8_t>(c);
  if (c == '"' || c == '\\' || c == '<' || byte < 0x20 || byte == 0x7F) {
    return 1;
  }
  return c == kLineSeparator.front() &&
                 (text.starts_with(kLineSeparator) || text.starts_with(kParagraphSeparator))
             ? kLineSeparator.size()
             : 0;
}

} // namespace

void JsonWriter::make_room() {
  if (size_ == buffer_.size()) {
    if (!refused_) {
      refused_ = !sink_.write({buffer_.data(), size_});
    }
    size_ = 0;
  }
}

void JsonWriter::put(char c) {
  make_room();
  buffer_[size_++] = c;
}

void JsonWriter::put(std::string_view text) {
  while (!text.empty()) {
    make_room();
    const std::size_t fits = std::min(text.size(), buffer_.size() - size_);
    std::copy_n(text.data(), fits, buffer_.data() + size_);
    size_ += fits;
    text.remove_prefix(fits);
  }
}

bool JsonWriter::finish() {
  return !refused_ && sink_.finish({buffer_.data(), size_});
}

void JsonWriter::begin_value() {
  if (comma_) {
    put(',');
  }
  comma_ = true;
}

void JsonWriter::open(char bracket) {
  begin_value();
  put(bracket);
  comma_ = false;
}

void JsonWriter::close(char bracket) {
  put(bracket);
  comma_ = true;
}

void JsonWriter::quoted(std::string_view text) {
  put('"');
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && size_of_escaped(suffix(text, plain)) == 0) {
      ++plain;
    }
    put(prefix(text, plain));
    text.remove_prefix(plain);
    if (text.empty()) {
      break;
    }
    const char c = text.front();
    const auto byte = static_cast<std::uint8_t>(c);
    const std::size_t size = size_of_escaped(text);
    if (size > 1) {
      put(text.starts_with(kLineSeparator) ? "\\u2028" : "\\u2029");
    } else if (c == '"' || c == '\\') {
      put('\\');
      put(c);
    } else {
      put("\\u00");
      put(hex_digit(byte >> 4U));
      put(hex_digit(byte));
    }
    text.remove_prefix(size);
  }
  put('"');
}

void JsonWriter::key(const char *name) {
  begin_value();
  put('"');
  put(name);
  put("\":");
  comma_ = false;
}

void JsonWriter::string(std::string_view text) {
  begin_value();
  quoted(text);
}

void JsonWriter::number(std::uint32_t value) {
  begin_value();
  put(Decimal(value).text());
}

void JsonWriter::number(int value) {
  begin_value();
  const auto bits = static_cast<std::uint32_t>(value);
  if (value < 0) {
    put('-');
  }
  put(Decimal(value < 0 ? 0U - bits : bits).text());
}

void JsonWriter::boolean(bool value) {
  begin_value();
  put(value ? "true" : "false");
}

void JsonWriter::null() {
  begin_value();
  put("null");
}

void JsonWriter::member(const char *name, std::string_view text) {
  key(name);
  string(text);
}

void JsonWriter::member(const char *name, const char *text) {
  member(name, std::string_view(text));
}

void JsonWriter::member(const char *name, std::uint32_t value) {
  key(name);
  number(value);
}

void JsonWriter::member(const char *name, int value) {
  key(name);
  number(value);
}

void JsonWriter::member(const char *name, bool value) {
  key(name);
  boolean(value);
}

void JsonWriter::member(const char *name, const char *hex_name, const Ssid &ssid) {
  if (ssid.is_text()) {
    member(name, ssid.bytes());
  } else {
    member(hex_name, ssid.hex().view());
  }
}

void JsonWriter::member(const Ssid &ssid) {
  member("ssid", "ssid_hex", ssid);
}

} // namespace espp::provisioning
