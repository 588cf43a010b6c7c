#pragma once

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "esp_netif.h"
#include "host/clock.hpp"
#include "http_client.hpp"
#include "mutex.hpp"
#include "provisioning.hpp"
#include "radio/driver.hpp"

/// What the firmware has logged since the last clear().
class LogCapture {
public:
  LogCapture();
  ~LogCapture();
  std::string text() const;
  bool contains(const std::string &part) const { return text().find(part) != std::string::npos; }
};

/// Wi-Fi that an application has set up for itself, as a station, before it starts the portal. Its
/// driver is not started yet. Taken down at the end, when no portal may be active any more.
class ApplicationWifi {
public:
  ApplicationWifi();
  ~ApplicationWifi();
  ApplicationWifi(const ApplicationWifi &) = delete;
  ApplicationWifi &operator=(const ApplicationWifi &) = delete;

  esp_netif_t *station() const { return station_; }

private:
  esp_netif_t *station_{nullptr};
};

/// While it lives, the device's time has that speed.
class AtSpeed {
public:
  explicit AtSpeed(double speed) { host::clock::set_speed(speed); }
  ~AtSpeed() { host::clock::set_speed(usual_); }
  AtSpeed(const AtSpeed &) = delete;
  AtSpeed &operator=(const AtSpeed &) = delete;

private:
  double usual_{host::clock::speed()};
};

/// While it lives, the device's time runs as fast as the machine allows: for tests that see minutes of it pass, in
/// which the device mostly waits.
class Haste : AtSpeed {
public:
  Haste() : AtSpeed(200) {}
};

/// A device with an empty flash in a simulated world, and a phone next to it. One at a time.
class Device {
public:
  using Config = espp::Provisioning::Config;

  /// `scenario` by name; the portal is not started yet.
  explicit Device(const std::string &scenario = "home", Config config = usual_config());
  /// Stops the portal and checks that nothing of it is left.
  ~Device();

  static Config usual_config();

  espp::Provisioning &portal() { return *portal_; }
  bool start() { return portal_->start(); }
  /// As a reset: a new portal object over the same flash.
  void reboot();
  /// The phone, once start() has returned true.
  HttpClient phone() const;

  /// Adds to or changes the world.
  void change_world(const std::function<void(radio::Scenario &)> &change);
  radio::AccessPoint &access_point(radio::Scenario &scenario, const std::string &ssid);

  /// Asks for a test and waits for its verdict: the final answer of `GET /api/connect`.
  Json test(const std::string &request);
  /// Asks until the state is another than connecting and obtaining_ip.
  Json verdict();
  /// Asks `path` until `holds` is true of the answer; fails the test after ten minutes
  /// of the device's time, as wait_until() does.
  Json wait(const std::string &path, const std::function<bool(const Json &)> &holds);
  /// Waits for the list of the first scan.
  Json scan_list();

  /// What `on_provisioned` was called with.
  struct Provisioned {
    std::string ssid;
    std::string password;
  };
  std::optional<Provisioned> provisioned() const;
  void wait_until(const std::function<bool()> &holds);

private:
  Config config_;
  std::optional<espp::Provisioning> portal_;
  mutable Mutex mutex_;
  std::optional<Provisioned> provisioned_;
};

/// Waits for the end of a thread that may itself wait in the device's time.
void join(std::thread &thread);
