#include "core/json_writer.hpp"

#include <charconv>

#include "core/hex.hpp"

namespace espp::provisioning {

void JsonWriter::put(char c) {
  if (size_ == buffer_.size()) {
    if (!refused_) {
      refused_ = !sink_.write({buffer_.data(), size_});
    }
    size_ = 0;
  }
  buffer_[size_++] = c;
}

void JsonWriter::put(std::string_view text) {
  for (const char c : text) {
    put(c);
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
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == '"' || c == '\\') {
      put('\\');
      put(c);
    } else if (byte < 0x20 || byte == 0x7F) {
      put("\\u00");
      put(hex_digit(byte >> 4U));
      put(hex_digit(byte));
    } else {
      put(c);
    }
  }
  put('"');
}

void JsonWriter::key(std::string_view name) {
  begin_value();
  quoted(name);
  put(':');
  comma_ = false;
}

void JsonWriter::string(std::string_view text) {
  begin_value();
  quoted(text);
}

void JsonWriter::number(std::int64_t value) {
  begin_value();
  std::array<char, 20> digits; // -9223372036854775808
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  put({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void JsonWriter::boolean(bool value) {
  begin_value();
  put(value ? "true" : "false");
}

void JsonWriter::null() {
  begin_value();
  put("null");
}

void JsonWriter::member(const Ssid &ssid) {
  if (ssid.is_text()) {
    member("ssid", ssid.bytes());
    return;
  }
  key("ssid_hex");
  begin_value();
  put('"');
  for (const char c : ssid.bytes()) {
    put(hex_digit(static_cast<std::uint8_t>(c) >> 4U));
    put(hex_digit(static_cast<std::uint8_t>(c)));
  }
  put('"');
}

} // namespace espp::provisioning
