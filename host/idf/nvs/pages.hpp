/// The flash partition of the non-volatile storage: pages of entries, as ESP-IDF lays them out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <string.h>

#include "esp_err.h"
#include "nvs.h"

namespace host::nvs {

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kEntryBytes = 32;
constexpr std::size_t kEntriesPerPage = 126;
/// A value's data and its header entry must fit in one page.
constexpr std::size_t kChunkMax = kEntryBytes * (kEntriesPerPage - 1);
constexpr std::size_t kKeyMax = NVS_KEY_NAME_MAX_SIZE - 1;

/// What stands for flash here is no memory on a chip: what it lets go of must not be found where a
/// test searches memory for what the firmware left behind.
template <typename T> struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <typename U> explicit(false) WipingAllocator(const WipingAllocator<U> & /*other*/) {}
  T *allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
  void deallocate(T *memory, std::size_t count) {
    explicit_bzero(memory, count * sizeof(T));
    std::allocator<T>{}.deallocate(memory, count);
  }
  friend bool operator==(const WipingAllocator & /*a*/, const WipingAllocator & /*b*/) {
    return true;
  }
};

using Bytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

/// An item's type in flash: an nvs_type_t, or the index that lists a blob's chunks.
constexpr std::uint8_t kBlobData = NVS_TYPE_BLOB;
constexpr std::uint8_t kBlobIndex = 0x48;
constexpr std::uint8_t kAnyType = NVS_TYPE_ANY;
constexpr std::uint8_t kNoChunk = 0xff;
/// The namespace that holds the names and numbers of the others.
constexpr std::uint8_t kNamespaces = 0;

struct Item {
  /// Tells items apart while they move between pages; not stored.
  std::uint64_t id = 0;
  bool erased = false;
  /// Entries it takes, also when erased. Nothing else is kept of an erased item.
  std::uint8_t span = 1;
  std::uint8_t name_space = 0;
  std::uint8_t type = 0;
  std::uint8_t chunk = kNoChunk;
  std::string key;
  Bytes data;
};

struct Page {
  bool full = false;
  /// What is left of it is being moved to the last page.
  bool freeing = false;
  std::vector<Item> items;

  std::size_t next_free() const;
  std::size_t used() const;
  /// Bytes of a blob's chunk that still fit.
  std::size_t tailroom() const;
};

/// A value: copy it, change the copy, and take it over or drop it.
class Pages {
public:
  explicit Pages(std::size_t page_count);

  /// Where an item stands; for iterators.
  struct Position {
    std::size_t page = 0;
    std::size_t item = 0;
  };

  /// What set() did to the flash.
  struct Result {
    esp_err_t error;
    bool changed;
  };

  /// `type` is an nvs_type_t; NVS_TYPE_BLOB is cut into chunks.
  Result set(std::uint8_t name_space, std::uint8_t type, std::string_view key,
             std::span<const std::uint8_t> data);
  std::optional<Bytes> get(std::uint8_t name_space, std::uint8_t type, std::string_view key) const;
  std::optional<std::uint8_t> type_of(std::uint8_t name_space, std::string_view key) const;
  esp_err_t erase(std::uint8_t name_space, std::string_view key);
  /// Whether there was anything.
  bool erase_namespace(std::uint8_t name_space);

  std::optional<std::uint8_t> namespace_number(std::string_view name) const;
  /// Makes one if there is none.
  esp_err_t add_namespace(std::string_view name, std::uint8_t &number);
  std::string namespace_name(std::uint8_t number) const;

  nvs_stats_t stats() const;
  std::size_t used_entries(std::uint8_t name_space) const;
  /// The first value at or after `position`, which moves behind it.
  const Item *next_value(Position &position, std::optional<std::uint8_t> name_space,
                         std::uint8_t type) const;

  std::size_t page_count() const { return page_count_; }

  /// For the file.
  const std::vector<Page> &used_pages() const { return pages_; }
  static std::optional<Pages> from_used_pages(std::size_t page_count, std::vector<Page> pages);

  /// `before` is called ahead of every single change of the flash: an entry written in part, then
  /// in full, marked as erased, a page marked, begun, or erased. It may throw; then nothing more
  /// happens, as when the power goes.
  void watch(std::function<void()> before) { before_change_ = std::move(before); }
  /// Brings in order what a power cut left, as ESP-IDF does when it loads the partition. Whether
  /// there was anything.
  bool recover();

private:
  void change() {
    if (before_change_) {
      before_change_();
    }
  }
  void move_items(std::size_t freeing);
  const Item *find(std::uint8_t name_space, std::uint8_t type, std::string_view key,
                   std::uint8_t chunk = kNoChunk) const;
  esp_err_t write(std::uint8_t name_space, std::uint8_t type, std::string_view key,
                  std::span<const std::uint8_t> data, std::uint8_t chunk = kNoChunk);
  esp_err_t write_with_new_page(std::uint8_t name_space, std::uint8_t type, std::string_view key,
                                std::span<const std::uint8_t> data);
  esp_err_t write_blob(std::uint8_t name_space, std::string_view key,
                       std::span<const std::uint8_t> data, std::uint8_t first_chunk);
  void mark_full();
  esp_err_t request_new_page();
  void erase_item(std::uint64_t id);
  void erase_chunks(std::uint8_t name_space, std::string_view key, std::uint8_t first_chunk,
                    std::size_t count);
  void erase_value(const Item &item);

  std::size_t page_count_;
  std::size_t free_pages_;
  // In the order of their activation; the last is written to.
  std::vector<Page> pages_;
  std::uint64_t next_id_ = 1;
  std::function<void()> before_change_;
};

} // namespace host::nvs
