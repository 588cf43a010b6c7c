#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "esp_err.h"
#include "esp_http_server.h"

#include "codec/page_blob.hpp"
#include "codec/replies.hpp"
#include "domain/endpoint.hpp"
#include "domain/ip4.hpp"
#include "service/service.hpp"
#include "transport/http/exchange.hpp"
#include "transport/http/request_stream.hpp"

namespace espp::provisioning {

/// The HTTP server: the page, the API, and for everything else a redirect to the page, or, once
/// set-up is complete, what phones' connectivity checks take for "online". All handlers run on the
/// server's one task. They read a request, ask the service, and write its answer.
class HttpPortal {
public:
  /// What the server tells and whom it asks; all of it must outlive the portal.
  struct Setup {
    Service &service;
    const Monitor &monitor;
    std::string_view device_name;
    Ssid ap_ssid;
    std::array<std::uint8_t, 6> ap_mac{};
    std::array<std::uint8_t, 6> station_mac{};
    Endpoint ap; ///< the access point's address, and the port to serve on
  };

  explicit HttpPortal(const Setup &setup);
  /// Needs stop() to have run.
  ~HttpPortal() = default;
  HttpPortal(const HttpPortal &) = delete;
  HttpPortal &operator=(const HttpPortal &) = delete;

  /// Errors: ESP_ERR_NOT_FOUND (the page in the firmware is damaged) and those of httpd_start().
  esp_err_t start();
  /// Ends what a handler is waiting for, closes all connections and returns when no handler runs. Not
  /// from a handler. Harmless if stopped.
  void stop();

  /// Answers one request; `argument` is what its route leaves open.
  using Handler = esp_err_t (HttpPortal::*)(Exchange &exchange, std::string_view argument);

  // One for each row of kRoutes.
  esp_err_t page(Exchange &exchange, std::string_view argument);
  esp_err_t status(Exchange &exchange, std::string_view argument);
  esp_err_t networks(Exchange &exchange, std::string_view argument);
  esp_err_t scan(Exchange &exchange, std::string_view argument);
  esp_err_t connect_report(Exchange &exchange, std::string_view argument);
  esp_err_t connect(Exchange &exchange, std::string_view argument);
  esp_err_t cancel(Exchange &exchange, std::string_view argument);
  esp_err_t saved_networks(Exchange &exchange, std::string_view argument);
  esp_err_t forget(Exchange &exchange, std::string_view argument);
  esp_err_t forget_by_hex(Exchange &exchange, std::string_view argument);
  esp_err_t forget_all(Exchange &exchange, std::string_view argument);
  esp_err_t keep(Exchange &exchange, std::string_view argument);
  esp_err_t complete(Exchange &exchange, std::string_view argument);
  esp_err_t nothing(Exchange &exchange, std::string_view argument);

private:
  using MacText = Text<17>; ///< aa:bb:cc:dd:ee:ff

  static esp_err_t on_request(httpd_req_t *request);
  static esp_err_t on_too_long(httpd_req_t *request, httpd_err_code_t error);
  static MacText to_text(const std::array<std::uint8_t, 6> &mac);

  DeviceInfo device_info() const;
  bool serves(const Endpoint &address) const;
  esp_err_t handle(httpd_req_t *request);
  esp_err_t lead_to_page(Exchange &exchange, std::string_view host, const Endpoint &address);
  esp_err_t forget_network(Exchange &exchange, const std::optional<Ssid> &ssid);

  Setup setup_;
  MacText ap_mac_;
  MacText station_mac_;
  PageBlob page_;
  RequestStream stream_;
  httpd_handle_t server_{nullptr};
};

} // namespace espp::provisioning
