#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "domain/time.hpp"

namespace espp::provisioning {

/// How long a server of one task may still wait for each of its clients, so that none of them takes
/// more than its share, however it spreads its slowness over requests: a client has kMost to begin
/// with, what is waited for it is taken off, and time gives it back at a rate of 1 to kEarns.
///
/// Clients are told apart by the last octet of their address, which an access point's DHCP server
/// gives out in a row; of more than kClients, some share. Not thread-safe.
class WaitCredit {
public:
  /// Milliseconds. Three whole requests of a phone so far away that each needs all of its patience.
  static constexpr Millis kMost = 3'000;

  /// Milliseconds that earn one: whoever is slow all the time takes a tenth of the server's.
  static constexpr Millis kEarns = 10;

  /// Twice as many as the access point lets in at a time.
  static constexpr std::size_t kClients = 8;

  /// Milliseconds that may still be waited for the client at `octet`.
  Millis left(std::uint8_t octet, Millis now) {
    Account &account = accounts_[octet % kClients];
    const Millis earned = (now - account.since) / kEarns;
    account.owed -= std::min(account.owed, earned);
    account.since += earned * kEarns;
    return kMost - account.owed;
  }

  /// That long has been waited for it. `now` as in left(), which is asked before each wait.
  void spend(std::uint8_t octet, Millis waited) {
    Account &account = accounts_[octet % kClients];
    account.owed = std::min(account.owed + waited, kMost);
  }

private:
  struct Account {
    Millis owed{0};
    Millis since{0};
  };
  std::array<Account, kClients> accounts_{};
};

} // namespace espp::provisioning
