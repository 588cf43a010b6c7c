#include "domain/secret.hpp"

#include <algorithm>

#include "domain/hex.hpp"

namespace espp::provisioning {

void wipe(void *memory, std::size_t size) {
  auto *byte = static_cast<volatile unsigned char *>(memory);
  while (size-- > 0) {
    *byte++ = 0;
  }
}

Secret &Secret::operator=(const Secret &other) {
  if (this != &other) {
    assign(other.bytes());
  }
  return *this;
}

void Secret::clear() {
  wipe(bytes_.data(), bytes_.size());
  size_ = 0;
}

void Secret::assign(std::string_view bytes) {
  clear();
  size_ = static_cast<std::uint8_t>(std::min(bytes.size(), kMaxSize));
  std::copy_n(bytes.begin(), size_, bytes_.begin());
}

bool is_valid_password(std::string_view password) {
  if (password.find('\0') != std::string_view::npos) {
    return false;
  }
  if (password.size() == Secret::kMaxSize) {
    return std::ranges::all_of(password, [](char c) { return hex_value(c) >= 0; });
  }
  return password.empty() || (password.size() >= 8 && password.size() < Secret::kMaxSize);
}

} // namespace espp::provisioning
