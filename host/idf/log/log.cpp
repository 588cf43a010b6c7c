#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "esp_log.h"
#include "host/clock.hpp"

namespace {

constexpr int kBytesPerLine = 16;

int write_to_stdout(const char *format, va_list arguments);

struct Levels {
  std::mutex mutex;
  esp_log_level_t default_level = static_cast<esp_log_level_t>(CONFIG_LOG_DEFAULT_LEVEL);
  std::map<std::string, esp_log_level_t, std::less<>> by_tag;
  vprintf_like_t print = write_to_stdout;
};

// Never destroyed: tasks may still log while the process exits.
Levels &levels() {
  static Levels *const instance = new Levels;
  return *instance;
}

// One write per line, so that lines of several threads and processes don't mix.
void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) {
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

int write_to_stdout(const char *format, va_list arguments) {
  char line[512];
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(line, sizeof(line), format, arguments);
  if (length >= 0) {
    const auto size = static_cast<std::size_t>(length);
    if (size < sizeof(line)) {
      write_all({line, size});
    } else {
      std::string longer(size, '\0');
      std::vsnprintf(longer.data(), size + 1, format, again);
      write_all(longer);
    }
  }
  va_end(again);
  return length;
}

char printable(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
}

template <typename Line>
void log_lines(const char *tag, const void *buffer, std::size_t size, esp_log_level_t level,
               Line line) {
  const auto *const bytes = static_cast<const unsigned char *>(buffer);
  for (std::size_t at = 0; at < size; at += kBytesPerLine) {
    const std::size_t count = size - at < kBytesPerLine ? size - at : kBytesPerLine;
    const std::string text = line(bytes + at, count);
    ESP_LOG_LEVEL(level, tag, "%s", text.c_str());
  }
}

std::string hex(const unsigned char *bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    char pair[4];
    std::snprintf(pair, sizeof(pair), "%02x ", bytes[i]);
    text += pair;
  }
  return text;
}

} // namespace

void esp_log_level_set(const char *tag, esp_log_level_t level) {
  Levels &all = levels();
  const std::lock_guard lock(all.mutex);
  if (std::string_view(tag) == "*") {
    all.default_level = level;
    all.by_tag.clear();
  } else {
    all.by_tag.insert_or_assign(tag, level);
  }
}

esp_log_level_t esp_log_level_get(const char *tag) {
  Levels &all = levels();
  const std::lock_guard lock(all.mutex);
  if (tag == nullptr) {
    return all.default_level;
  }
  const auto found = all.by_tag.find(std::string_view(tag));
  return found == all.by_tag.end() ? all.default_level : found->second;
}

vprintf_like_t esp_log_set_vprintf(vprintf_like_t func) {
  Levels &all = levels();
  const std::lock_guard lock(all.mutex);
  const vprintf_like_t before = all.print;
  all.print = func;
  return before;
}

uint32_t esp_log_timestamp(void) {
  return static_cast<uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(host::clock::now()).count());
}

uint32_t esp_log_early_timestamp(void) {
  return esp_log_timestamp();
}

void esp_log_writev(esp_log_level_t level, const char *tag, const char *format, va_list args) {
  if (level == ESP_LOG_NONE || level > esp_log_level_get(tag)) {
    return;
  }
  vprintf_like_t print = nullptr;
  {
    const std::lock_guard lock(levels().mutex);
    print = levels().print;
  }
  // Not under the lock: the function may log or change levels itself.
  print(format, args);
}

void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...) {
  va_list args;
  va_start(args, format);
  esp_log_writev(level, tag, format, args);
  va_end(args);
}

void esp_log_buffer_hex_internal(const char *tag, const void *buffer, uint16_t buff_len,
                                 esp_log_level_t level) {
  log_lines(tag, buffer, buff_len, level, hex);
}

void esp_log_buffer_char_internal(const char *tag, const void *buffer, uint16_t buff_len,
                                  esp_log_level_t level) {
  log_lines(tag, buffer, buff_len, level, [](const unsigned char *bytes, std::size_t count) {
    return std::string(reinterpret_cast<const char *>(bytes), count);
  });
}

void esp_log_buffer_hexdump_internal(const char *tag, const void *buffer, uint16_t buff_len,
                                     esp_log_level_t log_level) {
  log_lines(tag, buffer, buff_len, log_level, [](const unsigned char *bytes, std::size_t count) {
    char head[24];
    std::snprintf(head, sizeof(head), "%p   ", static_cast<const void *>(bytes));
    std::string text = head + hex(bytes, count);
    text.append(3 * (kBytesPerLine - count), ' ');
    text += " |";
    for (std::size_t i = 0; i < count; ++i) {
      text += printable(bytes[i]);
    }
    return text + "|";
  });
}
