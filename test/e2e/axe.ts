import type { Page } from '@playwright/test';
import axe from 'axe-core';
import { expect } from './device';

/** Puts axe into the document, unless it is there. Twice as fast as AxeBuilder, which opens a page of its own. */
async function inject(page: Page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
}

const findings = (page: Page, options: axe.RunOptions) =>
  page.evaluate(async (chosen) => {
    const { violations } = await axe.run(document, { ...chosen, resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html)]);
  }, options);

/** axe finds nothing in either colour scheme: all rules in the light, and in the dark those that look at colours. */
export async function expectNoFindings(page: Page) {
  await inject(page);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  expect(await findings(page, {})).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  expect(await findings(page, { runOnly: ['cat.color'] })).toEqual([]);
}
