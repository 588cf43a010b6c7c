#include <strings.h>

#include <algorithm>
#include <string_view>

#include "esp_log.h"
#include "host/unimplemented.hpp"
#include "http_server/server.hpp"

namespace host::http {
namespace {

constexpr char kTag[] = "httpd_parse";

/// Reads a request block by block and feeds http_parser, in the same steps as ESP-IDF's server,
/// because they decide which limit hits a request and what is left for the next one: the request
/// line is collected in Exchange::head up to max_uri_len bytes; at the first header field
/// collection starts again at 0 with max_req_hdr_len as limit; the body's first bytes, or those of
/// a pipelined request, are put back into the session.
class Parser {
public:
  explicit Parser(httpd_req_t *request)
      : request_(request), exchange_(exchange_of(request)), session_(*exchange_.session) {
    const httpd_config_t &config = session_.server->config;
    max_uri_ = config.max_uri_len > 0 ? config.max_uri_len : CONFIG_HTTPD_MAX_URI_LEN;
    max_headers_ =
        config.max_req_hdr_len > 0 ? config.max_req_hdr_len : CONFIG_HTTPD_MAX_REQ_HDR_LEN;
    exchange_.head_limit = max_uri_;
    http_parser_init(&parser_, HTTP_REQUEST);
    parser_.data = this;
    http_parser_settings_init(&settings_);
    settings_.on_url = [](http_parser *p, const char *at, size_t n) {
      return self(p).on_url(at, n);
    };
    settings_.on_header_field = [](http_parser *p, const char *at, size_t n) {
      return self(p).on_field(at, n);
    };
    settings_.on_header_value = [](http_parser *p, const char *at, size_t n) {
      return self(p).on_value(at, n);
    };
    settings_.on_headers_complete = [](http_parser *p) { return self(p).on_headers_complete(); };
    settings_.on_body = [](http_parser *p, const char *at, size_t) { return self(p).on_body(at); };
    settings_.on_message_complete = [](http_parser *p) { return self(p).on_message_complete(); };
  }

  esp_err_t run() {
    std::size_t offset = 0;
    do {
      const int got = read_block(offset);
      if (got == HTTPD_SOCK_ERR_TIMEOUT) {
        continue;
      }
      if (got < 0) {
        return ESP_FAIL;
      }
      filled_ = offset + static_cast<std::size_t>(got);
      if (!parse_block(offset, static_cast<std::size_t>(got))) {
        return handle_error(request_, error_);
      }
    } while (state_ != State::Complete);
    return handle_uri(request_);
  }

private:
  enum class State { Idle, Url, Field, Value, Body, Complete, Failed };

  static Parser &self(http_parser *parser) { return *static_cast<Parser *>(parser->data); }

  std::size_t offset_of(const char *at) const {
    return static_cast<std::size_t>(at - exchange_.head.data());
  }

  int fail(httpd_err_code_t error) {
    error_ = error;
    state_ = State::Failed;
    return -1;
  }

  int fail_unexpected() {
    ESP_LOGE(kTag, "the parser is in an unexpected state");
    return fail(HTTPD_500_INTERNAL_SERVER_ERROR);
  }

  // Bytes read, 0 if the limit is reached, or an HTTPD_SOCK_ERR_*.
  int read_block(std::size_t offset) {
    const std::size_t room = exchange_.head_limit > offset ? exchange_.head_limit - offset : 0;
    const std::size_t size = std::min(kBlockBytes, room);
    if (size == 0) {
      return 0;
    }
    exchange_.head.resize(offset + size);
    const int got = receive(session_, exchange_.head.data() + offset, size, true);
    if (got == HTTPD_SOCK_ERR_TIMEOUT) {
      // The application's handler may say ESP_OK: go on waiting.
      return handle_error(request_, HTTPD_408_REQ_TIMEOUT) == ESP_OK ? HTTPD_SOCK_ERR_TIMEOUT
                                                                     : HTTPD_SOCK_ERR_FAIL;
    }
    // 0: the client has closed, nobody is left to be told.
    return got > 0 ? got : HTTPD_SOCK_ERR_FAIL;
  }

  // Parses what is new in the head and moves `offset` to where the next block belongs; false on
  // failure.
  bool parse_block(std::size_t &offset, std::size_t size) {
    if (size == 0) {
      too_long();
      return false;
    }
    if (paused_) {
      // What was put back includes bytes that the parser had seen already.
      const std::size_t seen = std::min(size, already_parsed_);
      already_parsed_ -= seen;
      http_parser_pause(&parser_, 0);
      paused_ = false;
      size -= seen;
      offset += seen;
      if (size == 0) {
        return true;
      }
    }
    const std::size_t parsed =
        http_parser_execute(&parser_, &settings_, exchange_.head.data() + offset, size);
    if (state_ == State::Failed) {
      ESP_LOGW(kTag, "the request can't be parsed");
      return false;
    }
    if (paused_) {
      already_parsed_ -= size - parsed;
      offset = 0;
      return true;
    }
    if (parsed != size) {
      ESP_LOGW(kTag, "the request can't be parsed: %s",
               http_errno_description(HTTP_PARSER_ERRNO(&parser_)));
      fail(HTTPD_400_BAD_REQUEST);
      return false;
    }
    offset += parsed;
    return true;
  }

  void too_long() {
    switch (state_) {
    case State::Url:
      ESP_LOGW(kTag, "the request line is too long");
      fail(HTTPD_414_URI_TOO_LONG);
      return;
    case State::Field:
    case State::Value:
      ESP_LOGW(kTag, "the headers are too long");
      fail(HTTPD_431_REQ_HDR_FIELDS_TOO_LARGE);
      return;
    case State::Idle:
    case State::Body:
    case State::Complete:
    case State::Failed:
      fail_unexpected();
      return;
    }
  }

  // Puts everything from `at` on back into the session and stops the parser; it stays stopped in
  // the middle of what it has seen of that.
  bool pause_at(std::size_t at) {
    const std::size_t unparsed = filled_ - at;
    if (unparsed > 0) {
      session_.unread.assign(exchange_.head, at, std::min(unparsed, kBlockBytes));
      if (unparsed > kBlockBytes) {
        ESP_LOGE(kTag, "too much to put back: %zu bytes", unparsed);
        return false;
      }
    }
    already_parsed_ = unparsed;
    http_parser_pause(&parser_, 1);
    paused_ = true;
    return true;
  }

  bool accept_url() {
    request_->method = parser_.method;
    if (last_length_ + 1 > sizeof(request_->uri)) {
      ESP_LOGW(kTag, "the URI is too long (%zu bytes)", last_length_);
      error_ = HTTPD_414_URI_TOO_LONG;
      return false;
    }
    char *const uri =
        reinterpret_cast<char *>(session_.server->request_memory) + offsetof(httpd_req_t, uri);
    std::memcpy(uri, exchange_.head.data() + last_at_, last_length_);
    uri[last_length_] = '\0';
    if (parser_.http_major != 1 || parser_.http_minor > 1) {
      ESP_LOGW(kTag, "HTTP/%u.%u is not supported", unsigned{parser_.http_major},
               unsigned{parser_.http_minor});
      error_ = HTTPD_505_VERSION_NOT_SUPPORTED;
      return false;
    }
    http_parser_url_init(&exchange_.url);
    if (http_parser_parse_url(uri, last_length_, request_->method == HTTP_CONNECT,
                              &exchange_.url) != 0) {
      ESP_LOGW(kTag, "the URI can't be parsed");
      error_ = HTTPD_400_BAD_REQUEST;
      return false;
    }
    return true;
  }

  int on_url(const char *at, std::size_t length) {
    if (state_ == State::Idle) {
      last_at_ = offset_of(at);
      last_length_ = 0;
      state_ = State::Url;
    } else if (state_ != State::Url) {
      return fail_unexpected();
    }
    last_length_ += length;
    if (last_length_ > max_uri_) {
      ESP_LOGW(kTag, "the URI is too long (%zu bytes)", last_length_);
      return fail(HTTPD_414_URI_TOO_LONG);
    }
    return 0;
  }

  int on_field(const char *at, std::size_t length) {
    if (state_ == State::Url) {
      if (!accept_url()) {
        return fail(error_);
      }
      // From here on the head holds the headers.
      last_at_ = 0;
      last_length_ = 0;
      state_ = State::Field;
      exchange_.head_limit = max_headers_;
      if (!pause_at(offset_of(at))) {
        return fail(HTTPD_500_INTERNAL_SERVER_ERROR);
      }
    } else if (state_ == State::Value) {
      end_value_before(offset_of(at));
      last_at_ = offset_of(at);
      last_length_ = 0;
      state_ = State::Field;
      ++exchange_.header_count;
    } else if (state_ != State::Field) {
      return fail_unexpected();
    }
    last_length_ += length;
    return 0;
  }

  int on_value(const char *at, std::size_t length) {
    if (state_ == State::Field) {
      last_at_ = offset_of(at);
      last_length_ = 0;
      state_ = State::Value;
      if (length == 0) {
        // For an empty value the parser points behind its line end.
        const std::size_t colon = exchange_.head.rfind(':', last_at_ - 1);
        last_at_ = exchange_.head.find_first_not_of(' ', colon + 1);
      }
    } else if (state_ != State::Value) {
      return fail_unexpected();
    }
    last_length_ += length;
    return 0;
  }

  // Line ends become zeros, so that every value is a string.
  void end_value_before(std::size_t next) {
    std::fill(exchange_.head.begin() + static_cast<std::ptrdiff_t>(last_at_ + last_length_),
              exchange_.head.begin() + static_cast<std::ptrdiff_t>(next), '\0');
  }

  int on_headers_complete() {
    if (state_ == State::Url) {
      if (!accept_url()) {
        return fail(error_);
      }
    } else if (state_ == State::Value) {
      std::size_t at = last_at_ + last_length_;
      int line_ends = 2;
      while (at < filled_ && line_ends > 0) {
        line_ends -= exchange_.head[at] == '\n';
        exchange_.head[at++] = '\0';
      }
      if (line_ends > 0) {
        ESP_LOGE(kTag, "the headers have no proper end");
        return fail(HTTPD_400_BAD_REQUEST);
      }
      last_at_ = at;
      ++exchange_.header_count;
    } else {
      return fail_unexpected();
    }
    // A chip's lengths have 32 bits. "Unknown" (no body, or a chunked one) is all ones.
    const auto length = static_cast<std::uint32_t>(parser_.content_length);
    request_->content_len = length != UINT32_MAX ? length : 0;
    if (parser_.upgrade != 0) {
      // WebSockets are off.
      return fail(HTTPD_400_BAD_REQUEST);
    }
    state_ = State::Body;
    exchange_.remaining_body = request_->content_len;
    post_event(HTTP_SERVER_EVENT_ON_HEADER, session_.fd);
    return 0;
  }

  int on_body(const char *at) {
    if (state_ != State::Body) {
      return fail_unexpected();
    }
    return complete(offset_of(at));
  }

  int on_message_complete() {
    if (state_ == State::Url) {
      if (!accept_url()) {
        return fail(error_);
      }
    } else if (state_ != State::Body) {
      return fail_unexpected();
    }
    // Behind the headers; for a request without any, the start of its URI: ESP-IDF's server then
    // takes the rest of the line for the next request and answers that with 400.
    return complete(last_at_);
  }

  int complete(std::size_t rest) {
    if (!pause_at(rest)) {
      return fail(HTTPD_500_INTERNAL_SERVER_ERROR);
    }
    state_ = State::Complete;
    return 0;
  }

  httpd_req_t *const request_;
  Exchange &exchange_;
  Session &session_;
  std::size_t max_uri_ = 0;
  std::size_t max_headers_ = 0;
  http_parser parser_{};
  http_parser_settings settings_{};
  State state_ = State::Idle;
  httpd_err_code_t error_ = HTTPD_500_INTERNAL_SERVER_ERROR;
  // What the parser told last, as a place in the head.
  std::size_t last_at_ = 0;
  std::size_t last_length_ = 0;
  bool paused_ = false;
  std::size_t already_parsed_ = 0;
  // Bytes of the head that have been read.
  std::size_t filled_ = 0;
};

// The value of a request's header, or NULL. A zero ends every header line; several may follow.
const char *find_header(const Exchange &exchange, std::string_view field) {
  const char *line = exchange.head.c_str();
  const char *const end = line + exchange.head.size();
  for (unsigned left = exchange.header_count; left > 0; --left) {
    const std::string_view text(line);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
      return nullptr;
    }
    if (colon == field.size() && strncasecmp(line, field.data(), colon) == 0) {
      const std::size_t value = text.find_first_not_of(' ', colon + 1);
      return line + (value == std::string_view::npos ? text.size() : value);
    }
    line += text.size();
    while (line != end && *line == '\0') {
      ++line;
    }
  }
  return nullptr;
}

struct Found {
  bool found = false;
  std::string_view value;
};

// Looks for "key=value" in a list such as "a=1&b=2" (values end at `value_end`, the next pair
// begins after `next`). The key's case does not matter.
Found find_pair(std::string_view list, std::string_view key, char value_end, char next) {
  while (!list.empty()) {
    const std::size_t equals = list.find('=');
    if (equals == std::string_view::npos) {
      break;
    }
    if (equals == key.size() && strncasecmp(list.data(), key.data(), equals) == 0) {
      const std::string_view rest = list.substr(equals + 1);
      return {true, rest.substr(0, rest.find(value_end))};
    }
    const std::size_t following = list.find(next, equals);
    if (following == std::string_view::npos) {
      break;
    }
    list.remove_prefix(following + 1);
  }
  return {};
}

esp_err_t copy_out(std::string_view value, char *buffer, std::size_t size) {
  if (value.size() + 1 > size) {
    return ESP_ERR_HTTPD_RESULT_TRUNC;
  }
  std::memcpy(buffer, value.data(), value.size());
  buffer[value.size()] = '\0';
  return ESP_OK;
}

} // namespace

esp_err_t read_and_handle(httpd_req_t *request) {
  return Parser(request).run();
}

} // namespace host::http

using namespace host::http;

size_t httpd_req_get_hdr_value_len(httpd_req_t *r, const char *field) {
  if (r == nullptr || field == nullptr) {
    return 0;
  }
  const char *const value = find_header(exchange_of(r), field);
  return value == nullptr ? 0 : std::strlen(value);
}

esp_err_t httpd_req_get_hdr_value_str(httpd_req_t *r, const char *field, char *val,
                                      size_t val_size) {
  if (r == nullptr || field == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const char *const value = find_header(exchange_of(r), field);
  if (value == nullptr) {
    return ESP_ERR_NOT_FOUND;
  }
  const std::size_t length = std::strlen(value);
  if (val_size > 0) {
    // As much as fits is there also when it is cut.
    const std::size_t fits = std::min(length, val_size - 1);
    std::memcpy(val, value, fits);
    val[fits] = '\0';
  }
  // ESP-IDF's comparison: a buffer with no room for the final zero only is not reported, although
  // the last character is missing then.
  return val_size < length ? ESP_ERR_HTTPD_RESULT_TRUNC : ESP_OK;
}

size_t httpd_req_get_url_query_len(httpd_req_t *r) {
  if (r == nullptr || r->uri[0] == '\0') {
    return 0;
  }
  const http_parser_url &url = exchange_of(r).url;
  return (url.field_set & (1U << UF_QUERY)) != 0 ? url.field_data[UF_QUERY].len : 0;
}

esp_err_t httpd_req_get_url_query_str(httpd_req_t *r, char *buf, size_t buf_len) {
  if (r == nullptr || buf == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  if (r->uri[0] == '\0') {
    return ESP_FAIL;
  }
  const http_parser_url &url = exchange_of(r).url;
  if ((url.field_set & (1U << UF_QUERY)) == 0) {
    return ESP_ERR_NOT_FOUND;
  }
  const auto &query = url.field_data[UF_QUERY];
  return copy_out({r->uri + query.off, query.len}, buf, buf_len);
}

esp_err_t httpd_query_key_value(const char *qry, const char *key, char *val, size_t val_size) {
  if (qry == nullptr || key == nullptr || val == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const Found pair = find_pair(qry, key, '&', '&');
  return pair.found ? copy_out(pair.value, val, val_size) : ESP_ERR_NOT_FOUND;
}

esp_err_t httpd_req_get_cookie_val(httpd_req_t *req, const char *cookie_name, char *val,
                                   size_t *val_size) {
  if (req == nullptr || cookie_name == nullptr || val == nullptr || val_size == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  const char *const cookies = find_header(exchange_of(req), "Cookie");
  const Found pair = cookies != nullptr ? find_pair(cookies, cookie_name, ';', ' ') : Found{};
  if (!pair.found) {
    return ESP_ERR_NOT_FOUND;
  }
  const std::size_t room = *val_size;
  *val_size = pair.value.size() + 1;
  return copy_out(pair.value, val, room);
}

esp_err_t httpd_req_async_handler_begin(httpd_req_t *, httpd_req_t **) {
  HOST_UNIMPLEMENTED("requests that outlive their handler");
}

esp_err_t httpd_req_async_handler_complete(httpd_req_t *) {
  HOST_UNIMPLEMENTED("requests that outlive their handler");
}
