// Bodies of `POST /api/connect`. The body is wiped, whatever was in it; the look-over before the
// parser lets through only what the parser can read, and what comes out is what the parser alone
// would find.

#include <cJSON.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/network.hpp"
#include "core/requests.hpp"
#include "expect.hpp"

using namespace espp::provisioning;

namespace {

std::string_view string_of(const cJSON *json, const char *name) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));
  return text == nullptr ? std::string_view() : text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  std::vector<char> body(text.begin(), text.end());
  body.push_back('\0');
  const auto request = parse_connect_request(std::span(body).first(size));
  EXPECT(std::all_of(body.begin(), body.end(), [](char c) { return c == '\0'; }));

  const std::unique_ptr<cJSON, decltype(&cJSON_Delete)> json(
      cJSON_ParseWithLengthOpts(std::string(text).c_str(), size + 1, nullptr, 1), cJSON_Delete);
  // The look-over refuses more than the parser does, so only one direction holds.
  EXPECT((!request && request.error() == ApiError::InvalidJson) || cJSON_IsObject(json.get()));
  if (request) {
    EXPECT(!request->ssid.empty() && is_valid_password(request->password.bytes()));
    EXPECT(!request->use_saved || request->password.empty());
    EXPECT(request->password.bytes() == string_of(json.get(), "password"));
    const auto name = string_of(json.get(), "ssid");
    EXPECT(name.empty() || request->ssid.bytes() == name);
  }
  return 0;
}
