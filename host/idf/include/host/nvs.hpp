/// Where the non-volatile storage is kept, how large it is, and how to make it fail.
///
/// Settings apply from the next nvs_flash_init() or nvs_flash_erase() on; fault injection and
/// counters at once. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "esp_err.h"

namespace host::nvs {

/// The file that holds the storage. Every change writes a new file beside it, syncs it and renames
/// it over the old one, so at any moment the file holds the state before or after a change, never
/// something between, and nothing of what was erased. Empty (the default): in RAM only; like flash,
/// it survives nvs_flash_deinit() and lasts until nvs_flash_erase() or reset().
void set_file(std::string path);
[[nodiscard]] std::string file();

/// Bytes of the partition, a multiple of 4096 and at least 3 pages (12288); default 0x6000. As in
/// flash, a page has 126 entries of 32 bytes and one page is always kept free.
void set_partition_size(std::size_t bytes);
[[nodiscard]] std::size_t partition_size();

/// What has been asked of the storage since the start or the last reset().
struct Counters {
  /// Sets and erases that changed something or tried to; a set to the value already stored writes
  /// nothing.
  std::uint64_t writes;
  std::uint64_t reads;
  /// Writes that failed on purpose.
  std::uint64_t injected_failures;
  /// Bytes written to the file, summed up.
  std::uint64_t bytes_written;
  /// Single changes of the flash, several to a write: an entry written in part, then in full, marked
  /// as erased, a page marked, begun or erased.
  std::uint64_t flash_changes;
};
[[nodiscard]] Counters counters();

/// The `nth` write from now (1 is the next) fails with `error` and leaves everything as it was.
/// Once.
void fail_write(std::uint64_t nth, esp_err_t error = ESP_FAIL);
/// As fail_write(), but every write from the `nth` on fails until clear_faults().
void fail_writes_from(std::uint64_t nth, esp_err_t error = ESP_FAIL);

/// Cuts the power at the `nth` write from now: `on_power_cut` is called instead of the write, on
/// the writing task, and the storage is as it was before it. The callback need not return (a test's
/// child process may _exit() there). If it returns, the storage is dead until it is initialised
/// again, as after a reset: every call gives ESP_ERR_NVS_NOT_INITIALIZED.
void cut_power_at_write(std::uint64_t nth, std::function<void()> on_power_cut);
/// Cuts the power ahead of the `nth` single change of the flash from now, in the middle of a write
/// or of the recovery at initialisation: what was changed before stays. Otherwise as above.
void cut_power_at_change(std::uint64_t nth, std::function<void()> on_power_cut = nullptr);
void clear_faults();

/// The whole content of the flash, as the file would have it, for a test to keep, to search, and to
/// put back. set_image() switches the power off: initialise after it. False, and nothing changed, if
/// it is no image of a partition of this size.
[[nodiscard]] std::vector<std::uint8_t> image();
bool set_image(std::span<const std::uint8_t> image);

/// As a new chip: storage uninitialised and empty, no file set, default size, no faults, counters
/// 0. The file on disk is left alone.
void reset();

} // namespace host::nvs
