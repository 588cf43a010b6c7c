/// Credential operations, with the power cut at every single operation of the flash below them.
///
/// Compiled twice: against the host port, and as an ESP-IDF project against ESP-IDF's own nvs_flash
/// on its emulated flash. Only the flash differs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "esp_err.h"

namespace storage_test {

using Bytes = std::vector<std::uint8_t>;

/// A flash partition with NVS on it, that loses power or fails when told.
class Flash {
public:
  virtual ~Flash() = default;

  /// The whole content.
  virtual Bytes image() = 0;
  /// Switches the power off, replaces the content (none: all erased), and drops what was armed.
  virtual void restore(const Bytes &image) = 0;
  /// Switches the power on and initialises NVS. A cut that is armed may strike.
  virtual esp_err_t boot() = 0;

  /// Cuts the power at the `nth` operation of the flash from now (1 is the next): from it on
  /// nothing is changed any more until boot() after restore().
  virtual void cut_power_at(std::size_t nth) = 0;
  /// The `nth` operation fails; those after it work.
  virtual void fail_at(std::size_t nth) = 0;
  /// Whether what was armed has struck.
  virtual bool has_struck() = 0;

  /// How many operations of the flash the last boot() took.
  virtual std::size_t operations_of_boot() = 0;

  /// Whether what NVS erases is overwritten in flash.
  virtual bool purges() const = 0;
};

struct Totals {
  std::size_t operations{0};  ///< saves and forgets that were tried at every cut
  std::size_t cuts{0};        ///< reboots after a cut
  std::size_t double_cuts{0}; ///< of them, with the power cut again in the recovery after the first
  std::size_t failures{0};    ///< operations with one operation of the flash failing
  /// Cuts after which a password that is no longer listed was still in flash, although NVS
  /// overwrites what it erases: the power went while it did.
  std::size_t remnants{0};
};

/// Runs all scenarios. `problem` is told, in words, of everything that is not as it must be.
/// `most_double_cuts` an outage: spread over the recovery if it takes more operations than that.
Totals run_power_cuts(Flash &flash, std::size_t most_double_cuts,
                      const std::function<void(const std::string &)> &problem);

/// Flips every single bit of a flash that holds networks of both versions, and boots each time. A
/// network may be lost, but none may get another's password. Returns how many bits were flipped.
std::size_t run_bit_flips(Flash &flash, const std::function<void(const std::string &)> &problem);

} // namespace storage_test
