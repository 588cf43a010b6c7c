#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "domain/profile.hpp"

namespace espp::provisioning {

/// The stored form of one network: name and credential in one record, so that no power cut can pair
/// one network's name with another's password. Numbers are little-endian. Record writes version 2
/// and reads 1 and 2.
///
/// Version 2, and the frame of every later version:
///
///     offset  size  field
///     0       1     format version, 2
///     1       4     last_used
///     5       n     entries, in any order: type (1 byte), length (1 byte), value
///     5+n     4     CRC-32 (IEEE 802.3) of all before
///
/// Bit 7 of a type says how a firmware treats an entry that it does not know.
/// - Set: the entry is critical. Without it the network would be used wrongly, so the firmware does
///   not use the network, and leaves its record alone.
/// - Clear: the firmware ignores the entry and uses the network. When it saves the network anew, it
///   keeps the entry byte for byte.
///
///     type  length   value
///     0x80  1 to 32  SSID
///     0x81  1        security (enum Security)
///     0x82  0 to 64  password or key; empty or absent: none
///     0x83  4        CRC-32 of the version 1 record that this network had. Version 1.0 can't read
///                    this record: if it saves the network later, it writes one of version 1 that
///                    may have a smaller last_used. That one counts, and is told by its other CRC.
///
///     0x02  7        the access point that was joined last: BSSID (6), channel (1)
///     0x03  0        the network is hidden
///
/// The last two are hints. They are written where the network is saved after it was joined, if the
/// record has room, and otherwise stay as they are.
///
/// Reserved, so that every firmware encodes them alike; this one neither reads nor writes them:
///
///     0x84  2        EAP: method and inner method, by their IANA numbers (0: none)
///     0x01  9 to 17  static IPv4: address (4), prefix length (1), gateway (4), then 0 to 2 DNS
///                    servers (4 each). Not critical: where there is DHCP, the device is reachable
///                    with it, too
///     0x04  1 to 64  EAP: outer (anonymous) identity
///     0x05  1 to 64  EAP: identity
///     0x06  1 to 15  EAP: NVS key of the CA certificate, in the namespace of the records
///     0x07  1 to 15  EAP: NVS key of the client's certificate
///     0x08  1 to 15  EAP: NVS key of the client's private key
///
/// No critical type comes twice. A record has at most kMaxRecordSize bytes, since it is read onto
/// the stack of a task; what is longer, as certificates are, has an NVS key of its own. The entries
/// that are not critical have at most kMaxKeptSize bytes together, so that a firmware that does not
/// know them can always keep them beside its own. A record beyond these limits is left alone.
///
/// Version 1, which version 1.0 of this component wrote:
///
///     offset  size  field
///     0       1     format version, 1
///     1       1     security (enum Security)
///     2       4     last_used
///     6       1     length of the name, 1 to 32
///     7       n     name
///     7+n     1     length of the password, 0 to 64
///     8+n     m     password
///     8+n+m   4     CRC-32 (IEEE 802.3) of all before
inline constexpr std::size_t kMaxRecordSize = 256;

/// What a firmware writes at most that knows the four critical types above.
inline constexpr std::size_t kMaxOwnSize =
    1 + 4 + (2 + Ssid::kMaxSize) + (2 + 1) + (2 + Secret::kMaxSize) + (2 + 4) + 4;
inline constexpr std::size_t kMaxKeptSize = kMaxRecordSize - kMaxOwnSize;

/// An encoded record; wiped when it dies.
class Record {
public:
  Record() = default;
  explicit Record(const Profile &profile) { write(profile); }
  Record(const Record &) = delete;
  Record &operator=(const Record &) = delete;
  ~Record() { wipe(bytes_.data(), bytes_.size()); }

  /// The whole buffer, to read a stored record into; resize() tells how much of it counts.
  std::span<std::uint8_t> buffer() { return bytes_; }
  void resize(std::size_t size) { size_ = size; }
  std::span<const std::uint8_t> bytes() const { return std::span(bytes_).first(size_); }

  /// Makes this the record of `profile`, version 2. Of a record that it holds and that can be read,
  /// the entries that this firmware does not know stay.
  void write(const Profile &profile);

  /// Reads the record back. False, and `profile` as it was, if its version, lengths, values or
  /// checksum are wrong, or if an entry is critical and not known. `key` stays as it was.
  bool decode(Profile &profile) const;

  /// `last_used`, also of a record that decode() can't read but whose checksum is right; else 0.
  std::uint32_t last_used() const;

private:
  /// Where the checksum stands; null if it is wrong, or if the record is too short to be one.
  const std::uint8_t *end_of_content() const;

  std::array<std::uint8_t, kMaxRecordSize> bytes_; ///< the first size_ of them count
  std::size_t size_{0};
};

} // namespace espp::provisioning
