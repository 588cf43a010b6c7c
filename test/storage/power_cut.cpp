#include "power_cut.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "nvs.h"

#include "domain/secret.hpp"
#include "domain/ssid.hpp"
#include "raw_record.hpp"
#include "store.hpp"

namespace storage_test {
namespace {

using espp::provisioning::SavedNetwork;
using espp::provisioning::Secret;
using espp::provisioning::Security;
using espp::provisioning::Ssid;
using espp::provisioning::attempt::SaveResult;

struct Network {
  std::string name;
  std::string password;
  std::string note; ///< what a newer firmware has put into its record; empty: nothing

  friend bool operator==(const Network &, const Network &) = default;
};

/// Newest first: what the store must tell.
using Networks = std::vector<Network>;

struct Operation {
  enum class Kind { Save, Forget } kind;
  std::string name;
  std::string password{};
};

/// The records that other firmware has left, by their keys' numbers.
using Found = std::vector<Bytes>;

struct Scenario {
  const char *name;
  Found found;
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

/// As version 1.0 saved them.
Found version_1_records(int count) {
  Found found;
  for (int i = 0; i < count; ++i) {
    found.push_back(version_1(network(i), password(i), static_cast<std::uint32_t>(i + 1)));
  }
  return found;
}

constexpr std::uint8_t kNoteType = 0x7F;
constexpr std::size_t kNoteSize = 60;

std::string note(int i) {
  std::string text = "note of " + network(i) + " ";
  text.resize(kNoteSize, static_cast<char>('A' + i % 26));
  return text;
}

/// Of both versions by turns, those of version 2 as a newer firmware saved them.
Found mixed_records(int count) {
  Found found = version_1_records(count);
  for (int i = 1; i < count; i += 2) {
    found[static_cast<std::size_t>(i)] = version_2(
        network(i), password(i), static_cast<std::uint32_t>(i + 1), {entry(kNoteType, note(i))});
  }
  return found;
}

std::vector<Scenario> scenarios() {
  return {
      {"the first save", {}, {}, false, {save(0)}},
      {"three networks",
       {},
       saves(3),
       false,
       {save(1, 1), forget(1), forget(2), forget(0), save(5)}},
      {"16 networks",
       {},
       saves(16),
       false,
       {save(16), save(8, 1), forget(7), forget(16), forget(0)}},
      // Enough of them that pages are begun, and reclaimed.
      {"the same network again and again", {}, saves(4), false, updates(2, 90)},
      {"a full flash", {}, saves(6), true, {save(20), save(3, 1), forget(4), save(21), forget(21)}},
      {"three networks of version 1",
       version_1_records(3),
       {},
       false,
       {save(1, 1), save(1, 2), forget(1), forget(0), save(0), save(5), forget(2)}},
      {"both versions, and what a newer firmware knows",
       mixed_records(8),
       {},
       false,
       {save(3, 1), save(3, 2), save(2, 1), save(9), forget(5), forget(4), save(7, 1), forget(3)}},
      {"both versions in a full flash",
       mixed_records(8),
       saves(1),
       true,
       {save(20), save(3, 1), forget(4), save(2, 1), save(5, 1)}},
  };
}

std::string key_of(std::size_t number) {
  constexpr const char *kDigits = "0123456789abcdef";
  return {'n', 'e', 't', kDigits[number / 16], kDigits[number % 16]};
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

void write_records(const Found &found) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    write_foreign({"provisioning", key_of(i).c_str(), found[i]});
  }
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

/// The note in the record at that key.
std::string note_in(std::uint8_t key) {
  nvs_handle_t nvs = 0;
  if (nvs_open("provisioning", NVS_READONLY, &nvs) != ESP_OK) {
    return {};
  }
  Bytes record(300);
  std::size_t size = record.size();
  const esp_err_t error = nvs_get_blob(nvs, key_of(key).c_str(), record.data(), &size);
  nvs_close(nvs);
  record.resize(error == ESP_OK ? size : 0);
  const Bytes header{kNoteType, kNoteSize};
  const auto at = std::search(record.begin(), record.end(), header.begin(), header.end());
  return at == record.end() ? std::string{} : std::string(at + 2, at + 2 + kNoteSize);
}

/// True if it says that it worked.
bool perform(Store &store, const Operation &operation) {
  const auto ssid = *Ssid::from_bytes(operation.name);
  if (operation.kind == Operation::Kind::Save) {
    return store.save(ssid, Secret(operation.password), Security::Wpa2) == SaveResult::Saved;
  }
  return store.forget(ssid) == ESP_OK;
}

/// False if a saved network has no password that can be read.
bool read(const Store &store, Networks &networks) {
  networks.clear();
  for (const SavedNetwork &row : store.rows()) {
    const auto found = store.find(row.ssid);
    if (!found || found->network.ssid != row.ssid || found->network.security != Security::Wpa2) {
      return false;
    }
    networks.push_back({.name = std::string(row.ssid.bytes()),
                        .password = std::string(found->password.bytes()),
                        .note = note_in(row.key)});
  }
  return true;
}

std::string note_of(const Networks &networks, const std::string &name) {
  const auto network = std::ranges::find(networks, name, &Network::name);
  return network == networks.end() ? std::string{} : network->note;
}

bool contains(const Bytes &image, std::string_view bytes) {
  return std::search(image.begin(), image.end(), bytes.begin(), bytes.end()) != image.end();
}

std::string to_text(const Networks &networks) {
  std::string text;
  for (const auto &[name, secret, note] : networks) {
    text += " [" + name + ": " + secret.substr(0, secret.find('>') + 1) +
            (note.empty() ? "" : " with a note") + "]";
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
    Store store;
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
    if (operation.kind == Operation::Kind::Save &&
        note_of(after_, operation.name) != note_of(before_, operation.name)) {
      report("what a newer firmware knows of it is lost");
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
    Store store;
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
      const std::size_t rows = store.rows().size();
      if (rows != before_.size() && rows != after_.size()) {
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
    Store store;
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
      for (const Network &network : before_) {
        const bool is_gone = std::ranges::find(now, network) == now.end();
        if (is_gone && contains(image, network.password)) {
          ++totals_.remnants;
        }
      }
    }
    // It goes on working: what is there can be forgotten, which needs no room.
    if (!now.empty() && !perform(store, {Operation::Kind::Forget, now.back().name})) {
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
  Store store;
  if (flash.boot() != ESP_OK) {
    problem("an empty flash does not come up");
  }
  write_records(mixed_records(3));
  if (store.load() != ESP_OK || !perform(store, save(3))) {
    problem("a network can't be saved");
  }
  Networks right;
  if (!read(store, right) || right.size() != 4) {
    problem("the networks can't be read");
  }
  const Bytes image = flash.image();
  const std::size_t used = 4096; // the first page
  for (std::size_t bit = 0; bit < used * 8; ++bit) {
    Bytes flipped = image;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << bit % 8));
    flash.restore(flipped);
    Store after;
    // Pages that can't be used any more are for the application to erase.
    if (flash.boot() != ESP_OK || after.load() != ESP_OK) {
      continue;
    }
    for (const SavedNetwork &row : after.rows()) {
      const auto found = after.find(row.ssid);
      const auto is_same = [&](const Network &network) {
        return network.name == row.ssid.bytes() && network.password == found->password.bytes();
      };
      if (found && std::ranges::none_of(right, is_same)) {
        problem("bit " + std::to_string(bit) + ": " + std::string(row.ssid.bytes()) +
                " has a wrong password");
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
    write_records(scenario.found);
    Store store;
    store.load();
    if (store.rows().size() != scenario.found.size()) {
      problem(std::string(scenario.name) + ": not all that is there is read");
    }
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
