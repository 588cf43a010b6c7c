#pragma once

#include "radio/world.hpp"

namespace radio {

/// What the radio needs from the machine it runs on, beyond FreeRTOS, esp_event and NVS: the
/// network that stands in for the air, and the station's network interface.
///
/// All are called from the radio's own task, one at a time and without any of its locks held; they
/// must not wait for that task. A member that is null does nothing.
struct Hooks {
  /// The soft-AP's clients lose their connections at once, and new ones are refused.
  void (*cut_clients)(){nullptr};
  /// The clients are back: new connections are welcome again. May come without a cut before it.
  void (*restore_clients)(){nullptr};
  /// DHCP offers the station this lease: its interface stores it and posts IP_EVENT_STA_GOT_IP.
  /// False if the interface is not ready for one; the radio then offers it again for a while.
  bool (*give_lease)(const Ip4 &ip, const Ip4 &netmask, const Ip4 &gateway){nullptr};
  /// The lease has ended, and DHCP looks for another one: the interface has no address any more.
  void (*end_lease)(){nullptr};
};

} // namespace radio
