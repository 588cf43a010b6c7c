#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "domain/band.hpp"
#include "domain/memory.hpp"
#include "domain/security.hpp"
#include "domain/ssid.hpp"

namespace espp::provisioning {

/// One network of a scan: of the access points that share its name and its kind of security the one
/// that a test tries first, which is the strongest as a rule; see comes_before().
struct Network {
  Ssid ssid;
  std::int8_t rssi{0}; ///< dBm
  std::uint8_t channel{0};
  Security security{Security::Unknown};
};

/// What a scan found, one row a name and kind of security, strongest first. Fed one access point at a time, so that the
/// driver's records need never stand in memory together. Not thread-safe while being filled.
class ScanList {
public:
  /// More rows than this help nobody who scrolls them with a thumb; the weakest are dropped.
  static constexpr std::size_t kMaxNetworks = 128;

  /// Makes room for that many rows, or for kMaxNetworks if that is less. False if memory is short.
  bool reserve(std::size_t rows);

  /// Forgets the rows, and gives their memory back.
  void release() { networks_.release(); }

  /// Makes this a copy of `other`. False, and nothing changed, if memory is short.
  bool copy(const ScanList &other);

  /// Adds an access point. A full list replaces its weakest row, or drops the access point if that
  /// is weaker still. A hidden one (empty name) is left out; of several with the same name
  /// and kind the one that comes_before() the others counts, and among equals the first.
  void add(const Network &found);

  /// The rows, valid until the next add().
  std::span<const Network> networks() const { return networks_.span(); }

  /// The strongest row of that name and of these kinds, valid until the next add(); null if there is
  /// none.
  const Network *find(const Ssid &ssid, Kinds kinds) const;

private:
  Rows<Network> networks_;
};

} // namespace espp::provisioning
