#include "improv_serial.hpp"

#include <array>
#include <atomic>
#include <span>

#include "esp_app_desc.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "sdkconfig.h"

#include "codec/improv.hpp"
#include "domain/memory.hpp"
#include "domain/secret.hpp"
#include "idf/actor.hpp"
#include "idf/log.hpp"
#include "idf/serial_line.hpp"
#include "transport/serial/improv_session.hpp"

namespace espp {

using provisioning::kTag;
using provisioning::log_error;
using provisioning::Millis;

namespace {

/// Bytes. docs/improv.md says what it takes.
constexpr std::uint32_t kStackSize = 4'096;
/// Below the portal's own tasks: nobody waits for the cable.
constexpr UBaseType_t kPriority = 4;

/// How often the session looks how things stand.
constexpr Millis kLook = 100;

} // namespace

/// The task that answers. It reads, and looks between two reads; so it holds nothing that others wait for.
class ImprovSerial::Task final : public provisioning::ImprovSession::Line {
public:
  Task(Provisioning::Actor &actor, const Config &config)
      : actor_(actor), config_(config), calls_(xSemaphoreCreateMutexStatic(&calls_memory_)),
        ended_(xSemaphoreCreateBinaryStatic(&ended_memory_)) {
    const esp_app_desc_t &app = *esp_app_get_description();
    if (config_.firmware.empty()) {
      config_.firmware = app.project_name;
    }
    if (config_.version.empty()) {
      config_.version = app.version;
    }
  }
  ~Task() {
    stop();
    vSemaphoreDelete(ended_);
    vSemaphoreDelete(calls_);
  }
  Task(const Task &) = delete;
  Task &operator=(const Task &) = delete;

  bool start() {
    const Call call(calls_);
    if (is_running_) {
      return true;
    }
    const esp_err_t error = line_.open();
    if (error != ESP_OK) {
      log_error(kTag, "The serial port can't be opened", error);
      return false;
    }
    stops_ = false;
    is_running_ = xTaskCreate(run_task, "improv", kStackSize, this, kPriority, nullptr) == pdPASS;
    if (!is_running_) {
      line_.close();
      log_error(kTag, "Improv can't be started", ESP_ERR_NO_MEM);
    }
    return is_running_;
  }

  void stop() {
    const Call call(calls_);
    if (is_running_) {
      stops_ = true;
      xSemaphoreTake(ended_, portMAX_DELAY);
      line_.close();
      is_running_ = false;
    }
  }

  void send(std::span<const std::uint8_t> bytes) override { line_.write(bytes); }

private:
  /// One start() or stop() at a time.
  class Call {
  public:
    explicit Call(SemaphoreHandle_t mutex) : mutex_(mutex) {
      xSemaphoreTake(mutex_, portMAX_DELAY);
    }
    ~Call() { xSemaphoreGive(mutex_); }
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;

  private:
    SemaphoreHandle_t mutex_;
  };

  static void run_task(void *task) {
    auto &self = *static_cast<Task *>(task);
    self.run();
    xSemaphoreGive(self.ended_);
    vTaskDelete(nullptr);
  }

  void run() {
    provisioning::ImprovSession session(actor_.service(), *this,
                                        {.firmware = config_.firmware,
                                         .version = config_.version,
                                         .chip = CONFIG_IDF_TARGET,
                                         .name = actor_.config().device_name,
                                         .url = config_.url});
    provisioning::improv::Reader reader;
    while (!stops_) {
      session.look(actor_.station_ip(), CONFIG_LWIP_LOCAL_HOSTNAME);
      std::array<std::uint8_t, 64> bytes;
      const std::size_t count = line_.read(bytes, kLook);
      const auto take = [&](bool is_quiet) {
        while (const auto frame = reader.next(is_quiet)) {
          session.take(*frame);
        }
      };
      for (const std::uint8_t byte : std::span(bytes).first(count)) {
        reader.put(byte);
        take(false);
      }
      provisioning::wipe(bytes.data(), count);
      if (count == 0) {
        take(true);
      }
    }
  }

  Provisioning::Actor &actor_;
  Config config_;
  provisioning::SerialLine line_;
  StaticSemaphore_t calls_memory_;
  StaticSemaphore_t ended_memory_;
  SemaphoreHandle_t calls_;
  SemaphoreHandle_t ended_; ///< given by the task's last words
  bool is_running_{false};
  std::atomic<bool> stops_{false};
};

ImprovSerial::ImprovSerial(Provisioning &portal) : ImprovSerial(portal, {}) {}
ImprovSerial::ImprovSerial(Provisioning &portal, const Config &config)
    : task_(new Task(*portal.actor_, config)) {}
ImprovSerial::~ImprovSerial() {
  delete task_;
}
bool ImprovSerial::start() {
  return task_->start();
}
void ImprovSerial::stop() {
  task_->stop();
}

} // namespace espp
