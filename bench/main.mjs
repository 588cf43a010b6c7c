// npm run bench: measures everything, prints it and writes docs/performance.md. bench/README.md has the
// options.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPage, Problem, root, run, setUp } from '../scripts/lib/setup.mjs';

const names = [
  'page',
  'paint',
  'peers',
  'smoothness',
  'latency',
  'idf',
  'verdicts',
  'memory',
  'instructions',
];

const help = `npm run bench -- [--peers DIR] [--idf PROGRAM] [--only PART,...]

  --peers DIR      other portals' pages beside ours; bench/README.md has the format
  --idf PROGRAM    a build for ESP-IDF's linux target, to measure answer times on it too
  --only PARTS     of ${names.join(', ')}; the others stay as docs/performance.md has them
`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        peers: { type: 'string' },
        idf: { type: 'string' },
        only: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const only = values.only?.split(',') ?? names;
    const unknown = only.filter((name) => !names.includes(name));
    if (unknown.length > 0) {
      throw new Error(`There is no part ${unknown.join(', ')}`);
    }
    return { ...values, only };
  } catch (error) {
    throw new Problem(`${error.message}\n\n${help}`);
  }
}

const firstLine = (program, ...args) =>
  spawnSync(program, args, { encoding: 'utf8' }).stdout?.split('\n')[0].trim() ?? '';

await run(async () => {
  const { peers, idf, only, help: wantsHelp } = options();
  if (wantsHelp) {
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
    const needs = { peers, idf }[name];
    if (!only.includes(name) || (name in { peers, idf } && needs === undefined)) {
      continue;
    }
    process.stdout.write(`\n${name} ...\n`);
    const begun = performance.now();
    const { text, checks = [], picture } = await parts[name](programs, needs && resolve(needs));
    document.set(name, `Measured on ${machine}.\n\n${text}`);
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
