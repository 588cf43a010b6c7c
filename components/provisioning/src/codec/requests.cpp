#include "codec/requests.hpp"

#include <optional>
#include <string_view>

#include "codec/json_reader.hpp"
#include "domain/secret.hpp"

namespace espp::provisioning {
namespace {

/// The most values that a body may have. A request has 4; the rest is for members that we ignore.
constexpr std::size_t kMaxValues = 16;

/// The members that count; `None` where there is none.
struct Members {
  JsonValue ssid;
  JsonValue ssid_hex;
  JsonValue password;
  JsonValue saved;
  JsonValue security;
};

/// Where the value of that member belongs; null if the member is unknown.
JsonValue *find_member(Members &members, std::string_view name) {
  struct Entry {
    const char *name;
    JsonValue Members::*value;
  };
  static constexpr Entry kEntries[]{{"ssid", &Members::ssid},
                                    {"ssid_hex", &Members::ssid_hex},
                                    {"password", &Members::password},
                                    {"saved", &Members::saved},
                                    {"security", &Members::security}};
  for (const Entry &entry : kEntries) {
    if (name == entry.name) {
      return &(members.*entry.value);
    }
  }
  return nullptr;
}

/// False if the text is not one JSON object within the limits.
bool read_members(std::span<char> text, Members &members) {
  JsonReader json(text, kMaxValues);
  if (!json.enter_object()) {
    return false;
  }
  while (json.next()) {
    JsonValue *const value = find_member(members, json.name());
    if (value != nullptr && value->is(JsonKind::None)) {
      *value = json.value();
    }
  }
  return json.finish();
}

/// Wipes the body on every way out.
struct WipedBody {
  std::span<char> body;
  ~WipedBody() { wipe(body.data(), body.size()); }
};

std::optional<ApiError> read_ssid(const Members &members, Ssid &ssid) {
  const JsonValue &text = members.ssid;
  const JsonValue &hex = members.ssid_hex;
  std::optional<Ssid> read;
  if (!hex.is(JsonKind::None)) {
    if (hex.is(JsonKind::String) && text.is(JsonKind::None)) {
      read = Ssid::from_hex(hex.text);
    }
    if (!read) {
      return ApiError::InvalidSsidHex;
    }
  } else {
    if (text.is(JsonKind::String)) {
      read = Ssid::from_bytes(text.text);
    }
    if (!read || !read->is_text()) {
      return ApiError::InvalidSsid;
    }
  }
  ssid = *read;
  return std::nullopt;
}

std::optional<ApiError> read_request(const Members &members, ConnectRequest &request) {
  const auto error = read_ssid(members, request.ssid);
  if (error) {
    return error;
  }

  const JsonValue &password = members.password;
  if (!password.is(JsonKind::None) && !password.is(JsonKind::Null)) {
    if (!password.is(JsonKind::String) || !is_valid_password(password.text)) {
      return ApiError::InvalidPassword;
    }
    request.password = Secret(password.text);
  }

  const JsonValue &saved = members.saved;
  if (!saved.is(JsonKind::None)) {
    request.use_saved = saved.is(JsonKind::True);
    if ((!request.use_saved && !saved.is(JsonKind::False)) ||
        (request.use_saved && !request.password.empty())) {
      return ApiError::InvalidSaved;
    }
  }

  const JsonValue &security = members.security;
  if (!security.is(JsonKind::None)) {
    const auto named =
        security.is(JsonKind::String) ? security_from(security.text) : std::nullopt;
    if (!named) {
      return ApiError::InvalidSecurity;
    }
    request.security = *named;
  }
  return std::nullopt;
}

} // namespace

std::expected<ConnectRequest, ApiError> parse_connect_request(std::span<char> body) {
  const WipedBody wiped{body};
  std::expected<ConnectRequest, ApiError> request;
  Members members;
  std::optional<ApiError> error = ApiError::InvalidJson;
  if (read_members(body, members)) {
    error = read_request(members, *request);
  }
  if (error) {
    request = std::unexpected(*error);
  }
  return request;
}

} // namespace espp::provisioning
