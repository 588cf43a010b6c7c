#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../gunzip.hpp"
#include "device.hpp"
#include "memory.hpp"

namespace {

constexpr std::string_view kStart = R"(<script type="application/json" id="state">)";
constexpr std::string_view kEnd = "</script>";

/// The page as it lies in flash, unpacked.
struct Built {
  Built() {
    std::ifstream in(PAGE_DIR "/index.html.gz", std::ios::binary);
    const std::string html = gunzip({std::istreambuf_iterator<char>(in), {}}).value_or("");
    start = html.substr(0, html.find("<script>"));
    rest = html.substr(start.size());
  }
  std::string start;
  std::string rest; ///< the scripts
};

const Built &english() {
  static const Built built;
  return built;
}

/// An answer to `GET /`, taken apart.
struct Page {
  std::string language; ///< the element with the texts; empty: English
  std::string state;    ///< JSON; empty: none
};

Page open(const Reply &reply) {
  REQUIRE(reply.status == 200);
  const auto text = gunzip(reply.body);
  REQUIRE(text);
  const auto &[before, behind] = english();
  REQUIRE(!behind.empty());
  REQUIRE(text->starts_with(before));
  REQUIRE(text->ends_with(behind));
  const std::string put_in =
      text->substr(before.size(), text->size() - before.size() - behind.size());
  const auto start = put_in.find(kStart);
  if (start == std::string::npos) {
    return {.language = put_in, .state = {}};
  }
  REQUIRE(put_in.ends_with(kEnd));
  const auto at = start + kStart.size();
  return {.language = put_in.substr(0, start),
          .state = put_in.substr(at, put_in.size() - at - kEnd.size())};
}

/// Without the one thing that is another at every time.
std::string without_age(std::string json) {
  const auto at = json.find("\"age_ms\":");
  if (at != std::string::npos) {
    json.erase(at, json.find(',', at) - at);
  }
  return json;
}

std::string tag_of(const Page &page) {
  const auto at = page.language.find("lang=");
  return at == std::string::npos
             ? "en"
             : page.language.substr(at + 5, page.language.find(' ', at) - at - 5);
}

std::string language_for(const Device &device, const std::string &accepted,
                         const std::string &path = "/") {
  return tag_of(
      open(device.phone().send({.path = path, .headers = {{"Accept-Language", accepted}}})));
}

/// What stands in the state is what the calls of the API answer.
void check_state(const Device &device) {
  const HttpClient phone = device.phone();
  const Page page = open(phone.get("/"));
  CHECK(page.language.empty());
  CHECK(Json(page.state).is_valid());
  CHECK(page.state.find('<') == std::string::npos);
  const std::string expected =
      "{\"status\":" + phone.get("/api/status").body + ",\"scan\":" + phone.get("/api/scan").body +
      ",\"networks\":" + phone.get("/api/networks").body + ",\"languages\":[\"en\",\"ar\",";
  CHECK(without_age(page.state).starts_with(without_age(expected)));
}

} // namespace

TEST_CASE("the first answer is the whole page with its state, and is not kept") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  Reply reply = device.phone().get("/");
  CHECK(reply.headers.at("content-type") == "text/html; charset=utf-8");
  CHECK(reply.headers.at("content-encoding") == "gzip");
  CHECK(reply.headers.at("cache-control") == "no-store");
  CHECK_FALSE(reply.headers.contains("etag"));
  CHECK(reply.headers.at("x-content-type-options") == "nosniff");
  CHECK(reply.headers.at("referrer-policy") == "no-referrer");
  CHECK(reply.headers.at("x-frame-options") == "DENY");
  const std::string policy = reply.headers.at("content-security-policy");
  CHECK(policy.find("default-src 'none'") != std::string::npos);
  CHECK(policy.find("connect-src 'self'") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  // Whatever a browser kept of an earlier page.
  CHECK(device.phone().send({.path = "/", .headers = {{"If-None-Match", "*"}}}).status == 200);
  check_state(device);
}

TEST_CASE("the first state is true before, during and after whatever happens") {
  Device device("home");
  REQUIRE(device.start());
  device.scan_list();
  CHECK(device.phone().post("/api/scan").status == 202);
  CHECK(Json(open(device.phone().get("/")).state).is_true("scan.scanning"));
  device.wait("/api/scan", [](const Json &json) { return !json.is_true("scanning"); });
  CHECK(device.test(R"({"ssid":"HouseOfBoo","password":"boo-boo-boo"})").text("state") ==
        "connected");
  check_state(device);
  const Json state(open(device.phone().get("/")).state);
  CHECK(state.text("status.connect.state") == "connected");
  CHECK(state.text("networks.networks.0.ssid") == "HouseOfBoo");
}

TEST_CASE("the first answer is right with every number of networks") {
  for (const int count : {0, 1, 2, 10, 64, 127, 128}) {
    CAPTURE(count);
    Device device("quiet");
    device.change_world([&](radio::Scenario &scenario) {
      scenario.world.access_points.clear();
      for (int i = 0; i < count; ++i) {
        radio::AccessPoint &added = scenario.world.access_points.emplace_back();
        added.ssid = "Network " + std::to_string(i) + " with a long name";
        added.rssi = -40 - i % 40;
        added.channel = static_cast<std::uint8_t>(1 + i % 11);
        added.bssid = {2, 0, 0, 0, 0, static_cast<std::uint8_t>(i)};
      }
    });
    REQUIRE(device.start());
    CHECK(device.scan_list().size("networks") == count);
    check_state(device);
  }
}

TEST_CASE("hostile names stand in the first answer as text") {
  const std::string names[] = {"</script><script>alert(1)",
                               "<!--<script>",
                               "\xE2\x80\xA8\xE2\x80\xA9",
                               "\"}]}}",
                               "\\u003c",
                               "&lt;b&gt;",
                               "\xFF\xFE</script>"};
  Device device("quiet");
  device.change_world([&](radio::Scenario &scenario) {
    scenario.world.access_points.clear();
    for (const std::string &name : names) {
      radio::AccessPoint &added = scenario.world.access_points.emplace_back();
      added.ssid = name;
      added.bssid = {2, 0, 0, 0, 0, static_cast<std::uint8_t>(scenario.world.access_points.size())};
    }
  });
  REQUIRE(device.start());
  const Json list = device.scan_list();
  CHECK(list.size("networks") == 7);
  check_state(device);
}

TEST_CASE("the page comes in the language that the phone asks for") {
  Device device("quiet");
  REQUIRE(device.start());
  CHECK(language_for(device, "") == "en");
  CHECK(language_for(device, "de-AT,de;q=0.9,en;q=0.8") == "de");
  CHECK(language_for(device, "sv,ja;q=0.5") == "ja");
  CHECK(language_for(device, "zh-TW,zh;q=0.9") == "zh-Hant");
  CHECK(language_for(device, std::string(300, 'd')) == "en");
  // What was chosen in the menu counts more.
  CHECK(language_for(device, "de", "/?lang=fr") == "fr");
  CHECK(language_for(device, "de", "/?a=b&lang=pt-br") == "pt-BR");
  CHECK(language_for(device, "de", "/?lang=en") == "en");
  CHECK(language_for(device, "de", "/?lang=xx") == "de");
  const Json state(open(device.phone().get("/?lang=ar")).state);
  REQUIRE(state.size("languages") == 19);
  for (int i = 0; i < state.size("languages"); ++i) {
    const std::string tag = state.text("languages." + std::to_string(i));
    CAPTURE(tag);
    CHECK(tag_of(open(device.phone().get("/?lang=" + tag))) == tag);
  }
}

TEST_CASE("with memory too short for the list the page comes without a state") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const HttpClient phone = device.phone();
  Reply reply;
  {
    memory::fail_at(1, memory::Shortage::Once);
    const memory::Exempt client;
    reply = phone.get("/");
  }
  CHECK(memory::restore());
  const Page page = open(reply);
  CHECK(page.state.empty());
  CHECK(page.language.empty());
  check_state(device);
}

TEST_CASE("a phone that hangs up anywhere in the page harms nobody") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const std::size_t size = device.phone().get("/").body.size();
  const std::string request =
      "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(device.phone().port()) + "\r\n\r\n";
  for (std::size_t wanted = 0; wanted <= size; ++wanted) {
    CAPTURE(wanted);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // What is still on its way is refused.
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(device.phone().port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    REQUIRE(send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0);
    std::string taken(wanted, ' ');
    std::size_t got = 0;
    for (ssize_t piece = 1; got < wanted && piece > 0; got += static_cast<std::size_t>(piece)) {
      piece = std::max<ssize_t>(0, recv(fd, taken.data() + got, wanted - got, 0));
    }
    CHECK(got == wanted);
    close(fd);
  }
  check_state(device);
}

TEST_CASE("cookies of a device that had this address before do not shut the page out") {
  Device device("quiet");
  REQUIRE(device.start());
  const HttpClient phone = device.phone();
  // Beside what a phone's browser sends anyway.
  const std::string usual(900, 'u');
  const auto with_cookie = [&](std::size_t size) {
    return phone.send(
        {.path = "/", .headers = {{"X-Usual", usual}, {"Cookie", "a=" + std::string(size, 'c')}}});
  };
  open(with_cookie(500));
  open(with_cookie(1'000));
  for (const std::size_t size : {3'000U, 10'000U}) {
    CAPTURE(size);
    const Reply reply = with_cookie(size);
    CHECK(reply.status == 431);
    CHECK(reply.headers.at("content-type") == "text/html");
    CHECK(reply.body.find("cookies") != std::string::npos);
    CHECK(reply.body.find("href=\"http://127.0.0.1:" + std::to_string(phone.port()) + "/\"") !=
          std::string::npos);
  }
  const Reply reply = phone.get("/" + std::string(3'000, 'a'));
  CHECK(reply.status == 414);
  CHECK(reply.headers.at("x-content-type-options") == "nosniff");
  CHECK(reply.body.find("href=\"http://127.0.0.1:") != std::string::npos);
  open(phone.get("/"));
}
