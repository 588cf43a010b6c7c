#include "idf_support.hpp"

#include <atomic>
#include <cstring>
#include <thread>

#include "freertos/event_groups.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"

using namespace test;

namespace {

__attribute__((noinline)) void use_stack() {
  volatile char used[24000];
  for (std::size_t i = 0; i < sizeof(used); ++i) {
    used[i] = 1;
  }
}

} // namespace

TEST_SUITE("freertos") {
  TEST_CASE("a task has its name, priority and handle, and is gone after it deleted itself") {
    TaskHandle_t inside = nullptr;
    std::string name;
    UBaseType_t priority = 0;
    Latch done = start_task("a name longer than fifteen", [&] {
      inside = xTaskGetCurrentTaskHandle();
      name = pcTaskGetName(nullptr);
      priority = uxTaskPriorityGet(nullptr);
    });
    REQUIRE(done.is_open());
    CHECK(inside != nullptr);
    CHECK(name == "a name longer t");
    CHECK(priority == 1);
    CHECK(all_tasks_ended());
    CHECK(host::tasks::count() == 0);
    CHECK(uxTaskGetNumberOfTasks() == 0);
  }

  TEST_CASE("running tasks can be listed with what they were created with") {
    SemaphoreHandle_t go = xSemaphoreCreateBinary();
    Latch done = start_task("waiter", [&] { xSemaphoreTake(go, portMAX_DELAY); });
    const auto tasks = host::tasks::list();
    REQUIRE(tasks.size() == 1);
    CHECK(tasks[0].name == "waiter");
    CHECK(tasks[0].stack_depth == kTaskStackDepth);
    CHECK_FALSE(host::tasks::wait_until_none(1ms));
    xSemaphoreGive(go);
    REQUIRE(done.is_open());
    CHECK(all_tasks_ended());
    vSemaphoreDelete(go);
  }

  TEST_CASE("the handle is written before the task runs") {
    static TaskHandle_t handle;
    static std::atomic<bool> same;
    static Latch *told;
    for (int i = 0; i < 50; ++i) {
      Latch latch;
      told = &latch;
      handle = nullptr;
      REQUIRE(xTaskCreate(
                  [](void *) {
                    same = handle == xTaskGetCurrentTaskHandle();
                    told->open();
                    vTaskDelete(nullptr);
                  },
                  "t", 2048, nullptr, 1, &handle) == pdPASS);
      latch.wait();
      CHECK(same);
      REQUIRE(all_tasks_ended());
    }
  }

  TEST_CASE("the stack's high-water mark falls when a task uses its stack") {
    UBaseType_t before = 0;
    UBaseType_t after = 0;
    run_on_task("user", [&] {
      before = uxTaskGetStackHighWaterMark(nullptr);
      use_stack();
      after = uxTaskGetStackHighWaterMark(nullptr);
    });
    REQUIRE(all_tasks_ended());
    CHECK(before <= kTaskStackDepth);
    CHECK(after > 0);
    CHECK(after + 20000 < before);
  }

  TEST_CASE("a task that returns, or deletes another, aborts and says so") {
    CHECK(contains(words_of_abort([] {
                     xTaskCreate([](void *) {}, "careless", 2048, nullptr, 1, nullptr);
                     pause();
                   }),
                   "task \"careless\" must not return"));
    CHECK(contains(words_of_abort([] {
                     int other = 0;
                     vTaskDelete(reinterpret_cast<TaskHandle_t>(&other));
                   }),
                   "vTaskDelete: not implemented on the host"));
    CHECK(contains(words_of_abort([] { vTaskDelete(nullptr); }), "not a FreeRTOS task"));
    CHECK(contains(words_of_abort([] {
                     xTaskCreate([](void *) {}, "t", 2048, nullptr, configMAX_PRIORITIES, nullptr);
                   }),
                   "priority"));
  }

  TEST_CASE("ticks are milliseconds of the device's clock") {
    const Speed fast(50);
    const TickType_t start = xTaskGetTickCount();
    vTaskDelay(pdMS_TO_TICKS(500));
    CHECK(xTaskGetTickCount() - start >= 500);
    TickType_t wake = xTaskGetTickCount();
    const TickType_t began = wake;
    CHECK(xTaskDelayUntil(&wake, 200) == pdTRUE);
    CHECK(wake == began + 200);
    CHECK(xTaskGetTickCount() - began >= 199);
    wake = xTaskGetTickCount() - 300;
    CHECK(xTaskDelayUntil(&wake, 200) == pdFALSE);
  }

  TEST_CASE("a queue hands out copies in order, and one sent to the front first") {
    QueueHandle_t queue = xQueueCreate(3, sizeof(int));
    for (int value : {1, 2}) {
      CHECK(xQueueSend(queue, &value, 0) == pdTRUE);
    }
    const int zero = 0;
    CHECK(xQueueSendToFront(queue, &zero, 0) == pdTRUE);
    CHECK(uxQueueMessagesWaiting(queue) == 3);
    CHECK(uxQueueSpacesAvailable(queue) == 0);
    const int more = 4;
    CHECK(xQueueSendToBack(queue, &more, 0) == errQUEUE_FULL);
    int value = -1;
    CHECK(xQueuePeek(queue, &value, 0) == pdTRUE);
    CHECK(value == 0);
    for (int expected : {0, 1, 2}) {
      CHECK(xQueueReceive(queue, &value, 0) == pdTRUE);
      CHECK(value == expected);
    }
    CHECK(xQueueReceive(queue, &value, 0) == errQUEUE_EMPTY);
    vQueueDelete(queue);
  }

  TEST_CASE("a queue of one can be overwritten, and any queue emptied") {
    QueueHandle_t queue = xQueueCreate(1, sizeof(int));
    for (int value : {7, 8}) {
      CHECK(xQueueOverwrite(queue, &value) == pdPASS);
    }
    int value = 0;
    CHECK(xQueuePeek(queue, &value, 0) == pdTRUE);
    CHECK(value == 8);
    CHECK(xQueueReset(queue) == pdPASS);
    CHECK(uxQueueMessagesWaiting(queue) == 0);
    vQueueDelete(queue);
  }

  TEST_CASE("waiting for a queue ends after the device's time-out, not before") {
    const Speed fast(20);
    QueueHandle_t queue = xQueueCreate(1, sizeof(int));
    int value = 0;
    const TickType_t start = xTaskGetTickCount();
    CHECK(xQueueReceive(queue, &value, pdMS_TO_TICKS(300)) == pdFALSE);
    CHECK(xTaskGetTickCount() - start >= 299);
    CHECK(xQueueSend(queue, &value, 0) == pdTRUE);
    CHECK(xQueueSend(queue, &value, pdMS_TO_TICKS(100)) == pdFALSE);
    vQueueDelete(queue);
  }

  TEST_CASE("a full queue lets senders on as receivers make room, and loses nothing") {
    constexpr int kEach = 500;
    QueueHandle_t queue = xQueueCreate(2, sizeof(int));
    std::vector<Latch> senders;
    for (int sender = 0; sender < 3; ++sender) {
      senders.push_back(start_task("sender", [=] {
        for (int i = 0; i < kEach; ++i) {
          const int value = sender * kEach + i;
          xQueueSend(queue, &value, portMAX_DELAY);
        }
      }));
    }
    std::vector<int> next(3, 0);
    for (int i = 0; i < 3 * kEach; ++i) {
      int value = 0;
      REQUIRE(xQueueReceive(queue, &value, kPatienceTicks) == pdTRUE);
      const auto sender = static_cast<std::size_t>(value / kEach);
      CHECK(value % kEach == next[sender]++);
    }
    CHECK(all_tasks_ended());
    vQueueDelete(queue);
  }

  TEST_CASE("deleting a queue that a task waits on aborts") {
    CHECK(contains(words_of_abort([] {
                     QueueHandle_t queue = xQueueCreate(1, 1);
                     start_task("waiter", [&] {
                       char item;
                       xQueueReceive(queue, &item, portMAX_DELAY);
                     });
                     wait_for_rest();
                     vQueueDelete(queue);
                   }),
                   "vQueueDelete: a task still waits on it"));
  }

  TEST_CASE("taking a plain mutex twice does not succeed, a recursive one's depth is counted") {
    SemaphoreHandle_t plain = xSemaphoreCreateMutex();
    CHECK(xSemaphoreTake(plain, 0) == pdTRUE);
    CHECK(xSemaphoreGetMutexHolder(plain) == xTaskGetCurrentTaskHandle());
    CHECK(xSemaphoreTake(plain, 2) == pdFALSE);
    CHECK(xSemaphoreGive(plain) == pdTRUE);
    CHECK(xSemaphoreGetMutexHolder(plain) == nullptr);
    CHECK(xSemaphoreGive(plain) == pdFALSE);
    vSemaphoreDelete(plain);

    SemaphoreHandle_t recursive = xSemaphoreCreateRecursiveMutex();
    CHECK(xSemaphoreTakeRecursive(recursive, 0) == pdTRUE);
    CHECK(xSemaphoreTakeRecursive(recursive, 0) == pdTRUE);
    BaseType_t elsewhere = pdTRUE;
    BaseType_t given_elsewhere = pdTRUE;
    run_on_task("other", [&] {
      given_elsewhere = xSemaphoreGiveRecursive(recursive);
      elsewhere = xSemaphoreTakeRecursive(recursive, 0);
    });
    CHECK(elsewhere == pdFALSE);
    CHECK(given_elsewhere == pdFALSE);
    CHECK(xSemaphoreGiveRecursive(recursive) == pdTRUE);
    CHECK(xSemaphoreGiveRecursive(recursive) == pdTRUE);
    CHECK(xSemaphoreGiveRecursive(recursive) == pdFALSE);
    run_on_task("other", [&] {
      elsewhere = xSemaphoreTakeRecursive(recursive, 0);
      xSemaphoreGiveRecursive(recursive);
    });
    CHECK(elsewhere == pdTRUE);
    REQUIRE(all_tasks_ended());
    vSemaphoreDelete(recursive);
  }

  TEST_CASE("giving a mutex that another task holds aborts") {
    CHECK(contains(words_of_abort([] {
                     SemaphoreHandle_t mutex = xSemaphoreCreateMutex();
                     std::thread([&] { xSemaphoreTake(mutex, 0); }).join();
                     xSemaphoreGive(mutex);
                   }),
                   "xSemaphoreGive: the mutex is held by another task"));
  }

  TEST_CASE("binary and counting semaphores count up to their maximum") {
    SemaphoreHandle_t binary = xSemaphoreCreateBinary();
    CHECK(xSemaphoreTake(binary, 0) == pdFALSE);
    CHECK(xSemaphoreGive(binary) == pdTRUE);
    CHECK(xSemaphoreGive(binary) == pdFALSE);
    CHECK(xSemaphoreTake(binary, 0) == pdTRUE);
    vSemaphoreDelete(binary);

    SemaphoreHandle_t counting = xSemaphoreCreateCounting(3, 2);
    CHECK(uxSemaphoreGetCount(counting) == 2);
    CHECK(xSemaphoreGive(counting) == pdTRUE);
    CHECK(xSemaphoreGive(counting) == pdFALSE);
    for (int i = 0; i < 3; ++i) {
      CHECK(xSemaphoreTake(counting, 0) == pdTRUE);
    }
    CHECK(xSemaphoreTake(counting, 0) == pdFALSE);
    vSemaphoreDelete(counting);
  }

  TEST_CASE("semaphores in the application's memory allocate nothing and can be made anew there") {
    CHECK(xSemaphoreCreateMutexStatic(nullptr) == nullptr);
    CHECK(xSemaphoreCreateBinaryStatic(nullptr) == nullptr);
    StaticSemaphore_t memory;
    for (int round = 0; round < 2; ++round) {
      const SemaphoreHandle_t mutex = xSemaphoreCreateMutexStatic(&memory);
      REQUIRE(mutex != nullptr);
      CHECK(static_cast<void *>(mutex) == &memory);
      CHECK(xSemaphoreTake(mutex, 0) == pdTRUE);
      CHECK(xSemaphoreGetMutexHolder(mutex) == xTaskGetCurrentTaskHandle());
      CHECK(xSemaphoreTake(mutex, 1) == pdFALSE);
      CHECK(xSemaphoreGive(mutex) == pdTRUE);
      vSemaphoreDelete(mutex);
      const SemaphoreHandle_t binary = xSemaphoreCreateBinaryStatic(&memory);
      CHECK(xSemaphoreTake(binary, 0) == pdFALSE);
      CHECK(xSemaphoreGive(binary) == pdTRUE);
      CHECK(xSemaphoreGive(binary) == pdFALSE);
      CHECK(xSemaphoreTake(binary, 0) == pdTRUE);
      vSemaphoreDelete(binary);
    }
  }

  TEST_CASE("a task is found by its name as long as it lives") {
    CHECK(xTaskGetHandle("sought") == nullptr);
    TaskHandle_t task = nullptr;
    Latch started;
    Latch leave;
    Latch done = start_task("sought", [&] {
      task = xTaskGetCurrentTaskHandle();
      started.open();
      leave.wait();
    });
    started.wait();
    CHECK(xTaskGetHandle("sought") == task);
    CHECK(std::string(pcTaskGetName(task)) == "sought");
    leave.open();
    done.wait();
    REQUIRE(all_tasks_ended());
    CHECK(xTaskGetHandle("sought") == nullptr);
    CHECK(contains(words_of_abort([] { xTaskGetHandle("far too long for a task"); }), "longer"));
  }

  TEST_CASE("a mutex keeps tasks out of each other's way") {
    SemaphoreHandle_t mutex = xSemaphoreCreateMutex();
    int shared = 0;
    for (int task = 0; task < 4; ++task) {
      start_task("adder", [&shared, mutex] {
        for (int i = 0; i < 500; ++i) {
          xSemaphoreTake(mutex, portMAX_DELAY);
          ++shared;
          xSemaphoreGive(mutex);
        }
      });
    }
    REQUIRE(all_tasks_ended());
    CHECK(shared == 2000);
    vSemaphoreDelete(mutex);
  }

  TEST_CASE("event groups wait for any or for all bits, and clear them if asked") {
    EventGroupHandle_t group = xEventGroupCreate();
    CHECK(xEventGroupSetBits(group, 0x1) == 0x1);
    CHECK(xEventGroupWaitBits(group, 0x3, pdFALSE, pdFALSE, 0) == 0x1);
    CHECK(xEventGroupWaitBits(group, 0x3, pdTRUE, pdTRUE, 2) == 0x1);
    CHECK(xEventGroupGetBits(group) == 0x1);
    EventBits_t seen = 0;
    Latch done = start_task(
        "waiter", [&] { seen = xEventGroupWaitBits(group, 0x3, pdTRUE, pdTRUE, portMAX_DELAY); });
    xEventGroupSetBits(group, 0x6);
    REQUIRE(done.is_open());
    CHECK(seen == 0x7);
    CHECK(xEventGroupGetBits(group) == 0x4);
    CHECK(xEventGroupClearBits(group, 0x4) == 0x4);
    CHECK(xEventGroupGetBits(group) == 0);
    REQUIRE(all_tasks_ended());
    vEventGroupDelete(group);
    CHECK(contains(words_of_abort([] { xEventGroupSetBits(xEventGroupCreate(), 0x01000000); }),
                   "only the lower 24 bits"));
  }

  TEST_CASE("deleting an event group wakes those who wait with 0") {
    EventGroupHandle_t group = xEventGroupCreate();
    EventBits_t seen = 1;
    Latch done = start_task(
        "waiter", [&] { seen = xEventGroupWaitBits(group, 0x1, pdTRUE, pdTRUE, portMAX_DELAY); });
    wait_for_rest();
    vEventGroupDelete(group);
    REQUIRE(done.is_open());
    CHECK(seen == 0);
    REQUIRE(all_tasks_ended());
  }
}
