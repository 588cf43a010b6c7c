#pragma once

#include <cstdint>

#include "domain/time.hpp"

namespace espp::provisioning {

/// Tells the end of the component's own scans from that of an application's. The driver has no call
/// that names one's own scan; what it does was read in ESP-IDF v5.5's driver: each call of
/// esp_wifi_scan_start() takes the next of 128 numbers, and WIFI_EVENT_SCAN_DONE carries it plus 128. A
/// scan that begins while another runs ends that one at once, whose event then carries the number of
/// the new one and a status other than 0. A driver that numbers otherwise is taken at its word: then
/// every end counts as the component's own. Pure; not thread-safe.
class ScanWatch {
public:
  /// Whose end an event tells.
  enum class Outcome : std::uint8_t {
    Foreign,  ///< an application's: its records are not ours to read
    Replaced, ///< ours, which an application's scan has ended, or which has ended one: to be repeated
    Failed,   ///< ours, without records
    Done,     ///< ours, with records
  };

  /// Just before esp_wifi_scan_start(): the event may come before it returns.
  void starting(Millis now) {
    is_ours_running_ = true;
    is_stopping_ = false;
    started_at_ = now;
  }
  /// The driver has refused the scan; the refused call may have taken a number.
  void refused() {
    is_ours_running_ = false;
    last_ = kUnknown;
  }
  /// Just before esp_wifi_scan_stop().
  void stopping() { is_stopping_ = true; }

  /// True from starting() until the end, as far as the driver has told.
  bool is_running() const { return is_ours_running_; }

  /// An event WIFI_EVENT_SCAN_DONE.
  Outcome done(std::uint8_t scan_id, bool ok, Millis now) {
    const bool is_known = last_ != kUnknown;
    const auto ahead = static_cast<std::uint8_t>((scan_id - last_ - 1U) & 0x7FU);
    last_ = scan_id;
    if (!is_ours_running_) {
      return Outcome::Foreign;
    }
    if (!ok && !is_stopping_ && now - started_at_ < kReplacedWithin) {
      // Either ours has ended one of the application's, or the other way round: the numbers are the
      // same. Taken for the latter, so that nobody reads an application's records.
      is_ours_running_ = false;
      return Outcome::Replaced;
    }
    if (is_known && ahead >= 1 && ahead <= kMostAhead) {
      is_ours_running_ = false;
      return Outcome::Replaced;
    }
    is_ours_running_ = false;
    return ok ? Outcome::Done : Outcome::Failed;
  }

private:
  static constexpr std::uint8_t kUnknown = 0; ///< numbers in events are 128 to 255
  /// So many scans an application may have begun since ours.
  static constexpr std::uint8_t kMostAhead = 8;
  /// Milliseconds. The driver posts the event of a replaced scan before it begins the new one, so only
  /// the event loop's queue is between them. The shortest scan, of one channel, takes 120 ms.
  static constexpr Millis kReplacedWithin = 100;

  bool is_ours_running_{false};
  bool is_stopping_{false};
  Millis started_at_{0};
  std::uint8_t last_{kUnknown}; ///< of the newest event
};

} // namespace espp::provisioning
