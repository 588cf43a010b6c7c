import { defineConfig } from '@playwright/test';
import { ending } from './test/e2e/device';

const { BASE_URL: elsewhere, SIM_CONTROL: control, SIMULATOR: program } = process.env;

/**
 * The built page, served by the firmware as it runs on this machine. SIMULATOR names another program
 * to run, BASE_URL a device that runs elsewhere: docs/esp-idf.md tells how. Both are one device for
 * all tests; one that can't be restarted is left by the tests that end set-up for the end.
 */
export default defineConfig({
  testDir: 'test/e2e',
  // No tests: each machine's fonts make other pictures.
  testIgnore: process.env.SCREENSHOTS ? [] : '**/screenshots.spec.ts',
  fullyParallel: true,
  workers: elsewhere || program?.endsWith('.elf') ? 1 : Number(process.env.WORKERS) || 2,
  projects:
    elsewhere && !control
      ? [
          { name: 'device', grepInvert: new RegExp(ending) },
          { name: 'end', grep: new RegExp(ending) },
        ]
      : [{ name: 'device' }],
  forbidOnly: !!process.env.CI,
  reporter: 'list',
  // These limits only end what hangs. A test takes 2 to 20 s on two cores of its own; on busy ones browser and
  // device are slow alike, ten times beside twenty other programs.
  timeout: 600_000,
  expect: { timeout: 120_000 },
  use: {
    browserName: 'chromium',
    viewport: { width: 390, height: 844 },
    reducedMotion: 'reduce',
    launchOptions: {
      executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-background-networking'],
    },
  },
});
