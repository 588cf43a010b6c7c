// Improv's line. Whatever is on it, the reader finds just the frames that whoever sees the whole line from
// left to right would find, and a command that is read lies inside its frame.

#include <cstdint>
#include <span>
#include <vector>

#include "codec/improv.hpp"
#include "expect.hpp"

using namespace espp::provisioning;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// The size of a frame that is whole and right at the front of `line`, or 0.
std::size_t frame_at(std::span<const std::uint8_t> line) {
  constexpr std::uint8_t kMark[]{'I', 'M', 'P', 'R', 'O', 'V', 1};
  if (line.size() < 10 || line.size() < std::size_t{10} + line[8]) {
    return 0;
  }
  for (std::size_t i = 0; i < sizeof kMark; ++i) {
    if (line[i] != kMark[i]) {
      return 0;
    }
  }
  const std::size_t size = std::size_t{10} + line[8];
  std::uint8_t sum = 0;
  for (std::size_t i = 0; i + 1 < size; ++i) {
    sum = static_cast<std::uint8_t>(sum + line[i]);
  }
  return sum == line[size - 1] ? size : 0;
}

bool lies_in(std::string_view text, std::span<const std::uint8_t> data) {
  const auto *begin = reinterpret_cast<const char *>(data.data());
  return text.empty() || (text.data() >= begin && text.data() + text.size() <= begin + data.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::span<const std::uint8_t> line(data, size);
  std::vector<Bytes> wanted;
  for (std::size_t at = 0; at < size;) {
    const std::size_t whole = frame_at(line.subspan(at));
    if (whole != 0) {
      const auto content = line.subspan(at + 9, whole - 10);
      wanted.emplace_back(content.begin(), content.end());
    }
    at += whole != 0 ? whole : 1;
  }
  std::vector<Bytes> found;
  improv::Reader reader;
  const auto take = [&](const improv::Frame &frame) {
    found.emplace_back(frame.data.begin(), frame.data.end());
    if (const auto command = improv::read_command(frame.data)) {
      EXPECT(lies_in(command->ssid, frame.data) && lies_in(command->password, frame.data) &&
             lies_in(command->name, frame.data));
    }
  };
  for (const std::uint8_t byte : line) {
    reader.put(byte);
    while (const auto frame = reader.next()) {
      take(*frame);
    }
  }
  while (const auto frame = reader.next(true)) {
    take(*frame);
  }
  EXPECT(!reader.has_begun());
  EXPECT(found == wanted);
  return 0;
}
