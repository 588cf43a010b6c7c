#include <doctest/doctest.h>

#include <string>

#include "transport/http/probe.hpp"

using namespace espp::provisioning;

namespace {

struct Case {
  const char *system;
  const char *host;
  const char *uri;
  const char *status;
  const char *body;
};

// Written down from what each system expects, and not taken from the table under test.
constexpr const char *kOk = "200 OK";
constexpr const char *kNone = "204 No Content";
constexpr const char *kSuccess =
    "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>";
constexpr Case kCases[] = {
    {"iOS, macOS", "captive.apple.com", "/hotspot-detect.html", kOk, kSuccess},
    {"iOS", "captive.apple.com", "/", kOk, kSuccess},
    {"iOS", "www.apple.com", "/library/test/success.html", kOk, kSuccess},
    {"iOS", "www.appleiphonecell.com", "/abc/def.html", kOk, kSuccess},
    {"iOS", "www.airport.us", "/abc/def.html", kOk, kSuccess},
    {"iOS", "www.ibook.info", "/abc/def.html", kOk, kSuccess},
    {"iOS", "www.itools.info", "/abc/def.html", kOk, kSuccess},
    {"iOS", "www.thinkdifferent.us", "/abc/def.html", kOk, kSuccess},
    {"Android", "connectivitycheck.gstatic.com", "/generate_204", kNone, ""},
    {"Android", "www.google.com", "/gen_204", kNone, ""},
    {"Android", "play.googleapis.com", "/generate_204", kNone, ""},
    {"Android in China", "connectivitycheck.gstatic.cn", "/generate_204", kNone, ""},
    {"Xiaomi", "connect.rom.miui.com", "/generate_204", kNone, ""},
    {"Huawei", "connectivitycheck.platform.hicloud.com", "/generate_204", kNone, ""},
    {"Vivo", "wifi.vivo.com.cn", "/generate_204", kNone, ""},
    {"Samsung", "d2uzsrnmmf6tds.cloudfront.net", "/50KB.txt", kNone, ""},
    {"ChromeOS", "clients3.google.com", "/generate_204", kNone, ""},
    {"Windows 10", "www.msftconnecttest.com", "/connecttest.txt", kOk, "Microsoft Connect Test"},
    {"Windows 10", "ipv6.msftconnecttest.com", "/connecttest.txt", kOk, "Microsoft Connect Test"},
    {"Windows 7", "www.msftncsi.com", "/ncsi.txt", kOk, "Microsoft NCSI"},
    {"Firefox", "detectportal.firefox.com", "/canonical.html", kOk,
     "<meta http-equiv=\"refresh\" "
     "content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>"},
    {"Firefox", "detectportal.firefox.com", "/success.txt?ipv4", kOk, "success\n"},
    {"Ubuntu", "connectivity-check.ubuntu.com.", "/", kOk, "NetworkManager is online\n"},
    {"GNOME", "nmcheck.gnome.org", "/check_network_status.txt", kOk, "NetworkManager is online\n"},
    {"Debian", "network-test.debian.org", "/nm", kOk, "NetworkManager is online\n"},
    {"Fire OS", "spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub.html", kOk,
     "81ce4465-7167-4dcb-835b-dcc9e44c112a\n"},
};

} // namespace

TEST_CASE("each system's connectivity check has the answer that it takes for online") {
  for (const Case &c : kCases) {
    CAPTURE(c.system);
    CAPTURE(c.uri);
    const OnlineAnswer *answer = find_online_answer(c.host, c.uri);
    REQUIRE(answer != nullptr);
    CHECK(std::string(answer->status) == c.status);
    CHECK(answer->body == c.body);
  }
}

TEST_CASE("NetworkManager is told by its header, whatever its distribution expects in the body") {
  for (const char *host :
       {"connectivity-check.ubuntu.com.", "nmcheck.gnome.org", "network-test.debian.org",
        "conncheck.opensuse.org", "ping.archlinux.org"}) {
    CAPTURE(host);
    REQUIRE(find_online_answer(host, "/x")->network_manager_status != nullptr);
    CHECK(find_online_answer(host, "/x")->network_manager_status == std::string("online"));
  }
  CHECK(find_online_answer("fedoraproject.org", "/static/hotspot.txt") != nullptr);
  CHECK(find_online_answer("captive.apple.com", "/")->network_manager_status == nullptr);
}

TEST_CASE(
    "a host is known with a port and in capitals, a path in an absolute address and with a query") {
  CHECK(find_online_answer("Captive.Apple.COM:80", "/x") != nullptr);
  CHECK(find_online_answer("x", "http://connectivitycheck.gstatic.com/generate_204?a=b") !=
        nullptr);
}

TEST_CASE("what is no connectivity check has no such answer, so that it leads to the page") {
  const std::pair<const char *, const char *> others[] = {
      {"neverssl.com", "/"},
      {"setup", "/"},
      {"", ""},
      {"www.apple.com", "/"},
      {"notcaptive.apple.com", "/"},
      {"captive.apple.com.evil.example", "/"},
      {"www.msftconnecttest.com", "/redirect"},
      {"detectportal.firefox.com", "/"},
      {"fedoraproject.org", "/"},
      {"www.google.com", "/generate_204/"},
      {"www.google.com", "/?q=/generate_204"},
      {"192.168.4.1", "/"},
  };
  for (const auto &[host, uri] : others) {
    CAPTURE(host);
    CAPTURE(uri);
    CHECK(find_online_answer(host, uri) == nullptr);
  }
}
