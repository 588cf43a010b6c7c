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
#include <future>
#include <iostream>
#include <memory>
#include <string>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "host/clock.hpp"
#include "host/tasks.hpp"

namespace test {

using namespace std::chrono_literals;

/// Far longer than anything takes; only a test that fails waits that long.
inline constexpr std::chrono::seconds kPatience{20};
inline constexpr TickType_t kPatienceTicks = pdMS_TO_TICKS(20000);

/// Bytes that start_task() asks for; a sanitizer's frames fit in.
inline constexpr configSTACK_DEPTH_TYPE kTaskStackDepth = 100000;

/// Device time runs faster while it lives.
class Speed {
public:
  explicit Speed(double speed) { host::clock::set_speed(speed); }
  ~Speed() { host::clock::set_speed(1); }
  Speed(const Speed &) = delete;
  Speed &operator=(const Speed &) = delete;
};

/// Runs `work` on a FreeRTOS task of its own; the result is ready when the work is done.
inline std::future<void> start_task(const char *name, std::function<void()> work) {
  struct Job {
    std::function<void()> work;
    std::promise<void> done;
  };
  auto *const job = new Job{std::move(work), {}};
  std::future<void> done = job->done.get_future();
  const BaseType_t created = xTaskCreate(
      [](void *argument) {
        {
          const std::unique_ptr<Job> owned(static_cast<Job *>(argument));
          owned->work();
          owned->work = nullptr;
          owned->done.set_value();
        }
        vTaskDelete(nullptr);
      },
      name, kTaskStackDepth, job, tskIDLE_PRIORITY + 1, nullptr);
  REQUIRE(created == pdPASS);
  return done;
}

inline bool is_ready(std::future<void> &done, std::chrono::milliseconds within = kPatience) {
  return done.wait_for(within) == std::future_status::ready;
}

inline void run_on_task(const char *name, std::function<void()> work) {
  std::future<void> done = start_task(name, std::move(work));
  REQUIRE(is_ready(done));
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
