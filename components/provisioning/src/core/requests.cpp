#include "core/requests.hpp"

#include <cJSON.h>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "core/hex.hpp"
#include "core/network.hpp"

namespace espp::provisioning {
namespace {

/// The deepest nesting let through to the parser, which recurses on a task's small stack.
constexpr int kMaxDepth = 4;

/// Looks over a JSON text for what the parser would do wrong: recursion without a useful bound, and
/// U+0000 inside a string, which its C strings would cut off without a word. Writes the text to
/// `masked`, which has room for it, with every character inside a string replaced; only escapes of
/// code points stay, since those alone can make a string invalid.
bool is_safe_to_parse(std::string_view text, char *masked) {
  constexpr char kMask = 'x';
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    masked[i] = c;
    if (c == '\0') {
      return false;
    }
    if (in_string) {
      if (c == '\\') {
        const std::string_view escape = text.substr(i + 1, 5);
        if (escape == "u0000") {
          return false;
        }
        const bool is_code_point = escape.starts_with('u');
        for (const char next : escape.substr(0, is_code_point ? 5 : 1)) {
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

/// Parses a text that a NUL follows, which `size` does not count; nothing unless it is one object.
std::unique_ptr<cJSON, WipedJson> parse_object(const char *text, std::size_t size) {
  std::unique_ptr<cJSON, WipedJson> json(
      cJSON_ParseWithLengthOpts(text, size + 1, nullptr, /*require_null_terminated=*/1));
  if (!cJSON_IsObject(json.get())) {
    json.reset();
  }
  return json;
}

/// The parser frees the strings of a text that it can't parse to the end without wiping them, so it
/// gets to see the masked text first.
std::unique_ptr<cJSON, WipedJson> parse_object_unseen(std::string_view text, ApiError &error) {
  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };
  error = ApiError::Unavailable;
  const std::unique_ptr<char, Free> masked(static_cast<char *>(std::malloc(text.size() + 1)));
  if (masked == nullptr) {
    return nullptr;
  }
  masked.get()[text.size()] = '\0';
  if (!is_safe_to_parse(text, masked.get()) || !parse_object(masked.get(), text.size())) {
    error = ApiError::InvalidJson;
    return nullptr;
  }
  return parse_object(text.data(), text.size()); // can fail for want of memory alone
}

/// Wipes the body on every way out.
struct WipedBody {
  std::span<char> body;
  ~WipedBody() { wipe(body.data(), body.size()); }
};

std::expected<Ssid, ApiError> read_ssid(const cJSON *json) {
  const cJSON *text = cJSON_GetObjectItemCaseSensitive(json, "ssid");
  const cJSON *hex = cJSON_GetObjectItemCaseSensitive(json, "ssid_hex");
  if (hex != nullptr) {
    const auto ssid =
        cJSON_IsString(hex) && text == nullptr ? Ssid::from_hex(hex->valuestring) : std::nullopt;
    // The driver's configuration has no length beside the name, so a NUL byte would end it.
    if (!ssid || ssid->bytes().find('\0') != std::string_view::npos) {
      return std::unexpected(ApiError::InvalidSsidHex);
    }
    return *ssid;
  }
  const auto ssid = cJSON_IsString(text) ? Ssid::from_bytes(text->valuestring) : std::nullopt;
  if (!ssid || !ssid->is_text()) {
    return std::unexpected(ApiError::InvalidSsid);
  }
  return *ssid;
}

} // namespace

std::expected<ConnectRequest, ApiError> parse_connect_request(std::span<char> body) {
  const WipedBody wiped{body};
  ApiError error;
  const auto json = parse_object_unseen({body.data(), body.size()}, error);
  if (json == nullptr) {
    return std::unexpected(error);
  }

  ConnectRequest request;
  const auto ssid = read_ssid(json.get());
  if (!ssid) {
    return std::unexpected(ssid.error());
  }
  request.ssid = *ssid;

  const cJSON *password = cJSON_GetObjectItemCaseSensitive(json.get(), "password");
  if (password != nullptr && !cJSON_IsNull(password)) {
    if (!cJSON_IsString(password) || !is_valid_password(password->valuestring)) {
      return std::unexpected(ApiError::InvalidPassword);
    }
    request.password = Secret(password->valuestring);
  }

  const cJSON *saved = cJSON_GetObjectItemCaseSensitive(json.get(), "saved");
  if (saved != nullptr) {
    if (!cJSON_IsBool(saved) || (cJSON_IsTrue(saved) && !request.password.empty())) {
      return std::unexpected(ApiError::InvalidSaved);
    }
    request.use_saved = cJSON_IsTrue(saved) != 0;
  }
  return request;
}

} // namespace espp::provisioning
