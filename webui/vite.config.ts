import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { defineConfig, type Plugin, type ViteDevServer } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';
import type { Translation } from './src/locales/languages';

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
      handler: (html) => html.replace('/src/main.tsx', '/mocks/start.ts'),
    },
  };
}

/**
 * Ends the first script where the application begins: `debugger` is a statement that no optimizer moves or joins with
 * another. The build of the page splits the script there.
 */
function firstScript(): Plugin {
  return {
    name: 'first-script',
    apply: 'build',
    transform: (code, id) => (id.endsWith('/src/first/main.ts') ? `${code}\ndebugger;` : null),
  };
}

/** While developing, `?lang=de` shows a language as the device would send it. */
function languages(): Plugin {
  let server: ViteDevServer;
  return {
    name: 'languages',
    apply: 'serve',
    configureServer(created) {
      server = created;
    },
    async transformIndexHtml(_html, { originalUrl = '' }) {
      const wanted = new URLSearchParams(originalUrl.split('?')[1]).get('lang');
      const { textOf, translations } = await server.ssrLoadModule('/src/locales/languages.ts');
      const found = (translations() as Translation[]).find(({ tag }) => tag === wanted);
      return found
        ? [
            {
              tag: 'script',
              attrs: { type: 'text/plain', id: 'texts', lang: found.tag, dir: found.direction },
              children: textOf(found),
              injectTo: 'body',
            },
          ]
        : [];
    },
  };
}

/** The address of a running device or simulator to work with instead of the simulated one. */
const device = process.env.DEVICE;

export default defineConfig({
  root: import.meta.dirname,
  esbuild: {
    // h() compresses better than the calls of the automatic runtime.
    jsx: 'transform',
    jsxFactory: 'h',
    jsxFragment: 'Fragment',
    jsxInject: "import { Fragment, h } from 'preact'",
  },
  // What signals tells its developer tools does not belong into the page.
  define: { 'window.__PREACT_SIGNALS_DEVTOOLS__': 'false' },
  plugins: [
    firstScript(),
    viteSingleFile({ removeViteModuleLoader: true }),
    !device && simulatedDevice(),
    languages(),
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
  optimizeDeps: {
    include: [
      'preact',
      'preact/hooks',
      'preact/jsx-runtime',
      '@preact/signals',
      'msw',
      'msw/browser',
    ],
  },
  build: {
    // The sign-in windows of iOS 13 and Android 9 are the oldest browsers in view.
    target: ['es2019', 'ios13', 'chrome70'],
    minify: 'terser',
    terserOptions: {
      compress: { passes: 3, drop_debugger: false, sequences: false, inline: 1 },
      format: { ascii_only: true },
      safari10: false,
    },
    rollupOptions: { output: { generatedCode: { symbols: false } } },
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
