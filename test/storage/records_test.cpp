#include <doctest/doctest.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "esp_log.h"
#include "host/nvs.hpp"
#include "nvs.h"
#include "nvs_flash.h"

#include "codec/record.hpp"
#include "raw_record.hpp"
#include "store.hpp"

using namespace espp::provisioning;
using attempt::SaveResult;
using storage_test::entry;
using storage_test::sign;
using storage_test::Store;
using storage_test::version_1;
using storage_test::version_2;
using Blob = storage_test::Bytes;

namespace {

std::vector<std::string> log_lines;

int keep_line(const char *format, va_list args) {
  char line[256];
  const int size = std::vsnprintf(line, sizeof line, format, args);
  log_lines.emplace_back(line);
  return size;
}

Ssid name(const char *text) {
  return *Ssid::from_bytes(text);
}

/// An empty flash, and the store's namespace as another program sees it.
class Flash {
public:
  Flash() {
    host::nvs::reset();
    REQUIRE(nvs_flash_init() == ESP_OK);
    REQUIRE(nvs_open("provisioning", NVS_READWRITE, &nvs_) == ESP_OK);
    esp_log_set_vprintf(keep_line);
  }
  ~Flash() {
    nvs_close(nvs_);
    host::nvs::reset();
  }
  Flash(const Flash &) = delete;
  Flash &operator=(const Flash &) = delete;

  Blob read(const char *key) const {
    Blob blob(1000);
    std::size_t size = blob.size();
    const esp_err_t error = nvs_get_blob(nvs_, key, blob.data(), &size);
    blob.resize(error == ESP_OK ? size : 0);
    return blob;
  }
  void write(const char *key, const Blob &blob) const {
    REQUIRE(nvs_set_blob(nvs_, key, blob.data(), blob.size()) == ESP_OK);
  }

private:
  nvs_handle_t nvs_{0};
};

/// What a newer firmware may have added: a static address.
const Blob kStaticAddress = entry(0x01, "\xC0\xA8\x01\x42\x18\xC0\xA8\x01\x01");

std::vector<Blob> in_both_versions(const char *ssid, const char *password,
                                   std::uint32_t last_used) {
  return {version_1(ssid, password, last_used),
          version_2(ssid, password, last_used, {kStaticAddress})};
}

bool contains(const Blob &bytes, std::string_view part) {
  return !std::ranges::search(bytes, part, {}, {}, [](char c) {
            return static_cast<std::uint8_t>(c);
          }).empty();
}

bool contains(const Blob &bytes, const Blob &part) {
  return !std::ranges::search(bytes, part).empty();
}

std::string list(const Store &store) {
  const auto &rows = store.rows();
  std::string text;
  for (const SavedNetwork &row : rows) {
    const auto found = store.find(row.ssid);
    text += std::string(row.ssid.bytes()) + "=" +
            (found ? std::string(found->password.bytes()) : "?") + " ";
  }
  return text;
}

/// Two good records, and between them `bad`: it must be skipped with one line, left alone whatever
/// is saved and forgotten, and the rest must work.
void check_left_alone(const Blob &bad) {
  const Flash flash;
  flash.write("net00", version_1("first", "password 1", 1));
  flash.write("net01", bad);
  flash.write("net02", version_2("third", "password 3", 3));
  Store store;
  log_lines.clear();
  CHECK(store.load() == ESP_OK);
  REQUIRE(log_lines.size() == 1);
  CHECK(log_lines[0].find("W (") != std::string::npos);
  CHECK(log_lines[0].find("Saved network 1") != std::string::npos);
  CHECK(log_lines[0].find("password") == std::string::npos);
  CHECK(list(store) == "third=password 3 first=password 1 ");
  CHECK(store.save(name("fourth"), Secret("password 4"), Security::Wpa3) == SaveResult::Saved);
  CHECK(store.save(name("first"), Secret("another 1"), Security::Wpa2) == SaveResult::Saved);
  CHECK(store.forget(name("third")) == ESP_OK);
  CHECK(list(store) == "first=another 1 fourth=password 4 ");
  CHECK(store.load() == ESP_OK);
  CHECK(list(store) == "first=another 1 fourth=password 4 ");
  CHECK(flash.read("net01") == bad);
}

} // namespace

TEST_CASE("a record with any bit flipped is skipped with one line, and the rest works") {
  for (const Blob &good : in_both_versions("second", "password 2", 2)) {
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      CAPTURE(bit);
      Blob bad = good;
      bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << bit % 8));
      check_left_alone(bad);
    }
  }
}

TEST_CASE("a record of any other length is skipped with one line, and the rest works") {
  for (const Blob &good : in_both_versions("second", "password 2", 2)) {
    for (std::size_t size = 0; size < kMaxRecordSize + 3; ++size) {
      if (size == good.size()) {
        continue;
      }
      CAPTURE(size);
      Blob bad = good;
      bad.resize(size, 0xA5);
      check_left_alone(bad);
      // Cut where an entry ends, a record of version 2 is one with fewer entries.
      const bool has_whole_entries = good[0] == 2 && (size == 20 || size == 32);
      if (size >= 4 && !has_whole_entries) {
        sign(bad);
        check_left_alone(bad);
      }
    }
  }
}

TEST_CASE("a record of another format version is left to the firmware that knows it") {
  for (const Blob &good : in_both_versions("second", "password 2", 2)) {
    for (int version = 0; version < 256; ++version) {
      if (version == good[0]) {
        continue;
      }
      CAPTURE(version);
      Blob other = good;
      other[0] = static_cast<std::uint8_t>(version);
      sign(other);
      check_left_alone(other);
    }
  }
}

TEST_CASE(
    "a network that needs what this firmware does not know is left to the firmware that does") {
  for (const std::uint8_t type : Blob{0x84, 0x90, 0xFF}) {
    check_left_alone(version_2("second", "password 2", 2, {entry(type, "\x0D\x00")}));
  }
}

TEST_CASE("a record that is longer than this firmware's longest is left alone") {
  check_left_alone(
      version_2("second", "password 2", 2,
                {entry(0x04, std::string(100, 'o')), entry(0x05, std::string(100, 'i'))}));
  check_left_alone(
      version_2("second", "password 2", 2,
                {entry(0x04, std::string(255, 'o')), entry(0x05, std::string(255, 'i'))}));
}

TEST_CASE("values that no network can have are refused, whatever the checksum says") {
  const auto check = [](const Blob &good, const std::function<void(Blob &)> &spoil) {
    Blob bad = good;
    spoil(bad);
    sign(bad);
    check_left_alone(bad);
  };
  const Blob first = version_1("second", "password 2", 2);
  check(first, [](Blob &b) { b[1] = static_cast<std::uint8_t>(Security::Unknown) + 1; });
  check(first, [](Blob &b) { b[6] = 0; });    // no name
  check(first, [](Blob &b) { b[6] = 33; });   // a name longer than there are
  check(first, [](Blob &b) { b[6] = 255; });  // past the end
  check(first, [](Blob &b) { b[8] = 0; });    // a NUL in it
  check(first, [](Blob &b) { b[13] = 255; }); // a password past the end
  check(first, [](Blob &b) { b[13] = 9; });   // a byte too many behind it
  check(first, [](Blob &b) { b[14] = 0; });   // a NUL in it

  const Blob second = version_2("second", "password 2", 2);
  check(second, [](Blob &b) { b[15] = static_cast<std::uint8_t>(Security::Unknown) + 1; });
  check(second, [](Blob &b) { b[6] = 0; });    // no name, and what follows makes no sense
  check(second, [](Blob &b) { b[6] = 255; });  // past the end
  check(second, [](Blob &b) { b[8] = 0; });    // a NUL in it
  check(second, [](Blob &b) { b[17] = 255; }); // a password past the end
  check(second, [](Blob &b) { b[17] = 9; });   // a byte too many behind it
  check(second, [](Blob &b) { b[18] = 0; });   // a NUL in it
}

TEST_CASE("both versions are read, and stay as they are until their network is saved anew") {
  const Flash flash;
  const Blob attic = version_1("attic", "cobwebs-1", 7);
  const Blob cellar = version_1("cellar", "cobwebs-2", 8);
  const Blob garden = version_2("garden", "tomatoes", 9, {kStaticAddress});
  flash.write("net00", attic);
  flash.write("net01", cellar);
  flash.write("net02", garden);
  Store store;
  CHECK(store.load() == ESP_OK);
  CHECK(list(store) == "garden=tomatoes cellar=cobwebs-2 attic=cobwebs-1 ");
  CHECK(store.save(name("new"), Secret("a password"), Security::Wpa2) == SaveResult::Saved);
  CHECK(store.forget(name("cellar")) == ESP_OK);
  CHECK(store.load() == ESP_OK);
  CHECK(flash.read("net00") == attic);
  CHECK(flash.read("net02") == garden);

  CHECK(store.save(name("attic"), Secret("dust-and-moths"), Security::Wpa3) == SaveResult::Saved);
  CHECK(flash.read("net00").empty());
  CHECK(flash.read("net01")[0] == 2);
  CHECK_FALSE(contains(host::nvs::image(), "cobwebs-1"));
  CHECK(list(store) == "attic=dust-and-moths new=a password garden=tomatoes ");
  CHECK(store.load() == ESP_OK);
  CHECK(list(store) == "attic=dust-and-moths new=a password garden=tomatoes ");
  CHECK(store.find(name("attic"))->network.security == Security::Wpa3);
}

TEST_CASE("what a newer firmware has saved with a network outlives another password") {
  const Flash flash;
  flash.write("net00", version_2("garden", "tomatoes", 9, {kStaticAddress, entry(0x7F, "later")}));
  Store store;
  CHECK(store.load() == ESP_OK);
  const char *key = "net00";
  for (const char *password : {"cucumbers", "", "pumpkins"}) {
    CHECK(store.save(name("garden"), Secret(password), Security::Wpa2) == SaveResult::Saved);
    key = key == std::string_view("net00") ? "net01" : "net00";
    const Blob record = flash.read(key);
    CHECK(contains(record, kStaticAddress));
    CHECK(contains(record, entry(0x7F, "later")));
    CHECK(store.load() == ESP_OK);
    CHECK(list(store) == "garden=" + std::string(password) + " ");
  }
}

TEST_CASE("a network that only a newer firmware can use does not hide what is saved beside it") {
  const Flash flash;
  const Blob enterprise = version_2("Corp", "", 40, {entry(0x84, "\x0D")});
  flash.write("net00", enterprise);
  Store store;
  CHECK(store.load() == ESP_OK);
  CHECK(list(store).empty());
  CHECK(store.save(name("Corp"), Secret("a password"), Security::Wpa2) == SaveResult::Saved);
  CHECK(list(store) == "Corp=a password ");
  // To the newer firmware, what was saved last is the newer one, too.
  CHECK(store.rows()[0].last_used == 41);
  CHECK(flash.read("net00") == enterprise);
}

TEST_CASE("what version 1.0 saves after a downgrade is not lost") {
  // Version 1.0 counts from the records of version 1 that it finds, so it begins anew at 1.
  for (const bool was_version_1 : {false, true}) {
    for (const bool is_first : {false, true}) {
      CAPTURE(was_version_1);
      CAPTURE(is_first);
      const Flash flash;
      if (was_version_1) {
        flash.write("net05", version_1("twice", "the first one", 1));
      }
      Store store;
      CHECK(store.load() == ESP_OK);
      for (const char *password : {"password 2", "password 3"}) {
        CHECK(store.save(name("twice"), Secret(password), Security::Wpa2) == SaveResult::Saved);
      }
      const char *key = flash.read("net00").empty() ? "net01" : "net00";
      const Blob newest = flash.read(key);
      nvs_handle_t nvs = 0;
      REQUIRE(nvs_open("provisioning", NVS_READWRITE, &nvs) == ESP_OK);
      REQUIRE(nvs_erase_key(nvs, key) == ESP_OK);
      nvs_close(nvs);
      flash.write("net05", newest);
      flash.write(is_first ? "net04" : "net06", version_1("twice", "by version 1.0", 1));

      CHECK(store.find(name("twice"))->password.bytes() == "by version 1.0");
      CHECK(store.load() == ESP_OK);
      CHECK(list(store) == "twice=by version 1.0 ");
      CHECK(flash.read("net05").empty());
      CHECK(store.save(name("twice"), Secret("password 4"), Security::Wpa2) == SaveResult::Saved);
      CHECK(store.load() == ESP_OK);
      CHECK(list(store) == "twice=password 4 ");
    }
  }
}

TEST_CASE("a record of version 1 that could not be erased does not come back") {
  const Flash flash;
  flash.write("net00", version_1("twice", "the old password", 4));
  flash.write("net01", version_1("other", "another password", 9));
  Store store;
  CHECK(store.load() == ESP_OK);
  CHECK(store.save(name("twice"), Secret("password 2"), Security::Wpa2) == SaveResult::Saved);
  CHECK(store.save(name("twice"), Secret("password 3"), Security::Wpa2) == SaveResult::Saved);
  // As if each erasure had failed.
  flash.write("net04", version_1("twice", "the old password", 4));
  CHECK(store.find(name("twice"))->password.bytes() == "password 3");
  CHECK(store.load() == ESP_OK);
  CHECK(list(store) == "twice=password 3 other=another password ");
  CHECK(flash.read("net04").empty());
}

TEST_CASE("of two records with one name the newer counts, and the older is erased") {
  const Blob old_1 = version_1("twice", "the old password", 4);
  const Blob new_1 = version_1("twice", "the new password", 8);
  const Blob old_2 = version_2("twice", "the old password", 4);
  const Blob new_2 = version_2("twice", "the new password", 8);
  // The newer one was made from the older one.
  const Blob from_1 = version_2("twice", "the new password", 8,
                                {entry(0x83, std::string(old_1.end() - 4, old_1.end()))});
  for (const auto &[older, newer] : {std::pair(old_1, new_1), std::pair(old_2, new_2),
                                     std::pair(old_1, from_1), std::pair(old_2, new_1)}) {
    for (const bool newer_first : {false, true}) {
      const Flash flash;
      flash.write(newer_first ? "net05" : "net06", newer);
      flash.write(newer_first ? "net06" : "net05", older);
      CHECK(Store().find(name("twice"))->password.bytes() == "the new password");
      Store store;
      CHECK(store.load() == ESP_OK);
      CHECK(list(store) == "twice=the new password ");
      CHECK_FALSE(contains(host::nvs::image(), "the old password"));
      CHECK(store.forget(name("twice")) == ESP_OK);
      CHECK(store.load() == ESP_OK);
      CHECK(list(store).empty());
    }
  }
}

TEST_CASE("an older record that can't be erased does not come back when the network is forgotten") {
  const Flash flash;
  flash.write("net00", version_1("twice", "the old password", 4));
  flash.write("net01", version_1("twice", "the new password", 8));
  Store store;
  host::nvs::fail_writes_from(1);
  CHECK(store.load() == ESP_OK);
  CHECK(list(store) == "twice=the new password ");
  CHECK(store.forget(name("twice")) == ESP_FAIL);
  CHECK(list(store) == "twice=the new password ");
  host::nvs::clear_faults();
  CHECK(store.forget(name("twice")) == ESP_OK);
  CHECK(store.load() == ESP_OK);
  CHECK(list(store).empty());
}

TEST_CASE("the store holds 63 networks, and each can still be replaced") {
  const Flash flash;
  host::nvs::reset();
  host::nvs::set_partition_size(16 * 4096);
  REQUIRE(nvs_flash_init() == ESP_OK);
  Store store;
  for (std::size_t i = 0; i < Store::kMaxNetworks; ++i) {
    CHECK(store.save(name(("net" + std::to_string(i)).c_str()), Secret("a password"),
                     Security::Wpa2) == SaveResult::Saved);
  }
  CHECK(store.save(name("one more"), Secret("a password"), Security::Wpa2) == SaveResult::Full);
  CHECK(store.save(name("net7"), Secret("another password"), Security::Wpa2) == SaveResult::Saved);
  CHECK(store.save(name("net8"), Secret("another password"), Security::Wpa2) == SaveResult::Saved);
  CHECK(store.load() == ESP_OK);
  const auto &rows = store.rows();
  REQUIRE(rows.size() == Store::kMaxNetworks);
  CHECK(rows[0].ssid.bytes() == "net8");
  CHECK(rows[1].ssid.bytes() == "net7");
  CHECK(rows[2].ssid.bytes() == "net62");
  CHECK(store.find(name("net7"))->password.bytes() == "another password");
}

TEST_CASE("63 networks of version 1 can each be saved anew, and no 64th") {
  const Flash flash;
  host::nvs::reset();
  host::nvs::set_partition_size(16 * 4096);
  REQUIRE(nvs_flash_init() == ESP_OK);
  nvs_handle_t nvs = 0;
  REQUIRE(nvs_open("provisioning", NVS_READWRITE, &nvs) == ESP_OK);
  for (std::uint32_t i = 0; i < Store::kMaxNetworks; ++i) {
    char key[8];
    std::snprintf(key, sizeof key, "net%02x", static_cast<unsigned>(i));
    const Blob record = version_1("net" + std::to_string(i), "a password", i + 1);
    REQUIRE(nvs_set_blob(nvs, key, record.data(), record.size()) == ESP_OK);
  }
  nvs_close(nvs);
  Store store;
  CHECK(store.load() == ESP_OK);
  CHECK(store.save(name("one more"), Secret("a password"), Security::Wpa2) == SaveResult::Full);
  for (std::size_t i = 0; i < Store::kMaxNetworks; ++i) {
    CHECK(store.save(name(("net" + std::to_string(i)).c_str()), Secret("another password"),
                     Security::Wpa2) == SaveResult::Saved);
  }
  CHECK(store.load() == ESP_OK);
  REQUIRE(store.rows().size() == Store::kMaxNetworks);
  for (const SavedNetwork &row : store.rows()) {
    CHECK(row.record_version == 2);
    CHECK(store.find(row.ssid)->password.bytes() == "another password");
  }
}

TEST_CASE("a network of version 1 stays as it is if a full flash can't take it anew") {
  const Flash flash;
  const Blob attic = version_1("attic", "cobwebs-1", 7);
  flash.write("net00", attic);
  nvs_handle_t nvs = 0;
  REQUIRE(nvs_open("filler", NVS_READWRITE, &nvs) == ESP_OK);
  for (int i = 0; nvs_set_u8(nvs, ("f" + std::to_string(i)).c_str(), 1) == ESP_OK; ++i) {
  }
  nvs_close(nvs);
  Store store;
  CHECK(store.load() == ESP_OK);
  CHECK(store.save(name("attic"), Secret("dust-and-moths"), Security::Wpa2) == SaveResult::Full);
  CHECK(list(store) == "attic=cobwebs-1 ");
  CHECK(store.load() == ESP_OK);
  CHECK(list(store) == "attic=cobwebs-1 ");
  CHECK(flash.read("net00") == attic);
}
