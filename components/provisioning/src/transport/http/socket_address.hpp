#pragma once

#include <optional>

#include "domain/endpoint.hpp"

namespace espp::provisioning {

/// Address and port of this end of a connection; nothing if the socket is gone.
std::optional<Endpoint> local_address(int socket);

/// The last octet of the other end's address, by which an access point's clients differ; nothing if
/// it is gone.
std::optional<std::uint8_t> peer_octet(int socket);

} // namespace espp::provisioning
