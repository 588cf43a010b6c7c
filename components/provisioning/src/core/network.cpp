#include "core/network.hpp"

#include <algorithm>
#include <iterator>

#include "core/hex.hpp"

namespace espp::provisioning {

const char *to_string(Security security) {
  static constexpr const char *kNames[]{"open", "owe",  "wep",        "wpa",
                                        "wpa2", "wpa3", "enterprise", "unknown"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(Security::Unknown) + 1);
  return kNames[static_cast<std::size_t>(security)];
}

bool is_valid_password(std::string_view password) {
  if (password.find('\0') != std::string_view::npos) {
    return false;
  }
  if (password.size() == 64) {
    return std::ranges::all_of(password, [](char c) { return hex_value(c) >= 0; });
  }
  return password.empty() || (password.size() >= 8 && password.size() <= 63);
}

bool ScanList::reserve(std::size_t rows) {
  return networks_.reserve(std::min(rows, kMaxNetworks));
}

bool ScanList::copy(const ScanList &other) { return networks_.copy(other.networks_); }

void ScanList::add(const Network &found) {
  if (found.ssid.empty()) {
    return;
  }
  if (const Network *same_name = find(found.ssid)) {
    if (same_name->rssi >= found.rssi) {
      return;
    }
    networks_.erase(static_cast<std::size_t>(same_name - networks_.begin()));
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

const Network *ScanList::find(const Ssid &ssid) const {
  const Network *row = std::ranges::find(networks_, ssid, &Network::ssid);
  return row == networks_.end() ? nullptr : row;
}

} // namespace espp::provisioning
