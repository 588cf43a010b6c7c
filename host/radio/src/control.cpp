#include "radio/control.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <list>
#include <memory>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cJSON.h"

#include "radio/driver.hpp"
#include "radio/scenario.hpp"

namespace radio {
namespace {

constexpr std::uint32_t kPollMs = 10;
constexpr std::size_t kMaxClients = 8;
constexpr std::size_t kMaxLine = 64 * 1024;
constexpr std::uint32_t kTaskStack = 16 * 1024;
constexpr UBaseType_t kTaskPriority = 5;

using Result = std::expected<void, std::string>;

struct JsonDelete {
  void operator()(cJSON *json) const { cJSON_Delete(json); }
};
using Json = std::unique_ptr<cJSON, JsonDelete>;

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t size = lead < 0x80                     ? 1
                             : (lead >= 0xC2 && lead < 0xE0) ? 2
                             : (lead >= 0xE0 && lead < 0xF0) ? 3
                             : (lead >= 0xF0 && lead < 0xF5) ? 4
                                                             : 0;
    if (size == 0 || i + size > text.size()) {
      return false;
    }
    for (std::size_t k = 1; k < size; ++k) {
      if ((static_cast<std::uint8_t>(text[i + k]) & 0xC0U) != 0x80) {
        return false;
      }
    }
    i += size;
  }
  return true;
}

void add_ssid(cJSON *object, const std::string &ssid) {
  if (is_utf8(ssid) && ssid.find('\0') == std::string::npos) {
    cJSON_AddStringToObject(object, "ssid", ssid.c_str());
    return;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : ssid) {
    const auto byte = static_cast<std::uint8_t>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 0x0FU];
  }
  cJSON_AddStringToObject(object, "ssid_hex", hex.c_str());
}

void add_number(cJSON *object, const char *name, double value) {
  cJSON_AddNumberToObject(object, name, value);
}

cJSON *describe(const AccessPoint &ap) {
  cJSON *const object = cJSON_CreateObject();
  add_ssid(object, ap.ssid);
  cJSON_AddStringToObject(object, "bssid", format_mac(ap.bssid).c_str());
  add_number(object, "channel", ap.channel);
  add_number(object, "rssi", ap.rssi);
  cJSON_AddStringToObject(object, "security", std::string(name_of(ap.security)).c_str());
  add_number(object, "password_length", static_cast<double>(ap.password.size()));
  cJSON_AddBoolToObject(object, "hidden", ap.hidden ? 1 : 0);
  if (ap.dhcp_silent) {
    cJSON_AddStringToObject(object, "dhcp", "silent");
  } else {
    cJSON *const dhcp = cJSON_AddObjectToObject(object, "dhcp");
    add_number(dhcp, "delay_ms", ap.dhcp_delay_ms);
    add_number(dhcp, "lease_s", ap.lease_s);
    cJSON_AddStringToObject(dhcp, "ip", format_ip4(ap.ip).c_str());
    cJSON_AddStringToObject(dhcp, "gateway", format_ip4(ap.gateway).c_str());
    cJSON_AddStringToObject(dhcp, "netmask", format_ip4(ap.netmask).c_str());
  }
  add_number(object, "handshake_ms", ap.handshake_ms);
  if (ap.refuse_reason) {
    add_number(cJSON_AddObjectToObject(object, "refuse_association"), "reason", *ap.refuse_reason);
  }
  if (ap.flapping) {
    cJSON *const flapping = cJSON_AddObjectToObject(object, "flapping");
    add_number(flapping, "on_ms", ap.flapping->on_ms);
    add_number(flapping, "off_ms", ap.flapping->off_ms);
  }
  if (ap.weak_fails) {
    cJSON_AddBoolToObject(object, "weak_fails", *ap.weak_fails ? 1 : 0);
  }
  if (ap.drop) {
    cJSON *const drop = cJSON_AddObjectToObject(object, "drops");
    add_number(drop, "after_ms", ap.drop->after_ms);
    add_number(drop, "reason", ap.drop->reason);
  }
  return object;
}

/// A command's own members; everything else in the object is a mistake worth telling.
Result check_members(const cJSON *request, std::initializer_list<std::string_view> known) {
  for (const cJSON *item = request->child; item != nullptr; item = item->next) {
    const std::string_view name = item->string;
    if (name != "cmd" && name != "id" &&
        std::find(known.begin(), known.end(), name) == known.end()) {
      return std::unexpected("$." + std::string(name) + ": unknown key for this command");
    }
  }
  return {};
}

const cJSON *member(const cJSON *request, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(request, name);
}

std::expected<std::uint32_t, std::string> whole_number(const cJSON *request, const char *name,
                                                       std::uint32_t least, std::uint32_t most,
                                                       std::optional<std::uint32_t> fallback) {
  const cJSON *const value = member(request, name);
  if (value == nullptr && fallback) {
    return *fallback;
  }
  const double number = cJSON_IsNumber(value) ? value->valuedouble : -1;
  const auto whole = number >= least && number <= most ? static_cast<std::uint32_t>(number) : 0;
  if (!cJSON_IsNumber(value) || !(number >= least && number <= most) ||
      static_cast<double>(whole) < number || static_cast<double>(whole) > number) {
    return std::unexpected("$." + std::string(name) + ": must be a whole number from " +
                           std::to_string(least) + " to " + std::to_string(most));
  }
  return whole;
}

/// Picks access points by `match`, which has a bssid or an SSID.
std::expected<std::function<bool(const AccessPoint &)>, std::string> matcher(const cJSON *request) {
  const cJSON *const match = member(request, "match");
  if (!cJSON_IsObject(match)) {
    return std::unexpected("$.match: must be an object with bssid, ssid or ssid_hex");
  }
  if (const cJSON *const bssid = member(match, "bssid"); bssid != nullptr) {
    const auto mac = cJSON_IsString(bssid) ? parse_mac(bssid->valuestring) : std::nullopt;
    if (!mac) {
      return std::unexpected("$.match.bssid: must be a MAC address");
    }
    return [mac = *mac](const AccessPoint &ap) { return ap.bssid == mac; };
  }
  const auto ssid = read_ssid(match, "$.match");
  if (!ssid) {
    return std::unexpected(ssid.error());
  }
  return [ssid = *ssid](const AccessPoint &ap) { return ap.ssid == ssid; };
}

Result world_command(const cJSON *request, cJSON *answer) {
  if (Result check = check_members(request, {}); !check) {
    return check;
  }
  const Scenario scenario = current_scenario();
  cJSON_AddStringToObject(answer, "scenario", scenario.name.c_str());
  cJSON *const list = cJSON_AddArrayToObject(answer, "access_points");
  for (const AccessPoint &ap : scenario.world.access_points) {
    cJSON_AddItemToArray(list, describe(ap));
  }
  return {};
}

Result add_ap_command(const cJSON *request) {
  if (Result check = check_members(request, {"ap"}); !check) {
    return check;
  }
  AccessPoint ap;
  if (Result check = patch_access_point(member(request, "ap"), "$.ap", ap); !check) {
    return check;
  }
  return change_scenario([&](Scenario &scenario) -> Result {
    scenario.world.access_points.push_back(ap);
    return {};
  });
}

Result set_ap_command(const cJSON *request, cJSON *answer) {
  if (Result check = check_members(request, {"match", "set"}); !check) {
    return check;
  }
  const auto matches = matcher(request);
  if (!matches) {
    return std::unexpected(matches.error());
  }
  int changed = 0;
  const Result result = change_scenario([&](Scenario &scenario) -> Result {
    for (AccessPoint &ap : scenario.world.access_points) {
      if ((*matches)(ap)) {
        if (Result check = patch_access_point(member(request, "set"), "$.set", ap); !check) {
          return check;
        }
        ++changed;
      }
    }
    return changed > 0 ? Result{} : std::unexpected("$.match: no such access point");
  });
  if (result) {
    add_number(answer, "changed", changed);
  }
  return result;
}

Result remove_ap_command(const cJSON *request, cJSON *answer) {
  if (Result check = check_members(request, {"match"}); !check) {
    return check;
  }
  const auto matches = matcher(request);
  if (!matches) {
    return std::unexpected(matches.error());
  }
  std::size_t removed = 0;
  const Result result = change_scenario([&](Scenario &scenario) -> Result {
    removed = std::erase_if(scenario.world.access_points, *matches);
    return removed > 0 ? Result{} : std::unexpected("$.match: no such access point");
  });
  if (result) {
    add_number(answer, "removed", static_cast<double>(removed));
  }
  return result;
}

/// The settings beside the access points, by the names that they have in a scenario.
Result set_command(const cJSON *request) {
  if (Result check = check_members(request, {"scan_fails", "lies", "hop"}); !check) {
    return check;
  }
  return change_scenario([&](Scenario &scenario) -> Result {
    if (const cJSON *const value = member(request, "scan_fails"); value != nullptr) {
      if (Result check = patch_scan_fault(value, "$.scan_fails", scenario.scan_fault); !check) {
        return check;
      }
    }
    if (const cJSON *const value = member(request, "lies"); value != nullptr) {
      if (Result check = patch_lies(value, "$.lies", scenario.lies); !check) {
        return check;
      }
    }
    if (const cJSON *const value = member(request, "hop"); value != nullptr) {
      return patch_hop(value, "$.hop", scenario.hop_cut_ms);
    }
    return {};
  });
}

Result load_scenario_command(const cJSON *request, const std::string &directory) {
  if (Result check = check_members(request, {"name"}); !check) {
    return check;
  }
  const cJSON *const name = member(request, "name");
  if (!cJSON_IsString(name)) {
    return std::unexpected("$.name: must be a string");
  }
  const auto scenario = load_scenario(name->valuestring, directory);
  if (!scenario) {
    return std::unexpected(scenario.error());
  }
  set_scenario(*scenario);
  return {};
}

Result cut_clients_command(const cJSON *request) {
  if (Result check = check_members(request, {"ms"}); !check) {
    return check;
  }
  const auto ms = whole_number(request, "ms", 0, 3'600'000, std::nullopt);
  if (!ms) {
    return std::unexpected(ms.error());
  }
  cut_clients(*ms);
  return {};
}

Result kick_command(const cJSON *request) {
  if (Result check = check_members(request, {"reason"}); !check) {
    return check;
  }
  const auto reason = whole_number(request, "reason", 1, 255, 8);
  if (!reason) {
    return std::unexpected(reason.error());
  }
  if (!kick_station(static_cast<std::uint8_t>(*reason))) {
    return std::unexpected("the station is not connected");
  }
  return {};
}

Result inject_command(const cJSON *request) {
  if (Result check = check_members(request, {"event", "reason", "status", "times", "delay_ms"});
      !check) {
    return check;
  }
  const cJSON *const name = member(request, "event");
  const auto event = cJSON_IsString(name) ? event_from_name(name->valuestring) : std::nullopt;
  if (!event) {
    return std::unexpected(
        "$.event: must be scan_done, sta_start, sta_stop, sta_connected, "
        "sta_disconnected, got_ip, lost_ip, beacon_timeout, ap_start or ap_stop");
  }
  const auto reason = whole_number(request, "reason", 0, 255, 1);
  const auto status = whole_number(request, "status", 0, 1, 0);
  const auto times = whole_number(request, "times", 1, 100, 1);
  const auto delay_ms = whole_number(request, "delay_ms", 0, 3'600'000, 0);
  for (const auto *number : {&reason, &status, &times, &delay_ms}) {
    if (!*number) {
      return std::unexpected(number->error());
    }
  }
  Injection injection;
  injection.event = *event;
  injection.reason = static_cast<std::uint8_t>(*reason);
  injection.status = *status;
  injection.times = *times;
  injection.delay_ms = *delay_ms;
  return inject(injection) ? Result{} : std::unexpected("the driver is not initialised");
}

void add_soft_ap(cJSON *object, const SoftApState &soft_ap) {
  cJSON_AddBoolToObject(object, "up", soft_ap.up ? 1 : 0);
  add_ssid(object, soft_ap.ssid);
  cJSON_AddStringToObject(object, "authmode", soft_ap.authmode.c_str());
  cJSON_AddStringToObject(object, "pairwise_cipher", soft_ap.pairwise_cipher.c_str());
  cJSON_AddStringToObject(object, "group_cipher", soft_ap.group_cipher.c_str());
  add_number(object, "password_length", static_cast<double>(soft_ap.password_length));
  add_number(object, "max_connection", soft_ap.max_connection);
  add_number(object, "channel", soft_ap.channel);
  cJSON_AddBoolToObject(object, "hidden", soft_ap.hidden ? 1 : 0);
  cJSON_AddBoolToObject(object, "phone_joined", soft_ap.phone_joined ? 1 : 0);
}

Result state_command(const cJSON *request, cJSON *answer) {
  if (Result check = check_members(request, {}); !check) {
    return check;
  }
  const DriverState state = driver_state();
  cJSON_AddBoolToObject(answer, "initialised", state.initialised ? 1 : 0);
  cJSON_AddBoolToObject(answer, "started", state.started ? 1 : 0);
  cJSON_AddStringToObject(answer, "mode", state.mode.c_str());
  cJSON_AddStringToObject(answer, "storage", state.storage.c_str());
  cJSON *const station = cJSON_AddObjectToObject(answer, "station");
  cJSON_AddStringToObject(station, "state", state.station.c_str());
  if (!state.station_ssid.empty()) {
    add_ssid(station, state.station_ssid);
  }
  cJSON_AddBoolToObject(station, "has_address", state.has_address ? 1 : 0);
  cJSON_AddBoolToObject(answer, "scanning", state.scanning ? 1 : 0);
  add_number(answer, "channel", state.channel);
  add_soft_ap(cJSON_AddObjectToObject(answer, "soft_ap"), state.soft_ap);
  cJSON *const counters = cJSON_AddObjectToObject(answer, "counters");
  add_number(counters, "scans", state.scans);
  add_number(counters, "connects", state.connects);
  add_number(counters, "hops", state.hops);
  add_number(counters, "events", state.events);
  return {};
}

Result ap_config_command(const cJSON *request, cJSON *answer) {
  if (Result check = check_members(request, {}); !check) {
    return check;
  }
  add_soft_ap(answer, driver_state().soft_ap);
  return {};
}

Result restart_command(const cJSON *request, const std::string &directory, PendingExit &pending) {
  if (!pending.may_restart) {
    return std::unexpected("this simulator can't restart itself");
  }
  if (Result check = check_members(request, {"fresh", "scenario"}); !check) {
    return check;
  }
  const cJSON *const fresh = member(request, "fresh");
  if (fresh != nullptr && cJSON_IsBool(fresh) == 0) {
    return std::unexpected("$.fresh: must be true or false");
  }
  const cJSON *const name = member(request, "scenario");
  if (name != nullptr) {
    if (cJSON_IsString(name) == 0) {
      return std::unexpected("$.scenario: must be a string");
    }
    if (const auto scenario = load_scenario(name->valuestring, directory); !scenario) {
      return std::unexpected(scenario.error());
    }
  }
  pending.restart = {.fresh = cJSON_IsTrue(fresh) != 0,
                     .scenario = name != nullptr ? name->valuestring : ""};
  return {};
}

Result button_command(const cJSON *request, const PendingExit &pending) {
  if (!pending.on_button) {
    return std::unexpected("this device has no button");
  }
  if (Result check = check_members(request, {"pressed"}); !check) {
    return check;
  }
  const cJSON *const pressed = member(request, "pressed");
  if (cJSON_IsBool(pressed) == 0) {
    return std::unexpected("$.pressed: must be true or false");
  }
  pending.on_button(cJSON_IsTrue(pressed) != 0);
  return {};
}

Result run_command(const cJSON *request, cJSON *answer, const std::string &directory,
                   PendingExit &pending) {
  if (!cJSON_IsObject(request)) {
    return std::unexpected("$: must be an object, one a line");
  }
  const cJSON *const cmd = member(request, "cmd");
  const std::string_view name = cJSON_IsString(cmd) ? cmd->valuestring : "";
  if (name == "world") {
    return world_command(request, answer);
  }
  if (name == "add_ap") {
    return add_ap_command(request);
  }
  if (name == "set_ap") {
    return set_ap_command(request, answer);
  }
  if (name == "remove_ap") {
    return remove_ap_command(request, answer);
  }
  if (name == "set") {
    return set_command(request);
  }
  if (name == "load_scenario") {
    return load_scenario_command(request, directory);
  }
  if (name == "cut_clients") {
    return cut_clients_command(request);
  }
  if (name == "kick") {
    return kick_command(request);
  }
  if (name == "inject") {
    return inject_command(request);
  }
  if (name == "state") {
    return state_command(request, answer);
  }
  if (name == "ap_config") {
    return ap_config_command(request, answer);
  }
  if (name == "quit") {
    if (Result check = check_members(request, {}); !check) {
      return check;
    }
    pending.quit = true;
    return {};
  }
  if (name == "button") {
    return button_command(request, pending);
  }
  if (name == "restart") {
    return restart_command(request, directory, pending);
  }
  return std::unexpected("$.cmd: must be world, add_ap, set_ap, remove_ap, set, load_scenario, "
                         "cut_clients, kick, inject, state, ap_config, button, restart or quit");
}

struct Client {
  int fd{-1};
  std::string in;
  std::string out;
};

bool set_non_blocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
         fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/// False when the client is gone.
bool send_pending(Client &client) {
  while (!client.out.empty()) {
    const ssize_t sent = send(client.fd, client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      return would_block();
    }
    client.out.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

/// False when the client is gone or sends a line without an end.
bool receive(Client &client) {
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t got = recv(client.fd, chunk.data(), chunk.size(), 0);
    if (got == 0) {
      return false;
    }
    if (got < 0) {
      return would_block();
    }
    client.in.append(chunk.data(), static_cast<std::size_t>(got));
    if (client.in.size() > kMaxLine) {
      return false;
    }
  }
}

} // namespace

std::string answer_control_line(const std::string &line, const std::string &scenario_directory,
                                PendingExit &pending) {
  const Json request(cJSON_ParseWithLength(line.data(), line.size()));
  const Json answer(cJSON_CreateObject());
  if (request != nullptr) {
    if (const cJSON *const id = member(request.get(), "id"); id != nullptr) {
      cJSON_AddItemToObject(answer.get(), "id", cJSON_Duplicate(id, 1));
    }
  }
  Result result = request != nullptr
                      ? run_command(request.get(), answer.get(), scenario_directory, pending)
                      : std::unexpected(std::string("not JSON"));
  cJSON_AddBoolToObject(answer.get(), "ok", result ? 1 : 0);
  if (!result) {
    cJSON_AddStringToObject(answer.get(), "error", result.error().c_str());
  }
  char *const text = cJSON_PrintUnformatted(answer.get());
  std::string out = text != nullptr ? text : R"({"ok":false,"error":"out of memory"})";
  cJSON_free(text);
  return out;
}

std::expected<void, std::string> Control::start(Config config) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (config.socket_path.empty() || config.socket_path.size() >= sizeof(address.sun_path)) {
    return std::unexpected(config.socket_path + ": a socket's path has 1 to " +
                           std::to_string(sizeof(address.sun_path) - 1) + " bytes");
  }
  std::copy(config.socket_path.begin(), config.socket_path.end(), address.sun_path);
  const auto fail = [&](const char *what) {
    const std::string why = std::strerror(errno);
    if (listener_ >= 0) {
      close(std::exchange(listener_, -1));
    }
    return std::unexpected(config.socket_path + ": " + what + ": " + why);
  };
  listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
  if (listener_ < 0 || !set_non_blocking(listener_)) {
    return fail("no socket");
  }
  // Whoever starts us has made sure that no other simulator uses this path: what lies there is old.
  unlink(config.socket_path.c_str());
  if (bind(listener_, reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0) {
    return fail("cannot listen");
  }
  if (listen(listener_, static_cast<int>(kMaxClients)) != 0) {
    return fail("cannot listen");
  }
  config_ = std::move(config);
  stop_ = xSemaphoreCreateBinary();
  ended_ = xSemaphoreCreateBinary();
  if (stop_ == nullptr || ended_ == nullptr ||
      xTaskCreate(&Control::run, "control", kTaskStack, this, kTaskPriority, nullptr) != pdPASS) {
    for (SemaphoreHandle_t *semaphore : {&stop_, &ended_}) {
      if (*semaphore != nullptr) {
        vSemaphoreDelete(std::exchange(*semaphore, nullptr));
      }
    }
    unlink(config_.socket_path.c_str());
    close(std::exchange(listener_, -1));
    return std::unexpected(config_.socket_path + ": out of memory");
  }
  return {};
}

void Control::stop() {
  if (stop_ == nullptr) {
    return;
  }
  xSemaphoreGive(stop_);
  xSemaphoreTake(ended_, portMAX_DELAY);
  close(std::exchange(listener_, -1));
  unlink(config_.socket_path.c_str());
  vSemaphoreDelete(std::exchange(stop_, nullptr));
  vSemaphoreDelete(std::exchange(ended_, nullptr));
}

void Control::run(void *control) {
  auto &self = *static_cast<Control *>(control);
  self.serve();
  xSemaphoreGive(self.ended_);
  vTaskDelete(nullptr);
}

void Control::serve() {
  std::list<Client> clients;
  PendingExit pending{.may_restart = config_.on_restart != nullptr, .on_button = config_.on_button};
  // Waiting for the word to stop is the pause between two polls.
  while (xSemaphoreTake(stop_, pdMS_TO_TICKS(kPollMs)) != pdTRUE) {
    while (clients.size() < kMaxClients) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) {
        break;
      }
      if (set_non_blocking(fd)) {
        clients.push_back({fd, {}, {}});
      } else {
        close(fd);
      }
    }
    for (auto client = clients.begin(); client != clients.end();) {
      const bool open = receive(*client);
      for (std::size_t end = client->in.find('\n'); end != std::string::npos;
           end = client->in.find('\n')) {
        const std::string line = client->in.substr(0, end);
        client->in.erase(0, end + 1);
        if (line.find_first_not_of(" \t\r") != std::string::npos) {
          client->out += answer_control_line(line, config_.scenario_directory, pending) + '\n';
        }
      }
      // A client that has closed its side may still wait for its answers.
      const bool alive = send_pending(*client);
      if (!alive || (!open && client->out.empty())) {
        close(client->fd);
        client = clients.erase(client);
      } else {
        ++client;
      }
    }
    const bool all_sent =
        std::all_of(clients.begin(), clients.end(), [](const Client &c) { return c.out.empty(); });
    if (all_sent && std::exchange(pending.quit, false) && config_.on_quit) {
      config_.on_quit();
    }
    if (all_sent && pending.restart) {
      config_.on_restart(*std::exchange(pending.restart, std::nullopt));
    }
  }
  for (const Client &client : clients) {
    close(client.fd);
  }
}

} // namespace radio
