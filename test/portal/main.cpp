#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "host/clock.hpp"

namespace {

/// The radio's timing and every time-out shrink alike. Faster, and deriving a network's key, which
/// takes real time under a sanitizer, would eat into a test's 20 s.
constexpr double kSpeed = 15;
/// Slower, and what waits for a minute of the device's would not come to its end in the 20 s that
/// tests wait.
constexpr double kLeastSpeed = 4;

std::chrono::nanoseconds computed() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// How many times as long as it computes this thread takes, beside what else the machine does now.
double slowness() {
  constexpr std::chrono::milliseconds kSample{20};
  const auto begun = std::chrono::steady_clock::now();
  const auto until = computed() + kSample;
  while (computed() < until) {
  }
  return (std::chrono::steady_clock::now() - begun) / std::chrono::duration<double>(kSample);
}

/// Lets the device's time run slower on a busy machine, or its time-outs would be over before the
/// machine had done what they bound.
struct Pace : doctest::IReporter {
  explicit Pace(const doctest::ContextOptions & /*options*/) {}
  void test_case_start(const doctest::TestCaseData & /*test*/) override {
    host::clock::set_speed(std::clamp(kSpeed / slowness(), kLeastSpeed, kSpeed));
  }
  void report_query(const doctest::QueryData & /*query*/) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats & /*stats*/) override {}
  void test_case_reenter(const doctest::TestCaseData & /*test*/) override {}
  void test_case_end(const doctest::CurrentTestCaseStats & /*stats*/) override {}
  void test_case_exception(const doctest::TestCaseException & /*exception*/) override {}
  void subcase_start(const doctest::SubcaseSignature & /*subcase*/) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData & /*assert*/) override {}
  void log_message(const doctest::MessageData & /*message*/) override {}
  void test_case_skipped(const doctest::TestCaseData & /*test*/) override {}
};

REGISTER_LISTENER("pace", 1, Pace);

} // namespace

int main(int argc, char **argv) {
  return doctest::Context(argc, argv).run();
}
