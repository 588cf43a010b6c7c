// The page in Chromium, on a slow link and a slow processor, as on a phone beside a device.

import { chromium } from '@playwright/test';
import { Problem } from '../../scripts/lib/setup.mjs';
import { Device, until } from './device.mjs';
import { CountingProxy, startEmptyPage } from './portals.mjs';

/** What a soft-AP gives at some distance, and near by. */
export const links = {
  '1 Mbit/s, 40 ms': { mbit: 1, latency: 40 },
  '5 Mbit/s, 10 ms': { mbit: 5, latency: 10 },
};

/** How much slower than this machine a cheap phone is. */
export const slowdown = 6;

const runs = 5;
const patience = 60_000;

/** A network that every portal is told of; it is in `home` too. */
export const shownNetwork = 'HouseOfBoo';

/**
 * Chromium, which reaches each portal through a proxy that counts its bytes, without knowing: a device
 * redirects who asks for it by another address than its own.
 */
async function openBrowser(portals) {
  const rules = [];
  for (const portal of portals) {
    portal.proxy = await new CountingProxy().start(portal.port);
    rules.push(`MAP 127.0.0.1:${portal.port} 127.0.0.1:${portal.proxy.port}`);
  }
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      `--host-resolver-rules=${rules.join(', ')}`,
    ],
  });
  return {
    newContext: (options) => browser.newContext(options),
    close: async () => {
      await browser.close();
      for (const { proxy } of portals) {
        proxy.stop();
      }
    },
  };
}

const addressOf = ({ port, open = '/' }) => `http://127.0.0.1:${port}${open}`;

/** Runs in the page: notes when something, and when `text`, is first on the screen, and the long tasks. */
function observe(text) {
  window.bench = { tasks: [] };
  const report = () => {
    const { firstPaint, shownAt } = window.bench;
    if (firstPaint !== undefined && shownAt !== undefined) {
      window.reportVisit?.(JSON.stringify({ firstPaint, shownAt, begun: performance.timeOrigin }));
    }
  };
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntriesByName('first-contentful-paint')) {
      window.bench.firstPaint = startTime;
      report();
    }
  }).observe({ type: 'paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      window.bench.tasks.push({ startTime, duration });
    }
  }).observe({ type: 'longtask', buffered: true });
  const isShown = (node) => {
    const element = node.parentElement;
    // What is in a closed <select> can be chosen although it has no place of its own.
    const shown = element?.closest('select') ?? element;
    return shown?.checkVisibility() && shown.getClientRects().length > 0;
  };
  const look = () => {
    if (window.bench.shownAt !== undefined || document.body === null) {
      return;
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node.data.includes(text) && !/SCRIPT|STYLE/.test(node.parentElement?.tagName ?? '')) {
        if (isShown(node)) {
          // The frame after the next is the first that can have been drawn with it.
          requestAnimationFrame(() => {
            window.bench.shownAt ??= performance.timeOrigin + performance.now();
            report();
          });
          return;
        }
      }
    }
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });
  document.addEventListener('DOMContentLoaded', look);
}

/** A new visitor's page on a portal, with the link and the processor as wanted. */
async function openPage(browser, portal, { link, cpu = 1 } = {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.addInitScript(observe, portal.list);
  const cdp = await context.newCDPSession(page);
  const requests = [];
  const statuses = new Map(); // told in any order with the requests
  const reports = [];
  // Whoever asks the page instead has a script of its own run there, at a time that is measured.
  await cdp.send('Runtime.enable');
  await cdp.send('Runtime.addBinding', { name: 'reportVisit' });
  cdp.on('Runtime.bindingCalled', ({ payload }) => reports.push(JSON.parse(payload)));
  await cdp.send('Network.enable');
  cdp.on('Network.requestWillBeSent', ({ request, requestId, wallTime }) => {
    if (request.url.startsWith('http')) {
      const path = new URL(request.url).pathname;
      requests.push({ id: requestId, path, at: wallTime * 1000 });
    }
  });
  cdp.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
    statuses.set(requestId, statusCode);
  });
  cdp.on('Network.loadingFinished', ({ requestId }) => {
    const request = requests.find(({ id }) => id === requestId);
    if (request) {
      request.ended = true;
      request.bytes = portal.proxy.bytesOf(request.path);
    }
  });
  if (link) {
    const throughput = (link.mbit * 1e6) / 8;
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: link.latency,
      downloadThroughput: throughput,
      uploadThroughput: throughput,
    });
  }
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: cpu });
  return { context, page, requests, statuses, reports };
}

const shown = (page) =>
  page.waitForFunction(() => window.bench?.shownAt, null, { timeout: patience });

/**
 * A page that no portal has: the browser's process for this address is there afterwards, so that its
 * start is not taken for the page's.
 */
const warmUp = (page, { port }) => page.goto(`http://127.0.0.1:${port}/wpad.dat`);

/** What had been asked for when the list was there; later questions are of no concern. */
const pathsUntil = (requests, at) =>
  requests.filter((request) => request.at <= at).map(({ path }) => path);

/** One visit until the network is on the screen. Times in ms from the start of the navigation. */
async function visit(browser, portal, options) {
  const { proxy } = portal;
  const { context, page, requests, reports } = await openPage(browser, portal, options);
  await warmUp(page, portal);
  requests.length = 0;
  reports.length = 0;
  proxy.reset();
  await page.goto(addressOf(portal), { waitUntil: 'commit' });
  for (const { click, wait } of portal.steps ?? []) {
    if (click) {
      await page.locator(click).first().click();
    }
    if (wait) {
      await page.locator(wait).first().waitFor();
    }
  }
  const {
    firstPaint,
    shownAt: at,
    begun,
  } = await until(() => reports[0], 'the list', { patience });
  const result = {
    firstPaint,
    list: at - begun,
    bytes: proxy.bytesUntil(at),
    requests: pathsUntil(requests, at).length,
  };
  await context.close();
  return result;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Our page on a device that has scanned already. */
async function ours(programs, scenario = 'home') {
  const device = await new Device().start(programs.simulator, { scenario, logLevel: 'none' });
  await device.scanned();
  return { name: 'this one', version: '', list: shownNetwork, port: device.port, device };
}

/** The bytes of the page itself with question and answer's head, without which nothing is painted. */
async function documentBytes(browser, portal) {
  const { context, page } = await openPage(browser, portal);
  await page.route('**/*', (route) =>
    route.request().resourceType() === 'document' ? route.continue() : route.abort(),
  );
  portal.proxy.reset();
  await page.goto(addressOf(portal));
  await context.close();
  return portal.proxy.bytesUntil(Date.now());
}

/**
 * Our page, an empty one and those of `peers` side by side: each round visits each of them once on each
 * link. The rows are in that order.
 */
export async function measurePages(programs, peers) {
  const device = await ours(programs);
  const empty = await startEmptyPage(shownNetwork);
  const portals = [device, empty, ...peers];
  const browser = await openBrowser(portals);
  const visits = new Map();
  const sizes = new Map();
  for (const portal of portals) {
    sizes.set(portal, await documentBytes(browser, portal));
  }
  for (let run = 0; run < runs; ++run) {
    for (const [linkName, link] of Object.entries(links)) {
      for (const portal of portals) {
        const key = JSON.stringify([portals.indexOf(portal), linkName]);
        const result = await visit(browser, portal, { link, cpu: slowdown });
        visits.set(key, [...(visits.get(key) ?? []), result]);
      }
    }
  }
  const rows = [...visits].map(([key, results]) => {
    const [index, linkName] = JSON.parse(key);
    const portal = portals[index];
    const { mbit, latency } = links[linkName];
    const take = (name) => median(results.map((result) => result[name]));
    const transfer = (bytes) => (bytes * 8) / (mbit * 1000);
    return {
      portal: portal.name,
      version: portal.version,
      link: linkName,
      bytes: take('bytes'),
      requests: take('requests'),
      firstPaint: take('firstPaint'),
      // One round trip and the page's bytes; Chromium's throttling has no round trip to connect.
      limit: latency + transfer(sizes.get(portal)),
      list: take('list'),
    };
  });
  await browser.close();
  empty.stop();
  await device.device.stop();
  return rows;
}

/**
 * What the first usable screen takes, at the first visit and at a second one: the answers' status and
 * the bytes, heads included, of each path that is asked for, until those in `expected` and the list are
 * there. No times.
 */
export async function measureWeight(programs, expected) {
  const portal = await ours(programs);
  const browser = await openBrowser([portal]);
  const { context, page, requests, statuses } = await openPage(browser, portal);
  const isComplete = (request) => request?.ended && statuses.has(request.id);
  const look = async () => {
    await page.goto('about:blank');
    requests.length = 0;
    portal.proxy.reset();
    await page.goto(addressOf(portal));
    await shown(page);
    await until(
      () =>
        expected.every((path) => isComplete(requests.find((r) => r.path === path))) || undefined,
      `the page to ask for ${expected.join(', ')}`,
    );
    // Only the first of each: what it asks for again later is not part of the first screen.
    const first = requests.filter((r, i) => requests.findIndex((o) => o.path === r.path) === i);
    return first.map(({ id, path, bytes }) => ({ path, status: statuses.get(id), bytes }));
  };
  const weight = { first: await look(), again: await look() };
  await context.close();
  await browser.close();
  await portal.device.stop();
  return weight;
}

/** The longest task after the page's load, with 64 networks, a scan and its new list. */
export async function measureSmoothness(programs) {
  const portal = await ours(programs, 'crowded');
  const browser = await openBrowser([portal]);
  const { context, page } = await openPage(browser, portal, { cpu: slowdown });
  await page.goto(addressOf(portal), { waitUntil: 'load' });
  await shown(page);
  const before = (await portal.device.client.get('/api/scan')).json();
  await page.getByRole('button', { name: 'Scan again' }).click();
  await page.waitForFunction(() => window.bench.tasks !== undefined);
  await portal.device.scanned();
  // The page asks once more and draws the new list; twice the time between its questions is enough.
  await page.waitForTimeout(3_000);
  const tasks = await page.evaluate(() => {
    const loaded = performance.getEntriesByType('navigation')[0].loadEventEnd;
    return window.bench.tasks.filter(({ startTime }) => startTime >= loaded);
  });
  const beforeLoad = await page.evaluate(() => window.bench.tasks);
  await context.close();
  await browser.close();
  await portal.device.stop();
  return {
    networks: before.networks.length,
    longest: Math.max(0, ...tasks.map(({ duration }) => duration)),
    longestAtAll: Math.max(0, ...beforeLoad.map(({ duration }) => duration)),
  };
}

/** From "Connect" to "Connected" on the screen, beside what the device itself took. */
export async function measureJourney(programs) {
  const portal = await ours(programs);
  const browser = await openBrowser([portal]);
  const link = links['5 Mbit/s, 10 ms'];
  const { context, page } = await openPage(browser, portal, { link, cpu: slowdown });
  await page.goto(addressOf(portal));
  await page.getByRole('listitem').getByRole('button', { name: shownNetwork }).first().click();
  await page.getByLabel('Password', { exact: true }).fill('boo-boo-boo');
  await page.evaluate(() => {
    const isConnected = () =>
      [...document.querySelectorAll('h1')].some(
        (h1) => h1.textContent === 'Connected' && h1.checkVisibility(),
      );
    document.addEventListener(
      'click',
      () => {
        window.bench.clickedAt ??= performance.now();
      },
      { capture: true },
    );
    new MutationObserver(() => {
      if (isConnected()) {
        requestAnimationFrame(() => {
          window.bench.connectedAt ??= performance.now();
        });
      }
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  const ended = await page.waitForFunction(() => window.bench.connectedAt, null, {
    timeout: patience,
  });
  const total = (await ended.jsonValue()) - (await page.evaluate(() => window.bench.clickedAt));
  const report = (await portal.device.client.get('/api/connect')).json();
  if (report.state !== 'connected') {
    throw new Problem(`The page said "Connected", the device ${JSON.stringify(report)}`);
  }
  await context.close();
  await browser.close();
  await portal.device.stop();
  return { total, device: report.elapsed_ms, over: total - report.elapsed_ms };
}
