#include "idf_support.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "freertos/queue.h"
#include "freertos/semphr.h"

using namespace test;

namespace {

using Steady = std::chrono::steady_clock;

void compute_for(std::chrono::milliseconds time) {
  const auto begun = Steady::now();
  while (Steady::now() - begun < time) {
  }
}

struct SocketPair {
  int ends[2] = {-1, -1};

  SocketPair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0); }
  ~SocketPair() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  SocketPair(const SocketPair &) = delete;
  SocketPair &operator=(const SocketPair &) = delete;
};

} // namespace

TEST_SUITE("the device's clock") {
  TEST_CASE("ten seconds take no less than the speed allows, and no more of the device's time") {
    const Speed fast(100);
    const auto before = host::clock::now();
    const auto real = Steady::now();
    host::clock::sleep_for(10s);
    CHECK(Steady::now() - real >= 90ms);
    CHECK(host::clock::now() - before == 10s);
    CHECK(host::clock::speed() == 100);
  }

  TEST_CASE("a delay ends with the tick it was asked for") {
    const Speed fast(100);
    vTaskDelay(1);
    const TickType_t before = xTaskGetTickCount();
    vTaskDelay(7);
    CHECK(xTaskGetTickCount() == before + 7);
    CHECK(host::clock::now().count() % 1000 == 0);
  }

  TEST_CASE("a task that computes for long is not late: no time passes meanwhile") {
    const Speed fast(100);
    const auto before = host::clock::now();
    start_task("busy", [] { compute_for(50ms); });
    host::clock::sleep_for(3ms);
    CHECK(host::clock::now() - before == 3ms);
  }

  TEST_CASE("a task that waits in turns lets time pass, one that only yields does as well") {
    const Speed fast(100);
    const TickType_t end = xTaskGetTickCount() + 50;
    run_on_task("waits for a tick", [end] {
      while (xTaskGetTickCount() < end) {
        taskYIELD();
      }
    });
    CHECK(xTaskGetTickCount() >= end);
  }

  TEST_CASE("a task that was woken holds the clock before the machine lets it run") {
    const Speed fast(1000);
    const SemaphoreHandle_t ping = xSemaphoreCreateBinary();
    const SemaphoreHandle_t pong = xSemaphoreCreateBinary();
    constexpr int kRounds = 2000;
    Latch done = start_task("other", [&] {
      for (int i = 0; i < kRounds; ++i) {
        xSemaphoreTake(ping, portMAX_DELAY);
        xSemaphoreGive(pong);
      }
    });
    const auto before = host::clock::now();
    int late = 0;
    for (int i = 0; i < kRounds; ++i) {
      xSemaphoreGive(ping);
      late += xSemaphoreTake(pong, 2) == pdTRUE ? 0 : 1;
    }
    CHECK(late == 0);
    CHECK(host::clock::now() == before);
    done.wait();
    CHECK(all_tasks_ended());
    vSemaphoreDelete(ping);
    vSemaphoreDelete(pong);
  }

  TEST_CASE("a task whose socket has input holds the clock before it reads it") {
    const Speed fast(1000);
    const SocketPair wire;
    constexpr int kRounds = 2000;
    Latch done = start_task("echo", [&] {
      char byte = 0;
      while (recv(wire.ends[1], &byte, 1, 0) == 1) {
        send(wire.ends[1], &byte, 1, 0);
      }
    });
    const timeval two_ms{.tv_sec = 0, .tv_usec = 2000};
    setsockopt(wire.ends[0], SOL_SOCKET, SO_RCVTIMEO, &two_ms, sizeof(two_ms));
    const auto before = host::clock::now();
    int late = 0;
    for (int i = 0; i < kRounds; ++i) {
      char byte = 'b';
      send(wire.ends[0], &byte, 1, 0);
      late += recv(wire.ends[0], &byte, 1, 0) == 1 ? 0 : 1;
    }
    CHECK(late == 0);
    CHECK(host::clock::now() == before);
    shutdown(wire.ends[0], SHUT_RDWR);
    done.wait();
    CHECK(all_tasks_ended());
  }

  TEST_CASE("a socket's time-out is device time, for select() too") {
    const Speed fast(100);
    const SocketPair wire;
    const timeval second{.tv_sec = 1, .tv_usec = 0};
    setsockopt(wire.ends[0], SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
    auto before = host::clock::now();
    char byte = 0;
    CHECK(recv(wire.ends[0], &byte, 1, 0) == -1);
    CHECK(errno == EAGAIN);
    CHECK(host::clock::now() - before == 1s);

    before = host::clock::now();
    fd_set set;
    FD_ZERO(&set);
    FD_SET(wire.ends[0], &set);
    timeval timeout = second;
    CHECK(select(wire.ends[0] + 1, &set, nullptr, nullptr, &timeout) == 0);
    CHECK_FALSE(FD_ISSET(wire.ends[0], &set));
    CHECK(host::clock::now() - before == 1s);

    REQUIRE(send(wire.ends[1], "b", 1, 0) == 1);
    FD_SET(wire.ends[0], &set);
    timeout = second;
    CHECK(select(wire.ends[0] + 1, &set, nullptr, nullptr, &timeout) == 1);
    CHECK(FD_ISSET(wire.ends[0], &set));
    CHECK(host::clock::now() - before == 1s);
  }

  TEST_CASE("a blocking send() ends when all is sent") {
    const SocketPair wire;
    const std::string much(4'000'000, 'x');
    ssize_t sent = 0;
    Latch done =
        start_task("sender", [&] { sent = send(wire.ends[0], much.data(), much.size(), 0); });
    std::size_t got = 0;
    std::string block(100'000, '\0');
    while (got < much.size()) {
      const ssize_t count = recv(wire.ends[1], block.data(), block.size(), 0);
      REQUIRE(count > 0);
      got += static_cast<std::size_t>(count);
    }
    done.wait();
    CHECK(sent == static_cast<ssize_t>(much.size()));
    CHECK(all_tasks_ended());
  }

  TEST_CASE("a client that takes part is never too late, whatever it does before it answers") {
    const Speed fast(1000);
    const QueueHandle_t queue = xQueueCreate(1, sizeof(int));
    BaseType_t got = pdFALSE;
    Latch done = start_task("impatient", [&] {
      int value = 0;
      got = xQueueReceive(queue, &value, 1);
    });
    compute_for(30ms);
    const int value = 1;
    xQueueSend(queue, &value, 0);
    done.wait();
    CHECK(got == pdTRUE);
    CHECK(all_tasks_ended());
    vQueueDelete(queue);
  }

  TEST_CASE("a client that is away, or takes no part, does not hold the clock") {
    const Speed fast(100);
    std::atomic<bool> has_slept{false};
    std::thread outside([&] {
      host::clock::sleep_for(1s);
      has_slept = true;
    });
    {
      const host::clock::Away away;
      CHECK_FALSE(host::clock::takes_part());
      outside.join();
    }
    CHECK(host::clock::takes_part());
    CHECK(has_slept);
  }
}
