// Runs the power cuts of test/storage on ESP-IDF's nvs_flash. ESP-IDF's own
// esp_partition_fail_after() lets everything after the failed word succeed, so the power is cut
// here, between NVS and the flash.

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "esp_idf_version.h"
#include "esp_log.h"
#include "esp_partition.h"
#include "esp_private/partition_linux.h"
#include "nvs_flash.h"
#include "spi_flash_mmap.h"

#include "power_cut.hpp"

namespace {

/// What is armed. An operation is a word of 4 bytes written, or a sector erased.
struct Outage {
  std::size_t countdown{0}; ///< 0: nothing is armed
  bool cuts_power{false};
  bool has_struck{false};
};

Outage outage;
std::size_t operations = 0;

/// Of `wanted` operations, how many are done; fewer if something strikes on the way.
std::size_t allowed(std::size_t wanted) {
  if (outage.has_struck && outage.cuts_power) {
    return 0;
  }
  if (outage.countdown == 0 || wanted < outage.countdown) {
    outage.countdown -= outage.countdown == 0 ? 0 : wanted;
    operations += wanted;
    return wanted;
  }
  const std::size_t done = outage.countdown - 1;
  outage.countdown = 0;
  outage.has_struck = true;
  operations += done;
  return done;
}

} // namespace

extern "C" {
esp_err_t __real_esp_partition_write_raw(const esp_partition_t *partition, std::size_t offset,
                                         const void *source, std::size_t size);
esp_err_t __real_esp_partition_erase_range(const esp_partition_t *partition, std::size_t offset,
                                           std::size_t size);

esp_err_t __wrap_esp_partition_write_raw(const esp_partition_t *partition, std::size_t offset,
                                         const void *source, std::size_t size) {
  const std::size_t words = (size + 3) / 4;
  const std::size_t done = allowed(words);
  if (done == words) {
    return __real_esp_partition_write_raw(partition, offset, source, size);
  }
  if (done > 0) {
    __real_esp_partition_write_raw(partition, offset, source, done * 4);
  }
  return ESP_ERR_FLASH_OP_FAIL;
}

esp_err_t __wrap_esp_partition_write(const esp_partition_t *partition, std::size_t offset,
                                     const void *source, std::size_t size) {
  return __wrap_esp_partition_write_raw(partition, offset, source, size);
}

esp_err_t __wrap_esp_partition_erase_range(const esp_partition_t *partition, std::size_t offset,
                                           std::size_t size) {
  constexpr std::size_t kSector = 4096;
  const std::size_t done = allowed(size / kSector);
  if (done > 0) {
    __real_esp_partition_erase_range(partition, offset, done * kSector);
  }
  return done == size / kSector ? ESP_OK : ESP_ERR_FLASH_OP_FAIL;
}
}

namespace {

/// ESP-IDF's emulated flash, which is a file in memory.
class EmulatedFlash final : public storage_test::Flash {
public:
  EmulatedFlash()
      : partition_(esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_NVS,
                                            "nvs")) {
    const std::uint8_t *flash = nullptr;
    if (partition_ == nullptr || esp_partition_file_mmap(&flash) != ESP_OK) {
      std::puts("There is no emulated flash");
      std::exit(1);
    }
    content_ = const_cast<std::uint8_t *>(flash) + partition_->address;
  }

  storage_test::Bytes image() override { return {content_, content_ + partition_->size}; }
  void restore(const storage_test::Bytes &image) override {
    nvs_flash_deinit();
    outage = {};
    if (image.empty()) {
      std::memset(content_, 0xFF, partition_->size);
    } else {
      std::memcpy(content_, image.data(), partition_->size);
    }
  }
  esp_err_t boot() override {
    const std::size_t before = operations;
    const esp_err_t error = nvs_flash_init();
    operations_of_boot_ = operations - before;
    return error;
  }
  void cut_power_at(std::size_t nth) override { outage = {nth, true, false}; }
  void fail_at(std::size_t nth) override { outage = {nth, false, false}; }
  bool has_struck() override { return outage.has_struck; }
  std::size_t operations_of_boot() override { return operations_of_boot_; }
  bool purges() const override { return ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(6, 0, 0); }

private:
  const esp_partition_t *partition_;
  std::uint8_t *content_{nullptr};
  std::size_t operations_of_boot_{0};
};

} // namespace

extern "C" void app_main() {
  esp_log_level_set("*", ESP_LOG_NONE);
  EmulatedFlash flash;
  int problems = 0;
  const auto tell = [&](const std::string &problem) {
    if (++problems <= 50) {
      std::printf("NOT OK: %s\n", problem.c_str());
    }
  };
  const auto totals = storage_test::run_power_cuts(flash, 8, tell);
  const std::size_t flips = storage_test::run_bit_flips(flash, tell);
  std::printf("ESP-IDF %d.%d.%d: %zu operations, %zu power cuts, %zu of them twice, %zu failures, "
              "%zu remnants\n",
              ESP_IDF_VERSION_MAJOR, ESP_IDF_VERSION_MINOR, ESP_IDF_VERSION_PATCH,
              totals.operations, totals.cuts, totals.double_cuts, totals.failures, totals.remnants);
  std::printf("%zu bits flipped\n%s, %d problems\n", flips, problems == 0 ? "ok" : "NOT OK",
              problems);
  std::fflush(stdout);
  std::_Exit(problems == 0 ? 0 : 1);
}
