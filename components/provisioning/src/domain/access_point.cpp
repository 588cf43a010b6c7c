#include "domain/access_point.hpp"

#include <algorithm>

#include "domain/text.hpp"

namespace espp::provisioning {

Ssid make_ap_ssid(std::string_view base, const std::array<std::uint8_t, 6> &mac, bool append_mac) {
  Text<5> suffix;
  if (append_mac) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    suffix.append('-');
    for (const std::uint8_t byte : {mac[4], mac[5]}) {
      suffix.append(kDigits[byte >> 4U]);
      suffix.append(kDigits[byte & 0xFU]);
    }
  }
  const std::size_t room = Ssid::kMaxSize - suffix.view().size();
  base = prefix(base, base.find('\0'));
  std::string_view front = prefix(base, room);
  if (front.size() < base.size()) {
    // A character has 4 bytes at most, so up to 3 of one that was cut through are left.
    for (std::size_t size = room; size + 4 > room; --size) {
      if (is_utf8(prefix(base, size))) {
        front = prefix(base, size);
        break;
      }
    }
  }
  Text<Ssid::kMaxSize> name;
  name.append(front);
  name.append(suffix.view());
  return Ssid::from_bytes(name.view()).value_or(Ssid{});
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
         std::ranges::all_of(password, [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace espp::provisioning
