import { alert, connectTo, expect, heading, house, openList, row, test } from './device';

test('a network that worked is saved, and connects again without its password', async ({
  page,
  device,
}) => {
  await connectTo(page, device);
  await page.getByRole('button', { name: 'Choose another network' }).click();
  await expect(row(page, house.name).first()).toContainText('Saved');

  const bodies: unknown[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') bodies.push(request.postDataJSON());
  });
  await row(page, house.name).first().click();
  await expect(page.getByText('The device remembers this network.')).toBeVisible();
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(heading(page, 'Connecting…')).toBeVisible();
  await expect(heading(page, 'Connected')).toBeVisible();
  expect(bodies).toEqual([{ ssid: house.name, security: 'wpa2', saved: true }]);
});

test('a saved network can be given another password', async ({ page, device }) => {
  await connectTo(page, device);
  await page.getByRole('button', { name: 'Choose another network' }).click();
  await device.control({
    cmd: 'set_ap',
    match: { ssid: house.name },
    set: { password: 'new-boo-new-boo' },
  });
  await row(page, house.name).first().click();
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(alert(page, 'Wrong password')).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill('new-boo-new-boo');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
});

test('a saved network is deleted after asking, and stays deleted', async ({ page, device }) => {
  await connectTo(page, device);
  await page.getByRole('button', { name: 'Choose another network' }).click();
  await page.getByRole('button', { name: 'Saved networks' }).click();
  await page.getByRole('button', { name: `Delete ${house.name}` }).click();
  await page.getByRole('button', { name: 'Keep' }).click();
  await page.getByRole('button', { name: `Delete ${house.name}` }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByText('No networks are saved.')).toBeVisible();
  await expect(heading(page, 'Saved networks')).toBeFocused();
  await expect(page.getByText(`${house.name} deleted`)).toHaveCount(1);

  await page.reload();
  await expect(row(page, house.name).first()).not.toContainText('Saved');
  await expect(page.getByRole('button', { name: 'Saved networks' })).toHaveCount(0);
});

test('saved networks survive a power cut', async ({ page, device }) => {
  await connectTo(page, device);
  // Or the page that shows the connection, which the device has lost by then, would go back in its history just when
  // the new one is asked for.
  await page.goto('about:blank');
  await device.powerCycle();
  await openList(page, device);
  await expect(row(page, house.name).first()).toContainText('Saved');
  await page.getByRole('button', { name: 'Saved networks' }).click();
  await page.getByRole('button', { name: `Connect ${house.name}` }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
});

test('a saved network whose name is no text can be deleted', async ({ page, device }) => {
  await openList(page, device);
  await row(page, /Bytes [0-9a-f]+/).click();
  await page.getByLabel('Password', { exact: true }).fill('not-utf8-at-all');
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect(heading(page, 'Connected')).toBeVisible();
  await page.getByRole('button', { name: 'Choose another network' }).click();
  await page.getByRole('button', { name: 'Saved networks' }).click();
  await page.getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByText('No networks are saved.')).toBeVisible();
});

test('the row of a saved network does not change its height, and its name has the whole width', async ({
  page,
  device,
}) => {
  await page.setViewportSize({ width: 320, height: 568 });
  await connectTo(page, device);
  await page.getByRole('button', { name: 'Choose another network' }).click();
  await page.getByRole('button', { name: 'Saved networks' }).click();
  const saved = page.getByRole('listitem');
  const before = await saved.boundingBox();
  expect((await saved.locator('bdi').boundingBox())?.width).toBeGreaterThan(250);
  await page.getByRole('button', { name: `Delete ${house.name}` }).click();
  await expect(page.getByText('Delete this network?')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Keep' })).toBeFocused();
  expect(await saved.boundingBox()).toEqual(before);
});
