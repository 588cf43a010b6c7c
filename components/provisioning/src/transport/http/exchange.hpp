#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "codec/json_writer.hpp"
#include "codec/page_blob.hpp"
#include "esp_err.h"
#include "esp_http_server.h"
#include "service/api_error.hpp"
#include "transport/http/router.hpp"

namespace espp::provisioning {

/// A request header, read into memory of its own.
class Header {
public:
  Header(httpd_req_t *request, const char *name);
  /// Nothing: it was not sent. Empty: it is longer than any that can be right.
  std::optional<std::string_view> value() const {
    return is_sent_ ? std::optional<std::string_view>(text_.data()) : std::nullopt;
  }

private:
  /// Bytes of the longest value that any header looked at can sensibly have, with a NUL.
  static constexpr std::size_t kMaxValue = 128;

  std::array<char, kMaxValue> text_;
  bool is_sent_;
};

/// One request and its answer, over esp_http_server. Everything that is sent carries the security
/// headers. HEAD is answered as GET, without the body. The calls return ESP_OK, or an error that has
/// the server close the connection; then nothing more may be sent.
class Exchange {
public:
  explicit Exchange(httpd_req_t *request) : request_(request) {}
  Exchange(const Exchange &) = delete;
  Exchange &operator=(const Exchange &) = delete;

  Method method() const;
  std::string_view uri() const { return request_->uri; }
  std::size_t body_size() const { return request_->content_len; }
  Header header(const char *name) const { return {request_, name}; }
  bool has_header(const char *name) const;

  /// Reads the first body.size() bytes of the body.
  esp_err_t receive(std::span<char> body);
  /// Reads a body that is of no interest, which the server would otherwise do after the answer and
  /// out of the deadline's sight.
  esp_err_t discard_body();
  /// True if the body is too long to be read to its end, so that the connection must be closed.
  bool has_endless_body() const;

  /// Adds a header to the answer; both texts must live until it is sent.
  void add_header(const char *name, const char *value) {
    httpd_resp_set_hdr(request_, name, value);
  }

  esp_err_t send_text(const char *status, const char *type, std::string_view text);
  /// Sends the page: the blocks of `page` and, if there are any, of `language`, then the first state
  /// that `write(json)` puts into a JsonWriter, all in one gzip member.
  template <typename Write>
  esp_err_t send_page(const PageBlob &page, const std::optional<Blocks> &language,
                      const Write &write) {
    return send_page(page, language, call<Write>, &write);
  }
  /// Sends the page without a state, which it then asks for.
  esp_err_t send_page(const PageBlob &page, const std::optional<Blocks> &language) {
    return send_page(page, language, nullptr, nullptr);
  }
  esp_err_t send_error(ApiError error);
  /// As the server answers where a request has no length.
  esp_err_t send_length_required();

  /// Sends what `write(json)` puts into a JsonWriter.
  template <typename Write> esp_err_t send_json(const char *status, const Write &write) {
    return send_json(status, call<Write>, &write);
  }

private:
  using WriteJson = void (*)(JsonWriter &json, const void *data);
  /// Writes with what `data` points to.
  template <typename Write> static void call(JsonWriter &json, const void *data) {
    (*static_cast<const Write *>(data))(json);
  }

  esp_err_t send_page(const PageBlob &page, const std::optional<Blocks> &language, WriteJson write,
                      const void *data);
  esp_err_t send_json(const char *status, WriteJson write, const void *data);
  esp_err_t send_body(std::string_view body);
  esp_err_t give_up(int error);
  void set_security_headers();
  void set_headers(const char *status, const char *type);

  httpd_req_t *request_;
};

} // namespace espp::provisioning
