#include "codec/improv.hpp"

#include <algorithm>
#include <utility>

#include "domain/secret.hpp"

namespace espp::provisioning::improv {
namespace {

/// What every frame begins with; the last is the version.
constexpr std::array<std::uint8_t, 7> kMark{'I', 'M', 'P', 'R', 'O', 'V', 1};
constexpr std::size_t kTypeAt = 7;
constexpr std::size_t kLengthAt = 8;

std::uint8_t sum_of(std::span<const std::uint8_t> bytes) {
  unsigned sum = 0;
  for (const std::uint8_t byte : bytes) {
    sum += byte;
  }
  return static_cast<std::uint8_t>(sum & 0xffU);
}

/// Takes a text with its length before it off the front.
std::optional<std::string_view> take_text(std::span<const std::uint8_t> &data) {
  if (data.empty() || data[0] > data.size() - 1) {
    return std::nullopt;
  }
  const std::string_view text(reinterpret_cast<const char *>(data.data()) + 1, data[0]);
  data = data.subspan(1 + text.size());
  return text;
}

} // namespace

void Reader::put(std::uint8_t byte) {
  if (size_ == bytes_.size()) {
    drop(1); // next() leaves room, so only whoever has not called it gets here
  }
  bytes_[size_++] = byte;
}

void Reader::drop(std::size_t count) {
  std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(count),
            bytes_.begin() + static_cast<std::ptrdiff_t>(size_), bytes_.begin());
  size_ -= count;
  wipe(bytes_.data() + size_, count);
}

std::optional<Frame> Reader::next(bool is_quiet) {
  drop(std::exchange(done_, 0));
  while (size_ > 0) {
    const std::span<const std::uint8_t> held(bytes_.data(), size_);
    const std::size_t begun = std::min(size_, kMark.size());
    const bool is_mark =
        std::ranges::equal(held.first(begun), std::span<const std::uint8_t>(kMark).first(begun));
    const std::size_t whole = size_ > kLengthAt ? kHeadSize + held[kLengthAt] + 1 : kMaxFrame;
    if (is_mark && size_ < whole && !is_quiet) {
      return std::nullopt;
    }
    if (is_mark && size_ >= whole && sum_of(held.first(whole - 1)) == held[whole - 1]) {
      done_ = whole;
      return Frame{.type = static_cast<Type>(held[kTypeAt]),
                   .data = held.subspan(kHeadSize, whole - kHeadSize - 1)};
    }
    const auto after = held.subspan(1);
    drop(static_cast<std::size_t>(std::find(after.begin(), after.end(), kMark[0]) - after.begin()) +
         1);
  }
  return std::nullopt;
}

std::expected<Command, Error> read_command(std::span<const std::uint8_t> data) {
  if (data.size() < 2 || data[1] != data.size() - 2) {
    return std::unexpected(Error::InvalidRpc);
  }
  Command command{.kind = static_cast<CommandKind>(data[0])};
  std::span<const std::uint8_t> rest = data.subspan(2);
  switch (command.kind) {
  case CommandKind::SendWifi: {
    const auto ssid = take_text(rest);
    const auto password = take_text(rest);
    if (!ssid || !password || !rest.empty()) {
      return std::unexpected(Error::InvalidRpc);
    }
    command.ssid = *ssid;
    command.password = *password;
    return command;
  }
  case CommandKind::HostName:
  case CommandKind::DeviceName:
    command.name = {reinterpret_cast<const char *>(rest.data()), rest.size()};
    return command;
  case CommandKind::RequestState:
  case CommandKind::DeviceInfo:
  case CommandKind::Scan:
  case CommandKind::NetworkState:
    if (!rest.empty()) {
      return std::unexpected(Error::InvalidRpc);
    }
    return command;
  }
  return std::unexpected(Error::UnknownRpc);
}

Writer::Writer(Type type) {
  put('\n');
  for (const std::uint8_t byte : kMark) {
    put(byte);
  }
  put(static_cast<std::uint8_t>(type));
  put(0); // the length, by finish()
}

Writer::Writer(Type type, std::uint8_t value) : Writer(type) {
  put(value);
}

Writer Writer::result(CommandKind command) {
  Writer writer(Type::Result, static_cast<std::uint8_t>(command));
  writer.put(0); // the length of the texts, by finish()
  return writer;
}

bool Writer::add(std::string_view text) {
  constexpr std::size_t kEnd = 1 + kHeadSize + kMaxData;
  if (text.size() + 1 > kEnd - size_) {
    return false;
  }
  put(static_cast<std::uint8_t>(text.size()));
  for (const char c : text) {
    put(static_cast<std::uint8_t>(c));
  }
  return true;
}

std::span<const std::uint8_t> Writer::finish() {
  constexpr std::size_t kData = 1 + kHeadSize;
  bytes_[1 + kLengthAt] = static_cast<std::uint8_t>(size_ - kData);
  if (bytes_[1 + kTypeAt] == static_cast<std::uint8_t>(Type::Result)) {
    bytes_[kData + 1] = static_cast<std::uint8_t>(size_ - kData - 2);
  }
  put(sum_of({bytes_.data() + 1, size_ - 1}));
  put('\n');
  return {bytes_.data(), size_};
}

} // namespace espp::provisioning::improv
