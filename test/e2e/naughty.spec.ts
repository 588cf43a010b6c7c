import { display } from '../../webui/src/api/ssid';
import { hostileNames, ssidOf } from '../host/hostile_names.mjs';
import { expect, openList, row, test } from './device';

test.use({ scenario: 'quiet' });

/** Fewer than the page and the driver leave out the weakest of. */
const atOnce = 100;

for (let from = 0; from < hostileNames.length; from += atOnce) {
  const names = hostileNames.slice(from, from + atOnce);
  const span = `${from + 1} to ${from + names.length} of ${hostileNames.length}`;

  test(`hostile names ${span} are text and nothing else`, async ({ page, device }) => {
    const said: string[] = [];
    const asked = new Set<string>();
    page.on('dialog', (dialog) => {
      said.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') said.push(message.text());
    });
    page.on('request', (request) => asked.add(new URL(request.url()).origin));

    for (const [index, name] of names.entries()) {
      await device.control({
        cmd: 'add_ap',
        ap: {
          ...ssidOf(name),
          bssid: `02:00:00:00:03:${index.toString(16).padStart(2, '0')}`,
          channel: 5,
          rssi: -40,
          security: 'open',
        },
      });
    }
    await openList(page, device);
    await page.getByRole('button', { name: 'Scan again' }).click();
    await expect(page.locator('li bdi')).toHaveCount(names.length);
    const shown = await page.locator('li bdi').evaluateAll((all) => all.map((e) => e.textContent));
    expect([...shown].sort()).toEqual(names.map((name) => display(ssidOf(name))).sort());
    expect(await page.locator('main :is(img, script, iframe, svg[onload], b, a)').count()).toBe(0);

    // One of them all the way: as a heading, in the request, in the list of the saved ones.
    await row(page, shown[0] ?? '')
      .first()
      .click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(shown[0] ?? '');

    expect(said).toEqual([]);
    expect([...asked]).toEqual([new URL(device.url).origin]);
  });
}
