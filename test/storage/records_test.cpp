#include <doctest/doctest.h>

#include <cstdarg>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "esp_log.h"
#include "host/nvs.hpp"
#include "nvs.h"
#include "nvs_flash.h"

#include "core/saved_network.hpp"
#include "esp/credential_store.hpp"

using namespace espp::provisioning;
using Blob = std::vector<std::uint8_t>;

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
    Blob blob(300);
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

Blob record(const char *ssid, const char *password, std::uint32_t last_used) {
  const Record encoded(
      {.network = {.ssid = name(ssid), .security = Security::Wpa2, .last_used = last_used},
       .password = Secret(password)});
  return {encoded.bytes().begin(), encoded.bytes().end()};
}

/// Puts the CRC right, so that only the content is wrong.
void sign(Blob &blob) {
  const std::size_t size = blob.size() - 4;
  const std::uint32_t crc = crc32(std::span(blob).first(size));
  for (std::size_t i = 0; i < 4; ++i) {
    blob[size + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  }
}

std::string list(const CredentialStore &store) {
  Rows<SavedNetwork> rows;
  REQUIRE(store.list(rows));
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
  flash.write("net00", record("first", "password 1", 1));
  flash.write("net01", bad);
  flash.write("net02", record("third", "password 3", 3));
  CredentialStore store;
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
  const Blob good = record("second", "password 2", 2);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    CAPTURE(bit);
    Blob bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << bit % 8));
    check_left_alone(bad);
  }
}

TEST_CASE("a record of any other length is skipped with one line, and the rest works") {
  const Blob good = record("second", "password 2", 2);
  for (std::size_t size = 0; size < kMaxRecordSize + 3; ++size) {
    if (size == good.size()) {
      continue;
    }
    CAPTURE(size);
    Blob bad = good;
    bad.resize(size);
    check_left_alone(bad);
    if (size >= 4) {
      sign(bad);
      check_left_alone(bad);
    }
  }
}

TEST_CASE("a record of another format version is left to the firmware that knows it") {
  for (int version = 0; version < 256; ++version) {
    if (version == 1) {
      continue;
    }
    CAPTURE(version);
    Blob other = record("second", "password 2", 2);
    other[0] = static_cast<std::uint8_t>(version);
    sign(other);
    check_left_alone(other);
  }
}

TEST_CASE("values that no network can have are refused, whatever the checksum says") {
  const Blob good = record("second", "password 2", 2);
  const auto check = [&](const std::function<void(Blob &)> &spoil) {
    Blob bad = good;
    spoil(bad);
    sign(bad);
    check_left_alone(bad);
  };
  check([](Blob &b) { b[1] = static_cast<std::uint8_t>(Security::Unknown) + 1; });
  check([](Blob &b) { b[6] = 0; });    // no name
  check([](Blob &b) { b[6] = 33; });   // a name longer than there are
  check([](Blob &b) { b[6] = 255; });  // past the end
  check([](Blob &b) { b[13] = 255; }); // a password past the end
  check([](Blob &b) { b[13] = 9; });   // a byte too many behind it
  check([](Blob &b) { b[14] = 0; });   // a NUL in it
}

TEST_CASE("version 1 is read as it was first written") {
  // The bytes are what the first release wrote: never to be changed, but by a migration.
  const Blob first{1,   4,   7,   0,   0,   0,   5,   'a', 't', 't',  'i',  'c',  9,
                   'c', 'o', 'b', 'w', 'e', 'b', 's', '-', '1', 0x99, 0xB7, 0xE3, 0x45};
  CHECK(record("attic", "cobwebs-1", 7) == first);
  const Flash flash;
  flash.write("net00", first);
  CredentialStore store;
  CHECK(store.load() == ESP_OK);
  CHECK(list(store) == "attic=cobwebs-1 ");
}

TEST_CASE("of two records with one name the newer counts, and the older is erased") {
  for (const bool newer_first : {false, true}) {
    const Flash flash;
    flash.write(newer_first ? "net05" : "net06", record("twice", "the new password", 8));
    flash.write(newer_first ? "net06" : "net05", record("twice", "the old password", 4));
    CredentialStore store;
    CHECK(store.load() == ESP_OK);
    CHECK(list(store) == "twice=the new password ");
    const auto image = host::nvs::image();
    CHECK(std::string(image.begin(), image.end()).find("the old password") == std::string::npos);
    CHECK(store.forget(name("twice")) == ESP_OK);
    CHECK(store.load() == ESP_OK);
    CHECK(list(store).empty());
  }
}

TEST_CASE("an older record that can't be erased does not come back when the network is forgotten") {
  const Flash flash;
  flash.write("net00", record("twice", "the old password", 4));
  flash.write("net01", record("twice", "the new password", 8));
  CredentialStore store;
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
  CredentialStore store;
  for (std::size_t i = 0; i < CredentialStore::kMaxNetworks; ++i) {
    CHECK(store.save(name(("net" + std::to_string(i)).c_str()), Secret("a password"),
                     Security::Wpa2) == SaveResult::Saved);
  }
  CHECK(store.save(name("one more"), Secret("a password"), Security::Wpa2) == SaveResult::Full);
  CHECK(store.save(name("net7"), Secret("another password"), Security::Wpa2) == SaveResult::Saved);
  CHECK(store.save(name("net8"), Secret("another password"), Security::Wpa2) == SaveResult::Saved);
  CHECK(store.load() == ESP_OK);
  Rows<SavedNetwork> rows;
  REQUIRE(store.list(rows));
  REQUIRE(rows.size() == CredentialStore::kMaxNetworks);
  CHECK(rows[0].ssid.bytes() == "net8");
  CHECK(rows[1].ssid.bytes() == "net7");
  CHECK(rows[2].ssid.bytes() == "net62");
  CHECK(store.find(name("net7"))->password.bytes() == "another password");
}
