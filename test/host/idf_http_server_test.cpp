#include "idf_support.hpp"

#include <netinet/in.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "esp_event.h"
#include "esp_http_server.h"
#include "esp_log.h"
#include "host/network.hpp"
#include "idf_http_client.hpp"

using namespace test;

namespace {

constexpr std::uint16_t kDevicePort = 80;

httpd_method_t any_method() {
  const int number = HTTP_ANY;
  httpd_method_t method;
  std::memcpy(&method, &number, sizeof(method));
  return method;
}

esp_err_t say_ok(httpd_req_t *r) {
  return httpd_resp_sendstr(r, "ok");
}

esp_err_t say_uri(httpd_req_t *r) {
  return httpd_resp_sendstr(r, r->uri);
}

// The server for one test, on a free port, with quiet logs and an event loop as on a device.
class Server {
public:
  explicit Server(httpd_config_t settings = HTTPD_DEFAULT_CONFIG()) : config(settings) {
    esp_log_level_set("*", ESP_LOG_NONE);
    REQUIRE(esp_event_loop_create_default() == ESP_OK);
    host::network::map_port(kDevicePort, 0);
    config.server_port = kDevicePort;
    REQUIRE(httpd_start(&handle, &config) == ESP_OK);
  }

  ~Server() {
    if (handle != nullptr) {
      CHECK(httpd_stop(handle) == ESP_OK);
    }
    CHECK(esp_event_loop_delete_default() == ESP_OK);
    CHECK(all_tasks_ended());
    host::network::clear_port_map();
    esp_log_level_set("*", ESP_LOG_INFO);
  }
  Server(const Server &) = delete;
  Server &operator=(const Server &) = delete;

  void on(const char *uri, httpd_method_t method, esp_err_t (*handler)(httpd_req_t *),
          void *ctx = nullptr) {
    const httpd_uri_t entry{.uri = uri, .method = method, .handler = handler, .user_ctx = ctx};
    REQUIRE(httpd_register_uri_handler(handle, &entry) == ESP_OK);
  }

  std::uint16_t port() const { return host::network::bound_port(kDevicePort); }
  Client client() const { return Client(port()); }
  Answer get(const std::string &uri) const {
    return client().ask("GET " + uri + " HTTP/1.1\r\nHost: device\r\n\r\n");
  }

  httpd_config_t config;
  httpd_handle_t handle = nullptr;
};

std::string get(const std::string &uri, const std::string &headers = "Host: device\r\n") {
  return "GET " + uri + " HTTP/1.1\r\n" + headers + "\r\n";
}

std::string post(const std::string &body) {
  return "POST / HTTP/1.1\r\nHost: device\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

esp_err_t echo_body(httpd_req_t *r) {
  std::string body(r->content_len, '\0');
  std::size_t at = 0;
  while (at < body.size()) {
    const int got = httpd_req_recv(r, body.data() + at, body.size() - at);
    if (got <= 0) {
      return ESP_FAIL;
    }
    at += static_cast<std::size_t>(got);
  }
  return httpd_resp_send(r, body.data(), static_cast<ssize_t>(body.size()));
}

httpd_config_t fast_timeouts() {
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.recv_wait_timeout = 1;
  config.send_wait_timeout = 1;
  return config;
}

} // namespace

TEST_SUITE("esp_http_server: requests") {
  TEST_CASE("an answer has status, type, length and body, and the connection stays open") {
    Server server;
    server.on("/", HTTP_GET, say_ok);
    Client client = server.client();
    for (int i = 0; i < 3; ++i) {
      const Answer answer = client.ask(get("/"));
      CHECK(answer.status == 200);
      CHECK(answer.reason == "OK");
      CHECK(answer.headers.at("content-type") == "text/html");
      CHECK(answer.headers.at("content-length") == "2");
      CHECK(answer.headers.size() == 2);
      CHECK(answer.body == "ok");
    }
  }

  TEST_CASE("a request may arrive a byte at a time") {
    Server server;
    server.on("/", HTTP_POST, echo_body);
    Client client = server.client();
    const std::string request = post("slowly");
    for (const char byte : request) {
      REQUIRE(client.send({&byte, 1}));
    }
    CHECK(client.read_answer().body == "slowly");
  }

  TEST_CASE(
      "an unknown URI is 404, a known one with another method 405, and both close the connection") {
    Server server;
    server.on("/here", HTTP_GET, say_ok);
    Client client = server.client();
    Answer answer = client.ask(get("/there"));
    CHECK(answer.status == 404);
    CHECK(answer.reason == "Not Found");
    CHECK(answer.body == "Nothing matches the given URI");
    CHECK(client.is_closed());
    Client other = server.client();
    answer = other.ask("PUT /here HTTP/1.1\r\nHost: d\r\n\r\n");
    CHECK(answer.status == 405);
    CHECK(answer.reason == "Method Not Allowed");
    CHECK(answer.body == "Specified method is invalid for this resource");
    CHECK(other.is_closed());
  }

  TEST_CASE("what is no HTTP is 400, another version 505") {
    Server server;
    server.on("/", HTTP_GET, say_ok);
    Client client = server.client();
    Answer answer = client.ask("NONSENSE\r\n\r\n");
    CHECK(answer.status == 400);
    CHECK(answer.body == "Bad request syntax");
    CHECK(client.is_closed());
    answer = server.client().ask("BREW / HTTP/1.1\r\nHost: d\r\n\r\n");
    CHECK(answer.status == 400);
    answer = server.client().ask("GET / HTTP/2.0\r\nHost: d\r\n\r\n");
    CHECK(answer.status == 505);
    CHECK(answer.reason == "Version Not Supported");
    CHECK(answer.body == "HTTP version not supported by server");
    answer = server.client().ask("GET / HTTP/1.0\r\nHost: d\r\n\r\n");
    CHECK(answer.status == 200);
    answer = server.client().ask("GET / HTTP/1.1\r\nBad header\r\n\r\n");
    CHECK(answer.status == 400);
  }

  TEST_CASE("an upgrade is refused with 400, as WebSockets are off") {
    Server server;
    server.on("/", HTTP_GET, say_ok);
    const Answer answer =
        server.client().ask(get("/", "Host: d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"));
    CHECK(answer.status == 400);
  }

  TEST_CASE("the request line has max_uri_len bytes before the first header") {
    Server server;
    httpd_register_err_handler(server.handle, HTTPD_404_NOT_FOUND,
                               [](httpd_req_t *r, httpd_err_code_t) { return say_uri(r); });
    // "GET " and " HTTP/1.1\r\n" take 15 bytes, and the first header's first byte must still be
    // seen.
    const std::string fits(512 - 15 - 1, 'u');
    CHECK(server.get("/" + fits.substr(1)).body == "/" + fits.substr(1));
    for (const std::size_t length :
         {std::size_t{497}, std::size_t{512}, std::size_t{513}, std::size_t{2000}}) {
      CAPTURE(length);
      Client client = server.client();
      const Answer answer = client.ask(get("/" + std::string(length - 1, 'u')));
      CHECK(answer.status == 414);
      CHECK(answer.reason == "URI Too Long");
      CHECK(answer.body == "URI is too long");
      CHECK(client.is_closed());
    }
  }

  TEST_CASE("the headers have max_req_hdr_len bytes, more are 431") {
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      return httpd_resp_sendstr(r, std::to_string(httpd_req_get_hdr_value_len(r, "X")).c_str());
    });
    // "X: ", the value and two line ends.
    const std::size_t most = std::size_t{CONFIG_HTTPD_MAX_REQ_HDR_LEN} - 3 - 4;
    Answer answer = server.client().ask(get("/", "X: " + std::string(most, 'x') + "\r\n"));
    CHECK(answer.status == 200);
    CHECK(answer.body == std::to_string(most));
    for (const std::size_t length : {most + 1, most + 4, most + 5, most + 4000}) {
      CAPTURE(length);
      Client client = server.client();
      answer = client.ask(get("/", "X: " + std::string(length, 'x') + "\r\n"));
      CHECK(answer.status == 431);
      CHECK(answer.reason == "Request Header Fields Too Large");
      CHECK(answer.body == "Header fields are too long");
      CHECK(client.is_closed());
    }
  }

  TEST_CASE(
      "a body that begins where the header limit ends is 500, as its first bytes have no room") {
    Server server;
    server.on("/", HTTP_POST, echo_body);
    const std::string fixed = "Content-Length: 2\r\n";
    const std::size_t filler = std::size_t{CONFIG_HTTPD_MAX_REQ_HDR_LEN} - fixed.size() - 3 - 4;
    const Answer answer = server.client().ask("POST / HTTP/1.1\r\n" + fixed +
                                              "X: " + std::string(filler, 'x') + "\r\n\r\nab");
    CHECK(answer.status == 500);
    CHECK(answer.body == "Server has encountered an unexpected error");
  }

  TEST_CASE("headers are found whatever their case, empty and missing ones too") {
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      char value[16];
      std::string text;
      for (const char *field : {"one", "TWO", "Empty", "None", "Last", "on"}) {
        const esp_err_t error = httpd_req_get_hdr_value_str(r, field, value, sizeof(value));
        text += std::string(field) + ":" + std::to_string(httpd_req_get_hdr_value_len(r, field)) +
                ":" + (error == ESP_OK ? value : esp_err_to_name(error)) + "|";
      }
      char small[4];
      text += esp_err_to_name(httpd_req_get_hdr_value_str(r, "two", small, sizeof(small)));
      text += std::string("|") + small + "|";
      text += esp_err_to_name(httpd_req_get_hdr_value_str(r, "one", small, 3));
      text += std::string("|") + small;
      return httpd_resp_send(r, text.data(), static_cast<ssize_t>(text.size()));
    });
    const Answer answer = server.client().ask(
        get("/", "One: 111\r\ntwo:   2 2 2\r\nEmpty:\r\nAlso-Empty: \r\nLast: x:y\r\n"));
    CHECK(answer.body == "one:3:111|TWO:5:2 2 2|Empty:0:|None:0:ESP_ERR_NOT_FOUND|Last:3:x:y|"
                         "on:0:ESP_ERR_NOT_FOUND|ESP_ERR_HTTPD_RESULT_TRUNC|2 2|ESP_OK|11");
  }

  TEST_CASE("headers can't be read any more once an answer has begun") {
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      httpd_resp_sendstr_chunk(r, std::to_string(httpd_req_get_hdr_value_len(r, "Host")).c_str());
      httpd_resp_sendstr_chunk(r, std::to_string(httpd_req_get_hdr_value_len(r, "Host")).c_str());
      return httpd_resp_sendstr_chunk(r, nullptr);
    });
    CHECK(server.get("/").body == "60");
  }

  TEST_CASE("query and cookies are taken apart") {
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      char query[32];
      char value[8];
      std::string text = std::to_string(httpd_req_get_url_query_len(r)) + "|";
      text += esp_err_to_name(httpd_req_get_url_query_str(r, query, sizeof(query)));
      text += std::string("|") + query + "|";
      text += esp_err_to_name(httpd_query_key_value(query, "B", value, sizeof(value)));
      text += std::string("|") + value + "|";
      text += esp_err_to_name(httpd_query_key_value(query, "c", value, sizeof(value)));
      text += std::string("|");
      text += esp_err_to_name(httpd_query_key_value(query, "a", value, 2));
      text += std::string("|");
      text += esp_err_to_name(httpd_req_get_url_query_str(r, query, 4));
      std::size_t size = sizeof(value);
      text += std::string("|");
      text += esp_err_to_name(httpd_req_get_cookie_val(r, "second", value, &size));
      text += std::string("|") + value + "|" + std::to_string(size);
      return httpd_resp_send(r, text.data(), static_cast<ssize_t>(text.size()));
    });
    const Answer answer = server.client().ask(
        get("/?a=11&b=2", "Host: d\r\nCookie: first=1; second=two; third=3\r\n"));
    CHECK(answer.body == "8|ESP_OK|a=11&b=2|ESP_OK|2|ESP_ERR_NOT_FOUND|ESP_ERR_HTTPD_RESULT_TRUNC|"
                         "ESP_ERR_HTTPD_RESULT_TRUNC|ESP_OK|two|4");
    CHECK(server.get("/").body.starts_with("0|ESP_ERR_NOT_FOUND|"));
  }

  TEST_CASE("a body is read by the handler, in pieces of any size") {
    Server server;
    server.on("/", HTTP_POST, echo_body);
    Client client = server.client();
    for (const std::size_t size : {std::size_t{1}, std::size_t{127}, std::size_t{128},
                                   std::size_t{129}, std::size_t{10000}}) {
      CAPTURE(size);
      std::string body(size, 'b');
      body.back() = 'e';
      const Answer answer = client.ask(post(body));
      CHECK(answer.status == 200);
      CHECK(answer.body == body);
    }
  }

  TEST_CASE("a body that the handler leaves is not taken for the next request") {
    Server server;
    server.on("/", HTTP_POST, say_ok);
    server.on("/", HTTP_GET, say_ok);
    Client client = server.client();
    CHECK(client.ask(post(get("/") + std::string(3000, 'x'))).body == "ok");
    CHECK(client.ask(get("/")).body == "ok");
    CHECK(client.is_silent_for(20ms));
  }

  TEST_CASE("without a Content-Length there is no body; a chunked one is taken for a bad request") {
    Server server;
    server.on("/", HTTP_POST, echo_body);
    Client client = server.client();
    Answer answer = client.ask("POST / HTTP/1.1\r\nHost: d\r\n\r\n");
    CHECK(answer.status == 200);
    CHECK(answer.body.empty());
    answer =
        client.ask("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    CHECK(answer.status == 200);
    CHECK(answer.body.empty());
    // The rest waits until something arrives on any connection.
    client.send("x");
    CHECK(client.read_answer().status == 400);
    CHECK(client.is_closed());
  }

  TEST_CASE("a length has 32 bits, as on a chip") {
    Server server;
    server.on("/", HTTP_POST, [](httpd_req_t *r) {
      httpd_resp_sendstr(r, std::to_string(r->content_len).c_str());
      return ESP_FAIL;
    });
    const auto length_of = [&](const std::string &text) {
      return server.client().ask("POST / HTTP/1.1\r\nContent-Length: " + text + "\r\n\r\nb").body;
    };
    CHECK(length_of("1") == "1");
    CHECK(length_of("4294967297") == "1");
    CHECK(length_of("4294967295") == "0");
  }

  TEST_CASE("a handler begins when the body does: Expect: 100-continue gets no answer of its own") {
    Server server;
    server.on("/", HTTP_POST, echo_body);
    Client client = server.client();
    client.send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(client.is_silent_for(50ms));
    client.send("ab");
    CHECK(client.read_answer().body == "ab");
  }

  TEST_CASE("HEAD is answered with a body, and only where it is registered") {
    Server server;
    server.on("/", HTTP_GET, say_ok);
    CHECK(server.client().ask("HEAD / HTTP/1.1\r\nHost: d\r\n\r\n").status == 405);
    server.on("/", HTTP_HEAD, say_ok);
    CHECK(server.client().ask("HEAD / HTTP/1.1\r\nHost: d\r\n\r\n").body == "ok");
  }

  TEST_CASE("Connection: close does not close, the client has to") {
    Server server;
    server.on("/", HTTP_GET, say_ok);
    Client client = server.client();
    CHECK(client.ask(get("/", "Connection: close\r\n")).headers.count("connection") == 0);
    CHECK(client.ask(get("/")).body == "ok");
    client.stop_sending();
    CHECK(client.is_closed());
  }

  TEST_CASE("pipelined requests are answered one by one, the last when something else arrives") {
    Server server;
    httpd_register_err_handler(server.handle, HTTPD_404_NOT_FOUND,
                               [](httpd_req_t *r, httpd_err_code_t) { return say_uri(r); });
    Client client = server.client();
    client.send(get("/1") + get("/2"));
    CHECK(client.read_answer().body == "/1");
    // Read already, so the server's wait for the sockets does not notice it.
    CHECK(client.is_silent_for(50ms));
    Client other = server.client();
    CHECK(client.read_answer().body == "/2");
  }

  TEST_CASE("a request without any header is answered, and its line again as a bad one") {
    Server server;
    server.on("/", HTTP_GET, say_ok);
    Client client = server.client();
    CHECK(client.ask("GET / HTTP/1.0\r\n\r\n").body == "ok");
    CHECK(client.is_silent_for(50ms));
    client.send("G");
    CHECK(client.read_answer().status == 400);
    CHECK(client.is_closed());
  }
}

TEST_SUITE("esp_http_server: answers") {
  TEST_CASE("status, type and headers are the application's") {
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      CHECK(httpd_resp_set_status(r, "202 Accepted") == ESP_OK);
      CHECK(httpd_resp_set_type(r, HTTPD_TYPE_JSON) == ESP_OK);
      CHECK(httpd_resp_set_hdr(r, "X-One", "1") == ESP_OK);
      return httpd_resp_send(r, nullptr, 0);
    });
    const Answer answer = server.get("/");
    CHECK(answer.status == 202);
    CHECK(answer.reason == "Accepted");
    CHECK(answer.headers.at("content-type") == "application/json");
    CHECK(answer.headers.at("x-one") == "1");
    CHECK(answer.headers.at("content-length") == "0");
  }

  TEST_CASE("strings of the answer are kept as pointers until it is sent") {
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      char value[8] = "early";
      char type[8] = "a/b";
      httpd_resp_set_hdr(r, "X-Value", value);
      httpd_resp_set_type(r, type);
      std::strcpy(value, "late");
      std::strcpy(type, "c/d");
      return httpd_resp_sendstr(r, "");
    });
    const Answer answer = server.get("/");
    CHECK(answer.headers.at("x-value") == "late");
    CHECK(answer.headers.at("content-type") == "c/d");
  }

  TEST_CASE("there is room for max_resp_headers headers, and none for line breaks") {
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.max_resp_headers = 2;
    Server server(config);
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      CHECK(httpd_resp_set_hdr(r, "A", "1\r\nB: 2") == ESP_ERR_INVALID_ARG);
      CHECK(httpd_resp_set_hdr(r, "A\n", "1") == ESP_ERR_INVALID_ARG);
      CHECK(httpd_resp_set_status(r, "200 OK\r") == ESP_ERR_INVALID_ARG);
      CHECK(httpd_resp_set_type(r, "a\nb") == ESP_ERR_INVALID_ARG);
      CHECK(httpd_resp_set_hdr(r, nullptr, "1") == ESP_ERR_INVALID_ARG);
      CHECK(httpd_resp_set_hdr(r, "A", "1") == ESP_OK);
      CHECK(httpd_resp_set_hdr(r, "B", "2") == ESP_OK);
      CHECK(httpd_resp_set_hdr(r, "C", "3") == ESP_ERR_HTTPD_RESP_HDR);
      return httpd_resp_sendstr(r, "");
    });
    const Answer answer = server.get("/");
    CHECK(answer.status == 200);
    CHECK(answer.headers.size() == 4);
  }

  TEST_CASE("a head longer than max_req_hdr_len is not sent") {
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      const std::string type(CONFIG_HTTPD_MAX_REQ_HDR_LEN, 't');
      httpd_resp_set_type(r, type.c_str());
      CHECK(httpd_resp_sendstr(r, "x") == ESP_ERR_HTTPD_RESP_HDR);
      CHECK(httpd_resp_sendstr_chunk(r, "x") == ESP_ERR_HTTPD_RESP_HDR);
      httpd_resp_set_type(r, "a/b");
      return httpd_resp_sendstr(r, "sent");
    });
    CHECK(server.get("/").body == "sent");
  }

  TEST_CASE("a chunked answer ends with an empty chunk") {
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      httpd_resp_set_hdr(r, "X-One", "1");
      httpd_resp_sendstr_chunk(r, "first ");
      const std::string longer(5000, 'l');
      httpd_resp_send_chunk(r, longer.data(), static_cast<ssize_t>(longer.size()));
      return httpd_resp_send_chunk(r, nullptr, 0);
    });
    Client client = server.client();
    for (int i = 0; i < 2; ++i) {
      const Answer answer = client.ask(get("/"));
      CHECK(answer.status == 200);
      CHECK(answer.headers.at("transfer-encoding") == "chunked");
      CHECK(answer.headers.at("x-one") == "1");
      CHECK(answer.body == "first " + std::string(5000, 'l'));
    }
  }

  TEST_CASE("every error has its page") {
    struct Page {
      httpd_err_code_t code;
      int status;
      const char *reason;
      const char *text;
    };
    static constexpr Page pages[] = {
        {HTTPD_500_INTERNAL_SERVER_ERROR, 500, "Internal Server Error",
         "Server has encountered an unexpected error"},
        {HTTPD_501_METHOD_NOT_IMPLEMENTED, 501, "Method Not Implemented",
         "Server does not support this method"},
        {HTTPD_505_VERSION_NOT_SUPPORTED, 505, "Version Not Supported",
         "HTTP version not supported by server"},
        {HTTPD_400_BAD_REQUEST, 400, "Bad Request", "Bad request syntax"},
        {HTTPD_401_UNAUTHORIZED, 401, "Unauthorized", "No permission -- see authorization schemes"},
        {HTTPD_403_FORBIDDEN, 403, "Forbidden", "Request forbidden -- authorization will not help"},
        {HTTPD_404_NOT_FOUND, 404, "Not Found", "Nothing matches the given URI"},
        {HTTPD_405_METHOD_NOT_ALLOWED, 405, "Method Not Allowed",
         "Specified method is invalid for this resource"},
        {HTTPD_408_REQ_TIMEOUT, 408, "Request Timeout", "Server closed this connection"},
        {HTTPD_411_LENGTH_REQUIRED, 411, "Length Required", "Client must specify Content-Length"},
        {HTTPD_413_CONTENT_TOO_LARGE, 413, "Content Too Large", "Content is too large"},
        {HTTPD_414_URI_TOO_LONG, 414, "URI Too Long", "URI is too long"},
        {HTTPD_431_REQ_HDR_FIELDS_TOO_LARGE, 431, "Request Header Fields Too Large",
         "Header fields are too long"},
    };
    Server server;
    const Page *current = nullptr;
    server.on(
        "/", HTTP_GET,
        [](httpd_req_t *r) {
          const Page *page = *static_cast<const Page **>(r->user_ctx);
          return httpd_resp_send_err(r, page->code, nullptr);
        },
        &current);
    Client client = server.client();
    for (const Page &page : pages) {
      current = &page;
      const Answer answer = client.ask(get("/"));
      CHECK(answer.status == page.status);
      CHECK(answer.reason == page.reason);
      CHECK(answer.body == page.text);
      CHECK(answer.headers.at("content-type") == "text/html");
    }
  }

  TEST_CASE("an error's text and status can be the application's") {
    Server server;
    server.on("/err", HTTP_GET,
              [](httpd_req_t *r) { return httpd_resp_send_err(r, HTTPD_400_BAD_REQUEST, "mine"); });
    server.on("/custom", HTTP_GET, [](httpd_req_t *r) {
      return httpd_resp_send_custom_err(r, "418 I'm a teapot", "short");
    });
    CHECK(server.get("/err").body == "mine");
    const Answer answer = server.get("/custom");
    CHECK(answer.status == 418);
    CHECK(answer.body == "short");
  }

  TEST_CASE("httpd_send and httpd_socket_send write raw bytes") {
    Server server;
    struct State {
      httpd_handle_t handle;
    } state{server.handle};
    server.on(
        "/", HTTP_GET,
        [](httpd_req_t *r) {
          const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
          CHECK(httpd_send(r, head.data(), head.size()) == static_cast<int>(head.size()));
          auto *const s = static_cast<State *>(r->user_ctx);
          CHECK(httpd_socket_send(s->handle, httpd_req_to_sockfd(r), "body", 4, 0) == 4);
          CHECK(httpd_socket_send(s->handle, 9999, "body", 4, 0) == HTTPD_SOCK_ERR_INVALID);
          CHECK(httpd_send(r, nullptr, 0) == HTTPD_SOCK_ERR_INVALID);
          return ESP_OK;
        },
        &state);
    CHECK(server.get("/").body == "body");
  }

  TEST_CASE("a handler that fails closes the connection after what it sent") {
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      httpd_resp_sendstr(r, "bye");
      return ESP_FAIL;
    });
    Client client = server.client();
    CHECK(client.ask(get("/")).body == "bye");
    CHECK(client.is_closed());
  }
}

TEST_SUITE("esp_http_server: handlers") {
  TEST_CASE("registering: room, duplicates, unknown ones, wrong arguments") {
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.max_uri_handlers = 2;
    Server server(config);
    server.on("/a", HTTP_GET, say_ok);
    httpd_uri_t entry{.uri = "/a", .method = HTTP_GET, .handler = say_uri, .user_ctx = nullptr};
    CHECK(httpd_register_uri_handler(server.handle, &entry) == ESP_ERR_HTTPD_HANDLER_EXISTS);
    entry.method = HTTP_POST;
    CHECK(httpd_register_uri_handler(server.handle, &entry) == ESP_OK);
    entry.method = HTTP_PUT;
    CHECK(httpd_register_uri_handler(server.handle, &entry) == ESP_ERR_HTTPD_HANDLERS_FULL);
    CHECK(httpd_unregister_uri_handler(server.handle, "/a", HTTP_PUT) == ESP_ERR_NOT_FOUND);
    CHECK(httpd_unregister_uri_handler(server.handle, "/a", HTTP_POST) == ESP_OK);
    CHECK(httpd_register_uri_handler(server.handle, &entry) == ESP_OK);
    CHECK(httpd_unregister_uri(server.handle, "/a") == ESP_OK);
    CHECK(httpd_unregister_uri(server.handle, "/a") == ESP_ERR_NOT_FOUND);
    CHECK(server.get("/a").status == 404);
    CHECK(httpd_register_uri_handler(nullptr, &entry) == ESP_ERR_INVALID_ARG);
    CHECK(httpd_register_uri_handler(server.handle, nullptr) == ESP_ERR_INVALID_ARG);
    CHECK(httpd_register_err_handler(server.handle, HTTPD_ERR_CODE_MAX, nullptr) ==
          ESP_ERR_INVALID_ARG);
  }

  TEST_CASE("HTTP_ANY serves every method, and the first registered handler that matches wins") {
    Server server;
    const auto say_method = [](httpd_req_t *r) {
      return httpd_resp_sendstr(r, http_method_str(static_cast<http_method>(r->method)));
    };
    server.on("/", HTTP_GET, say_ok);
    server.on("/", any_method(), say_method);
    CHECK(server.get("/").body == "ok");
    for (const char *method : {"PUT", "DELETE", "OPTIONS", "PATCH"}) {
      CHECK(server.client().ask(std::string(method) + " / HTTP/1.1\r\nHost: d\r\n\r\n").body ==
            method);
    }
  }

  TEST_CASE("the path alone is matched, not the query") {
    Server server;
    server.on("/a", HTTP_GET, say_uri);
    CHECK(server.get("/a?x=1").body == "/a?x=1");
    CHECK(server.get("/a/").status == 404);
    CHECK(server.get("http://other/a").body == "http://other/a");
  }

  TEST_CASE("wildcards match as ESP-IDF's matcher does") {
    const auto match = [](const char *pattern, const std::string &uri) {
      return httpd_uri_match_wildcard(pattern, uri.c_str(), uri.size());
    };
    CHECK(match("/a", "/a"));
    CHECK_FALSE(match("/a", "/ab"));
    CHECK(match("*", ""));
    CHECK(match("/*", "/anything/at/all"));
    CHECK_FALSE(match("/*", ""));
    CHECK(match("/path/?", "/path"));
    CHECK(match("/path/?", "/path/"));
    CHECK_FALSE(match("/path/?", "/path/x"));
    CHECK_FALSE(match("/path/?", "/pathx"));
    CHECK(match("/path/?*", "/path"));
    CHECK(match("/path/?*", "/path/x"));
    CHECK_FALSE(match("/path/?*", "/pathx"));
    CHECK(match("/path/*?", "/path/x"));
    CHECK(match("", ""));
    CHECK_FALSE(match("?", ""));
    CHECK_FALSE(match("?*", "x"));
    CHECK_FALSE(match("*?", "x"));
    CHECK(match("a?", ""));
    // The length counts, not the end of the string.
    CHECK(httpd_uri_match_wildcard("/a", "/a?query", 2));
  }

  TEST_CASE(
      "with the wildcard matcher a catch-all comes last, and covers what is registered later") {
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.uri_match_fn = httpd_uri_match_wildcard;
    Server server(config);
    server.on("/api/*", HTTP_GET, say_ok);
    server.on("/*", HTTP_GET, say_uri);
    CHECK(server.get("/api/x").body == "ok");
    CHECK(server.get("/else").body == "/else");
    const httpd_uri_t late{
        .uri = "/late", .method = HTTP_GET, .handler = say_ok, .user_ctx = nullptr};
    CHECK(httpd_register_uri_handler(server.handle, &late) == ESP_ERR_HTTPD_HANDLER_EXISTS);
  }

  TEST_CASE("an error handler that returns ESP_OK keeps the connection, except for 500") {
    Server server;
    server.on("/", HTTP_GET, say_ok);
    const auto mine = [](httpd_req_t *r, httpd_err_code_t error) {
      httpd_resp_set_status(r, "299 Mine");
      httpd_resp_sendstr(r, std::to_string(error).c_str());
      return ESP_OK;
    };
    httpd_register_err_handler(server.handle, HTTPD_404_NOT_FOUND, mine);
    Client client = server.client();
    const Answer answer = client.ask(get("/missing"));
    CHECK(answer.status == 299);
    CHECK(answer.body == std::to_string(HTTPD_404_NOT_FOUND));
    CHECK(client.ask(get("/")).body == "ok");
    httpd_register_err_handler(server.handle, HTTPD_404_NOT_FOUND, nullptr);
    CHECK(client.ask(get("/missing")).status == 404);
  }

  TEST_CASE("a handler that blocks stalls the server") {
    Server server;
    struct Gate {
      Latch entered;
      Latch release;
    } gate;
    server.on(
        "/slow", HTTP_GET,
        [](httpd_req_t *r) {
          auto *const g = static_cast<Gate *>(r->user_ctx);
          g->entered.open();
          g->release.wait();
          return say_ok(r);
        },
        &gate);
    server.on("/", HTTP_GET, say_ok);
    Client slow = server.client();
    slow.send(get("/slow"));
    gate.entered.wait();
    Client quick = server.client();
    quick.send(get("/"));
    CHECK(quick.is_silent_for(50ms));
    gate.release.open();
    CHECK(slow.read_answer().body == "ok");
    CHECK(quick.read_answer().body == "ok");
  }
}

TEST_SUITE("esp_http_server: time-outs") {
  TEST_CASE("a request that does not go on is 408 after recv_wait_timeout") {
    const Speed fast(20);
    Server server(fast_timeouts());
    server.on("/", HTTP_POST, say_ok);
    for (const char *beginning :
         {"G", "POST / HTTP/1.1\r\nHost:", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n"}) {
      CAPTURE(beginning);
      Client client = server.client();
      const auto start = host::clock::now();
      const Answer answer = client.ask(beginning);
      CHECK(answer.status == 408);
      CHECK(answer.body == "Server closed this connection");
      CHECK(host::clock::now() - start >= 990ms);
      CHECK(client.is_closed());
    }
  }

  TEST_CASE("a 408 handler may let the client go on") {
    const Speed fast(20);
    Server server(fast_timeouts());
    static std::atomic<int> timeouts;
    timeouts = 0;
    httpd_register_err_handler(
        server.handle, HTTPD_408_REQ_TIMEOUT,
        [](httpd_req_t *, httpd_err_code_t) { return ++timeouts < 3 ? ESP_OK : ESP_FAIL; });
    Client client = server.client();
    client.send("G");
    CHECK(client.is_closed());
    CHECK(timeouts == 3);
  }

  TEST_CASE("an idle connection is kept") {
    const Speed fast(50);
    Server server(fast_timeouts());
    server.on("/", HTTP_GET, say_ok);
    Client client = server.client();
    CHECK(client.ask(get("/")).body == "ok");
    host::clock::sleep_for(3s);
    CHECK(client.ask(get("/")).body == "ok");
  }

  TEST_CASE("the handler sees a missing rest of the body as a time-out") {
    const Speed fast(20);
    Server server(fast_timeouts());
    static std::atomic<int> result;
    server.on("/", HTTP_POST, [](httpd_req_t *r) {
      char data[10];
      CHECK(httpd_req_recv(r, data, sizeof(data)) == 2);
      result = httpd_req_recv(r, data, sizeof(data));
      return httpd_resp_send_408(r);
    });
    Client client = server.client();
    CHECK(client.ask("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab").status == 408);
    CHECK(result == HTTPD_SOCK_ERR_TIMEOUT);
    CHECK(client.is_closed());
  }

  TEST_CASE("a client that does not read makes sending fail after send_wait_timeout") {
    const Speed fast(20);
    Server server(fast_timeouts());
    static std::atomic<esp_err_t> result;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      const std::string block(100000, 'x');
      esp_err_t error = ESP_OK;
      while (error == ESP_OK) {
        error = httpd_resp_send_chunk(r, block.data(), static_cast<ssize_t>(block.size()));
      }
      result = error;
      return error;
    });
    Client client = server.client();
    client.send(get("/"));
    Client second = server.client();
    second.send(get("/none"));
    CHECK(second.read_answer().status == 404);
    CHECK(result == ESP_ERR_HTTPD_RESP_SEND);
  }

  TEST_CASE("a write that does not fit the send buffer is taken in part, and then not at all") {
    struct Default {
      ~Default() { host::network::set_send_buffer(CONFIG_LWIP_TCP_SND_BUF_DEFAULT); }
    } const restored;
    static std::atomic<std::size_t> taken;
    std::size_t taken_by_large = 0;
    for (const int buffer : {1'000'000, CONFIG_LWIP_TCP_SND_BUF_DEFAULT, 1}) {
      CAPTURE(buffer);
      host::network::set_send_buffer(buffer);
      Server server;
      server.on("/", HTTP_GET, [](httpd_req_t *r) {
        const std::string block(400'000, 'x');
        const int fd = httpd_req_to_sockfd(r);
        taken = 0;
        ssize_t count = 0;
        while ((count = ::send(fd, block.data(), block.size(), MSG_DONTWAIT)) > 0) {
          taken += static_cast<std::size_t>(count);
          if (taken > 10 * block.size()) {
            break;
          }
        }
        return ESP_FAIL;
      });
      Client client = server.client();
      client.send(get("/"));
      Client second = server.client();
      second.send(get("/none"));
      CHECK(second.read_answer().status == 404);
      // The client's kernel takes some as well, however large the buffer is.
      if (buffer == 1'000'000) {
        taken_by_large = taken;
      } else {
        CHECK(taken + 500'000 < taken_by_large);
      }
      CHECK(taken > 0);
      MESSAGE("buffer of ", buffer, ": ", taken.load(), " bytes");
    }
  }
}

TEST_SUITE("esp_http_server: connections") {
  TEST_CASE("max_open_sockets connections are served, further ones wait for room") {
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.max_open_sockets = 2;
    Server server(config);
    server.on("/", HTTP_GET, say_ok);
    Client first = server.client();
    Client second = server.client();
    CHECK(first.ask(get("/")).body == "ok");
    CHECK(second.ask(get("/")).body == "ok");
    Client third = server.client();
    CHECK(third.error() == 0);
    third.send(get("/"));
    CHECK(third.is_silent_for(50ms));
    first.close();
    CHECK(third.read_answer().body == "ok");
  }

  TEST_CASE("with LRU purge the connection that was silent longest makes room") {
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.max_open_sockets = 3;
    config.lru_purge_enable = true;
    Server server(config);
    server.on("/", HTTP_GET, say_ok);
    std::vector<Client> clients;
    for (int i = 0; i < 3; ++i) {
      clients.push_back(server.client());
      CHECK(clients.back().ask(get("/")).body == "ok");
    }
    CHECK(clients[0].ask(get("/")).body == "ok");
    CHECK(server.client().ask(get("/")).body == "ok");
    CHECK(clients[1].is_closed());
    CHECK(clients[0].ask(get("/")).body == "ok");
    CHECK(clients[2].ask(get("/")).body == "ok");
  }

  TEST_CASE("more sockets than the chip has are refused") {
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.max_open_sockets = 8;
    httpd_handle_t handle = nullptr;
    esp_log_level_set("*", ESP_LOG_NONE);
    CHECK(httpd_start(&handle, &config) == ESP_ERR_INVALID_ARG);
    CHECK(httpd_start(nullptr, &config) == ESP_ERR_INVALID_ARG);
    CHECK(httpd_stop(nullptr) == ESP_ERR_INVALID_ARG);
    esp_log_level_set("*", ESP_LOG_INFO);
  }

  TEST_CASE("session contexts live as long as the connection and are freed once") {
    static std::atomic<int> freed;
    freed = 0;
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      if (r->sess_ctx == nullptr) {
        r->sess_ctx = new int(0);
        r->free_ctx = [](void *ctx) {
          delete static_cast<int *>(ctx);
          ++freed;
        };
      }
      const int count = ++*static_cast<int *>(r->sess_ctx);
      CHECK(httpd_sess_get_ctx(r->handle, httpd_req_to_sockfd(r)) == r->sess_ctx);
      return httpd_resp_sendstr(r, std::to_string(count).c_str());
    });
    server.on("/new", HTTP_GET, [](httpd_req_t *r) {
      httpd_sess_set_ctx(r->handle, httpd_req_to_sockfd(r), new int(100), [](void *ctx) {
        delete static_cast<int *>(ctx);
        freed += 10;
      });
      return say_ok(r);
    });
    {
      Client client = server.client();
      CHECK(client.ask(get("/")).body == "1");
      CHECK(client.ask(get("/")).body == "2");
      CHECK(freed == 0);
      CHECK(client.ask(get("/new")).body == "ok");
      CHECK(client.ask(get("/")).body == "101");
      CHECK(freed == 1);
    }
    Client second = server.client();
    CHECK(second.ask(get("/")).body == "1");
    // The server may see the first connection's end only after the second's request.
    wait_for_rest();
    CHECK(freed == 11);
    httpd_stop(server.handle);
    server.handle = nullptr;
    CHECK(freed == 12);
  }

  TEST_CASE("transport contexts and overrides belong to the connection") {
    static std::atomic<int> freed;
    static std::atomic<int> received;
    freed = 0;
    received = 0;
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.open_fn = [](httpd_handle_t handle, int fd) {
      httpd_sess_set_transport_ctx(handle, fd, &freed, [](void *) { ++freed; });
      httpd_sess_set_recv_override(
          handle, fd, [](httpd_handle_t, int sock, char *data, std::size_t size, int flags) {
            const ssize_t got = recv(sock, data, size, flags);
            received += static_cast<int>(got);
            return static_cast<int>(got);
          });
      httpd_sess_set_send_override(
          handle, fd, [](httpd_handle_t, int sock, const char *data, std::size_t size, int flags) {
            // A short write must be carried on.
            return static_cast<int>(
                send(sock, data, std::min<std::size_t>(size, 3), flags | MSG_NOSIGNAL));
          });
      return ESP_OK;
    };
    Server server(config);
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      CHECK(httpd_sess_get_transport_ctx(r->handle, httpd_req_to_sockfd(r)) == &freed);
      return httpd_resp_sendstr(r, "piece by piece");
    });
    {
      Client client = server.client();
      CHECK(client.ask(get("/")).body == "piece by piece");
      CHECK(received == static_cast<int>(get("/").size()));
    }
    httpd_stop(server.handle);
    server.handle = nullptr;
    CHECK(freed == 1);
    CHECK(received == static_cast<int>(get("/").size()));
  }

  TEST_CASE("an override's time-out is 408 in a head, its failure closes without a word") {
    static std::atomic<int> result;
    for (const int error : {HTTPD_SOCK_ERR_TIMEOUT, HTTPD_SOCK_ERR_FAIL}) {
      CAPTURE(error);
      result = error;
      httpd_config_t config = HTTPD_DEFAULT_CONFIG();
      config.open_fn = [](httpd_handle_t handle, int fd) {
        return httpd_sess_set_recv_override(
            handle, fd,
            [](httpd_handle_t, int, char *, std::size_t, int) { return result.load(); });
      };
      Server server(config);
      Client client = server.client();
      CHECK(client.ask(get("/")).status == (error == HTTPD_SOCK_ERR_TIMEOUT ? 408 : 0));
      CHECK(client.is_closed());
    }
  }

  TEST_CASE("a send override's failure fails the answer, and nothing more is sent") {
    static std::atomic<esp_err_t> result;
    static std::atomic<int> calls;
    calls = 0;
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.open_fn = [](httpd_handle_t handle, int fd) {
      return httpd_sess_set_send_override(handle, fd,
                                          [](httpd_handle_t, int, const char *, std::size_t, int) {
                                            ++calls;
                                            return HTTPD_SOCK_ERR_TIMEOUT;
                                          });
    };
    Server server(config);
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      result = httpd_resp_sendstr(r, "never seen");
      return result.load();
    });
    Client client = server.client();
    client.send(get("/"));
    CHECK(client.is_closed());
    CHECK(result == ESP_ERR_HTTPD_RESP_SEND);
    CHECK(calls == 1);
  }

  TEST_CASE("open_fn may refuse, close_fn closes") {
    static std::atomic<int> opened;
    static std::atomic<int> closed;
    opened = 0;
    closed = 0;
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.open_fn = [](httpd_handle_t, int) { return ++opened == 1 ? ESP_FAIL : ESP_OK; };
    config.close_fn = [](httpd_handle_t, int fd) {
      ++closed;
      close(fd);
    };
    Server server(config);
    server.on("/", HTTP_GET, say_ok);
    CHECK(server.client().is_closed());
    CHECK(closed == 1);
    CHECK(server.get("/").body == "ok");
    httpd_stop(server.handle);
    server.handle = nullptr;
    CHECK(opened == 2);
    CHECK(closed == 2);
  }

  TEST_CASE("a connection can be closed by number, once it has been served") {
    Server server;
    static std::atomic<int> fd;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      fd = httpd_req_to_sockfd(r);
      return say_ok(r);
    });
    Client client = server.client();
    CHECK(client.ask(get("/")).body == "ok");
    int fds[7];
    std::size_t count = 7;
    CHECK(httpd_get_client_list(server.handle, &count, fds) == ESP_OK);
    CHECK(count == 1);
    CHECK(fds[0] == fd);
    CHECK(httpd_sess_update_lru_counter(server.handle, fd) == ESP_OK);
    CHECK(httpd_sess_update_lru_counter(server.handle, 9999) == ESP_ERR_NOT_FOUND);
    CHECK(httpd_sess_trigger_close(server.handle, 9999) == ESP_ERR_NOT_FOUND);
    CHECK(httpd_sess_trigger_close(server.handle, fd) == ESP_OK);
    CHECK(client.is_closed());
    count = 0;
    CHECK(httpd_get_client_list(server.handle, &count, fds) == ESP_ERR_INVALID_ARG);
  }

  TEST_CASE("queued work runs on the server's task, six pieces at most wait") {
    Server server;
    struct State {
      Latch entered;
      Latch release;
      std::string task;
      std::atomic<int> done{0};
    } state;
    const auto hold = [](void *argument) {
      auto *const s = static_cast<State *>(argument);
      s->task = pcTaskGetName(nullptr);
      s->entered.open();
      s->release.wait();
      ++s->done;
    };
    const auto count = [](void *argument) { ++static_cast<State *>(argument)->done; };
    CHECK(httpd_queue_work(server.handle, hold, &state) == ESP_OK);
    state.entered.wait();
    CHECK(state.task == "httpd");
    for (int i = 0; i < 5; ++i) {
      CHECK(httpd_queue_work(server.handle, count, &state) == ESP_OK);
    }
    CHECK(httpd_queue_work(server.handle, count, &state) == ESP_FAIL);
    CHECK(httpd_queue_work(server.handle, nullptr, nullptr) == ESP_ERR_INVALID_ARG);
    state.release.open();
    httpd_stop(server.handle);
    server.handle = nullptr;
    CHECK(state.done == 6);
  }

  TEST_CASE("stopping closes all connections, frees the contexts and the port") {
    static std::atomic<int> freed;
    freed = 0;
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.global_user_ctx = &freed;
    config.global_user_ctx_free_fn = [](void *) { ++freed; };
    config.global_transport_ctx = std::malloc(1);
    Server server(config);
    CHECK(httpd_get_global_user_ctx(server.handle) == &freed);
    CHECK(httpd_get_global_transport_ctx(server.handle) == config.global_transport_ctx);
    server.on("/", HTTP_GET, say_ok);
    Client client = server.client();
    CHECK(client.ask(get("/")).body == "ok");
    const std::uint16_t port = server.port();
    host::network::map_port(kDevicePort, port);
    CHECK(httpd_stop(server.handle) == ESP_OK);
    CHECK(client.is_closed());
    CHECK(freed == 1);
    CHECK(Client(port).error() == ECONNREFUSED);
    // At once on the same port, as after stop() and start() on a device.
    config.global_user_ctx = nullptr;
    config.global_transport_ctx = nullptr;
    REQUIRE(httpd_start(&server.handle, &config) == ESP_OK);
    CHECK(server.port() == port);
    CHECK(server.get("/").status == 404);
  }

  TEST_CASE("two servers can't have the same control port, until the first has stopped") {
    Server server;
    host::network::map_port(81, 0);
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.server_port = 81;
    httpd_handle_t second = nullptr;
    CHECK(httpd_start(&second, &config) == ESP_FAIL);
    CHECK(second == nullptr);
    CHECK(host::network::bound_port(81) == 0);
    config.ctrl_port = ESP_HTTPD_DEF_CTRL_PORT + 1;
    CHECK(httpd_start(&second, &config) == ESP_OK);
    CHECK(httpd_stop(server.handle) == ESP_OK);
    config.server_port = kDevicePort;
    config.ctrl_port = ESP_HTTPD_DEF_CTRL_PORT;
    CHECK(httpd_start(&server.handle, &config) == ESP_OK);
    CHECK(httpd_stop(second) == ESP_OK);
  }

  TEST_CASE("stopping looks every 100 ms whether the server has stopped") {
    Server server;
    run_on_task("caller", [&] {
      const auto work = [](void *) { host::clock::sleep_for(120ms); };
      CHECK(httpd_queue_work(server.handle, work, nullptr) == ESP_OK);
      const auto begun = host::clock::now();
      CHECK(httpd_stop(server.handle) == ESP_OK);
      server.handle = nullptr;
      const auto took = host::clock::now() - begun;
      CHECK(took >= 200ms);
      CHECK(took < 210ms);
    });
  }

  TEST_CASE("stopping from a handler aborts with a message: on a chip it hangs") {
    CHECK(contains(words_of_abort([] {
                     esp_log_level_set("*", ESP_LOG_NONE);
                     host::network::map_port(kDevicePort, 0);
                     httpd_config_t config = HTTPD_DEFAULT_CONFIG();
                     httpd_handle_t handle = nullptr;
                     httpd_start(&handle, &config);
                     httpd_queue_work(handle, [](void *h) { httpd_stop(h); }, handle);
                     pause();
                   }),
                   "httpd_stop: called on the server's own task"));
  }

  TEST_CASE("the server tells the event loop what happens") {
    std::mutex mutex;
    std::vector<int32_t> ids;
    struct State {
      std::mutex *mutex;
      std::vector<int32_t> *ids;
    } state{&mutex, &ids};
    {
      Server server;
      esp_event_handler_register(
          ESP_HTTP_SERVER_EVENT, ESP_EVENT_ANY_ID,
          [](void *argument, esp_event_base_t, int32_t id, void *) {
            auto *const s = static_cast<State *>(argument);
            const std::lock_guard lock(*s->mutex);
            s->ids->push_back(id);
          },
          &state);
      server.on("/", HTTP_POST, echo_body);
      Client client = server.client();
      CHECK(client.ask(post("b")).body == "b");
      httpd_stop(server.handle);
      server.handle = nullptr;
      // The loop is deleted with the server, so it says everything before.
      wait_for_rest();
    }
    if (!ids.empty() && ids.front() == HTTP_SERVER_EVENT_START) {
      ids.erase(ids.begin());
    }
    CHECK(ids == std::vector<int32_t>{HTTP_SERVER_EVENT_ON_CONNECTED, HTTP_SERVER_EVENT_ON_HEADER,
                                      HTTP_SERVER_EVENT_ON_DATA, HTTP_SERVER_EVENT_HEADERS_SENT,
                                      HTTP_SERVER_EVENT_SENT_DATA, HTTP_SERVER_EVENT_DISCONNECTED,
                                      HTTP_SERVER_EVENT_STOP});
  }
}

TEST_SUITE("host network") {
  TEST_CASE("a port in use makes the server's start fail, and can be asked for before") {
    Server server;
    const std::uint16_t port = server.port();
    host::network::map_port(81, port);
    CHECK(host::network::mapped_port(81) == port);
    CHECK(host::network::probe(81) == EADDRINUSE);
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.server_port = 81;
    httpd_handle_t second = nullptr;
    CHECK(httpd_start(&second, &config) == ESP_FAIL);
    CHECK(second == nullptr);
    host::network::map_port(81, 0);
    CHECK(host::network::probe(81) == 0);
    CHECK(host::network::bound_port(81) == 0);
    CHECK(host::network::mapped_port(4711) == 4711);
  }

  TEST_CASE("the listening address is the PC's own unless told otherwise") {
    CHECK(host::network::listen_address() == "127.0.0.1");
    CHECK_FALSE(host::network::set_listen_address("not an address"));
    CHECK(host::network::set_listen_address("0.0.0.0"));
    {
      Server server;
      server.on("/", HTTP_GET, say_ok);
      CHECK(server.get("/").body == "ok");
    }
    CHECK(host::network::set_listen_address("127.0.0.1"));
  }

  TEST_CASE("a handler sees addresses as on a chip with IPv6: IPv4 ones mapped") {
    Server server;
    server.on("/", HTTP_GET, [](httpd_req_t *r) {
      sockaddr_in6 address{};
      socklen_t length = sizeof(address);
      CHECK(getsockname(httpd_req_to_sockfd(r), reinterpret_cast<sockaddr *>(&address), &length) ==
            0);
      if (address.sin6_family == AF_INET6) {
        CHECK(IN6_IS_ADDR_V4MAPPED(&address.sin6_addr));
      }
      return httpd_resp_sendstr(r, std::to_string(ntohs(address.sin6_port)).c_str());
    });
    CHECK(server.get("/").body == std::to_string(server.port()));
  }

  TEST_CASE("cutting clients off resets their connections and refuses new ones until restored") {
    Server server;
    server.on("/", HTTP_GET, say_ok);
    Client idle = server.client();
    CHECK(idle.ask(get("/")).body == "ok");
    Client unfinished = server.client();
    unfinished.send("GET /");
    const std::uint16_t port = server.port();
    host::network::cut_clients();
    host::network::cut_clients();
    CHECK(host::network::clients_are_cut());
    CHECK(idle.is_closed());
    CHECK(idle.was_reset());
    CHECK(unfinished.is_closed());
    CHECK(Client(port).error() == ECONNREFUSED);
    CHECK(host::network::restore_clients());
    CHECK_FALSE(host::network::clients_are_cut());
    CHECK(server.port() == port);
    CHECK(server.get("/").body == "ok");
  }

  TEST_CASE("clients can be cut off while a handler runs, and by a handler") {
    Server server;
    struct Gate {
      Latch entered;
      Latch release;
      esp_err_t result = ESP_OK;
      Latch answered;
    } gate;
    server.on(
        "/slow", HTTP_GET,
        [](httpd_req_t *r) {
          auto *const g = static_cast<Gate *>(r->user_ctx);
          g->entered.open();
          g->release.wait();
          g->result = say_ok(r);
          g->answered.open();
          return g->result;
        },
        &gate);
    server.on("/cut", HTTP_GET, [](httpd_req_t *) {
      host::network::cut_clients();
      return ESP_OK;
    });
    server.on("/", HTTP_GET, say_ok);
    Client slow = server.client();
    slow.send(get("/slow"));
    gate.entered.wait();
    host::network::cut_clients();
    CHECK(slow.is_closed());
    CHECK(host::network::restore_clients());
    gate.release.open();
    gate.answered.wait();
    CHECK(gate.result == ESP_ERR_HTTPD_RESP_SEND);
    Client cutter = server.client();
    cutter.send(get("/cut"));
    CHECK(cutter.is_closed());
    CHECK(host::network::restore_clients());
    CHECK(server.get("/").body == "ok");
  }

  TEST_CASE("a handler blocked on the network wakes when clients are cut off") {
    Server server;
    static Latch *entered;
    Latch promise;
    entered = &promise;
    static std::atomic<int> result;
    server.on("/", HTTP_POST, [](httpd_req_t *r) {
      char data[16];
      httpd_req_recv(r, data, 1);
      entered->open();
      result = httpd_req_recv(r, data, sizeof(data));
      return ESP_FAIL;
    });
    Client client = server.client();
    client.send("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx");
    promise.wait();
    const auto start = host::clock::now();
    host::network::cut_clients();
    CHECK(client.is_closed());
    httpd_stop(server.handle);
    server.handle = nullptr;
    // Long before the five seconds of the receive time-out.
    CHECK(host::clock::now() - start < 4s);
    CHECK(result <= 0);
    CHECK(host::network::restore_clients());
  }

  TEST_CASE("a server that starts while clients are cut off listens once they are back") {
    host::network::cut_clients();
    Server server;
    server.on("/", HTTP_GET, say_ok);
    CHECK(server.client().error() == ECONNREFUSED);
    CHECK(host::network::restore_clients());
    CHECK(server.get("/").body == "ok");
  }

  TEST_CASE("cutting off and restoring goes on well with traffic from many clients") {
    Server server;
    server.on("/", HTTP_GET, say_ok);
    const std::uint16_t port = server.port();
    std::atomic<bool> stop{false};
    std::atomic<int> answers{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 3; ++i) {
      clients.emplace_back([&] {
        while (!stop) {
          Client client(port);
          if (client.error() == 0 && client.ask(get("/")).status == 200) {
            ++answers;
          }
        }
      });
    }
    for (int i = 0; i < 30; ++i) {
      host::network::cut_clients();
      CHECK(host::network::restore_clients());
      const int before = answers;
      for (int wait = 0; wait < 60'000 && answers == before; ++wait) {
        host::clock::sleep_for(1ms);
      }
      CHECK(answers > before);
    }
    stop = true;
    const host::clock::Away away;
    for (std::thread &client : clients) {
      client.join();
    }
  }
}
