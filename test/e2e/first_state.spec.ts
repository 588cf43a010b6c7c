import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expectNoFindings } from './axe';
import { test as base, type Device, ending, expect, heading, house, row } from './device';
import { startRelay, type Way } from './relay';

/*
 * The page with its language and its first state in one answer.
 */

/** Every language that the page can be had in. */
const languages = [
  'en',
  ...readdirSync(join(import.meta.dirname, '../../components/provisioning/web/lang')).map((file) =>
    file.replace('.deflate', ''),
  ),
];

const call = async (device: Device, path: string) =>
  (await fetch(new URL(path, device.url))).json();

const test = base.extend<{
  way: Way;
  road: { readonly url: string; readonly release: () => void };
  relay: string;
}>({
  way: [{}, { option: true }],
  /** What the first state tells does not change while a test looks at it. */
  device: async ({ device }, use) => {
    await expect.poll(async () => (await call(device, '/api/scan')).scanning).toBe(false);
    await use(device);
  },
  /** The address of the troubled way to the device. */
  relay: ({ road }, use) => use(road.url),
  road: async ({ device, way }, use) => {
    const relay = await startRelay(device.url, way);
    await use(relay);
    await relay.close();
  },
});

/** What the page asks for, in order, without the icon that it brings along. */
function requestsOf(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { protocol, pathname } = new URL(request.url());
    if (protocol !== 'data:') asked.push(`${request.method()} ${pathname}`);
  });
  return asked;
}

/** Puts access points of these names on the air, in the place of all others, and lets the device find them. */
async function surround(device: Device, names: readonly string[]) {
  const { access_points: before } = await device.control({ cmd: 'world' });
  for (const { bssid } of before as { bssid: string }[])
    await device.control({ cmd: 'remove_ap', match: { bssid } });
  for (const [index, ssid] of names.entries()) {
    const bssid = `02:00:00:00:${[index >> 8, index & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
    const rssi = -40 - Math.floor((index * 50) / names.length);
    await device.control({
      cmd: 'add_ap',
      ap: {
        ssid,
        bssid,
        channel: 1 + (index % 11),
        rssi,
        security: 'wpa2',
        password: 'right-pass1',
      },
    });
  }
  await fetch(new URL('/api/scan', device.url), { method: 'POST' });
  await expect.poll(async () => (await call(device, '/api/scan')).scanning).toBe(false);
}

test('the list takes one request, and the next one comes some seconds later', async ({
  page,
  device,
}) => {
  const asked = requestsOf(page);
  await page.goto(device.url);
  await expect(row(page, house.name).first()).toBeVisible();
  await expect(page.getByRole('banner')).toContainText('ESP32 Device');
  expect(asked).toEqual(['GET /']);
  await page.waitForRequest(/api/);
  expect(asked).toEqual(['GET /', 'GET /api/status']);
});

test('the list is there when the script has run once', async ({ page, device }) => {
  await page.addInitScript(() => {
    // Behind the page's own listener.
    addEventListener('DOMContentLoaded', () => {
      document.documentElement.dataset.rows = String(document.querySelectorAll('bdi').length);
    });
  });
  await page.goto(device.url);
  const rows = await page.locator('html').getAttribute('data-rows');
  expect(Number(rows)).toBeGreaterThan(5);
});

for (const pieces of [1, 7, 400, 1460]) {
  test.describe(`an answer in pieces of ${pieces} bytes`, () => {
    test.use({ way: { pieces } });
    test('is the same', async ({ page, relay }) => {
      const asked = requestsOf(page);
      await page.goto(relay);
      await expect(row(page, house.name).first()).toBeVisible();
      expect(asked).toEqual(['GET /']);
    });
  });
}

for (const lost of [9, 40, 400]) {
  test.describe(`a radio that loses the last ${lost} bytes`, () => {
    test.use({ way: { lost } });
    test('costs patience, nothing else', async ({ page, relay }) => {
      // To the browser, the document does not end.
      await page.goto(relay, { waitUntil: 'commit' });
      await expect(page.getByRole('button', { name: /Scan/ })).toBeVisible();
    });
  });
}

/** The application's script is longer than this, and the first one stands before it. */
const END_OF_APPLICATION = 9000;

test.describe('before the application has arrived', () => {
  test.use({ way: { held: END_OF_APPLICATION } });

  test('the list is there, and what is pressed opens later', async ({ page, road }) => {
    await page.goto(road.url, { waitUntil: 'commit' });
    const pressed = row(page, house.name).first();
    await expect(pressed).toBeVisible();
    await expect(page.getByRole('combobox')).toHaveCount(0);
    await pressed.click();
    await expect(heading(page, 'Choose a Wi-Fi network')).toBeVisible();
    road.release();
    await expect(heading(page, house.name)).toBeVisible();
  });

  test('the list is the one that the application goes on with', async ({ page, road }) => {
    await page.goto(road.url, { waitUntil: 'commit' });
    const first = row(page, house.name).first();
    await first.focus();
    const before = await first.elementHandle();
    road.release();
    await expect(page.getByRole('combobox')).toBeVisible();
    expect(await first.evaluate((element, known) => element === known, before)).toBe(true);
    await expect(first).toBeFocused();
  });

  test('axe finds nothing', async ({ page, road }) => {
    await page.goto(road.url, { waitUntil: 'commit' });
    await expect(row(page, house.name).first()).toBeVisible();
    await expectNoFindings(page);
  });
});

test.describe('a connection that breaks before the application has arrived', () => {
  test.use({ way: { cut: END_OF_APPLICATION } });
  test('is made again when something is pressed 10 s later', async ({ page, relay }) => {
    await page.clock.install();
    await page.goto(relay, { waitUntil: 'commit' });
    await expect(row(page, house.name).first()).toBeVisible();
    await page.clock.fastForward(10_001);
    await row(page, house.name).first().click();
    await expect(page.getByRole('combobox')).toBeVisible();
    await row(page, house.name).first().click();
    await expect(heading(page, house.name)).toBeVisible();
  });
});

const hostile = [
  '</script><script>alert(1)</script>',
  '<!--',
  '<!--<script>',
  '\u2028\u2029',
  '"}]}}',
  '\\u003c/script>',
  '&lt;b&gt;',
];

test('hostile names in the first state are text', async ({ page, device }) => {
  const names = hostile.map((name) => name.slice(0, 32));
  await surround(device, names);
  const asked = requestsOf(page);
  await page.goto(device.url);
  const shown = page.locator('main li bdi');
  await expect(shown).toHaveCount(names.length);
  expect(await shown.allTextContents()).toEqual(
    names.map((name) => name.replace(/[\u2028\u2029]/g, '\ufffd')),
  );
  expect(asked).toEqual(['GET /']);
});

test('the first state has no network', async ({ page, device }) => {
  await surround(device, []);
  const asked = requestsOf(page);
  await page.goto(device.url);
  await expect(page.getByRole('listitem')).toHaveText([/^No networks found/, /Other network/]);
  expect(asked).toEqual(['GET /']);
});

test('of 256 networks the strongest 128 are listed, and any other connects by its name', async ({
  page,
  device,
}) => {
  await surround(
    device,
    Array.from({ length: 256 }, (_, index) => `Network ${index}`),
  );
  const asked = requestsOf(page);
  await page.goto(device.url);
  await expect(page.getByRole('listitem')).toHaveCount(128 + 1);
  await expect(row(page, 'Network 0')).toBeVisible();
  expect(asked).toEqual(['GET /']);
  await row(page, /Other network/).click();
  await page.getByLabel('Network name').fill('Network 200');
  await page.getByLabel('Password', { exact: true }).fill('right-pass1');
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
});

test.describe('the truth', () => {
  test.use({ speed: 1 });

  test('is shown after a reload and after Back', async ({ page, device }) => {
    await device.control({ cmd: 'set_ap', match: { ssid: house.name }, set: { dhcp: 'silent' } });
    await page.goto(device.url);
    await expect(heading(page, 'Choose a Wi-Fi network')).toBeVisible();
    await fetch(new URL('/api/connect', device.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ssid: house.name, password: house.password }),
    });
    await page.reload();
    await expect(heading(page, 'Connecting…')).toBeVisible();
    await page.goto('about:blank');
    await fetch(new URL('/api/connect', device.url), { method: 'DELETE' });
    await expect
      .poll(async () => (await (await fetch(new URL('/api/connect', device.url))).json()).state)
      .toBe('failed');
    await page.goBack();
    await expect(heading(page, /Choose a Wi-Fi network|HouseOfBoo/)).toBeVisible();
  });
});

test('another language is chosen in a menu that names each in itself', async ({ page, device }) => {
  await page.goto(device.url);
  const menu = page.getByRole('combobox', { name: 'Language' });
  await expect(menu).toHaveValue('en');
  await expect(menu.getByRole('option')).toHaveCount(languages.length);
  await expect(menu.getByRole('option').first()).toHaveText('English');
  const names = await menu.getByRole('option').allTextContents();
  expect(names).toEqual(
    expect.arrayContaining(['English', 'Deutsch', 'Français', 'العربية', '日本語']),
  );
  await menu.selectOption('de');
  await expect(heading(page, 'Wähle ein WLAN')).toBeVisible();
  await expect(page).toHaveTitle(/^Wähle ein WLAN/);
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  expect(page.url()).toBe(new URL('?lang=de', device.url).href);
  await page.reload();
  await expect(heading(page, 'Wähle ein WLAN')).toBeVisible();
});

test('Back does not lead through the languages', async ({ page, device }) => {
  await page.goto('about:blank');
  await page.goto(device.url);
  await page.getByRole('combobox').selectOption('fr');
  await expect(heading(page, /Choisissez/)).toBeVisible();
  await page.goBack();
  expect(page.url()).toBe('about:blank');
});

for (const [accepted, tag] of [
  ['de-AT', 'de'],
  ['pt-PT', 'pt-BR'],
  ['zh-TW', 'zh-Hant'],
  ['sv-SE', 'en'],
] as const) {
  test.describe(`a phone that is set to ${accepted}`, () => {
    test.use({ locale: accepted });
    test(`gets the page in ${tag}, and another language if its owner chooses one`, async ({
      page,
      device,
    }) => {
      await page.goto(device.url);
      await expect(page.locator('html')).toHaveAttribute('lang', tag);
      await expect(page.getByRole('combobox')).toHaveValue(tag);
      await page.getByRole('combobox').selectOption('he');
      await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
    });
  });
}

for (const tag of languages) {
  test(`${tag}: no text is English, cut off or too wide, and axe finds nothing`, {
    tag: ending,
  }, async ({ page, device }) => {
    await page.setViewportSize({ width: 320, height: 568 });
    await page.goto(`${device.url}?lang=${tag}`);
    const isRightToLeft = ['ar', 'he'].includes(tag);
    await expect(page.locator('html')).toHaveAttribute('lang', tag);
    const direction = () => page.evaluate(() => getComputedStyle(document.body).direction);
    expect(await direction()).toBe(isRightToLeft ? 'rtl' : 'ltr');
    const isWide = () => page.evaluate(() => document.documentElement.scrollWidth > 320);

    const look = async () => {
      expect(await isWide()).toBe(false);
      await expectNoFindings(page);
      if (tag !== 'en')
        await expect(page.locator('body')).not.toContainText(/\b(network|the|choose|again)\b/i);
    };
    const choose = (name: string) => row(page, name).first().click();

    await expect(row(page, house.name).first()).toBeVisible();
    // Names are what they are in every language.
    await page.locator('bdi').evaluateAll((names) => {
      for (const name of names) if (name.closest('li')) name.textContent = 'X';
    });
    await look();
    await page.reload();

    await choose(house.name);
    await page.locator('#password').fill('short');
    await page.locator('[type=submit]').click();
    await expect(page.locator('[aria-invalid=true]')).toBeFocused();
    await look();
    await page.locator('#password').fill(house.password);
    await page.locator('[type=submit]').click();
    await expect(page.locator('main.connected')).toBeVisible();
    await look();
    await page.locator('main.connected .primary').click();
    await expect(page.locator('main.done')).toBeVisible();
    await look();
  });
}
