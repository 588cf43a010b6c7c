#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

/// Memory that may be refused. Without C++ exceptions, ESP-IDF's `operator new` aborts when memory
/// is short, and so does `new (std::nothrow)`, which is built on it. What a request can reach
/// therefore takes its memory here, from malloc().
namespace espp::provisioning {

struct Destroy {
  template <typename T> void operator()(T *object) const {
    std::destroy_at(object);
    std::free(object);
  }
};

/// Owns an object made by make().
template <typename T> using Owned = std::unique_ptr<T, Destroy>;

/// An object on the heap; null if memory is short.
template <typename T, typename... Args> Owned<T> make(Args &&...args) {
  void *memory = std::malloc(sizeof(T));
  return Owned<T>(memory == nullptr ? nullptr : new (memory) T{std::forward<Args>(args)...});
}

/// An array of plain values that grows only when told. Not thread-safe.
template <typename T> class Rows {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
  Rows() = default;
  ~Rows() { std::free(rows_); }
  Rows(const Rows &) = delete;
  Rows &operator=(const Rows &) = delete;
  Rows(Rows &&other) noexcept { swap(other); }
  Rows &operator=(Rows &&other) noexcept {
    swap(other);
    return *this;
  }

  /// Makes room for that many rows in all. False, and nothing changed, if memory is short.
  bool reserve(std::size_t capacity) {
    if (capacity <= capacity_) {
      return true;
    }
    void *rows = std::realloc(rows_, capacity * sizeof(T));
    if (rows == nullptr) {
      return false;
    }
    rows_ = static_cast<T *>(rows);
    capacity_ = capacity;
    return true;
  }

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  const T *begin() const { return rows_; }
  const T *end() const { return rows_ + size_; }
  const T &operator[](std::size_t at) const { return rows_[at]; }

  /// Puts a row before the one at `at`; size() must be less than capacity().
  void insert(std::size_t at, const T &row) {
    std::copy_backward(rows_ + at, rows_ + size_, rows_ + size_ + 1);
    rows_[at] = row;
    ++size_;
  }
  void erase(std::size_t at) {
    std::copy(rows_ + at + 1, rows_ + size_, rows_ + at);
    --size_;
  }
  void clear() { size_ = 0; }
  std::span<const T> span() const { return {rows_, size_}; }

private:
  void swap(Rows &other) {
    std::swap(rows_, other.rows_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  T *rows_{nullptr};
  std::size_t size_{0};
  std::size_t capacity_{0};
};

} // namespace espp::provisioning
