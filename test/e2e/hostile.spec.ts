import { expect, openList, row, test } from './device';

const hostile = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  '{{alert(1)}}',
  "'; alert(1); //",
  '&lt;b&gt;',
  '__proto__',
  'constructor',
];

test('names are text, whatever they say', async ({ page, device }) => {
  for (const [index, ssid] of hostile.slice(1).entries()) {
    await device.control({
      cmd: 'add_ap',
      ap: {
        ssid,
        bssid: `02:00:00:00:01:0${index}`,
        channel: 5,
        rssi: -40,
        security: 'wpa2',
        password: 'hostile-one',
      },
    });
  }
  await openList(page, device);
  await page.getByRole('button', { name: 'Scan again' }).click();
  for (const ssid of hostile) {
    await expect(page.locator('bdi', { hasText: ssid }).first()).toHaveText(ssid);
  }
  expect(await page.locator('main img, main script, main b').count()).toBe(0);

  for (const ssid of hostile) {
    await row(page, ssid).first().click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(ssid);
    await page.getByRole('button', { name: 'Back' }).click();
  }
});

test('control and direction characters do not reach the screen', async ({ page, device }) => {
  await device.control({
    cmd: 'add_ap',
    ap: {
      ssid: 'abc\u202ecba\u0007\n',
      bssid: '02:00:00:00:02:00',
      channel: 5,
      rssi: -40,
      security: 'open',
    },
  });
  await openList(page, device);
  await page.getByRole('button', { name: 'Scan again' }).click();
  await expect(row(page, 'abc�cba��')).toBeVisible();
});

test('a name of 32 wide letters does not widen the page', async ({ page, device }) => {
  await page.setViewportSize({ width: 320, height: 568 });
  await device.control({
    cmd: 'add_ap',
    ap: {
      ssid: 'W'.repeat(32),
      bssid: '02:00:00:00:02:01',
      channel: 5,
      rssi: -40,
      security: 'wpa2',
      password: 'wide-letters',
    },
  });
  await openList(page, device);
  await page.getByRole('button', { name: 'Scan again' }).click();
  await row(page, 'W'.repeat(32)).click();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
});
