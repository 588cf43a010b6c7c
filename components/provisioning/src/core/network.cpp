#include "core/network.hpp"

#include <algorithm>

#include "core/hex.hpp"

namespace espp::provisioning {

const char *to_string(Security security) {
  switch (security) {
  case Security::Open:
    return "open";
  case Security::Owe:
    return "owe";
  case Security::Wep:
    return "wep";
  case Security::Wpa:
    return "wpa";
  case Security::Wpa2:
    return "wpa2";
  case Security::Wpa3:
    return "wpa3";
  case Security::Enterprise:
    return "enterprise";
  case Security::Unknown:
    return "unknown";
  }
  return "unknown";
}

bool is_valid_password(std::string_view password) {
  if (password.find('\0') != std::string_view::npos) {
    return false;
  }
  if (password.size() == 64) {
    return std::all_of(password.begin(), password.end(), [](char c) { return hex_value(c) >= 0; });
  }
  return password.empty() || (password.size() >= 8 && password.size() <= 63);
}

bool ScanList::reserve(std::size_t rows) { return networks_.reserve(std::min(rows, kMaxNetworks)); }

bool ScanList::copy(const ScanList &other) {
  if (!networks_.reserve(other.networks_.size())) {
    return false;
  }
  networks_.clear();
  for (const Network &network : other.networks_) {
    networks_.insert(networks_.size(), network);
  }
  return true;
}

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
  const Network *weaker = std::find_if(networks_.begin(), networks_.end(),
                                       [&](const Network &n) { return n.rssi < found.rssi; });
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
  const Network *row = std::find_if(networks_.begin(), networks_.end(),
                                    [&](const Network &n) { return n.ssid == ssid; });
  return row == networks_.end() ? nullptr : row;
}

} // namespace espp::provisioning
