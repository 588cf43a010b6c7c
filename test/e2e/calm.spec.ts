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
 * Nothing moves that the owner did not move. The browser itself is the witness.
 */

declare global {
  interface Window {
    moved: string[];
  }
}

/** Notes what moves without a touch just before. */
async function watch(page: Page) {
  await page.addInitScript(() => {
    window.moved = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        readonly hadRecentInput: boolean;
        readonly sources: readonly { readonly node?: Node }[];
      })[]) {
        if (!entry.hadRecentInput)
          window.moved.push(...entry.sources.map(({ node }) => node?.textContent || '?'));
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

const moved = (page: Page) => page.evaluate(() => window.moved);

test.describe('nothing moves by itself', () => {
  test.use({ speed: 2 });

  test('from the first paint to the end', { tag: ending }, async ({ page, device }) => {
    await device.powerCycle();
    await watch(page);
    await page.goto(device.url);
    await expect(row(page, house.name).first()).toBeVisible();
    await joinNetwork(page, house.name, 'boo-boo-bo0');
    await expect(alert(page, 'Wrong password')).toBeVisible();
    await page.getByLabel('Password', { exact: true }).fill(house.password);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(heading(page, 'Connected')).toBeVisible();
    await page.getByRole('button', { name: 'Choose another network' }).click();
    await expect(row(page, house.name).first()).toContainText('Saved');
    await page.getByRole('button', { name: 'Ready to finish' }).click();
    await page.getByRole('button', { name: 'Finish set-up' }).click();
    await expect(heading(page, 'All set')).toBeVisible();
    expect(await moved(page)).toEqual([]);
  });

  for (const view of ['the list', 'the form'] as const) {
    test(`when the device goes silent and comes back, on ${view}`, async ({ page, device }) => {
      await watch(page);
      await openList(page, device);
      if (view === 'the form') await row(page, house.name).first().click();
      const banner = page.getByText('does not answer');
      await device.control({ cmd: 'cut_clients', ms: 12_000 });
      await expect(banner).toBeVisible();
      await expect(banner).toBeHidden();
      expect(await moved(page)).toEqual([]);
    });
  }

  test('when a saved network is deleted', async ({ page, device }) => {
    await watch(page);
    await connectTo(page, device);
    await page.getByRole('button', { name: 'Choose another network' }).click();
    await page.getByRole('button', { name: 'Saved networks' }).click();
    await page.getByRole('button', { name: `Delete ${house.name}` }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await expect(page.getByText('No networks are saved.')).toBeVisible();
    expect(await moved(page)).toEqual([]);
  });
});
