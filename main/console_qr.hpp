#pragma once

#include "provisioning.hpp"

/// Prints the QR code on the console with which a phone's camera connects to the access point. Of
/// the two sources that define it, CMakeLists.txt takes the one that needs nothing if the component
/// espressif/qrcode is not there, as in a build without network; it prints nothing.
void print_qr_code(const espp::Provisioning &provisioning);
