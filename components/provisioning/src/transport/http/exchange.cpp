#include "transport/http/exchange.hpp"

#include <algorithm>

#include "codec/gzip_splice.hpp"
#include "codec/replies.hpp"
#include "codec/requests.hpp"
#include "domain/secret.hpp"

namespace espp::provisioning {
namespace {

/// Reads at most this much of a body that is refused: closing a connection with bytes unread resets
/// it, and the client may never see why. More is not worth the server's time.
constexpr std::size_t kMaxDrain = 8 * kMaxBody;

/// Sends an answer in chunks, or in one piece with its length if it fits the writer's buffer. To HEAD
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
    return httpd_resp_send_chunk(request_, text.data(), static_cast<ssize_t>(text.size())) ==
           ESP_OK;
  }
  bool finish(std::string_view text) override {
    if (is_head()) {
      return httpd_resp_send(request_, nullptr, head_size_ + static_cast<ssize_t>(text.size())) ==
             ESP_OK;
    }
    if (!is_chunked_) {
      return httpd_resp_send(request_, text.data(), static_cast<ssize_t>(text.size())) == ESP_OK;
    }
    return (text.empty() || write(text)) && httpd_resp_send_chunk(request_, nullptr, 0) == ESP_OK;
  }

private:
  bool is_head() const { return request_->method == HTTP_HEAD; }
  httpd_req_t *request_;
  bool is_chunked_{false};
  ssize_t head_size_{0};
};

} // namespace

Header::Header(httpd_req_t *request, const char *name) {
  const esp_err_t error = httpd_req_get_hdr_value_str(request, name, text_.data(), text_.size());
  const bool is_too_long = error == ESP_ERR_HTTPD_RESULT_TRUNC;
  if (error != ESP_OK) {
    text_[0] = '\0';
  }
  is_sent_ = is_too_long || text_[0] != '\0';
}

Method Exchange::method() const {
  switch (request_->method) {
  case HTTP_GET:
    return Method::Get;
  case HTTP_HEAD:
    return Method::Head;
  case HTTP_POST:
    return Method::Post;
  case HTTP_PUT:
    return Method::Put;
  case HTTP_DELETE:
    return Method::Delete;
  default:
    return Method::Other;
  }
}

bool Exchange::has_header(const char *name) const {
  char nothing = '\0';
  return httpd_req_get_hdr_value_str(request_, name, &nothing, sizeof nothing) != ESP_ERR_NOT_FOUND;
}

esp_err_t Exchange::give_up(int error) {
  // What the body holds is unknown, so the connection is closed.
  if (error == HTTPD_SOCK_ERR_TIMEOUT) {
    httpd_resp_send_408(request_);
  }
  return ESP_FAIL;
}

esp_err_t Exchange::receive(std::span<char> body) {
  std::size_t received = 0;
  while (received < body.size()) {
    const int count = httpd_req_recv(request_, body.data() + received, body.size() - received);
    if (count <= 0) {
      return give_up(count);
    }
    received += static_cast<std::size_t>(count);
  }
  return ESP_OK;
}

esp_err_t Exchange::discard_body() {
  std::array<char, 128> bin;
  std::size_t left = std::min(request_->content_len, kMaxDrain);
  while (left > 0) {
    const int count = httpd_req_recv(request_, bin.data(), std::min(left, bin.size()));
    if (count <= 0) {
      return give_up(count);
    }
    left -= static_cast<std::size_t>(count);
    wipe(bin.data(), bin.size()); // a refused request may hold a password too
  }
  return ESP_OK;
}

bool Exchange::has_endless_body() const {
  return request_->content_len > kMaxDrain;
}

void Exchange::set_security_headers() {
  add_header("X-Content-Type-Options", "nosniff");
  add_header("Referrer-Policy", "no-referrer");
  add_header("X-Frame-Options", "DENY");
}

void Exchange::set_headers(const char *status, const char *type) {
  httpd_resp_set_status(request_, status);
  httpd_resp_set_type(request_, type);
  add_header("Cache-Control", "no-store");
  set_security_headers();
}

esp_err_t Exchange::send_body(std::string_view body) {
  // The server takes the length from the caller, and sends no body where there is no pointer to one.
  return httpd_resp_send(request_, request_->method == HTTP_HEAD ? nullptr : body.data(),
                         static_cast<ssize_t>(body.size()));
}

esp_err_t Exchange::send_text(const char *status, const char *type, std::string_view text) {
  set_headers(status, type);
  return send_body(text);
}

esp_err_t Exchange::send_page(const PageBlob &page, const std::optional<Blocks> &language,
                              WriteJson write, const void *data) {
  set_headers(HTTPD_200, "text/html; charset=utf-8");
  add_header("Content-Encoding", "gzip");
  add_header("Content-Security-Policy", page.content_security_policy.data());
  ReplySink reply(request_);
  if (!reply.write(as_text(page.start.bytes)) ||
      (language && !reply.write(as_text(language->bytes)))) {
    return ESP_FAIL;
  }
  GzipSplice splice(reply, page, language.value_or(page.start));
  if (write == nullptr) {
    return splice.finish({}) ? ESP_OK : ESP_FAIL;
  }
  StateElement element(splice);
  if (!element.begin()) {
    return ESP_FAIL;
  }
  JsonWriter json(element);
  write(json, data);
  return json.finish() ? ESP_OK : ESP_FAIL;
}

esp_err_t Exchange::send_json(const char *status, WriteJson write, const void *data) {
  set_headers(status, "application/json");
  ReplySink sink(request_);
  JsonWriter json(sink);
  write(json, data);
  return json.finish() ? ESP_OK : ESP_FAIL;
}

esp_err_t Exchange::send_error(ApiError error) {
  return send_json(describe(error).status, [&](JsonWriter &json) { write_error(json, error); });
}

esp_err_t Exchange::send_length_required() {
  httpd_resp_send_err(request_, HTTPD_411_LENGTH_REQUIRED, nullptr);
  return ESP_FAIL;
}

} // namespace espp::provisioning
