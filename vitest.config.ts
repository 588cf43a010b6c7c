import { defineConfig } from 'vitest/config';
import { assume } from './webui/assume';

export default defineConfig({
  // What the build leaves out of the libraries is watched here.
  plugins: [assume({ check: true })],
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
