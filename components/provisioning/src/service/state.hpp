#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "domain/memory.hpp"
#include "domain/parts.hpp"
#include "domain/profile.hpp"
#include "domain/scan_list.hpp"
#include "flow/attempt.hpp"
#include "flow/connection.hpp"
#include "flow/life.hpp"
#include "service/api_error.hpp"

namespace espp::provisioning {

/// Actions of the attempt machine that the actor is still to carry out, oldest first.
class ActionQueue {
public:
  /// A request adds at most Actions::kMost, and the machine asks for nothing more until the radio has
  /// answered; the rest is for answers that come while the actor is busy writing flash.
  static constexpr std::size_t kCapacity = 8;

  bool has_room() const { return kCapacity - size_ >= attempt::Actions::kMost; }
  void push(const attempt::Action &action) {
    items_[(first_ + size_) % kCapacity] = action;
    ++size_;
  }
  std::optional<attempt::Action> pop() {
    if (size_ == 0) {
      return std::nullopt;
    }
    const attempt::Action action = items_[first_];
    first_ = (first_ + 1) % kCapacity;
    --size_;
    return action;
  }
  void clear() { size_ = 0; }
  bool empty() const { return size_ == 0; }

private:
  std::array<attempt::Action, kCapacity> items_{};
  std::size_t first_{0};
  std::size_t size_{0};
};

/// A command that only the actor can carry out, while its caller waits.
struct Command {
  enum class Kind : std::uint8_t { Forget, ForgetAll, Keep, Complete };
  Kind kind{Kind::Forget};
  Ssid ssid{}; ///< of Forget
  /// Of ForgetAll: it comes from the application, so that the portal may be closed.
  bool is_of_application{false};
  bool is_done{false};
  std::optional<ApiError> error{}; ///< once done
};

/// The network of the running or the newest test.
struct Tested {
  Ssid ssid;
  Secret password;
  bool is_saved{false}; ///< the password is the saved one, which the actor reads when it connects
};

/// All that is true of the portal, guarded by the Monitor. Everybody reads it here; there is no copy.
struct State {
  life::State life;
  life::Wishes wishes;
  connection::State connection;
  connection::Wishes connection_wishes;
  attempt::State attempt;
  /// The connection's newest try, by its number among the tests; 0: none. A try is no test of the
  /// owner's, so whoever looks at the portal does not see it.
  std::uint32_t own_test{0};
  attempt::ConnectReport owners_test; ///< the newest, if a try came after it
  ScanList list;
  bool list_is_asked_for{false}; ///< by whoever holds the cable, while no portal is open
  Rows<SavedNetwork> saved;      ///< newest first
  bool may_forget_all{false};    ///< the page may offer it; set before anybody asks
  Tested tested;
  Tested chosen;      ///< for `on_provisioned`; without a name: none
  Millis last_use{0}; ///< when somebody asked for something

  // For the actor to take.
  ActionQueue radio_actions;
  std::optional<Command> command;
  bool open_asked{false};
  bool close_asked{false};
  bool bring_up_asked{false};
  bool bring_down_asked{false};
};

/// True if the newest test is a try of the connection's.
inline bool is_own_test(const State &state) {
  return kHasConnection && state.own_test != 0 && state.attempt.connect.id == state.own_test;
}

/// The owner's newest test.
inline const attempt::ConnectReport &owners_test(const State &state) {
  return is_own_test(state) ? state.owners_test : state.attempt.connect;
}

/// As connection::is_up() and connection::is_off().
inline bool is_connection_up(const State &state) {
  return kHasConnection && connection::is_up(state.connection);
}
inline bool is_connection_off(const State &state) {
  return !kHasConnection || connection::is_off(state.connection);
}

/// True while there are parts that carry out commands and actions.
inline bool has_parts(const State &state) {
  return life::is_open(state.life) || is_connection_up(state);
}

} // namespace espp::provisioning
