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

test('the right password connects, and set-up ends', { tag: ending }, async ({ page, device }) => {
  await connectTo(page, device);
  await expect(page.getByText('192.168.1.57')).toBeVisible();
  await expect(page.getByRole('main')).toContainText('HouseOfBoo');

  await page.getByRole('button', { name: 'Finish set-up' }).click();
  await expect(heading(page, 'All set')).toBeVisible();
  await expect(page.getByText('192.168.1.57')).toBeVisible();
  await expect(page.getByText(/closes, and your phone goes back/)).toBeVisible();
  await expect.poll(() => isClosed(device)).toBe(true);
  expect(device.log()).not.toContain(house.password);
});

test('after the end the page asks nothing more', { tag: ending }, async ({ page, device }) => {
  await connectTo(page, device);
  await page.getByRole('button', { name: 'Finish set-up' }).click();
  await expect(heading(page, 'All set')).toBeVisible();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await expect.poll(() => isClosed(device)).toBe(true);
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  expect(asked).toEqual([]);
});

test.describe('at the speed of life', () => {
  test.use({ speed: 1 });
  test('the test shows its phases one after the other', async ({ page, device }) => {
    await device.control({
      cmd: 'set_ap',
      match: { ssid: house.name },
      set: { dhcp: { delay_ms: 2500, ip: '192.168.1.57', gateway: '192.168.1.1' } },
    });
    await openList(page, device);
    await joinNetwork(page, house.name, house.password);
    const current = page.locator('[aria-current=step]');
    await expect(heading(page, 'Connecting…')).toBeVisible();
    await expect(current).toHaveText('Finding the network');
    await expect(current).toHaveText('Getting an address');
    await expect(page.getByRole('status').last()).toHaveText('Getting an address');
    await expect(heading(page, 'Connected')).toBeVisible();
    await expect(page.getByRole('status').last()).toHaveText('Connected');
  });

  test('a wrong password shows the check, and cancelling goes back', async ({ page, device }) => {
    await openList(page, device);
    await joinNetwork(page, house.name, 'boo-boo-bo0');
    await expect(page.locator('[aria-current=step]')).toHaveText('Checking the password');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(heading(page, house.name)).toBeVisible();
    await expect(page.locator('.alert')).toHaveCount(0);
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('boo-boo-bo0');
  });
});

test('a wrong password is called wrong, is kept, and can be corrected', async ({
  page,
  device,
}) => {
  await openList(page, device);
  await joinNetwork(page, house.name, 'boo-boo-bo0');
  await expect(alert(page, 'Wrong password')).toBeVisible();
  const password = page.getByLabel('Password', { exact: true });
  await expect(password).toHaveValue('boo-boo-bo0');
  await expect(password).toHaveAttribute('type', 'password');
  await page.getByRole('button', { name: 'Show password' }).click();
  await expect(password).toHaveAttribute('type', 'text');
  await password.fill(house.password);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
});

test('the password field suits a password', async ({ page, device }) => {
  await openList(page, device);
  await row(page, house.name).first().click();
  const password = page.getByLabel('Password', { exact: true });
  await expect(password).toBeFocused();
  await expect(password).toHaveAttribute('autocomplete', 'current-password');
  await expect(password).toHaveAttribute('autocapitalize', 'none');
  await expect(password).toHaveAttribute('autocorrect', 'off');
  await expect(password).toHaveAttribute('spellcheck', 'false');
});

test('a password that can not be right is not sent', async ({ page, device }) => {
  await openList(page, device);
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') sent.push(request.url());
  });
  await joinNetwork(page, house.name, 'short');
  const password = page.getByLabel('Password', { exact: true });
  await expect(password).toHaveAttribute('aria-invalid', 'true');
  await expect(password).toBeFocused();
  await expect(page.locator('.bad', { hasText: '8 to 63 characters' })).toBeVisible();
  expect(sent).toEqual([]);
});

test('an open network needs no password', async ({ page, device }) => {
  await openList(page, device);
  await row(page, 'HouseOfBoo Guest').click();
  await expect(page.getByLabel('Password', { exact: true })).toHaveCount(0);
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
  await expect(page.getByText('10.20.0.113')).toBeVisible();
});

for (const [what, name, password] of [
  ['WPA3', 'Hauntingly Fast', 'moonlight-sonata'],
  ['emoji in its name', '👻 Boo Café 👻', 'espresso-martini'],
  ['markup in its name', '<img src=x onerror=alert(1)>', 'hunter2hunter2'],
  ['quotes in its name and password', 'Bob\'s "5G" \\ café', 'it\'s "quoted" \\ ok'],
  ['a name of 32 bytes', 'ThirtyTwoBytesLongNetworkName!32', 'exactly-32-bytes'],
] as const) {
  test(`a network with ${what} connects`, async ({ page, device }) => {
    await openList(page, device);
    await joinNetwork(page, name, password);
    await expect(heading(page, 'Connected')).toBeVisible();
    await expect(page.getByRole('main')).toContainText(name);
  });
}

test('a network whose name is no text connects', async ({ page, device }) => {
  await openList(page, device);
  await row(page, /Bytes [0-9a-f]+/).click();
  await page.getByLabel('Password', { exact: true }).fill('not-utf8-at-all');
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
});

test('a hidden network connects by its name', async ({ page, device }) => {
  await openList(page, device);
  await expect(row(page, 'attic')).toHaveCount(0);
  await row(page, /Other network/).click();
  await expect(page.getByLabel('Network name')).toBeFocused();
  await page.getByLabel('Network name').fill('attic');
  await page.getByLabel('Password', { exact: true }).and(page.locator('[id]')).fill('cobwebs-1');
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
  await expect(page.getByRole('main')).toContainText('attic');
});

test('a name that nobody answers to can be corrected', async ({ page, device }) => {
  await openList(page, device);
  await row(page, /Other network/).click();
  await page.getByLabel('Network name').fill('atick');
  await page.locator('#password').fill('cobwebs-1');
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(alert(page, 'Network not found')).toBeVisible();
  await expect(page.getByLabel('Network name')).toHaveValue('atick');
  await expect(page.locator('#password')).toHaveValue('cobwebs-1');
  await page.getByLabel('Network name').fill('attic');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
});

test('a network said to have no password is joined without one', async ({ page, device }) => {
  await device.control({
    cmd: 'add_ap',
    ap: {
      ssid: 'cellar',
      bssid: '02:00:00:00:00:02',
      channel: 5,
      rssi: -50,
      security: 'open',
      hidden: true,
    },
  });
  await openList(page, device);
  await row(page, /Other network/).click();
  await page.getByLabel('Network name').fill('cellar');
  await page.getByLabel('This network has no password').check();
  await expect(page.locator('#password')).toHaveCount(0);
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
});

test('a network too far away is called weak', async ({ page, device }) => {
  await device.control({
    cmd: 'set_ap',
    match: { ssid: 'Far Away Manor' },
    set: { rssi: -93 },
  });
  await openList(page, device);
  await row(page, /Other network/).click();
  await page.getByLabel('Network name').fill('Far Away Manor');
  await page.locator('#password').fill('creaking-door');
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(alert(page, /Signal too weak|Network not found/)).toBeVisible();
});

test.describe('with a router that gives no addresses', () => {
  test.use({ scenario: 'no-dhcp' });
  test('that is what the page says', async ({ page, device }) => {
    await openList(page, device);
    await joinNetwork(page, house.name, house.password);
    await expect(alert(page, 'No address from the router')).toBeVisible();
    await expect(alert(page, 'The device was let in')).toBeVisible();
  });
});

test('another network can be chosen after one has worked, and the first one finished', {
  tag: ending,
}, async ({ page, device }) => {
  await connectTo(page, device);
  await page.getByRole('button', { name: 'Choose another network' }).click();
  await expect(heading(page, 'Choose a Wi-Fi network')).toBeVisible();
  await page.getByRole('button', { name: 'Ready to finish' }).click();
  await page.getByRole('button', { name: 'Finish set-up' }).click();
  await expect(heading(page, 'All set')).toBeVisible();
});
