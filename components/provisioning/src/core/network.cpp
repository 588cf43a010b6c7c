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

void ScanList::add(const Network &found) {
  if (found.ssid.empty()) {
    return;
  }
  const auto same_name = std::find_if(networks_.begin(), networks_.end(),
                                      [&](const Network &n) { return n.ssid == found.ssid; });
  if (same_name != networks_.end()) {
    if (same_name->rssi >= found.rssi) {
      return;
    }
    networks_.erase(same_name);
  }
  const auto weaker = std::find_if(networks_.begin(), networks_.end(),
                                   [&](const Network &n) { return n.rssi < found.rssi; });
  if (networks_.size() == kMaxNetworks) {
    if (weaker == networks_.end()) {
      return;
    }
    const auto position = weaker - networks_.begin();
    networks_.pop_back();
    networks_.insert(networks_.begin() + position, found);
    return;
  }
  networks_.insert(weaker, found);
}

const Network *ScanList::find(const Ssid &ssid) const {
  const auto row = std::find_if(networks_.begin(), networks_.end(),
                                [&](const Network &n) { return n.ssid == ssid; });
  return row == networks_.end() ? nullptr : &*row;
}

} // namespace espp::provisioning
