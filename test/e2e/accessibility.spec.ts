import { expectNoFindings } from './axe';
import { alert, ending, expect, heading, house, openList, row, test } from './device';
import { states } from './states';

const sizes = {
  'a small phone': { width: 320, height: 568 },
  'a phone': { width: 390, height: 844 },
  'a desktop': { width: 1280, height: 800 },
};

test.use({ speed: 2 });

/** States that pass by: they have to last as long as they are looked at. */
const passing = ['first scan', 'connecting'];

for (const [state, reach] of Object.entries(states)) {
  test.describe(() => {
    test.use({ speed: passing.includes(state) ? 2 : 8 });

    test(`axe finds nothing in the state: ${state}`, {
      tag: state === 'done' ? ending : [],
    }, async ({ page, device }) => {
      await reach(page, device);
      for (const direction of ['ltr', 'rtl']) {
        await page.evaluate((dir) => {
          document.documentElement.dir = dir;
        }, direction);
        await expectNoFindings(page);
        for (const size of Object.values(sizes)) {
          await page.setViewportSize(size);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(size.width);
          const small = await page.getByRole('button').evaluateAll((buttons) =>
            buttons
              .map((button) => button.getBoundingClientRect())
              .filter((box) => box.height < 44 || box.width < 44)
              .map((box) => `${box.width} x ${box.height}`),
          );
          expect(small).toEqual([]);
        }
      }
      // Twice the size of text, on the smallest window.
      await page.setViewportSize(sizes['a small phone']);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = '200%';
      });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    });
  });
}

test("in the system's own colours the signal is drawn, too, and axe finds nothing", async ({
  page,
  device,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await openList(page, device);
  const signal = row(page, house.name).first().locator('.signal');
  await expect(signal).toHaveCSS('background-image', /radial-gradient/);
  await expectNoFindings(page);
});

test('the scheme follows the phone', async ({ page, device }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(device.url);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await background()).not.toBe(light);
});

test('everything can be done with the keyboard alone', { tag: ending }, async ({
  page,
  device,
}) => {
  test.slow();
  await openList(page, device);
  /** Presses Tab until the focus is on what is meant, as an owner would. */
  const tabTo = async (name: string | RegExp) => {
    const target = page.getByRole('button', { name }).first();
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      if (await target.evaluate((element) => element === document.activeElement)) {
        const outline = await target.evaluate((element) => getComputedStyle(element).outlineStyle);
        expect(outline).toBe('solid');
        return;
      }
    }
    throw new Error(`Tab never got to ${name}`);
  };
  await tabTo(/HouseOfBoo(?! Guest)/);
  await page.keyboard.press('Enter');
  await page.keyboard.type('boo-boo-bo0');
  await page.keyboard.press('Enter');
  await expect(alert(page, 'Wrong password')).toBeVisible();
  await expect(heading(page, house.name)).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
  await page.keyboard.press('End');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('o');
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Connected')).toBeVisible();
  await tabTo('Choose another network');
  await page.keyboard.press('Enter');
  await tabTo('Saved networks');
  await page.keyboard.press('Enter');
  await tabTo(`Delete ${house.name}`);
  await page.keyboard.press('Enter');
  await tabTo('Keep');
  await page.keyboard.press('Space');
  await tabTo('Back');
  await page.keyboard.press('Enter');
  await tabTo(/Other network/);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Network name')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(page.getByLabel('This network has no password')).toBeChecked();
  await tabTo('Back');
  await page.keyboard.press('Enter');
  await tabTo(/Ready to finish/);
  await page.keyboard.press('Enter');
  await tabTo('Finish set-up');
  await page.keyboard.press('Enter');
  await expect(heading(page, 'All set')).toBeFocused();
});

test('the focus stays in sight: on the checkbox, and on the rows', async ({ page, device }) => {
  await openList(page, device);
  await row(page, /Other network/).click();
  await page.keyboard.press('Tab');
  const checkbox = page.getByRole('checkbox');
  await expect(checkbox).toBeFocused();
  await expect(checkbox).toHaveCSS('outline-style', 'solid');
  await expect(checkbox).toHaveCSS('outline-offset', '2px');
  await page.getByRole('button', { name: 'Back' }).click();
  await expect(page.getByRole('listitem').first().getByRole('button')).toHaveCSS(
    'border-top-left-radius',
    '16px',
  );
});

test('no control with the focus lies under the banner on a small phone', async ({
  page,
  device,
}) => {
  await page.setViewportSize(sizes['a small phone']);
  await openList(page, device);
  await device.control({ cmd: 'cut_clients', ms: 300_000 });
  await expect(page.getByText('does not answer')).toBeVisible();
  const count = await page.getByRole('button').count();
  for (const key of ['Tab', 'Shift+Tab']) {
    for (let presses = 0; presses < count; presses++) {
      await page.keyboard.press(key);
      const isCovered = await page.evaluate(() => {
        const focused = document.activeElement;
        if (!focused || focused === document.body) return false;
        const { left, top, width, height } = focused.getBoundingClientRect();
        return [top + 4, top + height - 4].some(
          (y) => !focused.contains(document.elementFromPoint(left + width / 2, y)),
        );
      });
      expect(isCovered).toBe(false);
    }
  }
});

test('the focus is not lost by scanning again', async ({ page, device }) => {
  await openList(page, device);
  const scan = page.getByRole('button', { name: /Scan/ });
  await scan.focus();
  await page.keyboard.press('Enter');
  await expect(scan).toHaveText('Scanning…');
  await expect(scan).toHaveText('Scan again');
  await expect(scan).toBeFocused();
});
