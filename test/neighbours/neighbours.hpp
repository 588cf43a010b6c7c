#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "esp_event.h"
#include "esp_netif.h"
#include "esp_wifi.h"

#include "device.hpp"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"

/// What an application runs beside the portal, made of ESP-IDF's calls alone.
///
/// Objects that register handlers must go before the event loop that they are registered with.
namespace neighbours {

using std::chrono::milliseconds;

/// A call that must not wait may take this long, in the device's time, which stands still while
/// anybody computes.
constexpr milliseconds kAtOnce{50};

/// The owner's network in the scenario `home`, and another one there.
constexpr const char *kHouse = R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})";
constexpr const char *kHouseWrongly = R"({"ssid":"HouseOfBoo","password":"bow-wow-wow"})";
constexpr const char *kHousePassword = "boo-boo-boo";
constexpr const char *kGuest = R"({"ssid":"HouseOfBoo Guest"})";

/// Opens once, and for everybody who waits for it.
class Latch {
public:
  void open() const { xSemaphoreGive(state_->handle); }
  bool is_open(milliseconds within) const;

private:
  struct State {
    State() = default;
    ~State() { vSemaphoreDelete(handle); }
    State(const State &) = delete;
    State &operator=(const State &) = delete;

    SemaphoreHandle_t handle{xSemaphoreCreateBinary()};
  };
  // Shared, as a waiter may drop the latch while it is being opened.
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// A task that runs `work` once.
class Worker {
public:
  Worker(const char *name, std::function<void()> work);
  ~Worker() { join("a task's work"); }
  Worker(const Worker &) = delete;
  Worker &operator=(const Worker &) = delete;

  bool has_ended() { return end_.is_open(milliseconds(0)); }
  /// Waits for the end. What never returns can't be cleaned up: then the program ends, saying that
  /// `what` does not return.
  void join(const std::string &what);

private:
  Latch end_;
};

/// How long `call` takes in the device's time.
milliseconds duration_of(const std::function<void()> &call);

/// A handler of an event loop, of the default one unless told otherwise, as long as it lives.
class Handler {
public:
  using Function = std::function<void(std::int32_t id, const void *data)>;

  Handler(esp_event_base_t base, std::int32_t id, Function function,
          esp_event_loop_handle_t loop = nullptr);
  ~Handler();
  Handler(const Handler &) = delete;
  Handler &operator=(const Handler &) = delete;

private:
  static void call(void *handler, esp_event_base_t base, std::int32_t id, void *data);

  esp_event_base_t base_;
  std::int32_t id_;
  Function function_;
  esp_event_loop_handle_t loop_;
  esp_event_handler_instance_t instance_{nullptr};
};

/// The default event loop, made and deleted by the application.
class DefaultLoop {
public:
  DefaultLoop();
  ~DefaultLoop();
  DefaultLoop(const DefaultLoop &) = delete;
  DefaultLoop &operator=(const DefaultLoop &) = delete;
};

/// An event loop of the application's own.
class OwnLoop {
public:
  OwnLoop();
  ~OwnLoop();
  OwnLoop(const OwnLoop &) = delete;
  OwnLoop &operator=(const OwnLoop &) = delete;

  esp_event_loop_handle_t handle() const { return handle_; }

private:
  esp_event_loop_handle_t handle_{nullptr};
};

/// Runs functions in handlers of an event loop, the default one unless told otherwise.
class OnLoop {
public:
  explicit OnLoop(esp_event_loop_handle_t loop = nullptr);

  /// As Worker::join().
  void run(const std::string &what, std::function<void()> work);

private:
  esp_event_loop_handle_t loop_;
  Handler handler_;
};

/// The station handler of ESP-IDF's examples: connects when the station starts, and again whenever
/// it is disconnected.
class ReconnectingStation {
public:
  ReconnectingStation();
  /// How often it has called esp_wifi_connect().
  int connects() const { return connects_; }

private:
  std::atomic<int> connects_{0};
  Handler handler_;
};

/// A handler that reads the records of every scan, whoever has asked for it.
class RecordsTaker {
public:
  RecordsTaker();
  int taken() const { return taken_; }

private:
  std::atomic<int> taken_{0};
  Handler handler_;
};

/// An application that scans now and then, and reads the records of the scans that it has begun. An
/// event that tells a failure may be that of a scan which it has overridden: it waits for another.
class Scanner {
public:
  using Names = std::vector<std::string>;

  Scanner();
  /// Begins a scan.
  esp_err_t begin();
  /// What a scan that was begun has found, once it has ended.
  std::optional<Names> take();

private:
  void on_done(const wifi_event_sta_scan_done_t &event);

  std::atomic<bool> is_mine_{false};
  Mutex mutex_;
  std::optional<Names> names_;
  Handler handler_;
};

/// A phone that keeps asking.
class Traffic {
public:
  explicit Traffic(std::uint16_t host_port);
  ~Traffic();
  Traffic(const Traffic &) = delete;
  Traffic &operator=(const Traffic &) = delete;

private:
  std::atomic<bool> is_over_{false};
  Worker phone_;
};

/// A phone that has begun a request and does not go on with it.
class StalledPhone {
public:
  explicit StalledPhone(std::uint16_t host_port);
  ~StalledPhone();
  StalledPhone(const StalledPhone &) = delete;
  StalledPhone &operator=(const StalledPhone &) = delete;

private:
  int fd_;
};

/// A TCP port of the PC's that somebody listens on.
class TakenPort {
public:
  TakenPort();
  ~TakenPort();
  TakenPort(const TakenPort &) = delete;
  TakenPort &operator=(const TakenPort &) = delete;

  std::uint16_t number() const { return number_; }

private:
  int fd_;
  std::uint16_t number_{0};
};

/// The station's configuration in the driver: its name and its password.
struct StationConfig {
  std::string ssid;
  std::string password;
  bool operator==(const StationConfig &) const = default;
};
StationConfig station_config();
void set_station_config(const StationConfig &config);

/// Whether portals have request_stop(), as stop() without waiting.
template <typename Portal>
constexpr bool has_request_stop = requires(Portal &portal) { portal.request_stop(); };

template <typename Portal> void request_stop(Portal &portal) {
  if constexpr (has_request_stop<Portal>) {
    portal.request_stop();
  }
}

/// Ends set-up on the page, after a test that has connected.
void complete(Device &device);

} // namespace neighbours
