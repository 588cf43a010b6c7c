#pragma once

#include "transport/http/routes.hpp"

/// Handlers that are only told apart, for tests of who answers what.
struct RouteNames {
  struct Name {
    const char *text;
  };
  using Handler = const Name *;
  static constexpr Name page{"page"};
  static constexpr Name status{"status"};
  static constexpr Name networks{"networks"};
  static constexpr Name scan{"scan"};
  static constexpr Name connect_report{"connect_report"};
  static constexpr Name connect{"connect"};
  static constexpr Name cancel{"cancel"};
  static constexpr Name saved_networks{"saved_networks"};
  static constexpr Name forget{"forget"};
  static constexpr Name forget_by_hex{"forget_by_hex"};
  static constexpr Name forget_all{"forget_all"};
  static constexpr Name keep{"keep"};
  static constexpr Name complete{"complete"};
  static constexpr Name nothing{"nothing"};
};

/// Where a request leads to.
struct Found {
  espp::provisioning::Lookup lookup;
  const RouteNames::Name *handler; ///< null: no route
  std::string_view argument;
  espp::provisioning::AllowedMethods allowed;
};

inline Found route_of(espp::provisioning::Method method, std::string_view uri) {
  const auto found = espp::provisioning::find_route<RouteNames>(method, uri);
  const bool is_route = found.lookup == espp::provisioning::Lookup::Route;
  return {.lookup = found.lookup,
          .handler =
              is_route ? espp::provisioning::kRoutes<RouteNames>[found.index].handler : nullptr,
          .argument = found.argument,
          .allowed = found.allowed};
}
