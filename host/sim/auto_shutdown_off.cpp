/// The example as it is with "Auto-shutdown AP" switched off in menuconfig, which leaves the option
/// undefined.
#include "sdkconfig.h"

#undef CONFIG_PROVISIONING_EXAMPLE_AUTO_SHUTDOWN_AP

#include "../../main/main.cpp"
