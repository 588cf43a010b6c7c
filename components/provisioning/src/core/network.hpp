#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/memory.hpp"
#include "core/ssid.hpp"

namespace espp::provisioning {

/// How a network is protected, in the words of the HTTP API.
enum class Security : std::uint8_t { Open, Owe, Wep, Wpa, Wpa2, Wpa3, Enterprise, Unknown };

/// The name of a security in the HTTP API ("wpa2"). Static storage.
const char *to_string(Security security);

/// True if `password` is one that a network can have: empty (open), 8 to 63 bytes, or 64
/// hexadecimal digits (IEEE 802.11i). A NUL byte is refused: the driver takes C strings.
bool is_valid_password(std::string_view password);

/// One network of a scan: the strongest of the access points that share its name.
struct Network {
  Ssid ssid;
  std::int8_t rssi{0}; ///< dBm
  std::uint8_t channel{0};
  Security security{Security::Unknown};
};

/// What a scan found, one row a name, strongest first. Fed one access point at a time, so that the
/// driver's records need never stand in memory together. Not thread-safe while being filled.
class ScanList {
public:
  /// More rows than this help nobody who scrolls them with a thumb; the weakest are dropped.
  static constexpr std::size_t kMaxNetworks = 128;

  /// Makes room for that many rows, or for kMaxNetworks if that is less. False if memory is short.
  bool reserve(std::size_t rows);

  /// Makes this a copy of `other`. False, and nothing changed, if memory is short.
  bool copy(const ScanList &other);

  /// Adds an access point; if there is no room, in the place of the weakest, which may be itself. A hidden one (empty name) is left out; of several with the same name the
  /// strongest counts, and among equals the first.
  void add(const Network &found);

  /// The rows, valid until the next add().
  std::span<const Network> networks() const { return networks_.span(); }

  /// The row of that name, valid until the next add(); null if there is none.
  const Network *find(const Ssid &ssid) const;

private:
  Rows<Network> networks_;
};

} // namespace espp::provisioning
