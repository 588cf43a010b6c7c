import type { Page } from '@playwright/test';
import noScanYet from '../fixtures/scan-running.json' with { type: 'json' };
import mayForgetAll from '../fixtures/status-may-forget-all.json' with { type: 'json' };
import scanning from '../fixtures/status-scanning.json' with { type: 'json' };
import {
  alert,
  connectTo,
  type Device,
  expect,
  heading,
  house,
  joinNetwork,
  openList,
  row,
} from './device';

/** A test of the house's network fails, once something is wrong with it. */
async function fails(page: Page, device: Device, set: object, what: string) {
  await device.control({ cmd: 'set_ap', match: { ssid: house.name }, set });
  await openList(page, device);
  await joinNetwork(page, house.name, house.password);
  await expect(alert(page, what)).toBeVisible();
}

/** Has the device tell more in its status, also in the one that comes with the page. */
async function tells(page: Page, device: Device, more: object) {
  await page.route(`${device.url}api/status`, async (route) => {
    const reply = await route.fetch();
    await route.fulfill({ json: { ...(await reply.json()), ...more } });
  });
  await page.route(device.url, async (route) => {
    const reply = await route.fetch();
    const { 'content-security-policy': policy } = reply.headers();
    const members = JSON.stringify(more).slice(1, -1);
    const body = (await reply.text()).replace('"completed":', `${members},$&`);
    const headers = { 'Content-Type': 'text/html', 'Content-Security-Policy': `${policy}` };
    await route.fulfill({ body, headers });
  });
}

/** Every state of the page, and how to get there. */
export const states = {
  'first scan': async (page: Page, device: Device) => {
    // A real one would be over before a look at it is.
    for (const { request, response } of [scanning, noScanYet])
      await page.route(`**${request.path}`, (route) => route.fulfill({ json: response.body }));
    await page.goto(device.url);
    await expect(page.getByRole('button', { name: 'Scanning…' })).toBeVisible();
    await expect(page.getByRole('banner')).toContainText(scanning.response.body.device.name);
  },
  list: openList,
  form: async (page: Page, device: Device) => {
    await openList(page, device);
    await row(page, house.name).first().click();
  },
  'form with a problem': async (page: Page, device: Device) => {
    await openList(page, device);
    await row(page, house.name).first().click();
    await page.getByRole('button', { name: 'Connect' }).click();
    await expect(page.locator('[aria-invalid=true]')).toBeVisible();
  },
  'open network': async (page: Page, device: Device) => {
    await openList(page, device);
    await row(page, 'HouseOfBoo Guest').click();
  },
  'other network': async (page: Page, device: Device) => {
    await openList(page, device);
    await row(page, /Other network/).click();
  },
  connecting: async (page: Page, device: Device) => {
    await device.control({ cmd: 'set_ap', match: { ssid: house.name }, set: { dhcp: 'silent' } });
    await openList(page, device);
    await joinNetwork(page, house.name, house.password);
    await expect(page.locator('[aria-current=step]')).toHaveText('Getting an address');
  },
  failed: async (page: Page, device: Device) => {
    await openList(page, device);
    await joinNetwork(page, house.name, 'boo-boo-bo0');
    await expect(alert(page, 'Wrong password')).toBeVisible();
  },
  refused: async (page: Page, device: Device) => {
    await fails(page, device, { refuse_association: { status: 1 } }, 'refuses this device');
  },
  full: async (page: Page, device: Device) => {
    await fails(page, device, { refuse_association: { status: 17 } }, 'The router is full');
  },
  'no address': async (page: Page, device: Device) => {
    await fails(page, device, { dhcp: 'silent' }, 'No address from the router');
    await expect(page.getByRole('button', { name: 'Keep' })).toBeVisible();
  },
  'nearest name': async (page: Page, device: Device) => {
    await openList(page, device);
    await row(page, /Other network/).click();
    await page.getByLabel('Network name').fill('houseofboo');
    await page.getByLabel('Password', { exact: true }).fill(house.password);
    await page.getByRole('button', { name: 'Connect' }).click();
    await expect(page.getByRole('button', { name: `Connect ${house.name}` })).toBeVisible();
  },
  'one name twice': async (page: Page, device: Device) => {
    await device.control({
      cmd: 'add_ap',
      ap: {
        ssid: house.name,
        bssid: '02:00:00:00:00:01',
        channel: 6,
        rssi: -58,
        security: 'open',
      },
    });
    await openList(page, device);
    await page.getByRole('button', { name: 'Scan again' }).click();
    await expect(row(page, house.name)).toHaveCount(2);
    await expect(page.getByRole('button', { name: 'Scan again' })).toBeEnabled();
  },
  'still looking': async (page: Page, device: Device) => {
    await tells(page, device, { looking_for: { ssid: 'Attic Studio' } });
    await openList(page, device);
    await expect(page.getByText('Still looking for Attic Studio…')).toBeVisible();
  },
  connected: connectTo,
  saved: async (page: Page, device: Device) => {
    await connectTo(page, device);
    await page.getByRole('button', { name: 'Choose another network' }).click();
    await page.getByRole('button', { name: 'Saved networks' }).click();
    await page.getByRole('button', { name: `Delete ${house.name}` }).click();
  },
  'all saved networks': async (page: Page, device: Device) => {
    const { may_forget_all } = mayForgetAll.response.body;
    await tells(page, device, { may_forget_all });
    await connectTo(page, device);
    await page.getByRole('button', { name: 'Choose another network' }).click();
    await page.getByRole('button', { name: 'Saved networks' }).click();
    await page.getByRole('button', { name: 'Delete all networks' }).click();
    await expect(page.getByText('Delete all networks?')).toBeVisible();
  },
  done: async (page: Page, device: Device) => {
    await connectTo(page, device);
    await page.getByRole('button', { name: 'Finish set-up' }).click();
    await expect(heading(page, 'All set')).toBeVisible();
  },
  'no answer': async (page: Page, device: Device) => {
    await openList(page, device);
    await device.control({ cmd: 'cut_clients', ms: 300_000 });
    await expect(page.getByText('does not answer')).toBeVisible();
  },
};
