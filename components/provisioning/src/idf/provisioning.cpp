#include "provisioning.hpp"

#include "codec/wifi_qr.hpp"
#include "domain/secret.hpp"
#include "idf/actor.hpp"

// The public API, and all that it allocates in the application's name: std::string and std::vector
// abort when memory is short, so nothing else in the component but improv_serial.cpp, the other class of the API, may use them.

namespace espp {

namespace {

/// As assign(), which would bring 400 bytes of code for strings that overlap.
std::string &put(std::string &text, std::string_view bytes) {
  // The size that the callback is given may be larger than the one asked for (gcc 12's libstdc++
  // passes the capacity), so the callback returns the bytes that it has copied.
  text.resize_and_overwrite(bytes.size(), [bytes](char *to, std::size_t /*room*/) {
    return bytes.copy(to, bytes.size());
  });
  return text;
}

/// As the constructor, of which each caller would have a copy.
std::string to_string(std::string_view bytes) {
  std::string text;
  put(text, bytes);
  return text;
}

} // namespace

Provisioning::Actor::Reserved::Reserved(std::size_t capacity) {
  text_.reserve(capacity);
}
Provisioning::Actor::Reserved::~Reserved() = default;

const std::string &Provisioning::Actor::Reserved::set(std::string_view bytes) {
  return put(text_, bytes);
}

Provisioning::Actor::Actor(const Config &config) : config_(config) {
  ap_ssid_.set(config_.ap_ssid);
  state_.wishes = {.shuts_down = config_.auto_shutdown_ap,
                   .has_provisioned = config_.on_provisioned != nullptr,
                   .has_timeout = config_.on_timeout != nullptr};
  state_.may_forget_all = config_.allow_forget_all;
  if constexpr (kHasConnection) {
    set_connection_wishes();
    reserve_told();
  }
}

#ifdef CONFIG_PROVISIONING_CONNECTION
/// So that telling of a connection takes no memory, which may be short by then. An address fits a
/// string without.
void Provisioning::Actor::reserve_told() {
  if (config_.on_connected) {
    told_.ssid.reserve(provisioning::Ssid::kMaxSize);
  }
}
#endif

Provisioning::Provisioning(const Config &config) : actor_(new Actor(config)) {}
Provisioning::~Provisioning() {
  actor_->release();
}
bool Provisioning::start() {
  return actor_->start();
}
void Provisioning::stop() {
  actor_->stop();
}
void Provisioning::request_stop() {
  actor_->request_stop();
}
bool Provisioning::is_active() const {
  return actor_->is_active();
}
bool Provisioning::is_provisioned() const {
  return actor_->is_provisioned();
}
bool Provisioning::is_completed() const {
  return actor_->is_completed();
}
const std::string &Provisioning::get_ap_ssid() const {
  return actor_->ap_ssid();
}

std::string Provisioning::get_ip_address() const {
  const provisioning::Ip4 ip = actor_->ip();
  return ip.is_unspecified() ? std::string() : to_string(ip.dotted().view());
}

std::string Provisioning::get_ap_password() const {
  return to_string(actor_->ap_password().bytes());
}

std::string Provisioning::get_ap_qr_text() const {
  if (actor_->ip().is_unspecified()) {
    return {};
  }
  auto payload = provisioning::make_wifi_qr(actor_->ap_ssid(), actor_->ap_password().bytes());
  std::string text = to_string(payload.view());
  provisioning::wipe(&payload, sizeof payload);
  return text;
}

std::vector<std::string> Provisioning::get_saved_ssids() const {
  provisioning::Rows<provisioning::SavedNetwork> networks;
  if (!actor_->saved_networks(networks)) {
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
  const auto saved = name ? provisioning::find_profile(*name) : std::nullopt;
  std::optional<std::string> password;
  if (saved) {
    put(password.emplace(), saved->password.bytes());
  }
  return password;
}

std::string Provisioning::printable(const std::string &ssid) {
  const auto name = provisioning::Ssid::from_bytes(ssid);
  return name ? to_string(name->printable().view()) : std::string();
}

#ifdef CONFIG_PROVISIONING_CONNECTION

Provisioning::State Provisioning::state() const {
  return actor_->connection_state();
}
bool Provisioning::wait_connected(std::chrono::milliseconds timeout) const {
  return actor_->wait_connected(timeout);
}
bool Provisioning::open_portal() {
  return actor_->open_portal();
}
void Provisioning::close_portal() {
  actor_->close_portal();
}
bool Provisioning::forget_all() {
  return actor_->forget_all_networks();
}

void Provisioning::Actor::tell(provisioning::connection::Notice notice) {
  using provisioning::connection::EventKind;
  apply(state_, monitor_, {.kind = EventKind::NoticeBegins});
  const bool is_connected = notice == provisioning::connection::Notice::Connected;
  const std::uint16_t reason = link_.lost_reason;
  if (is_connected) {
    put(told_.ssid, link_.ssid.bytes());
    put(told_.ip, link_.ip.dotted().view());
    put(told_.gateway, link_.gateway.dotted().view());
    told_.channel = link_.channel;
    told_.rssi = link_.rssi;
  }
  {
    const provisioning::Unlocked unlocked(monitor_);
    if (is_connected && config_.on_connected) {
      config_.on_connected(told_);
    } else if (!is_connected && config_.on_disconnected) {
      config_.on_disconnected(reason);
    }
  }
  apply(state_, monitor_, {.kind = EventKind::NoticeEnded});
}

#endif

} // namespace espp
