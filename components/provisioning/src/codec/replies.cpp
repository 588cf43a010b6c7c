#include "codec/replies.hpp"

#include <cstddef>
#include <iterator>

#include "domain/parts.hpp"

namespace espp::provisioning {

using attempt::ConnectPhase;
using attempt::ConnectReport;
using attempt::ConnectState;
using attempt::SaveResult;

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
    if (!connect.was_kept) {
      json.member("ip", connect.ip.dotted().c_str());
      json.member("gateway", connect.gateway.dotted().c_str());
    }
    if (connect.same_subnet) {
      json.member("same_subnet", true);
    }
    break;
  case ConnectState::Failed:
    json.member("reason", to_string(connect.reason));
    if (connect.raw_reason) {
      json.member("raw_reason", *connect.raw_reason);
    }
    if (attempt::can_keep(connect)) {
      json.member("can_keep", true);
    }
    break;
  }
  if (connect.tries != 0) {
    json.member("security", to_string(connect.security));
    json.member("linked", connect.was_linked);
    json.member("tries", connect.tries);
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
  const Millis until = attempt::is_running(connect) ? now : connect.ended_at;
  json.member("elapsed_ms", Millis{until - connect.started_at});
  if (attempt::is_running(connect)) {
    json.member("limit_ms", connect.limit);
  }
  json.end_object();
}

void write_status(JsonWriter &json, const DeviceInfo &device, const Status &status) {
  json.begin_object();
  json.key("device");
  json.begin_object();
  json.member("name", device.name);
  json.member("ap_ssid", "ap_ssid_hex", device.ap_ssid);
  json.member("mac", device.mac);
  json.member("station_mac", device.station_mac);
  json.member("chip", device.chip);
  json.member("version", device.version);
  json.end_object();
  json.member("provisioned", status.provisioned);
  json.member("completed", status.completed);
  json.member("ap_shutdown", status.shuts_down);
  json.key("scan");
  json.begin_object();
  json.member("scanning", status.scan.scanning);
  json.end_object();
  json.key("connect");
  write_connect(json, status.connect, status.now);
  if (kHasConnection && !status.looking_for.empty()) {
    json.key("looking_for");
    json.begin_object();
    json.member(status.looking_for);
    json.end_object();
  }
  if (status.may_forget_all) {
    json.member("may_forget_all", true);
  }
  json.end_object();
}

void write_networks(JsonWriter &json, const Networks &networks) {
  const attempt::ScanReport &scan = networks.scan;
  const auto saved = networks.saved.span();
  json.begin_object();
  json.member("scanning", scan.scanning);
  json.key("age_ms");
  if (scan.has_list) {
    json.number(Millis{networks.now - scan.listed_at});
  } else {
    json.null();
  }
  json.key("networks");
  json.begin_array();
  for (const Network &network : networks.list.networks()) {
    json.begin_object();
    json.member(network.ssid);
    json.member("rssi", network.rssi);
    json.member("channel", network.channel);
    json.member("band", to_string(band_of(network.channel)));
    json.member("security", to_string(network.security));
    const SavedNetwork *row = find(saved, network.ssid);
    json.member("saved", row != nullptr &&
                             Kinds(kind_of(network.security)).contains(kind_of(row->security)));
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

void write_connect_started(JsonWriter &json, std::uint32_t id) {
  json.begin_object();
  json.member("id", id);
  json.end_object();
}

void write_completed(JsonWriter &json, bool ap_shutdown) {
  json.begin_object();
  json.member("ap_shutdown", ap_shutdown);
  json.end_object();
}

void write_empty(JsonWriter &json) {
  json.begin_object();
  json.end_object();
}

void write_first_state(JsonWriter &json, const DeviceInfo &device, const Status &status,
                       const Networks &networks, std::span<const Language> languages) {
  json.begin_object();
  json.key("status");
  write_status(json, device, status);
  json.key("scan");
  write_networks(json, networks);
  json.key("networks");
  write_saved_networks(json, networks.saved.span());
  json.key("languages");
  json.begin_array();
  for (const Language &language : languages) {
    json.string(language.tag);
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
