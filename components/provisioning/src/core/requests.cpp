#include "core/requests.hpp"

#include <cJSON.h>
#include <cstring>
#include <memory>
#include <string_view>

#include "core/network.hpp"

namespace espp::provisioning {
namespace {

/// The deepest nesting let through to the parser, which recurses on a task's small stack.
constexpr int kMaxDepth = 4;

/// Looks over a JSON text for what the parser would do wrong: recursion without a useful bound, and
/// U+0000 inside a string, which its C strings would cut off without a word.
bool is_safe_to_parse(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\0') {
      return false;
    }
    if (in_string) {
      if (c == '\\') {
        if (text.substr(i + 1, 5) == "u0000") {
          return false;
        }
        ++i;
      } else if (c == '"') {
        in_string = false;
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

/// Wipes the body on every way out.
struct WipedBody {
  std::span<char> body;
  ~WipedBody() { wipe(body.data(), body.size()); }
};

std::expected<Ssid, ApiError> read_ssid(const cJSON *json) {
  const cJSON *text = cJSON_GetObjectItemCaseSensitive(json, "ssid");
  const cJSON *hex = cJSON_GetObjectItemCaseSensitive(json, "ssid_hex");
  if (hex != nullptr) {
    const auto ssid = cJSON_IsString(hex) && text == nullptr ? Ssid::from_hex(hex->valuestring)
                                                             : std::nullopt;
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
  if (!is_safe_to_parse({body.data(), body.size()})) {
    return std::unexpected(ApiError::InvalidJson);
  }
  const std::unique_ptr<cJSON, WipedJson> json(
      cJSON_ParseWithLengthOpts(body.data(), body.size() + 1, nullptr, /*require_null_terminated=*/1));
  if (!cJSON_IsObject(json.get())) {
    return std::unexpected(ApiError::InvalidJson);
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
