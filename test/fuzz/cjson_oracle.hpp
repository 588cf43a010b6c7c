#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <cJSON.h>

#include "service/api_error.hpp"

/// cJSON as the second opinion on a JSON text, mended where it differs from RFC 8259:
///
/// - It takes every byte up to U+0020 for white space; RFC 8259 has four of them. It also lets
///   control characters into strings.
/// - It takes numbers as strtod() does (`01`, `1.`, `-.5`), and none with more than 63 characters.
/// - It reads an escape without four hexadecimal digits as U+0000.
/// - Its C strings end at U+0000.
///
/// A look at the text before cJSON sees it refuses the first three, and puts something in the place
/// of U+0000 and of long numbers. For everything else cJSON's word counts.
namespace oracle {

struct Delete {
  void operator()(cJSON *json) const { cJSON_Delete(json); }
};

/// The most that a text may have.
struct Limits {
  int depth;
  std::size_t values; ///< its commas and one
};

/// What cJSON made of a text.
class Tree {
public:
  /// Null unless the text is JSON within the limits.
  const cJSON *root() const { return root_.get(); }
  /// The name of a member and the characters of a string, with U+0000 back in its place.
  std::string name_of(const cJSON *item) const;
  std::string string_of(const cJSON *item) const;

private:
  friend std::optional<Tree> parse(std::string_view text, Limits limits);
  std::string restore(const char *text) const;

  std::unique_ptr<cJSON, Delete> root_;
  char nul_{'\0'};
};

/// Nothing where the oracle has no opinion: no byte is left to stand for U+0000.
std::optional<Tree> parse(std::string_view text, Limits limits);

/// A request as the members of a body have it.
struct Request {
  std::string ssid; ///< the bytes
  std::string password;
  bool use_saved{false};
};

/// What parse_connect_request() makes of a tree.
std::expected<Request, espp::provisioning::ApiError> read_connect_request(const Tree &tree);

} // namespace oracle
