import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import base from '../engines/playwright.config';
import type { EngineOptions } from '../engines/test';

// The simulator of test/e2e/device.ts, put into its namespace.
process.env.SIMULATOR = join(import.meta.dirname, 'device.sh');
process.env.LAB_SIMULATOR ||= join(import.meta.dirname, '../../out/host/sim/esp-prov-sim');

/** Clients and firmware on either end of a veth pair: there is one, and one address. */
export default defineConfig<EngineOptions>({
  ...base,
  testDir: '.',
  workers: 1,
  projects: [{ name: 'lab' }],
});
