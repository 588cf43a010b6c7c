/// How the clock learns of the threads that FreeRTOS makes.
#pragma once

namespace host::clock {

/// A task's thread is about to start: it holds the clock from now on, before it has ever run.
void task_is_created();
/// It could not be started after all.
void task_is_not_created();

/// The calling thread is the one that was announced.
void task_begins();
/// The calling thread holds the clock no more and will not wait again.
void task_ends();

/// Lets other threads run, and time pass if they all wait.
void yield();

} // namespace host::clock
