#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "domain/band.hpp"
#include "domain/security.hpp"

namespace espp::provisioning {

using Bssid = std::array<std::uint8_t, 6>;

/// One access point that has the name under test.
struct Candidate {
  Bssid bssid{};
  std::uint8_t channel{0}; ///< 0: not known
  std::int8_t rssi{0};     ///< dBm
  Security security{Security::Unknown};
  std::uint8_t failures{0}; ///< tries that blame the password
  bool is_out{false};       ///< another try would end the same way
  bool was_tried{false};    ///< in this round
};

/// The access points that have the name under test, in the order of comes_before(). A plain value.
class Candidates {
public:
  /// More access points of one name than this are not in reach of one device at home; the weakest
  /// are left out.
  static constexpr std::size_t kMost = 8;

  /// Adds one, or tells anew how one that is known is heard.
  void add(const Candidate &heard) {
    Candidate added = heard;
    Candidate *const known = std::ranges::find(begin(), end(), heard.bssid, &Candidate::bssid);
    if (known != end()) {
      added.failures = known->failures;
      added.is_out = known->is_out;
      added.was_tried = known->was_tried;
      std::copy(known + 1, end(), known);
      --size_;
    }
    Candidate *const weaker = std::find_if(begin(), end(), [&](const Candidate &c) {
      return comes_before(added.channel, added.rssi, c.channel, c.rssi);
    });
    if (size_ == kMost) {
      if (weaker == end()) {
        return;
      }
      --size_;
    }
    std::copy_backward(weaker, end(), end() + 1);
    *weaker = added;
    ++size_;
  }

  Candidate *begin() { return items_.data(); }
  Candidate *end() { return items_.data() + size_; }
  const Candidate *begin() const { return items_.data(); }
  const Candidate *end() const { return items_.data() + size_; }
  Candidate &operator[](std::size_t index) { return items_[index]; }
  const Candidate &operator[](std::size_t index) const { return items_[index]; }
  std::uint8_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

private:
  std::array<Candidate, kMost> items_{};
  std::uint8_t size_{0};
};

} // namespace espp::provisioning
