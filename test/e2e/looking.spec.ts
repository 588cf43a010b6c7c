import { connectTo, expect, heading, house, isClosed, row, test } from './device';

/*
 * A device that connects by itself, and opens its portal since it can not.
 */

test.use({ connectsAtBoot: true, speed: 60 });

test('the list names the network that the device still looks for, and all saved ones can be deleted', async ({
  page,
  device,
}) => {
  await connectTo(page, device);
  await page.getByRole('button', { name: 'Finish set-up' }).click();
  await expect(heading(page, 'All set')).toBeVisible();
  await expect.poll(() => isClosed(device)).toBe(true);
  // Its router is gone after a power cut.
  await page.goto('about:blank');
  await device.powerCycle('quiet');

  await page.goto(device.url);
  const looking = page.getByText(`Still looking for ${house.name}…`);
  await expect(looking).toBeVisible();
  await row(page, /Other network/).click();
  await expect(page.getByLabel('Network name')).toBeVisible();
  await page.getByRole('button', { name: 'Back' }).click();
  await expect(looking).toBeVisible();

  await page.getByRole('button', { name: 'Saved networks' }).click();
  await page.getByRole('button', { name: 'Delete all networks' }).click();
  await page.getByRole('button', { name: 'Keep' }).click();
  await page.getByRole('button', { name: 'Delete all networks' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByText('No networks are saved.')).toBeVisible();
  await expect(heading(page, 'Saved networks')).toBeFocused();

  await page.reload();
  await expect(row(page, /Other network/)).toBeVisible();
  await expect(looking).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Saved networks' })).toHaveCount(0);
});
