#include "console_qr.hpp"

void print_qr_code(const espp::Provisioning & /*provisioning*/) {}
