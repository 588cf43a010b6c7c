import { test as base } from '../e2e/device';
import { Browser } from './browser';
import { type Engine, launch, type Settings } from './launch';
import { startWay, type Trouble, type Way } from './proxy';

export { expect } from '../e2e/device';

export interface EngineOptions {
  engine: Engine;
  settings: Partial<Settings>;
  trouble: Trouble;
}

export const test = base.extend<EngineOptions & { ui: Browser; way: Way }>({
  engine: ['chromium', { option: true }],
  settings: [{}, { option: true }],
  trouble: [{}, { option: true }],

  /** A browser of the test's own. */
  ui: async ({ engine, settings }, use, info) => {
    const launched = await launch(engine, {
      refusesCookies: false,
      javaScript: true,
      firefox: {},
      ...settings,
    });
    const ui = new Browser(launched.connection);
    try {
      await use(ui);
    } finally {
      if (info.status !== info.expectedStatus) {
        const picture = await ui.picture().catch(() => undefined);
        if (picture) await info.attach('picture', { body: picture, contentType: 'image/png' });
      }
      await launched.stop();
    }
  },

  /** The troubled way to the device. */
  way: async ({ device, trouble }, use, info) => {
    const bad = await startWay(device.url, trouble);
    try {
      await use(bad);
    } finally {
      await bad.close();
      if (info.status !== info.expectedStatus && bad.lost.length > 0)
        await info.attach('lost', { body: bad.lost.join('\n'), contentType: 'text/plain' });
    }
  },
});
