#include "idf_support.hpp"

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <vector>

#include "esp_app_desc.h"
#include "esp_check.h"
#include "esp_err.h"
#include "esp_log.h"
#include "esp_mac.h"
#include "esp_random.h"
#include "esp_rom_crc.h"
#include "esp_system.h"
#include "esp_wifi.h"
#include "host/system.hpp"
#include "nvs.h"

using namespace test;

namespace {

// Collects the log's lines while it lives.
class Capture {
public:
  Capture() : before_(esp_log_set_vprintf(collect)) { lines().clear(); }
  ~Capture() {
    esp_log_set_vprintf(before_);
    esp_log_level_set("*", ESP_LOG_INFO);
  }
  Capture(const Capture &) = delete;
  Capture &operator=(const Capture &) = delete;

  static std::vector<std::string> &lines() {
    static std::vector<std::string> all;
    return all;
  }

private:
  static int collect(const char *format, va_list arguments) {
    static std::mutex mutex;
    char text[1024];
    const int length = std::vsnprintf(text, sizeof(text), format, arguments);
    const std::lock_guard lock(mutex);
    lines().emplace_back(text);
    return length;
  }

  vprintf_like_t before_;
};

esp_err_t checks_error(esp_err_t error) {
  ESP_RETURN_ON_ERROR(error, "Check", "went %s", "wrong");
  return ESP_OK;
}

esp_err_t checks_condition(bool condition) {
  esp_err_t ret = ESP_OK;
  ESP_GOTO_ON_FALSE(condition, ESP_ERR_INVALID_SIZE, out, "Check", "no good");
  return ESP_OK;
out:
  return ret;
}

std::string output_of(const std::function<void()> &work) {
  std::fflush(stdout);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const int saved = dup(STDOUT_FILENO);
  dup2(ends[1], STDOUT_FILENO);
  work();
  dup2(saved, STDOUT_FILENO);
  close(saved);
  close(ends[1]);
  std::string text;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(ends[0], buffer, sizeof(buffer))) > 0) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  return text;
}

} // namespace

TEST_SUITE("esp_log and system") {
  TEST_CASE("a line is letter, device milliseconds, tag and text") {
    const Capture capture;
    ESP_LOGE("Tag", "number %d", 7);
    ESP_LOGW("Tag", "plain");
    ESP_LOGI("Other", "%s", "text");
    REQUIRE(capture.lines().size() == 3);
    unsigned stamp = 0;
    char rest[64] = {};
    REQUIRE(std::sscanf(capture.lines()[0].c_str(), "E (%u) %63[^\n]", &stamp, rest) == 2);
    CHECK(std::string(rest) == "Tag: number 7");
    CHECK(stamp <= esp_log_timestamp());
    CHECK(capture.lines()[1].starts_with("W ("));
    CHECK(capture.lines()[1].ends_with(") Tag: plain\n"));
    CHECK(capture.lines()[2].ends_with(") Other: text\n"));
  }

  TEST_CASE("levels are per tag, and the star sets them all") {
    const Capture capture;
    CHECK(esp_log_level_get("Tag") == ESP_LOG_INFO);
    ESP_LOGD("Tag", "hidden");
    esp_log_level_set("Tag", ESP_LOG_VERBOSE);
    ESP_LOGV("Tag", "shown");
    ESP_LOGD("Other", "hidden");
    esp_log_level_set("Other", ESP_LOG_NONE);
    ESP_LOGE("Other", "hidden");
    CHECK(capture.lines().size() == 1);
    esp_log_level_set("*", ESP_LOG_WARN);
    CHECK(esp_log_level_get("Tag") == ESP_LOG_WARN);
    ESP_LOGI("Tag", "hidden");
    ESP_LOGW("Other", "shown");
    CHECK(capture.lines().size() == 2);
  }

  TEST_CASE("lines of many tasks reach stdout whole, long ones too") {
    const std::string longer(2000, 'x');
    const std::string text = output_of([&] {
      for (int task = 0; task < 3; ++task) {
        start_task("logger", [&] {
          for (int i = 0; i < 5; ++i) {
            ESP_LOGI("Tag", "%s", longer.c_str());
          }
        });
      }
      REQUIRE(all_tasks_ended());
    });
    std::size_t lines = 0;
    for (std::size_t at = 0; at < text.size(); ++lines) {
      const std::size_t end = text.find('\n', at);
      REQUIRE(end != std::string::npos);
      const std::string line = text.substr(at, end - at);
      CHECK(line.starts_with("I ("));
      CHECK(line.ends_with(") Tag: " + longer));
      at = end + 1;
    }
    CHECK(lines == 15);
  }

  TEST_CASE("buffers are logged as hex, sixteen bytes a line") {
    const Capture capture;
    unsigned char bytes[18] = {0x00, 0x41, 0xff};
    ESP_LOG_BUFFER_HEX("Tag", bytes, sizeof(bytes));
    REQUIRE(capture.lines().size() == 2);
    CHECK(contains(capture.lines()[0], "Tag: 00 41 ff 00"));
    CHECK(capture.lines()[1].ends_with("Tag: 00 00 \n"));
    ESP_LOG_BUFFER_HEXDUMP("Tag", bytes, 3, ESP_LOG_INFO);
    CHECK(contains(capture.lines()[2], "|.A.|"));
  }

  TEST_CASE("error codes have ESP-IDF's names") {
    CHECK(std::string(esp_err_to_name(ESP_OK)) == "ESP_OK");
    CHECK(std::string(esp_err_to_name(ESP_FAIL)) == "ESP_FAIL");
    CHECK(std::string(esp_err_to_name(0x1105)) == "ESP_ERR_NVS_NOT_ENOUGH_SPACE");
    CHECK(std::string(esp_err_to_name(0x3006)) == "ESP_ERR_WIFI_STATE");
    CHECK(std::string(esp_err_to_name(0x7fff)) == "UNKNOWN ERROR");
    char text[32];
    CHECK(std::string(esp_err_to_name_r(0x7fff, text, sizeof(text))) ==
          "UNKNOWN ERROR 0x7fff(32767)");
  }

  TEST_CASE("the check macros log, return and abort") {
    const Capture capture;
    CHECK(checks_error(ESP_OK) == ESP_OK);
    CHECK(checks_error(ESP_ERR_TIMEOUT) == ESP_ERR_TIMEOUT);
    CHECK(checks_condition(true) == ESP_OK);
    CHECK(checks_condition(false) == ESP_ERR_INVALID_SIZE);
    REQUIRE(capture.lines().size() == 2);
    CHECK(contains(capture.lines()[0], "Check: checks_error("));
    CHECK(capture.lines()[0].ends_with("): went wrong\n"));
    const std::string words = words_of_abort([] { ESP_ERROR_CHECK(ESP_ERR_NO_MEM); });
    CHECK(contains(words, "ESP_ERROR_CHECK failed: esp_err_t 0x101 (ESP_ERR_NO_MEM)"));
    CHECK(contains(words, "expression: ESP_ERR_NO_MEM"));
  }

  TEST_CASE("the soft-AP's address follows the station's") {
    uint8_t station[6];
    uint8_t soft_ap[6];
    REQUIRE(esp_read_mac(station, ESP_MAC_WIFI_STA) == ESP_OK);
    REQUIRE(esp_read_mac(soft_ap, ESP_MAC_WIFI_SOFTAP) == ESP_OK);
    CHECK(station[0] == 0x24);
    CHECK(station[5] == 0x90);
    CHECK(soft_ap[5] == 0x91);
    CHECK(esp_read_mac(station, ESP_MAC_ETH) == ESP_ERR_NOT_SUPPORTED);
    CHECK(esp_read_mac(nullptr, ESP_MAC_WIFI_STA) == ESP_ERR_INVALID_ARG);
  }

  TEST_CASE("CRC-32 is the ROM's") {
    const auto *const text = reinterpret_cast<const uint8_t *>("123456789");
    CHECK(esp_rom_crc32_le(0, text, 9) == 0xCBF43926);
    CHECK(esp_rom_crc32_le(esp_rom_crc32_le(0, text, 4), text + 4, 5) == 0xCBF43926);
  }

  TEST_CASE("random bytes fill the whole buffer") {
    uint8_t bytes[64] = {};
    esp_fill_random(bytes, sizeof(bytes));
    int zeros = 0;
    for (const uint8_t byte : bytes) {
      zeros += byte == 0;
    }
    CHECK(zeros < 16);
    CHECK((esp_random() != esp_random() || esp_random() != esp_random()));
  }

  TEST_CASE("the application describes itself as it was told to") {
    host::system::set_app("a-project-name-that-is-longer-than-its-field", "2.3.4");
    CHECK(std::string(esp_app_get_description()->project_name) ==
          "a-project-name-that-is-longer-t");
    CHECK(std::string(esp_app_get_description()->version) == "2.3.4");
    CHECK(std::string(esp_app_get_description()->idf_ver) == "v5.5.5");
    host::system::set_app("host", "1.0.0");
  }

  TEST_CASE("a restart without a hook aborts, with one it runs it") {
    CHECK(contains(words_of_abort([] { esp_restart(); }),
                   "esp_restart: not implemented on the host"));
    CHECK(words_of_abort([] {
            host::system::on_restart([] { _exit(0); });
            esp_restart();
          }).empty());
  }
}
