#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

/// Improv over serial (www.improv-wifi.com/serial, version 1; command 7 as the JavaScript SDK 2.8
/// speaks it): bytes of the line to commands, and answers to bytes. No allocation.
///
/// A frame is `IMPROV`, the version, a type, the number of bytes of data, the data, and the lowest
/// eight bits of the sum of all that. Clients send a line feed behind it. They leave out what does not begin a line, so a
/// device sends one before it, too.
namespace espp::provisioning::improv {

/// Bytes. The length of the data has one byte.
inline constexpr std::size_t kMaxData = 255;
/// Bytes: name, version, type and length before the data.
inline constexpr std::size_t kHeadSize = 9;
/// Bytes, the checksum included.
inline constexpr std::size_t kMaxFrame = kHeadSize + kMaxData + 1;

enum class Type : std::uint8_t { State = 1, Error = 2, Rpc = 3, Result = 4 };

/// Where set-up stands.
enum class State : std::uint8_t { Ready = 2, Provisioning = 3, Provisioned = 4 };

enum class Error : std::uint8_t {
  None = 0,
  InvalidRpc = 1,      ///< the command's lengths do not fit its data
  UnknownRpc = 2,      ///< a command that the device does not know, or a name that can't be changed
  UnableToConnect = 3, ///< the test has failed
  Unknown = 255,       ///< the device is busy or can't do it
};

enum class CommandKind : std::uint8_t {
  SendWifi = 1,
  RequestState = 2,
  DeviceInfo = 3,
  Scan = 4,
  HostName = 5,
  DeviceName = 6,
  NetworkState = 7,
};

/// What the network state says, as bits.
inline constexpr unsigned kIsOnline = 1;
inline constexpr unsigned kSupportsWifi = 2;

struct Frame {
  Type type{Type::Rpc};
  std::span<const std::uint8_t> data; ///< inside the Reader, until it is called again
};

/// Finds frames between whatever else is on the line: log lines, noise, halves of frames. A frame that is
/// whole is found, whatever came before it. What it has held is overwritten, because it may be a password.
class Reader {
public:
  Reader() = default;
  Reader(const Reader &) = delete;
  Reader &operator=(const Reader &) = delete;
  ~Reader() { drop(size_); }

  /// Takes the next byte of the line. Call next() until there is no more before the following one.
  void put(std::uint8_t byte);

  /// A frame that is whole. `is_quiet`: nothing has come for a while, so that what has only begun
  /// will not go on; a frame may be inside of it.
  std::optional<Frame> next(bool is_quiet = false);

  /// True if something has begun that may be a frame.
  bool has_begun() const { return size_ > done_; }

private:
  /// Forgets the first bytes.
  void drop(std::size_t count);

  std::array<std::uint8_t, kMaxFrame> bytes_{};
  std::size_t size_{0};
  std::size_t done_{0}; ///< bytes of a frame that was handed out, at the front
};

/// A command as it came; the texts lie in the frame.
struct Command {
  CommandKind kind{CommandKind::RequestState};
  std::string_view ssid{};     ///< of SendWifi, any bytes
  std::string_view password{}; ///< likewise
  std::string_view name{};     ///< of HostName and DeviceName: the new one; empty: tell it
};

/// Reads the data of an RPC frame. Errors: InvalidRpc, UnknownRpc.
std::expected<Command, Error> read_command(std::span<const std::uint8_t> data);

/// One frame on its way out, with a line feed before and behind it.
class Writer {
public:
  Writer(Type type, std::uint8_t value);

  /// The result of a command: texts follow. One without any ends a list.
  static Writer result(CommandKind command);

  /// Adds a text to a result; one that does not fit any more is left out. False: it did not fit.
  bool add(std::string_view text);

  /// The bytes for the line, valid until the writer changes or dies.
  std::span<const std::uint8_t> finish();

private:
  explicit Writer(Type type);
  void put(std::uint8_t byte) { bytes_[size_++] = byte; }

  std::array<std::uint8_t, kMaxFrame + 2> bytes_;
  std::size_t size_{0};
};

} // namespace espp::provisioning::improv
