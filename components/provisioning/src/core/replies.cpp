#include "core/replies.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "core/guard.hpp"

namespace espp::provisioning {
namespace {

const char *to_string(ConnectState state) {
  static constexpr const char *kNames[]{"idle", "connecting", "obtaining_ip", "connected",
                                        "failed"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(ConnectState::Failed) + 1);
  return kNames[static_cast<std::size_t>(state)];
}

const char *to_string(ConnectPhase phase) {
  static constexpr const char *kNames[]{"finding", "authenticating"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(ConnectPhase::Authenticating) + 1);
  return kNames[static_cast<std::size_t>(phase)];
}

void write_error_object(JsonWriter &json, const char *code, const char *message) {
  json.begin_object();
  json.member("code", code);
  json.member("message", message);
  json.end_object();
}

void write_ip(JsonWriter &json, const char *key, std::uint32_t ip) {
  json.member(key, Authority(make_address(ip)).c_str());
}

void write_save_result(JsonWriter &json, SaveResult result) {
  json.member("saved", result == SaveResult::Saved);
  switch (result) {
  case SaveResult::Saved:
    break;
  case SaveResult::Full:
    json.key("save_error");
    write_error_object(json, "storage_full", "There is no room for another saved network.");
    break;
  case SaveResult::Failed:
    json.key("save_error");
    write_error_object(json, "storage_failed", "The flash storage reported an error.");
    break;
  }
}

} // namespace

void write_connect(JsonWriter &json, const ConnectReport &connect, Millis now) {
  json.begin_object();
  json.member("id", connect.id);
  if (connect.state != ConnectState::Idle) {
    json.member(connect.ssid);
  }
  json.member("state", to_string(connect.state));
  switch (connect.state) {
  case ConnectState::Idle:
    json.member("elapsed_ms", 0);
    json.end_object();
    return;
  case ConnectState::Connecting:
    json.member("phase", to_string(connect.phase));
    break;
  case ConnectState::ObtainingIp:
    break;
  case ConnectState::Connected:
    write_ip(json, "ip", connect.ip);
    write_ip(json, "gateway", connect.gateway);
    break;
  case ConnectState::Failed:
    json.member("reason", to_string(connect.reason));
    if (connect.raw_reason) {
      json.member("raw_reason", *connect.raw_reason);
    }
    break;
  }
  if (connect.rssi) {
    json.member("rssi", *connect.rssi);
  }
  if (connect.channel != 0) {
    json.member("channel", connect.channel);
  }
  if (connect.state == ConnectState::Connected) {
    write_save_result(json, connect.save_result);
  }
  const Millis until = is_running(connect) ? now : connect.ended_at;
  json.member("elapsed_ms", Millis{until - connect.started_at});
  json.end_object();
}

void write_status(JsonWriter &json, const DeviceInfo &device, bool provisioned, bool completed,
                  const ScanReport &scan, const ConnectReport &connect, Millis now) {
  json.begin_object();
  json.key("device");
  json.begin_object();
  json.member("name", device.name);
  json.member("ap_ssid", "ap_ssid_hex", device.ap_ssid);
  json.member("mac", device.mac);
  json.member("chip", device.chip);
  json.member("version", device.version);
  json.end_object();
  json.member("provisioned", provisioned);
  json.member("completed", completed);
  json.key("scan");
  json.begin_object();
  json.member("scanning", scan.scanning);
  json.end_object();
  json.key("connect");
  write_connect(json, connect, now);
  json.end_object();
}

void write_scan(JsonWriter &json, const ScanReport &scan, std::span<const Network> networks,
                std::span<const SavedNetwork> saved, Millis now) {
  json.begin_object();
  json.member("scanning", scan.scanning);
  json.key("age_ms");
  if (scan.has_list) {
    json.number(Millis{now - scan.listed_at});
  } else {
    json.null();
  }
  json.key("networks");
  json.begin_array();
  for (const Network &network : networks) {
    json.begin_object();
    json.member(network.ssid);
    json.member("rssi", network.rssi);
    json.member("channel", network.channel);
    json.member("security", to_string(network.security));
    json.member("saved",
                std::ranges::find(saved, network.ssid, &SavedNetwork::ssid) != saved.end());
    json.end_object();
  }
  json.end_array();
  if (scan.failed) {
    json.key("error");
    write_error_object(json, "scan_failed", "The radio could not scan.");
  }
  json.end_object();
}

void write_saved_networks(JsonWriter &json, std::span<const SavedNetwork> saved) {
  json.begin_object();
  json.key("networks");
  json.begin_array();
  for (const SavedNetwork &network : saved) {
    json.begin_object();
    json.member(network.ssid);
    if (network.security != Security::Unknown) {
      json.member("security", to_string(network.security));
    }
    json.member("last_used", network.last_used);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_error(JsonWriter &json, ApiError error) {
  const ApiErrorText &text = describe(error);
  json.begin_object();
  json.key("error");
  write_error_object(json, text.code, text.message);
  json.end_object();
}

} // namespace espp::provisioning
