// The budgets that need no clock: each as one line that holds or doesn't.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { page, root } from '../../scripts/lib/setup.mjs';
import { measureInstructions } from './instructions.mjs';
import { flashes, measureMemory, rowsOf } from './memory.mjs';
import { measureWeight } from './page.mjs';

export const budgets = JSON.parse(readFileSync(join(root, 'bench', 'budgets.json'), 'utf8'));
export const pageBytes = () => statSync(join(root, page)).size;

const atMost = (what, value, most) => ({
  what: `${what}: ${value} of ${most}`,
  holds: value <= most,
});
const is = (what, value, wanted) => ({
  what: `${what}: ${value}, wanted ${wanted}`,
  holds: value === wanted,
});

export function checkPage(weight) {
  const { gzip_bytes: gzip, first_screen: first, reload } = budgets.page;
  const again = weight.again.requests.find(({ path }) => path === '/');
  return [
    atMost('bytes of the page, compressed', pageBytes(), gzip.most),
    is(
      'requests for the first screen',
      weight.first.requests
        .map(({ path }) => path)
        .sort()
        .join(' '),
      [...first.requests].sort().join(' '),
    ),
    is('connections for the first screen', weight.first.connections, first.connections),
    atMost(
      'bytes of the first screen on the wire',
      weight.first.requests.reduce((sum, { bytes }) => sum + bytes, 0),
      first.most_bytes,
    ),
    is('status of a reload', again.status, reload.status),
    atMost('bytes of a reload on the wire', again.bytes, reload.most_bytes),
  ];
}

/** Rows that hold for all worlds become one line, with the world that comes closest to the limit. */
function worst(what, rows, limitOf, valueIn) {
  const closest = rows.reduce((a, b) =>
    limitOf(b) - valueIn(b) < limitOf(a) - valueIn(a) ? b : a,
  );
  const world = `${closest.accessPoints} access points, ${closest.saved} saved`;
  return atMost(`${what} (${world})`, valueIn(closest), limitOf(closest));
}

export function checkMemory({ rows, atRest }) {
  const limitOf = (budget) => (row) =>
    budget.bytes +
    (budget.per_row ?? 0) * rowsOf(row.accessPoints) +
    (budget.per_saved ?? 0) * row.saved;
  const checks = [];
  const { 'held between requests': held, ...operations } = budgets.memory;
  checks.push(worst('bytes held between requests', atRest, limitOf(held), (row) => row.live));
  for (const [operation, budget] of Object.entries(operations)) {
    const its = rows.filter((row) => row.operation === operation);
    checks.push(
      worst(
        `${operation}: allocations`,
        its,
        () => budget.allocations,
        (row) => row.allocations,
      ),
      worst(`${operation}: bytes at most`, its, limitOf(budget), (row) => row.peak),
      worst(
        `${operation}: bytes not given back`,
        its,
        () => 0,
        (row) => row.kept,
      ),
    );
  }
  const scan = rows.find(
    ({ operation, accessPoints }) => operation === 'a scan' && accessPoints === 64,
  );
  checks.push(atMost('a scan of 64 networks: bytes at most', scan.peak, 8192));
  for (const [operation, most] of Object.entries(budgets.segments.most)) {
    const its = rows.filter((row) => row.operation === operation);
    checks.push(
      worst(
        `${operation}: segments`,
        its,
        () => most,
        (row) => row.sends,
      ),
    );
  }
  // What ends the file is made anew for each answer.
  const tailBytes = 13;
  checks.push(
    is(
      'bytes of GET / sent from where the page lies',
      rows.find((row) => row.operation === 'GET /').sentFromPage,
      pageBytes() - tailBytes,
    ),
  );
  return checks;
}

export const checkInstructions = (rows) =>
  rows.map(({ operation, component }) =>
    atMost(`${operation}: instructions`, component, budgets.instructions.most[operation]),
  );

/** Everything that can be measured without a clock. */
export async function measureFixed(programs) {
  const states = await flashes(programs);
  const memory = await measureMemory(programs, states);
  const instructions = await measureInstructions(programs, states);
  const weight = await measureWeight(programs, budgets.page.first_screen.requests);
  return { memory, instructions, weight };
}

export const checkFixed = ({ memory, instructions, weight }) => [
  ...checkPage(weight),
  ...checkMemory(memory),
  ...checkInstructions(instructions),
];
