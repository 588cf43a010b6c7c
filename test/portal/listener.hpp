#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "mutex.hpp"
#include "provisioning_event.h"

/// An application that has a default event loop of its own and handles the component's events on it. The
/// portal must have stopped when it goes.
class Listener {
public:
  struct Heard {
    std::int32_t id{0};
    std::vector<std::uint8_t> bytes;

    template <typename Data> Data data() const {
      Data data{};
      std::memcpy(&data, bytes.data(), sizeof data);
      return data;
    }
  };

  Listener();
  ~Listener();
  Listener(const Listener &) = delete;
  Listener &operator=(const Listener &) = delete;

  std::vector<Heard> heard() const;
  /// Their ids alone.
  std::vector<std::int32_t> ids() const;

private:
  static void on_event(void *listener, const char *base, std::int32_t id, void *data);

  mutable Mutex mutex_;
  std::vector<Heard> heard_;
};

inline std::string text_of(const provisioning_event_ssid_t &ssid) {
  return {reinterpret_cast<const char *>(ssid.bytes), ssid.length};
}
