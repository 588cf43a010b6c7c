#include "core/json_writer.hpp"

#include <algorithm>

#include "core/decimal.hpp"
#include "core/hex.hpp"

namespace espp::provisioning {
namespace {

constexpr bool needs_escape(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return c == '"' || c == '\\' || byte < 0x20 || byte == 0x7F;
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
    while (plain < text.size() && !needs_escape(text[plain])) {
      ++plain;
    }
    put(head(text, plain));
    text.remove_prefix(plain);
    if (text.empty()) {
      break;
    }
    const char c = text.front();
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == '"' || c == '\\') {
      put('\\');
      put(c);
    } else {
      put("\\u00");
      put(hex_digit(byte >> 4U));
      put(hex_digit(byte));
    }
    text.remove_prefix(1);
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
