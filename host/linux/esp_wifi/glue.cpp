/// What the default Wi-Fi interfaces of ESP-IDF expect of a driver, and what a boot loader does
/// before the application: it names the flash file and the simulated world. docs/esp-idf.md tells
/// the environment variables that choose them.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_partition.h"
#include "esp_private/partition_linux.h"
#include "esp_private/wifi.h"
#include "esp_private/wifi_os_adapter.h"
#include "esp_wifi.h"
#include "esp_wifi_netif.h"
#include "radio/control.hpp"
#include "radio/driver.hpp"
#include "radio/scenario.hpp"

namespace {

constexpr const char *kTag = "simulated_radio";

std::string variable(const char *name, const char *otherwise = "") {
  const char *value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

[[noreturn]] void fail(const std::string &why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::fflush(nullptr);
  _exit(2);
}

/// Keeps the scheduler's ticks away: they are signals, and interrupt the copying of files.
class Undisturbed {
public:
  Undisturbed() {
    sigset_t tick;
    sigemptyset(&tick);
    sigaddset(&tick, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &tick, &before_);
  }
  ~Undisturbed() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Undisturbed(const Undisturbed &) = delete;
  Undisturbed &operator=(const Undisturbed &) = delete;

private:
  sigset_t before_{};
};

/// ESP-IDF's emulated flash keeps its content in a file that must already exist in full.
void name_flash_file(const std::string &state) {
  if (state.empty()) {
    return;
  }
  const Undisturbed undisturbed;
  mkdir(state.c_str(), 0700);
  const std::string path = state + "/flash.bin";
  esp_partition_file_mmap_ctrl_t *control = esp_partition_get_file_mmap_ctrl_input();
  if (variable("SIM_FRESH") == "1") {
    unlink(path.c_str());
  }
  if (access(path.c_str(), F_OK) != 0) {
    const std::uint8_t *start = nullptr;
    if (esp_partition_file_mmap(&start) != ESP_OK) {
      fail("cannot make an empty flash");
    }
    const std::filesystem::path made = esp_partition_get_file_mmap_ctrl_act()->flash_file_name;
    esp_partition_file_munmap();
    std::error_code error;
    std::filesystem::copy_file(made, path, error);
    if (error) {
      fail("cannot write " + path + ": " + error.message());
    }
    std::filesystem::remove(made, error);
  }
  std::snprintf(control->flash_file_name, sizeof control->flash_file_name, "%s", path.c_str());
}

bool give_lease(const radio::Ip4 &ip, const radio::Ip4 &netmask, const radio::Ip4 &gateway) {
  esp_netif_t *netif = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");
  if (netif == nullptr) {
    return false;
  }
  ip_event_got_ip_t event{};
  event.esp_netif = netif;
  std::memcpy(&event.ip_info.ip.addr, ip.data(), ip.size());
  std::memcpy(&event.ip_info.netmask.addr, netmask.data(), netmask.size());
  std::memcpy(&event.ip_info.gw.addr, gateway.data(), gateway.size());
  event.ip_changed = true;
  // The loopback interface has no esp_netif_set_ip_info(): the address travels in the event alone.
  // Without waiting, as on a chip: with a full queue the event is lost.
  const esp_err_t error = esp_event_post(IP_EVENT, IP_EVENT_STA_GOT_IP, &event, sizeof event, 0);
  return error == ESP_OK || error == ESP_ERR_TIMEOUT;
}

/// While the phones are cut off, new connections are closed as they come.
std::atomic<bool> cut_off{false};

/// Cuts every TCP connection of this process.
void cut_clients() {
  cut_off = true;
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    int type = 0;
    socklen_t type_size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 && type == SOCK_STREAM &&
        getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &size) == 0 &&
        (peer.sin_family == AF_INET || peer.sin_family == AF_INET6)) {
      shutdown(fd, SHUT_RDWR);
    }
  }
}

/// The control socket's commands for the power switch: the process begins anew.
void restart(const radio::Control::Restart &how) {
  setenv("SIM_FRESH", how.fresh ? "1" : "0", 1);
  if (!how.scenario.empty()) {
    setenv("SIM_SCENARIO", how.scenario.c_str(), 1);
  }
  std::ifstream cmdline("/proc/self/cmdline");
  std::vector<std::string> words;
  for (std::string word; std::getline(cmdline, word, '\0');) {
    words.push_back(word);
  }
  std::vector<char *> argv;
  for (std::string &word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  std::fflush(nullptr);
  // The scheduler's timer and the signals it waits for would outlive the change of program.
  constexpr itimerval kOff{};
  setitimer(ITIMER_REAL, &kOff, nullptr);
  std::signal(SIGALRM, SIG_IGN);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_UNBLOCK, &all, nullptr);
  close_range(3, ~0U, 0);
  execv("/proc/self/exe", argv.data());
  fail(std::string("cannot restart: ") + std::strerror(errno));
}

} // namespace

extern "C" {

// The loopback interface answers this to all calls that set something, but leaves this one out.
__attribute__((weak)) esp_err_t esp_netif_set_ip_info(esp_netif_t *, const esp_netif_ip_info_t *) {
  return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t __real_esp_netif_init(void);

// lwIP's may be called again, as by each start of a portal; the loopback interface refuses it.
esp_err_t __wrap_esp_netif_init(void) {
  static const esp_err_t result = __real_esp_netif_init();
  return result;
}

// The simulated router does the station's DHCP, which the loopback interface has none of; the
// interface's own answer, ESP_ERR_NOT_SUPPORTED, would be logged as an error at each connection.
esp_err_t __wrap_esp_netif_dhcpc_get_status(esp_netif_t *netif, esp_netif_dhcp_status_t *status) {
  if (netif == nullptr || status == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *status = ESP_NETIF_DHCP_STARTED;
  return ESP_OK;
}

int __real_accept(int listener, sockaddr *address, socklen_t *size);

// A program can't refuse connections of a socket that listens; a phone that is cut off can't tell.
int __wrap_accept(int listener, sockaddr *address, socklen_t *size) {
  const int fd = __real_accept(listener, address, size);
  sockaddr_storage own{};
  socklen_t own_size = sizeof own;
  if (fd < 0 || !cut_off || getsockname(fd, reinterpret_cast<sockaddr *>(&own), &own_size) != 0 ||
      own.ss_family == AF_UNIX) {
    return fd;
  }
  constexpr linger kReset{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &kReset, sizeof kReset);
  close(fd);
  errno = ECONNABORTED;
  return -1;
}

ESP_EVENT_DEFINE_BASE(WIFI_EVENT);

// Without lwIP there is no network stack to configure; the default interfaces want a pointer that
// is not null.
static char no_stack;
extern const esp_netif_netstack_config_t *_g_esp_netif_netstack_default_wifi_sta;
extern const esp_netif_netstack_config_t *_g_esp_netif_netstack_default_wifi_ap;
const esp_netif_netstack_config_t *_g_esp_netif_netstack_default_wifi_sta =
    reinterpret_cast<const esp_netif_netstack_config_t *>(&no_stack);
const esp_netif_netstack_config_t *_g_esp_netif_netstack_default_wifi_ap =
    reinterpret_cast<const esp_netif_netstack_config_t *>(&no_stack);
void esp_netif_netstack_buf_ref(void *) {}
void esp_netif_netstack_buf_free(void *) {}

wifi_osi_funcs_t g_wifi_osi_funcs{};
const wpa_crypto_funcs_t g_wifi_default_wpa_crypto_funcs{};

esp_err_t esp_wifi_internal_reg_rxcb(wifi_interface_t, wifi_rxcb_t) {
  return ESP_OK;
}
esp_err_t esp_wifi_internal_reg_netstack_buf_cb(wifi_netstack_buf_ref_cb_t,
                                                wifi_netstack_buf_free_cb_t) {
  return ESP_OK;
}
esp_err_t esp_wifi_internal_set_sta_ip(void) {
  return ESP_OK;
}
// No frame travels: ESP-IDF's interface is the loopback kind here.
int esp_wifi_internal_tx(wifi_interface_t, void *, std::uint16_t) {
  return ESP_OK;
}
int esp_wifi_internal_tx_by_ref(wifi_interface_t, void *, std::size_t, void *) {
  return ESP_OK;
}
void esp_wifi_internal_free_rx_buffer(void *) {}

void __real_app_main(void);

void __wrap_app_main(void) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  // lwIP knows no such signal: the HTTP server does not expect to die of a phone that has left.
  std::signal(SIGPIPE, SIG_IGN);
  name_flash_file(variable("SIM_STATE"));
  const auto scenario = radio::load_scenario(variable("SIM_SCENARIO", "home"), SCENARIO_DIR);
  if (!scenario) {
    fail(scenario.error());
  }
  radio::Hooks hooks;
  hooks.cut_clients = cut_clients;
  hooks.restore_clients = [] { cut_off = false; };
  hooks.give_lease = give_lease;
  radio::set_hooks(hooks);
  radio::set_scenario(*scenario);
  static radio::Control control;
  if (const std::string path = variable("SIM_CONTROL"); !path.empty()) {
    if (const auto started = control.start({.socket_path = path,
                                            .scenario_directory = SCENARIO_DIR,
                                            .on_quit = [] { _exit(0); },
                                            .on_restart = restart});
        !started) {
      fail(started.error());
    }
  }
  ESP_LOGI(kTag, "Scenario: %s", variable("SIM_SCENARIO", "home").c_str());
  __real_app_main();
}

} // extern "C"
