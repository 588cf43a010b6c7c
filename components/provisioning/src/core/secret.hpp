#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace espp::provisioning {

/// Overwrites memory that held a secret, in a way that the compiler may not leave out.
inline void wipe(void *memory, std::size_t size) {
  auto *byte = static_cast<volatile unsigned char *>(memory);
  while (size-- > 0) {
    *byte++ = 0;
  }
}

/// A network's password or 64-digit key, at most 64 bytes, without allocation. The bytes are
/// overwritten when the object dies, is assigned to, or is wiped; copies are deliberate and few.
class Secret {
public:
  /// IEEE 802.11i: a passphrase has 8 to 63 characters, a key 64 hexadecimal digits.
  static constexpr std::size_t kMaxSize = 64;

  Secret() {} // not defaulted: that would be zeroed twice
  /// Takes at most kMaxSize bytes; more are cut, so check with is_valid_password() before.
  explicit Secret(std::string_view bytes) { assign(bytes); }
  Secret(const Secret &other) { assign(other.bytes()); }
  Secret &operator=(const Secret &other) {
    if (this != &other) {
      assign(other.bytes());
    }
    return *this;
  }
  ~Secret() { clear(); }

  /// The bytes, valid until this object changes or dies.
  std::string_view bytes() const { return {bytes_.data(), size_}; }
  bool empty() const { return size_ == 0; }
  void clear() {
    wipe(bytes_.data(), bytes_.size());
    size_ = 0;
  }

private:
  void assign(std::string_view bytes) {
    clear();
    size_ = static_cast<std::uint8_t>(std::min(bytes.size(), kMaxSize));
    std::copy_n(bytes.begin(), size_, bytes_.begin());
  }

  std::array<char, kMaxSize> bytes_{};
  std::uint8_t size_{0};
};

} // namespace espp::provisioning
