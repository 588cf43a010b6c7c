#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "esp_err.h"
#include "nvs.h"

#include "core/machine.hpp"
#include "core/memory.hpp"
#include "core/saved_network.hpp"
#include "esp/sync.hpp"

namespace espp::provisioning {

/// The saved networks: one NVS blob each (see Record), so that a power cut leaves each wholly old
/// or wholly new. Names are kept in memory, passwords only in flash. Thread-safe; every call that
/// writes takes as long as the flash does.
///
/// A network that is saved again gets a new key, and the old one is erased afterwards: NVS (seen in
/// v5.5) loses a blob that is replaced if the power goes between the new data and its index. Of two
/// records with the same name the newer one counts.
class CredentialStore {
public:
  /// Namespace and keys in NVS; 15 characters are the limit.
  static constexpr const char *kNamespace = "provisioning";
  /// A record takes up to 7 of the 126 entries of an NVS page; so many fit the default partition of
  /// 24 KiB beside what else lives there. One key stays free, for replacing.
  static constexpr std::size_t kMaxNetworks = 63;

  CredentialStore() = default;
  CredentialStore(const CredentialStore &) = delete;
  CredentialStore &operator=(const CredentialStore &) = delete;

  /// False if memory was short when it was made; then nothing else may be called.
  bool is_valid() const { return mutex_.is_valid(); }

  /// Reads what is stored, anew at each call. Records that can't be read are left alone and logged;
  /// an older record that a newer one stands for is erased.
  /// Errors: those of nvs_open() but ESP_ERR_NVS_NOT_FOUND, which is an empty store, and
  /// ESP_ERR_NO_MEM; the store is empty then.
  esp_err_t load();

  /// Fills `networks` with what is saved as of the last load(), save() or forget(), newest first.
  /// False if memory is short.
  bool list(Rows<SavedNetwork> &networks) const;

  bool has_networks() const;

  /// Name and password of a saved network, read from flash. Nothing if it isn't saved or can't be
  /// read.
  std::optional<SavedCredentials> find(const Ssid &ssid) const;

  /// Saves a network, or replaces it in place, as the newest. `Full`: no room, neither in the list
  /// nor in flash. `Failed`: the flash, or no memory. On any error what was stored stays.
  SaveResult save(const Ssid &ssid, const Secret &password, Security security);

  /// Forgets a network. ESP_ERR_NVS_NOT_FOUND: it wasn't saved. On any other error it still is, as
  /// far as the flash can tell.
  esp_err_t forget(const Ssid &ssid);

  /// The password that was made for the access point; nothing if there is none, or none that can be
  /// read.
  std::optional<Secret> ap_password() const;

  /// Keeps the access point's password. Errors: those of NVS.
  esp_err_t save_ap_password(const Secret &password);

private:
  struct Slot {
    SavedNetwork network;
    std::uint8_t number{0}; ///< of its key
  };

  static constexpr std::uint8_t kKeys = 64;

  const Slot *slot_of(const Ssid &ssid) const;
  esp_err_t erase_stale();
  /// Makes room for one more. False if memory is short.
  bool reserve_slot() { return slots_.reserve(slots_.size() + 1); }
  void remove(std::uint8_t number);
  std::optional<std::uint8_t> free_number() const;

  mutable Mutex mutex_;
  Rows<Slot> slots_;               ///< newest first
  std::bitset<kKeys> taken_numbers_; ///< of the keys that exist, readable or not
  std::bitset<kKeys> stale_numbers_; ///< of them, those that a newer one stands for
};

} // namespace espp::provisioning
