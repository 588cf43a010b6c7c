import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { defineConfig, type Plugin } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';
import { assume } from './assume';
import { SHORTENED } from './names';

const require = createRequire(import.meta.url);

/**
 * While developing without a device, starts the page behind a simulated one. It works on the
 * served page alone: nothing of the mocks can reach the built one.
 */
function simulatedDevice(): Plugin {
  return {
    name: 'simulated-device',
    apply: 'serve',
    configureServer(server) {
      server.middlewares.use('/mockServiceWorker.js', (_request, response) => {
        response.setHeader('Content-Type', 'text/javascript');
        response.end(readFileSync(require.resolve('msw/mockServiceWorker.js')));
      });
    },
    transformIndexHtml: {
      order: 'pre',
      handler: (html) => html.replace('/src/main.ts', '/mocks/start.ts'),
    },
  };
}

/** The address of a running device or simulator to work with instead of the simulated one. */
const device = process.env.DEVICE;

export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    { ...assume(), apply: 'build' },
    viteSingleFile({ removeViteModuleLoader: true }),
    !device && simulatedDevice(),
  ],
  server: {
    proxy: device
      ? {
          '/api': {
            target: device,
            changeOrigin: true,
            // The device refuses calls that come from another page than its own.
            configure: (proxy) => proxy.on('proxyReq', (call) => call.removeHeader('origin')),
          },
        }
      : {},
  },
  // Known from the start, so that the first visit needs no reload.
  optimizeDeps: { include: ['preact', '@preact/signals-core', 'msw', 'msw/browser'] },
  build: {
    // The sign-in windows of iOS 13 and Android 9 are the oldest browsers in view.
    target: ['es2019', 'safari13', 'chrome70'],
    minify: 'terser',
    terserOptions: {
      ecma: 2019 as 2020,
      module: true,
      compress: {
        passes: 8,
        // Nothing here looks at the text of a function, redefines what is built in, or compares objects.
        unsafe: true,
        unsafe_comps: true,
        pure_getters: true,
        unsafe_arrows: true,
        keep_fargs: false,
        // More that is inlined looks less like the rest, and so compresses less.
        inline: 2,
        // A constant on the left is the same, and less like the rest.
        lhs_constants: false,
      },
      mangle: { properties: { regex: new RegExp(`^_|^(${SHORTENED.join('|')})$`) } },
    },
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
