#pragma once

#include <string_view>

namespace espp::provisioning {

/// What a system's connectivity check takes for "online". All members but `body` are C strings in
/// read-only memory.
struct OnlineAnswer {
  const char *status;
  const char *content_type;
  std::string_view body;
  /// Value of `X-NetworkManager-Status`; nullptr: the header is not sent.
  const char *network_manager_status;
};

/// The answer that makes the system which sent this request believe that it is online, so that its
/// sign-in window closes or can be closed; nullptr if the request is no known connectivity check.
/// `host` is the Host header, with or without port, in any letter case; `uri` the request target.
/// docs/captive-portal.md has the table and where it comes from.
const OnlineAnswer *find_online_answer(std::string_view host, std::string_view uri);

} // namespace espp::provisioning
