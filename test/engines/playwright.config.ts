import { defineConfig } from '@playwright/test';
import base from '../../playwright.config';
import { engines } from './launch';
import type { EngineOptions } from './test';

/** The flows of the page in each engine that phones and desktops have: one project an engine. */
export default defineConfig<EngineOptions>({
  ...base,
  testDir: '.',
  // A flow waits for its device more than it computes.
  workers: (Number(process.env.WORKERS) || 2) + 1,
  use: {},
  projects: engines.map((engine) => ({ name: engine, use: { engine } })),
});
