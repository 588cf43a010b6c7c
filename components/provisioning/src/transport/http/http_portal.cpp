#include "transport/http/http_portal.hpp"

#include <cstdio>
#include <span>

#include "codec/requests.hpp"
#include "domain/hex.hpp"
#include "domain/memory.hpp"
#include "esp_app_desc.h"
#include "sdkconfig.h"
#include "transport/http/guard.hpp"
#include "transport/http/page_languages.hpp"
#include "transport/http/probe.hpp"
#include "transport/http/routes.hpp"
#include "transport/http/socket_address.hpp"

/// The built page, put into flash by EMBED_FILES.
extern const std::uint8_t
    provisioning_page_begin[] asm("_binary_index_html_gz_start"); // NOLINT: the linker's names
extern const std::uint8_t provisioning_page_end[] asm("_binary_index_html_gz_end"); // NOLINT

namespace espp::provisioning {
namespace {

/// Bytes. docs/esp-idf.md says how it was chosen.
constexpr std::size_t kStackSize = 6144;

/// A browser opens up to six connections to a host; the rest is for a second phone. lwIP's default
/// of 10 sockets leaves 7 beside the server's own three; one is for DNS.
constexpr std::uint16_t kMaxSockets = 6;

/// Seconds. The server's own, per socket call; of the calls that wait, RequestStream leaves it
/// only the closing of a socket.
constexpr std::uint16_t kSocketTimeout = 1;

constexpr const char *kHtml = "text/html";
constexpr const char *kAccepted = "202 Accepted";

/// Room for the longest request body.
using Body = std::array<char, kMaxBody>;

/// Sends the client to the page. The address is absolute, or Android would open the page under the
/// name of the server that it was probing; there is a body, or some sign-in windows stay shut.
esp_err_t send_redirect(Exchange &exchange, const Endpoint &address) {
  const Authority authority(address);
  std::array<char, 32> location;
  std::snprintf(location.data(), location.size(), "http://%s/", authority.c_str());
  std::array<char, 160> body;
  const int size = std::snprintf(body.data(), body.size(),
                                 "<!DOCTYPE html><title>Wi-Fi setup</title>"
                                 "<p>Open <a href=\"%s\">%s</a> to set up this device.\n",
                                 location.data(), location.data());
  exchange.add_header("Location", location.data());
  return exchange.send_text("302 Found", kHtml, {body.data(), static_cast<std::size_t>(size)});
}

/// A page for people whose browser sends more than the server takes.
void send_too_long(httpd_req_t *request, httpd_err_code_t error, const Endpoint &address) {
  const Authority authority(address);
  const bool is_address = error == HTTPD_414_URI_TOO_LONG;
  std::array<char, 512> body;
  const int size = std::snprintf(
      body.data(), body.size(),
      "<!DOCTYPE html><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>Wi-Fi setup</title><p>%s<p>Then open <a href=\"http://%s/\">http://%s/</a>.\n",
      is_address ? "This address is too long for the device."
                 : "The browser sends too much with its request: perhaps the cookies of another "
                   "device that had this address. Delete the cookies of this address, or use a "
                   "private window.",
      authority.c_str(), authority.c_str());
  Exchange(request).send_text(
      is_address ? "414 URI Too Long" : "431 Request Header Fields Too Large", kHtml,
      {body.data(), static_cast<std::size_t>(size)});
}

esp_err_t send_online(Exchange &exchange, const OnlineAnswer &answer) {
  if (answer.network_manager_status != nullptr) {
    exchange.add_header("X-NetworkManager-Status", answer.network_manager_status);
  }
  return exchange.send_text(answer.status, answer.content_type, answer.body);
}

/// The answer to a command that has no more to tell.
esp_err_t send_result(Exchange &exchange, const char *status,
                      const std::expected<void, ApiError> &result) {
  return result ? exchange.send_json(status, [](JsonWriter &json) { write_empty(json); }) : exchange.send_error(result.error());
}

} // namespace

HttpPortal::MacText HttpPortal::to_text(const std::array<std::uint8_t, 6> &mac) {
  MacText text;
  for (const std::uint8_t byte : mac) {
    if (!text.view().empty()) {
      text.append(':');
    }
    text.append(hex_digit(byte >> 4U));
    text.append(hex_digit(byte));
  }
  return text;
}

HttpPortal::HttpPortal(const Setup &setup)
    : setup_(setup), ap_mac_(to_text(setup.ap_mac)), station_mac_(to_text(setup.station_mac)),
      stream_(setup.monitor) {}

esp_err_t HttpPortal::start() {
  const auto page = read_page_blob({provisioning_page_begin, provisioning_page_end});
  if (!page) {
    return ESP_ERR_NOT_FOUND;
  }
  page_ = *page;
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.stack_size = kStackSize;
  config.server_port = setup_.ap.port;
  // Beside a server of the application's own, which has the default.
  config.ctrl_port = ESP_HTTPD_DEF_CTRL_PORT + 1;
  config.max_open_sockets = kMaxSockets;
  config.max_uri_handlers = 1;
  config.lru_purge_enable = true;
  config.recv_wait_timeout = kSocketTimeout;
  config.send_wait_timeout = kSocketTimeout;
  config.uri_match_fn = httpd_uri_match_wildcard;
  config.global_user_ctx = this;
  config.global_user_ctx_free_fn = [](void *) {}; // or the server would call free()
  stream_.install(config);
  esp_err_t error = httpd_start(&server_, &config);
  if (error != ESP_OK) {
    server_ = nullptr;
    return error;
  }
  httpd_uri_t everything{};
  everything.uri = "/*";
  everything.method = static_cast<httpd_method_t>(HTTP_ANY);
  everything.handler = on_request;
  everything.user_ctx = this;
  error = httpd_register_uri_handler(server_, &everything);
  for (const httpd_err_code_t code :
       {HTTPD_414_URI_TOO_LONG, HTTPD_431_REQ_HDR_FIELDS_TOO_LARGE}) {
    if (error == ESP_OK) {
      error = httpd_register_err_handler(server_, code, on_too_long);
    }
  }
  if (error != ESP_OK) {
    stop();
  }
  return error;
}

void HttpPortal::stop() {
  if (server_ != nullptr) {
    stream_.close();
    httpd_stop(server_);
    server_ = nullptr;
  }
}

bool HttpPortal::serves(const Endpoint &address) const {
  return address.ip == setup_.ap.ip || address.ip.is_loopback();
}

esp_err_t HttpPortal::on_request(httpd_req_t *request) {
  auto &portal = *static_cast<HttpPortal *>(request->user_ctx);
  portal.stream_.begin_answer();
  esp_err_t result = portal.handle(request);
  if (!portal.stream_.end()) {
    result = ESP_FAIL;
  }
  // What is left of a body that is too long would be taken for the next request.
  return Exchange(request).has_endless_body() ? ESP_FAIL : result;
}

esp_err_t HttpPortal::on_too_long(httpd_req_t *request, httpd_err_code_t error) {
  const auto &portal = *static_cast<HttpPortal *>(httpd_get_global_user_ctx(request->handle));
  const int socket = httpd_req_to_sockfd(request);
  const auto address = local_address(socket);
  if (address && portal.serves(*address)) {
    // What is left unread when the connection closes would reset it, and the page might get lost.
    RequestStream::discard_pending(socket);
    send_too_long(request, error, *address);
  }
  return ESP_FAIL;
}

esp_err_t HttpPortal::handle(httpd_req_t *request) {
  const auto address = local_address(httpd_req_to_sockfd(request));
  // While a test runs, the device is on the owner's network as well; nobody is served there.
  if (!address || !serves(*address)) {
    return ESP_FAIL;
  }
  Exchange exchange(request);
  if (exchange.has_header("Transfer-Encoding")) {
    // No browser sends one, and the server would take the chunks for the next request.
    return exchange.send_length_required();
  }
  setup_.service.note_use();
  const Method method = exchange.method();
  const Destination destination = find_route<HttpPortal>(method, exchange.uri());
  const Header host = exchange.header("Host");
  const bool is_route = destination.lookup == Lookup::Route;
  // The guard stands here, once, in front of all that changes something.
  std::optional<ApiError> refusal;
  if (is_route && changes_state(method)) {
    const Header origin = exchange.header("Origin");
    const Header content_type = exchange.header("Content-Type");
    refusal = refuse({.host = host.value(),
                      .origin = origin.value(),
                      .content_type = content_type.value(),
                      .has_body = exchange.body_size() > 0},
                     *address);
  }
  // Headers can't be read any more once answering has begun, so this comes after them.
  const bool is_foreign = host.value() && !is_this_device(*host.value(), *address);
  const auto &route = kRoutes<HttpPortal>[destination.index];
  const bool reads_body = is_route && !refusal && route.handler == &HttpPortal::connect;
  if (!reads_body) {
    const esp_err_t error = exchange.discard_body();
    if (error != ESP_OK) {
      return error;
    }
  }
  if (refusal) {
    return exchange.send_error(*refusal);
  }
  if (destination.lookup == Lookup::WrongMethod) {
    exchange.add_header("Allow", destination.allowed.c_str());
    return exchange.send_error(ApiError::MethodNotAllowed);
  }
  if (destination.lookup == Lookup::Portal ||
      (is_foreign && !(is_route && route.pattern.any_host))) {
    return lead_to_page(exchange, host.value().value_or(""), *address);
  }
  if (destination.lookup == Lookup::NoSuchApi) {
    return exchange.send_error(ApiError::NotFound);
  }
  return (this->*route.handler)(exchange, destination.argument);
}

esp_err_t HttpPortal::lead_to_page(Exchange &exchange, std::string_view host,
                                   const Endpoint &address) {
  const OnlineAnswer *online = setup_.service.status().completed
                                   ? find_online_answer(host, exchange.uri())
                                   : nullptr;
  return online == nullptr ? send_redirect(exchange, address) : send_online(exchange, *online);
}

DeviceInfo HttpPortal::device_info() const {
  return {.name = setup_.device_name,
          .ap_ssid = setup_.ap_ssid,
          .mac = ap_mac_.view(),
          .station_mac = station_mac_.view(),
          .chip = CONFIG_IDF_TARGET,
          .version = esp_app_get_description()->version};
}

esp_err_t HttpPortal::page(Exchange &exchange, std::string_view /*argument*/) {
  const auto language = language_of(exchange);
  const Status status = setup_.service.status();
  const auto networks = setup_.service.networks();
  if (!networks) {
    return exchange.send_page(page_, language);
  }
  return exchange.send_page(page_, language, [&](JsonWriter &json) {
    write_first_state(json, device_info(), status, *networks, built_in_languages());
  });
}

esp_err_t HttpPortal::status(Exchange &exchange, std::string_view /*argument*/) {
  const Status status = setup_.service.status();
  return exchange.send_json(
      HTTPD_200, [&](JsonWriter &json) { write_status(json, device_info(), status); });
}

esp_err_t HttpPortal::networks(Exchange &exchange, std::string_view /*argument*/) {
  const auto networks = setup_.service.networks();
  if (!networks) {
    return exchange.send_error(networks.error());
  }
  return exchange.send_json(HTTPD_200,
                            [&](JsonWriter &json) { write_networks(json, *networks); });
}

esp_err_t HttpPortal::scan(Exchange &exchange, std::string_view /*argument*/) {
  return send_result(exchange, kAccepted, setup_.service.scan());
}

esp_err_t HttpPortal::connect_report(Exchange &exchange, std::string_view /*argument*/) {
  const Status status = setup_.service.status();
  return exchange.send_json(
      HTTPD_200, [&](JsonWriter &json) { write_connect(json, status.connect, status.now); });
}

esp_err_t HttpPortal::connect(Exchange &exchange, std::string_view /*argument*/) {
  const std::size_t size = exchange.body_size();
  // Not on the stack, which it would double for this one call.
  const Owned<Body> body = size > kMaxBody ? nullptr : make<Body>();
  if (body == nullptr) {
    const esp_err_t error = exchange.discard_body();
    return error != ESP_OK ? error
                           : exchange.send_error(size > kMaxBody ? ApiError::BodyTooLong
                                                                 : ApiError::Unavailable);
  }
  const std::span<char> text = std::span(*body).first(size);
  const esp_err_t error = exchange.receive(text);
  if (error != ESP_OK) {
    wipe(text.data(), text.size());
    return error;
  }
  const auto request = parse_connect_request(text);
  if (!request) {
    return exchange.send_error(request.error());
  }
  const auto id = setup_.service.connect(*request);
  if (!id) {
    return exchange.send_error(id.error());
  }
  return exchange.send_json(kAccepted,
                            [&](JsonWriter &json) { write_connect_started(json, *id); });
}

esp_err_t HttpPortal::cancel(Exchange &exchange, std::string_view /*argument*/) {
  return send_result(exchange, kAccepted, setup_.service.cancel());
}

esp_err_t HttpPortal::saved_networks(Exchange &exchange, std::string_view /*argument*/) {
  const auto saved = setup_.service.saved_networks();
  if (!saved) {
    return exchange.send_error(saved.error());
  }
  return exchange.send_json(HTTPD_200,
                            [&](JsonWriter &json) { write_saved_networks(json, saved->span()); });
}

esp_err_t HttpPortal::forget(Exchange &exchange, std::string_view argument) {
  return forget_network(exchange, decode_ssid(argument));
}

esp_err_t HttpPortal::forget_by_hex(Exchange &exchange, std::string_view argument) {
  return forget_network(exchange, Ssid::from_hex(argument));
}

esp_err_t HttpPortal::forget_all(Exchange &exchange, std::string_view /*argument*/) {
  return send_result(exchange, HTTPD_200, setup_.service.forget_all());
}

esp_err_t HttpPortal::forget_network(Exchange &exchange, const std::optional<Ssid> &ssid) {
  return ssid ? send_result(exchange, HTTPD_200, setup_.service.forget(*ssid))
              : exchange.send_error(ApiError::InvalidSsid);
}

esp_err_t HttpPortal::keep(Exchange &exchange, std::string_view /*argument*/) {
  return send_result(exchange, "200 OK", setup_.service.keep());
}

esp_err_t HttpPortal::complete(Exchange &exchange, std::string_view /*argument*/) {
  const auto completed = setup_.service.complete();
  if (!completed) {
    return exchange.send_error(completed.error());
  }
  const bool shuts_down = setup_.service.status().shuts_down;
  return exchange.send_json(HTTPD_200,
                            [&](JsonWriter &json) { write_completed(json, shuts_down); });
}

esp_err_t HttpPortal::nothing(Exchange &exchange, std::string_view /*argument*/) {
  return exchange.send_text("404 Not Found", kHtml, "<!DOCTYPE html><title>Not found</title>");
}

} // namespace espp::provisioning
