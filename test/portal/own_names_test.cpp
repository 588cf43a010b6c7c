// Names that a developer may give the device and its access point, through all that tells them.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "domain/ssid.hpp"
#include "device.hpp"
#include "names/hostile_names.hpp"

namespace {

/// A line of ESP-IDF's log without its colour, and nothing in it that a terminal acts on.
bool is_sound(std::string_view line) {
  constexpr std::string_view kEnd = "\x1b[0m";
  if (line.starts_with("\x1b[0;3") && line.ends_with(kEnd)) {
    line.remove_prefix(std::string_view("\x1b[0;31m").size());
    line.remove_suffix(kEnd.size());
  }
  const bool has_control = std::any_of(line.begin(), line.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  return line.size() > 4 && std::string_view("EWID").find(line[0]) != std::string_view::npos &&
         line.substr(1, 2) == " (" && !has_control && espp::provisioning::is_utf8(line);
}

void check_log(const std::string &text) {
  std::string_view left = text;
  while (!left.empty()) {
    const auto end = left.find('\n');
    REQUIRE(end != std::string_view::npos);
    const std::string line(left.substr(0, end));
    CHECK_MESSAGE(is_sound(line), line);
    left.remove_prefix(end + 1);
  }
}

/// What a camera makes of the name in `WIFI:T:WPA;S:name;P:configure;;`.
std::string name_in(std::string_view code) {
  constexpr std::string_view kFront = "WIFI:T:WPA;S:";
  REQUIRE(code.starts_with(kFront));
  std::string name;
  std::size_t at = kFront.size();
  while (at < code.size() && code[at] != ';') {
    at += code[at] == '\\' ? 1U : 0U;
    name += code[at++];
  }
  REQUIRE(code.substr(at) == ";P:configure;;");
  return name;
}

} // namespace

TEST_CASE("hostile names of the device and its access point are told as the bytes that they are, "
          "in one line of the log each") {
  int told = 0;
  int refused = 0;
  for (const std::string_view bytes : kHostileNames) {
    const std::string name(bytes);
    CAPTURE(name);
    auto config = Device::usual_config();
    config.ap_ssid = name;
    config.append_mac_to_ssid = false;
    config.device_name = name;
    Device device("quiet", config);
    const LogCapture log;
    if (!espp::provisioning::is_utf8(name)) {
      ++refused;
      CHECK_FALSE(device.start());
      CHECK(log.contains("must be UTF-8"));
      check_log(log.text());
      continue;
    }
    ++told;
    REQUIRE(device.start());
    device.wait_until([] { return radio::driver_state().soft_ap.up; });
    CHECK(radio::driver_state().soft_ap.ssid == name);
    CHECK(device.portal().get_ap_ssid() == name);
    const Json status = device.phone().get("/api/status").json();
    CHECK(status.text("device.name") == name);
    CHECK(status.text("device.ap_ssid") == name);
    CHECK(name_in(device.portal().get_ap_qr_text()) == name);
    device.portal().stop();
    check_log(log.text());
  }
  MESSAGE(told, " told, ", refused, " refused");
  CHECK(told > 600);
  CHECK(refused > 100);
}
