#include "home.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <mutex>

#include "host/clock.hpp"
#include "idf/profile_store.hpp"
#include "idf/task_monitor.hpp"

namespace life_test {
namespace {

using espp::provisioning::Secret;
using espp::provisioning::Security;
using espp::provisioning::Ssid;

milliseconds now() {
  return std::chrono::duration_cast<milliseconds>(host::clock::now());
}

radio::AccessPoint made(const Router &router) {
  static std::uint8_t number = 0;
  radio::AccessPoint ap;
  ap.ssid = router.ssid;
  ap.bssid = {2, 0, 0, 0, 9, ++number};
  ap.channel = router.channel;
  ap.rssi = router.rssi;
  ap.hidden = router.hidden;
  ap.security = radio::Security::Wpa2;
  ap.password = router.password;
  return ap;
}

} // namespace

Device::Config Home::config(PortalWhen when) {
  Device::Config config = Device::usual_config();
  config.portal_when = when;
  return config;
}

Device::Config Home::listening(Device::Config config) {
  config.on_connected =
      [this, also = config.on_connected](const espp::Provisioning::Connection &connection) {
        {
          const std::lock_guard lock(mutex_);
          told_.push_back(
              {.is_connected = true, .ssid = connection.ssid, .ip = connection.ip, .at = now()});
        }
        if (also) {
          also(connection);
        }
      };
  config.on_disconnected = [this, also = config.on_disconnected](std::uint16_t reason) {
    {
      const std::lock_guard lock(mutex_);
      told_.push_back({.is_connected = false, .ssid = {}, .ip = {}, .reason = reason, .at = now()});
    }
    if (also) {
      also(reason);
    }
  };
  return config;
}

Home::Home(const std::vector<Router> &routers, Device::Config config)
    : device_("quiet", listening(std::move(config))) {
  told_.reserve(100); // so that the heap is that of the firmware
  set_phone(false);
  for (const Router &router : routers) {
    turn_on(router);
  }
}

void Home::set_phone(bool is_there) {
  device_.change_world([&](radio::Scenario &scenario) {
    scenario.phone = is_there ? std::optional(radio::Phone{}) : std::nullopt;
  });
}

void Home::save(const std::string &ssid, const std::string &password) {
  espp::provisioning::TaskMonitor monitor;
  espp::provisioning::Rows<espp::provisioning::SavedNetwork> saved;
  espp::provisioning::ProfileStore store(monitor, saved);
  REQUIRE(store.load() == ESP_OK);
  REQUIRE(store.save(*Ssid::from_bytes(ssid), Secret(password),
                     password.empty() ? Security::Open : Security::Wpa2) ==
          espp::provisioning::attempt::SaveResult::Saved);
}

void Home::turn_on(const Router &router) {
  device_.change_world(
      [&](radio::Scenario &scenario) { scenario.world.access_points.push_back(made(router)); });
}

void Home::turn_off(const std::string &ssid) {
  device_.change_world([&](radio::Scenario &scenario) {
    std::erase_if(scenario.world.access_points,
                  [&](const radio::AccessPoint &ap) { return ap.ssid == ssid; });
  });
}

void Home::change(const std::string &ssid,
                  const std::function<void(radio::AccessPoint &)> &change) {
  device_.change_world(
      [&](radio::Scenario &scenario) { change(device_.access_point(scenario, ssid)); });
}

milliseconds Home::until(const std::function<bool()> &holds, milliseconds within) {
  const milliseconds begun = now();
  while (!holds()) {
    if (now() - begun > within) {
      FAIL("waited in vain");
    }
    host::clock::sleep_for(
        std::clamp<milliseconds>(within / 200, milliseconds(5), milliseconds(1000)));
  }
  return now() - begun;
}

milliseconds Home::until_connected(milliseconds within) {
  const milliseconds begun = now();
  REQUIRE(portal().wait_connected(within));
  return now() - begun;
}

milliseconds Home::until_disconnected(milliseconds within) {
  return until([&] { return portal().state() != State::Connected; }, within);
}

milliseconds Home::until_open(milliseconds within) {
  return until([&] { return is_open(); }, within);
}

milliseconds Home::until_closed(milliseconds within) {
  return until([&] { return !is_open(); }, within);
}

std::vector<Told> Home::told() const {
  const std::lock_guard lock(mutex_);
  return told_;
}

void Home::clear_told() {
  const std::lock_guard lock(mutex_);
  told_.clear();
}

} // namespace life_test
