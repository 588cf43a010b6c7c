#include "idf_support.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "esp_event.h"
#include "esp_netif_types.h"
#include "esp_wifi.h"
#include "host/nvs.hpp"
#include "nvs.h"
#include "nvs_flash.h"
#include "radio/driver.hpp"

using namespace test;

namespace {

using radio::AccessPoint;
using radio::Scenario;
using radio::Security;

AccessPoint house() {
  AccessPoint ap;
  ap.ssid = "HouseOfBoo";
  ap.bssid = {0xa4, 0x2b, 0xb0, 0xc1, 0, 1};
  ap.channel = 9;
  ap.rssi = -48;
  ap.security = Security::Wpa2;
  ap.password = "boo-boo-boo";
  return ap;
}

AccessPoint neighbour() {
  AccessPoint ap = house();
  ap.ssid = "Neighbour";
  ap.bssid[5] = 9;
  ap.channel = 3;
  ap.rssi = -70;
  return ap;
}

Scenario village() {
  Scenario scenario;
  scenario.name = "village";
  scenario.world.access_points = {neighbour(), house()};
  scenario.phone.reset();
  return scenario;
}

/// What happened, in order: events as handlers see them, and the radio's demands on the network.
class Journal {
public:
  struct Line {
    std::string text;
    std::int64_t at_ms;
  };

  void add(std::string text) {
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(host::clock::now()).count();
    const std::lock_guard lock(mutex_);
    lines_.push_back({std::move(text), now});
    changed_.notify_all();
  }

  /// When the line that is exactly `text` was added, for the `nth` time; waits for it.
  std::int64_t wait_for(const std::string &text, int nth = 1) {
    std::unique_lock lock(mutex_);
    std::int64_t at = -1;
    const bool seen = changed_.wait(lock, host::clock::deadline_in(kPatience), [&] {
      int count = 0;
      for (const Line &line : lines_) {
        if (line.text == text && ++count == nth) {
          at = line.at_ms;
          return true;
        }
      }
      return false;
    });
    std::string all;
    for (const Line &line : lines_) {
      all += line.text + "\n";
    }
    REQUIRE_MESSAGE(seen, "waited in vain for '", text, "', saw\n", all);
    return at;
  }

  std::vector<std::string> texts() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> texts;
    for (const Line &line : lines_) {
      texts.push_back(line.text);
    }
    return texts;
  }

  int count(const std::string &text) {
    const auto all = texts();
    return static_cast<int>(std::count(all.begin(), all.end(), text));
  }

  int count_prefix(const std::string &prefix) {
    const auto all = texts();
    return static_cast<int>(std::count_if(
        all.begin(), all.end(), [&](const std::string &text) { return text.starts_with(prefix); }));
  }

private:
  std::mutex mutex_;
  host::clock::Signal changed_;
  std::vector<Line> lines_;
};

/// Hooks are plain functions; one device exists at a time.
std::atomic<Journal *> current_journal{nullptr};
std::atomic<int> leases_to_refuse{0};

std::string text(const std::uint8_t *bytes, std::size_t size) {
  return {reinterpret_cast<const char *>(bytes), size};
}

std::string describe_wifi(std::int32_t id, const void *data) {
  switch (id) {
  case WIFI_EVENT_SCAN_DONE: {
    const auto *event = static_cast<const wifi_event_sta_scan_done_t *>(data);
    return "scan done " + std::to_string(event->status) + " found " + std::to_string(event->number);
  }
  case WIFI_EVENT_STA_START:
    return "sta start";
  case WIFI_EVENT_STA_STOP:
    return "sta stop";
  case WIFI_EVENT_STA_CONNECTED: {
    const auto *event = static_cast<const wifi_event_sta_connected_t *>(data);
    return "connected " + text(event->ssid, event->ssid_len) + " on " +
           std::to_string(event->channel);
  }
  case WIFI_EVENT_STA_DISCONNECTED: {
    const auto *event = static_cast<const wifi_event_sta_disconnected_t *>(data);
    return "disconnected " + text(event->ssid, event->ssid_len) + " " +
           std::to_string(event->reason) + " at " + std::to_string(event->rssi);
  }
  case WIFI_EVENT_AP_START:
    return "ap start";
  case WIFI_EVENT_AP_STOP:
    return "ap stop";
  case WIFI_EVENT_AP_STACONNECTED:
    return "phone joins";
  case WIFI_EVENT_AP_STADISCONNECTED:
    return "phone leaves";
  case WIFI_EVENT_STA_BEACON_TIMEOUT:
    return "beacon timeout";
  case WIFI_EVENT_HOME_CHANNEL_CHANGE: {
    const auto *event = static_cast<const wifi_event_home_channel_change_t *>(data);
    return "channel " + std::to_string(event->old_chan) + " to " + std::to_string(event->new_chan);
  }
  default:
    return "event " + std::to_string(id);
  }
}

void on_wifi_event(void *journal, esp_event_base_t, std::int32_t id, void *data) {
  static_cast<Journal *>(journal)->add(describe_wifi(id, data));
}

void on_ip_event(void *journal, esp_event_base_t, std::int32_t id, void *data) {
  if (id == IP_EVENT_STA_GOT_IP) {
    const auto *event = static_cast<const ip_event_got_ip_t *>(data);
    std::array<std::uint8_t, 4> ip{};
    std::memcpy(ip.data(), &event->ip_info.ip.addr, ip.size());
    static_cast<Journal *>(journal)->add("got " + radio::format_ip4(ip));
  } else if (id == IP_EVENT_STA_LOST_IP) {
    static_cast<Journal *>(journal)->add("lost ip");
  }
}

/// Stands in for the station's network interface.
bool give_lease(const radio::Ip4 &ip, const radio::Ip4 &, const radio::Ip4 &) {
  if (leases_to_refuse > 0) {
    --leases_to_refuse;
    return false;
  }
  ip_event_got_ip_t event{};
  std::memcpy(&event.ip_info.ip.addr, ip.data(), ip.size());
  return esp_event_post(IP_EVENT, IP_EVENT_STA_GOT_IP, &event, sizeof(event), portMAX_DELAY) ==
         ESP_OK;
}

wifi_config_t station_config(const std::string &ssid, const std::string &password) {
  wifi_config_t config{};
  std::copy(ssid.begin(), ssid.end(), config.sta.ssid);
  std::copy(password.begin(), password.end(), config.sta.password);
  return config;
}

wifi_config_t soft_ap_config(const std::string &ssid, const std::string &password) {
  wifi_config_t config{};
  std::copy(ssid.begin(), ssid.end(), config.ap.ssid);
  config.ap.ssid_len = static_cast<std::uint8_t>(ssid.size());
  std::copy(password.begin(), password.end(), config.ap.password);
  config.ap.authmode = password.empty() ? WIFI_AUTH_OPEN : WIFI_AUTH_WPA2_PSK;
  config.ap.max_connection = 4;
  config.ap.channel = 1;
  return config;
}

/// A device with its event loop and flash, its time running fast, everything given back at the end.
class Device {
public:
  explicit Device(const Scenario &scenario = village()) {
    host::nvs::reset();
    REQUIRE(nvs_flash_init() == ESP_OK);
    REQUIRE(esp_event_loop_create_default() == ESP_OK);
    REQUIRE(esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi_event, &journal) ==
            ESP_OK);
    REQUIRE(esp_event_handler_register(IP_EVENT, ESP_EVENT_ANY_ID, on_ip_event, &journal) ==
            ESP_OK);
    current_journal = &journal;
    leases_to_refuse = 0;
    radio::set_hooks({.cut_clients = [] { current_journal.load()->add("cut"); },
                      .restore_clients = [] { current_journal.load()->add("restore"); },
                      .give_lease = give_lease});
    radio::set_scenario(scenario);
    init();
  }

  ~Device() {
    if (radio::driver_state().initialised) {
      CHECK(esp_wifi_stop() == ESP_OK);
      CHECK(esp_wifi_deinit() == ESP_OK);
    }
    CHECK(esp_event_loop_delete_default() == ESP_OK);
    CHECK(nvs_flash_deinit() == ESP_OK);
    CHECK(all_tasks_ended());
    radio::set_hooks({});
    current_journal = nullptr;
  }

  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  static void init() {
    const wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();
    REQUIRE(esp_wifi_init(&config) == ESP_OK);
    REQUIRE(esp_wifi_set_storage(WIFI_STORAGE_RAM) == ESP_OK);
  }

  void start(wifi_mode_t mode) {
    REQUIRE(esp_wifi_set_mode(mode) == ESP_OK);
    if (mode == WIFI_MODE_AP || mode == WIFI_MODE_APSTA) {
      wifi_config_t config = soft_ap_config("ESP-Prov-8590", "configure");
      REQUIRE(esp_wifi_set_config(WIFI_IF_AP, &config) == ESP_OK);
    }
    REQUIRE(esp_wifi_start() == ESP_OK);
    if (mode == WIFI_MODE_STA || mode == WIFI_MODE_APSTA) {
      journal.wait_for("sta start");
    }
    if (mode == WIFI_MODE_AP || mode == WIFI_MODE_APSTA) {
      journal.wait_for("ap start");
    }
  }

  void configure(const std::string &ssid, const std::string &password) {
    wifi_config_t config = station_config(ssid, password);
    REQUIRE(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_OK);
  }

  void connect(const std::string &ssid, const std::string &password) {
    configure(ssid, password);
    REQUIRE(esp_wifi_connect() == ESP_OK);
  }

  void connect_home() {
    connect("HouseOfBoo", "boo-boo-boo");
    journal.wait_for("got 192.168.1.57");
  }

  static std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(host::clock::now()).count();
  }

private:
  Speed speed_{50}; // first in, last out

public:
  Journal journal;
};

std::vector<std::string> records() {
  std::vector<std::string> ssids;
  wifi_ap_record_t record{};
  while (esp_wifi_scan_get_ap_record(&record) == ESP_OK) {
    ssids.emplace_back(reinterpret_cast<const char *>(record.ssid));
  }
  return ssids;
}

using Names = std::vector<std::string>;

TEST_SUITE("radio driver") {

  TEST_CASE("before esp_wifi_init every call says so") {
    wifi_config_t config{};
    wifi_mode_t mode{};
    std::uint16_t number = 0;
    std::array<std::uint8_t, 6> mac{};
    CHECK(esp_wifi_deinit() == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_wifi_set_mode(WIFI_MODE_STA) == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_wifi_get_mode(&mode) == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_wifi_start() == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_wifi_stop() == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_wifi_connect() == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_wifi_disconnect() == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_wifi_scan_start(nullptr, false) == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_wifi_scan_get_ap_num(&number) == ESP_ERR_WIFI_NOT_INIT);
    CHECK(esp_wifi_get_mac(WIFI_IF_STA, mac.data()) == ESP_ERR_WIFI_NOT_INIT);
  }

  TEST_CASE("esp_wifi_init wants the flash storage, and its own magic number") {
    host::nvs::reset();
    wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();
    CHECK(esp_wifi_init(&config) == ESP_ERR_NVS_NOT_INITIALIZED);
    CHECK(esp_wifi_init(nullptr) == ESP_ERR_INVALID_ARG);
    config.magic = 1;
    CHECK(esp_wifi_init(&config) == ESP_ERR_INVALID_ARG);
    config.magic = WIFI_INIT_CONFIG_MAGIC;
    config.nvs_enable = 0;
    CHECK(esp_wifi_init(&config) == ESP_OK);
    CHECK(esp_wifi_init(&config) == ESP_OK);
    CHECK(esp_wifi_deinit() == ESP_OK);
    CHECK(all_tasks_ended());
  }

  TEST_CASE("a started driver must be stopped before it is deinitialised, again and again") {
    Device device;
    for (int round = 1; round <= 3; ++round) {
      if (round > 1) {
        Device::init();
      }
      REQUIRE(esp_wifi_set_mode(WIFI_MODE_APSTA) == ESP_OK);
      REQUIRE(esp_wifi_start() == ESP_OK);
      CHECK(esp_wifi_deinit() == ESP_ERR_WIFI_NOT_STOPPED);
      REQUIRE(esp_wifi_stop() == ESP_OK);
      REQUIRE(esp_wifi_deinit() == ESP_OK);
      CHECK(esp_wifi_deinit() == ESP_ERR_WIFI_NOT_INIT);
      device.journal.wait_for("ap stop", round);
    }
    CHECK(device.journal.count("sta start") == 3);
  }

  TEST_CASE("start and stop post their events in order, by mode") {
    Device device;
    device.start(WIFI_MODE_APSTA);
    REQUIRE(esp_wifi_stop() == ESP_OK);
    device.journal.wait_for("ap stop");
    Names events = device.journal.texts();
    std::erase(events, "cut");
    std::erase(events, "restore");
    CHECK(events == Names{"sta start", "ap start", "sta stop", "ap stop"});
  }

  TEST_CASE("changing the mode of a running driver starts and stops its sides") {
    Device device;
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_set_mode(WIFI_MODE_APSTA) == ESP_OK);
    device.journal.wait_for("ap start");
    REQUIRE(esp_wifi_set_mode(WIFI_MODE_AP) == ESP_OK);
    device.journal.wait_for("sta stop");
    REQUIRE(esp_wifi_set_mode(WIFI_MODE_NULL) == ESP_OK);
    device.journal.wait_for("ap stop");
    CHECK(esp_wifi_set_mode(WIFI_MODE_MAX) == ESP_ERR_INVALID_ARG);
  }

  TEST_CASE("a side that the mode does not have cannot be configured or used") {
    Device device;
    wifi_config_t station = station_config("HouseOfBoo", "boo-boo-boo");
    wifi_config_t soft_ap = soft_ap_config("ESP-Prov", "configure");
    CHECK(esp_wifi_scan_start(nullptr, false) == ESP_ERR_WIFI_NOT_STARTED);
    CHECK(esp_wifi_connect() == ESP_ERR_WIFI_NOT_STARTED);
    device.start(WIFI_MODE_AP);
    CHECK(esp_wifi_set_config(WIFI_IF_STA, &station) == ESP_ERR_WIFI_MODE);
    CHECK(esp_wifi_scan_start(nullptr, false) == ESP_FAIL);
    CHECK(esp_wifi_disconnect() == ESP_FAIL);
    CHECK(esp_wifi_connect() == ESP_ERR_WIFI_MODE);
    REQUIRE(esp_wifi_set_mode(WIFI_MODE_STA) == ESP_OK);
    CHECK(esp_wifi_set_config(WIFI_IF_AP, &soft_ap) == ESP_ERR_WIFI_MODE);
    CHECK(esp_wifi_set_config(WIFI_IF_MAX, &soft_ap) == ESP_ERR_WIFI_IF);
    CHECK(esp_wifi_connect() == ESP_ERR_WIFI_SSID);
  }

  TEST_CASE("a soft-AP's configuration is checked") {
    Device device;
    REQUIRE(esp_wifi_set_mode(WIFI_MODE_AP) == ESP_OK);
    const auto result = [](auto &&change) {
      wifi_config_t config = soft_ap_config("ESP-Prov", "configure");
      change(config.ap);
      return esp_wifi_set_config(WIFI_IF_AP, &config);
    };
    CHECK(result([](wifi_ap_config_t &) {}) == ESP_OK);
    CHECK(result([](wifi_ap_config_t &ap) { ap.password[7] = 0; }) == ESP_ERR_WIFI_PASSWORD);
    CHECK(result([](wifi_ap_config_t &ap) { std::memset(ap.password, 'x', 64); }) ==
          ESP_ERR_WIFI_PASSWORD);
    CHECK(result([](wifi_ap_config_t &ap) { std::memset(ap.password, 'a', 64); }) == ESP_OK);
    CHECK(result([](wifi_ap_config_t &ap) { ap.authmode = WIFI_AUTH_WEP; }) == ESP_ERR_INVALID_ARG);
    CHECK(result([](wifi_ap_config_t &ap) { ap.channel = 15; }) == ESP_ERR_INVALID_ARG);
    CHECK(result([](wifi_ap_config_t &ap) {
            ap.ssid_len = 0;
            ap.ssid[0] = 0;
          }) == ESP_ERR_WIFI_SSID);
    // All 32 bytes are a name, without a terminator.
    CHECK(result([](wifi_ap_config_t &ap) {
            std::memset(ap.ssid, 'n', 32);
            ap.ssid_len = 0;
          }) == ESP_OK);
    CHECK(radio::driver_state().soft_ap.ssid == std::string(32, 'n'));
    CHECK(radio::driver_state().soft_ap.password_length == 9);
  }

  TEST_CASE("a soft-AP that names no cipher offers TKIP, which iPhones call weak") {
    struct Case {
      wifi_auth_mode_t authmode;
      wifi_cipher_type_t cipher;
      bool pmf_required;
      const char *pairwise;
      const char *group;
    };
    const std::array<Case, 9> cases{{
        {WIFI_AUTH_WPA2_PSK, WIFI_CIPHER_TYPE_NONE, false, "tkip_ccmp", "tkip"},
        {WIFI_AUTH_WPA2_PSK, WIFI_CIPHER_TYPE_TKIP_CCMP, false, "tkip_ccmp", "tkip"},
        {WIFI_AUTH_WPA2_PSK, WIFI_CIPHER_TYPE_CCMP, false, "ccmp", "ccmp"},
        {WIFI_AUTH_WPA2_PSK, WIFI_CIPHER_TYPE_TKIP, false, "tkip", "tkip"},
        {WIFI_AUTH_WPA2_PSK, WIFI_CIPHER_TYPE_TKIP, true, "ccmp", "ccmp"},
        {WIFI_AUTH_WPA_PSK, WIFI_CIPHER_TYPE_CCMP, false, "tkip_ccmp", "tkip"},
        {WIFI_AUTH_WPA2_WPA3_PSK, WIFI_CIPHER_TYPE_CCMP, false, "ccmp", "ccmp"},
        {WIFI_AUTH_WPA3_PSK, WIFI_CIPHER_TYPE_TKIP, false, "ccmp", "ccmp"},
        {WIFI_AUTH_OPEN, WIFI_CIPHER_TYPE_CCMP, false, "none", "none"},
    }};
    Device device;
    REQUIRE(esp_wifi_set_mode(WIFI_MODE_AP) == ESP_OK);
    for (const Case &c : cases) {
      CAPTURE(c.authmode);
      CAPTURE(c.cipher);
      wifi_config_t config = soft_ap_config("ESP-Prov", "configure");
      config.ap.authmode = c.authmode;
      config.ap.pairwise_cipher = c.cipher;
      config.ap.pmf_cfg.required = c.pmf_required;
      REQUIRE(esp_wifi_set_config(WIFI_IF_AP, &config) == ESP_OK);
      CHECK(radio::driver_state().soft_ap.pairwise_cipher == c.pairwise);
      CHECK(radio::driver_state().soft_ap.group_cipher == c.group);
    }
  }

  TEST_CASE(
      "the number of records tells whether the driver is started, in each mode and during a scan") {
    Device device;
    std::uint16_t number = 0;
    CHECK(esp_wifi_scan_get_ap_num(&number) == ESP_ERR_WIFI_NOT_STARTED);
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    CHECK(esp_wifi_scan_get_ap_num(&number) == ESP_OK);
    device.journal.wait_for("scan done 0 found 2");
    CHECK(esp_wifi_scan_get_ap_num(&number) == ESP_OK);
    CHECK(number == 2);
    REQUIRE(esp_wifi_set_mode(WIFI_MODE_AP) == ESP_OK);
    CHECK(esp_wifi_scan_get_ap_num(&number) == ESP_OK);
    REQUIRE(esp_wifi_stop() == ESP_OK);
    CHECK(esp_wifi_scan_get_ap_num(&number) == ESP_ERR_WIFI_NOT_STARTED);
    REQUIRE(esp_wifi_deinit() == ESP_OK);
    CHECK(esp_wifi_scan_get_ap_num(&number) == ESP_ERR_WIFI_NOT_INIT);
  }

  TEST_CASE("the interfaces have the addresses of the scenario") {
    Scenario scenario = village();
    std::array<std::uint8_t, 6> mac{};
    {
      Device device(scenario);
      REQUIRE(esp_wifi_get_mac(WIFI_IF_STA, mac.data()) == ESP_OK);
      CHECK(radio::format_mac(mac) == "24:6f:28:aa:85:8f");
      REQUIRE(esp_wifi_get_mac(WIFI_IF_AP, mac.data()) == ESP_OK);
      CHECK(radio::format_mac(mac) == "24:6f:28:aa:85:90");
    }
    scenario.soft_ap_mac = {2, 0, 0, 0, 0, 7};
    Device device(scenario);
    REQUIRE(esp_wifi_get_mac(WIFI_IF_AP, mac.data()) == ESP_OK);
    CHECK(radio::format_mac(mac) == "02:00:00:00:00:07");
  }

  TEST_CASE("a scan takes its time on every channel") {
    Device device;
    device.start(WIFI_MODE_STA);
    const std::int64_t before = Device::now_ms();
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    CHECK(device.journal.wait_for("scan done 0 found 2") - before >= 11 * 120 + 3 * 360);
  }

  TEST_CASE("beside a soft-AP the scan goes home between the channels") {
    Device device;
    device.start(WIFI_MODE_APSTA);
    const std::int64_t before = Device::now_ms();
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    CHECK(device.journal.wait_for("scan done 0 found 2") - before >= 11 * 120 + 3 * 360 + 13 * 30);
  }

  TEST_CASE("records come strongest first and are gone once read") {
    Device device;
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    device.journal.wait_for("scan done 0 found 2");
    std::uint16_t number = 0;
    REQUIRE(esp_wifi_scan_get_ap_num(&number) == ESP_OK);
    CHECK(number == 2);
    wifi_ap_record_t record{};
    REQUIRE(esp_wifi_scan_get_ap_record(&record) == ESP_OK);
    CHECK(std::string(reinterpret_cast<char *>(record.ssid)) == "HouseOfBoo");
    CHECK(record.primary == 9);
    CHECK(record.rssi == -48);
    CHECK(record.authmode == WIFI_AUTH_WPA2_PSK);
    CHECK(records() == Names{"Neighbour"});
    CHECK(esp_wifi_scan_get_ap_record(&record) == ESP_FAIL);
  }

  TEST_CASE("reading fewer records than there are, or clearing them, frees all") {
    Device device;
    device.start(WIFI_MODE_STA);
    for (int round = 1; round <= 2; ++round) {
      REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
      device.journal.wait_for("scan done 0 found 2", round);
      std::uint16_t number = 1;
      wifi_ap_record_t record{};
      if (round == 1) {
        REQUIRE(esp_wifi_scan_get_ap_records(&number, &record) == ESP_OK);
        CHECK(number == 1);
      } else {
        REQUIRE(esp_wifi_clear_ap_list() == ESP_OK);
      }
      REQUIRE(esp_wifi_scan_get_ap_num(&number) == ESP_OK);
      CHECK(number == 0);
    }
  }

  TEST_CASE("a blocking scan returns with the records, and posts its event all the same") {
    Device device;
    device.start(WIFI_MODE_STA);
    const std::int64_t before = Device::now_ms();
    REQUIRE(esp_wifi_scan_start(nullptr, true) == ESP_OK);
    CHECK(Device::now_ms() - before >= 2400);
    CHECK(records() == Names{"HouseOfBoo", "Neighbour"});
    device.journal.wait_for("scan done 0 found 2");
  }

  TEST_CASE("a blocking scan that another one overrides has failed") {
    Device device;
    device.start(WIFI_MODE_STA);
    std::atomic<esp_err_t> result{ESP_ERR_NOT_FINISHED};
    auto blocked = start_task("blocked", [&] { result = esp_wifi_scan_start(nullptr, true); });
    while (!radio::driver_state().scanning) {
      vTaskDelay(1);
    }
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    blocked.wait();
    CHECK(result == ESP_FAIL);
    device.journal.wait_for("scan done 0 found 2");
  }

  TEST_CASE("a scan's number is known from its event alone, and a refused scan uses one up") {
    std::vector<std::pair<unsigned, unsigned>> done;
    std::mutex mutex;
    struct Notes {
      decltype(done) &list;
      std::mutex &mutex;
    } notes{done, mutex};
    Device device;
    const auto note = [](void *argument, esp_event_base_t, std::int32_t, void *data) {
      auto &to = *static_cast<Notes *>(argument);
      const auto &event = *static_cast<const wifi_event_sta_scan_done_t *>(data);
      const std::lock_guard lock(to.mutex);
      to.list.emplace_back(event.status, event.scan_id);
    };
    REQUIRE(esp_event_handler_register(WIFI_EVENT, WIFI_EVENT_SCAN_DONE, note, &notes) == ESP_OK);
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK); // 0
    device.journal.wait_for("scan done 0 found 2");
    device.connect("HouseOfBoo", "not-this-one");
    CHECK(esp_wifi_scan_start(nullptr, false) == ESP_ERR_WIFI_STATE); // 1
    device.journal.wait_for("disconnected HouseOfBoo 15 at -48");
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK); // 2
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK); // 3 overrides 2
    device.journal.wait_for("scan done 0 found 2", 2);
    // Unregistering waits for the event that is being handled.
    REQUIRE(esp_event_handler_unregister(WIFI_EVENT, WIFI_EVENT_SCAN_DONE, note) == ESP_OK);
    const std::lock_guard lock(mutex);
    using Done = decltype(done);
    CHECK(done == Done{{0, 0x80}, {1, 0x83}, {0, 0x83}});
  }

  TEST_CASE("connecting throws away what a scan has found and nobody has read") {
    Device device;
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    device.journal.wait_for("scan done 0 found 2");
    device.connect_home();
    CHECK(records().empty());
  }

  TEST_CASE("disconnecting ends a scan that runs, even without a link") {
    Device device;
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    device.journal.wait_for("scan done 1 found 0");
    CHECK(device.journal.count_prefix("disconnected") == 0);
  }

  TEST_CASE("what a stopped scan has found so far can be read") {
    Device device;
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    vTaskDelay(pdMS_TO_TICKS(5 * 120)); // beyond channel 3
    REQUIRE(esp_wifi_scan_stop() == ESP_OK);
    device.journal.wait_for("scan done 1 found 1");
    CHECK(records() == Names{"Neighbour"});
  }

  TEST_CASE("a stopped scan ends with an event that says failure") {
    Device device;
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    REQUIRE(esp_wifi_scan_stop() == ESP_OK);
    device.journal.wait_for("scan done 1 found 0");
    CHECK(esp_wifi_scan_stop() == ESP_OK);
  }

  TEST_CASE("a second scan overrides the first") {
    Device device;
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    device.journal.wait_for("scan done 0 found 2");
    CHECK(device.journal.count("scan done 1 found 0") == 1);
    CHECK(device.journal.count_prefix("scan done") == 2);
  }

  TEST_CASE("hidden networks are left out, shown nameless, or found by name") {
    Scenario scenario = village();
    scenario.world.access_points[1].hidden = true;
    Device device(scenario);
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_scan_start(nullptr, true) == ESP_OK);
    CHECK(records() == Names{"Neighbour"});
    wifi_scan_config_t config{};
    config.show_hidden = true;
    REQUIRE(esp_wifi_scan_start(&config, true) == ESP_OK);
    CHECK(records() == Names{"", "Neighbour"});
    config = {};
    std::string name = "HouseOfBoo";
    config.ssid = reinterpret_cast<std::uint8_t *>(name.data());
    REQUIRE(esp_wifi_scan_start(&config, true) == ESP_OK);
    CHECK(records() == Names{"HouseOfBoo"});
  }

  TEST_CASE("a hidden network on channel 13 is found with a manual country only") {
    Scenario scenario = village();
    scenario.world.access_points[1].hidden = true;
    scenario.world.access_points[1].channel = 13;
    Device device(scenario);
    device.start(WIFI_MODE_STA);
    device.connect("HouseOfBoo", "boo-boo-boo");
    device.journal.wait_for("disconnected HouseOfBoo 201 at -128");
    CHECK(esp_wifi_set_country_code("XX", false) == ESP_ERR_INVALID_ARG);
    REQUIRE(esp_wifi_set_country_code("DE", false) == ESP_OK);
    REQUIRE(esp_wifi_connect() == ESP_OK);
    device.journal.wait_for("connected HouseOfBoo on 13");
  }

  TEST_CASE("scans fail as the scenario says, as often as it says") {
    Scenario scenario = village();
    scenario.scan_fault = radio::ScanFault{.at = radio::ScanFault::At::Start, .times = 1};
    Device device(scenario);
    device.start(WIFI_MODE_STA);
    CHECK(esp_wifi_scan_start(nullptr, false) == ESP_FAIL);
    REQUIRE(radio::change_scenario([](Scenario &now) -> std::expected<void, std::string> {
      now.scan_fault = radio::ScanFault{.at = radio::ScanFault::At::Done, .times = 1};
      return {};
    }));
    CHECK(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    device.journal.wait_for("scan done 1 found 0");
    CHECK(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    device.journal.wait_for("scan done 0 found 2");
  }

  TEST_CASE("connecting brings the link, then the address") {
    Device device;
    device.start(WIFI_MODE_STA);
    wifi_ap_record_t record{};
    CHECK(esp_wifi_sta_get_ap_info(&record) == ESP_ERR_WIFI_NOT_CONNECT);
    device.connect_home();
    CHECK(device.journal.texts() ==
          Names{"sta start", "channel 1 to 9", "connected HouseOfBoo on 9", "got 192.168.1.57"});
    REQUIRE(esp_wifi_sta_get_ap_info(&record) == ESP_OK);
    CHECK(record.primary == 9);
    CHECK(record.rssi == -48);
    CHECK(radio::driver_state().has_address);
  }

  TEST_CASE("the lease is offered again until the interface is ready for it") {
    Device device;
    leases_to_refuse = 3;
    device.start(WIFI_MODE_STA);
    device.connect_home();
    CHECK(leases_to_refuse == 0);
  }

  TEST_CASE("while a connection is being set up the driver is busy") {
    Device device;
    device.start(WIFI_MODE_STA);
    device.connect("HouseOfBoo", "not-this-one");
    wifi_config_t config = station_config("Neighbour", "boo-boo-boo");
    CHECK(esp_wifi_scan_start(nullptr, false) == ESP_ERR_WIFI_STATE);
    CHECK(esp_wifi_scan_stop() == ESP_ERR_WIFI_STATE);
    CHECK(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_ERR_WIFI_STATE);
    CHECK(esp_wifi_connect() == ESP_ERR_WIFI_CONN);
    device.journal.wait_for("disconnected HouseOfBoo 15 at -48");
    CHECK(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_OK);
  }

  TEST_CASE("connecting aborts a scan that runs") {
    Device device;
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    device.connect_home();
    CHECK(device.journal.count("scan done 1 found 0") == 1);
  }

  TEST_CASE("every way to fail has the reason of a real driver") {
    struct Way {
      const char *name;
      void (*change)(AccessPoint &);
      const char *password;
      const char *line;
    };
    const Way ways[] = {
        {"wrong password", [](AccessPoint &) {}, "not-this-one",
         "disconnected HouseOfBoo 15 at -48"},
        {"wrong WPA3 password", [](AccessPoint &ap) { ap.security = Security::Wpa3; },
         "not-this-one", "disconnected HouseOfBoo 202 at -48"},
        {"gone", [](AccessPoint &ap) { ap.ssid = "HouseOfMoo"; }, "boo-boo-boo",
         "disconnected HouseOfBoo 201 at -128"},
        {"enterprise",
         [](AccessPoint &ap) {
           ap.security = Security::Enterprise;
           ap.password.clear();
         },
         "boo-boo-boo", "disconnected HouseOfBoo 210 at -128"},
        {"open, though a password was given",
         [](AccessPoint &ap) {
           ap.security = Security::Open;
           ap.password.clear();
         },
         "boo-boo-boo", "disconnected HouseOfBoo 211 at -128"},
        {"full", [](AccessPoint &ap) { ap.refuse_reason = 5; }, "boo-boo-boo",
         "disconnected HouseOfBoo 5 at -48"},
    };
    for (const Way &way : ways) {
      CAPTURE(way.name);
      Scenario scenario = village();
      way.change(scenario.world.access_points[1]);
      Device device(scenario);
      device.start(WIFI_MODE_STA);
      device.connect("HouseOfBoo", way.password);
      device.journal.wait_for(way.line);
      CHECK(device.journal.count_prefix("disconnected") == 1);
      CHECK(device.journal.count_prefix("connected") == 0);
    }
  }

  TEST_CASE("a station below the signal threshold passes the network by") {
    Device device;
    device.start(WIFI_MODE_STA);
    wifi_config_t config = station_config("HouseOfBoo", "boo-boo-boo");
    config.sta.threshold.rssi = -40;
    REQUIRE(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_OK);
    REQUIRE(esp_wifi_connect() == ESP_OK);
    device.journal.wait_for("disconnected HouseOfBoo 212 at -128");
  }

  TEST_CASE("with an all-channel scan the next access point is tried before the event") {
    Scenario scenario = village();
    scenario.world.access_points[1].refuse_reason = 5;
    AccessPoint second = house();
    second.bssid[5] = 2;
    second.channel = 1;
    second.rssi = -71;
    scenario.world.access_points.push_back(second);
    Device device(scenario);
    device.start(WIFI_MODE_STA);
    wifi_config_t config = station_config("HouseOfBoo", "boo-boo-boo");
    config.sta.scan_method = WIFI_ALL_CHANNEL_SCAN;
    REQUIRE(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_OK);
    REQUIRE(esp_wifi_connect() == ESP_OK);
    device.journal.wait_for("connected HouseOfBoo on 1");
    CHECK(device.journal.count_prefix("disconnected") == 0);
  }

  TEST_CASE("a fast scan takes the first match of a channel, however weak it is") {
    Scenario scenario = village();
    AccessPoint near = house();
    near.bssid[5] = 2;
    near.rssi = -30;
    scenario.world.access_points.push_back(near);
    Device device(scenario);
    device.start(WIFI_MODE_STA);
    wifi_config_t config = station_config("HouseOfBoo", "boo-boo-boo");
    config.sta.sort_method = WIFI_CONNECT_AP_BY_SIGNAL;
    wifi_ap_record_t link{};
    REQUIRE(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_OK);
    REQUIRE(esp_wifi_connect() == ESP_OK);
    device.journal.wait_for("got 192.168.1.57");
    REQUIRE(esp_wifi_sta_get_ap_info(&link) == ESP_OK);
    CHECK(link.bssid[5] == 1);
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    config.sta.scan_method = WIFI_ALL_CHANNEL_SCAN;
    REQUIRE(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_OK);
    REQUIRE(esp_wifi_connect() == ESP_OK);
    device.journal.wait_for("got 192.168.1.57", 2);
    REQUIRE(esp_wifi_sta_get_ap_info(&link) == ESP_OK);
    CHECK(link.bssid[5] == 2);
  }

  TEST_CASE("disconnecting posts reason 8, on a link and in the middle of making one") {
    Device device;
    device.start(WIFI_MODE_STA);
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    device.connect_home();
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    device.journal.wait_for("disconnected HouseOfBoo 8 at -48");
    REQUIRE(esp_wifi_connect() == ESP_OK);
    while (radio::driver_state().station != "joining") {
      vTaskDelay(1);
    }
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    device.journal.wait_for("disconnected HouseOfBoo 8 at -48", 2);
    CHECK(device.journal.count_prefix("disconnected") == 2);
  }

  TEST_CASE("no event tells that a station was stopped while it looked for its network") {
    Device device;
    device.start(WIFI_MODE_STA);
    device.connect("HouseOfBoo", "boo-boo-boo");
    CHECK(radio::driver_state().station == "finding");
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    // It is idle at once: a configuration is taken again.
    device.configure("HouseOfBoo", "boo-boo-boo");
    device.connect_home();
    CHECK(device.journal.count_prefix("disconnected") == 0);
  }

  TEST_CASE("connecting on a link is no error, and does nothing") {
    Device device;
    device.start(WIFI_MODE_STA);
    device.connect_home();
    device.configure("Neighbour", "boo-boo-boo");
    CHECK(esp_wifi_connect() == ESP_OK);
    CHECK(radio::driver_state().station == "connected");
    CHECK(radio::driver_state().connects == 1);
    CHECK(device.journal.count_prefix("disconnected") == 0);
  }

  TEST_CASE("an application that reconnects for ever is calmed by a blank configuration") {
    Device device;
    device.start(WIFI_MODE_STA);
    const auto reconnect = [](void *, esp_event_base_t, std::int32_t, void *) {
      esp_wifi_connect();
    };
    REQUIRE(esp_event_handler_register(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, reconnect,
                                       nullptr) == ESP_OK);
    device.connect("HouseOfBoo", "not-this-one");
    device.journal.wait_for("disconnected HouseOfBoo 15 at -48", 2);
    wifi_config_t blank{};
    esp_err_t error = ESP_FAIL;
    for (int tries = 0; tries < 100 && error != ESP_OK; ++tries) {
      REQUIRE(esp_wifi_disconnect() == ESP_OK);
      error = esp_wifi_set_config(WIFI_IF_STA, &blank);
    }
    CHECK(error == ESP_OK);
    CHECK(esp_wifi_connect() == ESP_ERR_WIFI_SSID);
  }

  TEST_CASE("a driver may abort a connection without a word") {
    Scenario scenario = village();
    scenario.lies.silent_abort = true;
    Device device(scenario);
    device.start(WIFI_MODE_STA);
    device.connect("HouseOfBoo", "boo-boo-boo");
    while (radio::driver_state().station != "joining") {
      vTaskDelay(1);
    }
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    device.connect_home();
    CHECK(device.journal.count_prefix("disconnected") == 0);
  }

  TEST_CASE("the soft-AP moves to the station's channel and stays there") {
    Device device;
    device.start(WIFI_MODE_APSTA);
    device.connect_home();
    CHECK(device.journal.count("channel 1 to 9") == 1);
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    device.journal.wait_for("disconnected HouseOfBoo 8 at -48");
    std::uint8_t channel = 0;
    wifi_second_chan_t second{};
    REQUIRE(esp_wifi_get_channel(&channel, &second) == ESP_OK);
    CHECK(channel == 9);
    CHECK(radio::driver_state().hops == 1);
    CHECK(device.journal.count("cut") == 0);
  }

  TEST_CASE("the soft-AP moves for a wrong password too") {
    Device device;
    device.start(WIFI_MODE_APSTA);
    device.connect("HouseOfBoo", "not-this-one");
    device.journal.wait_for("disconnected HouseOfBoo 15 at -48");
    CHECK(device.journal.count("channel 1 to 9") == 1);
  }

  TEST_CASE("a hop cuts the phone off for as long as the scenario says") {
    Scenario scenario = village();
    scenario.hop_cut_ms = 4000;
    scenario.phone = radio::Phone{.joins_after_ms = 0};
    Device device(scenario);
    device.start(WIFI_MODE_APSTA);
    device.journal.wait_for("phone joins");
    device.connect("HouseOfBoo", "boo-boo-boo");
    const std::int64_t cut = device.journal.wait_for("cut");
    device.journal.wait_for("phone leaves");
    const std::int64_t restored = device.journal.wait_for("restore");
    // The journal notes each call a little after it came.
    CHECK(restored - cut >= 3900);
    device.journal.wait_for("phone joins", 2);
    // Once there, the channel is the right one already.
    device.journal.wait_for("got 192.168.1.57");
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    REQUIRE(esp_wifi_connect() == ESP_OK);
    device.journal.wait_for("got 192.168.1.57", 2);
    CHECK(device.journal.count("cut") == 1);
  }

  Scenario two_bands() {
    Scenario scenario = village();
    scenario.has_5ghz = true;
    scenario.world.access_points[1].channel = 36;
    scenario.phone = radio::Phone{.joins_after_ms = 0};
    return scenario;
  }

  TEST_CASE("a radio with one band knows no other") {
    Device device;
    device.start(WIFI_MODE_APSTA);
    wifi_band_mode_t mode{};
    CHECK(esp_wifi_get_band_mode(&mode) == ESP_OK);
    CHECK(mode == WIFI_BAND_MODE_2G_ONLY);
    CHECK(esp_wifi_set_band_mode(WIFI_BAND_MODE_AUTO) == ESP_ERR_INVALID_ARG);
    wifi_scan_config_t scan{};
    scan.channel = 36;
    CHECK(esp_wifi_scan_start(&scan, false) == ESP_ERR_INVALID_ARG);
    wifi_config_t config = soft_ap_config("ESP-Prov-8590", "configure");
    config.ap.channel = 36;
    CHECK(esp_wifi_set_config(WIFI_IF_AP, &config) == ESP_ERR_INVALID_ARG);
  }

  TEST_CASE("a radio with both bands hears both, and keeps to one if it is told to") {
    Device device(two_bands());
    device.start(WIFI_MODE_APSTA);
    wifi_band_mode_t mode{};
    CHECK(esp_wifi_get_band_mode(&mode) == ESP_OK);
    CHECK(mode == WIFI_BAND_MODE_AUTO);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    device.journal.wait_for("scan done 0 found 2");
    REQUIRE(esp_wifi_set_band_mode(WIFI_BAND_MODE_5G_ONLY) == ESP_OK);
    device.journal.wait_for("channel 1 to 36");
    wifi_band_t band{};
    CHECK(esp_wifi_get_band(&band) == ESP_OK);
    CHECK(band == WIFI_BAND_5G);
    REQUIRE(esp_wifi_scan_start(nullptr, false) == ESP_OK);
    device.journal.wait_for("scan done 0 found 1");
    CHECK(esp_wifi_set_band(WIFI_BAND_2G) == ESP_ERR_INVALID_ARG);
    REQUIRE(esp_wifi_set_band_mode(WIFI_BAND_MODE_AUTO) == ESP_OK);
    CHECK(esp_wifi_set_band(WIFI_BAND_2G) == ESP_OK);
    device.journal.wait_for("channel 36 to 1");
  }

  TEST_CASE("a phone without 5 GHz loses a soft-AP that goes there, which notices much later") {
    Scenario scenario = two_bands();
    scenario.phone->has_5ghz = false;
    Device device(scenario);
    device.start(WIFI_MODE_APSTA);
    wifi_config_t config = soft_ap_config("ESP-Prov-8590", "configure");
    config.ap.channel = 1;
    REQUIRE(esp_wifi_set_config(WIFI_IF_AP, &config) == ESP_OK);
    device.journal.wait_for("phone joins");
    device.connect_home();
    device.journal.wait_for("cut");
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    device.journal.wait_for("disconnected HouseOfBoo 8 at -48");
    CHECK(device.journal.count("phone leaves") == 0);
    CHECK(device.journal.count("restore") == 0);
    REQUIRE(esp_wifi_set_config(WIFI_IF_AP, &config) == ESP_OK);
    device.journal.wait_for("channel 36 to 1");
    device.journal.wait_for("restore");
    device.journal.wait_for("phone joins", 2);
  }

  TEST_CASE("a phone with 5 GHz follows the soft-AP there and back") {
    Device device(two_bands());
    device.start(WIFI_MODE_APSTA);
    device.journal.wait_for("phone joins");
    device.connect_home();
    device.journal.wait_for("channel 1 to 36");
    CHECK(device.journal.count("cut") == 0);
    CHECK(device.journal.count("phone leaves") == 0);
  }

  TEST_CASE("the soft-AP leaves a radar's channel with the station, and may not choose one") {
    Scenario scenario = two_bands();
    scenario.world.access_points[1].channel = 52;
    Device device(scenario);
    device.start(WIFI_MODE_APSTA);
    wifi_config_t config = soft_ap_config("ESP-Prov-8590", "configure");
    config.ap.channel = 52;
    CHECK(esp_wifi_set_config(WIFI_IF_AP, &config) == ESP_ERR_INVALID_ARG);
    device.connect_home();
    device.journal.wait_for("channel 1 to 52");
    REQUIRE(esp_wifi_disconnect() == ESP_OK);
    device.journal.wait_for("channel 52 to 1");
  }

  TEST_CASE("the soft-AP lists its phone and can throw it out") {
    Scenario scenario = village();
    scenario.phone = radio::Phone{.joins_after_ms = 0};
    Device device(scenario);
    device.start(WIFI_MODE_AP);
    device.journal.wait_for("phone joins");
    wifi_sta_list_t list{};
    REQUIRE(esp_wifi_ap_get_sta_list(&list) == ESP_OK);
    REQUIRE(list.num == 1);
    CHECK(std::equal(scenario.phone->mac.begin(), scenario.phone->mac.end(), list.sta[0].mac));
    REQUIRE(esp_wifi_deauth_sta(0) == ESP_OK);
    device.journal.wait_for("phone leaves");
    device.journal.wait_for("cut");
    device.journal.wait_for("phone joins", 2);
  }

  TEST_CASE("a phone that is carried away leaves the soft-AP") {
    Scenario scenario = village();
    scenario.phone = radio::Phone{.joins_after_ms = 0};
    Device device(scenario);
    device.start(WIFI_MODE_AP);
    device.journal.wait_for("phone joins");
    REQUIRE(radio::change_scenario([](Scenario &changed) -> std::expected<void, std::string> {
      changed.phone.reset();
      return {};
    }));
    device.journal.wait_for("phone leaves");
    wifi_sta_list_t list{};
    REQUIRE(esp_wifi_ap_get_sta_list(&list) == ESP_OK);
    CHECK(list.num == 0);
  }

  TEST_CASE("an access point that falls silent is given up after six seconds") {
    Device device;
    device.start(WIFI_MODE_STA);
    device.connect_home();
    const std::int64_t before = Device::now_ms();
    REQUIRE(radio::change_scenario([](Scenario &scenario) -> std::expected<void, std::string> {
      scenario.world.access_points.clear();
      return {};
    }));
    device.journal.wait_for("beacon timeout");
    CHECK(device.journal.wait_for("disconnected HouseOfBoo 200 at -48") - before >= 5500);
  }

  TEST_CASE("an access point that is gone between finding and joining does not answer") {
    Scenario scenario = village();
    scenario.phone = radio::Phone{.joins_after_ms = 0};
    Device device(scenario);
    device.start(WIFI_MODE_APSTA);
    device.journal.wait_for("phone joins");
    // The soft-AP announces its change of channel 20 s ahead: time to take the access point away.
    wifi_config_t config = soft_ap_config("ESP-Prov-8590", "configure");
    config.ap.csa_count = 200;
    REQUIRE(esp_wifi_set_config(WIFI_IF_AP, &config) == ESP_OK);
    device.connect("HouseOfBoo", "boo-boo-boo");
    const std::int64_t give_up = Device::now_ms() + 60'000;
    while (radio::driver_state().station != "joining" && Device::now_ms() < give_up) {
      vTaskDelay(1);
    }
    REQUIRE(radio::change_scenario([](Scenario &now) -> std::expected<void, std::string> {
      now.world.access_points.pop_back();
      return {};
    }));
    device.journal.wait_for("disconnected HouseOfBoo 2 at -48");
  }

  TEST_CASE("an access point may drop the station before DHCP answers") {
    Scenario scenario = village();
    scenario.world.access_points[1].drop = radio::Drop{.after_ms = 100, .reason = 4};
    Device device(scenario);
    device.start(WIFI_MODE_STA);
    device.connect("HouseOfBoo", "boo-boo-boo");
    device.journal.wait_for("connected HouseOfBoo on 9");
    device.journal.wait_for("disconnected HouseOfBoo 4 at -48");
    CHECK(device.journal.count_prefix("got") == 0);
  }

  TEST_CASE("stopping a connected station says so before it stops") {
    Device device;
    device.start(WIFI_MODE_STA);
    device.connect_home();
    REQUIRE(esp_wifi_stop() == ESP_OK);
    device.journal.wait_for("sta stop");
    const Names events = device.journal.texts();
    REQUIRE(events.size() >= 2);
    CHECK(events[events.size() - 2] == "disconnected HouseOfBoo 8 at -48");
    CHECK(radio::driver_state().station == "idle");
  }

  TEST_CASE("with storage in RAM nothing of a network reaches the flash") {
    Device device;
    device.start(WIFI_MODE_STA);
    device.configure("HouseOfBoo", "boo-boo-boo");
    nvs_handle_t handle = 0;
    if (nvs_open("nvs.net80211", NVS_READONLY, &handle) == ESP_OK) {
      std::size_t size = 0;
      CHECK(nvs_get_blob(handle, "sta.ssid", nullptr, &size) == ESP_ERR_NVS_NOT_FOUND);
      CHECK(nvs_get_blob(handle, "sta.pswd", nullptr, &size) == ESP_ERR_NVS_NOT_FOUND);
      nvs_close(handle);
    }
  }

  TEST_CASE("with storage in flash the driver keeps the network, and knows it after a restart") {
    Device device;
    REQUIRE(esp_wifi_set_mode(WIFI_MODE_STA) == ESP_OK);
    REQUIRE(esp_wifi_set_storage(WIFI_STORAGE_FLASH) == ESP_OK);
    device.configure("HouseOfBoo", "boo-boo-boo");
    nvs_handle_t handle = 0;
    REQUIRE(nvs_open("nvs.net80211", NVS_READONLY, &handle) == ESP_OK);
    std::array<char, 65> password{};
    std::size_t size = password.size();
    REQUIRE(nvs_get_blob(handle, "sta.pswd", password.data(), &size) == ESP_OK);
    CHECK(std::string(password.data()) == "boo-boo-boo");
    nvs_close(handle);
    REQUIRE(esp_wifi_deinit() == ESP_OK);
    Device::init();
    wifi_config_t config{};
    REQUIRE(esp_wifi_get_config(WIFI_IF_STA, &config) == ESP_OK);
    CHECK(std::string(reinterpret_cast<char *>(config.sta.ssid)) == "HouseOfBoo");
    REQUIRE(esp_wifi_restore() == ESP_OK);
    REQUIRE(esp_wifi_get_config(WIFI_IF_STA, &config) == ESP_OK);
    CHECK(config.sta.ssid[0] == 0);
  }

  TEST_CASE("a write to flash that fails is the driver's error") {
    Device device;
    REQUIRE(esp_wifi_set_mode(WIFI_MODE_STA) == ESP_OK);
    REQUIRE(esp_wifi_set_storage(WIFI_STORAGE_FLASH) == ESP_OK);
    host::nvs::fail_write(1);
    wifi_config_t config = station_config("HouseOfBoo", "boo-boo-boo");
    CHECK(esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_ERR_WIFI_NVS);
    host::nvs::clear_faults();
  }

  TEST_CASE("events can come twice and late") {
    Scenario scenario = village();
    scenario.lies.repeat = 2;
    scenario.lies.late_ms = 300;
    Device device(scenario);
    const std::int64_t before = Device::now_ms();
    device.start(WIFI_MODE_STA);
    CHECK(device.journal.wait_for("sta start", 2) - before >= 300);
    device.connect("HouseOfBoo", "boo-boo-boo");
    device.journal.wait_for("got 192.168.1.57", 2);
    CHECK(device.journal.count("connected HouseOfBoo on 9") == 2);
  }

  TEST_CASE("an event can be made up") {
    Device device;
    device.start(WIFI_MODE_STA);
    radio::Injection injection;
    injection.event = radio::Injection::Event::StaDisconnected;
    injection.reason = 99;
    injection.times = 3;
    REQUIRE(radio::inject(injection));
    device.journal.wait_for("disconnected  99 at -128", 3);
    injection = {};
    injection.event = radio::Injection::Event::ScanDone;
    injection.status = 1;
    REQUIRE(radio::inject(injection));
    device.journal.wait_for("scan done 1 found 0");
  }

  TEST_CASE("the station can be kicked, if it is connected") {
    Device device;
    device.start(WIFI_MODE_STA);
    CHECK_FALSE(radio::kick_station(2));
    device.connect_home();
    CHECK(radio::kick_station(2));
    device.journal.wait_for("disconnected HouseOfBoo 2 at -48");
  }

  TEST_CASE("with a full event queue the driver waits, and so do the calls that it carries out") {
    Device device;
    device.start(WIFI_MODE_STA);
    struct Gate {
      SemaphoreHandle_t reached{xSemaphoreCreateBinary()};
      SemaphoreHandle_t open{xSemaphoreCreateBinary()};
      bool passed{false};
      ~Gate() {
        vSemaphoreDelete(reached);
        vSemaphoreDelete(open);
      }
    } gate;
    const auto wait = [](void *argument, esp_event_base_t, std::int32_t, void *) {
      auto &at = *static_cast<Gate *>(argument);
      if (!std::exchange(at.passed, true)) {
        xSemaphoreGive(at.reached);
        xSemaphoreTake(at.open, portMAX_DELAY);
      }
    };
    REQUIRE(esp_event_handler_register(WIFI_EVENT, WIFI_EVENT_STA_BEACON_TIMEOUT, wait, &gate) ==
            ESP_OK);
    constexpr std::uint32_t kEvents = 2 * CONFIG_ESP_SYSTEM_EVENT_QUEUE_SIZE;
    REQUIRE(radio::inject({.event = radio::Injection::Event::BeaconTimeout, .times = kEvents}));
    xSemaphoreTake(gate.reached, portMAX_DELAY);
    vTaskDelay(pdMS_TO_TICKS(500)); // the driver has filled the queue by then
    std::atomic<bool> returned{false};
    auto call = start_task("call", [&] {
      CHECK(esp_wifi_disconnect() == ESP_OK);
      returned = true;
    });
    vTaskDelay(pdMS_TO_TICKS(500));
    CHECK_FALSE(returned);
    xSemaphoreGive(gate.open);
    call.wait();
    // Nothing is lost.
    device.journal.wait_for("beacon timeout", kEvents);
    REQUIRE(esp_event_handler_unregister(WIFI_EVENT, WIFI_EVENT_STA_BEACON_TIMEOUT, wait) ==
            ESP_OK);
  }

  TEST_CASE("a handler may call the driver back at once") {
    Device device;
    device.start(WIFI_MODE_STA);
    device.configure("HouseOfBoo", "boo-boo-boo");
    const auto reconnect = [](void *, esp_event_base_t, std::int32_t, void *) {
      esp_wifi_connect();
    };
    REQUIRE(esp_event_handler_register(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, reconnect,
                                       nullptr) == ESP_OK);
    REQUIRE(esp_wifi_connect() == ESP_OK);
    device.journal.wait_for("got 192.168.1.57");
    CHECK(radio::kick_station(2));
    device.journal.wait_for("got 192.168.1.57", 2);
  }

} // TEST_SUITE

} // namespace
