// npm test: sets the machine up and runs every check of the project. Each step says what it counted;
// the last line is the sum. Arguments choose steps by name: `npm test -- core page`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { buildFor } from './lib/builds.mjs';
import { fuzz, fuzzers } from './lib/fuzzers.mjs';
import { onPhone, whyNoLab } from './lib/lab.mjs';
import {
  buildHost,
  buildPage,
  outFolder,
  Problem,
  pageFolder,
  quietly,
  root,
  run,
  setUp,
} from './lib/setup.mjs';

const results = join(root, outFolder, 'results');

/** Runs a program to its end and returns what it has said. */
async function show(program, args, env = {}) {
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: '0', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece) => {
      output += piece;
    });
  }
  const [status] = await once(child, 'close');
  return { output, isGood: status === 0 };
}

/** A check that passes or fails as a whole. */
async function check(program, args, env) {
  const { output, isGood } = await show(program, args, env);
  if (!isGood) {
    process.stdout.write(output);
  }
  return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1 };
}

const sanitizerOptions = {
  ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0',
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  TSAN_OPTIONS: 'halt_on_error=1',
};

/**
 * The cases `first` to `last` of a doctest program, counted from 1: one test case, one count. doctest's own count
 * of what passed has those in it that it left out; after a crash there is none.
 */
async function doctest(program, first, last) {
  const { output, isGood } = await show(
    program,
    [`--first=${first}`, `--last=${last}`],
    sanitizerOptions,
  );
  if (!isGood) {
    process.stdout.write(output);
  }
  const cases = last - first + 1;
  const told = /test cases:\s*\d+ \|\s*\d+ passed \|\s*(\d+) failed/.exec(output);
  const failed = told === null ? cases : Number(told[1]);
  return { passed: cases - failed, failed: isGood ? failed : Math.max(failed, 1) };
}

/**
 * All cases of a doctest program, in so many processes at a time. Each takes a few cases, then comes for more: some
 * take a minute, most a moment.
 */
async function doctests(program, processes) {
  const told = quietly('Counting test cases', program, ['--count']);
  const cases = Number(/filters: (\d+)/.exec(told)?.[1]);
  const portion = processes === 1 ? cases : Math.ceil(cases / (processes * 8));
  const counts = [];
  let begun = 0;
  const work = async () => {
    while (begun < cases) {
      const first = begun + 1;
      begun = Math.min(begun + portion, cases);
      counts.push(await doctest(program, first, begun));
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  return sumOf(counts);
}

const sumOf = (counts) =>
  counts.reduce(
    (sum, { passed, failed, skipped = 0 }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );

/** A runner that writes its counts into a JSON file. */
async function reported(program, args, file, count, env = {}) {
  const { output, isGood } = await show(program, args, env);
  let counts;
  try {
    counts = count(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    counts = { passed: 0, failed: 1 };
  }
  if (!isGood || counts.failed > 0) {
    process.stdout.write(output);
  }
  return { ...counts, failed: isGood ? counts.failed : Math.max(counts.failed, 1) };
}

/** Tests that run the simulator, with Playwright as their runner. */
function playwright(name, options = [], wrapped = (program, ...args) => [program, args]) {
  buildHost('host', ['esp-prov-sim', 'esp-prov-sim-connects']);
  const file = join(results, `${name}.json`);
  const [program, args] = wrapped('npx', 'playwright', 'test', '--reporter=list,json', ...options);
  return reported(
    program,
    args,
    file,
    ({ stats }) => ({
      passed: stats.expected,
      failed: stats.unexpected,
      skipped: stats.skipped,
    }),
    { PLAYWRIGHT_JSON_OUTPUT_NAME: file, WORKERS: String(cpus().length) },
  );
}

/** The doctest program of a folder of test/, built with a sanitizer. */
const sanitized = (build, folder, processes = 1) =>
  doctests(
    join(buildFor(build, [`${folder}_tests`]), 'test', folder, `${folder}_tests`),
    processes,
  );

/** For programs that wait more than they work, and share nothing. */
const oneEach = cpus().length;

const firstSteps = {
  layers: () => check('node', ['scripts/check-layers.mjs']),
  lint: () => check('npm', ['run', '--silent', 'lint']),
  // The page and the languages in git are those that these sources make, byte for byte.
  blob: () => {
    const contents = () => {
      const files = readdirSync(join(root, pageFolder), { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name));
      return new Map(files.map((file) => [file, readFileSync(file)]));
    };
    const committed = contents();
    quietly('Building the page', 'npm', ['run', '--silent', 'build']);
    const built = contents();
    const files = [...new Set([...committed.keys(), ...built.keys()])];
    const wrong = files.filter(
      (file) => !built.get(file)?.equals(committed.get(file) ?? Buffer.alloc(0)),
    );
    for (const file of wrong) {
      process.stdout.write(`${file} was not what its sources make; it is now: commit it\n`);
    }
    return { passed: files.length - wrong.length, failed: wrong.length };
  },
  page: () => {
    const file = join(results, 'vitest.json');
    return reported(
      'npx',
      ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
      file,
      (r) => ({
        passed: r.numPassedTests,
        failed: r.numFailedTests + r.numFailedTestSuites,
      }),
    );
  },
  budgets: () => {
    const file = join(results, 'budgets.json');
    return reported('node', ['bench/budgets.mjs', file], file, (counts) => counts);
  },
  sim: async () => {
    buildHost('host', [
      'esp-prov-sim',
      'esp-prov-sim-unique',
      'esp-prov-sim-stays',
      'esp-prov-sim-connects',
      'esp-prov-sim-examples',
    ]);
    const { output, isGood } = await show('node', [
      '--test',
      `--test-concurrency=${oneEach}`,
      '--test-reporter=tap',
      'test/host/',
      'test/improv/',
    ]);
    const count = (name) => Number(new RegExp(`^# ${name} (\\d+)`, 'm').exec(output)?.[1] ?? 0);
    if (!isGood) {
      process.stdout.write(output);
    }
    return { passed: count('pass'), failed: isGood ? count('fail') : Math.max(count('fail'), 1) };
  },
  e2e: () => playwright('e2e'),
  // The same flows in every engine that phones and desktops have.
  engines: () => playwright('engines', ['-c', 'test/engines']),
  lab: async () => {
    const why = whyNoLab(root);
    if (why !== undefined) {
      process.stdout.write(`lab: ${why}\n`);
      return { passed: 0, failed: 0, skipped: 1 };
    }
    // Each lab is one phone with one device in a network of their own, so there can be several.
    const labs = await Promise.all(
      Array.from({ length: oneEach }, (_, i) =>
        playwright(
          `lab-${i + 1}`,
          [
            '-c',
            'test/lab',
            `--shard=${i + 1}/${oneEach}`,
            '--output',
            join(outFolder, `lab-${i + 1}`),
          ],
          onPhone,
        ),
      ),
    );
    return sumOf(labs);
  },
};

/** What build-ahead.mjs compiles for while the others run. */
const sanitizedSteps = {
  core: () => sanitized('asan', 'core'),
  host: () => sanitized('asan', 'host'),
  allocations: () =>
    check('node', [
      'scripts/check-allocations.mjs',
      join(buildFor('asan', ['provisioning']), 'libprovisioning.a'),
    ]),
  storage: () => sanitized('asan', 'storage'),
  portal: () => sanitized('asan', 'portal', oneEach),
  neighbours: () => sanitized('asan', 'neighbours', oneEach),
  life: () => sanitized('asan', 'life', oneEach),
  triggers: () => sanitized('asan', 'triggers'),
  abuse: () => sanitized('asan', 'abuse', oneEach),
  clang: () => {
    const program = join(buildFor('clang'), 'test', 'portal', 'portal_tests');
    return check(program, ['--source-file=*getters_test*']);
  },
  fuzz: () => {
    const seconds = 3;
    const failed = fuzzers.filter((name) => {
      const { isGood, output } = fuzz(name, seconds, join(results, 'fuzz', name));
      if (!isGood) {
        process.stdout.write(output);
      }
      return !isGood;
    });
    return { passed: fuzzers.length - failed.length, failed: failed.length };
  },
  'host-tsan': () => sanitized('tsan', 'host'),
  'portal-tsan': () => sanitized('tsan', 'portal', oneEach),
  'neighbours-tsan': () => sanitized('tsan', 'neighbours', oneEach),
  'life-tsan': () => sanitized('tsan', 'life', oneEach),
};

const steps = { ...firstSteps, ...sanitizedSteps };

/** What was not run is neither passed nor passed over. */
const counted = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** Runs one step, tells what it counted, and returns that. */
async function runStep(name) {
  const begun = performance.now();
  let counts;
  try {
    counts = await steps[name]();
  } catch (error) {
    if (!(error instanceof Problem)) {
      throw error;
    }
    process.stdout.write(`${error.message}\n`);
    counts = { passed: 0, failed: 1 };
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`${name}: ${counted(counts)} (${seconds} s)\n`);
  return counts;
}

/** Resolves when all that the sanitized steps need is built, or could not be. */
const buildAhead = () =>
  once(spawn('node', ['scripts/build-ahead.mjs'], { cwd: root, stdio: 'ignore' }), 'exit');

await run(async () => {
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => !(name in steps));
  if (unknown.length > 0) {
    throw new Problem(
      `No such step: ${unknown.join(', ')}. There are: ${Object.keys(steps).join(', ')}`,
    );
  }
  const wanted = Object.keys(steps).filter((name) => chosen.length === 0 || chosen.includes(name));
  setUp({ toTest: true, toFuzz: wanted.includes('fuzz') || wanted.includes('clang') });
  buildPage();
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });

  const built = chosen.length === 0 ? buildAhead() : undefined;
  const all = [];
  for (const name of wanted) {
    if (name in sanitizedSteps) {
      await built;
    }
    all.push(await runStep(name));
  }
  const sum = sumOf(all);
  process.stdout.write(`${counted(sum)}\n`);
  return sum.failed === 0 && sum.passed + sum.skipped > 0 ? 0 : 1;
});
