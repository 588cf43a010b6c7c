import { defineConfig } from 'vitest/config';
import { slim } from './webui/slim';

export default defineConfig({
  // The tests draw with the same cut-down libraries as the built page.
  plugins: [slim()],
  // By number: a bare machine may not know `localhost`.
  server: { host: '127.0.0.1' },
  test: {
    include: ['webui/test/**/*.test.{ts,tsx}'],
    environment: 'happy-dom',
    server: { deps: { inline: [/preact/] } },
    restoreMocks: true,
    unstubGlobals: true,
  },
});
