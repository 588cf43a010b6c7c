import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { connectTo, expect, house, joinNetwork, openList, test } from './device';

/*
 * The pictures of the documentation, made of the page as it is: `npm run screenshots`. They are kept
 * out of ordinary runs, since each machine's fonts make other pictures.
 */

const folder = join(import.meta.dirname, '../../docs/images');

test.use({ speed: 2, deviceScaleFactor: 2, viewport: { width: 390, height: 760 } });
test.describe.configure({ mode: 'serial' });
test.beforeAll(() => {
  mkdirSync(folder, { recursive: true });
});

const taken = new Map<string, Buffer>();

async function take(page: Page, name: string) {
  // Nothing in a picture may hang on when it was taken.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const image = await page.screenshot({
    path: join(folder, `${name}.png`),
    animations: 'disabled',
  });
  taken.set(name, image);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('the list', async ({ page, device }) => {
      await openList(page, device);
      await take(page, `list-${colorScheme}`);
    });

    test('the test', async ({ page, device }) => {
      await device.control({ cmd: 'set_ap', match: { ssid: house.name }, set: { dhcp: 'silent' } });
      await openList(page, device);
      await joinNetwork(page, house.name, house.password);
      await expect(page.locator('[aria-current=step]')).toHaveText('Getting an address');
      await take(page, `connecting-${colorScheme}`);
    });

    test('the failure', async ({ page, device }) => {
      await openList(page, device);
      await joinNetwork(page, house.name, 'boo-boo-bo0');
      await expect(page.locator('.alert')).toBeVisible();
      await take(page, `failed-${colorScheme}`);
    });

    test('the result', async ({ page, device }) => {
      await connectTo(page, device);
      await take(page, `connected-${colorScheme}`);
    });
  });
}

test('the picture of the README', async ({ browser }) => {
  const page = await browser.newPage({
    viewport: { width: 1240, height: 800 },
    deviceScaleFactor: 1,
  });
  const phones = ['list-light', 'connecting-light', 'connected-dark']
    .map((name) => taken.get(name))
    .map((image) => `<img src="data:image/png;base64,${image?.toString('base64')}">`)
    .join('');
  await page.setContent(`<!doctype html><style>
    body { margin: 0; padding: 24px 0; display: flex; justify-content: center; gap: 24px }
    img { width: 360px; border-radius: 28px; outline: 1px solid #8884; box-shadow: 0 6px 20px #0002 }
  </style>${phones}`);
  const box = page.locator('body');
  writeFileSync(join(folder, 'readme.png'), await box.screenshot({ omitBackground: true }));
  await page.close();
});
