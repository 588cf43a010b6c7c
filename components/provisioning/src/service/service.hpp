#pragma once

#include <cstdint>
#include <expected>

#include "domain/memory.hpp"
#include "domain/profile.hpp"
#include "domain/scan_list.hpp"
#include "flow/attempt.hpp"
#include "service/api_error.hpp"
#include "service/monitor.hpp"
#include "service/state.hpp"

namespace espp::provisioning {

/// What `connect` is asked with.
struct ConnectRequest {
  Ssid ssid;
  Secret password;
  bool use_saved{false}; ///< take the saved password
  /// Of the network that is meant; Unknown: of any that the password fits.
  Security security{Security::Unknown};
};

/// How the portal stands.
struct Status {
  bool provisioned{false}; ///< a network is saved
  bool completed{false};   ///< the owner has ended set-up
  bool shuts_down{false};  ///< the access point closes once set-up is complete
  bool may_forget_all{false};
  Ssid looking_for{}; ///< the saved network that the device looks for by itself; empty: none
  attempt::ScanReport scan;
  attempt::ConnectReport connect;
  Millis now{0};
};

/// The list of networks, with what is saved.
struct Networks {
  attempt::ScanReport scan;
  ScanList list;
  Rows<SavedNetwork> saved;
  Millis now{0};
};

/// The one door: what the portal can be asked and told, whichever way the question came in. Knows no
/// transport and no ESP-IDF.
///
/// Thread-safe. Queries read what is true at that moment. Commands take effect before they return,
/// which the next query shows; what the radio has to do for them follows. None waits for the radio;
/// forget(), keep() and complete() wait for the actor, which is as long as the flash takes. Scans, tests
/// and forget_all() need the radio, which is there while the portal is open or the device stays connected; the other commands
/// need an open portal. At other times they are answered with Unavailable.
class Service {
public:
  /// Both must outlive the service.
  Service(Monitor &monitor, State &state) : monitor_(monitor), state_(state) {}

  Status status();
  /// Errors: Unavailable (memory is short).
  std::expected<Networks, ApiError> networks();
  /// Errors: Unavailable (memory is short).
  std::expected<Rows<SavedNetwork>, ApiError> saved_networks();

  /// Asks for a scan; one that runs already is as good. What the connection tries by itself gives
  /// way to it, and to a test. Errors: Busy, Unavailable.
  std::expected<void, ApiError> scan();
  /// Begins a connection test and returns its id. Errors: Busy, Completed, UnknownNetwork,
  /// Unavailable.
  std::expected<std::uint32_t, ApiError> connect(const ConnectRequest &request);
  /// Ends the running test, if any. Errors: Unavailable.
  std::expected<void, ApiError> cancel();
  /// Keeps the network of a test that has shown all but an address, as if it had been connected.
  /// Errors: NotConnected, Unavailable.
  std::expected<void, ApiError> keep();
  /// Forgets a saved network, and ends a test of it. Errors: UnknownNetwork, StorageFailed,
  /// Unavailable.
  std::expected<void, ApiError> forget(const Ssid &ssid);
  /// Forgets every saved network, for the owner. Errors: NotAllowed, StorageFailed (those that are left
  /// are still saved), Unavailable.
  std::expected<void, ApiError> forget_all();
  /// Likewise, for the application, which needs no leave and no open portal. Not for a task of the
  /// portal's, which waits for it while it closes.
  std::expected<void, ApiError> forget_all_for_application();
  /// Ends set-up with the network that was tested. Errors: NotConnected, Unavailable.
  std::expected<void, ApiError> complete();

  /// Somebody has asked for something, which puts off the portal's time-out.
  void note_use();

private:
  std::expected<void, ApiError> carry_out(const Command &command);
  bool take_radio();

  Monitor &monitor_;
  State &state_;
};

/// Steps the machine of scans and tests with what happened, under the lock. False, and nothing
/// happened, if the actor has too much to do.
bool apply(State &state, Monitor &monitor, const attempt::Event &event);

/// Likewise, with an event that has nothing more to tell.
bool apply(State &state, Monitor &monitor, attempt::EventKind kind, bool ok = false);

/// Steps the portal's life, under the lock.
void apply(State &state, Monitor &monitor, life::Event event);

/// Steps the connection, under the lock. The attempt machine must have room for what follows.
void apply(State &state, Monitor &monitor, const connection::Event &event);

} // namespace espp::provisioning
