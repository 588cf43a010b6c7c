#include "codec/wifi_qr.hpp"

namespace espp::provisioning {
namespace {

void append_escaped(WifiQr &payload, std::string_view text) {
  for (const char c : text) {
    if (std::string_view("\\;,:\"").find(c) != std::string_view::npos) {
      payload.append('\\');
    }
    payload.append(c);
  }
}

} // namespace

WifiQr make_wifi_qr(std::string_view ssid, std::string_view password) {
  WifiQr payload;
  payload.append(password.empty() ? "WIFI:T:nopass;S:" : "WIFI:T:WPA;S:");
  append_escaped(payload, ssid);
  if (!password.empty()) {
    payload.append(";P:");
    append_escaped(payload, password);
  }
  payload.append(";;");
  return payload;
}

} // namespace espp::provisioning
