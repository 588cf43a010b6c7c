#include "core/saved_network.hpp"

#include <algorithm>
#include <string_view>

namespace espp::provisioning {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderSize = 6;
constexpr std::size_t kCrcSize = 4;

std::uint32_t read_u32(std::span<const std::uint8_t> bytes) {
  return std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8U | std::uint32_t{bytes[2]} << 16U |
         std::uint32_t{bytes[3]} << 24U;
}

void write_u32(std::span<std::uint8_t> bytes, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> (8U * i));
  }
}

/// Takes a length byte and as many bytes off the front of `rest`.
std::optional<std::string_view> take_field(std::span<const std::uint8_t> &rest) {
  if (rest.empty() || rest.size() - 1 < rest[0]) {
    return std::nullopt;
  }
  const std::size_t size = rest[0];
  const std::string_view field(reinterpret_cast<const char *>(rest.data() + 1), size);
  rest = rest.subspan(1 + size);
  return field;
}

} // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return ~crc;
}

Record::Record(const SavedCredentials &credentials) {
  const std::span<std::uint8_t> out(bytes_);
  out[0] = kVersion;
  out[1] = static_cast<std::uint8_t>(credentials.network.security);
  write_u32(out.subspan(2), credentials.network.last_used);
  std::size_t at = kHeaderSize;
  for (const std::string_view field : {credentials.network.ssid.bytes(), credentials.password.bytes()}) {
    out[at++] = static_cast<std::uint8_t>(field.size());
    std::copy(field.begin(), field.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
    at += field.size();
  }
  write_u32(out.subspan(at), crc32(out.first(at)));
  size_ = at + kCrcSize;
}

std::optional<SavedCredentials> Record::decode() const {
  const std::span<const std::uint8_t> all = bytes();
  if (all.size() < kHeaderSize + kCrcSize || all[0] != kVersion) {
    return std::nullopt;
  }
  const auto body = all.first(all.size() - kCrcSize);
  if (crc32(body) != read_u32(all.last(kCrcSize)) ||
      all[1] > static_cast<std::uint8_t>(Security::Unknown)) {
    return std::nullopt;
  }
  auto rest = body.subspan(kHeaderSize);
  const auto name = take_field(rest);
  const auto password = name ? take_field(rest) : std::nullopt;
  const auto ssid = name ? Ssid::from_bytes(*name) : std::nullopt;
  if (!ssid || !password || !rest.empty() || !is_valid_password(*password)) {
    return std::nullopt;
  }
  return SavedCredentials{
      .network = {.ssid = *ssid, .security = static_cast<Security>(all[1]), .last_used = read_u32(all.subspan(2))},
      .password = Secret(*password)};
}

} // namespace espp::provisioning
