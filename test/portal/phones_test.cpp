// What phones and other systems meet before they see the page, and after they are done with it.

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "device.hpp"
#include "host/clock.hpp"

using namespace std::chrono_literals;

namespace {

constexpr const char *kHouse = R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})";

/// Host and path of each system's connectivity check.
const std::vector<std::pair<std::string, std::string>> kProbes = {
    {"captive.apple.com", "/hotspot-detect.html"},
    {"www.apple.com", "/library/test/success.html"},
    {"connectivitycheck.gstatic.com", "/generate_204"},
    {"www.google.com", "/gen_204"},
    {"connect.rom.miui.com", "/generate_204"},
    {"connectivitycheck.platform.hicloud.com", "/generate_204"},
    {"wifi.vivo.com.cn", "/generate_204"},
    {"www.msftconnecttest.com", "/connecttest.txt"},
    {"www.msftncsi.com", "/ncsi.txt"},
    {"detectportal.firefox.com", "/canonical.html"},
    {"detectportal.firefox.com", "/success.txt?ipv4"},
    {"connectivity-check.ubuntu.com.", "/"},
    {"nmcheck.gnome.org", "/check_network_status.txt"},
    {"spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub.html"},
};

Reply ask(const Device &device, const std::string &host, const std::string &path,
          const std::string &method = "GET") {
  return device.phone().send({.method = method, .path = path, .headers = {{"Host", host}}});
}

std::string page_of(const Device &device) {
  return "http://127.0.0.1:" + std::to_string(device.phone().port()) + "/";
}

/// An absolute redirect to the page, with a body that every system takes for one; and the page is
/// there, so that nothing goes round in circles.
void check_leads_to_page(const Device &device, const Reply &reply) {
  CHECK(reply.status == 302);
  CHECK(reply.headers.at("location") == page_of(device));
  CHECK(reply.headers.at("cache-control") == "no-store");
  CHECK(reply.body.size() > 4);
  CHECK(reply.body.find("Success") == std::string::npos);
  CHECK(device.phone().get("/").status == 200);
}

Device::Config staying_config() {
  auto config = Device::usual_config();
  config.auto_shutdown_ap = false;
  return config;
}

void complete(Device &device) {
  device.test(kHouse);
  REQUIRE(device.phone().post("/api/complete").status == 200);
  device.wait("/api/status", [](const Json &json) { return json.is_true("completed"); });
}

} // namespace

TEST_CASE("before set-up is complete every connectivity check leads to the page") {
  Device device("quiet");
  REQUIRE(device.start());
  for (const auto &[host, path] : kProbes) {
    CAPTURE(host);
    check_leads_to_page(device, ask(device, host, path));
  }
}

TEST_CASE("whatever is typed into the address line leads to the page") {
  Device device("quiet");
  REQUIRE(device.start());
  for (const char *host : {"setup", "wifi.setup", "SETUP", "neverssl.com", "example.com:80",
                           "1.1.1.1", "192.168.4.1.", "a", "x--y", "[::1]", "localhost.example"}) {
    for (const char *path : {"/", "/index.html", "/a/b?c=d", "/redirect"}) {
      CAPTURE(host);
      CAPTURE(path);
      check_leads_to_page(device, ask(device, host, path));
    }
  }
  check_leads_to_page(device, ask(device, std::string(300, 'x'), "/"));
}

TEST_CASE("once set-up is complete every connectivity check is told that it is online") {
  Device device("home", staying_config());
  REQUIRE(device.start());
  complete(device);
  for (const auto &[host, path] : kProbes) {
    CAPTURE(host);
    const Reply reply = ask(device, host, path);
    const bool is_204 = path.find("204") != std::string::npos;
    CHECK(reply.status == (is_204 ? 204 : 200));
    CHECK(reply.body.empty() == is_204);
    CHECK(reply.headers.at("cache-control") == "no-store");
    CHECK_FALSE(reply.headers.contains("location"));
  }
  CHECK(ask(device, "captive.apple.com", "/hotspot-detect.html").body ==
        "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>");
  CHECK(ask(device, "connectivity-check.ubuntu.com.", "/").headers.at("x-networkmanager-status") ==
        "online");
}

TEST_CASE("once set-up is complete all else still leads to the page, and the page still works") {
  Device device("home", staying_config());
  REQUIRE(device.start());
  complete(device);
  check_leads_to_page(device, ask(device, "neverssl.com", "/"));
  check_leads_to_page(device, ask(device, "www.msftconnecttest.com", "/redirect"));
  CHECK(ask(device, "wpad", "/wpad.dat").status == 404);
  CHECK(device.phone().get("/").status == 200);
  CHECK(device.phone().get("/api/status").json().is_true("completed"));
}

TEST_CASE("a search for a proxy configuration finds none") {
  Device device("quiet");
  REQUIRE(device.start());
  CHECK(ask(device, "wpad", "/wpad.dat").status == 404);
  CHECK(ask(device, "wpad.lan", "/wpad.dat", "HEAD").status == 404);
}

TEST_CASE("HEAD tells what GET would, length included, and sends no body") {
  Device device("home", staying_config());
  REQUIRE(device.start());
  device.scan_list();
  const auto compare = [&](const std::string &host, const std::string &path) {
    CAPTURE(path);
    Reply get = ask(device, host, path);
    Reply head = ask(device, host, path, "HEAD");
    CHECK(head.status == get.status);
    CHECK(head.body.empty());
    CHECK(head.headers["content-length"] == std::to_string(get.body.size()));
    for (const char *name :
         {"content-type", "location", "cache-control", "content-encoding"}) {
      CAPTURE(name);
      CHECK(head.headers[name] == get.headers[name]);
    }
  };
  const std::string self = "127.0.0.1:" + std::to_string(device.phone().port());
  for (const char *path :
       {"/api/status", "/api/connect", "/api/nothing", "/wpad.dat"}) {
    compare(self, path);
  }
  // The age of the list is in these answers; its digits may become more between the two.
  CHECK(std::stoul(ask(device, self, "/api/scan", "HEAD").headers["content-length"]) > 100);
  const Reply page = ask(device, self, "/", "HEAD");
  CHECK(page.status == 200);
  CHECK(page.body.empty());
  CHECK(page.headers.at("content-encoding") == "gzip");
  CHECK(page.headers.at("cache-control") == "no-store");
  CHECK(std::stoul(page.headers.at("content-length")) > 10'000);
  compare("captive.apple.com", "/hotspot-detect.html");
  compare("neverssl.com", "/");
  complete(device);
  compare("captive.apple.com", "/hotspot-detect.html");
  compare("connectivitycheck.gstatic.com", "/generate_204");
}

TEST_CASE("other methods are told which ones there are") {
  Device device("quiet");
  REQUIRE(device.start());
  for (const char *method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    CAPTURE(method);
    const Reply reply = ask(device, "captive.apple.com", "/hotspot-detect.html", method);
    CHECK(reply.status == 405);
    CHECK(reply.headers.at("allow") == "GET, HEAD");
  }
  CHECK(device.phone().send({.method = "PUT", .path = "/api/connect"}).headers.at("allow") ==
        "GET, HEAD, POST, DELETE");
}

TEST_CASE("the access point stays until a phone can have seen that set-up is complete") {
  Device device;
  REQUIRE(device.start());
  device.test(kHouse);
  const auto completed_at = host::clock::now();
  REQUIRE(device.phone().post("/api/complete").status == 200);
  const HttpClient phone = device.phone();
  device.wait("/api/status", [](const Json &json) { return json.is_true("completed"); });
  // The page reloads, and the phone looks again.
  CHECK(phone.get("/").status == 200);
  CHECK(ask(device, "connectivitycheck.gstatic.com", "/generate_204").status == 204);
  CHECK_FALSE(device.portal().is_completed());
  device.wait_until([&] { return !device.portal().is_active(); });
  CHECK(device.portal().is_completed());
  CHECK(host::clock::now() - completed_at >= 5s);
}
