#include "core/join_code.hpp"

namespace espp::provisioning {
namespace {

void append_escaped(JoinCode &code, std::string_view text) {
  for (const char c : text) {
    if (std::string_view("\\;,:\"").find(c) != std::string_view::npos) {
      code.append('\\');
    }
    code.append(c);
  }
}

} // namespace

JoinCode make_join_code(std::string_view ssid, std::string_view password) {
  JoinCode code;
  code.append(password.empty() ? "WIFI:T:nopass;S:" : "WIFI:T:WPA;S:");
  append_escaped(code, ssid);
  if (!password.empty()) {
    code.append(";P:");
    append_escaped(code, password);
  }
  code.append(";;");
  return code;
}

} // namespace espp::provisioning
