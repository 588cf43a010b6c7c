#include "domain/scan_list.hpp"

#include <algorithm>

namespace espp::provisioning {

bool ScanList::reserve(std::size_t rows) {
  return networks_.reserve(std::min(rows, kMaxNetworks));
}

bool ScanList::copy(const ScanList &other) {
  return networks_.copy(other.networks_);
}

void ScanList::add(const Network &found) {
  if (found.ssid.empty()) {
    return;
  }
  const Network *same = std::ranges::find_if(networks_, [&](const Network &n) {
    return n.ssid == found.ssid && kind_of(n.security) == kind_of(found.security);
  });
  if (same != networks_.end()) {
    if (!comes_before(found.channel, found.rssi, same->channel, same->rssi)) {
      return;
    }
    networks_.erase(static_cast<std::size_t>(same - networks_.begin()));
  }
  const Network *weaker =
      std::ranges::find_if(networks_, [&](const Network &n) { return n.rssi < found.rssi; });
  const auto at = static_cast<std::size_t>(weaker - networks_.begin());
  if (networks_.size() == networks_.capacity()) {
    if (weaker == networks_.end()) {
      return;
    }
    networks_.erase(networks_.size() - 1);
  }
  networks_.insert(at, found);
}

const Network *ScanList::find(const Ssid &ssid, Kinds kinds) const {
  const Network *row = std::ranges::find_if(networks_, [&](const Network &n) {
    return n.ssid == ssid && kinds.contains(kind_of(n.security));
  });
  return row == networks_.end() ? nullptr : row;
}

} // namespace espp::provisioning
