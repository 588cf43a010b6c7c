// Our page in Chromium: what its first screen takes, and how smoothly it works. lib/race.mjs has its speed.

import { chromium } from '@playwright/test';
import { Problem } from '../../scripts/lib/setup.mjs';
import { monotonic } from './clock.mjs';
import { Device, until } from './device.mjs';
import { RadioProxy } from './proxy.mjs';
import { links, shownNetwork, slowdown } from './race.mjs';

const patience = 60_000;

/** A new visitor's browser, page and device that has scanned already. */
async function openPage(programs, { scenario = 'home', cpu = 1 } = {}) {
  const device = await new Device().start(programs.simulator, { scenario, logLevel: 'none' });
  await device.scanned();
  const proxy = await new RadioProxy().start();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', ...proxy.arguments],
  });
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: cpu });
  return {
    device,
    proxy,
    page,
    cdp,
    open: () => page.goto(`http://127.0.0.1:${device.port}/`),
    isShown: () => page.getByText(shownNetwork, { exact: true }).first().waitFor(),
    close: async () => {
      await browser.close();
      proxy.stop();
      await device.stop();
    },
  };
}

/**
 * What the first usable screen takes, at the first visit and at a second one: the connections, and each request's
 * status and bytes, heads included, until the list is there and those in `expected` are answered. No times.
 */
export async function measureWeight(programs, expected) {
  const { proxy, page, cdp, open, isShown, close } = await openPage(programs);
  let requests = [];
  await cdp.send('Network.enable');
  cdp.on('Network.requestWillBeSent', ({ request, requestId }) => {
    if (request.url.startsWith('http')) {
      requests.push({ id: requestId, path: new URL(request.url).pathname });
    }
  });
  const statuses = new Map(); // told in any order with the requests
  cdp.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
    statuses.set(requestId, statusCode);
  });
  const ended = new Set();
  cdp.on('Network.loadingFinished', ({ requestId }) => ended.add(requestId));
  const isComplete = (request) => ended.has(request?.id) && statuses.has(request?.id);
  const look = async () => {
    await page.goto('about:blank');
    proxy.reset();
    requests = [];
    await open();
    await isShown();
    await until(
      () =>
        expected.every((path) => isComplete(requests.find((r) => r.path === path))) || undefined,
      `the page to ask for ${expected.join(', ')}`,
    );
    const { connections } = proxy.until(monotonic());
    // Only the first of each: what it asks for again later is not part of the first screen.
    const first = requests.filter((r, i) => requests.findIndex((o) => o.path === r.path) === i);
    return {
      connections,
      requests: first.map(({ id, path }) => {
        const { question, answer } = proxy.exchangeOf(path);
        return { path, status: statuses.get(id), bytes: question + answer };
      }),
    };
  };
  const weight = { first: await look(), again: await look() };
  await close();
  return weight;
}

/** The longest task after the page's load, with 64 networks, a scan and its new list. */
export async function measureSmoothness(programs) {
  const { device, page, open, isShown, close } = await openPage(programs, {
    scenario: 'crowded',
    cpu: slowdown,
  });
  await page.addInitScript(() => {
    window.tasks = [];
    new PerformanceObserver((list) => {
      window.tasks.push(
        ...list.getEntries().map(({ startTime, duration }) => ({ startTime, duration })),
      );
    }).observe({ type: 'longtask', buffered: true });
  });
  await open();
  await isShown();
  const before = (await device.client.get('/api/scan')).json();
  await page.getByRole('button', { name: 'Scan again' }).click();
  await device.scanned();
  // The page asks once more and draws the new list; twice the time between its questions is enough.
  await page.waitForTimeout(3_000);
  const longest = await page.evaluate(() => {
    const loaded = performance.getEntriesByType('navigation')[0].loadEventEnd;
    const after = window.tasks.filter(({ startTime }) => startTime >= loaded);
    return Math.max(0, ...after.map(({ duration }) => duration));
  });
  await close();
  return { networks: before.networks.length, longest };
}

/** From "Connect" to "Connected" on the screen, beside what the device itself took. */
export async function measureJourney(programs) {
  const { device, proxy, page, open, isShown, close } = await openPage(programs, { cpu: slowdown });
  proxy.reset(links['5 Mbit/s, 10 ms']);
  await open();
  await isShown();
  await page.getByRole('listitem').getByRole('button', { name: shownNetwork }).first().click();
  await page.getByLabel('Password', { exact: true }).fill('boo-boo-boo');
  await page.evaluate(() => {
    window.times = {};
    const isConnected = () =>
      [...document.querySelectorAll('h1')].some(
        (h1) => h1.textContent === 'Connected' && h1.checkVisibility(),
      );
    document.addEventListener(
      'click',
      () => {
        window.times.clicked ??= performance.now();
      },
      { capture: true },
    );
    new MutationObserver(() => {
      if (isConnected()) {
        requestAnimationFrame(() => {
          window.times.connected ??= performance.now();
        });
      }
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.waitForFunction(() => window.times.connected, null, { timeout: patience });
  const total = await page.evaluate(() => window.times.connected - window.times.clicked);
  const report = (await device.client.get('/api/connect')).json();
  if (report.state !== 'connected') {
    throw new Problem(`The page said "Connected", the device ${JSON.stringify(report)}`);
  }
  await close();
  return { total, device: report.elapsed_ms, over: total - report.elapsed_ms };
}
