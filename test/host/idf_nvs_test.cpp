#include "idf_support.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>
#include <vector>

#include "esp_log.h"
#include "host/nvs.hpp"
#include "nvs.h"
#include "nvs_flash.h"

using namespace test;

namespace {

// A directory of its own for one test.
class Directory {
public:
  Directory() {
    char name[] = "/tmp/idf_nvs_XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Directory() {
    for (const char *file : {"flash", "flash.bad", "flash.tmp"}) {
      unlink(path(file).c_str());
    }
    rmdir(path_.c_str());
  }
  Directory(const Directory &) = delete;
  Directory &operator=(const Directory &) = delete;
  std::string path(const std::string &file) const { return path_ + "/" + file; }

private:
  std::string path_;
};

// A device with an initialised storage; "power cycles" keep the file.
class Device {
public:
  explicit Device(std::string file = "", std::size_t bytes = 0x6000)
      : file_(std::move(file)), bytes_(bytes) {
    esp_log_level_set("*", ESP_LOG_NONE);
    start();
    REQUIRE(nvs_flash_init() == ESP_OK);
  }
  ~Device() {
    host::nvs::reset();
    esp_log_level_set("*", ESP_LOG_INFO);
  }
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  void start() {
    host::nvs::reset();
    host::nvs::set_file(file_);
    host::nvs::set_partition_size(bytes_);
  }

  void power_cycle() {
    start();
    REQUIRE(nvs_flash_init() == ESP_OK);
  }

private:
  std::string file_;
  std::size_t bytes_;
};

nvs_handle_t open(const char *name = "space", nvs_open_mode_t mode = NVS_READWRITE) {
  nvs_handle_t handle = 0;
  REQUIRE(nvs_open(name, mode, &handle) == ESP_OK);
  return handle;
}

std::string get_str(nvs_handle_t handle, const char *key) {
  char text[4000];
  std::size_t length = sizeof(text);
  return nvs_get_str(handle, key, text, &length) == ESP_OK ? text : "";
}

std::string content_of(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

nvs_stats_t stats() {
  nvs_stats_t result{};
  CHECK(nvs_get_stats(nullptr, &result) == ESP_OK);
  return result;
}

} // namespace

TEST_SUITE("nvs") {
  TEST_CASE("before it is initialised nothing works") {
    host::nvs::reset();
    nvs_handle_t handle = 0;
    nvs_stats_t result{};
    nvs_iterator_t iterator = nullptr;
    CHECK(nvs_open("space", NVS_READWRITE, &handle) == ESP_ERR_NVS_NOT_INITIALIZED);
    CHECK(nvs_get_stats(nullptr, &result) == ESP_ERR_NVS_NOT_INITIALIZED);
    CHECK(nvs_entry_find("nvs", nullptr, NVS_TYPE_ANY, &iterator) == ESP_ERR_NVS_NOT_FOUND);
    CHECK(nvs_flash_deinit() == ESP_ERR_NVS_NOT_INITIALIZED);
    CHECK(nvs_flash_init_partition("other") == ESP_ERR_NOT_FOUND);
    CHECK(nvs_flash_erase_partition("other") == ESP_ERR_NOT_FOUND);
  }

  TEST_CASE("numbers of every width come back, at their limits too") {
    const Device device;
    const nvs_handle_t handle = open();
    CHECK(nvs_set_i8(handle, "i8", INT8_MIN) == ESP_OK);
    CHECK(nvs_set_u8(handle, "u8", UINT8_MAX) == ESP_OK);
    CHECK(nvs_set_i16(handle, "i16", INT16_MIN) == ESP_OK);
    CHECK(nvs_set_u16(handle, "u16", UINT16_MAX) == ESP_OK);
    CHECK(nvs_set_i32(handle, "i32", INT32_MIN) == ESP_OK);
    CHECK(nvs_set_u32(handle, "u32", UINT32_MAX) == ESP_OK);
    CHECK(nvs_set_i64(handle, "i64", INT64_MIN) == ESP_OK);
    CHECK(nvs_set_u64(handle, "u64", UINT64_MAX) == ESP_OK);
    int8_t i8 = 0;
    uint8_t u8 = 0;
    int16_t i16 = 0;
    uint16_t u16 = 0;
    int32_t i32 = 0;
    uint32_t u32 = 0;
    int64_t i64 = 0;
    uint64_t u64 = 0;
    CHECK((nvs_get_i8(handle, "i8", &i8) == ESP_OK && i8 == INT8_MIN));
    CHECK((nvs_get_u8(handle, "u8", &u8) == ESP_OK && u8 == UINT8_MAX));
    CHECK((nvs_get_i16(handle, "i16", &i16) == ESP_OK && i16 == INT16_MIN));
    CHECK((nvs_get_u16(handle, "u16", &u16) == ESP_OK && u16 == UINT16_MAX));
    CHECK((nvs_get_i32(handle, "i32", &i32) == ESP_OK && i32 == INT32_MIN));
    CHECK((nvs_get_u32(handle, "u32", &u32) == ESP_OK && u32 == UINT32_MAX));
    CHECK((nvs_get_i64(handle, "i64", &i64) == ESP_OK && i64 == INT64_MIN));
    CHECK((nvs_get_u64(handle, "u64", &u64) == ESP_OK && u64 == UINT64_MAX));
  }

  TEST_CASE("a value is found only under its own type, and another type replaces it") {
    const Device device;
    const nvs_handle_t handle = open();
    uint32_t u32 = 0;
    uint8_t u8 = 0;
    CHECK(nvs_set_u8(handle, "key", 1) == ESP_OK);
    CHECK(nvs_get_u32(handle, "key", &u32) == ESP_ERR_NVS_NOT_FOUND);
    CHECK(nvs_set_u32(handle, "key", 2) == ESP_OK);
    CHECK(nvs_get_u8(handle, "key", &u8) == ESP_ERR_NVS_NOT_FOUND);
    CHECK(nvs_get_u32(handle, "key", &u32) == ESP_OK);
    nvs_type_t type{};
    CHECK(nvs_find_key(handle, "key", &type) == ESP_OK);
    CHECK(type == NVS_TYPE_U32);
    CHECK(nvs_set_blob(handle, "key", "blob", 4) == ESP_OK);
    CHECK(nvs_find_key(handle, "key", &type) == ESP_OK);
    CHECK(type == NVS_TYPE_BLOB);
    CHECK(nvs_set_str(handle, "key", "text") == ESP_OK);
    CHECK(get_str(handle, "key") == "text");
    std::size_t used = 0;
    CHECK(nvs_get_used_entry_count(handle, &used) == ESP_OK);
    CHECK(used == 2);
    CHECK(nvs_find_key(handle, "none", nullptr) == ESP_ERR_NVS_NOT_FOUND);
  }

  TEST_CASE("keys and namespaces have 15 characters, strings 4000 bytes with their zero") {
    const Device device;
    nvs_handle_t handle = 0;
    CHECK(nvs_open("123456789012345", NVS_READWRITE, &handle) == ESP_OK);
    CHECK(nvs_set_u8(handle, "123456789012345", 1) == ESP_OK);
    CHECK(nvs_set_u8(handle, "abcdefghijklmnop", 1) == ESP_ERR_NVS_KEY_TOO_LONG);
    CHECK(nvs_set_blob(handle, "abcdefghijklmnop", "x", 1) == ESP_ERR_NVS_KEY_TOO_LONG);
    nvs_handle_t other = 0;
    CHECK(nvs_open("abcdefghijklmnop", NVS_READWRITE, &other) == ESP_ERR_NVS_KEY_TOO_LONG);
    CHECK(nvs_set_str(handle, "s", std::string(3999, 's').c_str()) == ESP_OK);
    CHECK(get_str(handle, "s").size() == 3999);
    CHECK(nvs_set_str(handle, "t", std::string(4000, 't').c_str()) == ESP_ERR_NVS_VALUE_TOO_LONG);
    // Five of six pages hold data.
    const std::vector<char> most(5 * 4000);
    CHECK(nvs_set_blob(handle, "b", most.data(), most.size() + 1) == ESP_ERR_NVS_VALUE_TOO_LONG);
  }

  TEST_CASE("asking for the length, and a buffer that is too small") {
    const Device device;
    const nvs_handle_t handle = open();
    REQUIRE(nvs_set_blob(handle, "blob", "12345", 5) == ESP_OK);
    REQUIRE(nvs_set_str(handle, "text", "1234") == ESP_OK);
    char buffer[5] = {};
    std::size_t length = 0;
    CHECK(nvs_get_blob(handle, "blob", nullptr, &length) == ESP_OK);
    CHECK(length == 5);
    CHECK(nvs_get_str(handle, "text", nullptr, &length) == ESP_OK);
    CHECK(length == 5);
    length = 4;
    CHECK(nvs_get_blob(handle, "blob", buffer, &length) == ESP_ERR_NVS_INVALID_LENGTH);
    CHECK(length == 5);
    CHECK(buffer[0] == 0);
    CHECK(nvs_get_blob(handle, "blob", buffer, &length) == ESP_OK);
    CHECK(std::string(buffer, 5) == "12345");
    CHECK(nvs_get_blob(handle, "blob", buffer, nullptr) == ESP_ERR_NVS_INVALID_LENGTH);
    CHECK(nvs_get_blob(handle, "none", nullptr, &length) == ESP_ERR_NVS_NOT_FOUND);
    CHECK(nvs_get_str(handle, "blob", nullptr, &length) == ESP_ERR_NVS_NOT_FOUND);
  }

  TEST_CASE("namespaces keep the same key apart, and read-only handles don't write or create") {
    const Device device;
    nvs_handle_t none = 0;
    CHECK(nvs_open("first", NVS_READONLY, &none) == ESP_ERR_NVS_NOT_FOUND);
    const nvs_handle_t first = open("first");
    const nvs_handle_t second = open("second");
    CHECK(nvs_set_u8(first, "key", 1) == ESP_OK);
    CHECK(nvs_set_u8(second, "key", 2) == ESP_OK);
    const nvs_handle_t reader = open("first", NVS_READONLY);
    uint8_t value = 0;
    CHECK(nvs_get_u8(reader, "key", &value) == ESP_OK);
    CHECK(value == 1);
    CHECK(nvs_set_u8(reader, "key", 3) == ESP_ERR_NVS_READ_ONLY);
    CHECK(nvs_erase_key(reader, "key") == ESP_ERR_NVS_READ_ONLY);
    CHECK(nvs_erase_all(reader) == ESP_ERR_NVS_READ_ONLY);
    CHECK(nvs_commit(reader) == ESP_OK);
    CHECK(nvs_erase_all(first) == ESP_OK);
    CHECK(nvs_erase_all(first) == ESP_OK);
    CHECK(nvs_get_u8(reader, "key", &value) == ESP_ERR_NVS_NOT_FOUND);
    CHECK(nvs_get_u8(second, "key", &value) == ESP_OK);
    CHECK(nvs_open_from_partition("other", "first", NVS_READONLY, &none) ==
          ESP_ERR_NVS_PART_NOT_FOUND);
  }

  TEST_CASE("closed handles and those of before a deinit are invalid") {
    const Device device;
    const nvs_handle_t handle = open();
    const nvs_handle_t closed = open();
    nvs_close(closed);
    nvs_close(closed);
    CHECK(nvs_set_u8(closed, "key", 1) == ESP_ERR_NVS_INVALID_HANDLE);
    CHECK(nvs_set_u8(handle, "key", 1) == ESP_OK);
    CHECK(nvs_flash_deinit() == ESP_OK);
    CHECK(nvs_commit(handle) == ESP_ERR_NVS_INVALID_HANDLE);
    CHECK(nvs_flash_init() == ESP_OK);
    CHECK(nvs_flash_init() == ESP_OK);
    uint8_t value = 0;
    CHECK(nvs_get_u8(handle, "key", &value) == ESP_ERR_NVS_INVALID_HANDLE);
    CHECK(nvs_get_u8(open(), "key", &value) == ESP_OK);
    CHECK(nvs_flash_erase() == ESP_OK);
    nvs_handle_t none = 0;
    CHECK(nvs_open("space", NVS_READONLY, &none) == ESP_ERR_NVS_NOT_INITIALIZED);
    CHECK(nvs_flash_init() == ESP_OK);
    CHECK(nvs_open("space", NVS_READONLY, &none) == ESP_ERR_NVS_NOT_FOUND);
  }

  TEST_CASE("entries are counted as in flash") {
    const Device device;
    CHECK(stats().total_entries == 6 * 126);
    CHECK(stats().used_entries == 0);
    CHECK(stats().available_entries == 5 * 126);
    const nvs_handle_t handle = open();
    CHECK(stats().used_entries == 1);
    CHECK(stats().namespace_count == 1);
    const auto used = [&] {
      std::size_t entries = 0;
      CHECK(nvs_get_used_entry_count(handle, &entries) == ESP_OK);
      return entries;
    };
    nvs_set_u64(handle, "number", 1);
    CHECK(used() == 1);
    nvs_set_str(handle, "text", std::string(31, 't').c_str());
    CHECK(used() == 1 + 2);
    nvs_set_str(handle, "text", std::string(32, 't').c_str());
    CHECK(used() == 1 + 3);
    // A blob's chunk and its index.
    nvs_set_blob(handle, "blob", std::string(33, 'b').data(), 33);
    CHECK(used() == 4 + 3 + 1);
    nvs_set_blob(handle, "empty", nullptr, 0);
    CHECK(used() == 8 + 2);
    std::size_t length = 9;
    CHECK(nvs_get_blob(handle, "empty", nullptr, &length) == ESP_OK);
    CHECK(length == 0);
    CHECK(nvs_erase_key(handle, "blob") == ESP_OK);
    CHECK(nvs_erase_key(handle, "blob") == ESP_ERR_NVS_NOT_FOUND);
    CHECK(used() == 6);
    CHECK(stats().used_entries == 7);
    CHECK(stats().free_entries == 6 * 126 - 7);
  }

  TEST_CASE("when it is full, writing fails, what is there stays, and erasing makes room") {
    const Device device;
    const nvs_handle_t handle = open();
    const std::string value(1000, 'v');
    int stored = 0;
    esp_err_t error = ESP_OK;
    const auto key = [](int number) { return "key" + std::to_string(number); };
    while ((error = nvs_set_blob(handle, key(stored).c_str(), value.data(), value.size())) ==
           ESP_OK) {
      ++stored;
    }
    CHECK(error == ESP_ERR_NVS_NOT_ENOUGH_SPACE);
    // 34 entries each in 5 pages of 126.
    CHECK(stored >= 17);
    CHECK(stored <= 18);
    char buffer[1000];
    for (int i = 0; i < stored; ++i) {
      std::size_t length = sizeof(buffer);
      CHECK(nvs_get_blob(handle, key(i).c_str(), buffer, &length) == ESP_OK);
      CHECK(length == value.size());
    }
    // Even replacing needs room for the new beside the old.
    const std::string changed(1000, 'w');
    CHECK(nvs_set_blob(handle, key(0).c_str(), changed.data(), changed.size()) ==
          ESP_ERR_NVS_NOT_ENOUGH_SPACE);
    std::size_t length = sizeof(buffer);
    CHECK(nvs_get_blob(handle, key(0).c_str(), buffer, &length) == ESP_OK);
    CHECK(std::string(buffer, length) == value);
    CHECK(nvs_erase_key(handle, key(1).c_str()) == ESP_OK);
    CHECK(nvs_erase_key(handle, key(2).c_str()) == ESP_OK);
    CHECK(nvs_set_blob(handle, key(0).c_str(), changed.data(), changed.size()) == ESP_OK);
  }

  TEST_CASE("a value can be replaced for ever: pages are reclaimed") {
    const Device device("", 3 * 4096);
    const nvs_handle_t handle = open();
    REQUIRE(nvs_set_str(handle, "stays", "here") == ESP_OK);
    for (int i = 0; i < 2000; ++i) {
      REQUIRE(nvs_set_str(handle, "changes",
                          std::string(static_cast<std::size_t>(i % 500), 'x').c_str()) == ESP_OK);
      REQUIRE(nvs_set_blob(handle, "blob", &i, sizeof(i)) == ESP_OK);
    }
    CHECK(get_str(handle, "stays") == "here");
    CHECK(get_str(handle, "changes").size() == 1999 % 500);
    int last = 0;
    std::size_t length = sizeof(last);
    CHECK(nvs_get_blob(handle, "blob", &last, &length) == ESP_OK);
    CHECK(last == 1999);
  }

  TEST_CASE("a blob larger than a page is put together again") {
    const Device device;
    const nvs_handle_t handle = open();
    std::vector<unsigned char> value(9000);
    for (std::size_t i = 0; i < value.size(); ++i) {
      value[i] = static_cast<unsigned char>(i * 7);
    }
    for (int round = 0; round < 4; ++round) {
      value[0] = static_cast<unsigned char>(round);
      REQUIRE(nvs_set_blob(handle, "large", value.data(), value.size()) == ESP_OK);
      std::vector<unsigned char> back(value.size());
      std::size_t length = back.size();
      CHECK(nvs_get_blob(handle, "large", back.data(), &length) == ESP_OK);
      CHECK(back == value);
    }
  }

  TEST_CASE("iterators visit every value once, a blob too, by namespace and type") {
    const Device device;
    const nvs_handle_t first = open("first");
    const nvs_handle_t second = open("second");
    nvs_set_u8(first, "a", 1);
    const std::vector<char> large(9000);
    nvs_set_blob(first, "b", large.data(), large.size());
    nvs_set_str(first, "c", "x");
    nvs_set_u8(second, "d", 1);
    const auto visit = [](esp_err_t error, nvs_iterator_t iterator) {
      std::multiset<std::string> seen;
      while (error == ESP_OK) {
        nvs_entry_info_t info{};
        CHECK(nvs_entry_info(iterator, &info) == ESP_OK);
        seen.insert(std::string(info.namespace_name) + "." + info.key + "." +
                    std::to_string(info.type));
        error = nvs_entry_next(&iterator);
      }
      CHECK(error == ESP_ERR_NVS_NOT_FOUND);
      CHECK(iterator == nullptr);
      return seen;
    };
    using Seen = std::multiset<std::string>;
    nvs_iterator_t iterator = nullptr;
    esp_err_t error = nvs_entry_find("nvs", nullptr, NVS_TYPE_ANY, &iterator);
    CHECK(visit(error, iterator) == Seen{"first.a.1", "first.b.66", "first.c.33", "second.d.1"});
    error = nvs_entry_find("nvs", "first", NVS_TYPE_BLOB, &iterator);
    CHECK(visit(error, iterator) == Seen{"first.b.66"});
    error = nvs_entry_find_in_handle(second, NVS_TYPE_ANY, &iterator);
    CHECK(visit(error, iterator) == Seen{"second.d.1"});
    CHECK(nvs_entry_find("nvs", "third", NVS_TYPE_ANY, &iterator) == ESP_ERR_NVS_NOT_FOUND);
    CHECK(nvs_entry_find("nvs", "second", NVS_TYPE_STR, &iterator) == ESP_ERR_NVS_NOT_FOUND);
    CHECK(nvs_entry_find("nvs", nullptr, NVS_TYPE_ANY, &iterator) == ESP_OK);
    nvs_release_iterator(iterator);
    nvs_release_iterator(nullptr);
    CHECK(nvs_entry_next(nullptr) == ESP_ERR_INVALID_ARG);
  }

  TEST_CASE("several tasks may use it at once") {
    const Device device;
    for (int task = 0; task < 3; ++task) {
      start_task("writer", [task] {
        nvs_handle_t handle = 0;
        CHECK(nvs_open(("space" + std::to_string(task)).c_str(), NVS_READWRITE, &handle) == ESP_OK);
        for (int32_t i = 0; i < 100; ++i) {
          CHECK(nvs_set_i32(handle, "key", i) == ESP_OK);
          int32_t back = -1;
          CHECK(nvs_get_i32(handle, "key", &back) == ESP_OK);
          CHECK(back == i);
        }
        nvs_close(handle);
      });
    }
    CHECK(all_tasks_ended());
    CHECK(stats().namespace_count == 3);
  }
}

TEST_SUITE("nvs: file") {
  TEST_CASE("what was set survives a power cycle without a commit") {
    const Directory directory;
    Device device(directory.path("flash"));
    const nvs_handle_t handle = open();
    const std::vector<char> large(9000, 'l');
    CHECK(nvs_set_str(handle, "text", "kept") == ESP_OK);
    CHECK(nvs_set_blob(handle, "large", large.data(), large.size()) == ESP_OK);
    CHECK(nvs_set_u8(handle, "gone", 1) == ESP_OK);
    CHECK(nvs_erase_key(handle, "gone") == ESP_OK);
    const nvs_stats_t before = stats();
    device.power_cycle();
    const nvs_stats_t after = stats();
    CHECK(std::memcmp(&before, &after, sizeof(before)) == 0);
    const nvs_handle_t again = open("space", NVS_READONLY);
    CHECK(get_str(again, "text") == "kept");
    std::vector<char> back(9000);
    std::size_t length = back.size();
    CHECK(nvs_get_blob(again, "large", back.data(), &length) == ESP_OK);
    CHECK(back == large);
    CHECK(nvs_find_key(again, "gone", nullptr) == ESP_ERR_NVS_NOT_FOUND);
  }

  TEST_CASE("nothing of what was erased or replaced is left in the file") {
    const Directory directory;
    const Device device(directory.path("flash"));
    const nvs_handle_t handle = open();
    CHECK(nvs_set_str(handle, "a", "secret-one") == ESP_OK);
    CHECK(nvs_set_blob(handle, "b", "secret-two", 10) == ESP_OK);
    CHECK(nvs_set_str(handle, "c", "secret-three") == ESP_OK);
    CHECK(contains(content_of(directory.path("flash")), "secret-one"));
    CHECK(nvs_set_str(handle, "a", "public") == ESP_OK);
    CHECK(nvs_erase_key(handle, "b") == ESP_OK);
    CHECK(nvs_erase_all(handle) == ESP_OK);
    CHECK_FALSE(contains(content_of(directory.path("flash")), "secret"));
    CHECK(nvs_set_str(handle, "d", "secret-four") == ESP_OK);
    CHECK(nvs_flash_erase() == ESP_OK);
    CHECK_FALSE(contains(content_of(directory.path("flash")), "secret"));
  }

  TEST_CASE("only the owner can read the file") {
    const Directory directory;
    const Device device(directory.path("flash"));
    open();
    struct stat info {};
    REQUIRE(stat(directory.path("flash").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }

  TEST_CASE("a damaged file is refused, kept aside, and erasing starts afresh") {
    const Directory directory;
    const std::string path = directory.path("flash");
    std::string good;
    {
      const Device device(path);
      CHECK(nvs_set_str(open(), "key", "value") == ESP_OK);
      good = content_of(path);
    }
    std::vector<std::string> damaged{"", "short", good.substr(0, good.size() - 1), good + "x"};
    for (const std::size_t at :
         {std::size_t{0}, std::size_t{9}, std::size_t{13}, std::size_t{17}, good.size() - 1}) {
      damaged.push_back(good);
      damaged.back()[at] = static_cast<char>(damaged.back()[at] ^ 0x40);
    }
    for (const std::string &content : damaged) {
      std::ofstream(path, std::ios::binary) << content;
      esp_log_level_set("*", ESP_LOG_NONE);
      host::nvs::reset();
      host::nvs::set_file(path);
      CHECK(nvs_flash_init() == ESP_ERR_NVS_NO_FREE_PAGES);
      // It does not heal by itself.
      CHECK(nvs_flash_init() == ESP_ERR_NVS_NO_FREE_PAGES);
      nvs_handle_t handle = 0;
      CHECK(nvs_open("space", NVS_READONLY, &handle) == ESP_ERR_NVS_NOT_INITIALIZED);
      CHECK(nvs_flash_erase() == ESP_OK);
      CHECK(nvs_flash_init() == ESP_OK);
      CHECK(nvs_open("space", NVS_READONLY, &handle) == ESP_ERR_NVS_NOT_FOUND);
      CHECK(content_of(path + ".bad") == content);
    }
    host::nvs::reset();
    esp_log_level_set("*", ESP_LOG_INFO);
  }

  TEST_CASE("a file of a newer format or of another partition size is refused") {
    const Directory directory;
    const std::string path = directory.path("flash");
    {
      const Device device(path);
      open();
    }
    esp_log_level_set("*", ESP_LOG_NONE);
    host::nvs::reset();
    host::nvs::set_file(path);
    host::nvs::set_partition_size(0x4000);
    CHECK(nvs_flash_init() == ESP_ERR_NVS_NO_FREE_PAGES);
    std::string content = content_of(path);
    content[4] = 2;
    std::ofstream(path, std::ios::binary) << content;
    host::nvs::reset();
    host::nvs::set_file(path);
    CHECK(nvs_flash_init() == ESP_ERR_NVS_NEW_VERSION_FOUND);
    host::nvs::reset();
    esp_log_level_set("*", ESP_LOG_INFO);
  }

  TEST_CASE("a file that can't be written is an error, and the value is not there") {
    const Device device("/nonexistent-directory/flash");
    nvs_handle_t handle = 0;
    CHECK(nvs_open("space", NVS_READWRITE, &handle) == ESP_FAIL);
  }
}

TEST_SUITE("nvs: faults") {
  TEST_CASE("a set to the stored value writes nothing") {
    const Device device;
    const nvs_handle_t handle = open();
    nvs_set_str(handle, "key", "value");
    const std::uint64_t writes = host::nvs::counters().writes;
    CHECK(nvs_set_str(handle, "key", "value") == ESP_OK);
    CHECK(host::nvs::counters().writes == writes);
    CHECK(nvs_set_str(handle, "key", "other") == ESP_OK);
    CHECK(host::nvs::counters().writes == writes + 1);
  }

  TEST_CASE("the nth write fails, once or from then on, and changes nothing") {
    const Device device;
    const nvs_handle_t handle = open();
    CHECK(nvs_set_str(handle, "key", "old") == ESP_OK);
    host::nvs::fail_write(2, ESP_ERR_NVS_NOT_ENOUGH_SPACE);
    CHECK(nvs_set_u8(handle, "first", 1) == ESP_OK);
    CHECK(nvs_set_str(handle, "key", "new") == ESP_ERR_NVS_NOT_ENOUGH_SPACE);
    CHECK(get_str(handle, "key") == "old");
    CHECK(nvs_set_str(handle, "key", "new") == ESP_OK);
    CHECK(host::nvs::counters().injected_failures == 1);
    host::nvs::fail_writes_from(1);
    CHECK(nvs_erase_key(handle, "key") == ESP_FAIL);
    CHECK(nvs_set_u8(handle, "more", 1) == ESP_FAIL);
    nvs_handle_t none = 0;
    CHECK(nvs_open("fresh", NVS_READWRITE, &none) == ESP_FAIL);
    host::nvs::clear_faults();
    CHECK(get_str(handle, "key") == "new");
    CHECK(nvs_erase_key(handle, "key") == ESP_OK);
  }

  TEST_CASE("a power cut at any write leaves the state before it") {
    const Directory directory;
    const auto work = [] {
      nvs_handle_t handle = 0;
      nvs_open("space", NVS_READWRITE, &handle);
      nvs_set_str(handle, "a", "1");
      nvs_set_str(handle, "a", "2");
      nvs_set_blob(handle, "b", "33", 2);
      nvs_erase_key(handle, "a");
    };
    const std::vector<std::string> expected{"", "-|-", "1|-", "2|-", "2|2", "-|2"};
    for (std::uint64_t cut = 1; cut <= 5; ++cut) {
      CAPTURE(cut);
      unlink(directory.path("flash").c_str());
      Device device(directory.path("flash"));
      int called = 0;
      host::nvs::cut_power_at_write(cut, [&] { ++called; });
      work();
      CHECK(called == 1);
      nvs_handle_t handle = 0;
      CHECK(nvs_open("space", NVS_READONLY, &handle) == ESP_ERR_NVS_NOT_INITIALIZED);
      CHECK(nvs_commit(handle) == ESP_ERR_NVS_NOT_INITIALIZED);
      device.power_cycle();
      std::string state;
      if (nvs_open("space", NVS_READONLY, &handle) == ESP_OK) {
        state = get_str(handle, "a").empty() ? "-" : get_str(handle, "a");
        std::size_t length = 0;
        state += nvs_get_blob(handle, "b", nullptr, &length) == ESP_OK ? "|2" : "|-";
      }
      CHECK(state == expected[cut - 1]);
    }
  }

  TEST_CASE("a power cut in the middle of a write leaves the old value or the new one") {
    const Directory directory;
    bool over = false;
    for (std::uint64_t cut = 1; !over; ++cut) {
      CAPTURE(cut);
      REQUIRE(cut < 100);
      unlink(directory.path("flash").c_str());
      Device device(directory.path("flash"));
      const std::string before(100, 'o');
      const std::string after(100, 'n');
      REQUIRE(nvs_set_blob(open(), "key", before.data(), before.size()) == ESP_OK);
      bool is_off = false;
      host::nvs::cut_power_at_change(cut, [&] { is_off = true; });
      const esp_err_t error = nvs_set_blob(open(), "key", after.data(), after.size());
      over = !is_off;
      CHECK(error == (is_off ? ESP_ERR_NVS_NOT_INITIALIZED : ESP_OK));
      host::nvs::clear_faults();
      device.power_cycle();
      std::string value(100, '\0');
      std::size_t size = value.size();
      CHECK(nvs_get_blob(open(), "key", value.data(), &size) == ESP_OK);
      CHECK((value == before || value == after));
      const auto image = host::nvs::image();
      const std::string flash(image.begin(), image.end());
      CHECK((flash.find(before) == std::string::npos || flash.find(after) == std::string::npos));
    }
  }

  TEST_CASE("an image of the flash can be kept and put back") {
    const Device device;
    REQUIRE(nvs_set_str(open(), "key", "before") == ESP_OK);
    const auto image = host::nvs::image();
    REQUIRE(nvs_set_str(open(), "key", "after") == ESP_OK);
    REQUIRE(host::nvs::set_image(image));
    nvs_handle_t handle = 0;
    CHECK(nvs_open("space", NVS_READONLY, &handle) == ESP_ERR_NVS_NOT_INITIALIZED);
    REQUIRE(nvs_flash_init() == ESP_OK);
    CHECK(get_str(open(), "key") == "before");
    CHECK_FALSE(host::nvs::set_image({}));
    CHECK(get_str(open(), "key") == "before");
  }

  TEST_CASE("a process that dies in the middle of writing leaves a whole file") {
    const Directory directory;
    Device device(directory.path("flash"));
    REQUIRE(nvs_set_str(open(), "key", "before") == ESP_OK);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      host::nvs::cut_power_at_write(3, [] { _exit(0); });
      nvs_handle_t handle = 0;
      nvs_open("space", NVS_READWRITE, &handle);
      for (int i = 0; i < 10; ++i) {
        nvs_set_str(handle, "key", std::to_string(i).c_str());
      }
      _exit(1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(status == 0);
    device.power_cycle();
    CHECK(get_str(open(), "key") == "1");
  }
}
