#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "esp_err.h"
#include "nvs.h"

#include "domain/memory.hpp"
#include "domain/profile.hpp"
#include "flow/attempt.hpp"
#include "service/monitor.hpp"

namespace espp::provisioning {

/// Namespace in NVS; 15 characters are the limit.
inline constexpr const char *kNvsNamespace = "provisioning";

/// Reads the saved networks from flash into `saved`, newest first, and changes nothing. Records that
/// can't be read are left out. Any task. Errors: those of nvs_open() but ESP_ERR_NVS_NOT_FOUND, which
/// is an empty store, and ESP_ERR_NO_MEM; `saved` is empty then.
esp_err_t read_saved_networks(Rows<SavedNetwork> &saved);

/// Forgets all saved networks, while no ProfileStore is in use. Any task. Errors: those of NVS, and
/// ESP_ERR_NO_MEM; some may be forgotten then.
esp_err_t forget_saved_networks(Monitor &monitor);

/// Reads a saved network from flash; nothing if it isn't saved or can't be read. Any task.
std::optional<Profile> find_profile(const Ssid &ssid);

/// The saved networks: one NVS blob each (see Record), so that a power cut leaves each wholly old
/// or wholly new. Names are kept in memory, passwords only in flash. Used by one task; the rows may be
/// read by others under the lock. Every call that writes takes as long as the flash does.
///
/// A network that is saved again gets a new key, and the old one is erased afterwards: NVS (seen in
/// v5.5) loses a blob that is replaced if the power goes between the new data and its index. Of two
/// records with the same name the newer one counts. What is written is of the newest version; a
/// record of version 1 stays as it is until its network is saved again.
class ProfileStore {
public:
  /// A record of what is known here takes up to 7 of the 126 entries of an NVS page; so many fit the default partition of
  /// 24 KiB beside what else lives there. One key stays free, for replacing.
  static constexpr std::size_t kMaxNetworks = 63;

  /// `saved` is filled by load(), newest first, and then kept as the flash is; changed under the lock.
  /// Both must outlive the store.
  ProfileStore(Monitor &monitor, Rows<SavedNetwork> &saved) : monitor_(monitor), saved_(saved) {}
  ProfileStore(const ProfileStore &) = delete;
  ProfileStore &operator=(const ProfileStore &) = delete;

  /// Reads what is stored, anew at each call. Records that can't be read are left alone and logged;
  /// an older record that a newer one stands for is erased. Errors as of read_saved_networks().
  esp_err_t load();

  /// Saves a network as the newest, or replaces it; entries of its record that this firmware does not
  /// know stay (see Record). `Full`: no room, neither in the list nor in flash.
  /// `Failed`: the flash, or no memory. On any error what was stored stays. `joined`: the access point
  /// that let the device in; without a channel, it is not known. `is_hidden`: no scan has listed it.
  attempt::SaveResult save(const Ssid &ssid, const Secret &password, Security security,
                           const Candidate &joined = {}, bool is_hidden = false);

  /// Forgets a network. ESP_ERR_NVS_NOT_FOUND: it wasn't saved. On any other error it still is, as
  /// far as the flash can tell.
  esp_err_t forget(const Ssid &ssid);

  /// The password that was made for the access point; nothing if there is none, or none that can be
  /// read.
  std::optional<Secret> ap_password() const;

  /// Keeps the access point's password. Errors: those of NVS.
  esp_err_t save_ap_password(const Secret &password);

private:
  const SavedNetwork *row_of(const Ssid &ssid) const;
  esp_err_t erase_stale();
  std::optional<std::uint8_t> free_key() const;

  Monitor &monitor_;
  Rows<SavedNetwork> &saved_;
  std::bitset<kMaxNetworks + 1> taken_keys_; ///< those that exist, readable or not
  std::bitset<kMaxNetworks + 1> stale_keys_; ///< of them, those that a newer one stands for
  std::uint32_t newest_{0}; ///< the largest `last_used`, of records that can't be used as well
};

} // namespace espp::provisioning
