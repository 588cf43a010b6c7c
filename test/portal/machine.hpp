#pragma once

/// Binds the simulated radio to the machine that the tests run on: to its network and to the
/// station's interface. Before `esp_wifi_init()`.
void bind_radio();
