#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "codec/improv.hpp"

using namespace espp::provisioning;
using improv::CommandKind;
using improv::Error;
using improv::Type;

namespace {

/// A frame as a client makes it.
std::string frame(std::uint8_t type, const std::string &data) {
  std::string bytes = "IMPROV\x01";
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(data.size());
  bytes += data;
  unsigned sum = 0;
  for (const char c : bytes) {
    sum += static_cast<std::uint8_t>(c);
  }
  bytes += static_cast<char>(sum & 0xffU);
  return bytes + "\n";
}

std::string text(const std::string &bytes) {
  return std::string(1, static_cast<char>(bytes.size())) + bytes;
}

std::string rpc(CommandKind kind, const std::string &data = {}) {
  return frame(3, std::string(1, static_cast<char>(kind)) + text(data));
}

std::string as_text(std::span<const std::uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

/// The data of all frames on a line; at its end nothing follows for a while.
std::vector<std::string> frames_in(const std::string &line) {
  improv::Reader reader;
  std::vector<std::string> found;
  for (const char c : line) {
    reader.put(static_cast<std::uint8_t>(c));
    while (const auto frame = reader.next()) {
      found.push_back(as_text(frame->data));
    }
  }
  while (const auto frame = reader.next(true)) {
    found.push_back(as_text(frame->data));
  }
  CHECK_FALSE(reader.has_begun());
  return found;
}

const std::string kSettings =
    rpc(CommandKind::SendWifi, text("House of Boo") + text("boo-boo-boo"));
const std::string kState = rpc(CommandKind::RequestState);
const std::string kStateData("\x02\x00", 2);

std::string finished(improv::Writer writer) {
  return as_text(writer.finish());
}

} // namespace

TEST_CASE("the bytes of a frame are those of the protocol") {
  CHECK(kState == std::string("IMPROV\x01\x03\x02\x02\x00\xe5\n", 13));
  CHECK(finished({Type::State, 2}) == "\n" + frame(1, "\x02"));
  CHECK(finished({Type::Error, 255}) == "\n" + frame(2, "\xff"));
  improv::Writer networks = improv::Writer::result(CommandKind::Scan);
  CHECK(networks.add("HouseOfBoo"));
  CHECK(networks.add("-52"));
  CHECK(networks.add("YES"));
  CHECK(finished(networks) ==
        "\n" + frame(4, "\x04" + text(text("HouseOfBoo") + text("-52") + text("YES"))));
  CHECK(finished(improv::Writer::result(CommandKind::Scan)) ==
        "\n" + frame(4, std::string("\x04\x00", 2)));
}

TEST_CASE("a result takes as much as a frame can hold, and no half texts") {
  improv::Writer writer = improv::Writer::result(CommandKind::DeviceInfo);
  CHECK_FALSE(writer.add(std::string(253, 'x')));
  CHECK(writer.add(std::string(251, 'x')));
  CHECK(writer.add(""));
  CHECK_FALSE(writer.add(""));
  CHECK(finished(writer) ==
        "\n" + frame(4, "\x03" + text(text(std::string(251, 'x')) + std::string(1, '\0'))));
}

TEST_CASE("a frame is found between whatever else is on the line") {
  const std::vector<std::string> wanted{kStateData};
  for (const std::string noise : {"", "\n", "I (310) wifi:mode : sta\r\n", "IMPROV", "IMPROVIMPROV",
                                  "I", "IIIIIM", "IMPROV\x02", "IMPROV\x01\x03\xff", "\xff\xfe\x00",
                                  "ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1"}) {
    CAPTURE(noise);
    CHECK(frames_in(noise + kState) == wanted);
    CHECK(frames_in(noise + kState + noise) == wanted);
  }
}

TEST_CASE("frames follow each other without anything between") {
  std::string bare = kState;
  bare.pop_back(); // the line feed
  CHECK(frames_in(bare + bare + bare) == std::vector<std::string>(3, kStateData));
}

TEST_CASE("wherever a frame is cut off, the next one is found") {
  for (const std::string &line : {kSettings, kState, rpc(CommandKind::Scan)}) {
    for (std::size_t size = 0; size + 2 < line.size(); ++size) {
      CAPTURE(size);
      CHECK(frames_in(line.substr(0, size) + kState) == std::vector<std::string>{kStateData});
    }
  }
}

TEST_CASE("whatever bit of a frame flips, the next one is found, and the broken one is none") {
  for (std::size_t at = 0; at + 1 < kSettings.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      CAPTURE(at);
      CAPTURE(bit);
      std::string line = kSettings;
      line[at] = static_cast<char>(line[at] ^ (1U << bit));
      CHECK(frames_in(line + kState) == std::vector<std::string>{kStateData});
    }
  }
}

TEST_CASE(
    "a frame that promises more than comes does not hold up the next for longer than a pause") {
  improv::Reader reader;
  const std::string line = std::string("IMPROV\x01\x03\xff", 9) + kState;
  for (const char c : line) {
    reader.put(static_cast<std::uint8_t>(c));
    CHECK_FALSE(reader.next());
  }
  CHECK(reader.has_begun());
  const auto found = reader.next(true);
  REQUIRE(found);
  CHECK(as_text(found->data) == kStateData);
}

TEST_CASE("of a frame that was read nothing is left in memory") {
  improv::Reader reader;
  const auto holds = [&](const std::string &what) {
    const std::string memory(reinterpret_cast<const char *>(&reader), sizeof reader);
    return memory.find(what) != std::string::npos;
  };
  for (const char c : kSettings) {
    reader.put(static_cast<std::uint8_t>(c));
    if (reader.next()) {
      CHECK(holds("boo-boo"));
    }
  }
  CHECK_FALSE(reader.next());
  CHECK_FALSE(holds("boo"));
  // Nor of one that was never finished.
  for (const char c : kSettings.substr(0, kSettings.size() - 4)) {
    reader.put(static_cast<std::uint8_t>(c));
    CHECK_FALSE(reader.next());
  }
  CHECK(holds("boo"));
  CHECK_FALSE(reader.next(true));
  CHECK_FALSE(holds("boo"));
}

TEST_CASE("commands are read, and what does not fit is refused") {
  const auto read = [](const std::string &data) {
    return improv::read_command({reinterpret_cast<const std::uint8_t *>(data.data()), data.size()});
  };
  const auto data_of = [](const std::string &frame) { return frame.substr(9, frame.size() - 11); };
  const std::string settings = data_of(kSettings);
  const auto command = read(settings);
  REQUIRE(command);
  CHECK(command->kind == CommandKind::SendWifi);
  CHECK(command->ssid == "House of Boo");
  CHECK(command->password == "boo-boo-boo");
  const std::string new_name = data_of(rpc(CommandKind::HostName, "lamp"));
  const auto name = read(new_name);
  REQUIRE(name);
  CHECK(name->name == "lamp");
  for (const CommandKind kind :
       {CommandKind::RequestState, CommandKind::DeviceInfo, CommandKind::Scan,
        CommandKind::HostName, CommandKind::DeviceName, CommandKind::NetworkState}) {
    const std::string data = data_of(rpc(kind));
    const auto bare = read(data);
    REQUIRE(bare);
    CHECK(bare->kind == kind);
    CHECK(bare->name.empty());
  }
  const auto error_of = [&](const std::string &data) {
    const auto result = read(data);
    return result ? Error::None : result.error();
  };
  CHECK(error_of("") == Error::InvalidRpc);
  CHECK(error_of("\x02") == Error::InvalidRpc);
  CHECK(error_of("\x02\x01") == Error::InvalidRpc);
  CHECK(error_of(data_of(rpc(CommandKind::Scan, "x"))) == Error::InvalidRpc);
  CHECK(error_of(std::string("\x09\x00", 2)) == Error::UnknownRpc);
  CHECK(error_of(std::string("\x00\x00", 2)) == Error::UnknownRpc);
  CHECK(error_of(data_of(rpc(CommandKind::SendWifi))) == Error::InvalidRpc);
  CHECK(error_of(data_of(rpc(CommandKind::SendWifi, text("a")))) == Error::InvalidRpc);
  CHECK(error_of(data_of(rpc(CommandKind::SendWifi, text("a") + text("b") + "c"))) ==
        Error::InvalidRpc);
  CHECK(error_of(data_of(rpc(CommandKind::SendWifi, text("a") + "\x05xyz"))) == Error::InvalidRpc);
}
