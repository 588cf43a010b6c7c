// The fixtures in test/fixtures are what page and firmware agree on. Here the firmware's side: the
// values of each answer are read into the core's types, written by the core, and compared; requests
// are parsed as the server would.

#include <doctest/doctest.h>

#include <cJSON.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "codec/replies.hpp"
#include "codec/requests.hpp"
#include "route_names.hpp"
#include "transport/http/guard.hpp"

using namespace espp::provisioning;
using attempt::ConnectPhase;
using attempt::ConnectReport;
using attempt::ConnectState;
using attempt::SaveResult;

namespace {

using JsonPtr = std::unique_ptr<cJSON, decltype(&cJSON_Delete)>;

struct Fixture {
  std::string name;
  JsonPtr json{nullptr, cJSON_Delete};

  const cJSON *request() const { return cJSON_GetObjectItem(json.get(), "request"); }
  const cJSON *body() const {
    return cJSON_GetObjectItem(cJSON_GetObjectItem(json.get(), "response"), "body");
  }
  int status() const {
    return cJSON_GetObjectItem(cJSON_GetObjectItem(json.get(), "response"), "status")->valueint;
  }
  std::string text(const char *key) const {
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(request(), key));
    return value == nullptr ? "" : value;
  }
};

std::vector<Fixture> fixtures() {
  std::vector<Fixture> all;
  for (const auto &entry : std::filesystem::directory_iterator(FIXTURES_DIR)) {
    if (entry.path().extension() != ".json") {
      continue;
    }
    std::ifstream in(entry.path());
    const std::string text(std::istreambuf_iterator<char>(in), {});
    all.push_back({entry.path().stem(), JsonPtr(cJSON_Parse(text.c_str()), cJSON_Delete)});
    REQUIRE_MESSAGE(all.back().json != nullptr, all.back().name);
  }
  REQUIRE(all.size() > 30);
  return all;
}

struct Text final : TextSink {
  bool write(std::string_view piece) override { return text += piece, true; }
  bool finish(std::string_view piece) override { return write(piece); }
  std::string text;
};

template <typename Write> std::string written(Write write) {
  Text sink;
  JsonWriter json(sink);
  write(json);
  REQUIRE(json.finish());
  return sink.text;
}

/// Messages are for developers and may read differently.
void drop_messages(cJSON *json) {
  cJSON_DeleteItemFromObject(json, "message");
  for (cJSON *child = json->child; child != nullptr; child = child->next) {
    drop_messages(child);
  }
}

void check_same(const cJSON *expected, const std::string &actual) {
  JsonPtr a(cJSON_Duplicate(expected, 1), cJSON_Delete);
  JsonPtr b(cJSON_Parse(actual.c_str()), cJSON_Delete);
  REQUIRE_MESSAGE(b != nullptr, actual);
  drop_messages(a.get());
  drop_messages(b.get());
  char *wanted = cJSON_PrintUnformatted(a.get());
  CHECK_MESSAGE(cJSON_Compare(a.get(), b.get(), 1), "wanted " << wanted << ", wrote " << actual);
  cJSON_free(wanted);
}

const cJSON *item(const cJSON *json, const char *key) {
  return cJSON_GetObjectItem(json, key);
}
bool flag(const cJSON *json, const char *key) {
  return cJSON_IsTrue(item(json, key)) != 0;
}
std::uint32_t number(const cJSON *json, const char *key) {
  return item(json, key) == nullptr ? 0 : static_cast<std::uint32_t>(item(json, key)->valuedouble);
}
std::string string_of(const cJSON *json, const char *key) {
  const char *value = cJSON_GetStringValue(item(json, key));
  return value == nullptr ? "" : value;
}

Ssid ssid_of(const cJSON *json) {
  const auto ssid = item(json, "ssid_hex") != nullptr ? Ssid::from_hex(string_of(json, "ssid_hex"))
                                                      : Ssid::from_bytes(string_of(json, "ssid"));
  return ssid.value_or(Ssid{});
}

template <typename Enum> Enum enum_of(const std::string &name, std::initializer_list<Enum> values) {
  for (const Enum value : values) {
    if (name == to_string(value)) {
      return value;
    }
  }
  FAIL("unknown name " << name);
  return *values.begin();
}

Security security_of(const cJSON *json) {
  if (item(json, "security") == nullptr) {
    return Security::Unknown;
  }
  return enum_of(string_of(json, "security"),
                 {Security::Open, Security::Owe, Security::Wep, Security::Wpa, Security::Wpa2,
                  Security::Wpa3, Security::Enterprise, Security::Unknown});
}

Ip4 ip_of(const std::string &text) {
  const auto ip = Ip4::parse(text);
  REQUIRE(ip);
  return *ip;
}

constexpr Millis kNow = 1'000'000;

ConnectReport connect_of(const cJSON *json) {
  ConnectReport report;
  report.id = number(json, "id");
  report.ssid = ssid_of(json);
  report.started_at = kNow - number(json, "elapsed_ms");
  report.ended_at = kNow;
  report.limit = number(json, "limit_ms");
  report.tries = static_cast<std::uint8_t>(number(json, "tries"));
  report.security = security_of(json);
  report.was_linked = flag(json, "linked");
  const std::string state = string_of(json, "state");
  if (state == "connecting") {
    report.state = ConnectState::Connecting;
    report.phase = string_of(json, "phase") == "finding" ? ConnectPhase::Finding
                                                         : ConnectPhase::Authenticating;
  } else if (state == "obtaining_ip") {
    report.state = ConnectState::ObtainingIp;
  } else if (state == "connected") {
    report.state = ConnectState::Connected;
    report.was_kept = item(json, "ip") == nullptr;
    if (!report.was_kept) {
      report.ip = ip_of(string_of(json, "ip"));
      report.gateway = ip_of(string_of(json, "gateway"));
    }
    const std::string error = string_of(item(json, "save_error"), "code");
    report.same_subnet = flag(json, "same_subnet");
    report.save_result = error.empty()             ? SaveResult::Saved
                         : error == "storage_full" ? SaveResult::Full
                                                   : SaveResult::Failed;
  } else if (state == "failed") {
    report.state = ConnectState::Failed;
    report.reason = enum_of(string_of(json, "reason"),
                            {Reason::WrongPassword, Reason::NotFound, Reason::SecurityMismatch,
                             Reason::WeakSignal, Reason::NoIp, Reason::Timeout, Reason::Cancelled,
                             Reason::Unknown, Reason::Refused, Reason::Full});
    if (item(json, "raw_reason") != nullptr) {
      report.raw_reason = static_cast<std::uint16_t>(number(json, "raw_reason"));
    }
  } else {
    CHECK(state == "idle");
  }
  if (item(json, "rssi") != nullptr) {
    report.rssi = static_cast<std::int8_t>(item(json, "rssi")->valueint);
  }
  report.channel = static_cast<std::uint8_t>(number(json, "channel"));
  return report;
}

ApiError error_of(const std::string &code) {
  for (int i = 0; i <= static_cast<int>(ApiError::Unavailable); ++i) {
    if (code == describe(static_cast<ApiError>(i)).code) {
      return static_cast<ApiError>(i);
    }
  }
  FAIL("unknown code " << code);
  return ApiError::Internal;
}

Method method_of(const std::string &name) {
  return name == "GET"      ? Method::Get
         : name == "POST"   ? Method::Post
         : name == "DELETE" ? Method::Delete
                            : Method::Other;
}

} // namespace

TEST_CASE("the firmware writes each answer of the fixtures") {
  int compared = 0;
  for (const Fixture &fixture : fixtures()) {
    CAPTURE(fixture.name);
    const cJSON *body = fixture.body();
    const auto *handler = route_of(method_of(fixture.text("method")), fixture.text("path")).handler;
    if (fixture.status() >= 400) {
      const ApiError error = error_of(string_of(item(body, "error"), "code"));
      CHECK(std::stoi(describe(error).status) == fixture.status());
      check_same(body, written([&](JsonWriter &json) { write_error(json, error); }));
    } else if (handler == &RouteNames::connect_report) {
      check_same(body,
                 written([&](JsonWriter &json) { write_connect(json, connect_of(body), kNow); }));
    } else if (handler == &RouteNames::status) {
      const cJSON *device = item(body, "device");
      const std::array texts{string_of(device, "name"), string_of(device, "mac"),
                             string_of(device, "chip"), string_of(device, "version"),
                             string_of(device, "station_mac")};
      const DeviceInfo info{.name = texts[0],
                            .ap_ssid =
                                Ssid::from_bytes(string_of(device, "ap_ssid")).value_or(Ssid{}),
                            .mac = texts[1],
                            .station_mac = texts[4],
                            .chip = texts[2],
                            .version = texts[3]};
      const Status status{.provisioned = flag(body, "provisioned"),
                          .completed = flag(body, "completed"),
                          .shuts_down = flag(body, "ap_shutdown"),
                          .may_forget_all = flag(body, "may_forget_all"),
                          .looking_for = ssid_of(item(body, "looking_for")),
                          .scan = {.scanning = flag(item(body, "scan"), "scanning")},
                          .connect = connect_of(item(body, "connect")),
                          .now = kNow};
      check_same(body, written([&](JsonWriter &json) { write_status(json, info, status); }));
    } else if (handler == &RouteNames::networks) {
      const cJSON *rows = item(body, "networks");
      const auto count = static_cast<std::size_t>(cJSON_GetArraySize(rows));
      Networks networks;
      REQUIRE(networks.list.reserve(count));
      REQUIRE(networks.saved.reserve(count));
      const cJSON *row = nullptr;
      cJSON_ArrayForEach(row, rows) {
        networks.list.add({.ssid = ssid_of(row),
                           .rssi = static_cast<std::int8_t>(item(row, "rssi")->valueint),
                           .channel = static_cast<std::uint8_t>(number(row, "channel")),
                           .security = security_of(row)});
        if (flag(row, "saved")) {
          networks.saved.insert(0, {.ssid = ssid_of(row)});
        }
      }
      networks.scan = {.scanning = flag(body, "scanning"),
                       .has_list = !cJSON_IsNull(item(body, "age_ms")),
                       .failed = item(body, "error") != nullptr,
                       .listed_at = kNow - number(body, "age_ms")};
      networks.now = kNow;
      check_same(body, written([&](JsonWriter &json) { write_networks(json, networks); }));
    } else if (handler == &RouteNames::saved_networks) {
      std::vector<SavedNetwork> saved;
      const cJSON *row = nullptr;
      cJSON_ArrayForEach(row, item(body, "networks")) {
        saved.push_back({.ssid = ssid_of(row),
                         .security = security_of(row),
                         .last_used = number(row, "last_used")});
      }
      check_same(body, written([&](JsonWriter &json) { write_saved_networks(json, saved); }));
    } else {
      continue;
    }
    ++compared;
  }
  CHECK(compared > 30);
}

TEST_CASE("the firmware takes each request of the fixtures for what it is") {
  for (const Fixture &fixture : fixtures()) {
    CAPTURE(fixture.name);
    const std::string method = fixture.text("method");
    const std::string path = fixture.text("path");
    const Found destination = route_of(method_of(method), path);
    const std::string code = string_of(item(fixture.body(), "error"), "code");
    CHECK((destination.lookup == Lookup::NoSuchApi) == (code == "not_found"));
    CHECK((destination.lookup == Lookup::WrongMethod) == (code == "method_not_allowed"));
    if (destination.handler == &RouteNames::forget) {
      CHECK(decode_ssid(destination.argument));
    }
    if (destination.handler != &RouteNames::connect || fixture.status() == 403 ||
        fixture.status() == 413) {
      continue;
    }
    const cJSON *body = item(fixture.request(), "body");
    std::string text;
    if (cJSON_IsString(body)) {
      text = body->valuestring;
    } else {
      char *printed = cJSON_PrintUnformatted(body);
      text = printed;
      cJSON_free(printed);
    }
    const std::size_t size = text.size();
    const auto request = parse_connect_request({text.data(), size});
    CHECK_MESSAGE(request.has_value() == (fixture.status() != 400), fixture.name);
    if (fixture.status() == 400 && !request) {
      CHECK(describe(request.error()).code == code);
    }
  }
}
