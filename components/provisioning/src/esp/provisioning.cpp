#include "provisioning.hpp"

#include "core/guard.hpp"
#include "core/join_code.hpp"
#include "esp/lifecycle.hpp"

// The public API, and all that it allocates in the application's name: std::string and std::vector
// abort when memory is short, so nothing else in the component may use them.

namespace espp {

namespace {

/// As assign(), which would bring 400 bytes of code for strings that overlap.
std::string &put(std::string &text, std::string_view bytes) {
  text.resize_and_overwrite(bytes.size(), [bytes](char *to, std::size_t size) {
    bytes.copy(to, size);
    return size;
  });
  return text;
}

} // namespace

Provisioning::Lifecycle::Reserved::Reserved(std::size_t capacity) { text_.reserve(capacity); }
Provisioning::Lifecycle::Reserved::~Reserved() = default;

const std::string &Provisioning::Lifecycle::Reserved::set(std::string_view bytes) {
  return put(text_, bytes);
}

Provisioning::Lifecycle::Lifecycle(const Config &config) : config_(config), events_(make_events()) {
  ap_ssid_.set(config_.ap_ssid);
}

Provisioning::Provisioning(const Config &config)
    : lifecycle_(std::make_unique<Lifecycle>(config)) {}
Provisioning::~Provisioning() = default;
bool Provisioning::start() { return lifecycle_->start(); }
void Provisioning::stop() { lifecycle_->stop(); }
bool Provisioning::is_active() const { return lifecycle_->is_active(); }
bool Provisioning::is_provisioned() const { return lifecycle_->is_provisioned(); }
bool Provisioning::is_completed() const { return lifecycle_->is_completed(); }
const std::string &Provisioning::get_ap_ssid() const { return lifecycle_->ap_ssid(); }

std::string Provisioning::get_ip_address() const {
  const std::uint32_t ip = lifecycle_->ip();
  return ip == 0 ? std::string()
                 : std::string(provisioning::Authority(provisioning::make_address(ip)).text());
}

std::string Provisioning::get_ap_password() const {
  return std::string(lifecycle_->ap_password().bytes());
}

std::string Provisioning::get_ap_qr_text() const {
  if (lifecycle_->ip() == 0) {
    return {};
  }
  auto code =
      provisioning::make_join_code(lifecycle_->ap_ssid(), lifecycle_->ap_password().bytes());
  std::string text(code.view());
  provisioning::wipe(&code, sizeof code);
  return text;
}

std::vector<std::string> Provisioning::get_saved_ssids() const {
  provisioning::Rows<provisioning::SavedNetwork> networks;
  if (!lifecycle_->saved_networks(networks)) {
    return {};
  }
  std::vector<std::string> names(networks.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    put(names[i], networks[i].ssid.bytes());
  }
  return names;
}

std::optional<std::string> Provisioning::get_saved_password(const std::string &ssid) const {
  const auto name = provisioning::Ssid::from_bytes(ssid);
  const auto saved = name ? lifecycle_->saved_credentials(*name) : std::nullopt;
  return saved ? std::optional<std::string>(saved->password.bytes()) : std::nullopt;
}

std::string Provisioning::printable(const std::string &ssid) {
  const auto name = provisioning::Ssid::from_bytes(ssid);
  return name ? std::string(name->printable().view()) : std::string();
}

} // namespace espp
