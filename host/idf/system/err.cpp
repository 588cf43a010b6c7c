#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "esp_err.h"
#include "esp_http_server.h"
#include "esp_netif_types.h"
#include "esp_wifi.h"
#include "nvs.h"

namespace {

struct Name {
  esp_err_t code;
  const char *text;
};

#define NAME(code)                                                                                 \
  { code, #code }

constexpr Name kNames[] = {
    NAME(ESP_FAIL),
    NAME(ESP_OK),
    NAME(ESP_ERR_NO_MEM),
    NAME(ESP_ERR_INVALID_ARG),
    NAME(ESP_ERR_INVALID_STATE),
    NAME(ESP_ERR_INVALID_SIZE),
    NAME(ESP_ERR_NOT_FOUND),
    NAME(ESP_ERR_NOT_SUPPORTED),
    NAME(ESP_ERR_TIMEOUT),
    NAME(ESP_ERR_INVALID_RESPONSE),
    NAME(ESP_ERR_INVALID_CRC),
    NAME(ESP_ERR_INVALID_VERSION),
    NAME(ESP_ERR_INVALID_MAC),
    NAME(ESP_ERR_NOT_FINISHED),
    NAME(ESP_ERR_NOT_ALLOWED),
    NAME(ESP_ERR_NVS_BASE),
    NAME(ESP_ERR_NVS_NOT_INITIALIZED),
    NAME(ESP_ERR_NVS_NOT_FOUND),
    NAME(ESP_ERR_NVS_TYPE_MISMATCH),
    NAME(ESP_ERR_NVS_READ_ONLY),
    NAME(ESP_ERR_NVS_NOT_ENOUGH_SPACE),
    NAME(ESP_ERR_NVS_INVALID_NAME),
    NAME(ESP_ERR_NVS_INVALID_HANDLE),
    NAME(ESP_ERR_NVS_REMOVE_FAILED),
    NAME(ESP_ERR_NVS_KEY_TOO_LONG),
    NAME(ESP_ERR_NVS_PAGE_FULL),
    NAME(ESP_ERR_NVS_INVALID_STATE),
    NAME(ESP_ERR_NVS_INVALID_LENGTH),
    NAME(ESP_ERR_NVS_NO_FREE_PAGES),
    NAME(ESP_ERR_NVS_VALUE_TOO_LONG),
    NAME(ESP_ERR_NVS_PART_NOT_FOUND),
    NAME(ESP_ERR_NVS_NEW_VERSION_FOUND),
    NAME(ESP_ERR_NVS_XTS_ENCR_FAILED),
    NAME(ESP_ERR_NVS_XTS_DECR_FAILED),
    NAME(ESP_ERR_NVS_XTS_CFG_FAILED),
    NAME(ESP_ERR_NVS_XTS_CFG_NOT_FOUND),
    NAME(ESP_ERR_NVS_ENCR_NOT_SUPPORTED),
    NAME(ESP_ERR_NVS_KEYS_NOT_INITIALIZED),
    NAME(ESP_ERR_NVS_CORRUPT_KEY_PART),
    NAME(ESP_ERR_NVS_CONTENT_DIFFERS),
    NAME(ESP_ERR_NVS_WRONG_ENCRYPTION),
    NAME(ESP_ERR_WIFI_BASE),
    NAME(ESP_ERR_WIFI_NOT_INIT),
    NAME(ESP_ERR_WIFI_NOT_STARTED),
    NAME(ESP_ERR_WIFI_NOT_STOPPED),
    NAME(ESP_ERR_WIFI_IF),
    NAME(ESP_ERR_WIFI_MODE),
    NAME(ESP_ERR_WIFI_STATE),
    NAME(ESP_ERR_WIFI_CONN),
    NAME(ESP_ERR_WIFI_NVS),
    NAME(ESP_ERR_WIFI_MAC),
    NAME(ESP_ERR_WIFI_SSID),
    NAME(ESP_ERR_WIFI_PASSWORD),
    NAME(ESP_ERR_WIFI_TIMEOUT),
    NAME(ESP_ERR_WIFI_WAKE_FAIL),
    NAME(ESP_ERR_WIFI_WOULD_BLOCK),
    NAME(ESP_ERR_WIFI_NOT_CONNECT),
    NAME(ESP_ERR_WIFI_POST),
    NAME(ESP_ERR_WIFI_INIT_STATE),
    NAME(ESP_ERR_WIFI_STOP_STATE),
    NAME(ESP_ERR_WIFI_NOT_ASSOC),
    NAME(ESP_ERR_WIFI_TX_DISALLOW),
    NAME(ESP_ERR_WIFI_TWT_FULL),
    NAME(ESP_ERR_WIFI_TWT_SETUP_TIMEOUT),
    NAME(ESP_ERR_WIFI_TWT_SETUP_TXFAIL),
    NAME(ESP_ERR_WIFI_TWT_SETUP_REJECT),
    NAME(ESP_ERR_WIFI_DISCARD),
    NAME(ESP_ERR_WIFI_ROC_IN_PROGRESS),
    NAME(ESP_ERR_ESP_NETIF_BASE),
    NAME(ESP_ERR_ESP_NETIF_INVALID_PARAMS),
    NAME(ESP_ERR_ESP_NETIF_IF_NOT_READY),
    NAME(ESP_ERR_ESP_NETIF_DHCPC_START_FAILED),
    NAME(ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED),
    NAME(ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED),
    NAME(ESP_ERR_ESP_NETIF_NO_MEM),
    NAME(ESP_ERR_ESP_NETIF_DHCP_NOT_STOPPED),
    NAME(ESP_ERR_ESP_NETIF_DRIVER_ATTACH_FAILED),
    NAME(ESP_ERR_ESP_NETIF_INIT_FAILED),
    NAME(ESP_ERR_ESP_NETIF_DNS_NOT_CONFIGURED),
    NAME(ESP_ERR_ESP_NETIF_MLD6_FAILED),
    NAME(ESP_ERR_ESP_NETIF_IP6_ADDR_FAILED),
    NAME(ESP_ERR_ESP_NETIF_DHCPS_START_FAILED),
    NAME(ESP_ERR_ESP_NETIF_TX_FAILED),
    NAME(ESP_ERR_HTTPD_BASE),
    NAME(ESP_ERR_HTTPD_HANDLERS_FULL),
    NAME(ESP_ERR_HTTPD_HANDLER_EXISTS),
    NAME(ESP_ERR_HTTPD_INVALID_REQ),
    NAME(ESP_ERR_HTTPD_RESULT_TRUNC),
    NAME(ESP_ERR_HTTPD_RESP_HDR),
    NAME(ESP_ERR_HTTPD_RESP_SEND),
    NAME(ESP_ERR_HTTPD_ALLOC_MEM),
    NAME(ESP_ERR_HTTPD_TASK),
};

#undef NAME

constexpr char kUnknown[] = "UNKNOWN ERROR";

const char *find(esp_err_t code) {
  for (const Name &name : kNames) {
    if (name.code == code) {
      return name.text;
    }
  }
  return nullptr;
}

void report(const char *what, esp_err_t rc, const char *file, int line, const char *function,
            const char *expression) {
  std::fprintf(
      stderr, "%s failed: esp_err_t 0x%x (%s)\nfile: \"%s\" line %d\nfunc: %s\nexpression: %s\n",
      what, static_cast<unsigned>(rc), esp_err_to_name(rc), file, line, function, expression);
}

} // namespace

const char *esp_err_to_name(esp_err_t code) {
  const char *const name = find(code);
  return name != nullptr ? name : kUnknown;
}

const char *esp_err_to_name_r(esp_err_t code, char *buf, size_t buflen) {
  if (const char *const name = find(code)) {
    std::snprintf(buf, buflen, "%s", name);
  } else if (const char *const text = code > 0 ? strerrordesc_np(code) : nullptr) {
    std::snprintf(buf, buflen, "%s", text);
  } else {
    std::snprintf(buf, buflen, "%s 0x%x(%d)", kUnknown, static_cast<unsigned>(code), code);
  }
  return buf;
}

void _esp_error_check_failed(esp_err_t rc, const char *file, int line, const char *function,
                             const char *expression) {
  report("ESP_ERROR_CHECK", rc, file, line, function, expression);
  std::abort();
}

void _esp_error_check_failed_without_abort(esp_err_t rc, const char *file, int line,
                                           const char *function, const char *expression) {
  report("ESP_ERROR_CHECK_WITHOUT_ABORT", rc, file, line, function, expression);
}
