import { defineConfig } from 'vitest/config';
import { slim } from './webui/slim';

export default defineConfig({
  // The tests draw with the same cut-down libraries as the built page.
  plugins: [slim()],
  test: {
    include: ['webui/test/**/*.test.{ts,tsx}'],
    environment: 'happy-dom',
    server: { deps: { inline: [/preact/] } },
    restoreMocks: true,
    unstubGlobals: true,
  },
});
