#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "device.hpp"
#include "host/clock.hpp"

/// A device that stays connected, in a world of its owner's routers.
namespace life_test {

using std::chrono::milliseconds;
using PortalWhen = espp::Provisioning::PortalWhen;
using State = espp::Provisioning::State;

/// What the application was told, and when.
struct Told {
  bool is_connected{false};
  std::string ssid;
  std::string ip;
  std::uint16_t reason{0};
  milliseconds at{0};
};

/// A router, on WPA2 with the password "right-pass1".
struct Router {
  std::string ssid;
  int rssi{-50};
  std::uint8_t channel{1};
  bool hidden{false};
  std::string password{"right-pass1"};
};

/// While it lives, an hour of the device's time takes some seconds: for tests in which it mostly waits for a
/// router. The device's time then goes in steps of 0.2 s.
class Hurry : AtSpeed {
public:
  Hurry() : AtSpeed(1000) {}
};

/// While it lives, the device's time goes from one moment at which something is due to the next: a day in which the
/// device waits takes as long as a second. Not for requests over HTTP, whose answers the kernel may hold back.
class Leap : AtSpeed {
public:
  Leap() : AtSpeed(1e6) {}
};

class Home {
public:
  explicit Home(const std::vector<Router> &routers, Device::Config config);
  ~Home() { device_.portal().stop(); }
  Home(const Home &) = delete;
  Home &operator=(const Home &) = delete;

  /// With the portal closed unless told otherwise.
  static Device::Config config(PortalWhen when = PortalWhen::Unprovisioned);

  Device &device() { return device_; }
  espp::Provisioning &portal() { return device_.portal(); }

  /// Puts a network into flash, as a test of the owner's does; the last one is the newest.
  void save(const std::string &ssid, const std::string &password = "right-pass1");

  void turn_on(const Router &router);
  void turn_off(const std::string &ssid);
  void change(const std::string &ssid, const std::function<void(radio::AccessPoint &)> &change);
  /// A phone is on the access point whenever there is one.
  void set_phone(bool is_there);

  /// Waits until the device is connected, or is not, and returns how long that took; fails the test
  /// after `within`.
  milliseconds until_connected(milliseconds within);
  milliseconds until_disconnected(milliseconds within);
  milliseconds until_open(milliseconds within);
  milliseconds until_closed(milliseconds within);
  milliseconds until(const std::function<bool()> &holds, milliseconds within);
  bool is_open() { return !portal().get_ip_address().empty(); }

  std::vector<Told> told() const;
  void clear_told();
  /// Of the driver: accepted calls that try to connect.
  static std::uint32_t attempts() { return radio::driver_state().connects; }

private:
  Device::Config listening(Device::Config config);

  mutable Mutex mutex_;
  std::vector<Told> told_;
  Device device_;
};

} // namespace life_test
