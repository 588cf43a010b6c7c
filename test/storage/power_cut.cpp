#include "power_cut.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "nvs.h"

#include "core/secret.hpp"
#include "core/ssid.hpp"
#include "esp/credential_store.hpp"

namespace storage_test {
namespace {

using espp::provisioning::CredentialStore;
using espp::provisioning::Rows;
using espp::provisioning::SavedNetwork;
using espp::provisioning::SaveResult;
using espp::provisioning::Secret;
using espp::provisioning::Security;
using espp::provisioning::Ssid;

/// Names and passwords, newest first: what the store must tell.
using Networks = std::vector<std::pair<std::string, std::string>>;

struct Operation {
  enum class Kind { Save, Forget } kind;
  std::string name;
  std::string password{};
};

struct Scenario {
  const char *name;
  std::vector<Operation> before;
  bool fills_flash;
  std::vector<Operation> tried;
};

std::string network(int i) {
  return "network " + std::to_string(i);
}

/// Each is as long as a password can be, and unlike every other.
std::string password(int i, int version = 0) {
  std::string text = "<" + std::to_string(i) + "." + std::to_string(version) + ">";
  while (text.size() < 63) {
    text += static_cast<char>('a' + (i + version) % 26);
  }
  return text;
}

Operation save(int i, int version = 0) {
  return {Operation::Kind::Save, network(i), password(i, version)};
}
Operation forget(int i) {
  return {Operation::Kind::Forget, network(i)};
}

std::vector<Operation> saves(int count) {
  std::vector<Operation> operations;
  for (int i = 0; i < count; ++i) {
    operations.push_back(save(i));
  }
  return operations;
}

std::vector<Operation> updates(int i, int count) {
  std::vector<Operation> operations;
  for (int version = 1; version <= count; ++version) {
    operations.push_back(save(i, version));
  }
  return operations;
}

std::vector<Scenario> scenarios() {
  return {
      {"the first save", {}, false, {save(0)}},
      {"three networks", saves(3), false, {save(1, 1), forget(1), forget(2), forget(0), save(5)}},
      {"16 networks", saves(16), false, {save(16), save(8, 1), forget(7), forget(16), forget(0)}},
      // Enough of them that pages are begun, and reclaimed.
      {"the same network again and again", saves(4), false, updates(2, 90)},
      {"a full flash", saves(6), true, {save(20), save(3, 1), forget(4), save(21), forget(21)}},
  };
}

/// What others keep in NVS.
struct Foreign {
  const char *name_space;
  const char *key;
  Bytes value;
};

std::vector<Foreign> foreign() {
  Bytes large(700);
  for (std::size_t i = 0; i < large.size(); ++i) {
    large[i] = static_cast<std::uint8_t>(i * 7);
  }
  const std::string driver_password = "the Wi-Fi driver's own";
  return {{"app", "blob", large},
          {"app", "net00", {1, 2, 3}}, // our key in another namespace
          {"nvs.net80211", "sta.ssid", Bytes(36, 0x41)},
          {"nvs.net80211", "sta.pswd", Bytes(driver_password.begin(), driver_password.end())}};
}

bool write_foreign(const Foreign &value) {
  nvs_handle_t nvs = 0;
  if (nvs_open(value.name_space, NVS_READWRITE, &nvs) != ESP_OK) {
    return false;
  }
  const bool is_written =
      nvs_set_blob(nvs, value.key, value.value.data(), value.value.size()) == ESP_OK;
  nvs_close(nvs);
  return is_written;
}

bool is_unharmed(const Foreign &value) {
  nvs_handle_t nvs = 0;
  if (nvs_open(value.name_space, NVS_READONLY, &nvs) != ESP_OK) {
    return false;
  }
  Bytes stored(value.value.size() + 1);
  std::size_t size = stored.size();
  const esp_err_t error = nvs_get_blob(nvs, value.key, stored.data(), &size);
  nvs_close(nvs);
  stored.resize(error == ESP_OK ? size : 0);
  return stored == value.value;
}

/// Fills what is left of the flash with another application's values.
void fill() {
  int number = 0;
  for (std::size_t size = 400; size >= 1; size /= 2) {
    while (write_foreign({"filler", ("f" + std::to_string(number)).c_str(), Bytes(size, 0x55)})) {
      ++number;
    }
  }
}

/// True if it says that it worked.
bool perform(CredentialStore &store, const Operation &operation) {
  const auto ssid = *Ssid::from_bytes(operation.name);
  if (operation.kind == Operation::Kind::Save) {
    return store.save(ssid, Secret(operation.password), Security::Wpa2) == SaveResult::Saved;
  }
  return store.forget(ssid) == ESP_OK;
}

/// False if a saved network has no password that can be read.
bool read(const CredentialStore &store, Networks &networks) {
  networks.clear();
  Rows<SavedNetwork> rows;
  if (!store.list(rows)) {
    return false;
  }
  for (const SavedNetwork &row : rows) {
    const auto found = store.find(row.ssid);
    if (!found || found->network.ssid != row.ssid || found->network.security != Security::Wpa2) {
      return false;
    }
    networks.emplace_back(row.ssid.bytes(), found->password.bytes());
  }
  return true;
}

bool contains(const Bytes &image, std::string_view bytes) {
  return std::search(image.begin(), image.end(), bytes.begin(), bytes.end()) != image.end();
}

std::string to_text(const Networks &networks) {
  std::string text;
  for (const auto &[name, secret] : networks) {
    text += " [" + name + ": " + secret.substr(0, secret.find('>') + 1) + "]";
  }
  return text.empty() ? " nothing" : text;
}

/// One operation on one content of the flash, under every outage.
class Trial {
public:
  Trial(Flash &flash, std::size_t most_double_cuts, Totals &totals,
        const std::function<void(const std::string &)> &problem)
      : flash_(flash), most_double_cuts_(most_double_cuts), totals_(totals), problem_(problem) {}

  void run(const std::string &where, const Operation &operation) {
    where_ = where;
    operation_ = operation;
    image_ = flash_.image();
    flash_.restore(image_);
    CredentialStore store;
    if (flash_.boot() != ESP_OK || store.load() != ESP_OK || !read(store, before_)) {
      return report("does not even begin");
    }
    const bool works = perform(store, operation);
    if (!read(store, after_)) {
      return report("the store can't be read after it");
    }
    if (!works && after_ != before_) {
      report("failed, and changed something");
    }
    const Bytes done = flash_.image();
    ++totals_.operations;
    for (std::size_t nth = 1; outage(nth, /*cuts_power=*/true); ++nth) {
    }
    for (std::size_t nth = 1; outage(nth, /*cuts_power=*/false); ++nth) {
    }
    flash_.restore(done);
    if (flash_.boot() != ESP_OK) {
      report("does not come up after it");
    }
  }

private:
  void report(const std::string &what) { problem_(where_ + ", " + operation_.name + ": " + what); }

  /// False if the operation was over before.
  bool outage(std::size_t nth, bool cuts_power) {
    const std::string at =
        (cuts_power ? "power cut at " : "failure of ") + std::to_string(nth) + ": ";
    flash_.restore(image_);
    CredentialStore store;
    if (flash_.boot() != ESP_OK || store.load() != ESP_OK) {
      report(at + "does not begin");
      return false;
    }
    if (cuts_power) {
      flash_.cut_power_at(nth);
    } else {
      flash_.fail_at(nth);
    }
    const bool says_done = perform(store, operation_);
    if (!flash_.has_struck()) {
      return false;
    }
    if (!cuts_power) {
      ++totals_.failures;
      // What it keeps in memory is one of the two, whatever the flash has.
      Rows<SavedNetwork> rows;
      if (!store.list(rows) || (rows.size() != before_.size() && rows.size() != after_.size())) {
        report(at + "lost its list");
      }
    }
    const Bytes crashed = flash_.image();
    if (cuts_power) {
      ++totals_.cuts;
    }
    flash_.restore(crashed);
    const std::size_t recovery = check(at, says_done, cuts_power);
    if (cuts_power) {
      const std::size_t stride = recovery / most_double_cuts_ + 1;
      for (std::size_t second = 1; second <= recovery; second += stride) {
        flash_.restore(crashed);
        flash_.cut_power_at(second);
        static_cast<void>(flash_.boot());
        if (!flash_.has_struck()) {
          break;
        }
        ++totals_.cuts;
        ++totals_.double_cuts;
        flash_.restore(flash_.image());
        check(at + "and at " + std::to_string(second) + " of the recovery: ", says_done, true);
      }
    }
    return true;
  }

  /// Boots, and looks at everything. Returns how many operations of the flash the boot took.
  std::size_t check(const std::string &at, bool says_done, bool cuts_power) {
    const esp_err_t error = flash_.boot();
    CredentialStore store;
    Networks now;
    if (error != ESP_OK || store.load() != ESP_OK || !read(store, now)) {
      report(at + "the store can't be read");
      return 0;
    }
    if ((now != before_ || says_done) && now != after_) {
      report(at + "it has" + to_text(now) + " instead of" + to_text(before_) + " or" +
             to_text(after_));
    }
    for (const Foreign &value : foreign()) {
      if (!is_unharmed(value)) {
        report(at + value.name_space + "/" + value.key + " is harmed");
      }
    }
    if (cuts_power && now != before_ && flash_.purges()) {
      const Bytes image = flash_.image();
      for (const auto &[name, secret] : before_) {
        const bool is_gone =
            std::find(now.begin(), now.end(), std::pair(name, secret)) == now.end();
        if (is_gone && contains(image, secret)) {
          ++totals_.remnants;
        }
      }
    }
    // It goes on working: what is there can be forgotten, which needs no room.
    if (!now.empty() && !perform(store, {Operation::Kind::Forget, now.back().first})) {
      report(at + "nothing can be forgotten any more");
    }
    return flash_.operations_of_boot();
  }

  Flash &flash_;
  std::size_t most_double_cuts_;
  Totals &totals_;
  const std::function<void(const std::string &)> &problem_;
  std::string where_;
  Operation operation_{};
  Bytes image_;
  Networks before_;
  Networks after_;
};

} // namespace

std::size_t run_bit_flips(Flash &flash, const std::function<void(const std::string &)> &problem) {
  flash.restore({});
  CredentialStore store;
  if (flash.boot() != ESP_OK || store.load() != ESP_OK) {
    problem("an empty flash does not come up");
  }
  for (const Operation &operation : saves(3)) {
    perform(store, operation);
  }
  Networks right;
  if (!read(store, right) || right.size() != 3) {
    problem("three networks can't be saved");
  }
  const Bytes image = flash.image();
  const std::size_t used = 4096; // the first page
  for (std::size_t bit = 0; bit < used * 8; ++bit) {
    Bytes flipped = image;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << bit % 8));
    flash.restore(flipped);
    CredentialStore after;
    // Pages that can't be used any more are for the application to erase.
    if (flash.boot() != ESP_OK || after.load() != ESP_OK) {
      continue;
    }
    Rows<SavedNetwork> rows;
    after.list(rows);
    for (const SavedNetwork &row : rows) {
      const auto found = after.find(row.ssid);
      const std::pair stored(std::string(row.ssid.bytes()),
                             std::string(found ? found->password.bytes() : ""));
      if (found && std::find(right.begin(), right.end(), stored) == right.end()) {
        problem("bit " + std::to_string(bit) + ": " + stored.first + " has a wrong password");
      }
    }
  }
  return used * 8;
}

Totals run_power_cuts(Flash &flash, std::size_t most_double_cuts,
                      const std::function<void(const std::string &)> &problem) {
  Totals totals;
  for (const Scenario &scenario : scenarios()) {
    flash.restore({});
    if (flash.boot() != ESP_OK) {
      problem("an empty flash does not come up");
      return totals;
    }
    for (const Foreign &value : foreign()) {
      write_foreign(value);
    }
    CredentialStore store;
    store.load();
    for (const Operation &operation : scenario.before) {
      if (!perform(store, operation)) {
        problem(std::string(scenario.name) + ": can't be set up");
      }
    }
    if (scenario.fills_flash) {
      fill();
    }
    Trial trial(flash, most_double_cuts, totals, problem);
    for (std::size_t i = 0; i < scenario.tried.size(); ++i) {
      trial.run(std::string(scenario.name) + ", step " + std::to_string(i + 1), scenario.tried[i]);
    }
  }
  return totals;
}

} // namespace storage_test
