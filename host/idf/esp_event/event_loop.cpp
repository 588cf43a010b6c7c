#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "esp_event.h"
#include "esp_log.h"
#include "freertos/semphr.h"
#include "freertos/wait.hpp"
#include "host/unimplemented.hpp"

namespace {

constexpr char kTag[] = "event";
constexpr UBaseType_t kTaskPriority = 20;

struct Handler {
  // ESP_EVENT_ANY_BASE and ESP_EVENT_ANY_ID stand for all. Bases are told apart by address.
  esp_event_base_t base;
  int32_t id;
  esp_event_handler_t function;
  void *argument;
  bool unregistered = false;

  bool wants(esp_event_base_t event_base, int32_t event_id) const {
    return !unregistered && (base == ESP_EVENT_ANY_BASE || base == event_base) &&
           (id == ESP_EVENT_ANY_ID || id == event_id);
  }
};

struct Post {
  esp_event_base_t base;
  int32_t id;
  // From operator new: aligned for any event's structure, and exactly as long as the event, so that
  // reading past it is found.
  std::unique_ptr<std::byte[]> data;
};

// FreeRTOS's, as in ESP-IDF: handlers that run under it may wait in the device's time.
class RecursiveMutex {
public:
  RecursiveMutex() = default;
  ~RecursiveMutex() { vSemaphoreDelete(handle_); }
  RecursiveMutex(const RecursiveMutex &) = delete;
  RecursiveMutex &operator=(const RecursiveMutex &) = delete;

  void lock() { xSemaphoreTakeRecursive(handle_, portMAX_DELAY); }
  void unlock() { xSemaphoreGiveRecursive(handle_); }

private:
  const SemaphoreHandle_t handle_ = xSemaphoreCreateRecursiveMutex();
};

class Loop {
public:
  explicit Loop(const esp_event_loop_args_t &settings)
      : capacity_(static_cast<std::size_t>(settings.queue_size)) {}

  bool start(const esp_event_loop_args_t &settings) {
    return xTaskCreatePinnedToCore(run_task, settings.task_name, settings.task_stack_size, this,
                                   settings.task_priority, &task_, settings.task_core_id) == pdPASS;
  }

  void stop() {
    if (is_own_task()) {
      host::fatal("esp_event_loop_delete",
                  "called on the loop's own task, which it would end in the middle");
    }
    std::unique_lock lock(queue_mutex_);
    stopping_ = true;
    queue_changed_.notify_all();
    queue_changed_.wait(lock, std::nullopt, [&] { return stopped_; });
  }

  esp_err_t post(Post event, TickType_t ticks_to_wait) {
    std::unique_lock lock(queue_mutex_);
    const auto has_room = [&] { return posts_.size() < capacity_; };
    if (!has_room()) {
      // Its own task would wait for itself.
      if (ticks_to_wait == 0 || is_own_task()) {
        return ESP_ERR_TIMEOUT;
      }
      if (!queue_changed_.wait(lock, host::freertos::deadline_after(ticks_to_wait), has_room)) {
        return ESP_ERR_TIMEOUT;
      }
    }
    posts_.push_back(std::move(event));
    queue_changed_.notify_all();
    return ESP_OK;
  }

  esp_err_t add(esp_event_base_t base, int32_t id, esp_event_handler_t function, void *argument,
                bool once, esp_event_handler_instance_t *instance) {
    if (base == ESP_EVENT_ANY_BASE && id != ESP_EVENT_ANY_ID) {
      ESP_LOGE(kTag, "registering to any event base with specific id unsupported");
      return ESP_ERR_INVALID_ARG;
    }
    const std::lock_guard lock(handlers_mutex_);
    if (once) {
      for (const auto &handler : handlers_) {
        if (!handler->unregistered && handler->base == base && handler->id == id &&
            handler->function == function) {
          ESP_LOGW(kTag, "handler already registered, overwriting");
          handler->argument = argument;
          return ESP_OK;
        }
      }
    }
    handlers_.push_back(std::make_unique<Handler>(Handler{base, id, function, argument}));
    if (instance != nullptr) {
      *instance = handlers_.back().get();
    }
    return ESP_OK;
  }

  // Removes the first handler that matches; waits for a running event unless called from its
  // handler.
  template <typename Matches> esp_err_t remove(esp_event_base_t base, int32_t id, Matches matches) {
    if (base == ESP_EVENT_ANY_BASE && id != ESP_EVENT_ANY_ID) {
      ESP_LOGE(kTag, "unregistering to any event base with specific id unsupported");
      return ESP_ERR_INVALID_ARG;
    }
    const std::lock_guard lock(handlers_mutex_);
    const auto found = std::find_if(handlers_.begin(), handlers_.end(), [&](const auto &handler) {
      return !handler->unregistered && handler->base == base && handler->id == id &&
             matches(*handler);
    });
    if (found == handlers_.end()) {
      return ESP_ERR_NOT_FOUND;
    }
    if (dispatching_) {
      (*found)->unregistered = true;
    } else {
      handlers_.erase(found);
    }
    return ESP_OK;
  }

private:
  static void run_task(void *argument) {
    static_cast<Loop *>(argument)->run();
    vTaskDelete(nullptr);
  }

  bool is_own_task() const { return task_ == xTaskGetCurrentTaskHandle(); }

  void run() {
    for (;;) {
      Post event{};
      {
        std::unique_lock lock(queue_mutex_);
        queue_changed_.wait(lock, std::nullopt, [&] { return stopping_ || !posts_.empty(); });
        if (stopping_) {
          stopped_ = true;
          // The last touch: after it the loop may be gone.
          queue_changed_.notify_all();
          return;
        }
        event = std::move(posts_.front());
        posts_.pop_front();
        queue_changed_.notify_all();
      }
      dispatch(event);
    }
  }

  void dispatch(const Post &event) {
    const std::lock_guard lock(handlers_mutex_);
    dispatching_ = true;
    // By index and only those that were there: a handler may register further ones.
    const std::size_t count = handlers_.size();
    for (std::size_t i = 0; i < count; ++i) {
      const Handler &handler = *handlers_[i];
      if (handler.wants(event.base, event.id)) {
        handler.function(handler.argument, event.base, event.id, event.data.get());
      }
    }
    dispatching_ = false;
    std::erase_if(handlers_, [](const auto &handler) { return handler->unregistered; });
  }

  const std::size_t capacity_;
  TaskHandle_t task_ = nullptr;

  std::mutex queue_mutex_;
  host::clock::Signal queue_changed_;
  std::deque<Post> posts_;
  bool stopping_ = false;
  bool stopped_ = false;

  // Held while handlers run; recursive because they register, unregister and post.
  RecursiveMutex handlers_mutex_;
  std::vector<std::unique_ptr<Handler>> handlers_;
  bool dispatching_ = false;
};

struct DefaultLoop {
  std::mutex mutex;
  Loop *loop = nullptr;
};

DefaultLoop &default_loop() {
  static DefaultLoop *const instance = new DefaultLoop;
  return *instance;
}

esp_event_loop_handle_t default_handle() {
  DefaultLoop &the = default_loop();
  const std::lock_guard lock(the.mutex);
  return the.loop;
}

Loop &checked(const char *call, esp_event_loop_handle_t event_loop) {
  if (event_loop == nullptr) {
    host::fatal(call, "the loop is NULL");
  }
  return *static_cast<Loop *>(event_loop);
}

void check_handler(const char *call, esp_event_handler_t handler) {
  if (handler == nullptr) {
    host::fatal(call, "the handler is NULL");
  }
}

} // namespace

esp_err_t esp_event_loop_create(const esp_event_loop_args_t *event_loop_args,
                                esp_event_loop_handle_t *event_loop) {
  if (event_loop_args == nullptr || event_loop == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (event_loop_args->task_name == nullptr) {
    HOST_UNIMPLEMENTED("a loop without a task of its own");
  }
  auto loop = std::make_unique<Loop>(*event_loop_args);
  if (!loop->start(*event_loop_args)) {
    return ESP_FAIL;
  }
  *event_loop = loop.release();
  return ESP_OK;
}

esp_err_t esp_event_loop_delete(esp_event_loop_handle_t event_loop) {
  Loop &loop = checked(__func__, event_loop);
  loop.stop();
  delete &loop;
  return ESP_OK;
}

esp_err_t esp_event_loop_create_default(void) {
  DefaultLoop &the = default_loop();
  const std::lock_guard lock(the.mutex);
  if (the.loop != nullptr) {
    return ESP_ERR_INVALID_STATE;
  }
  const esp_event_loop_args_t settings = {
      .queue_size = CONFIG_ESP_SYSTEM_EVENT_QUEUE_SIZE,
      .task_name = "sys_evt",
      .task_priority = kTaskPriority,
      .task_stack_size = CONFIG_ESP_SYSTEM_EVENT_TASK_STACK_SIZE,
      .task_core_id = 0,
  };
  esp_event_loop_handle_t created = nullptr;
  const esp_err_t error = esp_event_loop_create(&settings, &created);
  the.loop = static_cast<Loop *>(created);
  return error;
}

esp_err_t esp_event_loop_delete_default(void) {
  Loop *loop = nullptr;
  {
    DefaultLoop &the = default_loop();
    const std::lock_guard lock(the.mutex);
    loop = std::exchange(the.loop, nullptr);
  }
  return loop == nullptr ? ESP_ERR_INVALID_STATE : esp_event_loop_delete(loop);
}

esp_err_t esp_event_handler_register_with(esp_event_loop_handle_t event_loop,
                                          esp_event_base_t event_base, int32_t event_id,
                                          esp_event_handler_t event_handler,
                                          void *event_handler_arg) {
  check_handler(__func__, event_handler);
  return checked(__func__, event_loop)
      .add(event_base, event_id, event_handler, event_handler_arg, true, nullptr);
}

esp_err_t esp_event_handler_instance_register_with(esp_event_loop_handle_t event_loop,
                                                   esp_event_base_t event_base, int32_t event_id,
                                                   esp_event_handler_t event_handler,
                                                   void *event_handler_arg,
                                                   esp_event_handler_instance_t *instance) {
  check_handler(__func__, event_handler);
  return checked(__func__, event_loop)
      .add(event_base, event_id, event_handler, event_handler_arg, false, instance);
}

esp_err_t esp_event_handler_unregister_with(esp_event_loop_handle_t event_loop,
                                            esp_event_base_t event_base, int32_t event_id,
                                            esp_event_handler_t event_handler) {
  return checked(__func__, event_loop).remove(event_base, event_id, [&](const Handler &handler) {
    return handler.function == event_handler;
  });
}

esp_err_t esp_event_handler_instance_unregister_with(esp_event_loop_handle_t event_loop,
                                                     esp_event_base_t event_base, int32_t event_id,
                                                     esp_event_handler_instance_t instance) {
  if (instance == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  return checked(__func__, event_loop).remove(event_base, event_id, [&](const Handler &handler) {
    return &handler == instance;
  });
}

esp_err_t esp_event_post_to(esp_event_loop_handle_t event_loop, esp_event_base_t event_base,
                            int32_t event_id, const void *event_data, size_t event_data_size,
                            TickType_t ticks_to_wait) {
  Loop &loop = checked(__func__, event_loop);
  if (event_base == ESP_EVENT_ANY_BASE || event_id == ESP_EVENT_ANY_ID) {
    return ESP_ERR_INVALID_ARG;
  }
  Post event{event_base, event_id, nullptr};
  if (event_data != nullptr && event_data_size != 0) {
    event.data = std::make_unique<std::byte[]>(event_data_size);
    std::memcpy(event.data.get(), event_data, event_data_size);
  }
  return loop.post(std::move(event), ticks_to_wait);
}

// The default loop's calls: without a default loop, ESP_ERR_INVALID_STATE.

esp_err_t esp_event_handler_register(esp_event_base_t event_base, int32_t event_id,
                                     esp_event_handler_t event_handler, void *event_handler_arg) {
  const esp_event_loop_handle_t loop = default_handle();
  return loop == nullptr ? ESP_ERR_INVALID_STATE
                         : esp_event_handler_register_with(loop, event_base, event_id,
                                                           event_handler, event_handler_arg);
}

esp_err_t esp_event_handler_instance_register(esp_event_base_t event_base, int32_t event_id,
                                              esp_event_handler_t event_handler,
                                              void *event_handler_arg,
                                              esp_event_handler_instance_t *instance) {
  const esp_event_loop_handle_t loop = default_handle();
  return loop == nullptr
             ? ESP_ERR_INVALID_STATE
             : esp_event_handler_instance_register_with(loop, event_base, event_id, event_handler,
                                                        event_handler_arg, instance);
}

esp_err_t esp_event_handler_unregister(esp_event_base_t event_base, int32_t event_id,
                                       esp_event_handler_t event_handler) {
  const esp_event_loop_handle_t loop = default_handle();
  return loop == nullptr
             ? ESP_ERR_INVALID_STATE
             : esp_event_handler_unregister_with(loop, event_base, event_id, event_handler);
}

esp_err_t esp_event_handler_instance_unregister(esp_event_base_t event_base, int32_t event_id,
                                                esp_event_handler_instance_t instance) {
  const esp_event_loop_handle_t loop = default_handle();
  return loop == nullptr
             ? ESP_ERR_INVALID_STATE
             : esp_event_handler_instance_unregister_with(loop, event_base, event_id, instance);
}

esp_err_t esp_event_post(esp_event_base_t event_base, int32_t event_id, const void *event_data,
                         size_t event_data_size, TickType_t ticks_to_wait) {
  const esp_event_loop_handle_t loop = default_handle();
  return loop == nullptr ? ESP_ERR_INVALID_STATE
                         : esp_event_post_to(loop, event_base, event_id, event_data,
                                             event_data_size, ticks_to_wait);
}
