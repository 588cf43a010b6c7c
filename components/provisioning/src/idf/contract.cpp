// What the component takes for granted of ESP-IDF: prototypes, fields and values. Compiled wherever
// the component is, so that neither a new ESP-IDF nor a port can differ without being noticed.

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "esp_app_desc.h"
#include "esp_err.h"
#include "esp_event.h"
#include "esp_http_server.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_random.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/event_groups.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "nvs.h"
#include "nvs_flash.h"
#include "sdkconfig.h"

#include "domain/parts.hpp"
#include "flow/scan_time.hpp"

#ifndef CONFIG_ESP_WIFI_SOFTAP_SUPPORT
#error "set CONFIG_ESP_WIFI_SOFTAP_SUPPORT=y: the portal opens an access point"
#endif
#ifndef CONFIG_LWIP_DHCPS
#error "set CONFIG_LWIP_DHCPS=y: the access point gives phones their addresses"
#endif

// CMakeLists.txt tells the rooms without ESP-IDF what menuconfig says.
#ifdef CONFIG_PROVISIONING_CONNECTION
static_assert(espp::provisioning::kHasConnection);
#else
static_assert(!espp::provisioning::kHasConnection);
#endif

namespace {

/// A function of exactly this type, or a pointer to one.
template <typename Prototype, typename Function> constexpr bool is_prototype(Function *) {
  return std::is_same_v<Prototype, Function>;
}

// esp_wifi
static_assert(is_prototype<esp_err_t(const wifi_init_config_t *)>(esp_wifi_init));
static_assert(is_prototype<esp_err_t()>(esp_wifi_deinit));
static_assert(is_prototype<esp_err_t(wifi_mode_t)>(esp_wifi_set_mode));
static_assert(is_prototype<esp_err_t(wifi_mode_t *)>(esp_wifi_get_mode));
static_assert(is_prototype<esp_err_t()>(esp_wifi_start));
static_assert(is_prototype<esp_err_t()>(esp_wifi_stop));
static_assert(is_prototype<esp_err_t()>(esp_wifi_connect));
static_assert(is_prototype<esp_err_t()>(esp_wifi_disconnect));
static_assert(is_prototype<esp_err_t(const wifi_scan_config_t *, bool)>(esp_wifi_scan_start));
static_assert(is_prototype<esp_err_t()>(esp_wifi_scan_stop));
static_assert(is_prototype<esp_err_t(std::uint16_t *)>(esp_wifi_scan_get_ap_num));
static_assert(is_prototype<esp_err_t(wifi_ap_record_t *)>(esp_wifi_scan_get_ap_record));
static_assert(is_prototype<esp_err_t()>(esp_wifi_clear_ap_list));
static_assert(is_prototype<esp_err_t(wifi_ap_record_t *)>(esp_wifi_sta_get_ap_info));
static_assert(is_prototype<esp_err_t(const char *, bool)>(esp_wifi_set_country_code));
static_assert(is_prototype<esp_err_t(wifi_country_t *)>(esp_wifi_get_country));
static_assert(is_prototype<esp_err_t(const wifi_country_t *)>(esp_wifi_set_country));
static_assert(std::same_as<decltype(wifi_sta_config_t::bssid), std::uint8_t[6]>);
static_assert(is_prototype<esp_err_t(wifi_sta_list_t *)>(esp_wifi_ap_get_sta_list));
static_assert(std::same_as<decltype(wifi_sta_list_t::num), int>);
static_assert(std::same_as<decltype(wifi_ap_config_t::ssid_hidden), std::uint8_t>);
static_assert(is_prototype<esp_err_t(wifi_interface_t, wifi_config_t *)>(esp_wifi_set_config));
static_assert(is_prototype<esp_err_t(wifi_interface_t, wifi_config_t *)>(esp_wifi_get_config));
static_assert(is_prototype<esp_err_t(wifi_interface_t, std::uint8_t *)>(esp_wifi_get_mac));
static_assert(is_prototype<esp_err_t(wifi_storage_t)>(esp_wifi_set_storage));

static_assert(sizeof(wifi_sta_config_t::ssid) == 32 && sizeof(wifi_sta_config_t::password) == 64);
static_assert(sizeof(wifi_ap_config_t::ssid) == 32 && sizeof(wifi_ap_config_t::password) == 64);
static_assert(std::same_as<decltype(wifi_ap_config_t::ssid_len), std::uint8_t>);
static_assert(std::same_as<decltype(wifi_ap_config_t::authmode), wifi_auth_mode_t>);
static_assert(std::same_as<decltype(wifi_ap_config_t::max_connection), std::uint8_t>);
static_assert(std::same_as<decltype(wifi_sta_config_t::scan_method), wifi_scan_method_t>);
static_assert(std::same_as<decltype(wifi_sta_config_t::sort_method), wifi_sort_method_t>);
static_assert(std::same_as<decltype(wifi_sta_config_t::channel), std::uint8_t>);
static_assert(std::same_as<decltype(wifi_sta_config_t::sae_pwe_h2e), wifi_sae_pwe_method_t>);
static_assert(std::same_as<decltype(wifi_scan_threshold_t::rssi), std::int8_t>);
static_assert(std::same_as<decltype(wifi_scan_threshold_t::authmode), wifi_auth_mode_t>);
static_assert(sizeof(wifi_ap_record_t::ssid) == 33);
static_assert(std::same_as<decltype(wifi_ap_record_t::rssi), std::int8_t>);
static_assert(std::same_as<decltype(wifi_ap_record_t::primary), std::uint8_t>);
static_assert(std::same_as<decltype(wifi_scan_config_t::ssid), std::uint8_t *>);
static_assert(std::same_as<decltype(wifi_scan_config_t::show_hidden), bool>);
static_assert(std::same_as<decltype(wifi_scan_config_t::home_chan_dwell_time), std::uint8_t>);
static_assert(std::same_as<decltype(wifi_event_sta_scan_done_t::status), std::uint32_t>);
static_assert(std::same_as<decltype(wifi_event_sta_connected_t::channel), std::uint8_t>);
static_assert(std::same_as<decltype(wifi_event_sta_disconnected_t::reason), std::uint8_t>);
static_assert(std::same_as<decltype(wifi_event_sta_disconnected_t::rssi), std::int8_t>);

static_assert(WIFI_AUTH_OPEN < WIFI_AUTH_WEP && WIFI_AUTH_WEP < WIFI_AUTH_WPA_PSK &&
              WIFI_AUTH_WPA_PSK < WIFI_AUTH_WPA2_PSK);
static_assert(is_prototype<esp_err_t(std::uint8_t *, wifi_second_chan_t *)>(esp_wifi_get_channel));
// How long scans take.
static_assert(WIFI_ACTIVE_SCAN_MAX_DEFAULT_TIME == espp::provisioning::scan_time::kActiveDwell);
static_assert(WIFI_PASSIVE_SCAN_DEFAULT_TIME == espp::provisioning::scan_time::kPassiveDwell);
static_assert(WIFI_SCAN_HOME_CHANNEL_DWELL_DEFAULT_TIME ==
              espp::provisioning::scan_time::kUsualHomeDwell);
// The codes that domain/verdict.cpp reads, which knows no ESP-IDF.
static_assert(WIFI_REASON_AUTH_EXPIRE == 2 && WIFI_REASON_DISASSOC_DUE_TO_INACTIVITY == 4);
static_assert(WIFI_REASON_ASSOC_LEAVE == 8 && WIFI_REASON_IE_INVALID == 13);
static_assert(WIFI_REASON_MIC_FAILURE == 14 && WIFI_REASON_4WAY_HANDSHAKE_TIMEOUT == 15);
static_assert(WIFI_REASON_GROUP_CIPHER_INVALID == 18 && WIFI_REASON_PAIRWISE_CIPHER_INVALID == 19);
static_assert(WIFI_REASON_AKMP_INVALID == 20 && WIFI_REASON_UNSUPP_RSN_IE_VERSION == 21);
static_assert(WIFI_REASON_INVALID_RSN_IE_CAP == 22 && WIFI_REASON_CIPHER_SUITE_REJECTED == 24);
static_assert(WIFI_REASON_BAD_CIPHER_OR_AKM == 29 && WIFI_REASON_MISSING_ACKS == 34);
static_assert(WIFI_REASON_TIMEOUT == 39 && WIFI_REASON_BEACON_TIMEOUT == 200);
static_assert(WIFI_REASON_NO_AP_FOUND == 201 && WIFI_REASON_AUTH_FAIL == 202);
static_assert(WIFI_REASON_HANDSHAKE_TIMEOUT == 204 && WIFI_REASON_CONNECTION_FAIL == 205);
static_assert(WIFI_REASON_NO_AP_FOUND_W_COMPATIBLE_SECURITY == 210);
static_assert(WIFI_REASON_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD == 211);
static_assert(WIFI_REASON_NO_AP_FOUND_IN_RSSI_THRESHOLD == 212);

// esp_event, esp_netif
static_assert(is_prototype<esp_err_t()>(esp_event_loop_create_default));
static_assert(is_prototype<esp_err_t()>(esp_event_loop_delete_default));
static_assert(is_prototype<esp_err_t(esp_event_base_t, std::int32_t, esp_event_handler_t, void *,
                                     esp_event_handler_instance_t *)>(
    esp_event_handler_instance_register));
static_assert(
    is_prototype<esp_err_t(esp_event_base_t, std::int32_t, esp_event_handler_instance_t)>(
        esp_event_handler_instance_unregister));
static_assert(is_prototype<esp_err_t(esp_event_base_t, std::int32_t, const void *, std::size_t,
                                     TickType_t)>(esp_event_post));
static_assert(IP_EVENT_STA_LOST_IP != IP_EVENT_STA_GOT_IP);
static_assert(is_prototype<esp_netif_t *()>(esp_netif_create_default_wifi_ap));
static_assert(is_prototype<esp_netif_t *()>(esp_netif_create_default_wifi_sta));
static_assert(is_prototype<void(void *)>(esp_netif_destroy_default_wifi));
static_assert(is_prototype<esp_netif_t *(const char *)>(esp_netif_get_handle_from_ifkey));
static_assert(is_prototype<esp_err_t(esp_netif_t *, esp_netif_ip_info_t *)>(esp_netif_get_ip_info));
static_assert(
    is_prototype<esp_err_t(esp_netif_t *, const esp_netif_ip_info_t *)>(esp_netif_set_ip_info));
static_assert(is_prototype<esp_err_t(esp_netif_t *)>(esp_netif_dhcps_start));
static_assert(is_prototype<esp_err_t(esp_netif_t *)>(esp_netif_dhcps_stop));
static_assert(
    is_prototype<esp_err_t(esp_netif_t *, esp_netif_dhcp_status_t *)>(esp_netif_dhcps_get_status));
static_assert(
    is_prototype<esp_err_t(esp_netif_t *, esp_netif_dhcp_option_mode_t, esp_netif_dhcp_option_id_t,
                           void *, std::uint32_t)>(esp_netif_dhcps_option));
static_assert(std::same_as<decltype(esp_ip4_addr_t::addr), std::uint32_t>);
static_assert(is_prototype<std::uint32_t()>(esp_random));

// esp_http_server
static_assert(is_prototype<esp_err_t(httpd_handle_t *, const httpd_config_t *)>(httpd_start));
static_assert(is_prototype<esp_err_t(httpd_handle_t)>(httpd_stop));
static_assert(is_prototype<int(httpd_req_t *, char *, std::size_t)>(httpd_req_recv));
static_assert(is_prototype<esp_err_t(httpd_req_t *, const char *, ssize_t)>(httpd_resp_send));
static_assert(is_prototype<esp_err_t(httpd_req_t *, const char *, ssize_t)>(httpd_resp_send_chunk));
static_assert(is_prototype<bool(const char *, const char *, std::size_t)>(httpd_uri_match_wildcard));
static_assert(is_prototype<esp_err_t(httpd_handle_t, int, httpd_recv_func_t)>(httpd_sess_set_recv_override));
static_assert(is_prototype<esp_err_t(httpd_handle_t, int, httpd_send_func_t)>(httpd_sess_set_send_override));
static_assert(std::same_as<httpd_recv_func_t, int (*)(httpd_handle_t, int, char *, std::size_t, int)>);
static_assert(std::same_as<httpd_send_func_t, int (*)(httpd_handle_t, int, const char *, std::size_t, int)>);
static_assert(std::same_as<httpd_open_func_t, esp_err_t (*)(httpd_handle_t, int)>);
static_assert(is_prototype<void *(httpd_handle_t)>(httpd_get_global_transport_ctx));
static_assert(HTTPD_SOCK_ERR_FAIL < 0 && HTTPD_SOCK_ERR_TIMEOUT < 0 &&
              HTTPD_SOCK_ERR_FAIL != HTTPD_SOCK_ERR_TIMEOUT);
static_assert(std::same_as<decltype(httpd_req_t::content_len), std::size_t>);
// Longer ones than any browser's are cut off by the server itself; shorter ones would cut off Chrome.
static_assert(CONFIG_HTTPD_MAX_REQ_HDR_LEN >= 2048,
              "set CONFIG_HTTPD_MAX_REQ_HDR_LEN to 2048 or more: phones send up to 900 bytes, and cookies of other devices");
// A name of 32 bytes, each percent-encoded, and the path before it.
static_assert(CONFIG_HTTPD_MAX_URI_LEN >= 128,
              "set CONFIG_HTTPD_MAX_URI_LEN to 128 or more: the address of a saved network has up to 110 bytes");

// nvs
static_assert(is_prototype<esp_err_t(const char *, nvs_open_mode_t, nvs_handle_t *)>(nvs_open));
static_assert(is_prototype<esp_err_t(nvs_handle_t, const char *, void *, std::size_t *)>(nvs_get_blob));
static_assert(
    is_prototype<esp_err_t(nvs_handle_t, const char *, const void *, std::size_t)>(nvs_set_blob));
static_assert(is_prototype<esp_err_t(nvs_handle_t, const char *)>(nvs_erase_key));
static_assert(is_prototype<esp_err_t(nvs_handle_t)>(nvs_commit));
static_assert(is_prototype<void(nvs_handle_t)>(nvs_close));
static_assert(NVS_KEY_NAME_MAX_SIZE == 16);

// FreeRTOS: now_ms() and the time-outs need whole milliseconds a tick.
static_assert(1000 % configTICK_RATE_HZ == 0,
              "set CONFIG_FREERTOS_HZ to a divisor of 1000, such as 100 or 1000");
static_assert(portTICK_PERIOD_MS * configTICK_RATE_HZ == 1000);
static_assert(sizeof(TickType_t) >= 4);
static_assert(std::same_as<decltype(esp_app_desc_t::version), char[32]>);

} // namespace
