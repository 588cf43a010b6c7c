#include "idf_support.hpp"

#include <atomic>
#include <mutex>
#include <vector>

#include "esp_event.h"
#include "esp_wifi_types.h"

using namespace test;

ESP_EVENT_DEFINE_BASE(TEST_EVENT);
ESP_EVENT_DEFINE_BASE(OTHER_EVENT);

namespace {

// The default loop for one test.
struct DefaultLoop {
  DefaultLoop() { REQUIRE(esp_event_loop_create_default() == ESP_OK); }
  ~DefaultLoop() {
    CHECK(esp_event_loop_delete_default() == ESP_OK);
    CHECK(all_tasks_ended());
  }
};

// What handlers have seen, in order.
struct Journal {
  std::mutex mutex;
  host::clock::Signal changed;
  std::vector<std::string> lines;

  void add(std::string line) {
    const std::lock_guard lock(mutex);
    lines.push_back(std::move(line));
    changed.notify_all();
  }

  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, host::clock::deadline_in(kPatience), [&] { return lines.size() >= count; });
    return lines;
  }
};

struct Entry {
  Journal *journal;
  const char *name;
};

void note(void *argument, esp_event_base_t, int32_t id, void *) {
  const auto *const entry = static_cast<Entry *>(argument);
  entry->journal->add(entry->name + std::to_string(id));
}

void other_note(void *argument, esp_event_base_t base, int32_t id, void *data) {
  note(argument, base, id, data);
}

using Lines = std::vector<std::string>;

// Holds the loop's task inside a handler until released.
struct Gate {
  Latch entered;
  Latch release;

  static void wait(void *argument, esp_event_base_t, int32_t, void *) {
    auto *const gate = static_cast<Gate *>(argument);
    gate->entered.open();
    gate->release.wait();
  }
};

} // namespace

TEST_SUITE("esp_event") {
  TEST_CASE("without a default loop its calls say ESP_ERR_INVALID_STATE") {
    CHECK(esp_event_post(TEST_EVENT, 1, nullptr, 0, 0) == ESP_ERR_INVALID_STATE);
    CHECK(esp_event_handler_register(TEST_EVENT, 1, note, nullptr) == ESP_ERR_INVALID_STATE);
    CHECK(esp_event_handler_unregister(TEST_EVENT, 1, note) == ESP_ERR_INVALID_STATE);
    CHECK(esp_event_loop_delete_default() == ESP_ERR_INVALID_STATE);
    const DefaultLoop loop;
    CHECK(esp_event_loop_create_default() == ESP_ERR_INVALID_STATE);
  }

  TEST_CASE("handlers run on the loop's task and get a copy of the data") {
    const DefaultLoop loop;
    struct Seen {
      std::string task;
      int value;
      bool had_data;
      Latch done;
    } seen{};
    const auto handler = [](void *argument, esp_event_base_t, int32_t, void *data) {
      auto *const result = static_cast<Seen *>(argument);
      result->task = pcTaskGetName(nullptr);
      result->had_data = data != nullptr;
      result->value = data != nullptr ? *static_cast<int *>(data) : 0;
      result->done.open();
    };
    REQUIRE(esp_event_handler_register(TEST_EVENT, 1, handler, &seen) == ESP_OK);
    int value = 42;
    REQUIRE(esp_event_post(TEST_EVENT, 1, &value, sizeof(value), 0) == ESP_OK);
    value = 0;
    seen.done.wait();
    CHECK(seen.task == "sys_evt");
    CHECK(seen.value == 42);

    seen.done = {};
    REQUIRE(esp_event_post(TEST_EVENT, 1, nullptr, 0, 0) == ESP_OK);
    seen.done.wait();
    CHECK_FALSE(seen.had_data);
  }

  TEST_CASE("handlers run in the order of registration, whatever they are registered for") {
    Journal journal;
    Entry entries[] = {
        {&journal, "id"}, {&journal, "base"}, {&journal, "any"}, {&journal, "id again"}};
    const DefaultLoop loop;
    esp_event_handler_instance_t instances[4];
    REQUIRE(esp_event_handler_instance_register(TEST_EVENT, 1, note, &entries[0], &instances[0]) ==
            ESP_OK);
    REQUIRE(esp_event_handler_instance_register(TEST_EVENT, ESP_EVENT_ANY_ID, note, &entries[1],
                                                &instances[1]) == ESP_OK);
    REQUIRE(esp_event_handler_instance_register(ESP_EVENT_ANY_BASE, ESP_EVENT_ANY_ID, note,
                                                &entries[2], &instances[2]) == ESP_OK);
    REQUIRE(esp_event_handler_instance_register(TEST_EVENT, 1, note, &entries[3], &instances[3]) ==
            ESP_OK);
    esp_event_post(TEST_EVENT, 1, nullptr, 0, 0);
    esp_event_post(TEST_EVENT, 2, nullptr, 0, 0);
    esp_event_post(OTHER_EVENT, 1, nullptr, 0, 0);
    CHECK(journal.wait_for(7) ==
          Lines{"id1", "base1", "any1", "id again1", "base2", "any2", "any1"});
  }

  TEST_CASE(
      "registering the same function again replaces its argument, as an instance it comes twice") {
    Journal journal;
    Entry first{&journal, "first"};
    Entry second{&journal, "second"};
    const DefaultLoop loop;
    REQUIRE(esp_event_handler_register(TEST_EVENT, 1, note, &first) == ESP_OK);
    REQUIRE(esp_event_handler_register(TEST_EVENT, 1, note, &second) == ESP_OK);
    REQUIRE(esp_event_handler_register(TEST_EVENT, 1, other_note, &first) == ESP_OK);
    esp_event_post(TEST_EVENT, 1, nullptr, 0, 0);
    CHECK(journal.wait_for(2) == Lines{"second1", "first1"});
  }

  TEST_CASE("what can't be posted or registered is refused") {
    const DefaultLoop loop;
    CHECK(esp_event_post(ESP_EVENT_ANY_BASE, 1, nullptr, 0, 0) == ESP_ERR_INVALID_ARG);
    CHECK(esp_event_post(TEST_EVENT, ESP_EVENT_ANY_ID, nullptr, 0, 0) == ESP_ERR_INVALID_ARG);
    CHECK(esp_event_handler_register(ESP_EVENT_ANY_BASE, 1, note, nullptr) == ESP_ERR_INVALID_ARG);
    CHECK(esp_event_handler_unregister(TEST_EVENT, 1, note) == ESP_ERR_NOT_FOUND);
    CHECK(esp_event_handler_instance_unregister(TEST_EVENT, 1, nullptr) == ESP_ERR_INVALID_ARG);
  }

  TEST_CASE("a full queue times out, and takes more once there is room") {
    const Speed fast(20);
    Gate gate;
    const DefaultLoop loop;
    REQUIRE(esp_event_handler_register(TEST_EVENT, 1, Gate::wait, &gate) == ESP_OK);
    REQUIRE(esp_event_post(TEST_EVENT, 1, nullptr, 0, 0) == ESP_OK);
    gate.entered.wait();
    for (int i = 0; i < 32; ++i) {
      CHECK(esp_event_post(TEST_EVENT, 2, nullptr, 0, 0) == ESP_OK);
    }
    CHECK(esp_event_post(TEST_EVENT, 2, nullptr, 0, 0) == ESP_ERR_TIMEOUT);
    const TickType_t start = xTaskGetTickCount();
    CHECK(esp_event_post(TEST_EVENT, 2, nullptr, 0, pdMS_TO_TICKS(200)) == ESP_ERR_TIMEOUT);
    CHECK(xTaskGetTickCount() - start >= 199);
    gate.release.open();
    CHECK(esp_event_post(TEST_EVENT, 2, nullptr, 0, portMAX_DELAY) == ESP_OK);
  }

  TEST_CASE("posting from a handler never waits, and the event comes after the handler") {
    struct State {
      Journal journal;
      std::vector<esp_err_t> results;
    } state;
    const DefaultLoop loop;
    const auto flood = [](void *argument, esp_event_base_t, int32_t, void *) {
      auto *const s = static_cast<State *>(argument);
      for (int i = 0; i < 33; ++i) {
        s->results.push_back(esp_event_post(TEST_EVENT, 2, nullptr, 0, portMAX_DELAY));
      }
      s->journal.add("flooded");
    };
    const auto count = [](void *argument, esp_event_base_t, int32_t, void *) {
      static_cast<State *>(argument)->journal.add("came");
    };
    REQUIRE(esp_event_handler_register(TEST_EVENT, 1, flood, &state) == ESP_OK);
    REQUIRE(esp_event_handler_register(TEST_EVENT, 2, count, &state) == ESP_OK);
    esp_event_post(TEST_EVENT, 1, nullptr, 0, 0);
    const Lines lines = state.journal.wait_for(33);
    REQUIRE(lines.size() == 33);
    CHECK(lines[0] == "flooded");
    CHECK(state.results[31] == ESP_OK);
    CHECK(state.results[32] == ESP_ERR_TIMEOUT);
  }

  TEST_CASE("a handler may unregister itself and others, which then don't get the running event") {
    struct State {
      Journal journal;
      esp_event_handler_instance_t self, other;
      esp_err_t results[2];
    } state;
    const DefaultLoop loop;
    const auto remover = [](void *argument, esp_event_base_t, int32_t, void *) {
      auto *const s = static_cast<State *>(argument);
      s->results[0] = esp_event_handler_instance_unregister(TEST_EVENT, 1, s->self);
      s->results[1] = esp_event_handler_instance_unregister(TEST_EVENT, 1, s->other);
      s->journal.add("remover");
    };
    Entry removed{&state.journal, "removed"};
    Entry stays{&state.journal, "stays"};
    REQUIRE(esp_event_handler_instance_register(TEST_EVENT, 1, remover, &state, &state.self) ==
            ESP_OK);
    REQUIRE(esp_event_handler_instance_register(TEST_EVENT, 1, note, &removed, &state.other) ==
            ESP_OK);
    REQUIRE(esp_event_handler_register(TEST_EVENT, 1, other_note, &stays) == ESP_OK);
    esp_event_post(TEST_EVENT, 1, nullptr, 0, 0);
    esp_event_post(TEST_EVENT, 1, nullptr, 0, 0);
    CHECK(state.journal.wait_for(3) == Lines{"remover", "stays1", "stays1"});
    CHECK(state.results[0] == ESP_OK);
    CHECK(state.results[1] == ESP_OK);
  }

  TEST_CASE("unregistering from another task waits for a running handler") {
    Gate gate;
    const DefaultLoop loop;
    esp_event_handler_instance_t instance = nullptr;
    REQUIRE(esp_event_handler_instance_register(TEST_EVENT, 1, Gate::wait, &gate, &instance) ==
            ESP_OK);
    esp_event_post(TEST_EVENT, 1, nullptr, 0, 0);
    gate.entered.wait();
    Latch done = start_task("remover", [&] {
      CHECK(esp_event_handler_instance_unregister(TEST_EVENT, 1, instance) == ESP_OK);
    });
    CHECK_FALSE(done.is_open(50ms));
    gate.release.open();
    CHECK(done.is_open());
  }

  TEST_CASE("deleting a loop waits for the running handler and drops what is queued") {
    Gate gate;
    Journal journal;
    Entry entry{&journal, "late"};
    const esp_event_loop_args_t settings = {.queue_size = 4,
                                            .task_name = "mine",
                                            .task_priority = 3,
                                            .task_stack_size = 2048,
                                            .task_core_id = 0};
    esp_event_loop_handle_t loop = nullptr;
    REQUIRE(esp_event_loop_create(&settings, &loop) == ESP_OK);
    REQUIRE(esp_event_handler_register_with(loop, TEST_EVENT, 1, Gate::wait, &gate) == ESP_OK);
    REQUIRE(esp_event_handler_register_with(loop, TEST_EVENT, 2, note, &entry) == ESP_OK);
    const int data = 1;
    REQUIRE(esp_event_post_to(loop, TEST_EVENT, 1, &data, sizeof(data), 0) == ESP_OK);
    REQUIRE(esp_event_post_to(loop, TEST_EVENT, 2, &data, sizeof(data), 0) == ESP_OK);
    gate.entered.wait();
    Latch done = start_task("deleter", [&] { esp_event_loop_delete(loop); });
    CHECK_FALSE(done.is_open(50ms));
    gate.release.open();
    REQUIRE(done.is_open());
    CHECK(journal.lines.empty());
    CHECK(all_tasks_ended());
  }

  TEST_CASE("what a chip can't survive aborts and names itself") {
    CHECK(contains(words_of_abort([] {
                     esp_event_loop_create_default();
                     const auto suicide = [](void *, esp_event_base_t, int32_t, void *) {
                       esp_event_loop_delete_default();
                     };
                     esp_event_handler_register(TEST_EVENT, 1, suicide, nullptr);
                     esp_event_post(TEST_EVENT, 1, nullptr, 0, 0);
                     pause();
                   }),
                   "esp_event_loop_delete: called on the loop's own task"));
    CHECK(contains(words_of_abort([] {
                     const esp_event_loop_args_t settings{};
                     esp_event_loop_handle_t loop = nullptr;
                     esp_event_loop_create(&settings, &loop);
                   }),
                   "esp_event_loop_create: not implemented on the host"));
  }
}
