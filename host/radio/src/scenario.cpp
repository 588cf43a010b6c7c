#include "radio/scenario.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

#include "cJSON.h"

namespace radio {
namespace {

namespace fs = std::filesystem;

using Check = std::expected<void, std::string>;

constexpr std::size_t kMaxSsid = 32;
constexpr std::uint32_t kMaxMs = 3'600'000; // an hour: longer is a typing error
constexpr std::size_t kMaxExtends = 4;      // chains end before a loop of files gets anywhere

struct JsonDelete {
  void operator()(cJSON *json) const { cJSON_Delete(json); }
};
using Json = std::unique_ptr<cJSON, JsonDelete>;

std::unexpected<std::string> wrong(const std::string &path, const std::string &why) {
  return std::unexpected(path + ": " + why);
}

/// One member of a JSON object: its name and what takes its value.
struct Member {
  std::string_view name;
  std::function<Check(const cJSON *, const std::string &)> read;
};

Check read_members(const cJSON *object, const std::string &path, const std::vector<Member> &known) {
  if (!cJSON_IsObject(object)) {
    return wrong(path, "must be an object");
  }
  std::vector<std::string_view> seen;
  for (const cJSON *item = object->child; item != nullptr; item = item->next) {
    const std::string_view name = item->string;
    const std::string here = path + "." + std::string(name);
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      return wrong(here, "stands twice");
    }
    seen.push_back(name);
    const auto member =
        std::find_if(known.begin(), known.end(), [&](const Member &m) { return m.name == name; });
    if (member == known.end()) {
      std::string names;
      for (const Member &m : known) {
        names += (names.empty() ? "" : ", ") + std::string(m.name);
      }
      return wrong(here, "unknown key; known are " + names);
    }
    if (Check check = member->read(item, here); !check) {
      return check;
    }
  }
  return {};
}

std::expected<std::int64_t, std::string> read_integer(const cJSON *value, const std::string &path,
                                                      std::int64_t least, std::int64_t most) {
  const std::string range =
      "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (!cJSON_IsNumber(value)) {
    return wrong(path, range);
  }
  const double number = value->valuedouble;
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most)) ||
      std::floor(number) != number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.15g", number);
    return wrong(path, range + ", is " + text.data());
  }
  return static_cast<std::int64_t>(number);
}

template <typename T>
Check read_number(const cJSON *value, const std::string &path, std::int64_t least,
                  std::int64_t most, T &into) {
  const auto number = read_integer(value, path, least, most);
  if (!number) {
    return std::unexpected(number.error());
  }
  into = static_cast<T>(*number);
  return {};
}

Check read_channel(const cJSON *value, const std::string &path, std::uint8_t &into) {
  const auto number = read_integer(value, path, 1, kChannels5.back());
  if (!number) {
    return std::unexpected(number.error());
  }
  if (!is_channel(*number)) {
    return wrong(path, "must be 1 to 14, 36, 40 ... 64, 100 ... 144 or 149 ... 177, is " +
                           std::to_string(*number));
  }
  into = static_cast<std::uint8_t>(*number);
  return {};
}

Check read_bool(const cJSON *value, const std::string &path, bool &into) {
  if (!cJSON_IsBool(value)) {
    return wrong(path, "must be true or false");
  }
  into = cJSON_IsTrue(value) != 0;
  return {};
}

Check read_text(const cJSON *value, const std::string &path, std::string &into) {
  if (!cJSON_IsString(value)) {
    return wrong(path, "must be a string");
  }
  into = value->valuestring;
  return {};
}

Check read_mac(const cJSON *value, const std::string &path, Mac &into) {
  const auto mac = cJSON_IsString(value) ? parse_mac(value->valuestring) : std::nullopt;
  if (!mac) {
    return wrong(path, "must be a MAC address like 24:6f:28:aa:85:8f");
  }
  if ((mac->front() & 1U) != 0) {
    return wrong(path, "is a group address: the first byte must be even");
  }
  into = *mac;
  return {};
}

Check read_ip4(const cJSON *value, const std::string &path, Ip4 &into) {
  const auto ip = cJSON_IsString(value) ? parse_ip4(value->valuestring) : std::nullopt;
  if (!ip) {
    return wrong(path, "must be an IPv4 address like 192.168.1.57");
  }
  into = *ip;
  return {};
}

Check read_ssid_text(const cJSON *value, const std::string &path, std::string &into) {
  std::string text;
  if (Check check = read_text(value, path, text); !check) {
    return check;
  }
  if (text.empty() || text.size() > kMaxSsid) {
    return wrong(path, "must have 1 to 32 bytes in UTF-8, has " + std::to_string(text.size()));
  }
  into = std::move(text);
  return {};
}

Check read_ssid_hex(const cJSON *value, const std::string &path, std::string &into) {
  const std::string why = "must be 2 to 64 hexadecimal digits, two a byte";
  std::string text;
  if (Check check = read_text(value, path, text); !check) {
    return check;
  }
  if (text.empty() || text.size() > 2 * kMaxSsid || text.size() % 2 != 0) {
    return wrong(path, why);
  }
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
      return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) {
      return wrong(path, why);
    }
    bytes += static_cast<char>(high * 16 + low);
  }
  into = std::move(bytes);
  return {};
}

Check read_dhcp(const cJSON *value, const std::string &path, AccessPoint &ap) {
  if (cJSON_IsString(value) && std::string_view(value->valuestring) == "silent") {
    ap.dhcp_silent = true;
    return {};
  }
  if (!cJSON_IsObject(value)) {
    return wrong(path,
                 "must be \"silent\" or an object with delay_ms, lease_s, ip, gateway, netmask");
  }
  ap.dhcp_silent = false;
  return read_members(
      value, path,
      {{"delay_ms",
        [&](const cJSON *v, const std::string &p) {
          return read_number(v, p, 0, kMaxMs, ap.dhcp_delay_ms);
        }},
       {"lease_s",
        [&](const cJSON *v, const std::string &p) {
          return read_number(v, p, 0, kMaxMs / 1000, ap.lease_s);
        }},
       {"ip", [&](const cJSON *v, const std::string &p) { return read_ip4(v, p, ap.ip); }},
       {"gateway",
        [&](const cJSON *v, const std::string &p) { return read_ip4(v, p, ap.gateway); }},
       {"netmask",
        [&](const cJSON *v, const std::string &p) { return read_ip4(v, p, ap.netmask); }}});
}

/// How an access point turns stations away; `reason`, which only an association has, is the driver's
/// own.
Check read_refusal(const cJSON *value, const std::string &path, std::optional<Refusal> &into,
                   std::optional<std::uint8_t> *reason) {
  if (cJSON_IsNull(value)) {
    into.reset();
    if (reason != nullptr) {
      reason->reset();
    }
    return {};
  }
  Refusal refusal;
  std::optional<std::uint8_t> by_reason;
  std::vector<Member> members{
      {"status", [&](const cJSON *v,
                     const std::string &p) { return read_number(v, p, 1, 65535, refusal.status); }},
      {"times", [&](const cJSON *v, const std::string &p) {
         return read_number(v, p, 1, 1'000'000, refusal.times);
       }}};
  if (reason != nullptr) {
    members.push_back({"reason", [&](const cJSON *v, const std::string &p) -> Check {
                         std::uint8_t number = 0;
                         Check inner = read_number(v, p, 1, 255, number);
                         by_reason = number;
                         return inner;
                       }});
    members.push_back({"comeback_ms", [&](const cJSON *v, const std::string &p) {
                         return read_number(v, p, 0, kMaxMs, refusal.comeback_ms);
                       }});
  }
  if (Check check = read_members(value, path, members); !check) {
    return check;
  }
  if (reason == nullptr && refusal.status == 0) {
    return wrong(path, "must have status");
  }
  if (reason != nullptr && by_reason.has_value() == (refusal.status != 0)) {
    return wrong(path, "must have either reason or status");
  }
  into.reset();
  if (refusal.status != 0) {
    into = refusal;
  }
  if (reason != nullptr) {
    *reason = by_reason;
  }
  return {};
}

Check read_handshake(const cJSON *value, const std::string &path, AccessPoint &ap) {
  if (!cJSON_IsArray(value)) {
    ap.handshake_most_ms = 0;
    return read_number(value, path, 1, kMaxMs, ap.handshake_ms);
  }
  if (cJSON_GetArraySize(value) != 2) {
    return wrong(path, "must be a number or two of them, the least and the most");
  }
  if (Check check =
          read_number(cJSON_GetArrayItem(value, 0), path + "[0]", 1, kMaxMs, ap.handshake_ms);
      !check) {
    return check;
  }
  return read_number(cJSON_GetArrayItem(value, 1), path + "[1]", ap.handshake_ms, kMaxMs,
                     ap.handshake_most_ms);
}

Check read_flapping(const cJSON *value, const std::string &path, AccessPoint &ap) {
  if (cJSON_IsNull(value)) {
    ap.flapping.reset();
    return {};
  }
  Flapping flapping;
  const Check check = read_members(value, path,
                                   {{"on_ms",
                                     [&](const cJSON *v, const std::string &p) {
                                       return read_number(v, p, 1, kMaxMs, flapping.on_ms);
                                     }},
                                    {"off_ms", [&](const cJSON *v, const std::string &p) {
                                       return read_number(v, p, 1, kMaxMs, flapping.off_ms);
                                     }}});
  if (!check) {
    return check;
  }
  if (flapping.on_ms == 0 || flapping.off_ms == 0) {
    return wrong(path, "must have on_ms and off_ms");
  }
  ap.flapping = flapping;
  return {};
}

Check read_drop(const cJSON *value, const std::string &path, AccessPoint &ap) {
  if (cJSON_IsNull(value)) {
    ap.drop.reset();
    return {};
  }
  Drop drop;
  const Check check = read_members(value, path,
                                   {{"after_ms",
                                     [&](const cJSON *v, const std::string &p) {
                                       return read_number(v, p, 0, kMaxMs, drop.after_ms);
                                     }},
                                    {"reason", [&](const cJSON *v, const std::string &p) {
                                       return read_number(v, p, 1, 255, drop.reason);
                                     }}});
  if (check) {
    ap.drop = drop;
  }
  return check;
}

Check read_security(const cJSON *value, const std::string &path, AccessPoint &ap) {
  const auto security =
      cJSON_IsString(value) ? security_from_name(value->valuestring) : std::nullopt;
  if (!security) {
    return wrong(path,
                 "must be one of open, owe, wep, wpa, wpa_wpa2, wpa2, wpa2_wpa3, wpa3, enterprise");
  }
  ap.security = *security;
  return {};
}

bool is_hex_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

Check check_password(const AccessPoint &ap, const std::string &path) {
  const std::size_t size = ap.password.size();
  switch (ap.security) {
  case Security::Open:
  case Security::Owe:
  case Security::Enterprise:
    if (size != 0) {
      return wrong(path + ".password",
                   "is not for a network with security " + std::string(name_of(ap.security)));
    }
    return {};
  case Security::Wep:
    if (size != 5 && size != 13 && !((size == 10 || size == 26) && is_hex_text(ap.password))) {
      return wrong(path + ".password",
                   "of a WEP network must have 5 or 13 characters, or 10 or 26 hexadecimal digits");
    }
    return {};
  case Security::Wpa:
  case Security::WpaWpa2:
  case Security::Wpa2:
  case Security::Wpa2Wpa3:
    if ((size < 8 || size > 63) && !(size == 64 && is_hex_text(ap.password))) {
      return wrong(path + ".password", "must have 8 to 63 bytes or be 64 hexadecimal digits, has " +
                                           std::to_string(size));
    }
    return {};
  case Security::Wpa3:
    if (size < 8 || size > 63) {
      return wrong(path + ".password", "must have 8 to 63 bytes, has " + std::to_string(size));
    }
    return {};
  }
  return {};
}

Check check_access_point(const AccessPoint &ap, const std::string &path) {
  if (ap.ssid.empty()) {
    return wrong(path, "needs ssid or ssid_hex");
  }
  if (ap.bssid == Mac{}) {
    return wrong(path, "needs bssid");
  }
  return check_password(ap, path);
}

Check read_phone(const cJSON *value, const std::string &path, std::optional<Phone> &phone) {
  if (cJSON_IsNull(value)) {
    phone.reset();
    return {};
  }
  Phone wanted = phone.value_or(Phone{});
  const Check check = read_members(
      value, path,
      {{"mac", [&](const cJSON *v, const std::string &p) { return read_mac(v, p, wanted.mac); }},
       {"joins_after_ms",
        [&](const cJSON *v, const std::string &p) {
          return read_number(v, p, 0, kMaxMs, wanted.joins_after_ms);
        }},
       {"has_5ghz",
        [&](const cJSON *v, const std::string &p) { return read_bool(v, p, wanted.has_5ghz); }}});
  if (check) {
    phone = wanted;
  }
  return check;
}

Check read_device(const cJSON *value, const std::string &path, Scenario &scenario) {
  const Check check = read_members(
      value, path,
      {{"station_mac",
        [&](const cJSON *v, const std::string &p) { return read_mac(v, p, scenario.station_mac); }},
       {"soft_ap_mac",
        [&](const cJSON *v, const std::string &p) { return read_mac(v, p, scenario.soft_ap_mac); }},
       {"has_5ghz",
        [&](const cJSON *v, const std::string &p) { return read_bool(v, p, scenario.has_5ghz); }}});
  if (check && scenario.station_mac == scenario.soft_ap_mac) {
    return wrong(path, "station_mac and soft_ap_mac must differ");
  }
  return check;
}

Check read_access_points(const cJSON *value, const std::string &path, World &world) {
  if (!cJSON_IsArray(value)) {
    return wrong(path, "must be an array of access points");
  }
  std::size_t index = 0;
  for (const cJSON *item = value->child; item != nullptr; item = item->next, ++index) {
    const std::string here = path + "[" + std::to_string(index) + "]";
    AccessPoint ap;
    if (Check check = patch_access_point(item, here, ap); !check) {
      return check;
    }
    for (const AccessPoint &other : world.access_points) {
      if (other.bssid == ap.bssid) {
        return wrong(here + ".bssid", "is taken by another access point");
      }
    }
    world.access_points.push_back(std::move(ap));
  }
  return {};
}

Check apply(const cJSON *root, const std::string &file, const std::string &directory,
            std::size_t depth, Scenario &scenario);

Check parse_into(std::string_view text, const std::string &file, const std::string &directory,
                 std::size_t depth, Scenario &scenario) {
  const char *end = nullptr;
  const Json root(cJSON_ParseWithLengthOpts(text.data(), text.size(), &end, 0));
  const auto consumed =
      end != nullptr ? static_cast<std::size_t>(end - text.data()) : std::size_t{0};
  const std::string_view rest = text.substr(std::min(consumed, text.size()));
  const bool only_blanks = rest.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (!root || !only_blanks) {
    const std::string_view before = text.substr(0, std::min(consumed, text.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n');
    const std::size_t column =
        before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
    return wrong(file,
                 "not JSON at line " + std::to_string(line) + ", column " + std::to_string(column));
  }
  return apply(root.get(), file, directory, depth, scenario);
}

std::expected<std::string, std::string> read_file(const std::string &file) {
  std::error_code error;
  if (fs::is_directory(file, error)) {
    return std::unexpected(file + ": is a folder, not a scenario");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return std::unexpected(file + ": cannot be read");
  }
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Check extend(const cJSON *value, const std::string &path, const std::string &directory,
             std::size_t depth, Scenario &scenario) {
  std::string base;
  if (Check check = read_text(value, path, base); !check) {
    return check;
  }
  if (depth >= kMaxExtends) {
    return wrong(path, "scenarios extend each other in a circle or too deeply");
  }
  if (base.find('/') != std::string::npos) {
    return wrong(path, "must be the name of a scenario in the same folder");
  }
  const std::string file = (fs::path(directory) / (base + ".json")).string();
  const auto text = read_file(file);
  if (!text) {
    return wrong(path, text.error());
  }
  return parse_into(*text, file, directory, depth + 1, scenario);
}

Check apply(const cJSON *root, const std::string &file, const std::string &directory,
            std::size_t depth, Scenario &scenario) {
  const std::string path = file + ": $";
  if (!cJSON_IsObject(root)) {
    return wrong(path, "must be an object");
  }
  // The base comes first wherever the key stands, so that the rest overrides it.
  if (const cJSON *base = cJSON_GetObjectItemCaseSensitive(root, "extends"); base != nullptr) {
    if (Check check = extend(base, path + ".extends", directory, depth, scenario); !check) {
      return check;
    }
  }
  std::string ignored;
  return read_members(
      root, path,
      {{"$schema", [&](const cJSON *v, const std::string &p) { return read_text(v, p, ignored); }},
       {"description",
        [&](const cJSON *v, const std::string &p) { return read_text(v, p, ignored); }},
       {"extends", [](const cJSON *, const std::string &) { return Check{}; }},
       {"seed",
        [&](const cJSON *v, const std::string &p) {
          return read_number(v, p, 0, 4294967295, scenario.world.seed);
        }},
       {"handshake_reason",
        [&](const cJSON *v, const std::string &p) -> Check {
          std::uint8_t code = 0;
          Check inner = read_number(v, p, 1, 255, code);
          if (inner && code != reason::kFourWayHandshakeTimeout &&
              code != reason::kHandshakeTimeout) {
            return wrong(p, "must be 15 or 204");
          }
          scenario.world.handshake_reason = code;
          return inner;
        }},
       {"rssi_jitter",
        [&](const cJSON *v, const std::string &p) {
          return read_number(v, p, 0, 20, scenario.world.rssi_jitter);
        }},
       {"device",
        [&](const cJSON *v, const std::string &p) { return read_device(v, p, scenario); }},
       {"phone",
        [&](const cJSON *v, const std::string &p) { return read_phone(v, p, scenario.phone); }},
       {"hop",
        [&](const cJSON *v, const std::string &p) { return patch_hop(v, p, scenario.hop_cut_ms); }},
       {"scan_fails",
        [&](const cJSON *v, const std::string &p) {
          return patch_scan_fault(v, p, scenario.scan_fault);
        }},
       {"lies",
        [&](const cJSON *v, const std::string &p) { return patch_lies(v, p, scenario.lies); }},
       {"access_points", [&](const cJSON *v, const std::string &p) {
          return read_access_points(v, p, scenario.world);
        }}});
}

} // namespace

std::expected<void, std::string> patch_access_point(const cJSON *object, const std::string &path,
                                                    AccessPoint &ap) {
  AccessPoint patched = ap;
  const Check check = read_members(
      object, path,
      {{"ssid",
        [&](const cJSON *v, const std::string &p) { return read_ssid_text(v, p, patched.ssid); }},
       {"ssid_hex",
        [&](const cJSON *v, const std::string &p) { return read_ssid_hex(v, p, patched.ssid); }},
       {"bssid",
        [&](const cJSON *v, const std::string &p) { return read_mac(v, p, patched.bssid); }},
       {"channel",
        [&](const cJSON *v, const std::string &p) { return read_channel(v, p, patched.channel); }},
       {"rssi", [&](const cJSON *v,
                    const std::string &p) { return read_number(v, p, -127, 0, patched.rssi); }},
       {"security",
        [&](const cJSON *v, const std::string &p) { return read_security(v, p, patched); }},
       {"password",
        [&](const cJSON *v, const std::string &p) { return read_text(v, p, patched.password); }},
       {"hidden",
        [&](const cJSON *v, const std::string &p) { return read_bool(v, p, patched.hidden); }},
       {"dhcp", [&](const cJSON *v, const std::string &p) { return read_dhcp(v, p, patched); }},
       {"refuse_association",
        [&](const cJSON *v, const std::string &p) {
          return read_refusal(v, p, patched.refuse_association, &patched.refuse_reason);
        }},
       {"refuse_authentication",
        [&](const cJSON *v, const std::string &p) {
          return read_refusal(v, p, patched.refuse_authentication, nullptr);
        }},
       {"ignores",
        [&](const cJSON *v, const std::string &p) {
          return read_number(v, p, 0, 1'000'000, patched.ignores);
        }},
       {"frame_loss",
        [&](const cJSON *v, const std::string &p) {
          return read_number(v, p, 0, 100, patched.frame_loss);
        }},
       {"handshake_ms",
        [&](const cJSON *v, const std::string &p) { return read_handshake(v, p, patched); }},
       {"flapping",
        [&](const cJSON *v, const std::string &p) { return read_flapping(v, p, patched); }},
       {"weak_fails",
        [&](const cJSON *v, const std::string &p) -> Check {
          if (cJSON_IsNull(v)) {
            patched.weak_fails.reset();
            return {};
          }
          bool fails = false;
          Check inner = read_bool(v, p, fails);
          patched.weak_fails = fails;
          return inner;
        }},
       {"drops", [&](const cJSON *v, const std::string &p) { return read_drop(v, p, patched); }}});
  if (!check) {
    return check;
  }
  if (cJSON_HasObjectItem(object, "ssid") != 0 && cJSON_HasObjectItem(object, "ssid_hex") != 0) {
    return wrong(path, "must not have both ssid and ssid_hex");
  }
  if (Check complete = check_access_point(patched, path); !complete) {
    return complete;
  }
  ap = std::move(patched);
  return {};
}

std::expected<void, std::string> patch_scan_fault(const cJSON *value, const std::string &path,
                                                  std::optional<ScanFault> &fault) {
  if (cJSON_IsNull(value)) {
    fault.reset();
    return {};
  }
  ScanFault wanted;
  const Check check =
      read_members(value, path,
                   {{"at",
                     [&](const cJSON *v, const std::string &p) -> Check {
                       const std::string_view text = cJSON_IsString(v) ? v->valuestring : "";
                       if (text != "start" && text != "done") {
                         return wrong(p, "must be \"start\" or \"done\"");
                       }
                       wanted.at = text == "start" ? ScanFault::At::Start : ScanFault::At::Done;
                       return {};
                     }},
                    {"times", [&](const cJSON *v, const std::string &p) -> Check {
                       std::uint32_t times = 0;
                       Check inner = read_number(v, p, 1, 1'000'000, times);
                       wanted.times = times;
                       return inner;
                     }}});
  if (check) {
    fault = wanted;
  }
  return check;
}

std::expected<void, std::string> patch_lies(const cJSON *value, const std::string &path,
                                            Lies &lies) {
  if (cJSON_IsNull(value)) {
    lies = Lies{};
    return {};
  }
  Lies wanted = lies;
  const Check check = read_members(
      value, path,
      {{"repeat", [&](const cJSON *v,
                      const std::string &p) { return read_number(v, p, 1, 10, wanted.repeat); }},
       {"late_ms",
        [&](const cJSON *v, const std::string &p) {
          return read_number(v, p, 0, kMaxMs, wanted.late_ms);
        }},
       {"silent_abort", [&](const cJSON *v, const std::string &p) {
          return read_bool(v, p, wanted.silent_abort);
        }}});
  if (check) {
    lies = wanted;
  }
  return check;
}

std::expected<void, std::string> patch_hop(const cJSON *value, const std::string &path,
                                           std::uint32_t &cut_ms) {
  std::uint32_t wanted = cut_ms;
  const Check check =
      read_members(value, path, {{"cut_ms", [&](const cJSON *v, const std::string &p) {
                                    return read_number(v, p, 0, kMaxMs, wanted);
                                  }}});
  if (check) {
    cut_ms = wanted;
  }
  return check;
}

std::expected<void, std::string> check_world(const World &world, const std::string &path) {
  for (std::size_t i = 0; i < world.access_points.size(); ++i) {
    const std::string here = path + "[" + std::to_string(i) + "]";
    if (Check check = check_access_point(world.access_points[i], here); !check) {
      return check;
    }
    for (std::size_t k = 0; k < i; ++k) {
      if (world.access_points[k].bssid == world.access_points[i].bssid) {
        return wrong(here + ".bssid", "is taken by another access point");
      }
    }
  }
  return {};
}

std::expected<std::string, std::string> read_ssid(const cJSON *object, const std::string &path) {
  const cJSON *text = cJSON_GetObjectItemCaseSensitive(object, "ssid");
  const cJSON *hex = cJSON_GetObjectItemCaseSensitive(object, "ssid_hex");
  if ((text != nullptr) == (hex != nullptr)) {
    return wrong(path, "must have either ssid or ssid_hex");
  }
  std::string ssid;
  const Check check = text != nullptr ? read_ssid_text(text, path + ".ssid", ssid)
                                      : read_ssid_hex(hex, path + ".ssid_hex", ssid);
  if (!check) {
    return std::unexpected(check.error());
  }
  return ssid;
}

std::expected<Scenario, std::string> parse_scenario(std::string_view json, const std::string &file,
                                                    const std::string &directory) {
  Scenario scenario;
  scenario.name = fs::path(file).stem().string();
  if (Check check = parse_into(json, file, directory, 0, scenario); !check) {
    return std::unexpected(check.error());
  }
  return scenario;
}

std::vector<std::string> scenario_names(const std::string &directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const fs::path &path = it->path();
    if (path.extension() == ".json" && path.filename() != "schema.json") {
      names.push_back(path.stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::expected<Scenario, std::string> load_scenario(const std::string &name_or_path,
                                                   const std::string &directory) {
  const bool is_path =
      name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".json");
  std::string file = name_or_path;
  if (!is_path) {
    const std::vector<std::string> names = scenario_names(directory);
    if (std::find(names.begin(), names.end(), name_or_path) == names.end()) {
      std::string known;
      for (const std::string &name : names) {
        known += (known.empty() ? "" : ", ") + name;
      }
      return std::unexpected("unknown scenario '" + name_or_path + "'; known are " + known);
    }
    file = (fs::path(directory) / (name_or_path + ".json")).string();
  }
  const auto text = read_file(file);
  if (!text) {
    return std::unexpected(text.error());
  }
  return parse_scenario(*text, file, directory);
}

} // namespace radio
