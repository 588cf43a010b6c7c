#include "esp/http_portal.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <span>
#include <utility>

#include "core/memory.hpp"
#include "core/probe.hpp"
#include "esp/log.hpp"
#include "esp/socket_address.hpp"
#include "esp_app_desc.h"
#include "sdkconfig.h"

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

/// Bytes of the longest value that any header looked at can sensibly have, with a NUL.
constexpr std::size_t kMaxHeaderValue = 128;

constexpr const char *kHtml = "text/html";

/// A request header, read into memory of its own.
class Header {
public:
  Header(httpd_req_t *request, const char *name) {
    const std::size_t size = httpd_req_get_hdr_value_len(request, name);
    is_sent_ = size > 0;
    // One that is too long is as good as one that names nothing: it is sent, and empty.
    if (is_sent_ && size < text_.size() &&
        httpd_req_get_hdr_value_str(request, name, text_.data(), text_.size()) != ESP_OK) {
      text_[0] = '\0';
    }
  }
  std::optional<std::string_view> value() const {
    return is_sent_ ? std::optional<std::string_view>(text_.data()) : std::nullopt;
  }

private:
  bool is_sent_{false};
  std::array<char, kMaxHeaderValue> text_{};
};

/// Sends a whole body with its length. To HEAD only the length, as of GET: the server takes it from
/// the caller, and sends no body where there is no pointer to one.
esp_err_t send_body(httpd_req_t *request, std::string_view body) {
  return httpd_resp_send(request, request->method == HTTP_HEAD ? nullptr : body.data(),
                         static_cast<ssize_t>(body.size()));
}

/// Sends JSON in chunks, or in one piece with its length if it fits the writer's buffer. To HEAD
/// only the headers, with the length.
class ReplySink final : public TextSink {
public:
  explicit ReplySink(httpd_req_t *request) : request_(request) {}

  bool write(std::string_view text) override {
    if (is_head()) {
      head_size_ += static_cast<ssize_t>(text.size());
      return true;
    }
    is_chunked_ = true;
    return httpd_resp_send_chunk(request_, text.data(), static_cast<ssize_t>(text.size())) == ESP_OK;
  }
  bool finish(std::string_view text) override {
    if (is_head()) {
      return httpd_resp_send(request_, nullptr, head_size_ + static_cast<ssize_t>(text.size())) ==
             ESP_OK;
    }
    if (!is_chunked_) {
      return send_body(request_, text) == ESP_OK;
    }
    return (text.empty() || write(text)) && httpd_resp_send_chunk(request_, nullptr, 0) == ESP_OK;
  }

private:
  bool is_head() const { return request_->method == HTTP_HEAD; }
  httpd_req_t *request_;
  bool is_chunked_{false};
  ssize_t head_size_{0};
};

void set_common_headers(httpd_req_t *request) {
  httpd_resp_set_hdr(request, "X-Content-Type-Options", "nosniff");
  httpd_resp_set_hdr(request, "Referrer-Policy", "no-referrer");
  httpd_resp_set_hdr(request, "X-Frame-Options", "DENY");
}

void set_headers(httpd_req_t *request, const char *status, const char *type) {
  httpd_resp_set_status(request, status);
  httpd_resp_set_type(request, type);
  httpd_resp_set_hdr(request, "Cache-Control", "no-store");
  set_common_headers(request);
}

/// Sends what `write(json, data)` puts into a JsonWriter. The session is closed if the client does
/// not take it.
esp_err_t send_json(httpd_req_t *request, const char *status,
                    void (*write)(JsonWriter &json, const void *data), const void *data) {
  set_headers(request, status, "application/json");
  ReplySink sink(request);
  JsonWriter json(sink);
  write(json, data);
  return json.finish() ? ESP_OK : ESP_FAIL;
}

/// As above, with a callable.
template <typename Write>
esp_err_t send_json(httpd_req_t *request, const char *status, const Write &write) {
  return send_json(
      request, status,
      [](JsonWriter &json, const void *data) { (*static_cast<const Write *>(data))(json); },
      &write);
}

esp_err_t send_empty_object(httpd_req_t *request, const char *status) {
  return send_json(request, status, [](JsonWriter &json) {
    json.begin_object();
    json.end_object();
  });
}

esp_err_t send_error(httpd_req_t *request, ApiError error) {
  return send_json(request, describe(error).status,
                   [&](JsonWriter &json) { write_error(json, error); });
}

/// Reads at most this much of a body that is refused: closing a connection with bytes unread resets
/// it, and the client may never see why. More is not worth the server's time.
constexpr std::size_t kMaxDrain = 8 * kMaxBody;

/// Ends a request whose body did not come. What it holds is unknown, so the connection is closed.
esp_err_t give_up(httpd_req_t *request, int error) {
  if (error == HTTPD_SOCK_ERR_TIMEOUT) {
    httpd_resp_send_408(request);
  }
  return ESP_FAIL;
}

/// Reads a body that is of no interest, which the server would otherwise do after the answer and
/// out of the deadline's sight. ESP_OK, or an answer has been given already.
esp_err_t discard_body(httpd_req_t *request) {
  std::array<char, 128> bin;
  std::size_t left = std::min(request->content_len, kMaxDrain);
  while (left > 0) {
    const int count = httpd_req_recv(request, bin.data(), std::min(left, bin.size()));
    if (count <= 0) {
      return give_up(request, count);
    }
    left -= static_cast<std::size_t>(count);
    wipe(bin.data(), bin.size()); // a refused request may hold a password too
  }
  return ESP_OK;
}

esp_err_t send_text(httpd_req_t *request, const char *status, const char *type,
                    std::string_view text) {
  set_headers(request, status, type);
  return send_body(request, text);
}

esp_err_t send_online(httpd_req_t *request, const OnlineAnswer &answer) {
  if (answer.network_manager_status != nullptr) {
    httpd_resp_set_hdr(request, "X-NetworkManager-Status", answer.network_manager_status);
  }
  return send_text(request, answer.status, answer.content_type, answer.body);
}

/// Sends the client to the page. Absolute, or Android would open the page under the name of the
/// server it was probing; with a body, or some sign-in windows stay shut.
esp_err_t send_redirect(httpd_req_t *request, const LocalAddress &address) {
  const Authority authority(address);
  std::array<char, 32> location{};
  std::snprintf(location.data(), location.size(), "http://%s/", authority.c_str());
  std::array<char, 160> body{};
  const int size = std::snprintf(body.data(), body.size(),
                                 "<!DOCTYPE html><title>Wi-Fi setup</title>"
                                 "<p>Open <a href=\"%s\">%s</a> to set up this device.\n",
                                 location.data(), location.data());
  httpd_resp_set_hdr(request, "Location", location.data());
  return send_text(request, "302 Found", kHtml, {body.data(), static_cast<std::size_t>(size)});
}

Method to_method(int method) {
  switch (method) {
  case HTTP_GET:
    return Method::Get;
  case HTTP_HEAD:
    return Method::Head;
  case HTTP_POST:
    return Method::Post;
  case HTTP_DELETE:
    return Method::Delete;
  default:
    return Method::Other;
  }
}

/// A request body with a NUL behind it.
using Body = std::array<char, kMaxBody + 1>;

/// Reads a whole request body of at most kMaxBody bytes, which `body` has room for. ESP_OK, or an
/// answer has been given already.
esp_err_t receive(httpd_req_t *request, std::span<char> body) {
  std::size_t received = 0;
  while (received < body.size()) {
    const int count = httpd_req_recv(request, body.data() + received, body.size() - received);
    if (count <= 0) {
      return give_up(request, count);
    }
    received += static_cast<std::size_t>(count);
  }
  return ESP_OK;
}

} // namespace

HttpPortal::HttpPortal(Setup setup) : setup_(std::move(setup)) {
  const auto &mac = setup_.mac;
  std::snprintf(mac_text_.data(), mac_text_.size(), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
                mac[2], mac[3], mac[4], mac[5]);
}

esp_err_t HttpPortal::start() {
  if (!read_page_blob({provisioning_page_begin, provisioning_page_end}, page_)) {
    ESP_LOGE(kTag, "The page in the firmware is damaged; build it with `npm run build`");
    return ESP_ERR_NOT_FOUND;
  }
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.stack_size = kStackSize;
  config.server_port = setup_.port;
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
  if (error != ESP_OK) {
    stop();
  }
  return error;
}

void HttpPortal::stop() {
  if (server_ != nullptr) {
    httpd_stop(server_);
    server_ = nullptr;
  }
}

bool HttpPortal::serves(const LocalAddress &address) const {
  std::uint32_t ip = 0;
  std::memcpy(&ip, address.ip.data(), sizeof ip);
  return ip == setup_.ap_ip || address.is_loopback();
}

esp_err_t HttpPortal::on_request(httpd_req_t *request) {
  auto &portal = *static_cast<HttpPortal *>(request->user_ctx);
  portal.stream_.begin_answer();
  esp_err_t result = portal.handle(request);
  if (!portal.stream_.end()) {
    result = ESP_FAIL;
  }
  // What is left of a body that is too long would be taken for the next request.
  return request->content_len > kMaxDrain ? ESP_FAIL : result;
}

esp_err_t HttpPortal::handle(httpd_req_t *request) {
  const auto address = local_address(httpd_req_to_sockfd(request));
  // While a test runs, the device is on the owner's network as well; nobody is served there.
  if (!address || !serves(*address)) {
    return ESP_FAIL;
  }
  if (Header(request, "Transfer-Encoding").value()) {
    // No browser sends one, and the server would take the chunks for the next request.
    httpd_resp_send_err(request, HTTPD_411_LENGTH_REQUIRED, nullptr);
    return ESP_FAIL;
  }
  setup_.session.note_use();
  const Destination destination = find_route(to_method(request->method), request->uri);
  const Header host(request, "Host");
  std::optional<ApiError> refusal;
  if (changes_state(destination.route)) {
    const Header origin(request, "Origin");
    const Header content_type(request, "Content-Type");
    refusal = refuse({.host = host.value(),
                      .origin = origin.value(),
                      .content_type = content_type.value(),
                      .has_body = request->content_len > 0},
                     *address);
  }
  // Headers can't be read any more once answering has begun, so this comes after them.
  const bool is_foreign = host.value() && !is_this_device(*host.value(), *address);
  if (refusal || destination.route != Route::ConnectStart) {
    const esp_err_t error = discard_body(request);
    if (error != ESP_OK) {
      return error;
    }
  }
  if (refusal) {
    return send_error(request, *refusal);
  }
  if (destination.route == Route::Portal ||
      (is_foreign && destination.route != Route::NoProxyScript &&
       destination.route != Route::WrongMethod)) {
    return lead_to_page(request, host.value().value_or(""), *address);
  }
  return answer(request, destination);
}

esp_err_t HttpPortal::lead_to_page(httpd_req_t *request, std::string_view host,
                                   const LocalAddress &address) {
  const OnlineAnswer *online =
      setup_.session.snapshot().completed ? find_online_answer(host, request->uri) : nullptr;
  return online == nullptr ? send_redirect(request, address) : send_online(request, *online);
}

esp_err_t HttpPortal::answer(httpd_req_t *request, const Destination &destination) {
  switch (destination.route) {
  case Route::Page:
    return send_page(request);
  case Route::Status:
    return send_status(request);
  case Route::ScanList:
    return send_scan(request);
  case Route::ScanStart:
    return start_scan(request);
  case Route::ConnectReport:
    return send_connect(request);
  case Route::ConnectStart:
    return start_connect(request);
  case Route::ConnectCancel:
    return cancel_connect(request);
  case Route::SavedNetworks:
    return send_saved_networks(request);
  case Route::ForgetNetwork:
    return forget_network(request, decode_ssid(destination.argument));
  case Route::ForgetNetworkByHex:
    return forget_network(request, Ssid::from_hex(destination.argument));
  case Route::Complete:
    return complete(request);
  case Route::NoSuchApi:
    return send_error(request, ApiError::NotFound);
  case Route::WrongMethod:
    httpd_resp_set_hdr(request, "Allow", destination.argument.data());
    return send_error(request, ApiError::MethodNotAllowed);
  case Route::NoProxyScript:
    return send_text(request, "404 Not Found", kHtml, "<!DOCTYPE html><title>Not found</title>");
  case Route::Portal:
    break; // redirected before
  }
  return ESP_FAIL;
}

esp_err_t HttpPortal::send_page(httpd_req_t *request) {
  httpd_resp_set_type(request, "text/html; charset=utf-8");
  httpd_resp_set_hdr(request, "ETag", page_.etag.data());
  httpd_resp_set_hdr(request, "Cache-Control", "no-cache");
  httpd_resp_set_hdr(request, "Content-Security-Policy", page_.content_security_policy.data());
  set_common_headers(request);
  const Header known(request, "If-None-Match");
  if (known.value().value_or("").find(page_.etag.data()) != std::string_view::npos) {
    httpd_resp_set_status(request, "304 Not Modified");
    return httpd_resp_send(request, nullptr, 0);
  }
  httpd_resp_set_hdr(request, "Content-Encoding", "gzip");
  return send_body(request, {reinterpret_cast<const char *>(page_.gzip.data()), page_.gzip.size()});
}

esp_err_t HttpPortal::send_status(httpd_req_t *request) {
  const Session::Snapshot now = setup_.session.snapshot();
  const DeviceInfo device{.name = setup_.device_name,
                          .ap_ssid = setup_.ap_ssid,
                          .mac = mac_text_.data(),
                          .chip = CONFIG_IDF_TARGET,
                          .version = esp_app_get_description()->version};
  return send_json(request, HTTPD_200, [&](JsonWriter &json) {
    write_status(json, device, setup_.store.has_networks(), now.completed, now.scan, now.connect,
                 now_ms());
  });
}

esp_err_t HttpPortal::send_scan(httpd_req_t *request) {
  ScanList list;
  Rows<SavedNetwork> saved;
  const auto now = setup_.session.snapshot(list);
  if (!now || !setup_.store.list(saved)) {
    return send_error(request, ApiError::Unavailable);
  }
  return send_json(request, HTTPD_200, [&](JsonWriter &json) {
    write_scan(json, now->scan, list.networks(), saved.span(), now_ms());
  });
}

esp_err_t HttpPortal::send_connect(httpd_req_t *request) {
  const ConnectReport connect = setup_.session.snapshot().connect;
  return send_json(request, HTTPD_200,
                   [&](JsonWriter &json) { write_connect(json, connect, now_ms()); });
}

esp_err_t HttpPortal::send_saved_networks(httpd_req_t *request) {
  Rows<SavedNetwork> saved;
  if (!setup_.store.list(saved)) {
    return send_error(request, ApiError::Unavailable);
  }
  return send_json(request, HTTPD_200,
                   [&](JsonWriter &json) { write_saved_networks(json, saved.span()); });
}

esp_err_t HttpPortal::start_scan(httpd_req_t *request) {
  const auto started = setup_.session.request_scan();
  return started ? send_empty_object(request, "202 Accepted") : send_error(request, started.error());
}

esp_err_t HttpPortal::start_connect(httpd_req_t *request) {
  const std::size_t size = request->content_len;
  // Not on the stack, which it would double for this one call; with a NUL for the parser.
  const Owned<Body> body = size > kMaxBody ? nullptr : make<Body>();
  if (body == nullptr) {
    const esp_err_t error = discard_body(request);
    return error != ESP_OK ? error
                           : send_error(request, size > kMaxBody ? ApiError::BodyTooLong
                                                                 : ApiError::Unavailable);
  }
  const std::span<char> text = std::span(*body).first(size);
  const esp_err_t error = receive(request, text);
  if (error != ESP_OK) {
    wipe(text.data(), text.size());
    return error;
  }
  const auto parsed = parse_connect_request(text);
  if (!parsed) {
    return send_error(request, parsed.error());
  }
  const auto id = setup_.session.request_connect(*parsed);
  if (!id) {
    return send_error(request, id.error());
  }
  return send_json(request, "202 Accepted", [&](JsonWriter &json) {
    json.begin_object();
    json.member("id", *id);
    json.end_object();
  });
}

esp_err_t HttpPortal::cancel_connect(httpd_req_t *request) {
  const auto cancelled = setup_.session.request_cancel();
  return cancelled ? send_empty_object(request, "202 Accepted")
                   : send_error(request, cancelled.error());
}

esp_err_t HttpPortal::forget_network(httpd_req_t *request, const std::optional<Ssid> &ssid) {
  if (!ssid) {
    return send_error(request, ApiError::InvalidSsid);
  }
  const esp_err_t error = setup_.store.forget(*ssid);
  if (error == ESP_ERR_NVS_NOT_FOUND) {
    return send_error(request, ApiError::UnknownNetwork);
  }
  if (error != ESP_OK) {
    return send_error(request, ApiError::StorageFailed);
  }
  log_name(kTag, "Forgot network", *ssid);
  setup_.session.network_forgotten(*ssid);
  return send_empty_object(request, HTTPD_200);
}

esp_err_t HttpPortal::complete(httpd_req_t *request) {
  if (setup_.session.snapshot().connect.state != ConnectState::Connected) {
    return send_error(request, ApiError::NotConnected);
  }
  if (!setup_.prepare_completion(setup_.context)) {
    return send_error(request, ApiError::Unavailable);
  }
  // The answer first: what follows may close the access point.
  esp_err_t sent = send_json(request, HTTPD_200, [&](JsonWriter &json) {
    json.begin_object();
    json.member("ap_shutdown", setup_.closes_when_complete);
    json.end_object();
  });
  if (!stream_.flush()) {
    sent = ESP_FAIL;
  }
  const auto completed = setup_.session.request_complete();
  if (!completed) {
    ESP_LOGE(kTag, "Too busy to complete set-up");
  }
  return sent;
}

} // namespace espp::provisioning
