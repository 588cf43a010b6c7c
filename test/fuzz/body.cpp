// Bodies of `POST /api/connect`. The body is wiped, whatever was in it, and what comes out is what
// cJSON finds in it (cjson_oracle.hpp): the same error, or the same name, password and choice.

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cjson_oracle.hpp"
#include "codec/requests.hpp"
#include "expect.hpp"

using namespace espp::provisioning;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  std::vector<char> body(text.begin(), text.end());
  const auto request = parse_connect_request(body);
  EXPECT(std::ranges::all_of(body, [](char c) { return c == '\0'; }));

  const auto tree = oracle::parse(text, {.depth = 4, .values = 16});
  if (!tree) {
    return 0;
  }
  const auto expected = oracle::read_connect_request(*tree);
  EXPECT(request.has_value() == expected.has_value());
  if (!request) {
    EXPECT(request.error() == expected.error());
    return 0;
  }
  EXPECT(request->ssid.bytes() == expected->ssid);
  EXPECT(request->password.bytes() == expected->password);
  EXPECT(request->use_saved == expected->use_saved);
  EXPECT(!request->ssid.empty() && is_valid_password(request->password.bytes()));
  EXPECT(!request->use_saved || request->password.empty());
  return 0;
}
