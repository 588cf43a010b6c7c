#include "codec/record.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "codec/crc32.hpp"

namespace espp::provisioning {
namespace {

constexpr std::size_t kCrcSize = 4;

/// Version 1 has the security in its header, version 2 has it in an entry.
constexpr std::size_t kHeaderSize1 = 6;
constexpr std::size_t kHeaderSize2 = 5;

constexpr std::uint8_t kCritical = 0x80;

/// Of the entries that are not critical, the ones that this firmware knows.
constexpr std::uint8_t kJoinedLast = 0x02;
constexpr std::uint8_t kHidden = 0x03;
constexpr std::size_t kJoinedLastSize = 7;

/// The entries that this firmware knows, by the number that follows kCritical in their type.
enum Known : std::uint8_t { kSsid, kSecurity, kPassword, kVersion1Checksum, kKnownCount };

// What is stored are these numbers.
static_assert(static_cast<int>(Security::Open) == 0 && static_cast<int>(Security::Owe) == 1 &&
              static_cast<int>(Security::Wep) == 2 && static_cast<int>(Security::Wpa) == 3 &&
              static_cast<int>(Security::Wpa2) == 4 && static_cast<int>(Security::Wpa3) == 5 &&
              static_cast<int>(Security::Enterprise) == 6 &&
              static_cast<int>(Security::Unknown) == 7);

std::uint32_t read_u32(const std::uint8_t *bytes) {
  return std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8U | std::uint32_t{bytes[2]} << 16U |
         std::uint32_t{bytes[3]} << 24U;
}

/// Where each value begins: with its length. Null: there is none.
struct Fields {
  const std::uint8_t *of[kKnownCount]{};
  const std::uint8_t *joined_last{nullptr}; ///< of the right length
  bool is_hidden{false};

  std::string_view text(Known field) const {
    const std::uint8_t *at = of[field];
    return at == nullptr ? std::string_view{}
                         : std::string_view{reinterpret_cast<const char *>(at + 1), *at};
  }
};

/// Goes past a length and as many bytes. Null: `end` comes before.
const std::uint8_t *skip_field(const std::uint8_t *at, const std::uint8_t *end) {
  return at < end && end - at > *at ? at + 1 + *at : nullptr;
}

/// False if the entries are malformed, or mean something that this firmware does not know.
bool read_entries(const std::uint8_t *at, const std::uint8_t *end, Fields &fields) {
  std::ptrdiff_t kept = 0;
  while (at < end) {
    const std::uint8_t type = *at;
    const std::uint8_t *value = at + 1;
    const std::uint8_t *next = skip_field(value, end);
    if (next == nullptr) {
      return false;
    }
    if (type < kCritical) {
      kept += next - at;
      if (type == kJoinedLast && *value == kJoinedLastSize) {
        fields.joined_last = value;
      }
      fields.is_hidden = fields.is_hidden || type == kHidden;
    } else {
      const std::size_t known = type - kCritical;
      if (known >= kKnownCount || fields.of[known] != nullptr) {
        return false;
      }
      fields.of[known] = value;
    }
    at = next;
  }
  return kept <= static_cast<std::ptrdiff_t>(kMaxKeptSize);
}

bool read_version_1(const std::uint8_t *name, const std::uint8_t *end, Fields &fields) {
  fields.of[kSsid] = name;
  const std::uint8_t *password = skip_field(name, end);
  fields.of[kPassword] = password;
  return password != nullptr && skip_field(password, end) == end;
}

std::uint8_t *put_u32(std::uint8_t *at, std::uint32_t number) {
  for (int i = 0; i < 4; ++i) {
    *at++ = static_cast<std::uint8_t>(number);
    number >>= 8U;
  }
  return at;
}

std::uint8_t *put_entry(std::uint8_t *at, unsigned type, const void *value, std::size_t size) {
  *at++ = static_cast<std::uint8_t>(type);
  *at++ = static_cast<std::uint8_t>(size);
  return std::copy_n(static_cast<const std::uint8_t *>(value), size, at);
}

} // namespace

const std::uint8_t *Record::end_of_content() const {
  if (size_ < kHeaderSize1 + kCrcSize) {
    return nullptr;
  }
  const std::size_t size = size_ - kCrcSize;
  const std::uint8_t *end = bytes_.data() + size;
  return crc32(bytes().first(size)) == read_u32(end) ? end : nullptr;
}

std::uint32_t Record::last_used() const {
  return end_of_content() == nullptr ? 0 : read_u32(bytes_.data() + (bytes_[0] == 1 ? 2 : 1));
}

bool Record::decode(Profile &profile) const {
  const std::uint8_t *begin = bytes_.data();
  const std::uint8_t *end = end_of_content();
  if (end == nullptr) {
    return false;
  }
  Fields fields;
  std::uint8_t security = begin[1];
  std::uint32_t checksum = 0;
  if (begin[0] == 1) {
    if (!read_version_1(begin + kHeaderSize1, end, fields)) {
      return false;
    }
    checksum = read_u32(end);
  } else {
    if (begin[0] != 2 || !read_entries(begin + kHeaderSize2, end, fields) ||
        fields.text(kSecurity).size() != 1) {
      return false;
    }
    security = fields.of[kSecurity][1];
    if (const std::uint8_t *stored = fields.of[kVersion1Checksum]) {
      if (*stored != sizeof checksum) {
        return false;
      }
      checksum = read_u32(stored + 1);
    }
  }
  const auto ssid = Ssid::from_bytes(fields.text(kSsid));
  const std::string_view password = fields.text(kPassword);
  if (!ssid || security > static_cast<std::uint8_t>(Security::Unknown) ||
      !is_valid_password(password)) {
    return false;
  }
  SavedNetwork &network = profile.network;
  network.ssid = *ssid;
  network.security = static_cast<Security>(security);
  network.last_used = last_used();
  network.record_version = begin[0];
  network.version_1_checksum = checksum;
  network.channel = 0;
  profile.bssid = {};
  if (const std::uint8_t *last = fields.joined_last) {
    std::memcpy(profile.bssid.data(), last + 1, profile.bssid.size());
    network.channel = last[kJoinedLastSize];
  }
  // Version 1 does not say, and who is asked for by name is found either way.
  network.is_hidden = fields.is_hidden || begin[0] == 1;
  profile.password = Secret(password);
  return true;
}

void Record::write(const Profile &profile) {
  const std::uint8_t *old = bytes_.data() + kHeaderSize2;
  const std::uint8_t *end = end_of_content();
  if (Fields replaced; end == nullptr || bytes_[0] != 2 || !read_entries(old, end, replaced)) {
    end = old;
  }
  const SavedNetwork &network = profile.network;
  const std::string_view name = network.ssid.bytes();
  const std::string_view password = profile.password.bytes();
  bytes_[0] = 2;
  std::uint8_t *at = put_u32(&bytes_[1], network.last_used);
  const bool was_joined = network.channel != 0;
  const std::uint8_t *kept = at;
  while (old < end) {
    const std::uint8_t *entry = old;
    old = skip_field(entry + 1, end);
    const bool is_written_anew = was_joined && (*entry == kJoinedLast || *entry == kHidden);
    if (*entry < kCritical && !is_written_anew) {
      const auto size = static_cast<std::size_t>(old - entry);
      std::memmove(at, entry, size);
      at += size;
    }
  }
  const auto has_room = [&](std::size_t size) {
    return was_joined && at - kept + 2 + static_cast<std::ptrdiff_t>(size) <=
                             static_cast<std::ptrdiff_t>(kMaxKeptSize);
  };
  if (network.is_hidden && has_room(0)) {
    at = put_entry(at, kHidden, nullptr, 0);
  }
  if (has_room(kJoinedLastSize)) {
    std::array<std::uint8_t, kJoinedLastSize> last;
    std::memcpy(last.data(), profile.bssid.data(), profile.bssid.size());
    last.back() = network.channel;
    at = put_entry(at, kJoinedLast, last.data(), last.size());
  }
  at = put_entry(at, kCritical + kSsid, name.data(), name.size());
  at = put_entry(at, kCritical + kSecurity, &network.security, 1);
  at = put_entry(at, kCritical + kPassword, password.data(), password.size());
  if (network.version_1_checksum != 0) {
    std::array<std::uint8_t, 4> checksum;
    put_u32(checksum.data(), network.version_1_checksum);
    at = put_entry(at, kCritical + kVersion1Checksum, checksum.data(), checksum.size());
  }
  size_ = static_cast<std::size_t>(at - bytes_.data());
  put_u32(at, crc32(bytes()));
  size_ += kCrcSize;
}

} // namespace espp::provisioning
