// npm run bench: measures everything, prints it and writes docs/performance.md. bench/README.md has the
// options.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPage, Problem, root, run, setUp } from '../scripts/lib/setup.mjs';

const names = [
  'page',
  'race',
  'smoothness',
  'latency',
  'idf',
  'verdicts',
  'memory',
  'instructions',
];

const help = `npm run bench -- [PART ...] [--peers DIR] [--rounds N] [--idf PROGRAM]

  PART             one or more of ${names.join(', ')};
                   the others stay as docs/performance.md has them
  --peers DIR      other portals' pages in the race; bench/README.md has the format
  --rounds N       how often each page is visited on each link in the race; 9 without it
  --idf PROGRAM    a build for ESP-IDF's linux target, to measure answer times on it too
`;

function options() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        peers: { type: 'string' },
        rounds: { type: 'string', default: '9' },
        idf: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const unknown = positionals.filter((name) => !names.includes(name));
    if (unknown.length > 0) {
      throw new Error(`There is no part ${unknown.join(', ')}`);
    }
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) {
      throw new Error(`--rounds: ${values.rounds} is not a number of rounds`);
    }
    const path = (value) => value && resolve(value);
    return {
      chosen: positionals.length > 0 ? positionals : names,
      help: values.help,
      rounds,
      peers: path(values.peers),
      idf: path(values.idf),
    };
  } catch (error) {
    throw new Problem(`${error.message}\n\n${help}`);
  }
}

const firstLine = (program, ...args) =>
  spawnSync(program, args, { encoding: 'utf8' }).stdout?.split('\n')[0].trim() ?? '';

await run(async () => {
  const wanted = options();
  if (wanted.help) {
    process.stdout.write(help);
    return 0;
  }
  setUp({ toTest: true });
  buildPage();
  // What follows needs the npm packages that setUp() has installed.
  const { build } = await import('./lib/device.mjs');
  const { parts, frame } = await import('./lib/parts.mjs');
  const { Document } = await import('./lib/report.mjs');
  const programs = build();
  const machine = [
    `${cpus().length} processors (${cpus()[0].model.trim()})`,
    firstLine('c++', '--version').replace(/^c\+\+ /, 'gcc '),
    firstLine(process.env.CHROMIUM || 'chromium', '--version'),
    `Node ${process.versions.node}`,
  ].join(', ');
  const document = new Document(join(root, 'docs', 'performance.md'), names);
  const images = join(root, 'docs', 'images');
  mkdirSync(images, { recursive: true });
  const over = [];
  for (const name of names) {
    if (!wanted.chosen.includes(name) || (name === 'idf' && wanted.idf === undefined)) {
      continue;
    }
    process.stdout.write(`\n${name} ...\n`);
    // Times are worth little if something else runs. What this program itself has just done is in the figure too.
    const load = loadavg()[0].toFixed(1);
    const begun = performance.now();
    const { text, checks = [], picture } = await parts[name](programs, wanted);
    document.set(name, `Measured on ${machine}; load before it ${load}.\n\n${text}`);
    if (picture) {
      writeFileSync(join(images, picture.file), picture.svg);
    }
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    process.stdout.write(`${text}\n(${seconds} s)\n`);
    for (const { what, holds } of checks) {
      if (!holds) {
        over.push(what);
      }
    }
  }
  document.write(frame);
  process.stdout.write('\ndocs/performance.md is written.\n');
  for (const what of over) {
    process.stdout.write(`OVER BUDGET: ${what}\n`);
  }
  return over.length === 0 ? 0 : 1;
});
// What a measurement that failed has left running goes with this process.
process.exit();
