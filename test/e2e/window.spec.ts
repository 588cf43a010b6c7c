import type { Page } from '@playwright/test';
import {
  alert,
  connectTo,
  ending,
  expect,
  heading,
  house,
  joinNetwork,
  openList,
  row,
  test,
} from './device';

/*
 * What belongs to the window that the page is in: its Back button, its ways of being poorer than a
 * browser, and how it is told that set-up is over.
 */

/** How often the page was loaded as a document. */
const countVisits = (page: Page) => {
  const visits: string[] = [];
  page.on('request', (request) => {
    if (request.isNavigationRequest()) visits.push(request.url());
  });
  return visits;
};

test.describe('Back', () => {
  // Slow enough for a test to be still running when it is left.
  test.use({ speed: 1 });

  test('leads from each view to the list, and from the list out', async ({ page, device }) => {
    await page.goto('about:blank');
    await openList(page, device);
    for (const view of [/HouseOfBoo/, /Other network/]) {
      await row(page, view).first().click();
      await expect(heading(page, view)).toBeVisible();
      await page.goBack();
      await expect(heading(page, 'Choose a Wi-Fi network')).toBeVisible();
    }
    await page.goBack();
    expect(page.url()).toBe('about:blank');
  });

  test('leads out at once, after the button of the page was used', async ({ page, device }) => {
    await page.goto('about:blank');
    await openList(page, device);
    await row(page, house.name).first().click();
    await page.getByRole('button', { name: 'Back' }).click();
    await expect(heading(page, 'Choose a Wi-Fi network')).toBeVisible();
    await expect.poll(() => page.evaluate(() => history.state)).toBeNull();
    await page.goBack();
    expect(page.url()).toBe('about:blank');
  });

  test('cancels a running test, and then leads to the list', async ({ page, device }) => {
    await device.control({ cmd: 'set_ap', match: { ssid: house.name }, set: { dhcp: 'silent' } });
    await openList(page, device);
    await joinNetwork(page, house.name, house.password);
    await expect(page.locator('[aria-current=step]')).toHaveText('Getting an address');
    await page.goBack();
    await expect(heading(page, house.name)).toBeVisible();
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue(house.password);
    await page.goBack();
    await expect(heading(page, 'Choose a Wi-Fi network')).toBeVisible();
  });

  test('leads from the result to the list, which still has it', async ({ page, device }) => {
    await connectTo(page, device);
    await page.goBack();
    await row(page, /Other network/).waitFor();
    await page.getByRole('button', { name: 'Ready to finish' }).click();
    await expect(heading(page, 'Connected')).toBeVisible();
  });
});

test('a window without history, storage, dialogs and cookies sets the device up', {
  tag: ending,
}, async ({ page, device }) => {
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException('not here', 'SecurityError');
    };
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
      Object.defineProperty(window, name, { get: refuse });
    Object.defineProperty(document, 'cookie', { get: refuse, set: refuse });
    for (const name of ['alert', 'confirm', 'prompt', 'open', 'print'] as const)
      window[name] = refuse;
    for (const name of ['pushState', 'replaceState', 'back', 'go'] as const) history[name] = refuse;
  });
  await connectTo(page, device);
  await page.getByRole('button', { name: 'Choose another network' }).click();
  await page.getByRole('button', { name: 'Saved networks' }).click();
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByRole('button', { name: 'Ready to finish' }).click();
  await page.getByRole('button', { name: 'Finish set-up' }).click();
  await expect(heading(page, 'All set')).toBeVisible();
});

test('a network that loses every third call gets there, too', { tag: ending }, async ({
  page,
  device,
}) => {
  let calls = 0;
  await page.route('**/api/**', (route) =>
    ++calls % 3 ? route.continue() : route.abort('connectionreset'),
  );
  await openList(page, device);
  await joinNetwork(page, house.name, 'boo-boo-bo0');
  await expect(alert(page, 'Wrong password')).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill(house.password);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
  await page.getByRole('button', { name: 'Finish set-up' }).click();
  await expect(heading(page, 'All set')).toBeVisible();
  await expect(page.getByText('does not answer')).toBeHidden();
});

test.describe("in iOS's sign-in window", () => {
  test.use({
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  });

  test('the end is a navigation, so that "Cancel" becomes "Done", and still says what comes next', {
    tag: ending,
  }, async ({ page, device }) => {
    await connectTo(page, device);
    const visits = countVisits(page);
    const reloaded = page.waitForEvent('load');
    await page.getByRole('button', { name: 'Finish set-up' }).click();
    await reloaded;
    await expect(heading(page, 'All set')).toBeVisible();
    await expect(page.getByText(/ESP-Prov-\w+” closes/)).toBeVisible();
    await expect(page.getByText('192.168.')).toBeVisible();
    await expect(page.getByRole('button')).toHaveCount(0);
    expect(visits).toHaveLength(1);
  });
});

for (const [name, userAgent] of Object.entries({
  Safari:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  "Android's sign-in window":
    'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.0.0 Mobile Safari/537.36',
})) {
  test.describe(`in ${name}`, () => {
    test.use({ userAgent });
    test('the end stays where it is', { tag: ending }, async ({ page, device }) => {
      await connectTo(page, device);
      const visits = countVisits(page);
      await page.getByRole('button', { name: 'Finish set-up' }).click();
      await expect(heading(page, 'All set')).toBeFocused();
      expect(visits).toHaveLength(0);
    });
  });
}
