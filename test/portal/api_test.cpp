#include <doctest/doctest.h>

#include <string>

#include "device.hpp"
#include "esp_http_server.h"

namespace {

std::string own_origin(const HttpClient &phone) {
  return "http://127.0.0.1:" + std::to_string(phone.port());
}

} // namespace

TEST_CASE("the status tells who the device is") {
  Device device;
  REQUIRE(device.start());
  CHECK(device.portal().is_active());
  const Reply reply = device.phone().get("/api/status");
  CHECK(reply.status == 200);
  CHECK(reply.headers.at("content-type") == "application/json");
  CHECK(reply.headers.at("cache-control") == "no-store");
  const Json json = reply.json();
  CHECK(json.text("device.name") == "Lamp");
  CHECK(json.text("device.ap_ssid") == "ESP-Prov-8590");
  CHECK(json.text("device.mac") == "24:6f:28:aa:85:90");
  CHECK(json.has("device.chip"));
  CHECK(json.has("device.version"));
  CHECK_FALSE(json.is_true("provisioned"));
  CHECK_FALSE(json.is_true("completed"));
  CHECK(json.has("scan.scanning"));
  CHECK(json.text("connect.state") == "idle");
  CHECK(json.number("connect.id") == 0);
}

TEST_CASE("a wrong field, a wrong body and a wrong address are each named") {
  Device device;
  REQUIRE(device.start());
  const HttpClient phone = device.phone();
  const auto connect = [&](const std::string &body) { return phone.post("/api/connect", body); };
  CHECK(connect("").code() == "invalid_json");
  CHECK(connect("{").code() == "invalid_json");
  CHECK(connect("[]").code() == "invalid_json");
  CHECK(connect("{}").code() == "invalid_ssid");
  CHECK(connect(R"({"ssid":1})").code() == "invalid_ssid");
  CHECK(connect(R"({"ssid":"123456789012345678901234567890123"})").code() == "invalid_ssid");
  CHECK(connect(R"({"ssid_hex":"xx"})").code() == "invalid_ssid_hex");
  CHECK(connect(R"({"ssid":"a","password":"short"})").code() == "invalid_password");
  CHECK(connect(R"({"ssid":"a","saved":"yes"})").code() == "invalid_saved");
  CHECK(connect("{}").status == 400);
  CHECK(connect(R"({"ssid":"never saved","saved":true})").status == 404);
  CHECK(connect(R"({"ssid":"never saved","saved":true})").code() == "unknown_network");
  CHECK(phone.get("/api/nothing").status == 404);
  CHECK(phone.get("/api/nothing").code() == "not_found");
  CHECK(phone.get("/api/complete").status == 405);
  CHECK(phone.post("/api/status").code() == "method_not_allowed");
  CHECK(phone.send({.method = "PUT", .path = "/api/scan"}).status == 405);
  CHECK(phone.remove("/api/networks/never%20saved").status == 404);
  CHECK(phone.remove("/api/networks/never%20saved").code() == "unknown_network");
  CHECK(phone.remove("/api/networks/%zz").code() == "invalid_ssid");
  CHECK(phone.post("/api/complete").status == 409);
  CHECK(phone.post("/api/complete").code() == "not_connected");
  CHECK(device.wait("/api/connect", [](const Json &) { return true; }).number("id") == 0);
}

TEST_CASE("a body longer than any request is 413, and the server goes on") {
  Device device;
  REQUIRE(device.start());
  const HttpClient phone = device.phone();
  const Reply reply = phone.post("/api/connect", "{\"ssid\":\"" + std::string(1024, 'a') + "\"}");
  CHECK(reply.status == 413);
  CHECK(reply.code() == "body_too_long");
  const Reply huge = phone.post("/api/connect", std::string(100'000, ' '));
  CHECK((huge.status == 413 || huge.status == 0));
  CHECK(phone.get("/api/status").status == 200);
}

TEST_CASE("icons that browsers ask for on their own are not there, and short") {
  Device device;
  REQUIRE(device.start());
  for (const char *path :
       {"/favicon.ico", "/apple-touch-icon.png", "/apple-touch-icon-precomposed.png"}) {
    CAPTURE(path);
    const Reply reply = device.phone().get(path);
    CHECK(reply.status == 404);
    CHECK(reply.body.size() < 100);
  }
}

TEST_CASE("every other address leads to the page, by an absolute address") {
  Device device;
  REQUIRE(device.start());
  const HttpClient phone = device.phone();
  const std::string home = own_origin(phone) + "/";
  for (const char *path : {"/generate_204", "/hotspot-detect.html", "/connecttest.txt", "/x?y=z"}) {
    CAPTURE(path);
    const Reply reply = phone.send({.path = path, .headers = {{"Host", "connectivitycheck.gstatic.com"}}});
    CHECK(reply.status == 302);
    CHECK(reply.headers.at("location") == home);
    CHECK(reply.headers.at("cache-control") == "no-store");
    CHECK(reply.body.size() > 4);
    CHECK(reply.body.find("Success") == std::string::npos);
  }
  CHECK(phone.send({.path = "/", .headers = {{"Host", "neverssl.com"}}}).headers["location"] == home);
  CHECK(phone.send({.path = "/api/scan", .headers = {{"Host", "evil.example"}}}).status == 302);
  CHECK(phone.send({.path = "/wpad.dat", .headers = {{"Host", "wpad"}}}).status == 404);
  CHECK(phone.get("/").status == 200);
  CHECK(phone.send({.path = "/", .headers = {{"Host", "localhost:" + std::to_string(phone.port())}}}).status == 200);
}

TEST_CASE("the status answers at once while a scan and while a test run") {
  Device device;
  REQUIRE(device.start());
  const HttpClient phone = device.phone();
  device.scan_list();
  CHECK(phone.post("/api/scan").status == 202);
  CHECK(phone.get("/api/status").json().is_true("scan.scanning"));
  CHECK(phone.post("/api/scan").status == 202);
  CHECK(phone.get("/api/scan").json().is_true("scanning"));

  CHECK(phone.post("/api/connect", R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})").status == 202);
  // Were any of these to wait for the radio, the test would be over when the last one comes back.
  for (int i = 0; i < 10; ++i) {
    const Json json = phone.get("/api/status").json();
    CHECK(json.text("connect.ssid") == "HouseOfBoo");
    CHECK((json.text("connect.state") == "connecting" || json.text("connect.state") == "obtaining_ip"));
  }
  CHECK(phone.post("/api/connect", R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})").code() == "busy");
  CHECK(phone.post("/api/scan").status == 409);
  CHECK(phone.post("/api/scan").code() == "busy");
  CHECK(device.verdict().text("state") == "connected");
}
