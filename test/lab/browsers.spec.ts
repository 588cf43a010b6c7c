import type { Browser } from '../engines/browser';
import { engines } from '../engines/launch';
import {
  connects,
  finishes,
  goesTheWholeWay,
  house,
  joins,
  seesConnected,
  seesList,
} from '../engines/steps';
import { expect, test } from '../engines/test';
import { Marionette } from '../engines/webdriver';
import { device as at, cable } from './clients';

/** Types the address that people type to make a sign-in window's page come. */
async function looksForNet(ui: Browser) {
  await ui.open('http://neverssl.com/');
  await seesList(ui);
  expect(await ui.url()).toBe(at.page);
}

for (const engine of engines)
  test.describe(engine, () => {
    test.use({ engine });

    test('neverssl.com leads to the page, and the page to the end', async ({ ui, device }) => {
      await looksForNet(ui);
      await goesTheWholeWay(ui);
      await expect.poll(() => device.log()).toContain('Provisioning completed by user');
    });

    test.describe('at the speed of life', () => {
      test.use({ speed: 1 });
      test('a cable pulled in the middle of a test delays its result, and no more', async ({
        ui,
        device,
      }) => {
        await looksForNet(ui);
        await joins(ui, house);
        await expect.poll(() => device.log()).toContain('Testing connection to');
        await cable('down');
        try {
          await ui.reads('does not answer');
          await expect.poll(() => device.log()).toContain('Connection test result');
        } finally {
          await cable('up');
        }
        await seesConnected(ui);
        await ui.readsNoMore('does not answer');
        expect(device.log().match(/Testing connection to/g)).toHaveLength(1);
        await finishes(ui);
      });
    });
  });

test.describe("Firefox's captive-portal service", () => {
  test.use({
    engine: 'firefox',
    settings: {
      firefox: {
        'network.captive-portal-service.enabled': true,
        'captivedetect.canonicalURL': 'http://detectportal.firefox.com/canonical.html',
        // Or Firefox, knowing that it is remote-controlled, would switch it off.
        'remote.prefs.recommended': false,
      },
    },
    speed: 0.25,
  });

  const states = ['unknown', 'not captive', 'unlocked', 'locked'];

  /** What nsICaptivePortalService knows. */
  const state = (ui: Browser) => async () => {
    if (!(ui.connection instanceof Marionette)) throw new Error('not Firefox');
    const number = await ui.connection.runInBrowser(
      `return Cc['@mozilla.org/network/captive-portal-service;1']
        .getService(Ci.nsICaptivePortalService).state`,
    );
    return states[Number(number)];
  };

  test('reports a locked portal, and once set-up has ended an unlocked one', async ({
    ui,
    device,
  }) => {
    expect(device.url).toContain(at.ip);
    await expect.poll(state(ui)).toBe('locked');
    await looksForNet(ui);
    await connects(ui);
    await ui.click('button', 'Finish set-up');
    await ui.sees('heading', 'All set');
    await (ui.connection as Marionette).runInBrowser(
      `Cc['@mozilla.org/network/captive-portal-service;1']
        .getService(Ci.nsICaptivePortalService).recheckCaptivePortal()`,
    );
    await expect.poll(state(ui)).toBe('unlocked');
  });
});
