#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
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
/// set-up: then, if so configured, the access point closes, and `on_provisioned` is called.
///
/// Before start(), NVS must be initialised (`nvs_flash_init()`). The portal initialises ESP-NETIF,
/// the default event loop and Wi-Fi if the application has not done so, and gives them back when it
/// closes; where the application has, the portal puts the Wi-Fi mode and configuration back.
///
/// Beside the callbacks of Config, events tell what happens, with "Post events" in menuconfig: see
/// provisioning_event.h.
///
/// All methods may be called from any task, from handlers of event loops and from the callbacks,
/// but not from an interrupt. One portal can be active at a time. The object must live as long as
/// the portal is to be open: a local variable of app_main() closes it when app_main() returns.
class Provisioning {
public:
  /// Called with the name and the password of the network that the owner chose, which are saved
  /// already. Both may hold any bytes but NUL; the password is empty for an open network. The
  /// strings are valid until the callback returns.
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

#ifdef CONFIG_PROVISIONING_CONNECTION
  /// When the portal is open. In every mode but Always the device joins the saved networks by itself
  /// and stays connected, from start() to stop(); docs/connection.md says how.
  enum class PortalWhen : std::uint8_t {
    /// From start() to the end of set-up; the application connects by itself.
    Always,
    /// While no network is saved.
    Unprovisioned,
    /// Likewise, and when no saved network could be joined within `fallback_after`, beside the
    /// station, which goes on looking. It closes when a network is found.
    Unreachable,
    /// Only open_portal() opens it.
    Manual,
  };

  /// How the connection stands.
  enum class State : std::uint8_t {
    Off,           ///< not started, or the portal is open `Always`
    Unprovisioned, ///< no network is saved
    Connecting,    ///< looking for a saved network, or joining it
    Connected,     ///< with an address
    Waiting,       ///< no network could be joined; it is tried again soon
  };

  /// A connection with an address.
  struct Connection {
    std::string ssid;    ///< any bytes but NUL
    std::string ip;      ///< "192.168.1.57"
    std::string gateway; ///< "192.168.1.1"
    int channel{0};
    int rssi{0}; ///< dBm
  };
#endif

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
    /// Called once for each start(), on a task of its own, where it may block and may call every
    /// method. With `auto_shutdown_ap` the portal has closed by then and given back Wi-Fi, so that
    /// the application can connect in here as ESP-IDF's examples do; without, it is still open. A
    /// stop() before that prevents the call. nullptr: not called.
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
    /// Close the portal after this long without use: no phone on the access point, no request, no
    /// connection test; 0: never. At most 24 days.
    std::chrono::seconds portal_timeout{0};
    /// A connection test may take this long to reach the network: to look for it, to connect, and
    /// to try again whatever may work the next time; 1 s to 1 hour. A radio with 2.4 and 5 GHz has
    /// 10.6 s more, which a search of its second band takes.
    std::chrono::seconds connect_timeout{CONFIG_PROVISIONING_CONNECT_TIMEOUT};
    /// From there it waits this long for an address; 1 s to 1 hour.
    std::chrono::seconds dhcp_timeout{CONFIG_PROVISIONING_DHCP_TIMEOUT};
    /// End set-up by itself when a network has been tested and saved, and for this long nobody has
    /// asked for anything, as when the owner closes the page without "Finish"; 0: never. At most 24
    /// days.
    std::chrono::seconds finish_after{0};
    /// Let the page forget all saved networks at once, after a confirmation. Off: it forgets them one by
    /// one. Whoever can open the page can do either.
    bool allow_forget_all{false};
    /// Code of the country where the device is used, "DE" (see esp_wifi_set_country_code()), while
    /// the portal is open. It tells the channels on which hidden networks can be found: by default
    /// 1 to 11. Empty: as the application, or ESP-IDF, has it.
    std::string country{CONFIG_PROVISIONING_COUNTRY};
    /// Called on a task of its own once `portal_timeout` has closed the portal; may block and may
    /// call every method, start() included. nullptr: not called.
    std::function<void()> on_timeout{nullptr};
    /// Bytes of stack of the task that runs the callbacks; 2048 or more. It exists only from the
    /// end of set-up, or the time-out, until the callbacks have returned.
    std::uint32_t callback_stack_size{4096};
#ifdef CONFIG_PROVISIONING_CONNECTION
    /// When the portal is open, and who connects. Needs "Stay connected" in menuconfig, as do all
    /// fields below, which have no effect with Always.
    PortalWhen portal_when{PortalWhen::Always};
    /// With Unreachable: open the portal after this long without a connection; 0 s to 24 days. A
    /// router that restarts after a power cut takes 2 to 5 minutes.
    std::chrono::seconds fallback_after{300};
    /// With Unreachable: open it also once the device has been connected since start(). Off, because
    /// whoever jams the network would be handed a portal. Needs `ap_password` or
    /// `unique_ap_password`.
    bool fallback_on_loss{false};
    /// Called when the device is connected and has an address, on the callbacks' task, where it may
    /// block and may call every method. What changes meanwhile is told when it returns: this one and
    /// `on_disconnected` take turns. Not called any more once stop() has returned. nullptr: not called.
    std::function<void(const Connection &connection)> on_connected{nullptr};
    /// Likewise, when the connection is gone: with ESP-IDF's reason (wifi_err_reason_t), 8 where the
    /// owner has the device leave, 0 where the address was lost or is another one, and the link was
    /// not. The device is on its way back already.
    std::function<void(std::uint16_t reason)> on_disconnected{nullptr};
#endif
  };

  /// Keeps a copy of `config`; starts nothing.
  explicit Provisioning(const Config &config);

  /// As stop(). An active portal that is destroyed is worth a warning in the log.
  ~Provisioning();

  Provisioning(const Provisioning &) = delete;
  Provisioning &operator=(const Provisioning &) = delete;

  /// Opens the access point, starts the HTTP server and scans once. Returns when the portal is up.
  /// In every mode of `portal_when` but Always: turns the station on and returns; connecting, or
  /// opening the portal, goes on by itself.
  ///
  /// Returns false, with the reason in the log and everything as before, if the configuration is
  /// invalid, another portal is active, NVS is not initialised, memory is short, the port is taken,
  /// Wi-Fi refuses, or somebody stops the portal meanwhile. True if the portal is active already.
  /// Can be called again after stop().
  ///
  /// A task that Wi-Fi itself needs can't wait: on those of the default event loop, of esp_timer,
  /// of FreeRTOS's timers and of lwIP, true means that the portal is opening, and is_active() tells
  /// when it is up.
  bool start();

  /// Closes the portal and gives back everything that start() took. After it returns no callback
  /// begins, and none runs but the one that called it. Harmless if nothing is active.
  ///
  /// On the tasks that can't wait (see start()) it returns at once, and the portal closes soon
  /// after. It takes up to a second elsewhere; an application's own event loop may prefer
  /// request_stop().
  void stop();

  /// As stop(), without waiting: for tasks that must not wait, such as those of the application's
  /// own event loops. is_active() tells when everything has been given back.
  void request_stop();

  /// In every mode of `portal_when` but Always: true from the end of start() until stop().
  /// Otherwise: true from the end of start() until stop(), the shutdown after completion, or the one after
  /// `portal_timeout` has given everything back; after completion, until `on_provisioned` has
  /// returned.
  bool is_active() const;

  /// True if at least one network is saved, tested in this session or an earlier one.
  bool is_provisioned() const;

  /// True once the owner has ended set-up, the answer has had time to reach the phone, and
  /// `on_provisioned` has returned; with `auto_shutdown_ap` the portal has closed as well. Stays so
  /// until the next start().
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

  /// Payload of the QR code that a phone's camera reads to connect to the access point,
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

#ifdef CONFIG_PROVISIONING_CONNECTION
  /// How the connection stands at this moment.
  State state() const;

  /// Waits until the device is connected, `timeout` at most; 0 s only asks, and at most 24 days. True
  /// if it is connected. Returns at once if the connection is not on its way, that is, off. On the
  /// tasks that can't wait (see start()) it only asks.
  bool wait_connected(std::chrono::milliseconds timeout) const;

  /// Opens the portal beside the station, as for a button; it stays open until close_portal(), the
  /// end of set-up, or `portal_timeout`. Waits, and returns, as start(). False before start(), but
  /// with Always it is start().
  bool open_portal();

  /// Closes the portal, and waits, as stop() does; the device stays connected. It opens by itself
  /// only after the device has been connected once more. With Always it is stop().
  void close_portal();

  /// Forgets all saved networks, and leaves the one that the device is connected to. False if one of
  /// them could not be erased, or on a task that can't wait. Takes as long as the flash does.
  bool forget_all();
#endif

private:
  friend class ImprovSerial; // asks the portal as the page does
  class Actor;
  Actor *actor_; ///< destroys itself, since it may outlive this object by a moment
};

} // namespace espp
