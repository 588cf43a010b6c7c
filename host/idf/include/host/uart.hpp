/// The other ends of the device's UARTs.
#pragma once

#include "driver/uart.h"

namespace host::uart {

/// What the device sends on `port` goes to `descriptor`, and what comes from there is received: a
/// socket, which stays the caller's. -1, as at the start: nothing is connected, nothing comes, and what
/// is sent is lost. A UART does not notice what is at its other end. Any thread.
void connect(uart_port_t port, int descriptor);

} // namespace host::uart
