#include "radio/psk.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>
#include <vector>

namespace radio {
namespace {

constexpr std::size_t kBlockSize = 64;
constexpr std::size_t kDigestSize = 20;
using Digest = std::array<std::uint8_t, kDigestSize>;

struct Sha1 {
  std::array<std::uint32_t, 5> state{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U,
                                     0xC3D2E1F0U};

  void block(const std::uint8_t *data) {
    std::array<std::uint32_t, 80> w{};
    for (std::size_t i = 0; i < 16; ++i) {
      w[i] = (std::uint32_t{data[4 * i]} << 24) | (std::uint32_t{data[4 * i + 1]} << 16) |
             (std::uint32_t{data[4 * i + 2]} << 8) | std::uint32_t{data[4 * i + 3]};
    }
    for (std::size_t i = 16; i < 80; ++i) {
      w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    }
    auto [a, b, c, d, e] = state;
    for (std::size_t i = 0; i < 80; ++i) {
      std::uint32_t f = 0;
      std::uint32_t k = 0;
      if (i < 20) {
        f = (b & c) | (~b & d);
        k = 0x5A827999U;
      } else if (i < 40) {
        f = b ^ c ^ d;
        k = 0x6ED9EBA1U;
      } else if (i < 60) {
        f = (b & c) | (b & d) | (c & d);
        k = 0x8F1BBCDCU;
      } else {
        f = b ^ c ^ d;
        k = 0xCA62C1D6U;
      }
      const std::uint32_t next = std::rotl(a, 5) + f + e + k + w[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }

  /// Hashes `tail` after `blocks_before` blocks that the state already holds.
  Digest finish(std::span<const std::uint8_t> tail, std::size_t blocks_before) {
    std::vector<std::uint8_t> message(tail.begin(), tail.end());
    const std::uint64_t bits =
        (std::uint64_t{blocks_before} * kBlockSize + std::uint64_t{tail.size()}) * 8;
    message.push_back(0x80);
    while (message.size() % kBlockSize != kBlockSize - 8) {
      message.push_back(0);
    }
    for (int shift = 56; shift >= 0; shift -= 8) {
      message.push_back(static_cast<std::uint8_t>(bits >> shift));
    }
    for (std::size_t at = 0; at < message.size(); at += kBlockSize) {
      block(message.data() + at);
    }
    Digest digest{};
    for (std::size_t i = 0; i < kDigestSize; ++i) {
      digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
    }
    return digest;
  }
};

/// HMAC-SHA-1 with both padded keys hashed once, because PBKDF2 uses one key 8192 times.
class Hmac {
public:
  explicit Hmac(std::string_view key) {
    std::array<std::uint8_t, kBlockSize> padded{};
    // A WPA passphrase has at most 63 characters: it always fits into one block.
    std::copy_n(key.begin(), std::min(key.size(), padded.size()), padded.begin());
    std::array<std::uint8_t, kBlockSize> inner{};
    std::array<std::uint8_t, kBlockSize> outer{};
    for (std::size_t i = 0; i < kBlockSize; ++i) {
      inner[i] = padded[i] ^ 0x36U;
      outer[i] = padded[i] ^ 0x5CU;
    }
    inner_.block(inner.data());
    outer_.block(outer.data());
  }

  Digest operator()(std::span<const std::uint8_t> message) const {
    Sha1 inner = inner_;
    const Digest first = inner.finish(message, 1);
    Sha1 outer = outer_;
    return outer.finish(first, 1);
  }

private:
  Sha1 inner_;
  Sha1 outer_;
};

} // namespace

Psk derive_psk(std::string_view passphrase, std::string_view ssid) {
  constexpr int kIterations = 4096;
  const Hmac hmac(passphrase);
  Psk psk{};
  std::size_t done = 0;
  for (std::uint8_t part = 1; done < psk.size(); ++part) {
    std::vector<std::uint8_t> salt(ssid.begin(), ssid.end());
    salt.insert(salt.end(), {0, 0, 0, part});
    Digest u = hmac(salt);
    Digest sum = u;
    for (int i = 1; i < kIterations; ++i) {
      u = hmac(u);
      for (std::size_t k = 0; k < kDigestSize; ++k) {
        sum[k] ^= u[k];
      }
    }
    const std::size_t take = std::min(kDigestSize, psk.size() - done);
    std::copy_n(sum.begin(), take, psk.begin() + static_cast<std::ptrdiff_t>(done));
    done += take;
  }
  return psk;
}

std::array<char, 64> to_hex(const Psk &psk) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 64> hex{};
  for (std::size_t i = 0; i < psk.size(); ++i) {
    hex[2 * i] = kDigits[psk[i] >> 4];
    hex[2 * i + 1] = kDigits[psk[i] & 0x0FU];
  }
  return hex;
}

} // namespace radio
