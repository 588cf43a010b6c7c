// The yardstick of docs/footprint.md: what any device with a set-up page needs of ESP-IDF, in plain
// C and with nothing around it. Access point with an address of its own and station, a scan, an
// HTTP server with one handler, NVS blobs, one UDP socket.

#include <string.h>
#include <sys/socket.h>

#include "esp_err.h"
#include "esp_event.h"
#include "esp_http_server.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "nvs.h"
#include "nvs_flash.h"

static const char *TAG = "bare";

static void on_event(void *context, esp_event_base_t base, int32_t id, void *data) {
  if (base == WIFI_EVENT && id == WIFI_EVENT_STA_START) {
    esp_wifi_connect();
  } else if (base == WIFI_EVENT && id == WIFI_EVENT_SCAN_DONE) {
    uint16_t number = 0;
    esp_wifi_scan_get_ap_num(&number);
    wifi_ap_record_t record;
    while (esp_wifi_scan_get_ap_record(&record) == ESP_OK) {
      ESP_LOGI(TAG, "%s %d", (const char *)record.ssid, record.rssi);
    }
    esp_wifi_clear_ap_list();
  } else if (base == IP_EVENT && id == IP_EVENT_STA_GOT_IP) {
    ESP_LOGI(TAG, "connected");
  }
}

static esp_err_t answer(httpd_req_t *request) {
  char body[64];
  const int length = httpd_req_recv(request, body, sizeof body);
  if (length < 0 || httpd_req_get_hdr_value_str(request, "Host", body, sizeof body) != ESP_OK) {
    return httpd_resp_send_err(request, HTTPD_400_BAD_REQUEST, NULL);
  }
  httpd_resp_set_type(request, "text/plain");
  httpd_resp_set_hdr(request, "Cache-Control", "no-store");
  httpd_resp_send_chunk(request, body, HTTPD_RESP_USE_STRLEN);
  return httpd_resp_send_chunk(request, NULL, 0);
}

void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  nvs_handle_t store;
  ESP_ERROR_CHECK(nvs_open("bare", NVS_READWRITE, &store));
  char blob[96] = "";
  size_t size = sizeof blob;
  if (nvs_get_blob(store, "network", blob, &size) != ESP_OK) {
    nvs_erase_key(store, "network");
    ESP_ERROR_CHECK(nvs_set_blob(store, "network", blob, sizeof blob));
    ESP_ERROR_CHECK(nvs_commit(store));
  }
  nvs_close(store);

  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  esp_netif_t *own = esp_netif_create_default_wifi_ap();
  esp_netif_ip_info_t address = {0};
  esp_netif_set_ip4_addr(&address.ip, 192, 168, 4, 1);
  esp_netif_set_ip4_addr(&address.netmask, 255, 255, 255, 0);
  address.gw = address.ip;
  char page[] = "http://192.168.4.1/";
  ESP_ERROR_CHECK(esp_netif_dhcps_stop(own));
  ESP_ERROR_CHECK(esp_netif_set_ip_info(own, &address));
  ESP_ERROR_CHECK(esp_netif_dhcps_option(own, ESP_NETIF_OP_SET, ESP_NETIF_CAPTIVEPORTAL_URI, page,
                                         sizeof page - 1));
  ESP_ERROR_CHECK(esp_netif_dhcps_start(own));
  esp_netif_create_default_wifi_sta();
  wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
  ESP_ERROR_CHECK(esp_wifi_init(&init));
  ESP_ERROR_CHECK(
      esp_event_handler_instance_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_event, NULL, NULL));
  ESP_ERROR_CHECK(
      esp_event_handler_instance_register(IP_EVENT, IP_EVENT_STA_GOT_IP, on_event, NULL, NULL));
  wifi_config_t access_point = {.ap = {.ssid = "bare",
                                       .ssid_len = 4,
                                       .password = "configure",
                                       .authmode = WIFI_AUTH_WPA2_PSK,
                                       .max_connection = 4}};
  wifi_config_t station = {.sta = {.ssid = "home", .password = "password"}};
  ESP_ERROR_CHECK(esp_wifi_set_mode(WIFI_MODE_APSTA));
  ESP_ERROR_CHECK(esp_wifi_set_config(WIFI_IF_AP, &access_point));
  ESP_ERROR_CHECK(esp_wifi_set_config(WIFI_IF_STA, &station));
  ESP_ERROR_CHECK(esp_wifi_start());
  ESP_ERROR_CHECK(esp_wifi_scan_start(NULL, false));

  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.uri_match_fn = httpd_uri_match_wildcard;
  httpd_handle_t server = NULL;
  ESP_ERROR_CHECK(httpd_start(&server, &config));
  const httpd_uri_t any_page = {.uri = "/*", .method = HTTP_GET, .handler = answer};
  ESP_ERROR_CHECK(httpd_register_uri_handler(server, &any_page));

  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(53)};
  if (udp < 0 || bind(udp, (const struct sockaddr *)&any, sizeof any) != 0) {
    return;
  }
  for (char message[128];;) {
    struct sockaddr_in peer;
    socklen_t peer_size = sizeof peer;
    const ssize_t length =
        recvfrom(udp, message, sizeof message, 0, (struct sockaddr *)&peer, &peer_size);
    if (length > 0) {
      sendto(udp, message, (size_t)length, 0, (const struct sockaddr *)&peer, peer_size);
    }
  }
}
