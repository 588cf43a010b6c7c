#pragma once

#include "provisioning.hpp"

// What "Connect at boot" in menuconfig decides: boot_portal.cpp without it, boot_connect.cpp with it.

/// Adds what that needs to a configuration.
void configure(espp::Provisioning::Config &config);

/// Starts, and tells on the console what happens, until nothing more will. `print_way_in` tells how to
/// get to the portal that is open.
void run(espp::Provisioning &provisioning, void (*print_way_in)(const espp::Provisioning &));
