/// Preloaded into the simulator: counts what the component allocates, by stepping in front of
/// malloc() and its family, and what leaves through send(). Without COUNTERS in the environment it
/// does nothing.
///
/// An allocation is the component's if, on the stack above the allocator, its library comes first
/// of all that are neither the C nor the C++ library: so a std::string of the component's counts,
/// and what the port (ESP-IDF, on a chip) needs for itself does not.
#include "counters.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string_view>

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

extern "C" {
// glibc's own names for what this file stands in front of.
void *__libc_malloc(std::size_t size);
void *__libc_calloc(std::size_t count, std::size_t size);
void *__libc_realloc(void *block, std::size_t size);
void *__libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void *block);
}

namespace {

Counters *counters = nullptr;

/// Where a module's code is.
struct Range {
  std::uintptr_t begin{0};
  std::uintptr_t end{0};
  bool contains(std::uintptr_t address) const { return address >= begin && address < end; }
};

enum class Module : std::uint8_t { Library, Component, Other };

std::array<Range, 16> libraries;
std::size_t library_count = 0;
Range component;
Range page;

class SpinLock {
public:
  void lock() {
    while (flag_.test_and_set(std::memory_order_acquire)) {
      sched_yield();
    }
  }
  void unlock() { flag_.clear(std::memory_order_release); }

private:
  std::atomic_flag flag_;
};

SpinLock guard; // of everything below, and of the counters

/// The component's blocks that have not been given back; a place without address is free. Open
/// addressing with linear probing.
struct Block {
  std::uintptr_t address{0};
  std::size_t size{0};
};
constexpr std::size_t kPlaces = 1U << 14U;
std::array<Block, kPlaces> blocks;

/// True while this thread is inside the probe, whose own needs don't count.
thread_local bool is_inside = false;

[[noreturn]] void give_up(const char *why) {
  static_cast<void>(!write(STDERR_FILENO, why, std::strlen(why)));
  std::abort();
}

std::size_t place_of(std::uintptr_t address) {
  return (address >> 4U) * 2654435761U % kPlaces;
}

void remember(std::uintptr_t address, std::size_t size) {
  if (counters->live_blocks >= kPlaces / 2) {
    give_up("probe: too many blocks\n");
  }
  std::size_t place = place_of(address);
  while (blocks[place].address != 0) {
    place = (place + 1) % kPlaces;
  }
  blocks[place] = {address, size};
}

/// The block's size; 0 if it isn't the component's.
std::size_t forget(std::uintptr_t address) {
  std::size_t place = place_of(address);
  while (blocks[place].address != address) {
    if (blocks[place].address == 0) {
      return 0;
    }
    place = (place + 1) % kPlaces;
  }
  const std::size_t size = blocks[place].size;
  blocks[place] = {};
  // What was put behind the gap because of its hash must stay reachable.
  for (std::size_t next = (place + 1) % kPlaces; blocks[next].address != 0;
       next = (next + 1) % kPlaces) {
    const Block moved = blocks[next];
    blocks[next] = {};
    remember(moved.address, moved.size);
  }
  return size;
}

Module module_of(void *frame) {
  const auto address = reinterpret_cast<std::uintptr_t>(frame);
  if (component.contains(address)) {
    return Module::Component;
  }
  for (std::size_t i = 0; i < library_count; ++i) {
    if (libraries[i].contains(address)) {
      return Module::Library;
    }
  }
  return Module::Other;
}

bool is_of_component() {
  std::array<void *, 24> frames;
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  for (int i = 0; i < count; ++i) {
    const Module module = module_of(frames[static_cast<std::size_t>(i)]);
    if (module != Module::Library) {
      return module == Module::Component;
    }
  }
  return false;
}

Counters::Task &current_task() {
  std::array<char, sizeof(Counters::Task::name)> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  for (Counters::Task &task : counters->tasks) {
    if (task.name[0] == '\0') {
      std::memcpy(task.name, name.data(), name.size());
    }
    if (std::strncmp(task.name, name.data(), name.size()) == 0) {
      return task;
    }
  }
  give_up("probe: too many tasks\n");
}

void note_allocation(void *block, std::size_t size) {
  if (counters == nullptr || block == nullptr || is_inside) {
    return;
  }
  is_inside = true;
  if (is_of_component()) {
    const std::lock_guard lock(guard);
    remember(reinterpret_cast<std::uintptr_t>(block), size);
    ++counters->allocations;
    ++counters->live_blocks;
    counters->bytes += size;
    counters->live += size;
    counters->peak = std::max(counters->peak, counters->live);
    Counters::Task &task = current_task();
    ++task.allocations;
    task.peak = std::max(task.peak, counters->live);
  }
  is_inside = false;
}

void note_return(void *block) {
  if (counters == nullptr || block == nullptr || is_inside) {
    return;
  }
  const std::lock_guard lock(guard);
  const std::size_t size = forget(reinterpret_cast<std::uintptr_t>(block));
  if (size > 0) {
    counters->live -= size;
    --counters->live_blocks;
  }
}

int add_module(dl_phdr_info *info, std::size_t /*size*/, void * /*unused*/) {
  constexpr std::array<std::string_view, 6> kLibraries{"/libc.so", "/libstdc++", "/libgcc_s",
                                                       "/libm.so", "/ld-linux",  "/libprobe"};
  const std::string_view name = info->dlpi_name;
  const auto *headers = info->dlpi_phdr;
  Range code;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    if (headers[i].p_type == PT_LOAD && (headers[i].p_flags & PF_X) != 0) {
      code.begin = info->dlpi_addr + headers[i].p_vaddr;
      code.end = code.begin + headers[i].p_memsz;
    }
  }
  if (name.find("/libprovisioning_bench") != std::string_view::npos) {
    component = code;
  }
  for (const std::string_view library : kLibraries) {
    if (name.find(library) != std::string_view::npos && library_count < libraries.size()) {
      libraries[library_count++] = code;
    }
  }
  return 0;
}

std::uintptr_t symbol(const char *name) {
  return reinterpret_cast<std::uintptr_t>(dlsym(RTLD_DEFAULT, name));
}

[[gnu::constructor]] void begin() {
  const char *path = std::getenv("COUNTERS");
  if (path == nullptr) {
    return;
  }
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, sizeof(Counters)) != 0) {
    give_up("probe: COUNTERS can't be written\n");
  }
  void *memory = mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) {
    give_up("probe: COUNTERS can't be mapped\n");
  }
  dl_iterate_phdr(add_module, nullptr);
  page = {symbol("_binary_index_html_gz_start"), symbol("_binary_index_html_gz_end")};
  if (component.begin == 0 || page.begin == 0) {
    give_up("probe: the component is not in this program\n");
  }
  std::array<void *, 2> frames;
  backtrace(frames.data(), static_cast<int>(frames.size())); // loads the unwinder
  counters = static_cast<Counters *>(memory);
}

} // namespace

extern "C" {

void *malloc(std::size_t size) {
  void *block = __libc_malloc(size);
  note_allocation(block, size);
  return block;
}

void *calloc(std::size_t count, std::size_t size) {
  void *block = __libc_calloc(count, size);
  note_allocation(block, count * size);
  return block;
}

/// Counted as if the block always moved, the most that it can cost.
void *realloc(void *block, std::size_t size) {
  if (counters == nullptr || is_inside) {
    return __libc_realloc(block, size);
  }
  void *moved = size == 0 ? nullptr : __libc_malloc(size);
  note_allocation(moved, size);
  if (block != nullptr && (moved != nullptr || size == 0)) {
    if (moved != nullptr) {
      std::memcpy(moved, block, std::min(size, malloc_usable_size(block)));
    }
    note_return(block);
    __libc_free(block);
  }
  return moved;
}

void *memalign(std::size_t alignment, std::size_t size) {
  void *block = __libc_memalign(alignment, size);
  note_allocation(block, size);
  return block;
}

void *aligned_alloc(std::size_t alignment, std::size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void **block, std::size_t alignment, std::size_t size) {
  *block = memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

void free(void *block) {
  note_return(block);
  __libc_free(block);
}

ssize_t send(int fd, const void *data, std::size_t size, int flags) {
  using Send = ssize_t (*)(int, const void *, std::size_t, int);
  static const auto real_send = reinterpret_cast<Send>(dlsym(RTLD_NEXT, "send"));
  // Before, so that who has the answer finds it counted.
  if (counters != nullptr) {
    const std::lock_guard lock(guard);
    ++counters->sends;
  }
  const ssize_t sent = real_send(fd, data, size, flags);
  if (counters != nullptr && sent > 0) {
    const auto count = static_cast<std::uint64_t>(sent);
    const std::lock_guard lock(guard);
    counters->sent += count;
    if (page.contains(reinterpret_cast<std::uintptr_t>(data))) {
      counters->sent_from_page += count;
    }
  }
  return sent;
}

/// Called by radio_events.cpp.
void probe_radio_event(const char *base, std::int32_t id) {
  if (counters == nullptr) {
    return;
  }
  const bool is_ip = std::string_view(base) == "IP_EVENT";
  if (!is_ip && std::string_view(base) != "WIFI_EVENT") {
    return;
  }
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::lock_guard lock(guard);
  counters->events[counters->radio_events % Counters::kEvents] = {
      .at = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
            static_cast<std::uint64_t>(now.tv_nsec),
      .is_ip = is_ip ? 1U : 0U,
      .id = static_cast<std::uint64_t>(id)};
  ++counters->radio_events;
}
}
