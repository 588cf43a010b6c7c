#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace espp::provisioning {

/// Overwrites memory that held a secret, in a way that the compiler may not leave out.
void wipe(void *memory, std::size_t size);

/// A network's password or 64-digit key, at most 64 bytes, without allocation. The bytes are
/// overwritten when the object dies, is assigned to, or is wiped; copies are deliberate and few.
class Secret {
public:
  /// IEEE 802.11i: a passphrase has 8 to 63 characters, a key 64 hexadecimal digits.
  static constexpr std::size_t kMaxSize = 64;

  Secret() { clear(); }
  /// Takes at most kMaxSize bytes; more are cut, so check with is_valid_password() before.
  explicit Secret(std::string_view bytes) { assign(bytes); }
  Secret(const Secret &other) { assign(other.bytes()); }
  Secret &operator=(const Secret &other);
  ~Secret() { clear(); }

  /// The bytes, valid until this object changes or dies.
  std::string_view bytes() const { return {bytes_.data(), size_}; }
  bool empty() const { return size_ == 0; }
  void clear();

private:
  void assign(std::string_view bytes);

  std::array<char, kMaxSize> bytes_; ///< zero behind the first size_
  std::uint8_t size_;
};

/// True if `password` is one that a network can have: empty (open), 8 to 63 bytes, or 64
/// hexadecimal digits (IEEE 802.11i). A NUL byte is refused: the driver takes C strings.
bool is_valid_password(std::string_view password);

} // namespace espp::provisioning
