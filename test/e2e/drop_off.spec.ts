import {
  alert,
  connectTo,
  ending,
  expect,
  heading,
  house,
  isClosed,
  joinNetwork,
  openList,
  row,
  test,
} from './device';

const banner = /does not answer/;

test.describe('when each channel change cuts the phone off for 4 s', () => {
  test.use({ scenario: 'hop', speed: 1 });

  test('the page says which Wi-Fi to rejoin, and shows the result on coming back', async ({
    page,
    device,
  }) => {
    await openList(page, device);
    await joinNetwork(page, house.name, house.password);
    await expect(page.getByText(banner)).toBeVisible();
    await expect(page.getByText(/Join the Wi-Fi “ESP-Prov-8590”/)).toBeVisible();
    await expect(heading(page, 'Connected')).toBeVisible();
    await expect(page.getByText(banner)).toBeHidden();
    await expect(page.getByText('192.168.1.57')).toBeVisible();
  });

  test('a new window shows the result', async ({ page, context, device }) => {
    await openList(page, device);
    await joinNetwork(page, house.name, house.password);
    await expect(page.getByText(banner)).toBeVisible();
    await page.close();
    const other = await context.newPage();
    await expect(async () => {
      await other.goto(device.url);
    }).toPass();
    await expect(heading(other, 'Connected')).toBeVisible();
  });
});

test.describe('when the phone drops off', () => {
  test.use({ speed: 1 });

  test('in the list, the page says so and goes on by itself', async ({ page, device }) => {
    await openList(page, device);
    await device.control({ cmd: 'cut_clients', ms: 9000 });
    await expect(page.getByText(banner)).toBeVisible();
    await expect(row(page, house.name).first()).toBeVisible();
    await expect(page.getByText(banner)).toBeHidden();
  });

  test('while a test is asked for, the test is made once', async ({ page, device }) => {
    await openList(page, device);
    await row(page, house.name).first().click();
    await page.getByLabel('Password', { exact: true }).fill(house.password);
    await device.control({ cmd: 'cut_clients', ms: 2500 });
    await page.getByRole('button', { name: 'Connect' }).click();
    await expect(heading(page, 'Connecting…')).toBeVisible();
    await expect(heading(page, 'Connected')).toBeVisible();
    expect(await device.tests()).toBe(1);
  });

  test('and finishes, the page finds out whether that went through', { tag: ending }, async ({
    page,
    device,
  }) => {
    await connectTo(page, device);
    await device.control({ cmd: 'cut_clients', ms: 1500 });
    await page.getByRole('button', { name: 'Finish set-up' }).click();
    await expect(heading(page, 'All set')).toBeVisible();
    await expect.poll(() => isClosed(device)).toBe(true);
  });
});

test('a test that the silent device was never told of is cancelled at once', async ({
  page,
  device,
}) => {
  await openList(page, device);
  await row(page, house.name).first().click();
  await page.getByLabel('Password', { exact: true }).fill(house.password);
  await page.route('**/api/**', (route) => route.abort());
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(page.locator('[aria-current=step]')).toHaveText('Waiting for the device');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue(house.password);
  await page.unroute('**/api/**');
  await expect(page.getByText(banner)).toBeHidden();
  await expect(heading(page, house.name)).toBeVisible();
  expect(await device.tests()).toBe(0);
});

test('an answer that is lost on its way does not start a second test', async ({ page, device }) => {
  await openList(page, device);
  let lost = 0;
  await page.route('**/api/connect', async (route) => {
    if (route.request().method() === 'POST' && !lost++) {
      await route.fetch();
      await route.abort();
    } else {
      await route.continue();
    }
  });
  await joinNetwork(page, house.name, house.password);
  await expect(heading(page, 'Connected')).toBeVisible();
  expect(lost).toBe(1);
  expect(await device.tests()).toBe(1);
});

test('a device that loses power in the middle of a test says so, and can try again', async ({
  page,
  device,
}) => {
  await device.control({ cmd: 'set_ap', match: { ssid: house.name }, set: { dhcp: 'silent' } });
  await openList(page, device);
  await joinNetwork(page, house.name, house.password);
  await expect(page.locator('[aria-current=step]')).toHaveText('Getting an address');
  await device.powerCycle();
  await expect(alert(page, 'The device restarted')).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue(house.password);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
});

test.describe('a reload', () => {
  test.use({ speed: 2 });
  test('in the middle of a test shows the test and then its result', async ({ page, device }) => {
    await device.control({
      cmd: 'set_ap',
      match: { ssid: house.name },
      set: { dhcp: { delay_ms: 6000, ip: '192.168.1.57', gateway: '192.168.1.1' } },
    });
    await openList(page, device);
    await joinNetwork(page, house.name, house.password);
    await expect(page.locator('[aria-current=step]')).toHaveText('Getting an address');
    await page.reload();
    await expect(heading(page, 'Connecting…')).toBeVisible();
    await expect(page.getByRole('main')).toContainText(house.name);
    await expect(heading(page, 'Connected')).toBeVisible();
    await page.reload();
    await expect(heading(page, 'Connected')).toBeVisible();
  });

  test('after a failure shows it, with the form of that network', async ({ page, device }) => {
    await openList(page, device);
    await joinNetwork(page, house.name, 'boo-boo-bo0');
    await expect(alert(page, 'Wrong password')).toBeVisible();
    await page.reload();
    await expect(alert(page, 'Wrong password')).toBeVisible();
    await expect(heading(page, house.name)).toBeVisible();
    await page.getByLabel('Password', { exact: true }).fill(house.password);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(heading(page, 'Connected')).toBeVisible();
  });
});

test.describe('two windows', () => {
  test.use({ speed: 1 });
  test('at once show the same test and the same result', async ({ page, context, device }) => {
    await device.control({
      cmd: 'set_ap',
      match: { ssid: house.name },
      set: { dhcp: { delay_ms: 7000, ip: '192.168.1.57', gateway: '192.168.1.1' } },
    });
    const other = await context.newPage();
    await openList(page, device);
    await openList(other, device);
    await joinNetwork(page, house.name, house.password);
    await expect(heading(other, 'Connecting…')).toBeVisible();
    await expect(other.getByRole('main')).toContainText(house.name);
    await expect(heading(page, 'Connected')).toBeVisible();
    await expect(heading(other, 'Connected')).toBeVisible();
  });

  test('that test at once share the test of the faster one', async ({ page, context, device }) => {
    await device.control({ cmd: 'set_ap', match: { ssid: house.name }, set: { dhcp: 'silent' } });
    const other = await context.newPage();
    await openList(page, device);
    await openList(other, device);
    await row(other, 'HouseOfBoo Guest').click();
    await joinNetwork(page, house.name, house.password);
    await expect(page.locator('[aria-current=step]')).toHaveText('Getting an address');
    const connect = other.getByRole('button', { name: 'Connect' });
    if (await connect.isVisible()) await connect.click({ timeout: 1000 }).catch(() => {});
    await expect(heading(other, 'Connecting…')).toBeVisible();
    await expect(other.getByRole('main')).toContainText(house.name);
    expect(await device.tests()).toBe(1);
  });
});
