#include "core/requests.hpp"

#include <cJSON.h>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "core/hex.hpp"
#include "core/network.hpp"
#include "core/text.hpp"

namespace espp::provisioning {
namespace {

/// The deepest nesting let through to the parser, which recurses on a task's small stack.
constexpr int kMaxDepth = 4;

/// The most values let through, each of which takes some 50 bytes of the parser's. A request has 3.
constexpr int kMaxValues = 16;

/// Bytes that the parser takes at most: the values, and each character once.
constexpr std::size_t kParserMemory = 64 * kMaxValues + kMaxBody;

/// Looks over a JSON text for what the parser would do wrong: recursion and memory without a useful
/// bound, and in strings U+0000, which its C strings would cut off without a word, and the control
/// characters that RFC 8259 forbids. Writes the text to
/// `masked`, which has room for it, with every character inside a string replaced; only escapes of
/// code points stay, since those alone can make a string invalid.
bool is_safe_to_parse(std::string_view text, char *masked) {
  constexpr char kMask = 'x';
  int depth = 0;
  int values = 1;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    masked[i] = c;
    if (c == '\0' || (in_string && static_cast<unsigned char>(c) < ' ')) {
      return false;
    }
    if (in_string) {
      if (c == '\\') {
        const std::string_view escape = head(tail(text, i + 1), 5);
        if (escape == "u0000") {
          return false;
        }
        const bool is_code_point = escape.starts_with('u');
        for (const char next : head(escape, is_code_point ? 5 : 1)) {
          if (is_code_point && next != 'u' && hex_value(next) < 0) {
            break;
          }
          masked[++i] = next;
        }
      } else if (c == '"') {
        in_string = false;
      } else {
        masked[i] = kMask;
      }
      continue;
    }
    if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) {
        return false;
      }
    } else if (c == ',') {
      if (++values > kMaxValues) {
        return false;
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return true;
}

/// A parsed text whose strings are wiped before their memory is given back.
struct WipedJson {
  void operator()(cJSON *json) const {
    wipe_strings(json);
    cJSON_Delete(json);
  }
  static void wipe_strings(cJSON *json) {
    for (cJSON *item = json; item != nullptr; item = item->next) {
      if (item->valuestring != nullptr) {
        wipe(item->valuestring, std::strlen(item->valuestring));
      }
      wipe_strings(item->child);
    }
  }
};

using Json = std::unique_ptr<cJSON, WipedJson>;

/// Parses a text that a NUL follows, which `size` does not count; nothing unless it is one object.
Json parse_object(const char *text, std::size_t size) {
  Json json(cJSON_ParseWithLengthOpts(text, size + 1, nullptr, /*require_null_terminated=*/1));
  if (!cJSON_IsObject(json.get())) {
    json.reset();
  }
  return json;
}

/// Memory for a masked text, or to see whether there is some.
struct Free {
  void operator()(char *memory) const { std::free(memory); }
};
std::unique_ptr<char, Free> take_memory(std::size_t size) {
  return std::unique_ptr<char, Free>(static_cast<char *>(std::malloc(size)));
}

/// Why the parser can't read this text, which a NUL follows, to its end, if it can't. It has one
/// answer for a text that is wrong and for memory that is short: of the first it stays true when
/// there is some.
std::optional<ApiError> check_parses(const char *text, std::size_t size) {
  if (parse_object(text, size)) {
    return std::nullopt;
  }
  if (!take_memory(kParserMemory)) {
    return ApiError::Unavailable;
  }
  return parse_object(text, size) ? std::nullopt : std::optional(ApiError::InvalidJson);
}

/// The parser frees the strings of a text that it can't read to the end without wiping them, so it
/// gets to see the masked text first.
std::optional<ApiError> parse_unseen(std::string_view text, Json &json) {
  const auto masked = take_memory(text.size() + 1);
  if (!masked) {
    return ApiError::Unavailable;
  }
  masked.get()[text.size()] = '\0';
  if (!is_safe_to_parse(text, masked.get())) {
    return ApiError::InvalidJson;
  }
  const auto error = check_parses(masked.get(), text.size());
  if (!error) {
    json = parse_object(text.data(), text.size());
  }
  return (error || json) ? error : ApiError::Unavailable; // the text is good
}

/// Wipes the body on every way out.
struct WipedBody {
  std::span<char> body;
  ~WipedBody() { wipe(body.data(), body.size()); }
};

std::optional<ApiError> read_ssid(const cJSON *json, Ssid &ssid) {
  const cJSON *text = cJSON_GetObjectItemCaseSensitive(json, "ssid");
  const cJSON *hex = cJSON_GetObjectItemCaseSensitive(json, "ssid_hex");
  std::optional<Ssid> read;
  if (hex != nullptr) {
    if (cJSON_IsString(hex) && text == nullptr) {
      read = Ssid::from_hex(hex->valuestring);
    }
    // The driver's configuration has no length beside the name, so a NUL byte would end it.
    if (!read || read->bytes().find('\0') != std::string_view::npos) {
      return ApiError::InvalidSsidHex;
    }
  } else {
    if (cJSON_IsString(text)) {
      read = Ssid::from_bytes(text->valuestring);
    }
    if (!read || !read->is_text()) {
      return ApiError::InvalidSsid;
    }
  }
  ssid = *read;
  return std::nullopt;
}

std::optional<ApiError> read_request(const cJSON *json, ConnectRequest &request) {
  const auto error = read_ssid(json, request.ssid);
  if (error) {
    return error;
  }

  const cJSON *password = cJSON_GetObjectItemCaseSensitive(json, "password");
  if (password != nullptr && !cJSON_IsNull(password)) {
    if (!cJSON_IsString(password) || !is_valid_password(password->valuestring)) {
      return ApiError::InvalidPassword;
    }
    request.password = Secret(password->valuestring);
  }

  const cJSON *saved = cJSON_GetObjectItemCaseSensitive(json, "saved");
  if (saved != nullptr) {
    request.use_saved = cJSON_IsTrue(saved) != 0;
    if (!cJSON_IsBool(saved) || (request.use_saved && !request.password.empty())) {
      return ApiError::InvalidSaved;
    }
  }
  return std::nullopt;
}

} // namespace

std::expected<ConnectRequest, ApiError> parse_connect_request(std::span<char> body) {
  const WipedBody wiped{body};
  std::expected<ConnectRequest, ApiError> request;
  Json json;
  auto error = parse_unseen({body.data(), body.size()}, json);
  if (!error) {
    error = read_request(json.get(), *request);
  }
  if (error) {
    request = std::unexpected(*error);
  }
  return request;
}

} // namespace espp::provisioning
