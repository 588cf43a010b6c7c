// The parts of `npm run bench`: each measures, and says it in words and tables.

import { budgets, checkInstructions, checkMemory, checkPage, pageBytes } from './checks.mjs';
import { lineChart } from './curve.mjs';
import { measureInstructions } from './instructions.mjs';
import { measureLatency, paths } from './latency.mjs';
import { accessPointCounts, flashes, measureMemory, savedCounts } from './memory.mjs';
import {
  links,
  measureJourney,
  measurePages,
  measureSmoothness,
  measureWeight,
  slowdown,
} from './page.mjs';
import { startPeers } from './portals.mjs';
import { fixed, table, whole } from './report.mjs';
import { measureVerdicts } from './verdict.mjs';

const { time } = budgets;

const limit = (what, value, { most }) => ({
  what: `${what}: ${fixed(value)} of ${most}`,
  holds: value <= most,
});

let savedStates;
const states = async (programs) => {
  savedStates ??= await flashes(programs);
  return savedStates;
};

const perRequest = (rows, column) =>
  rows.map(({ path, status, bytes }) => [`\`GET ${path}\``, column, status, whole(bytes)]);

async function page(programs) {
  const weight = await measureWeight(programs, budgets.page.first_screen.requests);
  const sum = weight.first.reduce((all, { bytes }) => all + bytes, 0);
  const { first_screen: first, gzip_bytes: gzip } = budgets.page;
  return {
    checks: checkPage(weight),
    text: `The page has ${whole(pageBytes())} bytes (at most ${whole(gzip.most)}). Its first usable screen takes ${weight.first.length} requests
and ${whole(sum)} bytes (at most ${whole(first.most_bytes)}), questions, answers and their heads together, with the ten
networks of \`home\` around.

${table(
  ['request', 'visit', 'status', 'bytes'],
  [...perRequest(weight.first, 'first'), ...perRequest(weight.again, 'again')],
)}`,
  };
}

function visits(rows) {
  const own = (link) => rows.find((row) => row.link === link);
  return table(
    ['page', 'link', 'bytes', 'requests', 'first paint, ms', 'ratio', 'list, ms', 'ratio'],
    rows.map((row) => [
      row.version ? `${row.portal} ${row.version}` : row.portal,
      row.link,
      whole(row.bytes),
      row.requests,
      whole(row.firstPaint),
      fixed(row.firstPaint / own(row.link).firstPaint),
      whole(row.list),
      fixed(row.list / own(row.link).list),
    ]),
  );
}

async function paint(programs) {
  const rows = await measurePages(programs, []);
  const mine = rows.filter(({ portal }) => portal === rows[0].portal);
  const empty = (link) => rows.findLast((row) => row.link === link);
  const withBrowser = ({ link, limit: wire }) =>
    wire + Math.max(0, empty(link).firstPaint - empty(link).limit);
  return {
    checks: mine.map((row) =>
      limit(
        `${row.link}: first paint over its limit`,
        row.firstPaint / withBrowser(row),
        time.first_paint_ratio,
      ),
    ),
    text: `The limit to the first paint is one round trip and the page's bytes on the link. No page reaches it: what an
empty page takes beyond its own limit is the browser's own at this processor, and "with the browser" adds
that. To it the ratio is to be ${time.first_paint_ratio.most} at most.

${table(
  ['link', 'first paint, ms', 'limit, ms', 'ratio', 'limit with the browser, ms', 'ratio'],
  mine.map((row) => [
    row.link,
    whole(row.firstPaint),
    whole(row.limit),
    fixed(row.firstPaint / row.limit),
    whole(withBrowser(row)),
    fixed(row.firstPaint / withBrowser(row)),
  ]),
)}

${visits(rows)}`,
  };
}

async function peers(programs, directory) {
  const others = await startPeers(directory);
  const rows = await measurePages(programs, others);
  for (const portal of others) {
    portal.stop();
  }
  return {
    text: `"Ratio" is to this portal's figure on the same link in the same run: above 1.00, the other is slower.

${visits(rows)}`,
  };
}

async function smoothness(programs) {
  const smooth = await measureSmoothness(programs);
  const journey = await measureJourney(programs);
  return {
    checks: [limit('longest task after load, ms', smooth.longest, time.long_task_ms)],
    text: `With ${smooth.networks} networks and the processor slowed ${slowdown} times, through a scan and its new list, the longest task
after load took ${whole(smooth.longest)} ms (at most ${time.long_task_ms.most}; 0: none reached 50 ms).

From "Connect" to "Connected" on the screen (${Object.keys(links)[1]}, slowed ${slowdown} times): ${whole(journey.total)} ms, of which the device
took ${whole(journey.device)} ms and radio, page and link beyond that ${whole(journey.over)} ms.`,
  };
}

function latencyText(rows) {
  const idle = (path) => rows.find((row) => row.condition === 'idle' && row.path === path);
  return table(
    ['', 'call', 'answers', 'p50, ms', 'p99, ms', 'p99 to idle'],
    rows.map((row) => [
      row.condition,
      `\`GET ${row.path}\``,
      whole(row.answers),
      fixed(row.p50),
      fixed(row.p99),
      fixed(row.p99 / idle(row.path).p99),
    ]),
  );
}

async function latency(programs) {
  const rows = await measureLatency(programs);
  const p99 = (condition, path) =>
    rows.find((row) => row.condition === condition && row.path === path).p99;
  return {
    checks: paths.map((path) =>
      limit(
        `GET ${path}: p99 during a test to idle`,
        p99('during a connection test', path) / p99('idle', path),
        time.connect_test_ratio,
      ),
    ),
    text: latencyText(rows),
  };
}

async function idf(programs, elf) {
  return { text: latencyText(await measureLatency(programs, { elf })) };
}

async function verdicts(programs) {
  const rows = await measureVerdicts(programs);
  return {
    checks: rows.map(({ verdict, max }) => limit(`verdict ${verdict}, ms`, max, time.verdict_ms)),
    text: table(
      ['verdict', 'median, ms', 'most, ms'],
      rows.map(({ verdict, median, max }) => [`\`${verdict}\``, fixed(median, 1), fixed(max, 1)]),
    ),
  };
}

async function memory(programs) {
  const measured = await measureMemory(programs, await states(programs));
  const { rows, atRest } = measured;
  const operations = [...new Set(rows.map(({ operation }) => operation))];
  const peaks = (its) =>
    savedCounts.flatMap((saved) =>
      accessPointCounts.map((accessPoints) => {
        const row = its.find((one) => one.saved === saved && one.accessPoints === accessPoints);
        return whole(row.peak ?? row.live);
      }),
    );
  const compact = (name, its) => {
    const most = Math.max(...its.map(({ allocations }) => allocations ?? 0));
    const values = peaks(its);
    return savedCounts.map((saved, i) => [
      i === 0 ? name : '',
      i === 0 && its[0].allocations !== undefined ? most : '',
      saved,
      ...values.slice(i * accessPointCounts.length, (i + 1) * accessPointCounts.length),
    ]);
  };
  const isFlat = (its) => its.every(({ peak, allocations }) => peak === 0 && allocations === 0);
  const of = (operation) => rows.filter((row) => row.operation === operation);
  const silent = operations.filter((operation) => isFlat(of(operation)));
  const loud = operations.filter((operation) => !isFlat(of(operation)));
  const full = savedCounts.at(-1);
  const line = (name, its, saved) => ({
    name,
    points: its
      .filter((row) => row.saved === saved)
      .map((row) => [row.accessPoints, row.peak ?? row.live]),
  });
  return {
    checks: checkMemory(measured),
    picture: {
      file: 'memory.svg',
      svg: lineChart({
        title: 'Heap by networks around',
        xLabel: 'access points (a list has 128 rows at most)',
        yLabel: 'bytes',
        series: [
          line(`held, ${full} saved`, atRest, full),
          line('held, none saved', atRest, 0),
          line('a scan, on top', of('a scan'), 0),
          line(`GET /api/scan, ${full} saved, on top`, of('GET /api/scan'), full),
        ],
      }),
    },
    text: `No allocation at all, in any of the worlds: ${silent.map((name) => `\`${name}\``).join(', ')}.

Bytes held at the most at a time, beyond what is held between requests, with so many access points around:

${table(
  ['operation', 'allocations', 'saved', ...accessPointCounts.map((count) => `${count} APs`)],
  [
    ...loud.flatMap((name) => compact(name.includes('/') ? `\`${name}\`` : name, of(name))),
    ...compact('held between requests', atRest),
  ],
)}

All of it is given back. The page's body goes to \`send()\` from where it lies in flash.

Calls of \`send()\` for an answer, each of which is a TCP segment if it fits one (1,440 bytes):

${table(
  ['request', 'calls'],
  Object.keys(budgets.segments.most).map((operation) => [
    `\`${operation}\``,
    of(operation)[0].sends,
  ]),
)}

![Heap by networks around](images/memory.svg)`,
  };
}

async function instructions(programs) {
  const rows = await measureInstructions(programs, await states(programs));
  return {
    checks: checkInstructions(rows),
    text: table(
      ['request', 'instructions', 'at most', 'with the port under it'],
      rows.map(({ operation, component, all }) => [
        `\`${operation}\``,
        whole(component),
        whole(budgets.instructions.most[operation]),
        whole(all),
      ]),
    ),
  };
}

export const parts = {
  page,
  paint,
  peers,
  smoothness,
  latency,
  idf,
  verdicts,
  memory,
  instructions,
};

/** The text around the parts in docs/performance.md. */
export const frame = `# Performance

\`npm run bench\` measures and writes this page; [bench/README.md](../bench/README.md) tells how. What needs no
clock (bytes, requests, allocations, instructions) has a budget in [bench/budgets.json](../bench/budgets.json), with a
reason next to it, and \`npm test\` fails when one is exceeded. Times are reported, never asserted in a test;
compare them as ratios. The device is the simulator, not a chip: figures in milliseconds tell how the
firmware behaves under load, not how fast a chip is.

## The page

{{page}}

## First paint

Median of visits that take turns, in Chromium with its processor slowed ${slowdown} times and a throttled link.
Bytes and requests are those up to the list of networks, also what the browser asks for by itself.

{{paint}}

## Beside other portals

Their pages as their repositories have them, with ten networks around and every call answered at once by a
mock: what a scan takes on the radio is left out, for all. What their users have to press before the list
comes is pressed at once.

{{peers}}

## Smoothness, and the way to "Connected"

{{smoothness}}

## Answers while the device is busy

Each client asks again as soon as it has its answer, on a connection of its own. The server has six places,
so seven clients have to take turns. During a connection test the radio scans, joins and waits for an
address; nobody waits for it.

{{latency}}

The same on ESP-IDF's \`linux\` target, with its real HTTP server; its \`select()\` sleeps up to 10 ticks of
FreeRTOS, which is most of the time here:

{{idf}}

## From the radio to the verdict

Time from the radio's event, or the device's own time-out, that decides a test until \`GET /api/connect\` says
so. \`connected\` includes saving to flash. At most ${time.verdict_ms.most} ms.

{{verdicts}}

## Memory

What the component allocates itself, C++ library and cJSON included, counted by a probe in front of the
allocator, on 64 bits: on a chip, pointers are half as large. What ESP-IDF needs for itself (sockets, queues,
tasks, NVS) is not in it. The store takes ${savedCounts.at(-1)} networks at most.

{{memory}}

## Instructions

What one request costs the component (cJSON included), counted by callgrind: 64 networks with names of 32
bytes around, 16 saved, compiled with \`-Os\` for this machine. A measure for regressions, not for a chip.

{{instructions}}
`;
