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
  test,
} from './device';

/** Everything of the page that could hold a text: elements, their values, address, storage. */
const everything = (page: Page) =>
  page.evaluate(() => {
    const values = Array.from(document.querySelectorAll('input, textarea, select'), (field) =>
      'value' in field ? String(field.value) : '',
    );
    const kept = (() => {
      try {
        return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]);
      } catch {
        return '';
      }
    })();
    const state = JSON.stringify(history.state);
    return [
      document.documentElement.outerHTML,
      location.href,
      document.title,
      kept,
      state,
      ...values,
    ].join('\n');
  });

test('once it is sent, and once it has worked, a password is nowhere in the page', async ({
  page,
  device,
}) => {
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  await openList(page, device);
  await joinNetwork(page, house.name, house.password);
  await expect(heading(page, /^(Connecting…|Connected)$/)).toBeVisible();
  expect(await everything(page)).not.toContain(house.password);
  await expect(heading(page, 'Connected')).toBeVisible();
  expect(await everything(page)).not.toContain(house.password);
  expect(urls.join('\n')).not.toContain(house.password);
  expect(device.log()).not.toContain(house.password);
  await page.reload();
  expect(await everything(page)).not.toContain(house.password);
});

test('a wrong one is kept for correction only in its field', async ({ page, device }) => {
  const wrong = 'not-the-password-7';
  await openList(page, device);
  await joinNetwork(page, house.name, wrong);
  await expect(alert(page, /password/i).first()).toBeVisible();
  const shown = await everything(page);
  expect(shown.split(wrong).length - 1).toBeLessThanOrEqual(1);
  expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(wrong);
  expect(device.log()).not.toContain(wrong);

  await page.getByLabel('Password', { exact: true }).fill(house.password);
  await page.getByRole('button', { name: /^(Connect|Try again)$/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Connected' })).toBeVisible();
  expect(await everything(page)).not.toContain(wrong);
  expect(await everything(page)).not.toContain(house.password);
});

test('the page asks nobody but the device', { tag: ending }, async ({ page, device }) => {
  const origins = new Set<string>();
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  await connectTo(page, device);
  await page.getByRole('button', { name: 'Finish set-up' }).click();
  await expect(heading(page, 'All set')).toBeVisible();
  expect([...origins]).toEqual([new URL(device.url).origin]);
});
