#pragma once

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

/// What all kinds of Rows share: rows as bytes, so that their code is there once.
class RawRows {
public:
  RawRows(const RawRows &) = delete;
  RawRows &operator=(const RawRows &) = delete;

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }
  /// Gives the memory back.
  void release();

protected:
  RawRows() = default;
  ~RawRows() { std::free(rows_); }
  void swap(RawRows &other);
  bool reserve(std::size_t capacity, std::size_t row_size);
  void insert(std::size_t at, const void *row, std::size_t row_size);
  void erase(std::size_t at, std::size_t row_size);
  bool copy(const RawRows &other, std::size_t row_size);

  void *rows_{nullptr};
  std::size_t size_{0};
  std::size_t capacity_{0};
};

/// An array of plain values that grows only when told. Not thread-safe.
template <typename T> class Rows : public RawRows {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
  Rows() = default;
  Rows(Rows &&other) noexcept { swap(other); }
  Rows &operator=(Rows &&other) noexcept {
    swap(other);
    return *this;
  }

  /// Makes room for that many rows in all. False, and nothing changed, if memory is short.
  bool reserve(std::size_t capacity) { return RawRows::reserve(capacity, sizeof(T)); }

  const T *begin() const { return static_cast<const T *>(rows_); }
  const T *end() const { return begin() + size_; }
  const T &operator[](std::size_t at) const { return begin()[at]; }

  /// Puts a row before the one at `at`; size() must be less than capacity().
  void insert(std::size_t at, const T &row) { RawRows::insert(at, &row, sizeof(T)); }
  void erase(std::size_t at) { RawRows::erase(at, sizeof(T)); }
  /// Makes these the rows of `other`. False, and nothing changed, if memory is short.
  bool copy(const Rows &other) { return RawRows::copy(other, sizeof(T)); }
  std::span<const T> span() const { return {begin(), size_}; }
};

} // namespace espp::provisioning
