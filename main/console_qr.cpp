#include "console_qr.hpp"

#include <cstdio>
#include <string>

#include "esp_log.h"
#include "qrcode.h"

namespace {

constexpr const char *kTag = "Provisioning Example";

/// Light modules around the code, which readers need to find it (ISO/IEC 18004, 5.3.8).
constexpr int kQuietZone = 4;

/// 271 bytes at the lowest error correction: names and passwords fit, escaped, whatever they are.
constexpr int kMaxVersion = 10;

/// Prints what is light, two rows a line, since terminals are dark with light text.
void print(esp_qrcode_handle_t code) {
  const int end = esp_qrcode_get_size(code) + kQuietZone;
  const auto is_light = [&](int x, int y) { return y < end && !esp_qrcode_get_module(code, x, y); };
  for (int y = -kQuietZone; y < end; y += 2) {
    std::string line;
    for (int x = -kQuietZone; x < end; ++x) {
      const bool upper = is_light(x, y);
      const bool lower = is_light(x, y + 1);
      line += upper ? (lower ? "\u2588" : "\u2580") : (lower ? "\u2584" : " ");
    }
    std::printf("%s\n", line.c_str());
  }
}

} // namespace

void print_qr_code(const espp::Provisioning &provisioning) {
  // It would log the text, and with it the password, at level info.
  esp_log_level_set("QRCODE", ESP_LOG_WARN);
  esp_qrcode_config_t config{};
  config.display_func = print;
  config.max_qrcode_version = kMaxVersion;
  config.qrcode_ecc_level = ESP_QRCODE_ECC_LOW;
  ESP_LOGI(kTag, "Or point a phone's camera at this code to connect:");
  const esp_err_t error = esp_qrcode_generate(&config, provisioning.get_ap_qr_text().c_str());
  if (error != ESP_OK) {
    ESP_LOGW(kTag, "No QR code: %s", esp_err_to_name(error));
  }
}
