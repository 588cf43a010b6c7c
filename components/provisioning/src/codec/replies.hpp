#pragma once

#include <span>
#include <string_view>

#include "codec/json_writer.hpp"
#include "codec/languages.hpp"
#include "service/service.hpp"

namespace espp::provisioning {

/// What `GET /api/status` says of the device itself.
struct DeviceInfo {
  std::string_view name; ///< UTF-8
  Ssid ap_ssid;
  std::string_view mac;         ///< of the access point, aa:bb:cc:dd:ee:ff
  std::string_view station_mac; ///< likewise, as the owner's router sees the device
  std::string_view chip;
  std::string_view version;
};

/// The bodies of the HTTP API, as docs/api.md and the fixtures in test/fixtures have them.
void write_status(JsonWriter &json, const DeviceInfo &device, const Status &status);
void write_networks(JsonWriter &json, const Networks &networks);
void write_connect(JsonWriter &json, const attempt::ConnectReport &connect, Millis now);
/// `saved` newest first.
void write_saved_networks(JsonWriter &json, std::span<const SavedNetwork> saved);
void write_connect_started(JsonWriter &json, std::uint32_t id);
void write_completed(JsonWriter &json, bool ap_shutdown);
void write_empty(JsonWriter &json);
/// What the page begins with, in one object: the status, the list, the saved networks, and the tags
/// of the languages that it can be had in.
void write_first_state(JsonWriter &json, const DeviceInfo &device, const Status &status,
                       const Networks &networks, std::span<const Language> languages);
void write_error(JsonWriter &json, ApiError error);

} // namespace espp::provisioning
