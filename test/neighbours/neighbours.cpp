#include "neighbours.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "host/clock.hpp"

ESP_EVENT_DEFINE_BASE(NEIGHBOUR_EVENT);

namespace neighbours {
namespace {

constexpr std::int32_t kWork = 0;

/// A sanitizer's frames fit in.
constexpr configSTACK_DEPTH_TYPE kTaskStackDepth = 100'000;

/// Of the device's time: far longer than anything takes.
constexpr std::chrono::minutes kPatience{10};

struct Job {
  std::function<void()> work;
  Latch done;
};

void must_end(Latch &end, const std::string &what) {
  if (!end.is_open(kPatience)) {
    std::fprintf(stderr, "%s does not return\n", what.c_str());
    std::abort();
  }
}

template <std::size_t N> std::string bounded(const std::uint8_t (&bytes)[N]) {
  const char *text = reinterpret_cast<const char *>(bytes);
  return {text, strnlen(text, N)};
}

template <std::size_t N> void copy(std::uint8_t (&to)[N], const std::string &from) {
  std::copy_n(from.begin(), std::min(from.size(), N), to);
}

std::vector<std::string> read_records() {
  std::uint16_t count = 0;
  std::vector<wifi_ap_record_t> records;
  if (esp_wifi_scan_get_ap_num(&count) == ESP_OK && count > 0) {
    records.resize(count);
    if (esp_wifi_scan_get_ap_records(&count, records.data()) != ESP_OK) {
      count = 0;
    }
    records.resize(count);
  }
  std::vector<std::string> names;
  for (const wifi_ap_record_t &record : records) {
    names.emplace_back(reinterpret_cast<const char *>(record.ssid));
  }
  return names;
}

} // namespace

bool Latch::is_open(milliseconds within) const {
  // What is left of a tick counts as a whole one; a wait without end is not asked for.
  const auto ticks = static_cast<TickType_t>((within.count() * configTICK_RATE_HZ + 999) / 1000);
  const bool is_open = xSemaphoreTake(state_->handle, ticks) == pdTRUE;
  if (is_open) {
    open(); // for the next who asks
  }
  return is_open;
}

Worker::Worker(const char *name, std::function<void()> work) {
  auto *const job = new Job{std::move(work), end_};
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
}

void Worker::join(const std::string &what) {
  must_end(end_, what);
}

milliseconds duration_of(const std::function<void()> &call) {
  const auto begun = host::clock::now();
  call();
  return std::chrono::duration_cast<milliseconds>(host::clock::now() - begun);
}

Handler::Handler(esp_event_base_t base, std::int32_t id, Function function,
                 esp_event_loop_handle_t loop)
    : base_(base), id_(id), function_(std::move(function)), loop_(loop) {
  REQUIRE((loop_ == nullptr
               ? esp_event_handler_instance_register(base_, id_, call, this, &instance_)
               : esp_event_handler_instance_register_with(loop_, base_, id_, call, this,
                                                          &instance_)) == ESP_OK);
}

Handler::~Handler() {
  // Waits for the handler, if it runs. The default loop may be gone, if it was the portal's.
  if (loop_ == nullptr) {
    esp_event_handler_instance_unregister(base_, id_, instance_);
  } else {
    esp_event_handler_instance_unregister_with(loop_, base_, id_, instance_);
  }
}

void Handler::call(void *handler, esp_event_base_t /*base*/, std::int32_t id, void *data) {
  static_cast<Handler *>(handler)->function_(id, data);
}

DefaultLoop::DefaultLoop() {
  REQUIRE(esp_event_loop_create_default() == ESP_OK);
}
DefaultLoop::~DefaultLoop() {
  CHECK(esp_event_loop_delete_default() == ESP_OK);
}

OwnLoop::OwnLoop() {
  const esp_event_loop_args_t args{.queue_size = 16,
                                   .task_name = "app_loop",
                                   .task_priority = tskIDLE_PRIORITY + 5,
                                   .task_stack_size = kTaskStackDepth,
                                   .task_core_id = tskNO_AFFINITY};
  REQUIRE(esp_event_loop_create(&args, &handle_) == ESP_OK);
}
OwnLoop::~OwnLoop() {
  CHECK(esp_event_loop_delete(handle_) == ESP_OK);
}

OnLoop::OnLoop(esp_event_loop_handle_t loop)
    : loop_(loop), handler_(
                       NEIGHBOUR_EVENT, kWork,
                       [](std::int32_t /*id*/, const void *data) {
                         Job *job = nullptr;
                         std::memcpy(&job, data, sizeof job);
                         job->work();
                         job->done.open();
                         delete job;
                       },
                       loop) {}

void OnLoop::run(const std::string &what, std::function<void()> work) {
  auto *job = new Job{std::move(work), {}};
  Latch end = job->done;
  const esp_err_t error =
      loop_ == nullptr
          ? esp_event_post(NEIGHBOUR_EVENT, kWork, &job, sizeof job, portMAX_DELAY)
          : esp_event_post_to(loop_, NEIGHBOUR_EVENT, kWork, &job, sizeof job, portMAX_DELAY);
  REQUIRE(error == ESP_OK);
  must_end(end, what);
}

ReconnectingStation::ReconnectingStation()
    : handler_(WIFI_EVENT, ESP_EVENT_ANY_ID, [this](std::int32_t id, const void * /*data*/) {
        if (id == WIFI_EVENT_STA_START || id == WIFI_EVENT_STA_DISCONNECTED) {
          ++connects_;
          esp_wifi_connect();
        }
      }) {}

RecordsTaker::RecordsTaker()
    : handler_(WIFI_EVENT, WIFI_EVENT_SCAN_DONE, [this](std::int32_t, const void * /*data*/) {
        taken_ += static_cast<int>(read_records().size());
      }) {}

Scanner::Scanner()
    : handler_(WIFI_EVENT, WIFI_EVENT_SCAN_DONE, [this](std::int32_t, const void *data) {
        on_done(*static_cast<const wifi_event_sta_scan_done_t *>(data));
      }) {}

esp_err_t Scanner::begin() {
  // Not under the lock: the driver may wait for a handler that waits for the lock.
  is_mine_ = true;
  const esp_err_t error = esp_wifi_scan_start(nullptr, false);
  if (error != ESP_OK) {
    is_mine_ = false;
  }
  return error;
}

std::optional<Scanner::Names> Scanner::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(names_, std::nullopt);
}

void Scanner::on_done(const wifi_event_sta_scan_done_t &event) {
  if (event.status == 0 && is_mine_.exchange(false)) {
    Names names = read_records();
    const std::lock_guard lock(mutex_);
    names_ = std::move(names);
  }
}

Traffic::Traffic(std::uint16_t host_port)
    : phone_("phone", [this, host_port] {
        const HttpClient phone(host_port);
        while (!is_over_) {
          phone.get("/api/status");
          phone.get("/");
          phone.post("/api/scan");
          host::clock::sleep_for(milliseconds(5));
        }
      }) {}

Traffic::~Traffic() {
  is_over_ = true;
  phone_.join("a phone's traffic");
}

StalledPhone::StalledPhone(std::uint16_t host_port) : fd_(connect_to(host_port)) {
  REQUIRE(fd_ >= 0);
  const std::string begun =
      "POST /api/connect HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(host_port) +
      "\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n{";
  REQUIRE(send(fd_, begun.data(), begun.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(begun.size()));
}

StalledPhone::~StalledPhone() {
  close(fd_);
}

TakenPort::TakenPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd_, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
  REQUIRE(listen(fd_, 1) == 0);
  REQUIRE(getsockname(fd_, reinterpret_cast<sockaddr *>(&address), &size) == 0);
  number_ = ntohs(address.sin_port);
}

TakenPort::~TakenPort() {
  close(fd_);
}

StationConfig station_config() {
  wifi_config_t config{};
  REQUIRE(esp_wifi_get_config(WIFI_IF_STA, &config) == ESP_OK);
  return {bounded(config.sta.ssid), bounded(config.sta.password)};
}

void set_station_config(const StationConfig &wanted) {
  wifi_config_t config{};
  copy(config.sta.ssid, wanted.ssid);
  copy(config.sta.password, wanted.password);
  REQUIRE(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_OK);
}

void complete(Device &device) {
  REQUIRE(device.test(kHouse).text("state") == "connected");
  REQUIRE(device.phone().post("/api/complete").status == 200);
}

} // namespace neighbours
