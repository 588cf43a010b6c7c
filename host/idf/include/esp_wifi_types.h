// ESP-IDF's esp_wifi_types.h: the types of the calls and events that a station and a soft-AP need.
// Fields, their order and the values of the enumerators are v5.5.5's for a chip with 2.4 GHz only.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_event_base.h"
#include "esp_interface.h"
#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  WIFI_MODE_NULL = 0,
  WIFI_MODE_STA,
  WIFI_MODE_AP,
  WIFI_MODE_APSTA,
  WIFI_MODE_NAN,
  WIFI_MODE_MAX
} wifi_mode_t;

typedef enum {
  WIFI_IF_STA = ESP_IF_WIFI_STA,
  WIFI_IF_AP = ESP_IF_WIFI_AP,
  WIFI_IF_NAN = ESP_IF_WIFI_NAN,
  WIFI_IF_MAX
} wifi_interface_t;

typedef enum {
  WIFI_COUNTRY_POLICY_AUTO,
  WIFI_COUNTRY_POLICY_MANUAL,
} wifi_country_policy_t;

typedef struct {
  char cc[3];
  uint8_t schan;
  uint8_t nchan;
  int8_t max_tx_power;
  wifi_country_policy_t policy;
#if CONFIG_SOC_WIFI_SUPPORT_5G
  uint32_t wifi_5g_channel_mask;
#endif
} wifi_country_t;

typedef enum {
  WIFI_AUTH_OPEN = 0,
  WIFI_AUTH_WEP,
  WIFI_AUTH_WPA_PSK,
  WIFI_AUTH_WPA2_PSK,
  WIFI_AUTH_WPA_WPA2_PSK,
  WIFI_AUTH_ENTERPRISE,
  WIFI_AUTH_WPA2_ENTERPRISE = WIFI_AUTH_ENTERPRISE,
  WIFI_AUTH_WPA3_PSK,
  WIFI_AUTH_WPA2_WPA3_PSK,
  WIFI_AUTH_WAPI_PSK,
  WIFI_AUTH_OWE,
  WIFI_AUTH_WPA3_ENT_192,
  WIFI_AUTH_WPA3_EXT_PSK,
  WIFI_AUTH_WPA3_EXT_PSK_MIXED_MODE,
  WIFI_AUTH_DPP,
  WIFI_AUTH_WPA3_ENTERPRISE,
  WIFI_AUTH_WPA2_WPA3_ENTERPRISE,
  WIFI_AUTH_WPA_ENTERPRISE,
  WIFI_AUTH_MAX
} wifi_auth_mode_t;

typedef enum {
  WIFI_REASON_UNSPECIFIED = 1,
  WIFI_REASON_AUTH_EXPIRE = 2,
  WIFI_REASON_AUTH_LEAVE = 3,
  WIFI_REASON_ASSOC_EXPIRE = 4,
  WIFI_REASON_DISASSOC_DUE_TO_INACTIVITY = 4,
  WIFI_REASON_ASSOC_TOOMANY = 5,
  WIFI_REASON_NOT_AUTHED = 6,
  WIFI_REASON_CLASS2_FRAME_FROM_NONAUTH_STA = 6,
  WIFI_REASON_NOT_ASSOCED = 7,
  WIFI_REASON_CLASS3_FRAME_FROM_NONASSOC_STA = 7,
  WIFI_REASON_ASSOC_LEAVE = 8,
  WIFI_REASON_ASSOC_NOT_AUTHED = 9,
  WIFI_REASON_DISASSOC_PWRCAP_BAD = 10,
  WIFI_REASON_DISASSOC_SUPCHAN_BAD = 11,
  WIFI_REASON_BSS_TRANSITION_DISASSOC = 12,
  WIFI_REASON_IE_INVALID = 13,
  WIFI_REASON_MIC_FAILURE = 14,
  WIFI_REASON_4WAY_HANDSHAKE_TIMEOUT = 15,
  WIFI_REASON_GROUP_KEY_UPDATE_TIMEOUT = 16,
  WIFI_REASON_IE_IN_4WAY_DIFFERS = 17,
  WIFI_REASON_GROUP_CIPHER_INVALID = 18,
  WIFI_REASON_PAIRWISE_CIPHER_INVALID = 19,
  WIFI_REASON_AKMP_INVALID = 20,
  WIFI_REASON_UNSUPP_RSN_IE_VERSION = 21,
  WIFI_REASON_INVALID_RSN_IE_CAP = 22,
  WIFI_REASON_802_1X_AUTH_FAILED = 23,
  WIFI_REASON_CIPHER_SUITE_REJECTED = 24,
  WIFI_REASON_TDLS_PEER_UNREACHABLE = 25,
  WIFI_REASON_TDLS_UNSPECIFIED = 26,
  WIFI_REASON_SSP_REQUESTED_DISASSOC = 27,
  WIFI_REASON_NO_SSP_ROAMING_AGREEMENT = 28,
  WIFI_REASON_BAD_CIPHER_OR_AKM = 29,
  WIFI_REASON_NOT_AUTHORIZED_THIS_LOCATION = 30,
  WIFI_REASON_SERVICE_CHANGE_PERCLUDES_TS = 31,
  WIFI_REASON_UNSPECIFIED_QOS = 32,
  WIFI_REASON_NOT_ENOUGH_BANDWIDTH = 33,
  WIFI_REASON_MISSING_ACKS = 34,
  WIFI_REASON_EXCEEDED_TXOP = 35,
  WIFI_REASON_STA_LEAVING = 36,
  WIFI_REASON_END_BA = 37,
  WIFI_REASON_UNKNOWN_BA = 38,
  WIFI_REASON_TIMEOUT = 39,
  WIFI_REASON_PEER_INITIATED = 46,
  WIFI_REASON_AP_INITIATED = 47,
  WIFI_REASON_INVALID_FT_ACTION_FRAME_COUNT = 48,
  WIFI_REASON_INVALID_PMKID = 49,
  WIFI_REASON_INVALID_MDE = 50,
  WIFI_REASON_INVALID_FTE = 51,
  WIFI_REASON_TRANSMISSION_LINK_ESTABLISH_FAILED = 67,
  WIFI_REASON_ALTERATIVE_CHANNEL_OCCUPIED = 68,
  WIFI_REASON_BEACON_TIMEOUT = 200,
  WIFI_REASON_NO_AP_FOUND = 201,
  WIFI_REASON_AUTH_FAIL = 202,
  WIFI_REASON_ASSOC_FAIL = 203,
  WIFI_REASON_HANDSHAKE_TIMEOUT = 204,
  WIFI_REASON_CONNECTION_FAIL = 205,
  WIFI_REASON_AP_TSF_RESET = 206,
  WIFI_REASON_ROAMING = 207,
  WIFI_REASON_ASSOC_COMEBACK_TIME_TOO_LONG = 208,
  WIFI_REASON_SA_QUERY_TIMEOUT = 209,
  WIFI_REASON_NO_AP_FOUND_W_COMPATIBLE_SECURITY = 210,
  WIFI_REASON_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD = 211,
  WIFI_REASON_NO_AP_FOUND_IN_RSSI_THRESHOLD = 212,
} wifi_err_reason_t;

typedef enum {
  WIFI_SECOND_CHAN_NONE = 0,
  WIFI_SECOND_CHAN_ABOVE,
  WIFI_SECOND_CHAN_BELOW,
} wifi_second_chan_t;

/// Milliseconds per channel that a scan takes when its configuration leaves them 0.
#define WIFI_ACTIVE_SCAN_MIN_DEFAULT_TIME 0
#define WIFI_ACTIVE_SCAN_MAX_DEFAULT_TIME 120
#define WIFI_PASSIVE_SCAN_DEFAULT_TIME 360
#define WIFI_SCAN_HOME_CHANNEL_DWELL_DEFAULT_TIME 30

typedef enum {
  WIFI_SCAN_TYPE_ACTIVE = 0,
  WIFI_SCAN_TYPE_PASSIVE,
} wifi_scan_type_t;

typedef struct {
  uint32_t min;
  uint32_t max;
} wifi_active_scan_time_t;

typedef struct {
  wifi_active_scan_time_t active;
  uint32_t passive;
} wifi_scan_time_t;

typedef struct {
  uint16_t ghz_2_channels;
  uint32_t ghz_5_channels;
} wifi_scan_channel_bitmap_t;

typedef struct {
  uint8_t *ssid;
  uint8_t *bssid;
  uint8_t channel;
  bool show_hidden;
  wifi_scan_type_t scan_type;
  wifi_scan_time_t scan_time;
  uint8_t home_chan_dwell_time;
  wifi_scan_channel_bitmap_t channel_bitmap;
  bool coex_background_scan;
} wifi_scan_config_t;

typedef struct {
  wifi_scan_time_t scan_time;
  uint8_t home_chan_dwell_time;
} wifi_scan_default_params_t;

typedef enum {
  WIFI_CIPHER_TYPE_NONE = 0,
  WIFI_CIPHER_TYPE_WEP40,
  WIFI_CIPHER_TYPE_WEP104,
  WIFI_CIPHER_TYPE_TKIP,
  WIFI_CIPHER_TYPE_CCMP,
  WIFI_CIPHER_TYPE_TKIP_CCMP,
  WIFI_CIPHER_TYPE_AES_CMAC128,
  WIFI_CIPHER_TYPE_SMS4,
  WIFI_CIPHER_TYPE_GCMP,
  WIFI_CIPHER_TYPE_GCMP256,
  WIFI_CIPHER_TYPE_AES_GMAC128,
  WIFI_CIPHER_TYPE_AES_GMAC256,
  WIFI_CIPHER_TYPE_UNKNOWN,
} wifi_cipher_type_t;

typedef enum {
  WIFI_BW_HT20 = 1,
  WIFI_BW20 = WIFI_BW_HT20,
  WIFI_BW_HT40 = 2,
  WIFI_BW40 = WIFI_BW_HT40,
  WIFI_BW80 = 3,
  WIFI_BW160 = 4,
  WIFI_BW80_BW80 = 5,
} wifi_bandwidth_t;

typedef enum {
  WIFI_ANT_ANT0,
  WIFI_ANT_ANT1,
  WIFI_ANT_MAX,
} wifi_ant_t;

typedef struct {
  uint8_t bss_color : 6;
  uint8_t partial_bss_color : 1;
  uint8_t bss_color_disabled : 1;
  uint8_t bssid_index;
} wifi_he_ap_info_t;

typedef struct {
  uint8_t bssid[6];
  uint8_t ssid[33];
  uint8_t primary;
  wifi_second_chan_t second;
  int8_t rssi;
  wifi_auth_mode_t authmode;
  wifi_cipher_type_t pairwise_cipher;
  wifi_cipher_type_t group_cipher;
  wifi_ant_t ant;
  uint32_t phy_11b : 1;
  uint32_t phy_11g : 1;
  uint32_t phy_11n : 1;
  uint32_t phy_lr : 1;
  uint32_t phy_11a : 1;
  uint32_t phy_11ac : 1;
  uint32_t phy_11ax : 1;
  uint32_t wps : 1;
  uint32_t ftm_responder : 1;
  uint32_t ftm_initiator : 1;
  uint32_t reserved : 22;
  wifi_country_t country;
  wifi_he_ap_info_t he_ap;
  wifi_bandwidth_t bandwidth;
  uint8_t vht_ch_freq1;
  uint8_t vht_ch_freq2;
} wifi_ap_record_t;

typedef enum {
  WIFI_FAST_SCAN = 0,
  WIFI_ALL_CHANNEL_SCAN,
} wifi_scan_method_t;

typedef enum {
  WIFI_CONNECT_AP_BY_SIGNAL = 0,
  WIFI_CONNECT_AP_BY_SECURITY,
} wifi_sort_method_t;

typedef struct {
  int8_t rssi;
  wifi_auth_mode_t authmode;
  uint8_t rssi_5g_adjustment;
} wifi_scan_threshold_t;

typedef enum {
  WIFI_PS_NONE,
  WIFI_PS_MIN_MODEM,
  WIFI_PS_MAX_MODEM,
} wifi_ps_type_t;

typedef enum {
  WIFI_BAND_2G = 1,
  WIFI_BAND_5G = 2,
} wifi_band_t;

typedef enum {
  WIFI_BAND_MODE_2G_ONLY = 1,
  WIFI_BAND_MODE_5G_ONLY = 2,
  WIFI_BAND_MODE_AUTO = 3,
} wifi_band_mode_t;

typedef struct {
  bool capable;
  bool required;
} wifi_pmf_config_t;

typedef enum {
  WPA3_SAE_PWE_UNSPECIFIED,
  WPA3_SAE_PWE_HUNT_AND_PECK,
  WPA3_SAE_PWE_HASH_TO_ELEMENT,
  WPA3_SAE_PWE_BOTH,
} wifi_sae_pwe_method_t;

typedef enum {
  WPA3_SAE_PK_MODE_AUTOMATIC = 0,
  WPA3_SAE_PK_MODE_ONLY = 1,
  WPA3_SAE_PK_MODE_DISABLED = 2,
} wifi_sae_pk_mode_t;

typedef struct {
  uint16_t period;
  bool protected_keep_alive;
} wifi_bss_max_idle_config_t;

typedef struct {
  uint8_t ssid[32];
  uint8_t password[64];
  uint8_t ssid_len;
  uint8_t channel;
  wifi_auth_mode_t authmode;
  uint8_t ssid_hidden;
  uint8_t max_connection;
  uint16_t beacon_interval;
  uint8_t csa_count;
  uint8_t dtim_period;
  wifi_cipher_type_t pairwise_cipher;
  bool ftm_responder;
  wifi_pmf_config_t pmf_cfg;
  wifi_sae_pwe_method_t sae_pwe_h2e;
  uint8_t transition_disable;
  uint8_t sae_ext;
  wifi_bss_max_idle_config_t bss_max_idle_cfg;
  uint16_t gtk_rekey_interval;
} wifi_ap_config_t;

#define SAE_H2E_IDENTIFIER_LEN 32

typedef struct {
  uint8_t ssid[32];
  uint8_t password[64];
  wifi_scan_method_t scan_method;
  bool bssid_set;
  uint8_t bssid[6];
  uint8_t channel;
  uint16_t listen_interval;
  wifi_sort_method_t sort_method;
  wifi_scan_threshold_t threshold;
  wifi_pmf_config_t pmf_cfg;
  uint32_t rm_enabled : 1;
  uint32_t btm_enabled : 1;
  uint32_t mbo_enabled : 1;
  uint32_t ft_enabled : 1;
  uint32_t owe_enabled : 1;
  uint32_t transition_disable : 1;
  uint32_t reserved1 : 26;
  wifi_sae_pwe_method_t sae_pwe_h2e;
  wifi_sae_pk_mode_t sae_pk_mode;
  uint8_t failure_retry_cnt;
  uint32_t he_dcm_set : 1;
  uint32_t he_dcm_max_constellation_tx : 2;
  uint32_t he_dcm_max_constellation_rx : 2;
  uint32_t he_mcs9_enabled : 1;
  uint32_t he_su_beamformee_disabled : 1;
  uint32_t he_trig_su_bmforming_feedback_disabled : 1;
  uint32_t he_trig_mu_bmforming_partial_feedback_disabled : 1;
  uint32_t he_trig_cqi_feedback_disabled : 1;
  uint32_t vht_su_beamformee_disabled : 1;
  uint32_t vht_mu_beamformee_disabled : 1;
  uint32_t vht_mcs8_enabled : 1;
  uint32_t reserved2 : 19;
  uint8_t sae_h2e_identifier[SAE_H2E_IDENTIFIER_LEN];
} wifi_sta_config_t;

typedef struct {
  uint8_t op_channel;
  uint8_t master_pref;
  uint8_t scan_time;
  uint16_t warm_up_sec;
} wifi_nan_config_t;

typedef union {
  wifi_ap_config_t ap;
  wifi_sta_config_t sta;
  wifi_nan_config_t nan;
} wifi_config_t;

typedef struct {
  uint8_t mac[6];
  int8_t rssi;
  uint32_t phy_11b : 1;
  uint32_t phy_11g : 1;
  uint32_t phy_11n : 1;
  uint32_t phy_lr : 1;
  uint32_t phy_11a : 1;
  uint32_t phy_11ac : 1;
  uint32_t phy_11ax : 1;
  uint32_t is_mesh_child : 1;
  uint32_t reserved : 24;
} wifi_sta_info_t;

typedef enum {
  WIFI_STORAGE_FLASH,
  WIFI_STORAGE_RAM,
} wifi_storage_t;

typedef enum {
  WIFI_PHY_MODE_LR,
  WIFI_PHY_MODE_11B,
  WIFI_PHY_MODE_11G,
  WIFI_PHY_MODE_11A,
  WIFI_PHY_MODE_HT20,
  WIFI_PHY_MODE_HT40,
  WIFI_PHY_MODE_HE20,
  WIFI_PHY_MODE_VHT20,
} wifi_phy_mode_t;

#define WIFI_PROTOCOL_11B 0x1
#define WIFI_PROTOCOL_11G 0x2
#define WIFI_PROTOCOL_11N 0x4
#define WIFI_PROTOCOL_LR 0x8
#define WIFI_PROTOCOL_11A 0x10
#define WIFI_PROTOCOL_11AC 0x20
#define WIFI_PROTOCOL_11AX 0x40

typedef enum {
  WIFI_EVENT_WIFI_READY = 0,
  WIFI_EVENT_SCAN_DONE,
  WIFI_EVENT_STA_START,
  WIFI_EVENT_STA_STOP,
  WIFI_EVENT_STA_CONNECTED,
  WIFI_EVENT_STA_DISCONNECTED,
  WIFI_EVENT_STA_AUTHMODE_CHANGE,
  WIFI_EVENT_STA_WPS_ER_SUCCESS,
  WIFI_EVENT_STA_WPS_ER_FAILED,
  WIFI_EVENT_STA_WPS_ER_TIMEOUT,
  WIFI_EVENT_STA_WPS_ER_PIN,
  WIFI_EVENT_STA_WPS_ER_PBC_OVERLAP,
  WIFI_EVENT_AP_START,
  WIFI_EVENT_AP_STOP,
  WIFI_EVENT_AP_STACONNECTED,
  WIFI_EVENT_AP_STADISCONNECTED,
  WIFI_EVENT_AP_PROBEREQRECVED,
  WIFI_EVENT_FTM_REPORT,
  WIFI_EVENT_STA_BSS_RSSI_LOW,
  WIFI_EVENT_ACTION_TX_STATUS,
  WIFI_EVENT_ROC_DONE,
  WIFI_EVENT_STA_BEACON_TIMEOUT,
  WIFI_EVENT_CONNECTIONLESS_MODULE_WAKE_INTERVAL_START,
  WIFI_EVENT_AP_WPS_RG_SUCCESS,
  WIFI_EVENT_AP_WPS_RG_FAILED,
  WIFI_EVENT_AP_WPS_RG_TIMEOUT,
  WIFI_EVENT_AP_WPS_RG_PIN,
  WIFI_EVENT_AP_WPS_RG_PBC_OVERLAP,
  WIFI_EVENT_ITWT_SETUP,
  WIFI_EVENT_ITWT_TEARDOWN,
  WIFI_EVENT_ITWT_PROBE,
  WIFI_EVENT_ITWT_SUSPEND,
  WIFI_EVENT_TWT_WAKEUP,
  WIFI_EVENT_BTWT_SETUP,
  WIFI_EVENT_BTWT_TEARDOWN,
  WIFI_EVENT_NAN_STARTED,
  WIFI_EVENT_NAN_STOPPED,
  WIFI_EVENT_NAN_SVC_MATCH,
  WIFI_EVENT_NAN_REPLIED,
  WIFI_EVENT_NAN_RECEIVE,
  WIFI_EVENT_NDP_INDICATION,
  WIFI_EVENT_NDP_CONFIRM,
  WIFI_EVENT_NDP_TERMINATED,
  WIFI_EVENT_HOME_CHANNEL_CHANGE,
  WIFI_EVENT_STA_NEIGHBOR_REP,
  WIFI_EVENT_AP_WRONG_PASSWORD,
  WIFI_EVENT_STA_BEACON_OFFSET_UNSTABLE,
  WIFI_EVENT_DPP_URI_READY,
  WIFI_EVENT_DPP_CFG_RECVD,
  WIFI_EVENT_DPP_FAILED,
  WIFI_EVENT_MAX,
} wifi_event_t;

ESP_EVENT_DECLARE_BASE(WIFI_EVENT);

typedef struct {
  uint32_t status;
  uint8_t number;
  uint8_t scan_id;
} wifi_event_sta_scan_done_t;

typedef struct {
  uint8_t ssid[32];
  uint8_t ssid_len;
  uint8_t bssid[6];
  uint8_t channel;
  wifi_auth_mode_t authmode;
  uint16_t aid;
} wifi_event_sta_connected_t;

typedef struct {
  uint8_t ssid[32];
  uint8_t ssid_len;
  uint8_t bssid[6];
  uint8_t reason;
  int8_t rssi;
} wifi_event_sta_disconnected_t;

typedef struct {
  wifi_auth_mode_t old_mode;
  wifi_auth_mode_t new_mode;
} wifi_event_sta_authmode_change_t;

typedef struct {
  uint8_t mac[6];
  uint8_t aid;
  bool is_mesh_child;
} wifi_event_ap_staconnected_t;

typedef struct {
  uint8_t mac[6];
  uint8_t aid;
  bool is_mesh_child;
  uint16_t reason;
} wifi_event_ap_stadisconnected_t;

typedef struct {
  int rssi;
  uint8_t mac[6];
} wifi_event_ap_probe_req_rx_t;

typedef struct {
  int32_t rssi;
} wifi_event_bss_rssi_low_t;

typedef struct {
  uint8_t old_chan;
  wifi_second_chan_t old_snd;
  uint8_t new_chan;
  wifi_second_chan_t new_snd;
} wifi_event_home_channel_change_t;

typedef struct {
  uint8_t mac[6];
} wifi_event_ap_wrong_password_t;

#define ESP_WIFI_MAX_CONN_NUM (15)

typedef struct wifi_sta_list_t {
  wifi_sta_info_t sta[ESP_WIFI_MAX_CONN_NUM];
  int num;
} wifi_sta_list_t;

#ifdef __cplusplus
}
#endif
