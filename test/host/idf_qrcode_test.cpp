#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "esp_log.h"
#include "qrcode.h"

namespace {

std::string picture;

/// A grey map (PGM), five pixels a module.
void draw(esp_qrcode_handle_t code) {
  constexpr int kScale = 5;
  constexpr int kBorder = 4;
  const int size = (esp_qrcode_get_size(code) + 2 * kBorder) * kScale;
  picture = "P5 " + std::to_string(size) + " " + std::to_string(size) + " 255\n";
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const bool dark = esp_qrcode_get_module(code, x / kScale - kBorder, y / kScale - kBorder);
      picture += dark ? '\0' : '\xFF';
    }
  }
}

/// What a decoder that none of us wrote reads in the picture.
std::string decode() {
  char name[] = "/tmp/idf_qrcode_XXXXXX";
  const int fd = mkstemp(name);
  REQUIRE(fd >= 0);
  REQUIRE(write(fd, picture.data(), picture.size()) == static_cast<ssize_t>(picture.size()));
  close(fd);
  std::FILE *reader = popen((std::string("zbarimg --nodbus --quiet --raw pgm:") + name).c_str(), "r");
  REQUIRE(reader != nullptr);
  std::string text;
  for (int c = std::fgetc(reader); c != EOF; c = std::fgetc(reader)) {
    text += static_cast<char>(c);
  }
  CHECK(pclose(reader) == 0);
  unlink(name);
  return text.substr(0, text.find_last_not_of('\n') + 1);
}

esp_err_t generate(const std::string &text, int max_version = 10) {
  esp_qrcode_config_t config{};
  config.display_func = draw;
  config.max_qrcode_version = max_version;
  config.qrcode_ecc_level = ESP_QRCODE_ECC_LOW;
  return esp_qrcode_generate(&config, text.c_str());
}

} // namespace

TEST_SUITE("qrcode") {
  TEST_CASE("what is encoded is what a decoder reads") {
    esp_log_level_set("QRCODE", ESP_LOG_NONE);
    const std::string longest =
        "WIFI:T:WPA;S:" + std::string(64, ';') + ";P:" + std::string(126, ':') + ";;";
    for (const std::string &text :
         {std::string("WIFI:T:WPA;S:ESP-Prov-8590;P:configure;;"),
          std::string(R"(WIFI:T:WPA;S:a\\b\;c\,d\:e\"f;P:\\\;\:\,\" '=&%<>;;)"),
          std::string("WIFI:T:nopass;S:K\xC3\xBC"
                      "che \xF0\x9F\x91\xBB;;"),
          longest}) {
      CAPTURE(text);
      REQUIRE(generate(text) == ESP_OK);
      CHECK(decode() == text);
    }
  }

  TEST_CASE("a text that is too long for the largest version allowed is an error") {
    esp_log_level_set("QRCODE", ESP_LOG_NONE);
    CHECK(generate(std::string(271, 'x')) == ESP_OK);
    CHECK(generate(std::string(272, 'x')) == ESP_FAIL);
    CHECK(generate(std::string(100, 'x'), 2) == ESP_FAIL);
  }
}
