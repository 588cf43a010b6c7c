#pragma once

#include <string>

/// Prints a QR code of `text` on the console, for a phone's camera. Of the two sources that define
/// it, CMakeLists.txt takes the one that needs nothing if the component espressif/qrcode is not
/// there, as in a build without network; it prints nothing.
void print_join_code(const std::string &text);
