#pragma once

#include <cstdint>
#include <span>

#include "domain/candidates.hpp"
#include "domain/secret.hpp"
#include "domain/security.hpp"
#include "domain/ssid.hpp"

namespace espp::provisioning {

/// A saved network as it may be shown: everything but its secrets.
struct SavedNetwork {
  Ssid ssid;
  Security security{Security::Unknown};
  /// Counts up with each save over all networks, so the largest was used last.
  std::uint32_t last_used{0};
  std::uint8_t key{0};            ///< where the store keeps it
  std::uint8_t record_version{2}; ///< of the record that it was read from, see Record
  std::uint8_t channel{0};        ///< where it was joined last, a hint; 0: not known
  bool is_hidden{false};          ///< scans did not list it, so it has to be asked for by name
  /// Checksum of the network's record of version 1: of this record, or of the one that this record
  /// has replaced. 0: there was none.
  std::uint32_t version_1_checksum{0};
};

/// What the access points of a saved network may be. One of another kind is somebody else's.
Kinds kinds_of(const SavedNetwork &network);

/// The row of that name; null if there is none.
const SavedNetwork *find(std::span<const SavedNetwork> saved, const Ssid &ssid);

/// A saved network with its credential. The record has room for more (a static address, EAP), which
/// a firmware that has no use for it carries along unread; see Record.
struct Profile {
  SavedNetwork network;
  Secret password; ///< empty: an open network
  Bssid bssid{};   ///< of the access point that was joined last, if its channel is known
};

} // namespace espp::provisioning
