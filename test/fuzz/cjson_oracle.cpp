#include "cjson_oracle.hpp"

#include <algorithm>
#include <cctype>

#include "domain/secret.hpp"
#include "domain/ssid.hpp"

using namespace espp::provisioning;

namespace oracle {
namespace {

/// Bytes that no UTF-8 has and that cJSON makes of no escape.
constexpr std::string_view kNoUtf8 = "\xFF\xFE\xFD\xFC\xFB\xFA\xF9\xF8\xF7\xF6\xF5\xC1\xC0";

/// parse_number()'s buffer in cJSON.c has 64 characters, one of them the NUL.
constexpr std::size_t kLongestNumber = 63;

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

/// RFC 8259, section 6.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) {
    text.remove_prefix(1);
  }
  const std::size_t whole = count_digits(text);
  if (whole == 0 || (whole > 1 && text.front() == '0')) {
    return false;
  }
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    const std::size_t fraction = count_digits(text.substr(1));
    if (fraction == 0) {
      return false;
    }
    text.remove_prefix(1 + fraction);
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) {
      text.remove_prefix(1);
    }
    return !text.empty() && count_digits(text) == text.size();
  }
  return text.empty();
}

/// A text that cJSON can be trusted with, `nul` standing for U+0000; nothing if it must be refused.
std::optional<std::string> mend(std::string_view text, Limits limits, char nul) {
  std::string mended;
  int depth = 0;
  std::size_t values = 1;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (static_cast<unsigned char>(c) < ' ') {
        return std::nullopt;
      }
      if (c == '\\' && text.substr(i + 1).starts_with('u')) {
        const std::string_view digits = text.substr(i + 2, 4);
        if (digits.size() < 4 || !std::ranges::all_of(digits, [](unsigned char digit) {
              return std::isxdigit(digit) != 0;
            })) {
          return std::nullopt;
        }
        if (digits == "0000") {
          mended += nul;
        } else {
          mended += text.substr(i, 6);
        }
        i += 5;
      } else if (c == '\\') {
        mended += text.substr(i, 2);
        ++i;
      } else {
        in_string = c != '"';
        mended += c;
      }
      continue;
    }
    if (c == '-' || is_digit(c)) {
      const std::size_t end = text.find_first_not_of("0123456789+-.eE", i);
      const std::string_view number = text.substr(i, end - i);
      if (!is_number(number)) {
        return std::nullopt;
      }
      mended += number.size() > kLongestNumber ? "0" : number;
      i += number.size() - 1;
      continue;
    }
    mended += c;
    in_string = c == '"';
    if (static_cast<unsigned char>(c) <= ' ' &&
        std::string_view(" \t\n\r").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
    if ((c == '{' || c == '[') && ++depth > limits.depth) {
      return std::nullopt;
    }
    if (c == '}' || c == ']') {
      --depth;
    }
    if (c == ',' && ++values > limits.values) {
      return std::nullopt;
    }
  }
  return mended;
}

} // namespace

std::string Tree::restore(const char *text) const {
  std::string restored(text);
  std::ranges::replace(restored, nul_, '\0');
  return restored;
}

std::string Tree::name_of(const cJSON *item) const {
  return restore(item->string);
}

std::string Tree::string_of(const cJSON *item) const {
  return restore(item->valuestring);
}

std::optional<Tree> parse(std::string_view text, Limits limits) {
  const auto unused = std::ranges::find_if(
      kNoUtf8, [text](char c) { return text.find(c) == std::string_view::npos; });
  if (unused == kNoUtf8.end()) {
    return std::nullopt;
  }
  Tree tree;
  tree.nul_ = *unused;
  if (const auto mended = mend(text, limits, tree.nul_)) {
    // With the NUL behind it, which it then asks for.
    tree.root_.reset(cJSON_ParseWithLengthOpts(mended->c_str(), mended->size() + 1, nullptr, 1));
  }
  return tree;
}

std::expected<Request, ApiError> read_connect_request(const Tree &tree) {
  if (!cJSON_IsObject(tree.root())) {
    return std::unexpected(ApiError::InvalidJson);
  }
  const auto member = [&tree](const char *name) {
    return cJSON_GetObjectItemCaseSensitive(tree.root(), name);
  };
  Request request;

  const cJSON *text = member("ssid");
  const cJSON *hex = member("ssid_hex");
  std::optional<Ssid> ssid;
  if (hex != nullptr) {
    if (cJSON_IsString(hex) && text == nullptr) {
      ssid = Ssid::from_hex(tree.string_of(hex));
    }
    if (!ssid || ssid->bytes().find('\0') != std::string_view::npos) {
      return std::unexpected(ApiError::InvalidSsidHex);
    }
  } else {
    if (cJSON_IsString(text)) {
      ssid = Ssid::from_bytes(tree.string_of(text));
    }
    if (!ssid || !ssid->is_text()) {
      return std::unexpected(ApiError::InvalidSsid);
    }
  }
  request.ssid = ssid->bytes();

  const cJSON *password = member("password");
  if (password != nullptr && !cJSON_IsNull(password)) {
    if (!cJSON_IsString(password) || !is_valid_password(tree.string_of(password))) {
      return std::unexpected(ApiError::InvalidPassword);
    }
    request.password = tree.string_of(password);
  }

  const cJSON *saved = member("saved");
  if (saved != nullptr) {
    request.use_saved = cJSON_IsTrue(saved) != 0;
    if (!cJSON_IsBool(saved) || (request.use_saved && !request.password.empty())) {
      return std::unexpected(ApiError::InvalidSaved);
    }
  }
  return request;
}

} // namespace oracle
