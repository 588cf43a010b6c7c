/// What runs on FreeRTOS, for tests.
#pragma once

#include "host/clock.hpp"

namespace host::tasks {

/// The tasks of this moment are the system's and the tests' own.
void remember_what_runs();

/// Waits until no other task is left or `timeout` has passed; true if none is left.
[[nodiscard]] bool wait_until_none(clock::Duration timeout);

} // namespace host::tasks
