#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radio/world.hpp"

struct cJSON;

namespace radio {

/// How scans go wrong.
struct ScanFault {
  enum class At {
    Start, ///< `esp_wifi_scan_start` itself returns ESP_FAIL
    Done,  ///< the scan takes its time, then SCAN_DONE says failure
  };
  At at{At::Done};
  /// How many scans fail from now on; unset: all.
  std::optional<std::uint32_t> times;
};

/// The owner's phone, as the soft-AP sees it.
struct Phone {
  Mac mac{0x3c, 0x2e, 0xff, 0x10, 0x20, 0x30};
  std::uint32_t joins_after_ms{2500}; ///< after the soft-AP started
  bool has_5ghz{true};                ///< else it loses a soft-AP that moves there
};

/// Misbehaviour on demand. The driver's documentation excludes none of it, so an application has to
/// survive it.
struct Lies {
  std::uint32_t repeat{1};  ///< each event is posted that many times
  std::uint32_t late_ms{0}; ///< and that much later
  /// `esp_wifi_disconnect()` posts no STA_DISCONNECTED while a connection is being set up, as long
  /// as the station has not found its network anyhow.
  bool silent_abort{false};
};

/// Everything a scenario file says.
struct Scenario {
  std::string name;
  World world;
  Mac station_mac{0x24, 0x6f, 0x28, 0xaa, 0x85, 0x8f};
  Mac soft_ap_mac{0x24, 0x6f, 0x28, 0xaa, 0x85, 0x90};
  bool has_5ghz{false}; ///< the device's radio, as an ESP32-C5's
  /// Each change of the soft-AP's channel cuts its clients off for this long; 0: they follow.
  std::uint32_t hop_cut_ms{0};
  std::optional<Phone> phone{Phone{}};
  std::optional<ScanFault> scan_fault;
  Lies lies;
};

/// Reads a scenario from JSON text. `file` names it in messages and `directory` is where the
/// scenario that it `extends`, if any, is looked for. The error is one line: file, JSON path,
/// reason.
std::expected<Scenario, std::string> parse_scenario(std::string_view json, const std::string &file,
                                                    const std::string &directory);

/// Loads a scenario by its name in `directory`, or by the path of a file if the text has a slash or
/// ends in `.json`; such a file may extend the scenarios in `directory` too. An unknown name is an
/// error that lists the known ones.
std::expected<Scenario, std::string> load_scenario(const std::string &name_or_path,
                                                   const std::string &directory);

/// The names of the scenarios in `directory`, sorted.
std::vector<std::string> scenario_names(const std::string &directory);

/// Overwrites the fields of `ap` that `object` has; `null` takes an optional one away. On an error
/// `ap` is as before and the text starts with `path`.
std::expected<void, std::string> patch_access_point(const cJSON *object, const std::string &path,
                                                    AccessPoint &ap);
/// As above, for the member that the scenario format calls `scan_fails`, `lies` or `hop`.
std::expected<void, std::string> patch_scan_fault(const cJSON *value, const std::string &path,
                                                  std::optional<ScanFault> &fault);
std::expected<void, std::string> patch_lies(const cJSON *value, const std::string &path,
                                            Lies &lies);
std::expected<void, std::string> patch_hop(const cJSON *value, const std::string &path,
                                           std::uint32_t &cut_ms);

/// Fails unless every access point is complete and their BSSIDs differ.
std::expected<void, std::string> check_world(const World &world, const std::string &path);

/// The bytes of an SSID from a JSON object's `ssid` or `ssid_hex`, of which it must have exactly
/// one.
std::expected<std::string, std::string> read_ssid(const cJSON *object, const std::string &path);

} // namespace radio
