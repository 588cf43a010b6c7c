import { defineConfig } from '@playwright/test';

/**
 * The built page, served by the firmware as it runs on this machine. BASE_URL names another running
 * device instead; what needs the simulator's control socket is skipped then.
 */
export default defineConfig({
  testDir: 'test/e2e',
  // No tests: each machine's fonts make other pictures.
  testIgnore: process.env.SCREENSHOTS ? [] : '**/screenshots.spec.ts',
  fullyParallel: true,
  workers: Number(process.env.WORKERS) || 2,
  forbidOnly: !!process.env.CI,
  // Where nobody watches, a second try; what needed it is still named in the output.
  retries: process.env.CI ? 1 : 0,
  reporter: 'list',
  // A test with its own simulator takes 2 to 20 s on two busy cores, several times that beside a compiler.
  timeout: 120_000,
  expect: { timeout: 30_000 },
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
