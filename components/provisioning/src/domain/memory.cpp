#include "domain/memory.hpp"

#include <cstring>

namespace espp::provisioning {

void RawRows::release() {
  std::free(rows_);
  rows_ = nullptr;
  size_ = 0;
  capacity_ = 0;
}

void RawRows::swap(RawRows &other) {
  std::swap(rows_, other.rows_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
}

bool RawRows::reserve(std::size_t capacity, std::size_t row_size) {
  if (capacity <= capacity_) {
    return true;
  }
  void *rows = std::realloc(rows_, capacity * row_size);
  if (rows == nullptr) {
    return false;
  }
  rows_ = rows;
  capacity_ = capacity;
  return true;
}

void RawRows::insert(std::size_t at, const void *row, std::size_t row_size) {
  char *place = static_cast<char *>(rows_) + at * row_size;
  std::memmove(place + row_size, place, (size_ - at) * row_size);
  std::memcpy(place, row, row_size);
  ++size_;
}

void RawRows::erase(std::size_t at, std::size_t row_size) {
  char *place = static_cast<char *>(rows_) + at * row_size;
  --size_;
  std::memmove(place, place + row_size, (size_ - at) * row_size);
}

bool RawRows::copy(const RawRows &other, std::size_t row_size) {
  if (!reserve(other.size_, row_size)) {
    return false;
  }
  if (other.size_ > 0) {
    std::memcpy(rows_, other.rows_, other.size_ * row_size);
  }
  size_ = other.size_;
  return true;
}

} // namespace espp::provisioning
