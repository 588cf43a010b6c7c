import { defineConfig } from 'vitest/config';

export default defineConfig({
  // By number: a bare machine may not know `localhost`.
  server: { host: '127.0.0.1' },
  test: {
    include: ['webui/test/**/*.test.{ts,tsx}', 'bench/test/*.test.mjs'],
    environment: 'happy-dom',
    setupFiles: 'webui/test/setup.ts',
    restoreMocks: true,
    unstubGlobals: true,
  },
});
