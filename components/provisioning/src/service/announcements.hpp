#pragma once

#include <cstdint>
#include <optional>

#include "service/state.hpp"

namespace espp::provisioning {

/// What is announced to whoever listens, beside the application's callbacks.
enum class Announcement : std::uint8_t {
  PortalOpened,
  PortalClosed, ///< life.cause
  TestEnded,    ///< owners_test()
  Completed,    ///< owners_test()
  Connected,
  Disconnected,
  TimedOut,
};

/// What has been announced so far; a plain value.
struct Announced {
  std::uint32_t open_run{0};      ///< of the portal that has opened, until it has closed; 0: none
  std::uint32_t completed_run{0}; ///< of the newest that was completed
  std::uint32_t test{0};          ///< the owner's newest that has ended
  bool was_kept{false};           ///< that one, by its owner
  std::uint32_t link{0};          ///< until it is lost; 0: none
  std::optional<Announcement> follows{};
};

/// What is to be announced next; nothing: all that is true has been. It compares how things stand with
/// what was announced, so nothing is missed while the actor is busy, but what has come and gone
/// meanwhile. `is_down`: while the portal is Closing, its parts are gone.
std::optional<Announcement> next_announcement(const State &state, Announced &announced,
                                              bool is_down);

} // namespace espp::provisioning
