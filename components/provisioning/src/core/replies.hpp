#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/api_error.hpp"
#include "core/json_writer.hpp"
#include "core/machine.hpp"
#include "core/network.hpp"
#include "core/saved_network.hpp"

namespace espp::provisioning {

/// What `GET /api/status` says of the device itself.
struct DeviceInfo {
  std::string_view name; ///< UTF-8
  Ssid ap_ssid;
  std::string_view mac; ///< aa:bb:cc:dd:ee:ff
  std::string_view chip;
  std::string_view version;
};

/// The bodies of the HTTP API, as docs/api.md and the fixtures in test/fixtures have them.
void write_status(JsonWriter &json, const DeviceInfo &device, bool provisioned, bool completed,
                  const ScanReport &scan, const ConnectReport &connect, Millis now);
void write_scan(JsonWriter &json, const ScanReport &scan, std::span<const Network> networks,
                std::span<const SavedNetwork> saved, Millis now);
void write_connect(JsonWriter &json, const ConnectReport &connect, Millis now);
/// `saved` newest first.
void write_saved_networks(JsonWriter &json, std::span<const SavedNetwork> saved);
void write_error(JsonWriter &json, ApiError error);

} // namespace espp::provisioning
