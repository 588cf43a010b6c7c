#include "nvs.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "esp_log.h"
#include "host/nvs.hpp"
#include "host/unimplemented.hpp"
#include "nvs/file.hpp"
#include "nvs/pages.hpp"
#include "nvs_flash.h"

struct nvs_opaque_iterator_t {
  host::nvs::Pages::Position position;
  std::optional<std::uint8_t> name_space;
  std::uint8_t type;
  nvs_entry_info_t info;
};

namespace host::nvs {
namespace {

constexpr char kTag[] = "nvs";
constexpr std::size_t kDefaultBytes = 0x6000;
constexpr std::size_t kFewestPages = 3;

struct Handle {
  std::uint8_t name_space;
  bool read_only;
};

struct Fault {
  enum class Kind { None, FailOnce, FailFrom, PowerCut, PowerCutAtChange } kind = Kind::None;
  // Writes or changes still to come before it strikes.
  std::uint64_t countdown = 0;
  esp_err_t error = ESP_OK;
  std::function<void()> on_power_cut;
};

struct Store {
  std::mutex mutex;
  std::string path;
  std::size_t bytes = kDefaultBytes;
  Pages pages{kDefaultBytes / kPageBytes};
  bool initialised = false;
  // The power is off until the next initialisation.
  bool dead = false;
  std::map<nvs_handle_t, Handle> handles;
  nvs_handle_t next_handle = 1;
  Fault fault;
  Counters counters{};
};

Store &store() {
  static Store *const instance = new Store;
  return *instance;
}

void uninitialise(Store &the) {
  the.initialised = false;
  the.handles.clear();
}

// What a write has to do about injected faults.
struct Verdict {
  esp_err_t error = ESP_OK;
  std::function<void()> on_power_cut;
};

Verdict judge_write(Store &the) {
  Fault &fault = the.fault;
  if (fault.kind == Fault::Kind::None || fault.kind == Fault::Kind::PowerCutAtChange) {
    return {};
  }
  if (fault.countdown > 1) {
    --fault.countdown;
    return {};
  }
  ++the.counters.injected_failures;
  switch (fault.kind) {
  case Fault::Kind::FailOnce: {
    const esp_err_t error = fault.error;
    fault = {};
    return {error, nullptr};
  }
  case Fault::Kind::FailFrom:
    return {fault.error, nullptr};
  case Fault::Kind::PowerCut: {
    Verdict verdict{ESP_ERR_NVS_NOT_INITIALIZED, std::move(fault.on_power_cut)};
    fault = {};
    return verdict;
  }
  case Fault::Kind::None:
  case Fault::Kind::PowerCutAtChange:
    break;
  }
  return {};
}

/// Thrown out of the middle of a write.
struct PowerIsOff {};

// Does `work` on a copy of the content; what comes of it, if the power is cut on the way, is the
// content then.
template <typename Work>
bool with_power(Store &the, std::unique_lock<std::mutex> &lock, Pages &changed, Work work) {
  std::function<void()> on_power_cut;
  changed.watch([&] {
    Fault &fault = the.fault;
    if (fault.kind == Fault::Kind::PowerCutAtChange && fault.countdown-- == 1) {
      on_power_cut = std::move(fault.on_power_cut);
      fault = {};
      throw PowerIsOff();
    }
    ++the.counters.flash_changes;
  });
  try {
    work();
    changed.watch(nullptr);
    return true;
  } catch (const PowerIsOff &) {
  }
  changed.watch(nullptr);
  ++the.counters.injected_failures;
  if (!the.path.empty()) {
    save_file(the.path, changed);
  }
  the.pages = std::move(changed);
  uninitialise(the);
  the.dead = true;
  lock.unlock();
  on_power_cut();
  lock.lock();
  return false;
}

// Makes `changed` the content, on disk first. Nothing is changed if it fails.
esp_err_t commit(Store &the, std::unique_lock<std::mutex> &lock, Pages changed) {
  ++the.counters.writes;
  const Verdict verdict = judge_write(the);
  if (verdict.error != ESP_OK) {
    if (verdict.on_power_cut) {
      uninitialise(the);
      the.dead = true;
      lock.unlock();
      verdict.on_power_cut();
      lock.lock();
    }
    return verdict.error;
  }
  if (!the.path.empty()) {
    const std::size_t written = save_file(the.path, changed);
    if (written == 0) {
      ESP_LOGE(kTag, "can't write %s: %s", the.path.c_str(), std::strerror(errno));
      return ESP_FAIL;
    }
    the.counters.bytes_written += written;
  }
  the.pages = std::move(changed);
  return ESP_OK;
}

bool is_default(const char *partition) {
  return std::strcmp(partition, NVS_DEFAULT_PART_NAME) == 0;
}

esp_err_t find_handle(Store &the, nvs_handle_t number, Handle &handle) {
  if (the.dead) {
    return ESP_ERR_NVS_NOT_INITIALIZED;
  }
  const auto found = the.handles.find(number);
  if (found == the.handles.end()) {
    return ESP_ERR_NVS_INVALID_HANDLE;
  }
  handle = found->second;
  return ESP_OK;
}

esp_err_t find_writable(Store &the, nvs_handle_t number, Handle &handle) {
  const esp_err_t error = find_handle(the, number, handle);
  if (error != ESP_OK) {
    return error;
  }
  return handle.read_only ? ESP_ERR_NVS_READ_ONLY : ESP_OK;
}

esp_err_t set(nvs_handle_t number, const char *key, nvs_type_t type, const void *data,
              std::size_t size) {
  Store &the = store();
  std::unique_lock lock(the.mutex);
  Handle handle{};
  const esp_err_t error = find_writable(the, number, handle);
  if (error != ESP_OK) {
    return error;
  }
  Pages changed = the.pages;
  Pages::Result result{};
  if (!with_power(the, lock, changed, [&] {
        result = changed.set(handle.name_space, static_cast<std::uint8_t>(type), key,
                             {static_cast<const std::uint8_t *>(data), size});
      })) {
    return ESP_ERR_NVS_NOT_INITIALIZED;
  }
  if (result.error != ESP_OK || !result.changed) {
    return result.error;
  }
  return commit(the, lock, std::move(changed));
}

template <typename Value>
esp_err_t set_number(nvs_handle_t handle, const char *key, nvs_type_t type, Value value) {
  return set(handle, key, type, &value, sizeof(value));
}

template <typename Value>
esp_err_t get_number(nvs_handle_t number, const char *key, nvs_type_t type, Value *out) {
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  Handle handle{};
  const esp_err_t error = find_handle(the, number, handle);
  if (error != ESP_OK) {
    return error;
  }
  ++the.counters.reads;
  const std::optional<Bytes> data =
      the.pages.get(handle.name_space, static_cast<std::uint8_t>(type), key);
  if (!data) {
    return ESP_ERR_NVS_NOT_FOUND;
  }
  std::memcpy(out, data->data(), sizeof(*out));
  return ESP_OK;
}

esp_err_t get_bytes(nvs_handle_t number, const char *key, nvs_type_t type, void *out,
                    std::size_t *length) {
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  Handle handle{};
  const esp_err_t error = find_handle(the, number, handle);
  if (error != ESP_OK) {
    return error;
  }
  ++the.counters.reads;
  const std::optional<Bytes> data =
      the.pages.get(handle.name_space, static_cast<std::uint8_t>(type), key);
  if (!data) {
    return ESP_ERR_NVS_NOT_FOUND;
  }
  if (length == nullptr) {
    return ESP_ERR_NVS_INVALID_LENGTH;
  }
  const std::size_t room = std::exchange(*length, data->size());
  if (out == nullptr) {
    return ESP_OK;
  }
  if (room < data->size()) {
    return ESP_ERR_NVS_INVALID_LENGTH;
  }
  std::copy(data->begin(), data->end(), static_cast<std::uint8_t *>(out));
  return ESP_OK;
}

// Moves the iterator to its next value; false at the end.
bool advance(const Store &the, nvs_opaque_iterator_t &iterator) {
  const Item *const item =
      the.pages.next_value(iterator.position, iterator.name_space, iterator.type);
  if (item == nullptr) {
    return false;
  }
  iterator.info = {};
  const std::string name = the.pages.namespace_name(item->name_space);
  name.copy(iterator.info.namespace_name, sizeof(iterator.info.namespace_name) - 1);
  item->key.copy(iterator.info.key, sizeof(iterator.info.key) - 1);
  iterator.info.type = static_cast<nvs_type_t>(item->type);
  return true;
}

esp_err_t begin_iteration(const Store &the, std::optional<std::uint8_t> name_space, nvs_type_t type,
                          nvs_iterator_t *output) {
  auto iterator = std::make_unique<nvs_opaque_iterator_t>(
      nvs_opaque_iterator_t{{}, name_space, static_cast<std::uint8_t>(type), {}});
  if (!advance(the, *iterator)) {
    return ESP_ERR_NVS_NOT_FOUND;
  }
  *output = iterator.release();
  return ESP_OK;
}

void arm(Fault fault) {
  if (fault.countdown == 0) {
    host::fatal("host::nvs", "the next write is number 1");
  }
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  the.fault = std::move(fault);
}

} // namespace

void set_file(std::string path) {
  const std::lock_guard lock(store().mutex);
  store().path = std::move(path);
}

std::string file() {
  const std::lock_guard lock(store().mutex);
  return store().path;
}

void set_partition_size(std::size_t bytes) {
  if (bytes % kPageBytes != 0 || bytes / kPageBytes < kFewestPages) {
    host::fatal("host::nvs::set_partition_size", "not a multiple of 4096, or less than 12288");
  }
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  the.bytes = bytes;
}

std::size_t partition_size() {
  const std::lock_guard lock(store().mutex);
  return store().bytes;
}

Counters counters() {
  const std::lock_guard lock(store().mutex);
  return store().counters;
}

void fail_write(std::uint64_t nth, esp_err_t error) {
  arm({Fault::Kind::FailOnce, nth, error, nullptr});
}

void fail_writes_from(std::uint64_t nth, esp_err_t error) {
  arm({Fault::Kind::FailFrom, nth, error, nullptr});
}

void cut_power_at_write(std::uint64_t nth, std::function<void()> on_power_cut) {
  if (!on_power_cut) {
    on_power_cut = [] {};
  }
  arm({Fault::Kind::PowerCut, nth, ESP_ERR_NVS_NOT_INITIALIZED, std::move(on_power_cut)});
}

void cut_power_at_change(std::uint64_t nth, std::function<void()> on_power_cut) {
  if (!on_power_cut) {
    on_power_cut = [] {};
  }
  arm({Fault::Kind::PowerCutAtChange, nth, ESP_ERR_NVS_NOT_INITIALIZED, std::move(on_power_cut)});
}

void clear_faults() {
  const std::lock_guard lock(store().mutex);
  store().fault = {};
}

std::vector<std::uint8_t> image() {
  const std::lock_guard lock(store().mutex);
  const Bytes bytes = encode_file(store().pages);
  return {bytes.begin(), bytes.end()};
}

bool set_image(std::span<const std::uint8_t> image) {
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  Pages pages(the.bytes / kPageBytes);
  if (decode_file(image, pages) != Loaded::Ok) {
    return false;
  }
  if (!the.path.empty()) {
    save_file(the.path, pages);
  }
  the.pages = std::move(pages);
  uninitialise(the);
  the.dead = true;
  return true;
}

void reset() {
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  uninitialise(the);
  the.path.clear();
  the.bytes = kDefaultBytes;
  the.pages = Pages(kDefaultBytes / kPageBytes);
  the.dead = false;
  the.fault = {};
  the.counters = {};
}

} // namespace host::nvs

using namespace host::nvs;

esp_err_t nvs_flash_init_partition(const char *partition_label) {
  if (!is_default(partition_label)) {
    return ESP_ERR_NOT_FOUND;
  }
  Store &the = store();
  std::unique_lock lock(the.mutex);
  if (the.initialised) {
    return ESP_OK;
  }
  the.dead = false;
  if (the.path.empty()) {
    if (the.pages.page_count() != the.bytes / kPageBytes) {
      the.pages = Pages(the.bytes / kPageBytes);
    }
  } else {
    the.pages = Pages(the.bytes / kPageBytes);
    switch (load_file(the.path, the.pages)) {
    case Loaded::Ok:
    case Loaded::NoFile:
      break;
    case Loaded::Damaged:
      keep_bad_file(the.path);
      ESP_LOGE(kTag, "%s is damaged, a copy is kept as %s.bad", the.path.c_str(), the.path.c_str());
      return ESP_ERR_NVS_NO_FREE_PAGES;
    case Loaded::NewerFormat:
      keep_bad_file(the.path);
      ESP_LOGE(kTag, "%s has a newer format, a copy is kept as %s.bad", the.path.c_str(),
               the.path.c_str());
      return ESP_ERR_NVS_NEW_VERSION_FOUND;
    }
  }
  Pages recovered = the.pages;
  bool changed = false;
  if (!with_power(the, lock, recovered, [&] { changed = recovered.recover(); })) {
    return ESP_ERR_NVS_NOT_INITIALIZED;
  }
  if (changed) {
    if (!the.path.empty()) {
      save_file(the.path, recovered);
    }
    the.pages = std::move(recovered);
  }
  the.initialised = true;
  return ESP_OK;
}

esp_err_t nvs_flash_init(void) {
  return nvs_flash_init_partition(NVS_DEFAULT_PART_NAME);
}

esp_err_t nvs_flash_deinit_partition(const char *partition_label) {
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  if (!is_default(partition_label) || !the.initialised) {
    return ESP_ERR_NVS_NOT_INITIALIZED;
  }
  uninitialise(the);
  return ESP_OK;
}

esp_err_t nvs_flash_deinit(void) {
  return nvs_flash_deinit_partition(NVS_DEFAULT_PART_NAME);
}

esp_err_t nvs_flash_erase_partition(const char *part_name) {
  if (!is_default(part_name)) {
    return ESP_ERR_NOT_FOUND;
  }
  Store &the = store();
  std::unique_lock lock(the.mutex);
  uninitialise(the);
  return commit(the, lock, Pages(the.bytes / kPageBytes));
}

esp_err_t nvs_flash_erase(void) {
  return nvs_flash_erase_partition(NVS_DEFAULT_PART_NAME);
}

esp_err_t nvs_open_from_partition(const char *part_name, const char *namespace_name,
                                  nvs_open_mode_t open_mode, nvs_handle_t *out_handle) {
  Store &the = store();
  std::unique_lock lock(the.mutex);
  if (!the.initialised) {
    return ESP_ERR_NVS_NOT_INITIALIZED;
  }
  if (!is_default(part_name)) {
    return ESP_ERR_NVS_PART_NOT_FOUND;
  }
  std::optional<std::uint8_t> number = the.pages.namespace_number(namespace_name);
  if (!number) {
    if (open_mode == NVS_READONLY) {
      return ESP_ERR_NVS_NOT_FOUND;
    }
    Pages changed = the.pages;
    std::uint8_t added = 0;
    esp_err_t error = ESP_OK;
    if (!with_power(the, lock, changed,
                    [&] { error = changed.add_namespace(namespace_name, added); })) {
      return ESP_ERR_NVS_NOT_INITIALIZED;
    }
    if (error == ESP_OK) {
      error = commit(the, lock, std::move(changed));
    }
    if (error != ESP_OK) {
      return error;
    }
    number = added;
  }
  *out_handle = the.next_handle++;
  the.handles[*out_handle] = {*number, open_mode == NVS_READONLY};
  return ESP_OK;
}

esp_err_t nvs_open(const char *namespace_name, nvs_open_mode_t open_mode,
                   nvs_handle_t *out_handle) {
  return nvs_open_from_partition(NVS_DEFAULT_PART_NAME, namespace_name, open_mode, out_handle);
}

void nvs_close(nvs_handle_t handle) {
  const std::lock_guard lock(store().mutex);
  store().handles.erase(handle);
}

esp_err_t nvs_commit(nvs_handle_t number) {
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  Handle handle{};
  return find_handle(the, number, handle);
}

esp_err_t nvs_set_i8(nvs_handle_t handle, const char *key, int8_t value) {
  return set_number(handle, key, NVS_TYPE_I8, value);
}
esp_err_t nvs_set_u8(nvs_handle_t handle, const char *key, uint8_t value) {
  return set_number(handle, key, NVS_TYPE_U8, value);
}
esp_err_t nvs_set_i16(nvs_handle_t handle, const char *key, int16_t value) {
  return set_number(handle, key, NVS_TYPE_I16, value);
}
esp_err_t nvs_set_u16(nvs_handle_t handle, const char *key, uint16_t value) {
  return set_number(handle, key, NVS_TYPE_U16, value);
}
esp_err_t nvs_set_i32(nvs_handle_t handle, const char *key, int32_t value) {
  return set_number(handle, key, NVS_TYPE_I32, value);
}
esp_err_t nvs_set_u32(nvs_handle_t handle, const char *key, uint32_t value) {
  return set_number(handle, key, NVS_TYPE_U32, value);
}
esp_err_t nvs_set_i64(nvs_handle_t handle, const char *key, int64_t value) {
  return set_number(handle, key, NVS_TYPE_I64, value);
}
esp_err_t nvs_set_u64(nvs_handle_t handle, const char *key, uint64_t value) {
  return set_number(handle, key, NVS_TYPE_U64, value);
}

esp_err_t nvs_set_str(nvs_handle_t handle, const char *key, const char *value) {
  return set(handle, key, NVS_TYPE_STR, value, std::strlen(value) + 1);
}

esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *value, size_t length) {
  return set(handle, key, NVS_TYPE_BLOB, value, length);
}

esp_err_t nvs_get_i8(nvs_handle_t handle, const char *key, int8_t *out_value) {
  return get_number(handle, key, NVS_TYPE_I8, out_value);
}
esp_err_t nvs_get_u8(nvs_handle_t handle, const char *key, uint8_t *out_value) {
  return get_number(handle, key, NVS_TYPE_U8, out_value);
}
esp_err_t nvs_get_i16(nvs_handle_t handle, const char *key, int16_t *out_value) {
  return get_number(handle, key, NVS_TYPE_I16, out_value);
}
esp_err_t nvs_get_u16(nvs_handle_t handle, const char *key, uint16_t *out_value) {
  return get_number(handle, key, NVS_TYPE_U16, out_value);
}
esp_err_t nvs_get_i32(nvs_handle_t handle, const char *key, int32_t *out_value) {
  return get_number(handle, key, NVS_TYPE_I32, out_value);
}
esp_err_t nvs_get_u32(nvs_handle_t handle, const char *key, uint32_t *out_value) {
  return get_number(handle, key, NVS_TYPE_U32, out_value);
}
esp_err_t nvs_get_i64(nvs_handle_t handle, const char *key, int64_t *out_value) {
  return get_number(handle, key, NVS_TYPE_I64, out_value);
}
esp_err_t nvs_get_u64(nvs_handle_t handle, const char *key, uint64_t *out_value) {
  return get_number(handle, key, NVS_TYPE_U64, out_value);
}

esp_err_t nvs_get_str(nvs_handle_t handle, const char *key, char *out_value, size_t *length) {
  return get_bytes(handle, key, NVS_TYPE_STR, out_value, length);
}

esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *out_value, size_t *length) {
  return get_bytes(handle, key, NVS_TYPE_BLOB, out_value, length);
}

esp_err_t nvs_find_key(nvs_handle_t number, const char *key, nvs_type_t *out_type) {
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  Handle handle{};
  const esp_err_t error = find_handle(the, number, handle);
  if (error != ESP_OK) {
    return error;
  }
  const std::optional<std::uint8_t> type = the.pages.type_of(handle.name_space, key);
  if (!type) {
    return ESP_ERR_NVS_NOT_FOUND;
  }
  if (out_type != nullptr) {
    *out_type = static_cast<nvs_type_t>(*type);
  }
  return ESP_OK;
}

esp_err_t nvs_erase_key(nvs_handle_t number, const char *key) {
  Store &the = store();
  std::unique_lock lock(the.mutex);
  Handle handle{};
  esp_err_t error = find_writable(the, number, handle);
  if (error != ESP_OK) {
    return error;
  }
  Pages changed = the.pages;
  if (!with_power(the, lock, changed, [&] { error = changed.erase(handle.name_space, key); })) {
    return ESP_ERR_NVS_NOT_INITIALIZED;
  }
  return error == ESP_OK ? commit(the, lock, std::move(changed)) : error;
}

esp_err_t nvs_erase_all(nvs_handle_t number) {
  Store &the = store();
  std::unique_lock lock(the.mutex);
  Handle handle{};
  const esp_err_t error = find_writable(the, number, handle);
  if (error != ESP_OK) {
    return error;
  }
  Pages changed = the.pages;
  bool was_there = false;
  if (!with_power(the, lock, changed,
                  [&] { was_there = changed.erase_namespace(handle.name_space); })) {
    return ESP_ERR_NVS_NOT_INITIALIZED;
  }
  return was_there ? commit(the, lock, std::move(changed)) : ESP_OK;
}

esp_err_t nvs_get_stats(const char *part_name, nvs_stats_t *nvs_stats) {
  if (nvs_stats == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *nvs_stats = {};
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  if (!the.initialised || (part_name != nullptr && !is_default(part_name))) {
    return ESP_ERR_NVS_NOT_INITIALIZED;
  }
  *nvs_stats = the.pages.stats();
  return ESP_OK;
}

esp_err_t nvs_get_used_entry_count(nvs_handle_t number, size_t *used_entries) {
  if (used_entries == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *used_entries = 0;
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  Handle handle{};
  const esp_err_t error = find_handle(the, number, handle);
  if (error == ESP_OK) {
    *used_entries = the.pages.used_entries(handle.name_space);
  }
  return error;
}

esp_err_t nvs_entry_find(const char *part_name, const char *namespace_name, nvs_type_t type,
                         nvs_iterator_t *output_iterator) {
  if (part_name == nullptr || output_iterator == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *output_iterator = nullptr;
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  if (!the.initialised || !is_default(part_name)) {
    return ESP_ERR_NVS_NOT_FOUND;
  }
  std::optional<std::uint8_t> name_space;
  if (namespace_name != nullptr) {
    name_space = the.pages.namespace_number(namespace_name);
    if (!name_space) {
      return ESP_ERR_NVS_NOT_FOUND;
    }
  }
  return begin_iteration(the, name_space, type, output_iterator);
}

esp_err_t nvs_entry_find_in_handle(nvs_handle_t number, nvs_type_t type,
                                   nvs_iterator_t *output_iterator) {
  if (output_iterator == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *output_iterator = nullptr;
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  Handle handle{};
  const esp_err_t error = find_handle(the, number, handle);
  return error == ESP_OK ? begin_iteration(the, handle.name_space, type, output_iterator) : error;
}

esp_err_t nvs_entry_next(nvs_iterator_t *iterator) {
  if (iterator == nullptr || *iterator == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  Store &the = store();
  const std::lock_guard lock(the.mutex);
  if (advance(the, **iterator)) {
    return ESP_OK;
  }
  delete *iterator;
  *iterator = nullptr;
  return ESP_ERR_NVS_NOT_FOUND;
}

esp_err_t nvs_entry_info(const nvs_iterator_t iterator, nvs_entry_info_t *out_info) {
  if (iterator == nullptr || out_info == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  *out_info = iterator->info;
  return ESP_OK;
}

void nvs_release_iterator(nvs_iterator_t iterator) {
  delete iterator;
}
