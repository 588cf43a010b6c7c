/// What the component tells on the default event loop, beside its callbacks, with "Post events" in
/// menuconfig. For C and C++.
///
///     esp_event_handler_register(PROVISIONING_EVENT, PROVISIONING_EVENT_CONNECTED, on_connected, NULL);
///
/// Handlers run on the loop's task, where nobody may wait for long: all methods of espp::Provisioning
/// may be called there, and return at once. The data is the loop's; it is valid until the handler
/// returns. Passwords are in none of it: espp::Provisioning::get_saved_password() has them.
///
/// The application creates the loop (`esp_event_loop_create_default()`) before start(). Otherwise the
/// component does, and when it gives the loop back, the handlers are gone, and so is what would have
/// been told from then on.
///
/// Events come in the order of what they tell. While the loop's queue is full, or memory is short, up to
/// eight are kept and posted later, and nothing of the component waits for that; of more, the oldest are
/// dropped, with a warning in the log. stop() waits until all have been posted, one second at most, so
/// that the loop may be deleted after it; what can't be posted by then is dropped likewise.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "esp_event_base.h"

#ifdef __cplusplus
extern "C" {
#endif

ESP_EVENT_DECLARE_BASE(PROVISIONING_EVENT);

/// What happens. The values stay as they are; later versions add to them.
typedef enum {
  PROVISIONING_EVENT_PORTAL_OPENED = 0, ///< provisioning_event_portal_opened_t
  PROVISIONING_EVENT_PORTAL_CLOSED =
      1, ///< provisioning_event_portal_closed_t; once for each that has opened
  /// provisioning_event_test_ended_t; once for each connection test of the owner's, but one that the
  /// closing of the portal, or the next test, has ended.
  PROVISIONING_EVENT_TEST_ENDED = 2,
  /// provisioning_event_completed_t; when `on_provisioned` is called, which see: where the access point
  /// closes, after PORTAL_CLOSED, so that the handler may have the station connect.
  PROVISIONING_EVENT_COMPLETED = 3,
  PROVISIONING_EVENT_CONNECTED = 4, ///< provisioning_event_connected_t; only with "Stay connected"
  PROVISIONING_EVENT_DISCONNECTED =
      5, ///< provisioning_event_disconnected_t; likewise; not after stop()
  PROVISIONING_EVENT_TIMED_OUT = 6, ///< no data; after PORTAL_CLOSED, when `on_timeout` is called
} provisioning_event_t;

/// The name of a network: `length` of its bytes, any but NUL.
typedef struct {
  uint8_t bytes[32];
  uint8_t length;
} provisioning_event_ssid_t;

typedef struct {
  provisioning_event_ssid_t ssid; ///< of the access point
  uint16_t port;                  ///< of the page
  uint32_t ip;                    ///< of the access point, as in esp_ip4_addr_t
} provisioning_event_portal_opened_t;

typedef enum {
  PROVISIONING_CLOSED_STOPPED = 0,   ///< by the application, or because a saved network was found
  PROVISIONING_CLOSED_COMPLETED = 1, ///< the owner has ended set-up
  PROVISIONING_CLOSED_TIMED_OUT = 2, ///< nobody used it
} provisioning_event_closed_t;

typedef struct {
  provisioning_event_closed_t reason;
} provisioning_event_portal_closed_t;

/// How a test has ended: docs/api.md says what each reason means.
typedef enum {
  PROVISIONING_TEST_CONNECTED = 0,
  PROVISIONING_TEST_KEPT = 1, ///< no address was had, and the owner keeps the network all the same
  PROVISIONING_TEST_WRONG_PASSWORD = 2,
  PROVISIONING_TEST_NOT_FOUND = 3,
  PROVISIONING_TEST_SECURITY_MISMATCH = 4,
  PROVISIONING_TEST_WEAK_SIGNAL = 5,
  PROVISIONING_TEST_NO_IP = 6,
  PROVISIONING_TEST_TIMEOUT = 7,
  PROVISIONING_TEST_CANCELLED = 8,
  PROVISIONING_TEST_UNKNOWN = 9,
  PROVISIONING_TEST_REFUSED = 10,
  PROVISIONING_TEST_FULL = 11,
} provisioning_event_result_t;

typedef struct {
  provisioning_event_ssid_t ssid;
  provisioning_event_result_t result;
  uint16_t raw_reason; ///< of ESP-IDF (wifi_err_reason_t); 0: it gave none
  bool saved;          ///< it has worked and is in flash
} provisioning_event_test_ended_t;

typedef struct {
  provisioning_event_ssid_t ssid; ///< of the network that the owner has chosen, which is saved
} provisioning_event_completed_t;

typedef struct {
  provisioning_event_ssid_t ssid;
  uint8_t channel;
  int8_t rssi;      ///< dBm
  uint32_t ip;      ///< as in esp_ip4_addr_t
  uint32_t gateway; ///< likewise
} provisioning_event_connected_t;

typedef struct {
  provisioning_event_ssid_t ssid;
  uint16_t reason; ///< as `on_disconnected` has it
} provisioning_event_disconnected_t;

#ifdef __cplusplus
}
#endif
