#pragma once

#include <optional>
#include <span>

#include "codec/languages.hpp"
#include "codec/page_blob.hpp"
#include "transport/http/exchange.hpp"

namespace espp::provisioning {

/// The languages that are built in, in the order of the page's menu: English, then those that were
/// chosen in menuconfig. languages.cmake makes the table.
std::span<const Language> built_in_languages();

/// The texts of the language that a request for the page asks for, by `?lang=` or
/// `Accept-Language`. Nothing: English, which is in the page. To be called before anything of the
/// answer is sent.
std::optional<Blocks> language_of(const Exchange &exchange);

} // namespace espp::provisioning
