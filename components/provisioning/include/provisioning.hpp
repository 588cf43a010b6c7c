#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "esp_log.h"

namespace espp {

/// A Wi-Fi provisioning portal: puts a device on its owner's network from any phone, with no app.
///
/// start() opens an access point and serves a page on it. The page scans, tests a password by
/// really connecting, saves it to NVS only if that worked, manages the saved networks, and ends
/// set-up: then `on_provisioned` is called and, if so configured, the access point closes.
///
/// Before start(), NVS must be initialised (`nvs_flash_init()`). ESP-NETIF, the default event loop
/// and Wi-Fi are initialised if the application has not done so, and given back by stop(); where the
/// application has, its Wi-Fi mode and configuration are put back.
///
/// All methods may be called from any task, but not from an interrupt. At most one portal can be
/// active at a time.
class Provisioning {
public:
  /// Called with the name and the password of the network that the owner chose. Both may hold any
  /// bytes but NUL; the password is empty for an open network.
  using provisioned_callback =
      std::function<void(const std::string &ssid, const std::string &password)>;

  /// How much is logged: an `esp_log_level_t`, or any enumeration with the members DEBUG, INFO,
  /// WARN, ERROR and NONE, so that `espp::Logger::Verbosity` fits without being needed.
  class LogLevel {
  public:
    constexpr LogLevel(esp_log_level_t level) : level_(level) {}
    template <typename Verbosity>
      requires std::is_enum_v<Verbosity> && requires {
        Verbosity::DEBUG;
        Verbosity::INFO;
        Verbosity::WARN;
        Verbosity::ERROR;
        Verbosity::NONE;
      }
    constexpr LogLevel(Verbosity verbosity)
        : level_(verbosity == Verbosity::DEBUG   ? ESP_LOG_DEBUG
                 : verbosity == Verbosity::INFO  ? ESP_LOG_INFO
                 : verbosity == Verbosity::WARN  ? ESP_LOG_WARN
                 : verbosity == Verbosity::ERROR ? ESP_LOG_ERROR
                                                 : ESP_LOG_NONE) {}
    constexpr operator esp_log_level_t() const { return level_; }

  private:
    esp_log_level_t level_;
  };

  struct Config {
    /// Name of the access point, UTF-8; cut so that it has 32 bytes at most, suffix included.
    std::string ap_ssid{"ESP-Prov"};
    /// Append `-XXXX`, the last two bytes of the access point's MAC address.
    bool append_mac_to_ssid{true};
    /// Password of the access point (WPA2): 8 to 63 printable ASCII characters. Empty: open, which
    /// lets anyone in range read what is typed; a warning is logged. The password never is.
    std::string ap_password{""};
    /// What the page calls the device, UTF-8.
    std::string device_name{"ESP32 Device"};
    /// TCP port of the page. Sign-in windows open by themselves on port 80 only.
    uint16_t server_port{80};
    /// Close the access point once set-up is complete.
    bool auto_shutdown_ap{true};
    /// Called on a task of its own, where it may block and may call stop(); nullptr: not called.
    provisioned_callback on_provisioned{nullptr};
    /// Level of the log tags `Provisioning`, `WifiAp`, `WifiSta` and `DnsServer`, set by start().
    LogLevel log_level{ESP_LOG_WARN};
    /// Answer every DNS question on the access point with its address, so that phones open their
    /// sign-in window. Off: the application has a DNS server of its own.
    bool dns_server{true};
    /// Ignore `ap_password` and use one of 12 random characters, made at the first start() and kept
    /// in NVS from then on; get_ap_password() has it. If it can't be kept, the next start makes
    /// another one, and an error is logged.
    bool unique_ap_password{false};
    /// IPv4 address of the access point, any unicast address. Some phones open no sign-in window
    /// for a private one (docs/captive-portal.md); an address that belongs to somebody else on the
    /// internet can't be reached by those phones meanwhile.
    std::string ap_ip{"192.168.4.1"};
    /// Size of the access point's network: 255.0.0.0 to 255.255.255.248.
    std::string ap_netmask{"255.255.255.0"};
    /// Close the portal when for this long no phone has been on the access point, nothing was asked
    /// and no connection test ran; 0: never. At most 24 days.
    std::chrono::seconds portal_timeout{0};
    /// Called on a task of its own once `portal_timeout` has closed the portal; may call start().
    std::function<void()> on_timeout{nullptr};
  };

  /// Keeps a copy of `config`; starts nothing.
  explicit Provisioning(const Config &config);

  /// As stop(). Must not run on the task that is inside a callback.
  ~Provisioning();

  Provisioning(const Provisioning &) = delete;
  Provisioning &operator=(const Provisioning &) = delete;

  /// Opens the access point, starts the HTTP server and scans once. Returns when the portal is up.
  ///
  /// Returns false, with the reason in the log and everything as before, if the configuration is
  /// invalid, NVS is not initialised, memory is short, the port is taken, or Wi-Fi refuses. True if
  /// the portal is active already. Can be called again after stop().
  bool start();

  /// Closes the portal and gives back everything that start() took. After it returns no callback
  /// runs, except the one that called it. Harmless if nothing is active. May be called from any
  /// task, the callbacks and handlers of `esp_event` included; in such a handler it does not wait
  /// for the callbacks, nor for another task that is starting or stopping the portal, since both
  /// may need the event loop.
  void stop();

  /// True from start() until stop(), the shutdown after completion, or the one after
  /// `portal_timeout` has given everything back.
  bool is_active() const;

  /// True if at least one network is saved, tested in this session or an earlier one.
  bool is_provisioned() const;

  /// True once the owner has ended set-up, `on_provisioned` has returned, and the answer has had
  /// time to reach the phone; stays so until the next start().
  bool is_completed() const;

  /// Address of the access point ("192.168.4.1"); empty while the portal is not active.
  std::string get_ip_address() const;

  /// Name of the access point with its suffix, which is known from the first start() on; before,
  /// the configured name. The reference stays valid until the next start().
  const std::string &get_ap_ssid() const;

  /// Password of the access point: the configured one, or the one that was made for
  /// `unique_ap_password`, which is known from the first start() on and empty before. To be shown
  /// to whoever holds the device: on a console, a display, a label.
  std::string get_ap_password() const;

  /// Text of a QR code by which a phone's camera joins the access point,
  /// `WIFI:T:WPA;S:ESP-Prov-8590;P:configure;;`. Holds the password. Empty while the portal is
  /// not active.
  std::string get_ap_qr_text() const;

  /// Names of the saved networks, newest first. Empty if there are none or NVS is not initialised.
  std::vector<std::string> get_saved_ssids() const;

  /// Password of a saved network, for an application that connects at boot; empty for an open
  /// network. Nothing if no network of that name is saved or its record can't be read. Read from
  /// flash at each call. The string is the caller's: neither wiped nor to be logged.
  std::optional<std::string> get_saved_password(const std::string &ssid) const;

  /// A network's name, 1 to 32 bytes, for one line of a log: it may hold bytes that a terminal or a
  /// viewer acts on. Those, and what is no UTF-8, are written as `\xNN`. Empty for what is no name.
  /// Any thread.
  static std::string printable(const std::string &ssid);

private:
  class Lifecycle;
  std::unique_ptr<Lifecycle> lifecycle_;
};

} // namespace espp
