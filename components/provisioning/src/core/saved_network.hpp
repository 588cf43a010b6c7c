#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/network.hpp"
#include "core/secret.hpp"
#include "core/ssid.hpp"

namespace espp::provisioning {

/// A saved network as it may be shown: everything but the password.
struct SavedNetwork {
  Ssid ssid;
  Security security{Security::Unknown};
  /// Counts up with each save over all networks, so the largest was used last.
  std::uint32_t last_used{0};
};

/// A saved network with its password.
struct SavedCredentials {
  SavedNetwork network;
  Secret password;
};

/// The stored form of one network: name and password in one record, so that no power cut can pair
/// one network's name with another's password.
///
///     offset  size  field
///     0       1     format version, 1
///     1       1     security (enum Security)
///     2       4     last_used, little-endian
///     6       1     length of the name, 1 to 32
///     7       n     name
///     7+n     1     length of the password, 0 to 64
///     8+n     m     password
///     8+n+m   4     CRC-32 (IEEE 802.3) of all before, little-endian
inline constexpr std::size_t kMaxRecordSize = 8 + Ssid::kMaxSize + Secret::kMaxSize + 4;

/// An encoded record; wiped when it dies.
class Record {
public:
  Record() = default;
  explicit Record(const SavedCredentials &credentials);
  Record(const Record &) = delete;
  Record &operator=(const Record &) = delete;
  ~Record() { wipe(bytes_.data(), bytes_.size()); }

  /// The whole buffer, to read a stored record into; resize() tells how much of it counts.
  std::span<std::uint8_t> buffer() { return bytes_; }
  void resize(std::size_t size) { size_ = size; }
  std::span<const std::uint8_t> bytes() const { return std::span(bytes_).first(size_); }

  /// Reads the record back; nothing if its version, lengths, values or checksum are wrong.
  std::optional<SavedCredentials> decode() const;

private:
  std::array<std::uint8_t, kMaxRecordSize> bytes_{};
  std::size_t size_{0};
};

/// The CRC-32 of IEEE 802.3, as in gzip and zlib.
std::uint32_t crc32(std::span<const std::uint8_t> bytes);

} // namespace espp::provisioning
