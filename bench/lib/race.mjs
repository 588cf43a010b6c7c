// Portals' pages against each other: from the first navigation to the first paint and to the list of networks,
// over a slow radio and with a slow processor. The times come from Chromium's trace, so that nothing in the page
// has to find them out.

import { Problem } from '../../scripts/lib/setup.mjs';
import { Chromium } from './chromium.mjs';
import { Device, until } from './device.mjs';
import { startEmptyPage } from './portals.mjs';
import { RadioProxy } from './proxy.mjs';
import { wireTime } from './radio.mjs';

/** What a soft-AP gives at some distance, and near by. */
export const links = {
  '1 Mbit/s, 40 ms': { mbit: 1, latency: 40 },
  '5 Mbit/s, 10 ms': { mbit: 5, latency: 10 },
};

/** How much slower than this machine a cheap phone is. */
export const slowdown = 6;

/** A network that every portal is told of; it is in `home` too. */
export const shownNetwork = 'HouseOfBoo';

const screen = { width: 390, height: 844 };
const patience = 60_000;

/** What the trace has to tell: navigations, first paints, and when a frame was on the screen. */
const categories = ['blink.user_timing', 'rail', 'disabled-by-default-devtools.timeline.frame'];
const listMark = 'bench-list';

/**
 * Runs in each document before its own scripts: marks the time when `text` has come into it, presses what
 * `steps` names, and reports when the text can be seen. Costs the page little: it reads texts, so that no other kind
 * of node has to be made for scripts, and asks what is visible only after a frame, when the layout is there.
 */
function observe({ text, steps, mark }) {
  // A press may lead to a second document, where the rest is left to do. Only a name gets there.
  let step = Number(window.name) || 0;
  let found = [];
  let isMarked = false;
  let isAsked = false;
  let isComplete = false;
  let isReported = false;
  const changes = { subtree: true, childList: true, characterData: true };
  const isShown = (element) => {
    // What is in a closed <select> can be chosen although it has no place of its own.
    const shown = element.closest('select') ?? element;
    return shown.checkVisibility({ visibilityProperty: true }) && shown.getClientRects().length > 0;
  };
  const takeSteps = () => {
    for (; step < steps.length; ++step) {
      const { click, wait } = steps[step];
      const element = document.querySelector(click ?? wait);
      if (element === null || !isShown(element)) {
        return;
      }
      if (click !== undefined) {
        window.name = step + 1;
        element.click();
      }
    }
  };
  const afterFrame = new MessageChannel();
  const askAfterFrame = () => {
    if (!isAsked && !isReported) {
      isAsked = true;
      requestAnimationFrame(() => afterFrame.port2.postMessage(''));
    }
  };
  afterFrame.port1.onmessage = () => {
    isAsked = false;
    if (isComplete) {
      takeSteps();
    }
    if (found.some(isShown)) {
      isReported = true;
      observer.disconnect();
      window.reportList('');
    } else if (found.length > 0) {
      // It is there and hidden: the change that shows it, or another one, is the one that counts.
      found = [];
      isMarked = false;
      observer.observe(document, { ...changes, attributes: true });
    }
  };
  const search = () => {
    const texts = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const parent = node.data.includes(text) ? node.parentElement : null;
      if (parent !== null && !/^(SCRIPT|STYLE|TITLE)$/.test(parent.nodeName)) {
        found.push(parent);
      }
    }
  };
  const observer = new MutationObserver(() => {
    found = found.filter((element) => element.isConnected);
    if (found.length === 0) {
      search();
    }
    if (found.length > 0 && !isMarked) {
      isMarked = true;
      performance.mark(mark);
    }
    if (found.length > 0 || step < steps.length) {
      askAfterFrame();
    }
  });
  // What is pressed before its script is there does nothing.
  document.addEventListener('DOMContentLoaded', () => {
    isComplete = true;
    askAfterFrame();
  });
  // A button may come first and work later.
  observer.observe(document, { ...changes, attributes: steps.length > 0 });
}

/**
 * What a trace says of the visit that begins with a navigation to `url`: the first paint and the list on the
 * screen, in ms from that on; `listAt` is the latter on the monotonic clock.
 */
export function readTrace(events, url) {
  const inOrder = [...events].sort((a, b) => a.ts - b.ts);
  const begin = inOrder.find(
    ({ name, args }) => name === 'navigationStart' && args.data?.documentLoaderURL === url,
  );
  const own = inOrder.filter(({ pid, ts }) => pid === begin?.pid && ts >= begin.ts);
  const paint = own.find(({ name }) => name === 'firstContentfulPaint');
  const mark = own.findLast(({ name }) => name === listMark);
  const isPart = (event, name, phase) => event.name === name && event.ph === phase;
  const key = ({ id, id2 }) => JSON.stringify(id2 ?? id);
  const commit = own.find((event) => isPart(event, 'Commit', 'b') && event.ts >= mark?.ts);
  const shown = own.find(
    (event) =>
      isPart(event, 'SubmitCompositorFrameToPresentationCompositorFrame', 'e') &&
      event.ts > commit?.ts &&
      key(event) === key(commit),
  );
  if (paint === undefined || shown === undefined) {
    throw new Problem(
      `The trace of ${url} has no ${paint ? 'frame with the list' : 'first paint'}`,
    );
  }
  return {
    firstPaint: (paint.ts - begin.ts) / 1000,
    list: (shown.ts - begin.ts) / 1000,
    listAt: shown.ts / 1000,
  };
}

/** Opens a page of the same origin that never reaches the portal: its process is there afterwards. */
async function warmUp(page, origin) {
  let isLoaded = false;
  const stops = [
    page.listen('Fetch.requestPaused', ({ requestId }) =>
      page.send('Fetch.fulfillRequest', {
        requestId,
        responseCode: 200,
        body: btoa('<!DOCTYPE html><link rel=icon href=data:,><p>.'),
      }),
    ),
    page.listen('Page.loadEventFired', () => {
      isLoaded = true;
    }),
  ];
  await page.send('Fetch.enable', { patterns: [{ resourceType: 'Document' }] });
  await page.send('Page.navigate', { url: `${origin}/warm-up` });
  await until(() => isLoaded || undefined, 'the browser', { patience });
  await page.send('Fetch.disable');
  for (const stop of stops) {
    stop();
  }
}

/** Records a trace from now on; what is returned ends it and gives its events. */
async function record(browser, includedCategories) {
  const events = [];
  let isComplete = false;
  const stop = browser.listen(({ method, params }) => {
    if (method === 'Tracing.dataCollected') {
      events.push(...params.value);
    }
    isComplete ||= method === 'Tracing.tracingComplete';
  });
  await browser.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { recordMode: 'recordUntilFull', includedCategories },
  });
  return async () => {
    await browser.send('Tracing.end');
    await until(() => isComplete || undefined, 'a trace', { patience });
    stop();
    return events;
  };
}

/** Some time after the frame after the next: by then, what was reported is on the screen. */
const twoFrames = (page) =>
  page.send('Runtime.evaluate', {
    expression:
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 500))))',
    awaitPromise: true,
  });

/**
 * A new visitor's way to the list, with nothing in any cache. `look` is called with the page when the list is
 * there; `extra` are categories of the trace, which is returned too.
 */
export async function visit(browser, proxy, portal, { link, cpu = slowdown, extra = [], look }) {
  const { port, open = '/', steps = [], list } = portal;
  const origin = `http://127.0.0.1:${port}`;
  const page = await browser.newPage(screen);
  let isReported = false;
  page.listen('Runtime.bindingCalled', () => {
    isReported = true;
  });
  await page.send('Page.enable');
  await page.send('Runtime.enable');
  await page.send('Emulation.setDeviceMetricsOverride', {
    ...screen,
    deviceScaleFactor: 1,
    mobile: false,
  });
  await warmUp(page, origin);
  await page.send('Runtime.addBinding', { name: 'reportList' });
  await page.send('Page.addScriptToEvaluateOnNewDocument', {
    source: `(${observe})(${JSON.stringify({ text: list, steps, mark: listMark })})`,
  });
  await page.send('Emulation.setCPUThrottlingRate', { rate: cpu });
  const stopRecording = await record(browser, [...categories, ...extra]);
  proxy.reset(link);
  await page.send('Page.navigate', { url: origin + open });
  await until(() => isReported || undefined, `the list of ${portal.name}`, { patience });
  await twoFrames(page);
  const events = await stopRecording();
  await look?.(page);
  await page.close();
  const { listAt, ...times } = readTrace(events, origin + open);
  const { bytes, requests, connections } = proxy.until(listAt);
  return { ...times, bytes, requests, connections, events };
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Our page on a device that has scanned already. */
async function startOurs(programs) {
  const device = await new Device().start(programs.simulator, {
    scenario: 'home',
    logLevel: 'none',
  });
  await device.scanned();
  return { name: 'this one', list: shownNetwork, port: device.port, stop: () => device.stop() };
}

/**
 * Our page, an empty one and `peers`: each round visits each of them once on each link, and each begins with
 * another one. Answers a row for each portal, with the medians on each link and, for the first document, `limit`:
 * the time that its bytes and the round trips take on that link.
 */
export async function race(programs, peers, rounds) {
  const ours = await startOurs(programs);
  const empty = await startEmptyPage(shownNetwork);
  const portals = [ours, empty, ...peers];
  const proxy = await new RadioProxy().start();
  const browser = await new Chromium().start(proxy.arguments);
  const results = new Map();
  const limits = new Map();
  // The browser's own start is over after this.
  await visit(browser, proxy, empty, {});
  for (let round = 0; round < rounds; ++round) {
    for (const [name, link] of Object.entries(links)) {
      for (let turn = 0; turn < portals.length; ++turn) {
        const portal = portals[(round + turn) % portals.length];
        const key = `${portals.indexOf(portal)} ${name}`;
        const { events, ...result } = await visit(browser, proxy, portal, { link });
        results.set(key, [...(results.get(key) ?? []), result]);
        limits.set(key, wireTime(link, proxy.exchangeOf(portal.open ?? '/')));
      }
    }
  }
  await browser.close();
  proxy.stop();
  empty.stop();
  await ours.stop();
  return portals.map(({ name, version }, index) => ({
    name,
    version,
    links: Object.keys(links).map((link) => {
      const visits = results.get(`${index} ${link}`);
      const keys = ['firstPaint', 'list', 'bytes', 'requests', 'connections'];
      const medians = keys.map((key) => [key, median(visits.map((one) => one[key]))]);
      return { link, limit: limits.get(`${index} ${link}`), ...Object.fromEntries(medians) };
    }),
  }));
}
