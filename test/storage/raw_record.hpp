/// Stored records as bytes, made without the component's own code, so that a test tells when what
/// it reads or writes changes. test/core, test/storage and the ESP-IDF project beside them use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace storage_test {

using Bytes = std::vector<std::uint8_t>;

inline void add_number(Bytes &record, std::uint32_t number) {
  for (int i = 0; i < 4; ++i) {
    record.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
  }
}

inline void add_field(Bytes &record, std::string_view value) {
  record.push_back(static_cast<std::uint8_t>(value.size()));
  record.insert(record.end(), value.begin(), value.end());
}

/// The bytes with their CRC-32 (IEEE 802.3) behind them.
inline Bytes with_checksum(Bytes record) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const std::uint8_t byte : record) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const bool is_odd = ((crc ^ (byte >> bit)) & 1U) != 0;
      crc = (crc >> 1U) ^ (is_odd ? 0xEDB88320U : 0U);
    }
  }
  add_number(record, ~crc);
  return record;
}

/// Puts the checksum right of a record that was changed.
inline void sign(Bytes &record) {
  record.resize(record.size() - 4);
  record = with_checksum(record);
}

/// A network with WPA2 as version 1.0 of the component saved it.
inline Bytes version_1(std::string_view ssid, std::string_view password, std::uint32_t last_used) {
  Bytes record{1, 4};
  add_number(record, last_used);
  add_field(record, ssid);
  add_field(record, password);
  return with_checksum(record);
}

/// An entry of a record of version 2.
inline Bytes entry(std::uint8_t type, std::string_view value) {
  Bytes bytes{type};
  add_field(bytes, value);
  return bytes;
}

/// A record of version 2 with these entries.
inline Bytes version_2(std::uint32_t last_used, const std::vector<Bytes> &entries) {
  Bytes record{2};
  add_number(record, last_used);
  for (const Bytes &bytes : entries) {
    record.insert(record.end(), bytes.begin(), bytes.end());
  }
  return with_checksum(record);
}

/// A network with WPA2 in a record of version 2, with further entries behind its own.
inline Bytes version_2(std::string_view ssid, std::string_view password, std::uint32_t last_used,
                       std::vector<Bytes> further = {}) {
  std::vector<Bytes> entries{entry(0x80, ssid), entry(0x81, "\x04"), entry(0x82, password)};
  entries.insert(entries.end(), further.begin(), further.end());
  return version_2(last_used, entries);
}

} // namespace storage_test
