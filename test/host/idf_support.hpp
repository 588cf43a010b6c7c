/// What the host port's tests share.
#pragma once

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "host/clock.hpp"
#include "host/tasks.hpp"

namespace test {

using namespace std::chrono_literals;

/// Of the device's time: far longer than anything takes. Only a test that fails waits that long.
inline constexpr std::chrono::seconds kPatience{60};
inline constexpr TickType_t kPatienceTicks = pdMS_TO_TICKS(60000);

/// Bytes that start_task() asks for; a sanitizer's frames fit in.
inline constexpr configSTACK_DEPTH_TYPE kTaskStackDepth = 100000;

/// Device time runs at that speed while it lives.
class Speed {
public:
  explicit Speed(double speed) { host::clock::set_speed(speed); }
  ~Speed() { host::clock::set_speed(1); }
  Speed(const Speed &) = delete;
  Speed &operator=(const Speed &) = delete;
};

/// Opens once. The device's clock knows whoever waits for it.
class Latch {
public:
  void open() {
    const std::shared_ptr<State> state = state_; // a waiter may drop the latch at once
    const std::lock_guard lock(state->mutex);
    state->is_open = true;
    state->changed.notify_all();
  }
  bool is_open(std::chrono::milliseconds within = kPatience) {
    std::unique_lock lock(state_->mutex);
    return state_->changed.wait(lock, host::clock::deadline_in(within),
                                [&] { return state_->is_open; });
  }
  void wait() { REQUIRE(is_open()); }

private:
  struct State {
    std::mutex mutex;
    host::clock::Signal changed;
    bool is_open = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// Until every task of the device waits.
inline void wait_for_rest() {
  host::clock::sleep_for(1us);
}

/// Runs `work` on a FreeRTOS task of its own; the latch opens when the work is done.
inline Latch start_task(const char *name, std::function<void()> work) {
  struct Job {
    std::function<void()> work;
    Latch done;
  };
  auto *const job = new Job{std::move(work), {}};
  Latch done = job->done;
  const BaseType_t created = xTaskCreate(
      [](void *argument) {
        {
          const std::unique_ptr<Job> owned(static_cast<Job *>(argument));
          owned->work();
          owned->work = nullptr;
          owned->done.open();
        }
        vTaskDelete(nullptr);
      },
      name, kTaskStackDepth, job, tskIDLE_PRIORITY + 1, nullptr);
  REQUIRE(created == pdPASS);
  return done;
}

inline void run_on_task(const char *name, std::function<void()> work) {
  start_task(name, std::move(work)).wait();
}

inline bool all_tasks_ended() {
  return host::tasks::wait_until_none(kPatience);
}

/// Runs `work` in a child process and returns what it wrote to stderr if it aborted; "" if it did
/// not.
inline std::string words_of_abort(const std::function<void()> &work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  // Or the child would write what is buffered a second time.
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    // Not doctest's handler, and no sanitizer's report: only the port's own words.
    signal(SIGABRT, SIG_DFL);
    work();
    _exit(0);
  }
  close(ends[1]);
  std::string words;
  char buffer[256];
  ssize_t got = 0;
  while ((got = read(ends[0], buffer, sizeof(buffer))) > 0) {
    words.append(buffer, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  const bool aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
  return aborted ? words : std::string();
}

inline bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

} // namespace test
