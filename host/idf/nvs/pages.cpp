#include "nvs/pages.hpp"

#include <algorithm>
#include <cstring>

namespace host::nvs {
namespace {

// A blob's chunks are numbered from here; a new version of it uses the other range, so that old and
// new can stand side by side.
constexpr std::uint8_t kFirstVersion = 0x00;
constexpr std::uint8_t kSecondVersion = 0x80;
constexpr std::size_t kMostBlobPages = (kNoChunk - 1) / 2;
// A blob begins on a new page rather than in a rest smaller than this.
constexpr std::size_t kSmallTailroom = kChunkMax / 10;

constexpr std::uint8_t kLastNamespace = 254;

bool has_variable_length(std::uint8_t type) {
  return type == NVS_TYPE_STR || type == kBlobData;
}

struct BlobIndex {
  std::uint32_t size = 0;
  std::uint8_t chunks = 0;
  std::uint8_t first_chunk = 0;

  Bytes bytes() const {
    Bytes data(6);
    std::memcpy(data.data(), &size, sizeof(size));
    data[4] = chunks;
    data[5] = first_chunk;
    return data;
  }

  static BlobIndex of(const Item &item) {
    BlobIndex index;
    std::memcpy(&index.size, item.data.data(), sizeof(index.size));
    index.chunks = item.data[4];
    index.first_chunk = item.data[5];
    return index;
  }
};

// As ESP-IDF compares: what is beyond the longest key does not count.
bool same_key(std::string_view a, std::string_view b) {
  return a.substr(0, kKeyMax) == b.substr(0, kKeyMax);
}

} // namespace

std::size_t Page::next_free() const {
  std::size_t entries = 0;
  for (const Item &item : items) {
    entries += item.span;
  }
  return entries;
}

std::size_t Page::used() const {
  std::size_t entries = 0;
  for (const Item &item : items) {
    entries += item.erased ? 0U : item.span;
  }
  return entries;
}

std::size_t Page::tailroom() const {
  const std::size_t next = next_free();
  return full || next + 1 >= kEntriesPerPage ? 0 : (kEntriesPerPage - next - 1) * kEntryBytes;
}

Pages::Pages(std::size_t page_count)
    : page_count_(page_count), free_pages_(page_count - 1), pages_(1) {}

std::optional<Pages> Pages::from_used_pages(std::size_t page_count, std::vector<Page> pages) {
  // Without a free page only if a power cut came while one was being made.
  const bool is_freeing =
      std::any_of(pages.begin(), pages.end(), [](const Page &p) { return p.freeing; });
  if (pages.empty() || pages.size() > page_count || (pages.size() == page_count && !is_freeing)) {
    return std::nullopt;
  }
  Pages result(page_count);
  for (Page &page : pages) {
    if (page.next_free() > kEntriesPerPage) {
      return std::nullopt;
    }
    for (Item &item : page.items) {
      item.id = result.next_id_++;
    }
  }
  result.free_pages_ = page_count - pages.size();
  result.pages_ = std::move(pages);
  return result;
}

const Item *Pages::find(std::uint8_t name_space, std::uint8_t type, std::string_view key,
                        std::uint8_t chunk) const {
  for (const Page &page : pages_) {
    for (const Item &item : page.items) {
      if (!item.erased && item.name_space == name_space && item.chunk == chunk &&
          (type == kAnyType || item.type == type) && same_key(item.key, key)) {
        return &item;
      }
    }
  }
  return nullptr;
}

esp_err_t Pages::write(std::uint8_t name_space, std::uint8_t type, std::string_view key,
                       std::span<const std::uint8_t> data, std::uint8_t chunk) {
  Page &page = pages_.back();
  if (page.full) {
    return ESP_ERR_NVS_PAGE_FULL;
  }
  if (key.size() > kKeyMax) {
    return ESP_ERR_NVS_KEY_TOO_LONG;
  }
  if (data.size() > kChunkMax) {
    return ESP_ERR_NVS_VALUE_TOO_LONG;
  }
  const std::size_t data_entries =
      has_variable_length(type) ? (data.size() + kEntryBytes - 1) / kEntryBytes : 0;
  const std::size_t span = 1 + data_entries;
  if (page.next_free() + span > kEntriesPerPage) {
    return ESP_ERR_NVS_PAGE_FULL;
  }
  Item item;
  item.id = next_id_++;
  item.span = static_cast<std::uint8_t>(span);
  item.name_space = name_space;
  item.type = type;
  item.chunk = chunk;
  item.key = key;
  item.data.assign(data.begin(), data.end());
  // An entry without its whole data is taken for erased.
  Item part;
  part.erased = true;
  part.span = item.span;
  change();
  page.items.push_back(std::move(part));
  change();
  page.items.back() = std::move(item);
  return ESP_OK;
}

esp_err_t Pages::write_with_new_page(std::uint8_t name_space, std::uint8_t type,
                                     std::string_view key, std::span<const std::uint8_t> data) {
  esp_err_t error = write(name_space, type, key, data);
  if (error != ESP_ERR_NVS_PAGE_FULL) {
    return error;
  }
  mark_full();
  error = request_new_page();
  if (error != ESP_OK) {
    return error;
  }
  error = write(name_space, type, key, data);
  return error == ESP_ERR_NVS_PAGE_FULL ? ESP_ERR_NVS_NOT_ENOUGH_SPACE : error;
}

void Pages::mark_full() {
  if (!pages_.back().full) {
    change();
    pages_.back().full = true;
  }
}

esp_err_t Pages::request_new_page() {
  if (free_pages_ >= 2) {
    change();
    --free_pages_;
    pages_.emplace_back();
    return ESP_OK;
  }
  // The last free page takes over what is left of the page with the most to gain, which is free
  // then.
  const auto least_used =
      std::min_element(pages_.begin(), pages_.end(),
                       [](const Page &a, const Page &b) { return a.used() < b.used(); });
  if (least_used->used() == kEntriesPerPage) {
    return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
  }
  change();
  least_used->freeing = true;
  change();
  --free_pages_;
  const auto freeing = static_cast<std::size_t>(least_used - pages_.begin());
  pages_.emplace_back();
  move_items(freeing);
  return ESP_OK;
}

void Pages::move_items(std::size_t freeing) {
  for (const Item &item : pages_[freeing].items) {
    if (!item.erased) {
      change();
      pages_.back().items.push_back(item);
    }
  }
  change();
  pages_.erase(pages_.begin() + static_cast<std::ptrdiff_t>(freeing));
  ++free_pages_;
}

bool Pages::recover() {
  bool changed = false;
  // A value that was replaced stands twice if the old one was not erased any more. Only the last
  // one written can have been.
  const auto is_live = [](const Item &item) { return !item.erased; };
  const std::vector<Item> &newest = pages_.back().items;
  const auto last = std::find_if(newest.rbegin(), newest.rend(), is_live);
  if (last != newest.rend()) {
    const Item copy = *last;
    for (Page &page : pages_) {
      for (Item &item : page.items) {
        if (!page.freeing && !item.erased && item.id != copy.id &&
            item.name_space == copy.name_space && item.type == copy.type &&
            item.chunk == copy.chunk && item.key == copy.key) {
          erase_item(item.id);
          changed = true;
        }
      }
    }
  }
  const auto freeing =
      std::find_if(pages_.begin(), pages_.end(), [](const Page &page) { return page.freeing; });
  if (freeing != pages_.end()) {
    changed = true;
    const auto position = static_cast<std::size_t>(freeing - pages_.begin());
    // What has been moved already is moved again.
    if (!pages_.back().full && position + 1 < pages_.size()) {
      pages_.pop_back();
      ++free_pages_;
    }
    --free_pages_;
    pages_.emplace_back();
    move_items(position);
  }
  // Chunks of a blob without their index: it was not written yet, or was erased already.
  std::vector<std::uint64_t> orphans;
  for (const Page &page : pages_) {
    for (const Item &item : page.items) {
      if (item.erased || item.type != kBlobData || item.chunk == kNoChunk) {
        continue;
      }
      const Item *const index = find(item.name_space, kBlobIndex, item.key);
      const BlobIndex listed = index != nullptr ? BlobIndex::of(*index) : BlobIndex{};
      if (item.chunk < listed.first_chunk || item.chunk >= listed.first_chunk + listed.chunks) {
        orphans.push_back(item.id);
      }
    }
  }
  std::for_each(orphans.begin(), orphans.end(), [&](std::uint64_t id) { erase_item(id); });
  return changed || !orphans.empty();
}

esp_err_t Pages::write_blob(std::uint8_t name_space, std::string_view key,
                            std::span<const std::uint8_t> data, std::uint8_t first_chunk) {
  const std::size_t most_pages = std::min(page_count_ - 1, kMostBlobPages);
  if (data.size() > most_pages * kChunkMax) {
    return ESP_ERR_NVS_VALUE_TOO_LONG;
  }
  std::size_t chunks = 0;
  std::span<const std::uint8_t> rest = data;
  esp_err_t error = ESP_OK;
  for (;;) {
    const std::size_t tailroom = pages_.back().tailroom();
    const bool does_not_fit = tailroom < data.size() || (tailroom == 0 && data.empty());
    if (chunks == 0 && does_not_fit && tailroom < kSmallTailroom) {
      mark_full();
      error = request_new_page();
      if (error != ESP_OK) {
        return error;
      }
      if (pages_.back().tailroom() == tailroom) {
        return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
      }
      continue;
    }
    if (tailroom == 0) {
      error = ESP_ERR_NVS_NOT_ENOUGH_SPACE;
      break;
    }
    const std::size_t size = std::min(rest.size(), tailroom);
    error = write(name_space, kBlobData, key, rest.first(size),
                  static_cast<std::uint8_t>(first_chunk + chunks));
    if (error != ESP_OK) {
      break;
    }
    ++chunks;
    rest = rest.subspan(size);
    // The index needs an entry too.
    if (!rest.empty() || tailroom - size < kEntryBytes) {
      mark_full();
      error = request_new_page();
      if (error != ESP_OK) {
        break;
      }
    }
    if (rest.empty()) {
      const BlobIndex index{static_cast<std::uint32_t>(data.size()),
                            static_cast<std::uint8_t>(chunks), first_chunk};
      error = write(name_space, kBlobIndex, key, index.bytes());
      break;
    }
  }
  if (error != ESP_OK) {
    erase_chunks(name_space, key, first_chunk, chunks);
  }
  return error == ESP_ERR_NVS_PAGE_FULL ? ESP_ERR_NVS_NOT_ENOUGH_SPACE : error;
}

void Pages::erase_item(std::uint64_t id) {
  for (Page &page : pages_) {
    for (Item &item : page.items) {
      if (item.id == id) {
        change();
        // Not only marked: the bytes themselves must not come back.
        const std::uint8_t span = item.span;
        item = Item{};
        item.erased = true;
        item.span = span;
        return;
      }
    }
  }
}

void Pages::erase_chunks(std::uint8_t name_space, std::string_view key, std::uint8_t first_chunk,
                         std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (const Item *const chunk =
            find(name_space, kBlobData, key, static_cast<std::uint8_t>(first_chunk + i))) {
      erase_item(chunk->id);
    }
  }
}

void Pages::erase_value(const Item &item) {
  const std::uint64_t id = item.id;
  if (item.type == kBlobIndex) {
    const BlobIndex index = BlobIndex::of(item);
    const std::string key = item.key;
    const std::uint8_t name_space = item.name_space;
    // The index first: chunks without one are swept up, an index without them is not a value.
    erase_item(id);
    erase_chunks(name_space, key, index.first_chunk, index.chunks);
    return;
  }
  erase_item(id);
}

Pages::Result Pages::set(std::uint8_t name_space, std::uint8_t type, std::string_view key,
                         std::span<const std::uint8_t> data) {
  const std::optional<Bytes> stored = get(name_space, type, key);
  if (stored && std::equal(stored->begin(), stored->end(), data.begin(), data.end())) {
    return {ESP_OK, false};
  }
  const Item *const old = find(name_space, kAnyType, key);
  const std::optional<Item> old_item = old != nullptr ? std::optional<Item>(*old) : std::nullopt;
  esp_err_t error = ESP_OK;
  if (type == kBlobData) {
    const bool was_blob = old_item && old_item->type == kBlobIndex;
    const bool was_first = was_blob && BlobIndex::of(*old_item).first_chunk == kFirstVersion;
    error = write_blob(name_space, key, data, was_first ? kSecondVersion : kFirstVersion);
  } else {
    error = write_with_new_page(name_space, type, key, data);
  }
  // Only now, so that a loss of power leaves one of the two.
  if (error == ESP_OK && old_item) {
    erase_value(*old_item);
  }
  return {error, true};
}

std::optional<Bytes> Pages::get(std::uint8_t name_space, std::uint8_t type,
                                std::string_view key) const {
  const Item *const item = find(name_space, type == kBlobData ? kBlobIndex : type, key);
  if (item == nullptr) {
    return std::nullopt;
  }
  if (type != kBlobData) {
    return item->data;
  }
  const BlobIndex index = BlobIndex::of(*item);
  Bytes data;
  for (std::size_t i = 0; i < index.chunks; ++i) {
    const Item *const chunk =
        find(name_space, kBlobData, key, static_cast<std::uint8_t>(index.first_chunk + i));
    if (chunk == nullptr) {
      return std::nullopt;
    }
    data.insert(data.end(), chunk->data.begin(), chunk->data.end());
  }
  return data;
}

std::optional<std::uint8_t> Pages::type_of(std::uint8_t name_space, std::string_view key) const {
  const Item *const item = find(name_space, kAnyType, key);
  if (item == nullptr) {
    return std::nullopt;
  }
  return item->type == kBlobIndex ? kBlobData : item->type;
}

esp_err_t Pages::erase(std::uint8_t name_space, std::string_view key) {
  const Item *const item = find(name_space, kAnyType, key);
  if (item == nullptr) {
    return ESP_ERR_NVS_NOT_FOUND;
  }
  erase_value(*item);
  return ESP_OK;
}

bool Pages::erase_namespace(std::uint8_t name_space) {
  std::vector<std::uint64_t> ids;
  for (const Page &page : pages_) {
    for (const Item &item : page.items) {
      if (!item.erased && item.name_space == name_space) {
        ids.push_back(item.id);
      }
    }
  }
  std::for_each(ids.begin(), ids.end(), [&](std::uint64_t id) { erase_item(id); });
  return !ids.empty();
}

std::optional<std::uint8_t> Pages::namespace_number(std::string_view name) const {
  const Item *const item = find(kNamespaces, NVS_TYPE_U8, name);
  return item == nullptr ? std::nullopt : std::optional(item->data[0]);
}

esp_err_t Pages::add_namespace(std::string_view name, std::uint8_t &number) {
  for (unsigned candidate = 1; candidate <= kLastNamespace; ++candidate) {
    number = static_cast<std::uint8_t>(candidate);
    if (namespace_name(number).empty()) {
      return set(kNamespaces, NVS_TYPE_U8, name, {&number, 1}).error;
    }
  }
  return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
}

std::string Pages::namespace_name(std::uint8_t number) const {
  for (const Page &page : pages_) {
    for (const Item &item : page.items) {
      if (!item.erased && item.name_space == kNamespaces && item.data[0] == number) {
        return item.key;
      }
    }
  }
  return {};
}

nvs_stats_t Pages::stats() const {
  nvs_stats_t stats{};
  for (const Page &page : pages_) {
    stats.used_entries += page.used();
    for (const Item &item : page.items) {
      stats.namespace_count += !item.erased && item.name_space == kNamespaces;
    }
  }
  stats.total_entries = page_count_ * kEntriesPerPage;
  stats.free_entries = stats.total_entries - stats.used_entries;
  stats.available_entries =
      stats.free_entries >= kEntriesPerPage ? stats.free_entries - kEntriesPerPage : 0;
  return stats;
}

std::size_t Pages::used_entries(std::uint8_t name_space) const {
  std::size_t entries = 0;
  for (const Page &page : pages_) {
    for (const Item &item : page.items) {
      entries += !item.erased && item.name_space == name_space ? item.span : 0U;
    }
  }
  return entries;
}

const Item *Pages::next_value(Position &position, std::optional<std::uint8_t> name_space,
                              std::uint8_t type) const {
  for (; position.page < pages_.size(); ++position.page, position.item = 0) {
    const std::vector<Item> &items = pages_[position.page].items;
    while (position.item < items.size()) {
      const Item &item = items[position.item++];
      const bool later_chunk =
          item.type == kBlobData && item.chunk != kFirstVersion && item.chunk != kSecondVersion;
      if (!item.erased && item.name_space != kNamespaces && item.type != kBlobIndex &&
          !later_chunk && (!name_space || item.name_space == *name_space) &&
          (type == kAnyType || item.type == type)) {
        return &item;
      }
    }
  }
  return nullptr;
}

} // namespace host::nvs
