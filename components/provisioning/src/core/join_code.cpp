#include "core/join_code.hpp"

namespace espp::provisioning {
namespace {

void append_escaped(std::string &code, std::string_view text) {
  for (const char c : text) {
    if (std::string_view("\\;,:\"").find(c) != std::string_view::npos) {
      code += '\\';
    }
    code += c;
  }
}

} // namespace

std::string make_join_code(std::string_view ssid, std::string_view password) {
  std::string code;
  // Room for everything at once, so that no copy of the password is left in freed memory.
  code.reserve(32 + 2 * (ssid.size() + password.size()));
  code += password.empty() ? "WIFI:T:nopass;S:" : "WIFI:T:WPA;S:";
  append_escaped(code, ssid);
  if (!password.empty()) {
    code += ";P:";
    append_escaped(code, password);
  }
  code += ";;";
  return code;
}

} // namespace espp::provisioning
