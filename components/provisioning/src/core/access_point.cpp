#include "core/access_point.hpp"

#include <algorithm>

#include "core/ssid.hpp"

namespace espp::provisioning {

std::string make_ap_ssid(std::string_view base, const std::array<std::uint8_t, 6> &mac,
                         bool append_mac) {
  std::string suffix;
  if (append_mac) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    suffix = "-";
    for (const std::uint8_t byte : {mac[4], mac[5]}) {
      suffix += kDigits[byte >> 4U];
      suffix += kDigits[byte & 0xFU];
    }
  }
  std::size_t size = std::min(base.size(), Ssid::kMaxSize - suffix.size());
  const auto continues = [&](std::size_t i) {
    return i < base.size() && (static_cast<std::uint8_t>(base[i]) & 0xC0U) == 0x80U;
  };
  if (size < base.size() && is_utf8(base)) {
    while (size > 0 && continues(size)) {
      --size;
    }
  }
  return std::string(base.substr(0, size)) + suffix;
}

Secret make_ap_password(std::uint32_t (*random)()) {
  constexpr std::string_view kCharacters = "23456789abcdefghjkmnpqrstuvwxyz";
  static_assert(kCharacters.size() == 31);
  std::array<char, kMadePasswordSize> text;
  for (char &c : text) {
    std::uint32_t choice = 0;
    do { // again, or the first characters would come more often than the last
      choice = random() >> 27U;
    } while (choice >= kCharacters.size());
    c = kCharacters[choice];
  }
  const Secret password(std::string_view(text.data(), text.size()));
  wipe(text.data(), text.size());
  return password;
}

bool is_valid_ap_password(std::string_view password) {
  if (password.empty()) {
    return true;
  }
  return password.size() >= 8 && password.size() <= 63 &&
         std::all_of(password.begin(), password.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace espp::provisioning
