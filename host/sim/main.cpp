/// `esp-prov-sim`: what a chip's boot loader and start-up code do, for a device on this machine.
///
/// The main thread belongs to no task: it sets everything up, starts app_main() on a FreeRTOS task
/// as ESP-IDF does, and waits for signals.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "esp_log.h"
#include "esp_netif.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "host/clock.hpp"
#include "host/gpio.hpp"
#include "host/netif.hpp"
#include "host/network.hpp"
#include "host/nvs.hpp"
#include "host/system.hpp"
#include "sdkconfig.h"

#include "options.hpp"
#include "radio/control.hpp"
#include "radio/driver.hpp"
#include "radio/scenario.hpp"
#include "serial.hpp"

extern "C" void app_main(void);

/// Asked by ThreadSanitizer, if it is built in: a task that has ended and waits to be cleared away
/// is no leak when the power goes off, and it must not hold the end up. All else still counts.
extern "C" const char *__tsan_default_options() {
  return "report_thread_leaks=0 atexit_sleep_ms=100";
}

namespace sim {
namespace {

namespace fs = std::filesystem;

using Result = std::expected<void, std::string>;

/// A mistake of the caller, as opposed to 1, which a crash of the firmware may end with.
constexpr int kUsageError = 2;

#ifdef CONFIG_PROVISIONING_EXAMPLE_SERVER_PORT
constexpr std::uint16_t kDevicePort = CONFIG_PROVISIONING_EXAMPLE_SERVER_PORT;
#else
constexpr std::uint16_t kDevicePort = 80;
#endif

constexpr const char *kTag = "main_task";
/// ESP-IDF runs app_main() at this priority.
constexpr UBaseType_t kMainPriority = 1;

std::atomic<bool> app_main_returned{false};

void main_task(void * /*unused*/) {
  ESP_LOGI(kTag, "Calling app_main()");
  app_main();
  ESP_LOGI(kTag, "Returned from app_main()");
  app_main_returned = true;
  vTaskDelete(nullptr);
}

/// The folder, ours alone as long as the returned descriptor is open.
std::expected<int, std::string> claim_state_dir(const std::string &dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error || !fs::is_directory(dir, error)) {
    return std::unexpected("--state: cannot create the folder " + dir + ": " +
                           (error ? error.message() : std::string("a file is in the way")));
  }
  const std::string path = (fs::path(dir) / "lock").string();
  const int lock = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return std::unexpected("--state: cannot write to the folder " + dir + ": " +
                           std::strerror(errno));
  }
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const std::string why =
        errno == EWOULDBLOCK ? "another simulator is using it" : std::string(std::strerror(errno));
    close(lock);
    return std::unexpected("--state: " + dir + ": " + why);
  }
  return lock;
}

Result prepare_network(const Options &options) {
  if (!host::network::set_listen_address(options.listen)) {
    return std::unexpected("--listen: '" + options.listen + "' is not an IPv4 address");
  }
  host::network::map_port(kDevicePort, options.port);
  const int error = host::network::probe(kDevicePort);
  if (error == EADDRINUSE) {
    return std::unexpected("--port: port " + std::to_string(options.port) +
                           " is in use; another one is chosen with --port N");
  }
  if (error != 0) {
    return std::unexpected("cannot listen on " + options.listen + ":" +
                           std::to_string(options.port) + ": " + std::strerror(error));
  }
  return {};
}

Result prepare_flash(const Options &options) {
  const std::string file = (fs::path(options.state_dir) / "nvs.bin").string();
  if (options.fresh) {
    std::error_code error;
    fs::remove(file, error);
    if (error) {
      return std::unexpected("--fresh: cannot remove " + file + ": " + error.message());
    }
  }
  host::nvs::set_file(file);
  return {};
}

esp_ip4_addr_t to_lwip(const radio::Ip4 &ip) {
  esp_ip4_addr_t address{};
  std::memcpy(&address.addr, ip.data(), ip.size()); // both are in network order
  return address;
}

bool give_lease(const radio::Ip4 &ip, const radio::Ip4 &netmask, const radio::Ip4 &gateway) {
  esp_netif_ip_info_t info{};
  info.ip = to_lwip(ip);
  info.netmask = to_lwip(netmask);
  info.gw = to_lwip(gateway);
  return host::netif::station_got_ip(info) == ESP_OK;
}

void prepare_radio(const radio::Scenario &scenario) {
  radio::Hooks hooks;
  hooks.cut_clients = [] { host::network::cut_clients(); };
  hooks.restore_clients = [] { host::network::restore_clients(); };
  hooks.give_lease = give_lease;
  hooks.end_lease = [] { host::netif::station_lost_ip(); };
  radio::set_hooks(hooks);
  radio::set_scenario(scenario);
  host::system::set_base_mac(scenario.station_mac);
}

/// Set for the next run by esp_restart(), which is no power-on.
constexpr const char *kSoftReset = "ESP_PROV_SIM_SOFT_RESET";

/// The same program again, with the flash as it is.
[[noreturn]] void run_again(std::vector<std::string> kept) {
  std::vector<char *> argv;
  kept.insert(kept.begin(), "esp-prov-sim");
  for (std::string &argument : kept) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  std::fflush(nullptr);
  close_range(STDERR_FILENO + 1, ~0U, 0);
  execv("/proc/self/exe", argv.data());
  std::perror("execv");
  std::abort();
}

/// What esp_restart() does here.
void restart(std::vector<std::string> arguments) {
  std::erase(arguments, "--fresh");
  setenv(kSoftReset, "1", 1);
  run_again(std::move(arguments));
}

/// The power is taken away, and given back.
void cycle_power(std::vector<std::string> arguments, const radio::Control::Restart &wanted) {
  std::erase(arguments, "--fresh");
  if (wanted.fresh) {
    arguments.emplace_back("--fresh");
  }
  if (!wanted.scenario.empty()) {
    if (const auto at = std::ranges::find(arguments, "--scenario"); at != arguments.end()) {
      arguments.erase(at, at + 2);
    }
    arguments.insert(arguments.end(), {"--scenario", wanted.scenario});
  }
  run_again(std::move(arguments));
}

/// The button of the examples, which is Espressif's "BOOT": it connects its pin to ground.
void press_button(bool is_pressed) {
  constexpr int kPin = 9;
  host::gpio::drive(kPin, is_pressed ? std::optional(false) : std::nullopt);
}

void print_banner(const Options &options, const std::string &control_path) {
  const std::string address = options.listen == "0.0.0.0" ? "127.0.0.1" : options.listen;
  const std::uint16_t port = host::network::bound_port(kDevicePort);
  std::printf("\n  Open http://%s:%u/ to set the device up.\n"
              "  Scenario: %s   State: %s   Control: %s\n"
              "  Ctrl-C stops it.\n\n",
              address.c_str(), static_cast<unsigned>(port), options.scenario.c_str(),
              options.state_dir.c_str(), control_path.c_str());
  std::fflush(stdout);
}

void print_over() {
  std::printf("\n  app_main() has returned. Ctrl-C stops the simulator; start it again to see the\n"
              "  saved networks, or with --fresh for an empty flash.\n\n");
  std::fflush(stdout);
}

/// Waits for a signal to stop, and tells what is worth telling meanwhile.
void wait_for_signal(const sigset_t &signals, const Options &options,
                     const std::string &control_path) {
  constexpr std::timespec kLookAgain{0, 20'000'000};
  bool address_told = false;
  bool over_told = false;
  for (;;) {
    const int signal = sigtimedwait(&signals, nullptr, &kLookAgain);
    if (signal == SIGINT || signal == SIGTERM) {
      return;
    }
    // On the air, no phone reaches the server before there is an access point.
    if (!address_told && host::network::bound_port(kDevicePort) != 0 &&
        radio::driver_state().soft_ap.up) {
      address_told = true;
      print_banner(options, control_path);
    }
    if (!over_told && app_main_returned) {
      over_told = true;
      print_over();
    }
  }
}

int fail(const std::string &message) {
  std::fprintf(stderr, "esp-prov-sim: %s\n", message.c_str());
  return kUsageError;
}

int run(const std::vector<std::string> &arguments) {
  const auto options = parse_options(arguments);
  if (!options) {
    return fail(options.error());
  }
  if (options->help) {
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  const auto scenario = radio::load_scenario(options->scenario, SIM_SCENARIO_DIR);
  if (!scenario) {
    return fail(scenario.error());
  }
  const auto lock = claim_state_dir(options->state_dir);
  if (!lock) {
    return fail(lock.error());
  }
  host::clock::set_speed(options->speed);
  esp_log_level_set("*", options->log_level);
  if (const Result ready = prepare_network(*options); !ready) {
    return fail(ready.error());
  }
  if (const Result ready = prepare_flash(*options); !ready) {
    return fail(ready.error());
  }
  prepare_radio(*scenario);
  host::system::on_restart([arguments] { restart(arguments); });
  if (std::getenv(kSoftReset) != nullptr) {
    unsetenv(kSoftReset);
    host::system::set_reset_reason(ESP_RST_SW);
  }

  // Blocked before any thread starts, so that every thread inherits it and only this one is told.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  if (!options->serial.empty()) {
    const auto serial = open_serial(options->serial);
    if (!serial) {
      return fail(serial.error());
    }
    std::printf("\n  Serial port: %s\n", serial->c_str());
  }

  radio::Control control;
  const std::string control_path = options->control.empty()
                                       ? (fs::path(options->state_dir) / "control.sock").string()
                                       : options->control;
  const Result listening = control.start(
      {.socket_path = control_path,
       .scenario_directory = SIM_SCENARIO_DIR,
       .on_quit = [] { kill(getpid(), SIGTERM); },
       .on_restart =
           [arguments](const radio::Control::Restart &wanted) { cycle_power(arguments, wanted); },
       .on_button = press_button});
  if (!listening) {
    return fail(listening.error());
  }
  if (xTaskCreate(main_task, "main", CONFIG_ESP_MAIN_TASK_STACK_SIZE, nullptr, kMainPriority,
                  nullptr) != pdPASS) {
    return fail("no memory for the main task");
  }
  wait_for_signal(signals, *options, control_path);
  std::puts("\n  Stopped.");
  control.stop();
  std::fflush(nullptr);
  // The firmware's tasks run on, as they do when a device loses power; destructors must not run
  // beneath them. The flash file is whole at every moment.
  _exit(0);
}

} // namespace
} // namespace sim

int main(int argc, char **argv) {
  // Readable in a pipe too, line by line as on a serial port.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  return sim::run(std::vector<std::string>(argv + 1, argv + argc));
}
