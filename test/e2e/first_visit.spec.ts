import { get, type IncomingMessage } from 'node:http';
import { expect, heading, openList, row, test } from './device';

const fetchRaw = (url: string, headers: Record<string, string> = {}) =>
  new Promise<{ reply: IncomingMessage; body: Buffer }>((resolve, reject) => {
    get(url, { headers }, (reply) => {
      const parts: Buffer[] = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('end', () => resolve({ reply, body: Buffer.concat(parts) }));
    }).on('error', reject);
  });

test('the list is there at once, strongest first, with its age and a button to scan again', async ({
  page,
  device,
}) => {
  await openList(page, device);
  await expect(page.getByRole('banner')).toHaveText(/\S/);
  await expect(row(page, 'HouseOfBoo').first()).toBeVisible();
  await expect(page.getByText(/Just now|\d+ min ago/)).toBeVisible();
  const rows = await page.getByRole('listitem').allInnerTexts();
  expect(rows[0]).toContain('HouseOfBoo');
  expect(rows.filter((text) => /^HouseOfBoo$/m.test(text))).toHaveLength(1);
});

test('the page is one file, and asks its own device alone', async ({ page, device }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await openList(page, device);
  await row(page, 'HouseOfBoo').first().click();
  const { origin } = new URL(device.url);
  const strange = asked.filter(
    (url) => !url.startsWith('data:') && url !== `${origin}/` && !url.startsWith(`${origin}/api/`),
  );
  expect(strange).toEqual([]);
  expect(asked.filter((url) => url === `${origin}/`)).toHaveLength(1);
});

test('the first frame of a slow phone has the mark: it is the first that stands in the body', async ({
  device,
}) => {
  // docs/page-format.md: such a frame has the first element and the one inside it.
  const text = await (await fetch(device.url)).text();
  expect(text).toMatch(/<\/style><svg [^>]*><path [^>]*\/><\/svg><header>/);
});

/** Of the gzip header's comment: docs/page-format.md. */
const COMMENT_AT = 32;

test('a strict policy travels with the page, and the page keeps it', async ({
  context,
  device,
}) => {
  const { reply, body } = await fetchRaw(device.url);
  expect(reply.headers['content-encoding']).toBe('gzip');
  const policy = String(reply.headers['content-security-policy']);
  expect(policy).toBe(body.subarray(COMMENT_AT, body.indexOf(0, COMMENT_AT)).toString('latin1'));
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("connect-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect(reply.headers['x-content-type-options']).toBe('nosniff');
  expect(reply.headers['referrer-policy']).toBe('no-referrer');
  expect(reply.headers['x-frame-options']).toBe('DENY');

  // A page of its own, since the browser reports the script that is refused.
  const page = await context.newPage();
  await page.goto(device.url);
  await expect(page).toHaveTitle(/^Choose a Wi-Fi network/);
  const refused = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) =>
          resolve(event.effectiveDirective),
        );
        const script = document.createElement('script');
        script.textContent = 'document.title = "taken over"';
        document.head.append(script);
      }),
  );
  expect(await refused).toMatch(/^script-src/);
  await expect(page).not.toHaveTitle('taken over');
});

test('the first screen takes one request', async ({ page, device }) => {
  await openList(page, device);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(device.url);
  await expect(row(page, 'HouseOfBoo').first()).toBeVisible();
  expect(asked).toEqual(['/']);
});

test('a browser gets the page in its own language, and the menu leads to others', async ({
  browser,
  device,
}) => {
  const context = await browser.newContext({ locale: 'de-AT' });
  const page = await context.newPage();
  await page.goto(device.url);
  await expect(heading(page, 'Wähle ein WLAN')).toBeVisible();
  await page.getByRole('combobox').selectOption('en');
  await expect(heading(page, 'Choose a Wi-Fi network')).toBeVisible();
  await context.close();
});

test('any other address leads to the page', async ({ page, device }) => {
  await page.goto(new URL('/generate_204', device.url).href);
  expect(page.url()).toBe(new URL('/', device.url).href);
  await expect(heading(page, 'Choose a Wi-Fi network')).toBeVisible();
});

test('scanning again finds what is new, and keeps the list until then', async ({
  page,
  device,
}) => {
  await openList(page, device);
  await device.control({
    cmd: 'add_ap',
    ap: {
      ssid: 'Brand New',
      bssid: '02:00:00:00:00:01',
      channel: 5,
      rssi: -40,
      security: 'wpa2',
      password: 'brand-new-1',
    },
  });
  await page.getByRole('button', { name: 'Scan again' }).click();
  await expect(page.getByRole('button', { name: 'Scanning…' })).toBeDisabled();
  await expect(row(page, 'HouseOfBoo').first()).toBeVisible();
  await expect(row(page, 'Brand New')).toBeVisible();
});

test('networks that are not supported yet are shown, and can not be chosen', async ({
  page,
  device,
}) => {
  await openList(page, device);
  await expect(row(page, 'GhostCorp')).toBeDisabled();
  await expect(row(page, 'GhostCorp')).toContainText('not supported yet');
});

test.describe('before the first scan has ended', () => {
  test.use({ speed: 1 });
  test('placeholder rows stand where the list will be', async ({ page, device }) => {
    await device.powerCycle();
    await page.goto(device.url);
    await expect(page.locator('.ghost')).toHaveCount(5);
    await expect(page.getByRole('button', { name: 'Scanning…' })).toBeVisible();
    await expect(row(page, 'HouseOfBoo').first()).toBeVisible();
    await expect(page.locator('.ghost')).toHaveCount(0);
  });
});

test.describe('with nothing on the air', () => {
  test.use({ scenario: 'quiet' });
  test('the list says that it is empty, and what to do', async ({ page, device }) => {
    await openList(page, device);
    await expect(page.getByText('No networks found.')).toBeVisible();
    await expect(page.getByText('Scan failed.')).toBeHidden();
  });
});

test.describe('with a radio that can not scan', () => {
  test.use({ scenario: 'scan-fails' });
  test('the page says so, and the scan can be tried again', async ({ page, device }) => {
    await openList(page, device);
    const failed = page.getByRole('listitem').filter({ hasText: 'Scan failed.' });
    await expect(failed).toBeVisible();
    await expect(page.getByText('No networks found.')).toBeHidden();
    await device.control({ cmd: 'set', scan_fails: null });
    await page.getByRole('button', { name: 'Scan again' }).click();
    await expect(row(page, 'HouseOfBoo').first()).toBeVisible();
    await expect(failed).toBeHidden();
  });
});

test.describe('with 64 access points', () => {
  test.use({ scenario: 'crowded' });
  test('every network has its row', async ({ page, device }) => {
    await openList(page, device);
    // One more for the network that is not in the list.
    expect(await page.getByRole('listitem').count()).toBeGreaterThan(60);
    await expect(row(page, 'HouseOfBoo').first()).toBeVisible();
  });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test('there is a sentence that says what to do', async ({ page, device }) => {
    await page.goto(device.url);
    await expect(page.locator('noscript p')).toBeVisible();
  });
});
