#include "transport/serial/improv_session.hpp"

#include <algorithm>
#include <cstdlib>

#include "domain/decimal.hpp"
#include "domain/memory.hpp"

namespace espp::provisioning {

// waits for   what comes                         -> waits for   what is sent
// ---------   --------------------------------      ---------   ---------------------------------
// anything    RequestState                          same        State, and a provisioned one's URL
// no test     SendWifi                              a test      None, Provisioning
// no test     SendWifi, no such password            same        UnableToConnect
// no test     SendWifi, the service can't           same        Unknown
// a test      SendWifi                              a new test  None, Provisioning; the old one is cancelled
// a test      it has connected                      nothing     Provisioned, the URL; set-up is complete
// a test      it has ended otherwise                nothing     UnableToConnect, State
// a test      the service has forgotten it          nothing     Unknown, State
// no list     Scan                                  a list      nothing
// no list     Scan, while a test runs               same        the networks as they were
// a list      the scan has ended                    no list     the networks, and a result without texts
// a list      the scan has failed                   no list     Unknown
// anything    the state is not what was told last   same        State
//
// Whatever else is asked is answered at once. What is answered well also sends None if an error was
// told before that was not a test's.

using improv::CommandKind;
using improv::Error;
using improv::Writer;

namespace {

/// Characters. Names and addresses of devices are shorter; the rest of a result is room for it.
constexpr std::size_t kMaxUrl = 120;

/// Improv's texts are UTF-8, so a name that is none can't come back as it is.
bool can_be_told(const Network &network) {
  return network.ssid.is_text() && kind_of(network.security) != Kind::Enterprise &&
         kind_of(network.security) != Kind::Unknown;
}

} // namespace

void ImprovSession::take(const improv::Frame &frame) {
  if (frame.type != improv::Type::Rpc) {
    return;
  }
  const auto command = improv::read_command(frame.data);
  if (!command) {
    send_error(command.error());
    return;
  }
  service_.note_use();
  carry_out(*command);
}

void ImprovSession::carry_out(const improv::Command &command) {
  switch (command.kind) {
  case CommandKind::SendWifi:
    connect(command);
    break;
  case CommandKind::RequestState: {
    const Status status = service_.status();
    clear_error();
    send_state(status);
    if (state(status) == improv::State::Provisioned) {
      send_urls(CommandKind::RequestState);
    }
    break;
  }
  case CommandKind::DeviceInfo:
    clear_error();
    send_texts(command.kind, {device_.firmware, device_.version, device_.chip, device_.name});
    break;
  case CommandKind::Scan:
    scan();
    break;
  case CommandKind::HostName:
  case CommandKind::DeviceName:
    if (!command.name.empty()) {
      send_error(Error::UnknownRpc);
    } else {
      clear_error();
      send_texts(command.kind, {command.kind == CommandKind::HostName ? host_name_ : device_.name});
    }
    break;
  case CommandKind::NetworkState: {
    clear_error();
    Writer writer = Writer::result(command.kind);
    writer.add(Decimal(improv::kSupportsWifi | (ip_ ? improv::kIsOnline : 0)).text());
    if (ip_) {
      add_url(writer);
    }
    send(writer);
    break;
  }
  }
}

void ImprovSession::send_error(Error error) {
  told_error_ = error;
  send({improv::Type::Error, static_cast<std::uint8_t>(error)});
}

/// Clients scan again and again and show the last error meanwhile, so that of a test stands until the
/// next test.
void ImprovSession::clear_error() {
  if (told_error_ != Error::None && told_error_ != Error::UnableToConnect) {
    send_error(Error::None);
  }
}

void ImprovSession::connect(const improv::Command &command) {
  const auto ssid = Ssid::from_bytes(command.ssid);
  if (!ssid || !is_valid_password(command.password)) {
    send_error(Error::UnableToConnect);
    return;
  }
  if (test_) {
    static_cast<void>(service_.cancel());
    test_.reset();
  }
  const auto id = service_.connect({.ssid = *ssid, .password = Secret(command.password)});
  if (!id) {
    send_error(Error::Unknown);
    return;
  }
  test_ = *id;
  send_error(Error::None);
  send_state(service_.status());
}

void ImprovSession::scan() {
  const auto asked = service_.scan();
  if (!asked && asked.error() != ApiError::Busy) {
    send_error(Error::Unknown);
    return;
  }
  clear_error();
  if (asked) {
    lists_ = true;
  } else {
    send_networks();
  }
}

void ImprovSession::look(std::optional<Ip4> ip, std::string_view host_name) {
  ip_ = ip;
  host_name_ = host_name;
  const Status status = service_.status();
  if (status.connect.state == attempt::ConnectState::Connected) {
    last_ip_ = status.connect.ip;
  }
  if (lists_ && !status.scan.scanning) {
    lists_ = false;
    if (status.scan.failed) {
      send_error(Error::Unknown);
    } else {
      send_networks();
    }
  }
  const bool is_over =
      test_ && (status.connect.id != *test_ || !attempt::is_running(status.connect));
  if (!is_over) {
    if (told_ && *told_ != state(status)) {
      send_state(status);
    }
    return;
  }
  const bool is_known = status.connect.id == *test_;
  test_.reset();
  if (is_known && status.connect.state == attempt::ConnectState::Connected) {
    // Whoever sits at the line has no page to press "Finish" on. Where no portal is open there is
    // nothing to finish.
    static_cast<void>(service_.complete());
    send_state(status);
    send_urls(CommandKind::SendWifi);
  } else {
    send_error(is_known ? Error::UnableToConnect : Error::Unknown);
    send_state(status);
  }
}

improv::State ImprovSession::state(const Status &status) const {
  if (attempt::is_running(status.connect)) {
    return improv::State::Provisioning;
  }
  const bool is_done =
      ip_ || status.completed || status.connect.state == attempt::ConnectState::Connected;
  return is_done ? improv::State::Provisioned : improv::State::Ready;
}

void ImprovSession::send_state(const Status &status) {
  told_ = state(status);
  send({improv::Type::State, static_cast<std::uint8_t>(*told_)});
}

void ImprovSession::send_networks() {
  const auto networks = service_.networks();
  if (!networks) {
    send_error(Error::Unknown);
    return;
  }
  const auto rows = networks->list.networks();
  for (auto row = rows.begin(); row != rows.end(); ++row) {
    const auto has_name = [&](const Network &other) {
      return other.ssid == row->ssid && can_be_told(other);
    };
    // A name of two kinds of security is two rows of the list, the stronger first.
    if (!can_be_told(*row) || std::any_of(rows.begin(), row, has_name)) {
      continue;
    }
    Text<4> rssi;
    rssi.append(row->rssi < 0 ? "-" : "");
    rssi.append(Decimal(static_cast<std::uint32_t>(std::abs(int{row->rssi}))).text());
    send_texts(CommandKind::Scan, {row->ssid.bytes(), rssi.view(),
                                   kind_of(row->security) == Kind::Open ? "NO" : "YES"});
  }
  send(Writer::result(CommandKind::Scan));
}

void ImprovSession::send_texts(CommandKind command, std::initializer_list<std::string_view> texts) {
  Writer writer = Writer::result(command);
  for (const std::string_view text : texts) {
    writer.add(text);
  }
  send(writer);
}

void ImprovSession::send_urls(CommandKind command) {
  Writer writer = Writer::result(command);
  add_url(writer);
  send(writer);
}

/// The device's page; nothing if it has none, or no address.
void ImprovSession::add_url(Writer &writer) const {
  constexpr std::string_view kPlace = "{ip}";
  const Ip4 ip = ip_.value_or(last_ip_);
  Text<kMaxUrl> url;
  const auto place = device_.url.find(kPlace);
  if (place == std::string_view::npos) {
    url.append(device_.url);
  } else if (!ip.is_unspecified()) {
    url.append(prefix(device_.url, place));
    url.append(ip.dotted().view());
    url.append(suffix(device_.url, place + kPlace.size()));
  }
  if (!url.view().empty()) {
    writer.add(url.view());
  }
}

} // namespace espp::provisioning
