#include "nvs/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "esp_rom_crc.h"

namespace host::nvs {
namespace {

// Header: magic, version, size and CRC-32 of what follows, each 32 bits little-endian.
constexpr std::uint32_t kMagic = 0x53564E48; // "HNVS"
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 16;

class Writer {
public:
  void u8(std::size_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void u32(std::size_t value) {
    for (int shift = 0; shift < 32; shift += 8) {
      u8((value >> shift) & 0xff);
    }
  }
  template <typename Range> void raw(const Range &range) {
    bytes_.insert(bytes_.end(), range.begin(), range.end());
  }
  const Bytes &bytes() const { return bytes_; }

private:
  Bytes bytes_;
};

// Reads past the end give zeros and make it not ok().
class Reader {
public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::uint8_t u8() {
    const std::span<const std::uint8_t> byte = take(1);
    return byte.empty() ? std::uint8_t{0} : byte[0];
  }
  std::uint32_t u32() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 8) {
      value |= static_cast<std::uint32_t>(u8()) << shift;
    }
    return value;
  }
  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    return std::exchange(bytes_, bytes_.subspan(count)).first(count);
  }
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }

private:
  std::span<const std::uint8_t> bytes_;
  bool ok_ = true;
};

Bytes encode(const Pages &pages) {
  Writer out;
  out.u32(pages.page_count());
  out.u32(pages.used_pages().size());
  for (const Page &page : pages.used_pages()) {
    out.u8(page.freeing ? 2U : page.full ? 1U : 0U);
    out.u32(page.items.size());
    for (const Item &item : page.items) {
      out.u8(item.erased);
      out.u8(item.span);
      if (item.erased) {
        continue;
      }
      out.u8(item.name_space);
      out.u8(item.type);
      out.u8(item.chunk);
      out.u8(item.key.size());
      out.raw(item.key);
      out.u32(item.data.size());
      out.raw(item.data);
    }
  }
  Writer file;
  file.u32(kMagic);
  file.u32(kVersion);
  file.u32(out.bytes().size());
  file.u32(esp_rom_crc32_le(0, out.bytes().data(), static_cast<std::uint32_t>(out.bytes().size())));
  file.raw(out.bytes());
  return file.bytes();
}

bool is_plausible(const Item &item) {
  if (item.span == 0 || item.span > kEntriesPerPage) {
    return false;
  }
  if (item.erased) {
    return true;
  }
  // The index of a blob has 6 bytes, a namespace's number 1.
  return item.key.size() <= kKeyMax && item.data.size() <= kChunkMax &&
         (item.type != kBlobIndex || item.data.size() == 6) &&
         (item.name_space != kNamespaces || item.data.size() == 1);
}

std::optional<Pages> decode(std::span<const std::uint8_t> payload) {
  Reader in(payload);
  const std::size_t page_count = in.u32();
  const std::size_t used = in.u32();
  if (!in.ok() || used > page_count || page_count > payload.size() + kPageBytes) {
    return std::nullopt;
  }
  std::vector<Page> pages;
  for (std::size_t i = 0; i < used; ++i) {
    Page page;
    const std::uint8_t state = in.u8();
    page.full = state != 0;
    page.freeing = state == 2;
    const std::size_t items = in.u32();
    if (items > kEntriesPerPage) {
      return std::nullopt;
    }
    for (std::size_t k = 0; k < items; ++k) {
      Item item;
      item.erased = in.u8() != 0;
      item.span = in.u8();
      if (!item.erased) {
        item.name_space = in.u8();
        item.type = in.u8();
        item.chunk = in.u8();
        const std::span<const std::uint8_t> key = in.take(in.u8());
        item.key.assign(key.begin(), key.end());
        const std::span<const std::uint8_t> data = in.take(in.u32());
        item.data.assign(data.begin(), data.end());
      }
      if (!in.ok() || !is_plausible(item)) {
        return std::nullopt;
      }
      page.items.push_back(std::move(item));
    }
    pages.push_back(std::move(page));
  }
  if (!in.at_end()) {
    return std::nullopt;
  }
  return Pages::from_used_pages(page_count, std::move(pages));
}

std::optional<Bytes> read_all(const std::string &path) {
  std::FILE *const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    return std::nullopt;
  }
  Bytes bytes;
  std::uint8_t block[4096];
  std::size_t got = 0;
  while ((got = std::fread(block, 1, sizeof(block), file)) > 0) {
    bytes.insert(bytes.end(), block, block + got);
  }
  std::fclose(file);
  return bytes;
}

bool write_synced(const std::string &path, const Bytes &bytes) {
  // Passwords: nobody else's business.
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) {
    return false;
  }
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t written = ::write(fd, bytes.data() + at, bytes.size() - at);
    if (written < 0 && errno != EINTR) {
      break;
    }
    at += written > 0 ? static_cast<std::size_t>(written) : 0;
  }
  const bool complete = at == bytes.size() && fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  errno = error;
  return complete;
}

// So that the renaming itself survives a loss of power.
void sync_directory_of(const std::string &path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    ::close(fd);
  }
}

} // namespace

Bytes encode_file(const Pages &pages) {
  return encode(pages);
}

Loaded load_file(const std::string &path, Pages &pages) {
  const std::optional<Bytes> bytes = read_all(path);
  if (!bytes) {
    return errno == ENOENT ? Loaded::NoFile : Loaded::Damaged;
  }
  return decode_file(*bytes, pages);
}

Loaded decode_file(std::span<const std::uint8_t> bytes, Pages &pages) {
  Reader header(bytes);
  const std::uint32_t magic = header.u32();
  const std::uint32_t version = header.u32();
  const std::uint32_t size = header.u32();
  const std::uint32_t crc = header.u32();
  if (!header.ok() || magic != kMagic) {
    return Loaded::Damaged;
  }
  if (version > kVersion) {
    return Loaded::NewerFormat;
  }
  const std::span<const std::uint8_t> payload = bytes.subspan(kHeaderBytes);
  if (version != kVersion || payload.size() != size ||
      esp_rom_crc32_le(0, payload.data(), size) != crc) {
    return Loaded::Damaged;
  }
  std::optional<Pages> loaded = decode(payload);
  if (!loaded || loaded->page_count() != pages.page_count()) {
    return Loaded::Damaged;
  }
  pages = std::move(*loaded);
  return Loaded::Ok;
}

std::size_t save_file(const std::string &path, const Pages &pages) {
  const std::string beside = path + ".tmp";
  const Bytes bytes = encode(pages);
  if (!write_synced(beside, bytes) || std::rename(beside.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(beside.c_str());
    errno = error;
    return 0;
  }
  sync_directory_of(path);
  return bytes.size();
}

void keep_bad_file(const std::string &path) {
  const std::string bad = path + ".bad";
  ::unlink(bad.c_str());
  // A second name is a copy: the file itself is only ever replaced, never written to.
  [[maybe_unused]] const int linked = ::link(path.c_str(), bad.c_str());
}

} // namespace host::nvs
