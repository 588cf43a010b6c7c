#include <doctest/doctest.h>

#include <cstdarg>

#include "esp_log.h"
#include "host/nvs.hpp"
#include "nvs_flash.h"

#include "power_cut.hpp"

namespace {

/// The host port's flash, which overwrites what is erased, as ESP-IDF does from v6.0 on.
class HostFlash final : public storage_test::Flash {
public:
  explicit HostFlash(std::size_t bytes) : bytes_(bytes) {
    esp_log_set_vprintf([](const char *, va_list) { return 0; });
  }
  ~HostFlash() override { host::nvs::reset(); }

  storage_test::Bytes image() override { return host::nvs::image(); }
  void restore(const storage_test::Bytes &image) override {
    host::nvs::clear_faults();
    if (image.empty()) {
      host::nvs::reset();
      host::nvs::set_partition_size(bytes_);
    } else {
      REQUIRE(host::nvs::set_image(image));
    }
  }
  esp_err_t boot() override {
    const auto before = host::nvs::counters().flash_changes;
    const esp_err_t error = nvs_flash_init();
    operations_of_boot_ = host::nvs::counters().flash_changes - before;
    return error;
  }
  void cut_power_at(std::size_t nth) override {
    struck_before_ = host::nvs::counters().injected_failures;
    host::nvs::cut_power_at_change(nth);
  }
  void fail_at(std::size_t nth) override {
    struck_before_ = host::nvs::counters().injected_failures;
    host::nvs::fail_write(nth);
  }
  bool has_struck() override { return host::nvs::counters().injected_failures > struck_before_; }
  std::size_t operations_of_boot() override { return operations_of_boot_; }
  bool purges() const override { return true; }

private:
  std::size_t bytes_;
  std::size_t operations_of_boot_{0};
  std::uint64_t struck_before_{0};
};

} // namespace

TEST_CASE("a power cut at any operation of the flash loses nothing and mixes nothing up") {
  storage_test::Totals sum;
  for (const std::size_t pages : {3U, 6U}) {
    HostFlash flash(pages * 4096);
    int problems = 0;
    const auto totals = storage_test::run_power_cuts(flash, 1'000, [&](const std::string &problem) {
      if (++problems <= 20) {
        FAIL_CHECK(pages << " pages: " << problem);
      }
    });
    CHECK(problems == 0);
    CHECK(totals.remnants == 0);
    sum.operations += totals.operations;
    sum.cuts += totals.cuts;
    sum.double_cuts += totals.double_cuts;
    sum.failures += totals.failures;
  }
  MESSAGE(sum.operations, " operations, ", sum.cuts, " power cuts, ", sum.double_cuts,
          " of them twice, ", sum.failures, " failures");
  // Figures of docs/reliability.md.
  CHECK(sum.operations == 252);
}
