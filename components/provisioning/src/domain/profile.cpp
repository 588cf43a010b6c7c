#include "domain/profile.hpp"

#include <algorithm>

namespace espp::provisioning {

const SavedNetwork *find(std::span<const SavedNetwork> saved, const Ssid &ssid) {
  const auto row = std::ranges::find(saved, ssid, &SavedNetwork::ssid);
  return row == saved.end() ? nullptr : &*row;
}

Kinds kinds_of(const SavedNetwork &network) {
  return network.security != Security::Unknown ? Kinds(kind_of(network.security))
                                               : Kinds(Kind::Open) | Kind::Wep | Kind::Personal;
}

} // namespace espp::provisioning
