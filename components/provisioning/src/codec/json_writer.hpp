#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "domain/ssid.hpp"

namespace espp::provisioning {

/// Where a JsonWriter puts its text, a piece at a time.
class TextSink {
public:
  /// Takes the next piece, valid during the call only. False: it could not; nothing more comes.
  virtual bool write(std::string_view text) = 0;
  /// Takes the last piece, which is the only one of a text that fits a writer's buffer.
  virtual bool finish(std::string_view text) = 0;

protected:
  ~TextSink() = default;
};

/// Writes one JSON value (RFC 8259) piece by piece through a buffer of its own, without allocation,
/// so that a long answer never stands in memory whole. Commas are set by the writer; that objects
/// and arrays are closed in the order they were opened is the caller's part. Not thread-safe.
class JsonWriter {
public:
  /// Bytes gathered before the sink is called: about what a TCP segment on a soft-AP is worth
  /// sending for, and little on a task's stack.
  static constexpr std::size_t kBufferSize = 384;

  /// `sink` must outlive the writer.
  explicit JsonWriter(TextSink &sink) : sink_(sink) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  /// A member's name, in which nothing needs escaping; its value has to follow.
  void key(const char *name);
  /// `text` must be UTF-8. Control characters, quotes and backslashes are escaped; so are `<`,
  /// U+2028 and U+2029, so that the JSON can stand in a script element of HTML.
  void string(std::string_view text);
  void number(std::uint32_t value);
  void number(int value);
  void boolean(bool value);
  void null();

  void member(const char *name, std::string_view text);
  void member(const char *name, const char *text);
  void member(const char *name, std::uint32_t value);
  void member(const char *name, int value);
  void member(const char *name, bool value);
  /// As `name` where the bytes are text, else as hexadecimal digits under `hex_name`.
  void member(const char *name, const char *hex_name, const Ssid &ssid);
  /// As `ssid` or `ssid_hex`.
  void member(const Ssid &ssid);

  /// Hands what is left to the sink; call once. False if the sink refused anything.
  bool finish();

private:
  void open(char bracket);
  void close(char bracket);
  void begin_value();
  void make_room();
  void put(char c);
  void put(std::string_view text);
  void quoted(std::string_view text);

  TextSink &sink_;
  std::array<char, kBufferSize> buffer_;
  std::size_t size_{0};
  bool comma_{false};
  bool refused_{false};
};

} // namespace espp::provisioning
