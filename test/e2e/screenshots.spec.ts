import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, house, row, test } from './device';
import { states } from './states';

/*
 * The pictures of the documentation, made of the page as it is: `npm run screenshots`. They are kept
 * out of ordinary runs, since each machine's fonts make other pictures.
 */

const folder = join(import.meta.dirname, '../../docs/images');

const sizes = {
  iphone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3 },
  android: { viewport: { width: 412, height: 915 }, deviceScaleFactor: 2.625 },
  desktop: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
};

/** What the README and docs/screens.md show in the dark as well. */
const main: readonly string[] = ['list', 'connecting', 'failed', 'connected'];

test.use({ speed: 2 });
test.describe.configure({ mode: 'serial' });
test.beforeAll(() => {
  mkdirSync(folder, { recursive: true });
});

const taken = new Map<string, Buffer>();

/** With a palette a picture takes a third. */
function save(name: string, image: Buffer) {
  const { stdout, error, status } = spawnSync('pngquant', ['--quality=70-100', '--strip', '-'], {
    input: image,
    maxBuffer: 1 << 26,
  });
  if (error || status !== 0) throw error ?? new Error(`pngquant ended with ${status}`);
  expect(stdout.length).toBeLessThan(400_000);
  writeFileSync(join(folder, `${name}.png`), stdout);
}

async function take(page: Page, name: string) {
  // Nothing in a picture may hang on when it was taken.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const image = await page.screenshot({ animations: 'disabled' });
  taken.set(name, image);
  save(name, image);
}

for (const [size, context] of Object.entries(sizes)) {
  test.describe(size, () => {
    test.use(context);
    for (const [state, reach] of Object.entries(states)) {
      test(state, async ({ page, device }) => {
        await reach(page, device);
        const name = `${state.replaceAll(' ', '-')}-${size}`;
        await take(page, `${name}-light`);
        if (main.includes(state)) {
          await page.emulateMedia({ colorScheme: 'dark' });
          await take(page, `${name}-dark`);
        }
      });
    }
  });
}

test.describe('languages', () => {
  test.use({ viewport: { width: 320, height: 640 }, deviceScaleFactor: 3 });
  for (const tag of ['ar', 'he', 'de', 'ja']) {
    test(tag, async ({ page, device }) => {
      await page.goto(`${device.url}?lang=${tag}`);
      await expect(row(page, house.name).first()).toBeVisible();
      await take(page, `list-${tag}-light`);
      await row(page, house.name).first().click();
      await page.locator('#password').fill('boo-boo-bo0');
      await page.locator('[type=submit]').click();
      await expect(page.locator('.alert')).toBeVisible();
      await take(page, `failed-${tag}-light`);
    });
  }
});

test('the picture of the README', async ({ browser }) => {
  const page = await browser.newPage({
    viewport: { width: 1240, height: 900 },
    deviceScaleFactor: 1,
  });
  const phones = ['list-iphone-light', 'connecting-iphone-light', 'connected-iphone-dark']
    .map((name) => taken.get(name))
    .map((image) => `<img src="data:image/png;base64,${image?.toString('base64')}">`)
    .join('');
  await page.setContent(`<!doctype html><style>
    body { margin: 0; padding: 24px 0; display: flex; justify-content: center; gap: 24px }
    img { width: 360px; border-radius: 28px; outline: 1px solid #8884; box-shadow: 0 6px 20px #0002 }
  </style>${phones}`);
  await page
    .locator('img')
    .last()
    .evaluate((image: HTMLImageElement) => image.decode());
  save('readme', await page.locator('body').screenshot({ omitBackground: true }));
  await page.close();
});
