// Stored records: as they are, and with a checksum that fits, or it would hide everything behind
// it. What can be read is written back to the same bytes.

#include <algorithm>
#include <cstdint>
#include <span>

#include "core/network.hpp"
#include "core/saved_network.hpp"
#include "expect.hpp"

using namespace espp::provisioning;

namespace {

void decode(std::span<const std::uint8_t> bytes) {
  Record record;
  std::copy(bytes.begin(), bytes.end(), record.buffer().begin());
  record.resize(bytes.size());
  const auto credentials = record.decode();
  if (!credentials) {
    return;
  }
  EXPECT(!credentials->network.ssid.empty());
  EXPECT(is_valid_password(credentials->password.bytes()));
  const Record again(*credentials);
  EXPECT(std::ranges::equal(again.bytes(), record.bytes()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  std::array<std::uint8_t, kMaxRecordSize> bytes{};
  size = std::min(size, bytes.size());
  std::copy_n(data, size, bytes.begin());
  decode(std::span(bytes).first(size));

  size = std::min(size, bytes.size() - 4);
  const std::uint32_t checksum = crc32(std::span(bytes).first(size));
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[size + i] = static_cast<std::uint8_t>(checksum >> (8 * i));
  }
  decode(std::span(bytes).first(size + 4));
  return 0;
}
