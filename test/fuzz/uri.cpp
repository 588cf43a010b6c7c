// Request targets, and the headers that decide about them. A route's argument is a part of the
// target; a wrong method is told the right ones; a name that is decoded can be encoded again; a foreign host never passes.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "transport/http/guard.hpp"
#include "transport/http/http_portal.hpp"
#include "transport/http/routes.hpp"
#include "domain/ssid.hpp"
#include "expect.hpp"

using namespace espp::provisioning;

namespace {

std::string encode(const Ssid &ssid) {
  std::string out;
  const std::string hex(ssid.hex().view());
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out += '%' + hex.substr(i, 2);
  }
  return out;
}

void check_name(const Ssid &ssid) {
  const auto again = decode_ssid(encode(ssid));
  EXPECT(again && *again == ssid);
  EXPECT(Ssid::from_hex(ssid.hex().view()) == ssid);
  const std::string printable(ssid.printable().view());
  EXPECT(is_utf8(printable));
  EXPECT(std::none_of(printable.begin(), printable.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }));
}

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string text(reinterpret_cast<const char *>(data), size);
  const std::string_view uri = text;
  for (const Method method :
       {Method::Get, Method::Head, Method::Post, Method::Delete, Method::Other}) {
    const Destination found = find_route<HttpPortal>(method, uri);
    EXPECT(is_inside(found.argument, uri));
    EXPECT((found.lookup == Lookup::WrongMethod) != found.allowed.view().empty());
    EXPECT(found.lookup != Lookup::Route || found.index < std::size(kRoutes<HttpPortal>));
  }
  if (const auto ssid = decode_ssid(uri)) {
    check_name(*ssid);
  }
  if (const auto ssid = Ssid::from_bytes(uri)) {
    check_name(*ssid);
  }
  const Endpoint address{.ip = {{192, 168, 4, 1}}};
  if (is_this_device(uri, address)) {
    EXPECT(uri == "192.168.4.1" || uri == "192.168.4.1:80");
  }
  if (!refuse({.host = "192.168.4.1", .origin = uri, .content_type = {}, .has_body = false},
              address)) {
    EXPECT(uri == "http://192.168.4.1" || uri == "http://192.168.4.1:80");
  }
  // Only the parsing of a type is of interest here, so that anything may come out.
  static_cast<void>(refuse(
      {.host = "192.168.4.1", .origin = {}, .content_type = uri, .has_body = true}, address));
  return 0;
}
