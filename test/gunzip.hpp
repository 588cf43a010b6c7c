#pragma once

#include <optional>
#include <string>

#include <zlib.h>

/// What a gzip file of one member unpacks to, as `gzip -t` would have it: checksum and size are
/// right, and nothing follows. Nothing if it is not whole.
inline std::optional<std::string> gunzip(const std::string &file) {
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) {
    return std::nullopt;
  }
  std::string packed = file;
  stream.next_in = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  int result = Z_OK;
  while (result == Z_OK) {
    char piece[4096];
    stream.next_out = reinterpret_cast<Bytef *>(piece);
    stream.avail_out = sizeof piece;
    result = inflate(&stream, Z_NO_FLUSH);
    text.append(piece, sizeof piece - stream.avail_out);
  }
  const bool is_whole = result == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return is_whole ? std::optional(text) : std::nullopt;
}
