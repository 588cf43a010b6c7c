#include "qrcode.h"

#include <qrcodegen/qrcodegen.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "esp_log.h"

namespace {

constexpr char kTag[] = "QRCODE";

constexpr std::array kLevels{qrcodegen_Ecc_LOW, qrcodegen_Ecc_MEDIUM, qrcodegen_Ecc_QUARTILE,
                             qrcodegen_Ecc_HIGH};

} // namespace

esp_err_t esp_qrcode_generate(esp_qrcode_config_t *cfg, const char *text) {
  const auto size =
      static_cast<std::size_t>(qrcodegen_BUFFER_LEN_FOR_VERSION(cfg->max_qrcode_version));
  std::vector<std::uint8_t> scratch(size);
  std::vector<std::uint8_t> qrcode(size);
  const auto level = static_cast<std::size_t>(cfg->qrcode_ecc_level);
  ESP_LOGI(kTag, "Encoding below text with ECC LVL %d & QR Code Version %d", cfg->qrcode_ecc_level,
           cfg->max_qrcode_version);
  ESP_LOGI(kTag, "%s", text);
  if (!qrcodegen_encodeText(text, scratch.data(), qrcode.data(),
                            level < kLevels.size() ? kLevels[level] : qrcodegen_Ecc_LOW,
                            qrcodegen_VERSION_MIN, cfg->max_qrcode_version, qrcodegen_Mask_AUTO,
                            true) ||
      cfg->display_func == nullptr) {
    return ESP_FAIL;
  }
  if (cfg->user_data != nullptr) {
    cfg->display_func_with_cb(qrcode.data(), cfg->user_data);
  } else {
    cfg->display_func(qrcode.data());
  }
  return ESP_OK;
}

int esp_qrcode_get_size(esp_qrcode_handle_t qrcode) {
  return qrcodegen_getSize(qrcode);
}

bool esp_qrcode_get_module(esp_qrcode_handle_t qrcode, int x, int y) {
  return qrcodegen_getModule(qrcode, x, y);
}
