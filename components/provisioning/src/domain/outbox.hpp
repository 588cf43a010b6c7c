#pragma once

#include <array>
#include <cstddef>
#include <utility>

namespace espp::provisioning {

/// What is to be sent and may have to wait: the newest `kCapacity` items, oldest first.
template <typename Item, std::size_t kCapacity> class Outbox {
public:
  /// False: there was no room, and the oldest is dropped for it.
  bool push(const Item &item) {
    const bool has_room = size_ < kCapacity;
    if (!has_room) {
      pop();
    }
    items_[(first_ + size_) % kCapacity] = item;
    ++size_;
    return has_room;
  }
  const Item &front() const { return items_[first_]; }
  void pop() {
    first_ = (first_ + 1) % kCapacity;
    --size_;
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }

private:
  std::array<Item, kCapacity> items_{};
  std::size_t first_{0};
  std::size_t size_{0};
};

} // namespace espp::provisioning
