/// The store as a single task has it, which nobody else looks at: there is nothing to lock.
#pragma once

#include <optional>

#include "idf/profile_store.hpp"

namespace storage_test {

class NoMonitor final : public espp::provisioning::Monitor {
public:
  void lock() override {}
  void unlock() override {}
  void wait(std::optional<espp::provisioning::Millis> /*deadline*/) override {}
  void notify_all() override {}
  espp::provisioning::Millis now() const override { return 0; }
};

class Store {
public:
  using Row = espp::provisioning::SavedNetwork;
  static constexpr std::size_t kMaxNetworks = espp::provisioning::ProfileStore::kMaxNetworks;

  esp_err_t load() { return store_.load(); }
  const espp::provisioning::Rows<Row> &rows() const { return rows_; }
  bool has_networks() const { return !rows_.empty(); }
  std::optional<espp::provisioning::Profile> find(const espp::provisioning::Ssid &ssid) const {
    return espp::provisioning::find_profile(ssid);
  }
  espp::provisioning::attempt::SaveResult save(const espp::provisioning::Ssid &ssid,
                                               const espp::provisioning::Secret &password,
                                               espp::provisioning::Security security) {
    return store_.save(ssid, password, security);
  }
  esp_err_t forget(const espp::provisioning::Ssid &ssid) { return store_.forget(ssid); }
  std::optional<espp::provisioning::Secret> ap_password() const { return store_.ap_password(); }
  esp_err_t save_ap_password(const espp::provisioning::Secret &password) {
    return store_.save_ap_password(password);
  }

private:
  NoMonitor monitor_;
  espp::provisioning::Rows<Row> rows_;
  espp::provisioning::ProfileStore store_{monitor_, rows_};
};

} // namespace storage_test
