#include "console_qr.hpp"

void print_join_code(const std::string & /*text*/) {}
