// The parts of `npm run bench`: each measures, and says it in words and tables.

import { budgets, checkInstructions, checkMemory, checkPage, pageBytes } from './checks.mjs';
import { lineChart } from './curve.mjs';
import { measureInstructions } from './instructions.mjs';
import { measureLatency, paths } from './latency.mjs';
import { accessPointCounts, flashes, measureMemory, savedCounts } from './memory.mjs';
import { measureJourney, measureSmoothness, measureWeight } from './page.mjs';
import { startPeers } from './portals.mjs';
import { links, race as measureRace, slowdown } from './race.mjs';
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

const perRequest = ({ requests }, visit) =>
  requests.map(({ path, status, bytes }) => [`\`GET ${path}\``, visit, status, whole(bytes)]);

const several = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;

async function page(programs) {
  const { first, again } = await measureWeight(programs, budgets.page.first_screen.requests);
  const sum = first.requests.reduce((all, { bytes }) => all + bytes, 0);
  const { first_screen: screen, gzip_bytes: gzip } = budgets.page;
  return {
    checks: checkPage({ first, again }),
    text: `The page has ${whole(pageBytes())} bytes (at most ${whole(gzip.most)}). Its first usable screen takes ${several(first.requests.length, 'request')} on
${several(first.connections, 'connection')} and ${whole(sum)} bytes (at most ${whole(screen.most_bytes)}), question, answer and their heads together, with the
ten networks of \`home\` around. No copy is kept, so that a reload takes the same.

${table(
  ['request', 'visit', 'status', 'bytes'],
  [...perRequest(first, 'first'), ...perRequest(again, 'again')],
)}`,
  };
}

/** The rows of all portals, with each time's ratio to ours on the same link. */
function standings(rows) {
  const [ours] = rows;
  const [slow] = ours.links;
  const times = (row, key) =>
    row.links.flatMap((own, i) => [whole(own[key]), fixed(own[key] / ours.links[i][key])]);
  const columns = (what) =>
    ours.links.flatMap(({ link }) => [`${what}, ${link.split(',')[0]}`, 'ratio']);
  return table(
    ['page', 'bytes', 'requests', 'connections', ...columns('first paint'), ...columns('list')],
    rows.map((row) => {
      const { bytes, requests, connections } = row.links.find(({ link }) => link === slow.link);
      const name = row.version ? `${row.name} ${row.version}` : row.name;
      return [
        name,
        whole(bytes),
        requests,
        connections,
        ...times(row, 'firstPaint'),
        ...times(row, 'list'),
      ];
    }),
  );
}

async function race(programs, { peers, rounds }) {
  const others = peers === undefined ? [] : await startPeers(peers);
  const rows = await measureRace(programs, others, rounds);
  for (const portal of others) {
    portal.stop();
  }
  const [ours, empty] = rows;
  // What an empty page takes beyond its bytes' time on the radio is the browser's own.
  const limits = ours.links.map((own, i) => {
    const browser = Math.max(0, empty.links[i].firstPaint - empty.links[i].limit);
    return { ...own, browser, ratio: own.firstPaint / (own.limit + browser) };
  });
  return {
    checks: limits.map(({ link, ratio }) =>
      limit(`${link}: first paint over its limit`, ratio, time.first_paint_ratio),
    ),
    text: `Medians of ${rounds} rounds, in ms, and bytes, requests and connections up to the list on the slower link. "Ratio" is to this
portal's figure on the same link: above 1.00, the other is slower.

${standings(rows)}

The limit to this portal's first paint is what its page takes on the radio, connection included, and what the
browser takes for an empty page beyond that; the ratio to it is to be ${time.first_paint_ratio.most} at most.

${table(
  ['link', 'first paint, ms', 'radio, ms', 'browser, ms', 'ratio'],
  limits.map((one) => [
    one.link,
    whole(one.firstPaint),
    whole(one.limit),
    whole(one.browser),
    fixed(one.ratio),
  ]),
)}`,
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

async function idf(programs, { idf: elf }) {
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
  race,
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

## The race

From the first navigation to the first paint, and to the list of networks on the screen, beside other portals'
pages as their repositories have them. All have the same ten networks and are asked in turn by a new visitor
whose processor is slowed ${slowdown} times. What their users have to press is pressed as soon as it can be seen, and a second
document counts in full. Each call is answered at once by a mock: what a scan takes is left out, for all.

Everything goes over a model of a soft-AP's radio: TCP segments of 1,440 bytes over one channel for both
directions and all connections, a round trip to connect, lwIP's windows. A device's own processor, DNS and lost packets
are not in it. [bench/README.md](../bench/README.md#the-race) has the details.

{{race}}

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

What the component allocates itself, C++ library included, counted by a probe in front of the allocator, on
64 bits: on a chip, pointers are half as large. What ESP-IDF needs for itself (sockets, queues,
tasks, NVS) is not in it. The store takes ${savedCounts.at(-1)} networks at most.

{{memory}}

## Instructions

What one request costs the component, counted by callgrind: 64 networks with names of 32 bytes around, 16
saved, compiled with \`-Os\` for this machine. A measure for regressions, not for a chip.

{{instructions}}
`;
