#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "codec/improv.hpp"
#include "domain/ip4.hpp"
#include "service/service.hpp"

namespace espp::provisioning {

/// What Improv's commands come to: it asks the service, and sends what follows when it follows. It sees only
/// frames and the service, so it knows neither the line nor ESP-IDF.
///
/// A test from the line and one from the page are one: whoever comes second is told that the device is busy, and
/// both sides see how the first one goes. A client that asks again while its own test runs has been plugged in anew, and
/// its new test takes the old one's place.
class ImprovSession {
public:
  /// What the device tells of itself; all of it must outlive the session.
  struct Device {
    std::string_view firmware;
    std::string_view version;
    std::string_view chip;
    std::string_view name;
    /// The page to open once the device is on its network; `{ip}` in it stands for the address.
    std::string_view url;
  };

  class Line {
  public:
    /// Sends a frame whole, with nothing in between.
    virtual void send(std::span<const std::uint8_t> bytes) = 0;

  protected:
    ~Line() = default;
  };

  /// Both must outlive the session.
  ImprovSession(Service &service, Line &line, const Device &device)
      : service_(service), line_(line), device_(device) {}

  /// A frame has come. What is no command is left alone.
  void take(const improv::Frame &frame);

  /// Looks how things stand, and sends what has been waited for; to be called a few times a second.
  /// `ip`: the station's address, if it has one. `host_name`: the station's, valid until the next call.
  void look(std::optional<Ip4> ip, std::string_view host_name);

private:
  void carry_out(const improv::Command &command);
  void connect(const improv::Command &command);
  void scan();
  void send_state(const Status &status);
  void send_error(improv::Error error);
  void clear_error();
  void send_networks();
  void send_urls(improv::CommandKind command);
  void add_url(improv::Writer &writer) const;
  void send_texts(improv::CommandKind command, std::initializer_list<std::string_view> texts);
  void send(improv::Writer writer) { line_.send(writer.finish()); }
  improv::State state(const Status &status) const;

  Service &service_;
  Line &line_;
  Device device_;
  std::string_view host_name_;
  std::optional<Ip4> ip_;
  Ip4 last_ip_; ///< that a test has brought; after the portal nobody else knows it
  std::optional<std::uint32_t> test_; ///< that was asked for and whose end is still to be told
  bool lists_{false};                 ///< the networks are to be told when the scan is over
  std::optional<improv::State> told_;
  improv::Error told_error_{improv::Error::None};
};

} // namespace espp::provisioning
