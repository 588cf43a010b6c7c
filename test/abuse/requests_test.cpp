// Requests that no browser sends: each gets the answer that it deserves, and the next client its
// own.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "attack.hpp"
#include "host/clock.hpp"
#include "idf_http_client.hpp"

using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

struct Case {
  std::string_view what;
  std::string bytes;
  int status; ///< of the first answer; 0: the connection is closed without one
};

/// A request on the portal's own name; `rest` are headers, the empty line and perhaps a body.
std::string request(std::string_view line, std::string_view rest = "\r\n") {
  return std::string(line) + " HTTP/1.1\r\nHost: @\r\n" + std::string(rest);
}

std::string addressed(std::string bytes, std::uint16_t port) {
  const auto at = bytes.find('@');
  return at == std::string::npos ? bytes
                                 : bytes.replace(at, 1, "127.0.0.1:" + std::to_string(port));
}

} // namespace

TEST_CASE("each malformed request gets its answer, and the server goes on") {
  const std::string json = "Content-Type: application/json\r\n";
  const Case cases[] = {
      {"a line of 600 bytes", request("GET /" + std::string(600, 'a')), 414},
      {"headers of 2,100 bytes", request("GET /", "X: " + std::string(2'100, 'a') + "\r\n\r\n"),
       431},
      {"200 headers",
       request("GET /",
               [] {
                 std::string headers;
                 for (int i = 0; i < 200; ++i) {
                   headers += "X-Long-Name: 1\r\n";
                 }
                 return headers + "\r\n";
               }()),
       431},
      {"a body that is too long",
       request("POST /api/connect",
               json + "Content-Length: 5000\r\n\r\n" + std::string(5'000, ' ')),
       413},
      {"a length below the body's",
       request("POST /api/connect", json + "Content-Length: 2\r\n\r\n{}{}{}"), 400},
      {"a length of -1", request("POST /api/connect", json + "Content-Length: -1\r\n\r\n"), 400},
      {"a length that is no number",
       request("POST /api/connect", json + "Content-Length: ten\r\n\r\n"), 400},
      {"a length beyond 64 bits",
       request("POST /api/connect", json + "Content-Length: 99999999999999999999\r\n\r\n"), 400},
      {"two lengths",
       request("POST /api/connect", json + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
       400},
      {"a chunked body",
       request("POST /api/connect",
               json + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
       411},
      {"a chunked body with a length",
       request("POST /api/connect",
               json +
                   "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
       400},
      {"an encoding nobody knows", request("POST /api/scan", "Transfer-Encoding: rot13\r\n\r\n"),
       400},
      {"an unknown method", request("BREW /"), 400},
      {"a method for nobody", request("PUT /api/scan"), 405},
      {"OPTIONS",
       request("OPTIONS /api/scan",
               "Origin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n"),
       405},
      {"TRACE", request("TRACE /"), 405},
      {"CONNECT", request("CONNECT evil.example:443"), 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"HTTP/0.9, which has no headers", "GET /\r\n", 408},
      {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s, 400},
      {"NUL in the line", "GET /\0 HTTP/1.1\r\n\r\n"s, 400},
      {"NUL in a header's name", "GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n"s, 400},
      {"NUL in a body",
       request("POST /api/connect", json + "Content-Length: 14\r\n\r\n{\"ssid\":\"a\0b\"}"s), 400},
      {"a broken escape in a name", request("DELETE /api/networks/%4"), 400},
      {"an upgrade", request("GET /", "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"), 400},
      {"a body with GET", request("GET /api/status", "Content-Length: 5\r\n\r\nhello"), 200},
      {"two hosts, the foreign one first",
       request("GET /api/scan", "Host: evil.example\r\n\r\n").replace(24, 7, "Host: x"), 302},
  };
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const std::uint16_t port = device.phone().port();
  for (const Case &abuse : cases) {
    CAPTURE(abuse.what);
    test::Client client(port);
    const auto answer = client.ask(addressed(abuse.bytes, port));
    CHECK(answer.status == abuse.status);
    CHECK(device.phone().get("/api/status").status == 200);
  }
  check_all_is_as_before(device);
}

TEST_CASE("pipelined requests are answered in order, a hundred of them") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const std::uint16_t port = device.phone().port();
  test::Client client(port);
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests +=
        addressed(request("GET /api/status"), port) + addressed(request("GET /api/nothing"), port);
  }
  REQUIRE(client.send(requests));
  for (int i = 0; i < 50; ++i) {
    CHECK(client.read_answer().status == 200);
    CHECK(client.read_answer().status == 404);
  }
  check_all_is_as_before(device);
}

TEST_CASE("a request that does not come to its end is 408 within a second, and the connection is "
          "closed") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const std::uint16_t port = device.phone().port();
  for (const std::string &begun :
       {"GET /api/sta"s, "GET /api/status HTTP/1.1\r\nHost: @\r\nX: "s,
        request("POST /api/connect",
                "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"),
        request("POST /api/scan", "Content-Length: 50\r\n\r\nx"),
        request("GET /", "Content-Length: 50\r\n\r\nx")}) {
    CAPTURE(begun);
    test::Client client(port);
    const auto since = host::clock::now();
    CHECK(client.ask(addressed(begun, port)).status == 408);
    const auto took = host::clock::now() - since;
    CHECK(client.is_closed());
    CHECK(took <= 1s + 50ms);
    // As if that had been the only one of its kind.
    for (int i = 0; i < 5; ++i) {
      CHECK(device.phone().get("/api/status").status == 200);
    }
  }
}

TEST_CASE("a client that is always slow gets less time, and one at another address all of it") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const std::uint16_t port = device.phone().port();
  const HttpClient phone(port, 30);
  // Each request but the last ends in time, so that there is none to blame.
  for (int i = 0; i < 4; ++i) {
    Attacker slow({.port = port, .from = "127.0.0.1"});
    slow.send("GET /api/sta");
    slow.stays_open_for(900ms, {});
    slow.send("tus HTTP/1.1\r\n\r\n");
    CHECK(phone.get("/api/status").status == 200);
  }
  Attacker slow({.port = port, .from = "127.0.0.1"});
  slow.send("GET /api/sta");
  CHECK_FALSE(slow.stays_open_for(700ms, {}));
  Attacker other({.port = port, .from = "127.0.0.2"});
  other.send("GET /api/sta");
  CHECK(other.stays_open_for(300ms, {}));
  // What is whole needs no wait.
  CHECK(phone.get("/api/status").status == 200);
}

TEST_CASE("a body in several pieces is taken as long as the pieces come in time") {
  Device device;
  REQUIRE(device.start());
  device.scan_list();
  const std::uint16_t port = device.phone().port();
  test::Client client(port);
  const std::string body = R"({"ssid":"never saved","saved":true})";
  REQUIRE(client.send(
      addressed(request("POST /api/connect", "Content-Type: application/json\r\nContent-Length: " +
                                                 std::to_string(body.size()) + "\r\n\r\n"),
                port)));
  for (const char c : body) {
    REQUIRE(client.send({&c, 1}));
  }
  CHECK(client.read_answer().status == 404);
  // The connection is kept, and the next request has a time of its own.
  CHECK(client.ask(addressed(request("GET /api/status"), port)).status == 200);
}
