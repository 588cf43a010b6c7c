#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "esp_err.h"
#include "esp_http_server.h"

#include "core/api_error.hpp"
#include "core/guard.hpp"
#include "core/page_blob.hpp"
#include "core/replies.hpp"
#include "core/router.hpp"
#include "esp/credential_store.hpp"
#include "esp/request_stream.hpp"
#include "esp/session.hpp"

namespace espp::provisioning {

/// The HTTP server: the page, the API, and for everything else a redirect to the page, or, once
/// set-up is complete, what phones' connectivity checks take for "online". All handlers run on the
/// server's one task and wait for nobody but the client and, where they write, the flash.
class HttpPortal {
public:
  /// What the server tells and whom it asks; all of it must outlive the portal.
  struct Setup {
    Session &session;
    CredentialStore &store;
    std::string_view device_name;
    Ssid ap_ssid;
    std::array<std::uint8_t, 6> mac{};
    std::uint32_t ap_ip{0}; ///< network byte order
    std::uint16_t port{80};
    bool closes_when_complete{true};
    /// Called on the server's task before the answer to `POST /api/complete`. False: not now.
    bool (*prepare_completion)(void *context){nullptr};
    void *context{nullptr};
  };

  explicit HttpPortal(Setup setup);
  /// Needs stop() to have run.
  ~HttpPortal() = default;
  HttpPortal(const HttpPortal &) = delete;
  HttpPortal &operator=(const HttpPortal &) = delete;

  /// Errors: ESP_ERR_NOT_FOUND (the page in the firmware is damaged) and those of httpd_start().
  esp_err_t start();
  /// Closes all connections; returns when no handler runs. Not from a handler. Harmless if stopped.
  void stop();

private:
  static esp_err_t on_request(httpd_req_t *request);

  bool serves(const LocalAddress &address) const;
  esp_err_t handle(httpd_req_t *request);
  esp_err_t lead_to_page(httpd_req_t *request, std::string_view host, const LocalAddress &address);
  esp_err_t answer(httpd_req_t *request, const Destination &destination);
  esp_err_t send_page(httpd_req_t *request);
  esp_err_t send_status(httpd_req_t *request);
  esp_err_t send_scan(httpd_req_t *request);
  esp_err_t send_connect(httpd_req_t *request);
  esp_err_t send_saved_networks(httpd_req_t *request);
  esp_err_t start_scan(httpd_req_t *request);
  esp_err_t start_connect(httpd_req_t *request);
  esp_err_t cancel_connect(httpd_req_t *request);
  esp_err_t forget_network(httpd_req_t *request, const std::optional<Ssid> &ssid);
  esp_err_t complete(httpd_req_t *request);

  Setup setup_;
  std::array<char, 18> mac_text_{};
  PageBlob page_;
  RequestStream stream_;
  httpd_handle_t server_{nullptr};
};

} // namespace espp::provisioning
