#include "esp/credential_store.hpp"

#include <algorithm>
#include <array>

#include "core/access_point.hpp"
#include "core/hex.hpp"
#include "esp/log.hpp"
#include "esp_idf_version.h"

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
  explicit NvsHandle(nvs_open_mode_t mode)
      : error_(nvs_open(CredentialStore::kNamespace, mode, &handle_)) {}
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

} // namespace

esp_err_t CredentialStore::load() {
  const Lock lock(mutex_);
  slots_.clear();
  taken_numbers_.reset();
  stale_numbers_.reset();
  const NvsHandle nvs(NVS_READONLY);
  if (nvs.error() == ESP_ERR_NVS_NOT_FOUND) {
    return ESP_OK;
  }
  if (nvs.error() != ESP_OK) {
    return nvs.error();
  }
  for (std::uint8_t number = 0; number < kKeys; ++number) {
    Record record;
    const esp_err_t error = read_record(nvs.get(), number, record);
    if (error == ESP_ERR_NVS_NOT_FOUND) {
      continue;
    }
    taken_numbers_[number] = true;
    const auto credentials = record.decode();
    if (!credentials) {
      ESP_LOGW(kTag, "Saved network %u can't be read (%s), it is left alone", unsigned{number},
               error == ESP_OK ? "unknown format" : esp_err_to_name(error));
      continue;
    }
    if (const Slot *other = slot_of(credentials->network.ssid)) {
      const bool is_newer = credentials->network.last_used > other->network.last_used;
      stale_numbers_[is_newer ? other->number : number] = true;
      if (!is_newer) {
        continue;
      }
      remove(other->number);
    }
    if (!reserve_slot()) {
      slots_.clear();
      return ESP_ERR_NO_MEM;
    }
    const Slot *older = std::ranges::find_if(slots_, [&](const Slot &s) {
      return s.network.last_used < credentials->network.last_used;
    });
    slots_.insert(static_cast<std::size_t>(older - slots_.begin()), {credentials->network, number});
  }
  // If that fails, the next write tries again.
  static_cast<void>(erase_stale());
  return ESP_OK;
}

esp_err_t CredentialStore::erase_stale() {
  if (stale_numbers_.none()) {
    return ESP_OK;
  }
  const NvsHandle nvs(kWriting);
  esp_err_t error = nvs.error();
  for (std::uint8_t number = 0; error == ESP_OK && number < kKeys; ++number) {
    if (!stale_numbers_[number]) {
      continue;
    }
    error = erase_record(nvs.get(), number);
    if (error == ESP_OK) {
      stale_numbers_[number] = false;
      taken_numbers_[number] = false;
    }
  }
  if (error != ESP_OK) {
    log_warning(kTag, "An outdated saved network was not erased", error);
  }
  return error;
}

bool CredentialStore::list(Rows<SavedNetwork> &networks) const {
  const Lock lock(mutex_);
  networks.clear();
  if (!networks.reserve(slots_.size())) {
    return false;
  }
  for (const Slot &slot : slots_) {
    networks.insert(networks.size(), slot.network);
  }
  return true;
}

bool CredentialStore::has_networks() const {
  const Lock lock(mutex_);
  return !slots_.empty();
}

std::optional<SavedCredentials> CredentialStore::find(const Ssid &ssid) const {
  const Lock lock(mutex_);
  const Slot *slot = slot_of(ssid);
  if (slot == nullptr) {
    return std::nullopt;
  }
  const NvsHandle nvs(NVS_READONLY);
  Record record;
  if (nvs.error() != ESP_OK || read_record(nvs.get(), slot->number, record) != ESP_OK) {
    return std::nullopt;
  }
  return record.decode();
}

SaveResult CredentialStore::save(const Ssid &ssid, const Secret &password, Security security) {
  const Lock lock(mutex_);
  static_cast<void>(erase_stale());
  const bool is_new = slot_of(ssid) == nullptr;
  const auto number = free_number();
  if (!number || (is_new && slots_.size() >= kMaxNetworks)) {
    ESP_LOGE(kTag, "No room for another saved network (%u at most)",
             static_cast<unsigned>(kMaxNetworks));
    return SaveResult::Full;
  }
  if (is_new && !reserve_slot()) {
    ESP_LOGE(kTag, "Saving failed: out of memory");
    return SaveResult::Failed;
  }
  const std::uint32_t newest = slots_.empty() ? 0 : slots_[0].network.last_used;
  const Slot slot{.network = {.ssid = ssid, .security = security, .last_used = newest + 1},
                  .number = *number};

  const Record record({.network = slot.network, .password = password});
  const esp_err_t error =
      write_blob(Key(*number).c_str(), record.bytes().data(), record.bytes().size());
  if (error != ESP_OK) {
    log_error(kTag, "Saving failed", error);
    return error == ESP_ERR_NVS_NOT_ENOUGH_SPACE ? SaveResult::Full : SaveResult::Failed;
  }
  taken_numbers_[*number] = true;
  if (const Slot *old = slot_of(ssid)) {
    stale_numbers_[old->number] = true;
    remove(old->number);
    static_cast<void>(erase_stale());
  }
  slots_.insert(0, slot);
  return SaveResult::Saved;
}

esp_err_t CredentialStore::forget(const Ssid &ssid) {
  const Lock lock(mutex_);
  const Slot *slot = slot_of(ssid);
  if (slot == nullptr) {
    return ESP_ERR_NVS_NOT_FOUND;
  }
  const std::uint8_t number = slot->number;
  // First what is outdated: an older record of this network would come back otherwise.
  esp_err_t error = erase_stale();
  if (error == ESP_OK) {
    const NvsHandle nvs(kWriting);
    error = nvs.error() == ESP_OK ? erase_record(nvs.get(), number) : nvs.error();
  }
  if (error != ESP_OK) {
    log_error(kTag, "Forgetting failed", error);
    return error;
  }
  taken_numbers_[number] = false;
  remove(number);
  return ESP_OK;
}

std::optional<Secret> CredentialStore::ap_password() const {
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
    ESP_LOGW(kTag, "The access point's password in flash is damaged");
    return std::nullopt;
  }
  return password;
}

esp_err_t CredentialStore::save_ap_password(const Secret &password) {
  return write_blob(kApPasswordKey, password.bytes().data(), password.bytes().size());
}

const CredentialStore::Slot *CredentialStore::slot_of(const Ssid &ssid) const {
  const Slot *slot = std::ranges::find_if(slots_, [&](const Slot &s) { return s.network.ssid == ssid; });
  return slot == slots_.end() ? nullptr : slot;
}

void CredentialStore::remove(std::uint8_t number) {
  const Slot *slot =
      std::ranges::find(slots_, number, &Slot::number);
  if (slot != slots_.end()) {
    slots_.erase(static_cast<std::size_t>(slot - slots_.begin()));
  }
}

std::optional<std::uint8_t> CredentialStore::free_number() const {
  for (std::uint8_t number = 0; number < kKeys; ++number) {
    if (!taken_numbers_[number]) {
      return number;
    }
  }
  return std::nullopt;
}

} // namespace espp::provisioning
