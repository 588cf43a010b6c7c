// Stored records of any version: as they are, and with a checksum that fits, or it would hide
// everything behind it. What can be read is read again after it was written, and what a newer
// firmware has added is still there.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/crc32.hpp"
#include "codec/record.hpp"
#include "domain/secret.hpp"
#include "expect.hpp"

using namespace espp::provisioning;

namespace {

/// Where the network was joined last, and that it is hidden: written anew where they are known.
bool is_hint(std::uint8_t type) {
  return type == 0x02 || type == 0x03;
}

/// The entries of a good record of version 2 that need not be known, one behind the other.
std::vector<std::uint8_t> further_entries(std::span<const std::uint8_t> record, bool with_hints) {
  std::vector<std::uint8_t> further;
  const std::size_t end = record.size() - 4;
  for (std::size_t at = 5; at < end; at += std::size_t{2} + record[at + 1]) {
    if (record[at] < 0x80 && (with_hints || !is_hint(record[at]))) {
      const auto entry = record.subspan(at, std::size_t{2} + record[at + 1]);
      further.insert(further.end(), entry.begin(), entry.end());
    }
  }
  return further;
}

bool is_same(const Profile &a, const Profile &b) {
  return a.network.ssid == b.network.ssid && a.network.security == b.network.security &&
         a.network.last_used == b.network.last_used &&
         a.network.version_1_checksum == b.network.version_1_checksum &&
         a.password.bytes() == b.password.bytes();
}

bool has_same_hints(const Profile &a, const Profile &b) {
  return a.network.channel == b.network.channel && a.bssid == b.bssid &&
         a.network.is_hidden == b.network.is_hidden;
}

void try_record(std::span<const std::uint8_t> bytes) {
  Record record;
  std::ranges::copy(bytes, record.buffer().begin());
  record.resize(bytes.size());
  Profile profile;
  if (!record.decode(profile)) {
    profile.network.ssid = *Ssid::from_bytes("HouseOfBoo");
    record.write(profile);
    EXPECT(record.decode(profile));
    return;
  }
  EXPECT(!profile.network.ssid.empty());
  EXPECT(is_valid_password(profile.password.bytes()));
  EXPECT(profile.network.last_used == record.last_used());
  EXPECT(profile.network.record_version == bytes[0]);
  const bool is_version_2 = bytes[0] == 2;
  const auto unknown = is_version_2 ? further_entries(bytes, false) : std::vector<std::uint8_t>{};

  record.write(profile);
  Profile again;
  EXPECT(record.decode(again));
  EXPECT(is_same(again, profile));
  EXPECT(!is_version_2 || has_same_hints(again, profile));
  EXPECT(again.network.record_version == 2);
  EXPECT(further_entries(record.bytes(), false) == unknown);

  // Saved without having been joined: the hints stay, too.
  const auto further = further_entries(record.bytes(), true);
  Profile longest{.network = {.ssid = *Ssid::from_bytes(std::string(Ssid::kMaxSize, 'n')),
                              .security = Security::Wpa2,
                              .last_used = 7,
                              .version_1_checksum = 9},
                  .password = Secret(std::string(Secret::kMaxSize, 'f'))};
  record.write(longest);
  EXPECT(record.bytes().size() == kMaxOwnSize + further.size());
  EXPECT(record.decode(again));
  EXPECT(is_same(again, longest));
  EXPECT(has_same_hints(again, profile) || !is_version_2);
  EXPECT(further_entries(record.bytes(), true) == further);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  std::array<std::uint8_t, kMaxRecordSize> bytes{};
  size = std::min(size, bytes.size());
  std::copy_n(data, size, bytes.begin());
  try_record(std::span(bytes).first(size));

  size = std::min(size, bytes.size() - 4);
  const std::uint32_t checksum = crc32(std::span(bytes).first(size));
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[size + i] = static_cast<std::uint8_t>(checksum >> (8 * i));
  }
  try_record(std::span(bytes).first(size + 4));
  return 0;
}
