// ESP-IDF's esp_netif.h: the soft-AP's and the station's interface. There is no IP stack behind
// them: they keep addresses, names and DHCP settings, and change state on the radio's events as the
// real ones do. The radio hands the station its lease (host/netif.hpp).
#pragma once

#include <stdint.h>

#include "esp_netif_ip_addr.h"
#include "esp_netif_types.h"
#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

esp_err_t esp_netif_init(void);
/// ESP_ERR_NOT_SUPPORTED, as on a chip.
esp_err_t esp_netif_deinit(void);
void esp_netif_destroy(esp_netif_t *esp_netif);

esp_err_t esp_netif_set_default_netif(esp_netif_t *esp_netif);
esp_netif_t *esp_netif_get_default_netif(void);

esp_err_t esp_netif_get_mac(esp_netif_t *esp_netif, uint8_t mac[]);
/// At most 32 characters, else ESP_ERR_ESP_NETIF_INVALID_PARAMS.
esp_err_t esp_netif_set_hostname(esp_netif_t *esp_netif, const char *hostname);
/// The name stays valid until it is changed or the interface destroyed.
esp_err_t esp_netif_get_hostname(esp_netif_t *esp_netif, const char **hostname);
bool esp_netif_is_netif_up(esp_netif_t *esp_netif);

esp_err_t esp_netif_get_ip_info(esp_netif_t *esp_netif, esp_netif_ip_info_t *ip_info);
esp_err_t esp_netif_get_old_ip_info(esp_netif_t *esp_netif, esp_netif_ip_info_t *ip_info);
/// The DHCP server (soft-AP) or client (station) must be stopped first, else
/// ESP_ERR_ESP_NETIF_DHCP_NOT_STOPPED.
esp_err_t esp_netif_set_ip_info(esp_netif_t *esp_netif, const esp_netif_ip_info_t *ip_info);

/// Stored and read back; nobody asks for a lease here. As on a chip, the text of
/// ESP_NETIF_CAPTIVEPORTAL_URI is not copied and must outlive the interface.
esp_err_t esp_netif_dhcps_option(esp_netif_t *esp_netif, esp_netif_dhcp_option_mode_t opt_op,
                                 esp_netif_dhcp_option_id_t opt_id, void *opt_val,
                                 uint32_t opt_len);
esp_err_t esp_netif_dhcpc_start(esp_netif_t *esp_netif);
esp_err_t esp_netif_dhcpc_stop(esp_netif_t *esp_netif);
esp_err_t esp_netif_dhcpc_get_status(esp_netif_t *esp_netif, esp_netif_dhcp_status_t *status);
esp_err_t esp_netif_dhcps_get_status(esp_netif_t *esp_netif, esp_netif_dhcp_status_t *status);
esp_err_t esp_netif_dhcps_start(esp_netif_t *esp_netif);
esp_err_t esp_netif_dhcps_stop(esp_netif_t *esp_netif);

esp_err_t esp_netif_set_dns_info(esp_netif_t *esp_netif, esp_netif_dns_type_t type,
                                 esp_netif_dns_info_t *dns);
esp_err_t esp_netif_get_dns_info(esp_netif_t *esp_netif, esp_netif_dns_type_t type,
                                 esp_netif_dns_info_t *dns);

void esp_netif_set_ip4_addr(esp_ip4_addr_t *addr, uint8_t a, uint8_t b, uint8_t c, uint8_t d);
char *esp_ip4addr_ntoa(const esp_ip4_addr_t *addr, char *buf, int buflen);
uint32_t esp_ip4addr_aton(const char *addr);
esp_err_t esp_netif_str_to_ip4(const char *src, esp_ip4_addr_t *dst);

esp_netif_t *esp_netif_get_handle_from_ifkey(const char *if_key);
esp_netif_flags_t esp_netif_get_flags(esp_netif_t *esp_netif);
const char *esp_netif_get_ifkey(esp_netif_t *esp_netif);
const char *esp_netif_get_desc(esp_netif_t *esp_netif);
int esp_netif_get_route_prio(esp_netif_t *esp_netif);
esp_netif_t *esp_netif_next_unsafe(esp_netif_t *esp_netif);
size_t esp_netif_get_nr_of_ifs(void);

#ifdef __cplusplus
}
#endif
