#include "esp/lifecycle.hpp"

#include <cerrno>
#include <chrono>

#include "core/access_point.hpp"
#include "core/guard.hpp"
#include "core/subnet.hpp"
#include "esp/log.hpp"
#include "nvs.h"

namespace espp {

using provisioning::kApTag;
using provisioning::kDnsTag;
using provisioning::kStaTag;
using provisioning::kTag;
using provisioning::Lock;
using provisioning::log_error;
using provisioning::log_name;

namespace {

/// Bytes for the application's callback, as much as ESP-IDF gives the main task by default.
constexpr std::uint32_t kFarewellStackSize = 4096;
constexpr UBaseType_t kFarewellPriority = tskIDLE_PRIORITY + 1;

/// From the answer to `POST /api/complete` to the end of the access point: the page navigates once,
/// which has the phone look again whether it is online, Android's a second after the page has
/// loaded; what is lost of all that, TCP repeats after 1 s at first (RFC 6298).
/// docs/captive-portal.md has the sum.
constexpr TickType_t kFarewell = pdMS_TO_TICKS(5'000);

/// No farewell task exists.
constexpr EventBits_t kFarewellOver = 1U << 0U;
/// The owner has ended set-up.
constexpr EventBits_t kCompleted = 1U << 1U;
/// The portal is closing.
constexpr EventBits_t kQuit = 1U << 2U;
/// The portal is closed.
constexpr EventBits_t kStopped = 1U << 3U;
/// Nobody has used the portal for too long.
constexpr EventBits_t kUnused = 1U << 4U;

/// So that times, which are compared by their difference in milliseconds, can't be mistaken.
constexpr std::chrono::seconds kLongestTimeout = std::chrono::days(24);

} // namespace

EventGroupHandle_t Provisioning::Lifecycle::make_events() {
  const EventGroupHandle_t events = xEventGroupCreate();
  if (events != nullptr) {
    xEventGroupSetBits(events, kFarewellOver | kStopped);
  }
  return events;
}

Provisioning::Lifecycle::~Lifecycle() {
  stop();
  if (events_ != nullptr) {
    vEventGroupDelete(events_);
  }
}

bool Provisioning::Lifecycle::is_config_valid() const {
  const char *problem = nullptr;
  if (!config_.unique_ap_password && !provisioning::is_valid_ap_password(config_.ap_password)) {
    problem = "The access point's password must have 8 to 63 printable ASCII characters, or be "
              "empty for an open access point";
  } else if (config_.ap_ssid.empty() && !config_.append_mac_to_ssid) {
    problem = "The access point needs a name";
  } else if (!provisioning::is_utf8(config_.ap_ssid) ||
             !provisioning::is_utf8(config_.device_name)) {
    problem = "The names of access point and device must be UTF-8";
  } else if (config_.server_port == 0) {
    problem = "The server's port must be 1 to 65535";
  } else if (config_.portal_timeout.count() < 0 || config_.portal_timeout > kLongestTimeout) {
    problem = "The portal's time-out must be 0 s to 24 days";
  }
  if (problem != nullptr) {
    ESP_LOGE(kTag, "%s", problem);
    return false;
  }
  if (const auto subnet = provisioning::parse_subnet(config_.ap_ip, config_.ap_netmask); !subnet) {
    ESP_LOGE(kApTag, "The access point's address can't be %s, netmask %s: %s",
             config_.ap_ip.c_str(), config_.ap_netmask.c_str(), subnet.error());
    return false;
  }
  if (!config_.unique_ap_password && config_.ap_password.empty()) {
    ESP_LOGW(kApTag, "The access point is open: anyone in range can join and read what is typed");
  }
  return true;
}

bool Provisioning::Lifecycle::start() {
  if (events_ == nullptr || !mutex_.is_valid() || !store_.is_valid()) {
    ESP_LOGE(kTag, "Out of memory");
    return false;
  }
  while (true) {
    // The portal may still be closing, by itself or on another task.
    while (phase_ == Phase::Stopping || phase_ == Phase::Starting) {
      if (is_event_task()) {
        ESP_LOGE(kTag, "Another task is starting or stopping the portal");
        return false;
      }
      vTaskDelay(1);
    }
    const Lock lock(mutex_);
    if (phase_ == Phase::Active) {
      ESP_LOGW(kTag, "Provisioning already active");
      return true;
    }
    if (phase_ != Phase::Stopped) {
      continue;
    }
    phase_ = Phase::Starting;
    ++generation_;
    stop_asked_ = false;
    event_task_ = nullptr;
    xEventGroupClearBits(events_, kStopped | kQuit | kCompleted | kUnused);
    break;
  }
  for (const char *tag : {kTag, kApTag, kStaTag, kDnsTag}) {
    esp_log_level_set(tag, config_.log_level);
  }
  is_completed_ = false;
  const bool is_up = is_config_valid() && bring_up();
  if (!is_up) {
    bring_down();
  }
  {
    const Lock lock(mutex_);
    phase_ = is_up ? Phase::Active : Phase::Stopped;
    if (!is_up) {
      xEventGroupSetBits(events_, kStopped);
    }
  }
  if (is_up && stop_asked_) {
    stop();
    return false;
  }
  return is_up;
}

bool Provisioning::Lifecycle::bring_up() {
  const auto failed = [](const char *what, esp_err_t error) {
    log_error(kTag, what, error);
    return false;
  };

  esp_err_t error = store_.load();
  if (error == ESP_ERR_NVS_NOT_INITIALIZED) {
    return failed("NVS must be initialised before, with nvs_flash_init()", error);
  }
  if (error != ESP_OK) {
    return failed("The saved networks can't be read", error);
  }
  parts_ = provisioning::make<Parts>(store_, event_task_);
  if (parts_ == nullptr) {
    return failed("Failed to start", ESP_ERR_NO_MEM);
  }
  error =
      parts_->radio.begin({.ssid = config_.ap_ssid,
                           .append_mac = config_.append_mac_to_ssid,
                           .subnet = *provisioning::parse_subnet(config_.ap_ip, config_.ap_netmask),
                           .port = config_.server_port});
  if (error != ESP_OK) {
    return failed("Failed to initialise WiFi", error);
  }
  ap_ssid_.set(parts_->radio.ssid().bytes());
  log_name(kTag, "Initialized with AP SSID", parts_->radio.ssid());

  error = choose_ap_password();
  if (error != ESP_OK) {
    return failed("Failed to make a password for the AP", error);
  }
  parts_->session.set_on_complete(
      [](void *events) { xEventGroupSetBits(static_cast<EventGroupHandle_t>(events), kCompleted); },
      events_);
  parts_->session.set_on_unused(unused_limit_ms(), on_unused, this);
  error = parts_->session.start();
  if (error != ESP_OK) {
    return failed("Failed to start the provisioning task", error);
  }
  parts_->session_runs = true;
  ip_ = parts_->radio.ip();

  parts_->http = provisioning::make<provisioning::HttpPortal>(provisioning::HttpPortal::Setup{
      .session = parts_->session,
      .store = store_,
      .device_name = config_.device_name,
      .ap_ssid = parts_->radio.ssid(),
      .mac = parts_->radio.mac(),
      .ap_ip = ip_,
      .port = config_.server_port,
      .closes_when_complete = config_.auto_shutdown_ap,
      .prepare_completion =
          [](void *lifecycle) { return static_cast<Lifecycle *>(lifecycle)->make_farewell_task(); },
      .context = this});
  error = parts_->http == nullptr ? ESP_ERR_NO_MEM : parts_->http->start();
  if (error != ESP_OK) {
    return failed("Failed to start HTTP server", error);
  }
  // Only now, so that no phone meets a server that is not there yet, or has no page yet.
  error = parts_->radio.open(ap_password_);
  if (error != ESP_OK) {
    return failed("Failed to start AP", error);
  }
  start_dns();
  const provisioning::Authority authority(provisioning::make_address(ip_, config_.server_port));
  ESP_LOGI(kTag, "Provisioning started at http://%s", authority.c_str());
  if (!parts_->session.request_scan()) {
    ESP_LOGW(kTag, "The first scan was not started");
  }
  return true;
}

std::uint32_t Provisioning::Lifecycle::unused_limit_ms() const {
  return static_cast<std::uint32_t>(std::chrono::milliseconds(config_.portal_timeout).count());
}

esp_err_t Provisioning::Lifecycle::choose_ap_password() {
  provisioning::Secret password(config_.ap_password);
  if (config_.unique_ap_password) {
    if (const auto kept = store_.ap_password()) {
      password = *kept;
    } else {
      esp_err_t error = parts_->radio.make_password(password);
      if (error != ESP_OK) {
        return error;
      }
      error = store_.save_ap_password(password);
      if (error != ESP_OK) {
        log_error(kApTag,
                  "The access point's new password can't be kept and holds for this time only",
                  error);
      }
    }
  }
  const Lock lock(mutex_);
  ap_password_ = password;
  return ESP_OK;
}

void Provisioning::Lifecycle::start_dns() {
  if (!config_.dns_server) {
    return;
  }
  // Without it the page still opens by its address, so the portal goes on.
  const esp_err_t error = parts_->dns.start(ip_);
  if (error == ESP_OK) {
    ESP_LOGI(kDnsTag, "DNS server started");
  } else {
    // As a number: strerror() would bring 3 KB of texts into the image.
    ESP_LOGW(kDnsTag,
             "DNS server not started, sign-in windows won't open by themselves: %s, errno %d",
             esp_err_to_name(error), errno);
  }
}

void Provisioning::Lifecycle::bring_down() {
  if (parts_ == nullptr) {
    return;
  }
  parts_->dns.stop();
  if (parts_->http != nullptr) {
    parts_->http->stop();
  }
  if (parts_->session_runs) {
    parts_->session.finish();
  }
  parts_->radio.end(is_event_task());
  ip_ = 0;
  // The farewell task may be about to ask the session what was chosen.
  const Lock lock(mutex_);
  parts_.reset();
}

void Provisioning::Lifecycle::stop() {
  if (events_ == nullptr || !mutex_.is_valid()) {
    return;
  }
  while (phase_ == Phase::Starting) {
    if (is_event_task()) {
      stop_asked_ = true; // start() sees to it
      return;
    }
    vTaskDelay(1);
  }
  bool is_mine = false;
  {
    const Lock lock(mutex_);
    if (phase_ == Phase::Active) {
      phase_ = Phase::Stopping;
      is_mine = true;
      xEventGroupSetBits(events_, kQuit);
    }
  }
  if (is_mine) {
    bring_down();
    ESP_LOGI(kTag, "Provisioning stopped");
    const Lock lock(mutex_);
    phase_ = Phase::Stopped;
    xEventGroupSetBits(events_, kStopped);
  }
  if (!is_farewell_task() && !is_event_task()) {
    wait_until_stopped();
  }
}

void Provisioning::Lifecycle::wait_until_stopped() {
  // Looks up now and then, since the callback waited for may start the portal anew.
  constexpr TickType_t kLook = pdMS_TO_TICKS(50);
  constexpr EventBits_t kAll = kStopped | kFarewellOver;
  const std::uint32_t generation = generation_;
  while (generation == generation_ &&
         (xEventGroupWaitBits(events_, kAll, pdFALSE, pdTRUE, kLook) & kAll) != kAll) {
  }
}

bool Provisioning::Lifecycle::make_farewell_task() {
  const Lock lock(mutex_);
  if (phase_ != Phase::Active) {
    return false;
  }
  if ((xEventGroupGetBits(events_) & kFarewellOver) == 0) {
    if (farewell_task_ != nullptr) {
      return true;
    }
    // The last one, of an earlier start, has only its last instructions before it.
    xEventGroupWaitBits(events_, kFarewellOver, pdFALSE, pdTRUE, portMAX_DELAY);
  }
  xEventGroupClearBits(events_, kFarewellOver);
  TaskHandle_t task = nullptr;
  if (xTaskCreate(run_farewell, "prov_farewell", kFarewellStackSize, this, kFarewellPriority,
                  &task) != pdPASS) {
    xEventGroupSetBits(events_, kFarewellOver);
    return false;
  }
  farewell_task_ = task;
  return true;
}

bool Provisioning::Lifecycle::is_farewell_task() const {
  const TaskHandle_t task = farewell_task_;
  return task != nullptr && task == xTaskGetCurrentTaskHandle();
}

bool Provisioning::Lifecycle::is_event_task() const {
  const TaskHandle_t task = event_task_;
  return task != nullptr && task == xTaskGetCurrentTaskHandle();
}

void Provisioning::Lifecycle::run_farewell(void *lifecycle) {
  auto &self = *static_cast<Lifecycle *>(lifecycle);
  while (true) {
    const std::uint32_t generation = self.farewell();
    const Lock lock(self.mutex_);
    if (generation == self.generation_) {
      self.farewell_task_ = nullptr;
      break;
    }
    // Meanwhile the portal was started anew, and may count on this task already.
  }
  xEventGroupSetBits(self.events_, kFarewellOver);
  vTaskDelete(nullptr);
}

/// Returns when there is nothing left to do for the start that it tells.
std::uint32_t Provisioning::Lifecycle::farewell() {
  while (true) {
    const std::uint32_t generation = generation_;
    const EventBits_t bits =
        xEventGroupWaitBits(events_, kCompleted | kQuit | kUnused, pdFALSE, pdFALSE, portMAX_DELAY);
    if ((bits & kQuit) != 0) {
      return generation;
    }
    if ((bits & kCompleted) == 0) {
      close_unused();
      return generation;
    }
    xEventGroupClearBits(events_, kCompleted);
    const TickType_t answered_at = xTaskGetTickCount();
    call_on_provisioned();
    if (generation != generation_) {
      continue; // the callback has stopped the portal and started it anew
    }
    const TickType_t passed = xTaskGetTickCount() - answered_at;
    if (passed < kFarewell &&
        (xEventGroupWaitBits(events_, kQuit, pdFALSE, pdFALSE, kFarewell - passed) & kQuit) != 0) {
      is_completed_ = true;
      return generation;
    }
    is_completed_ = true;
    if (config_.auto_shutdown_ap) {
      stop();
      return generation;
    }
  }
}

void Provisioning::Lifecycle::close_unused() {
  xEventGroupClearBits(events_, kUnused);
  ESP_LOGI(kTag, "Nobody has used the portal for %u s, closing it",
           static_cast<unsigned>(config_.portal_timeout.count()));
  stop();
  if (config_.on_timeout) {
    config_.on_timeout();
  }
}

void Provisioning::Lifecycle::call_on_provisioned() {
  std::optional<provisioning::Session::Chosen> chosen;
  {
    const Lock lock(mutex_);
    if (parts_ != nullptr) {
      chosen = parts_->session.take_chosen();
    }
  }
  if (!chosen) {
    ESP_LOGW(kTag, "The portal was stopped before the network could be handed over");
    return;
  }
  log_name(kTag, "Provisioned with", chosen->ssid);
  if (!config_.on_provisioned) {
    return;
  }
  config_.on_provisioned(chosen_ssid_.set(chosen->ssid.bytes()),
                         chosen_password_.set(chosen->password.bytes()));
  chosen_password_.wipe();
}

void Provisioning::Lifecycle::load_if_stopped() const {
  if (phase_ == Phase::Stopped && store_.is_valid()) {
    // Without NVS there is nothing to tell, which is what the empty store then tells.
    static_cast<void>(store_.load());
  }
}

bool Provisioning::Lifecycle::is_provisioned() const {
  load_if_stopped();
  return store_.has_networks();
}

bool Provisioning::Lifecycle::on_unused(void *lifecycle) {
  auto &self = *static_cast<Lifecycle *>(lifecycle);
  const bool is_possible = self.make_farewell_task();
  if (is_possible) {
    xEventGroupSetBits(self.events_, kUnused);
  }
  return is_possible;
}

provisioning::Secret Provisioning::Lifecycle::ap_password() const {
  if (!config_.unique_ap_password) {
    return provisioning::Secret(config_.ap_password);
  }
  const Lock lock(mutex_);
  return ap_password_;
}

bool Provisioning::Lifecycle::saved_networks(
    provisioning::Rows<provisioning::SavedNetwork> &networks) const {
  load_if_stopped();
  return store_.list(networks);
}

std::optional<provisioning::SavedCredentials>
Provisioning::Lifecycle::saved_credentials(const provisioning::Ssid &ssid) const {
  load_if_stopped();
  return store_.find(ssid);
}

} // namespace espp
