#include "service/announcements.hpp"

#include <utility>

namespace espp::provisioning {
namespace {

bool has_closed(const life::State &life, const Announced &announced, bool is_down) {
  if (announced.open_run == 0) {
    return false;
  }
  return announced.open_run != life.run ||
         (life.phase == life::Phase::Closing ? is_down : !life::is_open(life));
}

/// The owner's newest test has ended, or was kept, since the last look.
bool has_test_ended(const State &state, Announced &announced) {
  const attempt::ConnectReport &test = owners_test(state);
  if (test.state == attempt::ConnectState::Idle) {
    announced.test = test.id; // numbers begin anew with the parts
    return false;
  }
  if (attempt::is_running(test) ||
      (test.id == announced.test && test.was_kept == announced.was_kept)) {
    return false;
  }
  announced.test = test.id;
  announced.was_kept = test.was_kept;
  return true;
}

} // namespace

std::optional<Announcement> next_announcement(const State &state, Announced &announced,
                                              bool is_down) {
  if (announced.follows) {
    return std::exchange(announced.follows, std::nullopt);
  }
  const life::State &life = state.life;
  if (has_test_ended(state, announced)) {
    return Announcement::TestEnded;
  }
  const connection::State &connection = state.connection;
  const bool is_connected = connection.phase == connection::Phase::Connected;
  if (announced.link != 0 && (!is_connected || announced.link != connection.link)) {
    announced.link = 0;
    if (connection::is_up(connection)) { // nobody is told of a stop
      return Announcement::Disconnected;
    }
  }
  if (is_connected && announced.link == 0) {
    announced.link = connection.link;
    return Announcement::Connected;
  }
  if (life.finished && !state.wishes.shuts_down && announced.completed_run != life.run) {
    announced.completed_run = life.run;
    return Announcement::Completed;
  }
  if (has_closed(life, announced, is_down)) {
    const bool is_of_this_run = announced.open_run == life.run;
    announced.open_run = 0;
    if (is_of_this_run && life.cause == life::Cause::Completed) {
      announced.follows = Announcement::Completed;
    } else if (is_of_this_run && life.cause == life::Cause::TimedOut) {
      announced.follows = Announcement::TimedOut;
    }
    return Announcement::PortalClosed;
  }
  if (life::is_open(life) && announced.open_run == 0) {
    announced.open_run = life.run;
    return Announcement::PortalOpened;
  }
  return std::nullopt;
}

} // namespace espp::provisioning
