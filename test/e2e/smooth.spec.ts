import type { Browser } from '@playwright/test';
import { expect, test } from './device';

/*
 * A finger on a slow phone never waits long for the page. How long a task takes depends on the machine and on what
 * else it does, so tasks are measured in processor time, and compared with work of a known size in the same browser.
 */

/** A cheap phone beside the machine that tests run on. */
const SLOWDOWN = 6;
/** Of the yardstick: makes and lays out so many plain rows. That takes some 100 ms on a quiet machine, slowed down. */
const ROWS = 1000;
/** No task may take longer than so many yardsticks. */
const MOST = 1.1;
/** The median of them counts. */
const VISITS = 5;

interface Event {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly tdur: number;
}

/** A new visitor's way from the first paint to a list that is drawn anew, and then some yardsticks. */
async function visit(browser: Browser, url: string): Promise<Event[]> {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  await browser.startTracing(page, {
    categories: ['blink.user_timing', 'disabled-by-default-devtools.timeline'],
  });
  await page.goto(url);
  // A script of this test alone: a runner's own selectors take longer than the page.
  await page.evaluate(async (rows) => {
    const until = async (isThere: () => boolean) => {
      while (!isThere()) await new Promise(requestAnimationFrame);
    };
    const list = () => document.querySelector('ul') as Element;
    const scan = () => document.querySelector('.bar button') as HTMLElement;
    await until(() => list().children.length > 64);
    scan().click();
    await until(() => list().ariaBusy === 'true');
    await until(() => list().ariaBusy === 'false');
    for (let round = 0; round < 9; round++) {
      await new Promise((next) => setTimeout(next));
      performance.mark('yardstick');
      const yardstick = document.createElement('ul');
      for (let i = 0; i < rows; i++) {
        const item = document.createElement('li');
        item.className = 'row';
        item.append(`Network ${i}`);
        yardstick.append(item);
      }
      document.body.append(yardstick);
      yardstick.getBoundingClientRect();
      yardstick.remove();
    }
  }, ROWS);
  const trace = JSON.parse(String(await browser.stopTracing()));
  await page.context().close();
  return trace.traceEvents;
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** The longest task of a visit, in yardsticks. */
function longestOf(events: readonly Event[]): number {
  const marks = events.filter(({ name }) => name === 'yardstick');
  const [{ pid, tid, ts: end } = {} as Event] = marks;
  const tasks = events.filter(
    (event) => event.name === 'RunTask' && event.pid === pid && event.tid === tid,
  );
  const holds = ({ ts, dur }: Event) => marks.some((mark) => mark.ts >= ts && mark.ts < ts + dur);
  const yardstick = median(tasks.filter(holds).map(({ tdur }) => tdur));
  const own = tasks.filter((task) => task.ts < end && !holds(task)).map(({ tdur }) => tdur);
  return Math.max(...own) / yardstick;
}

test.use({ scenario: 'crowded' });

test('no task of a slow phone is long, from the first paint to a list of 64 that is drawn anew', async ({
  browser,
  device,
}) => {
  const longest: number[] = [];
  for (let i = 0; i < VISITS; i++) longest.push(longestOf(await visit(browser, device.url)));
  expect(median(longest)).toBeLessThan(MOST);
});
