#include "transport/http/page_languages.hpp"

#include "transport/http/router.hpp"

namespace espp::provisioning {

std::optional<Blocks> language_of(const Exchange &exchange) {
  const auto languages = built_in_languages();
  auto chosen = find_language(query_value(split_target(exchange.uri()).query, "lang"), languages);
  if (!chosen) {
    const Header wanted = exchange.header("Accept-Language");
    chosen = choose_language(wanted.value().value_or(""), languages);
  }
  return read_language_blob(languages[*chosen].file());
}

} // namespace espp::provisioning
