#include "idf/profile_store.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/record.hpp"
#include "domain/access_point.hpp"
#include "domain/hex.hpp"
#include "esp_idf_version.h"
#include "idf/log.hpp"

namespace espp::provisioning {
namespace {

/// For what replaces or erases a password: from ESP-IDF v6.0 on, NVS overwrites what it deletes.
/// Before, it only marks it, and the bytes stay in flash until the page is reused.
#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(6, 0, 0)
constexpr nvs_open_mode_t kWriting = NVS_READWRITE_PURGE;
#else
constexpr nvs_open_mode_t kWriting = NVS_READWRITE;
#endif

constexpr const char *kApPasswordKey = "ap_password";

/// An open NVS handle that closes itself.
class NvsHandle {
public:
  explicit NvsHandle(nvs_open_mode_t mode) : error_(nvs_open(kNvsNamespace, mode, &handle_)) {}
  ~NvsHandle() {
    if (error_ == ESP_OK) {
      nvs_close(handle_);
    }
  }
  NvsHandle(const NvsHandle &) = delete;
  NvsHandle &operator=(const NvsHandle &) = delete;

  esp_err_t error() const { return error_; }
  nvs_handle_t get() const { return handle_; }

private:
  nvs_handle_t handle_{0};
  esp_err_t error_;
};

/// The key of a record: `net00` to `net3f`.
class Key {
public:
  explicit Key(std::uint8_t number)
      : text_{'n', 'e', 't', hex_digit(number >> 4U), hex_digit(number), '\0'} {}
  const char *c_str() const { return text_.data(); }

private:
  std::array<char, 6> text_;
};

esp_err_t read_record(nvs_handle_t nvs, std::uint8_t number, Record &record) {
  std::size_t size = record.buffer().size();
  const esp_err_t error = nvs_get_blob(nvs, Key(number).c_str(), record.buffer().data(), &size);
  record.resize(error == ESP_OK ? size : 0);
  return error;
}

esp_err_t write_blob(const char *key, const void *bytes, std::size_t size) {
  const NvsHandle nvs(kWriting);
  esp_err_t error = nvs.error();
  if (error == ESP_OK) {
    error = nvs_set_blob(nvs.get(), key, bytes, size);
  }
  if (error == ESP_OK) {
    error = nvs_commit(nvs.get());
  }
  return error;
}

/// One that is gone already is as good.
esp_err_t erase_record(nvs_handle_t nvs, std::uint8_t number) {
  esp_err_t error = nvs_erase_key(nvs, Key(number).c_str());
  if (error == ESP_OK) {
    error = nvs_commit(nvs);
  }
  return error == ESP_ERR_NVS_NOT_FOUND ? ESP_OK : error;
}

constexpr std::uint8_t kKeys = ProfileStore::kMaxNetworks + 1;

/// Goes through the records that exist.
class Records {
public:
  /// Errors: those of nvs_open() but ESP_ERR_NVS_NOT_FOUND, which is an empty store.
  esp_err_t error() const { return nvs_.error() == ESP_ERR_NVS_NOT_FOUND ? ESP_OK : nvs_.error(); }

  /// Reads the next record. False: there is none, and the fields below say nothing.
  bool next();

  std::uint8_t key{0};
  esp_err_t read_error{ESP_OK};
  bool is_usable{false}; ///< false: `profile` says nothing
  Profile profile;
  std::uint32_t last_used{0}; ///< known of more records than can be used, see Record::last_used()

private:
  NvsHandle nvs_{NVS_READONLY};
  std::uint8_t next_key_{0};
};

bool Records::next() {
  while (nvs_.error() == ESP_OK && next_key_ < kKeys) {
    key = next_key_++;
    Record record;
    read_error = read_record(nvs_.get(), key, record);
    if (read_error != ESP_ERR_NVS_NOT_FOUND) {
      is_usable = record.decode(profile);
      last_used = record.last_used();
      profile.network.key = key;
      return true;
    }
  }
  return false;
}

/// Of two records of one name, whether `a` is the one that counts: the newer one. Version 1.0 can't
/// read version 2, so it does not count on from it: a record of version 1 is the newer one, whatever
/// its number, unless the other one was made from it.
bool is_newer(const SavedNetwork &a, const SavedNetwork &b) {
  if (a.record_version != b.record_version && a.version_1_checksum != b.version_1_checksum) {
    return a.record_version < b.record_version;
  }
  return a.last_used > b.last_used;
}

void erase_row(Rows<SavedNetwork> &rows, const SavedNetwork *row) {
  rows.erase(static_cast<std::size_t>(row - rows.begin()));
}

/// Puts a row in its place, newest first. Returns the key of the record of the same name that counts
/// no more, which may be that of the row itself.
struct Insertion {
  bool has_memory{true};
  std::optional<std::uint8_t> stale_key;
};
Insertion insert_row(Rows<SavedNetwork> &rows, const SavedNetwork &row) {
  Insertion result;
  if (const SavedNetwork *other = find(rows.span(), row.ssid)) {
    if (!is_newer(row, *other)) {
      result.stale_key = row.key;
      return result;
    }
    result.stale_key = other->key;
    erase_row(rows, other);
  }
  if (!rows.reserve(rows.size() + 1)) {
    result.has_memory = false;
    return result;
  }
  const SavedNetwork *older = std::ranges::find_if(
      rows, [&](const SavedNetwork &saved) { return saved.last_used < row.last_used; });
  rows.insert(static_cast<std::size_t>(older - rows.begin()), row);
  return result;
}

} // namespace

esp_err_t read_saved_networks(Rows<SavedNetwork> &saved) {
  saved.clear();
  bool has_memory = true;
  Records records;
  while (records.next()) {
    if (records.is_usable) {
      has_memory = insert_row(saved, records.profile.network).has_memory && has_memory;
    }
  }
  if (!has_memory) {
    saved.clear();
    return ESP_ERR_NO_MEM;
  }
  return records.error();
}

std::optional<Profile> find_profile(const Ssid &ssid) {
  std::optional<Profile> newest;
  // Without NVS nothing is saved.
  Records records;
  while (records.next()) {
    if (records.is_usable && records.profile.network.ssid == ssid &&
        (!newest || is_newer(records.profile.network, newest->network))) {
      newest = records.profile;
    }
  }
  return newest;
}

esp_err_t forget_saved_networks(Monitor &monitor) {
  Rows<SavedNetwork> saved;
  ProfileStore store(monitor, saved);
  esp_err_t error = store.load();
  while (error == ESP_OK && !saved.empty()) {
    const Ssid ssid = saved[0].ssid;
    error = store.forget(ssid);
  }
  return error;
}

esp_err_t ProfileStore::load() {
  Rows<SavedNetwork> rows;
  taken_keys_.reset();
  stale_keys_.reset();
  newest_ = 0;
  bool has_memory = true;
  esp_err_t error = ESP_OK;
  {
    Records records;
    while (records.next()) {
      taken_keys_[records.key] = true;
      newest_ = std::max(newest_, records.last_used);
      // Not as if it were damaged: the device must not believe that it has no network.
      has_memory = has_memory && records.read_error != ESP_ERR_NO_MEM;
      if (!records.is_usable) {
        ESP_LOGW(
            kTag, "Saved network %u can't be read (%s), it is left alone", unsigned{records.key},
            records.read_error == ESP_OK ? "unknown format" : esp_err_to_name(records.read_error));
        continue;
      }
      const Insertion inserted = insert_row(rows, records.profile.network);
      has_memory = inserted.has_memory && has_memory;
      if (inserted.stale_key) {
        stale_keys_[*inserted.stale_key] = true;
      }
    }
    error = records.error();
  }
  if (!has_memory) {
    rows.release();
    error = ESP_ERR_NO_MEM;
  }
  {
    const Locked locked(monitor_);
    saved_ = std::move(rows);
  }
  if (error == ESP_OK) {
    // If that fails, the next write tries again.
    static_cast<void>(erase_stale());
  }
  return error;
}

esp_err_t ProfileStore::erase_stale() {
  if (stale_keys_.none()) {
    return ESP_OK;
  }
  const NvsHandle nvs(kWriting);
  esp_err_t error = nvs.error();
  for (std::uint8_t key = 0; error == ESP_OK && key < kKeys; ++key) {
    if (!stale_keys_[key]) {
      continue;
    }
    error = erase_record(nvs.get(), key);
    if (error == ESP_OK) {
      stale_keys_[key] = false;
      taken_keys_[key] = false;
    }
  }
  if (error != ESP_OK) {
    log_warning(kTag, "An outdated saved network was not erased", error);
  }
  return error;
}

attempt::SaveResult ProfileStore::save(const Ssid &ssid, const Secret &password, Security security,
                                       const Candidate &joined, bool is_hidden) {
  static_cast<void>(erase_stale());
  const SavedNetwork *replaced = row_of(ssid);
  const bool is_new = replaced == nullptr;
  const auto key = free_key();
  if (!key || (is_new && saved_.size() >= kMaxNetworks)) {
    ESP_LOGE(kTag, "No room for another saved network (%u at most)",
             static_cast<unsigned>(kMaxNetworks));
    return attempt::SaveResult::Full;
  }
  {
    const Locked locked(monitor_);
    if (is_new && !saved_.reserve(saved_.size() + 1)) {
      log_line(ESP_LOG_ERROR, kTag, "Saving failed: out of memory");
      return attempt::SaveResult::Failed;
    }
  }
  SavedNetwork row{.ssid = ssid,
                   .security = security,
                   .last_used = newest_ + 1,
                   .key = *key,
                   .channel = joined.channel,
                   .is_hidden = is_hidden};
  Record record;
  if (replaced != nullptr) {
    row.version_1_checksum = replaced->version_1_checksum;
    // What a newer firmware has put into it stays.
    if (const NvsHandle nvs(NVS_READONLY); nvs.error() == ESP_OK) {
      static_cast<void>(read_record(nvs.get(), replaced->key, record));
    }
  }
  record.write({.network = row, .password = password, .bssid = joined.bssid});
  if (replaced != nullptr && joined.channel == 0) { // the record has kept it
    row.channel = replaced->channel;
    row.is_hidden = replaced->is_hidden;
  }
  const esp_err_t error =
      write_blob(Key(*key).c_str(), record.bytes().data(), record.bytes().size());
  if (error != ESP_OK) {
    log_error(kTag, "Saving failed", error);
    return error == ESP_ERR_NVS_NOT_ENOUGH_SPACE ? attempt::SaveResult::Full
                                                 : attempt::SaveResult::Failed;
  }
  taken_keys_[*key] = true;
  newest_ = row.last_used;
  {
    const Locked locked(monitor_);
    if (const SavedNetwork *old = row_of(ssid)) {
      stale_keys_[old->key] = true;
      erase_row(saved_, old);
    }
    saved_.insert(0, row);
  }
  static_cast<void>(erase_stale());
  return attempt::SaveResult::Saved;
}

esp_err_t ProfileStore::forget(const Ssid &ssid) {
  const SavedNetwork *row = row_of(ssid);
  if (row == nullptr) {
    return ESP_ERR_NVS_NOT_FOUND;
  }
  const std::uint8_t key = row->key;
  // First what is outdated: an older record of this network would come back otherwise.
  esp_err_t error = erase_stale();
  if (error == ESP_OK) {
    const NvsHandle nvs(kWriting);
    error = nvs.error() == ESP_OK ? erase_record(nvs.get(), key) : nvs.error();
  }
  if (error != ESP_OK) {
    log_error(kTag, "Forgetting failed", error);
    return error;
  }
  taken_keys_[key] = false;
  const Locked locked(monitor_);
  erase_row(saved_, row);
  return ESP_OK;
}

std::optional<Secret> ProfileStore::ap_password() const {
  const NvsHandle nvs(NVS_READONLY);
  std::array<char, Secret::kMaxSize> bytes;
  std::size_t size = bytes.size();
  if (nvs.error() != ESP_OK ||
      nvs_get_blob(nvs.get(), kApPasswordKey, bytes.data(), &size) != ESP_OK) {
    return std::nullopt;
  }
  const Secret password(std::string_view(bytes.data(), size));
  wipe(bytes.data(), bytes.size());
  if (password.empty() || !is_valid_ap_password(password.bytes())) {
    log_line(ESP_LOG_WARN, kTag, "The access point's password in flash is damaged");
    return std::nullopt;
  }
  return password;
}

esp_err_t ProfileStore::save_ap_password(const Secret &password) {
  return write_blob(kApPasswordKey, password.bytes().data(), password.bytes().size());
}

const SavedNetwork *ProfileStore::row_of(const Ssid &ssid) const {
  return find(saved_.span(), ssid);
}

std::optional<std::uint8_t> ProfileStore::free_key() const {
  for (std::uint8_t key = 0; key < kKeys; ++key) {
    if (!taken_keys_[key]) {
      return key;
    }
  }
  return std::nullopt;
}

} // namespace espp::provisioning
