/// The file that stands for the flash partition.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "esp_err.h"
#include "nvs/pages.hpp"

namespace host::nvs {

/// What load_file() found.
enum class Loaded { Ok, NoFile, Damaged, NewerFormat };

/// Replaces `pages` if the file is good; it must have been made for as many pages.
Loaded load_file(const std::string &path, Pages &pages);

/// Writes beside the file, syncs, and renames: the file is the old or the new one, whatever
/// happens. Returns the bytes written, or 0 with errno set.
std::size_t save_file(const std::string &path, const Pages &pages);

/// The file's bytes for these pages, and back; load_file() and save_file() without the file.
Bytes encode_file(const Pages &pages);
Loaded decode_file(std::span<const std::uint8_t> bytes, Pages &pages);

/// Leaves a copy of the file as "<path>.bad".
void keep_bad_file(const std::string &path);

} // namespace host::nvs
