// How the fuzzers of test/fuzz are built and run; by `npm test` for seconds, by `npm run fuzz` for
// as long as one likes.

import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildHost, outFolder, quietly, root } from './setup.mjs';

export const fuzzers = ['body', 'dns', 'http', 'improv', 'json', 'record', 'uri'];

/** Bytes of the longest input: somewhat above the limits that the firmware has. */
const longest = {
  body: 1100,
  dns: 600,
  http: 2048,
  improv: 600,
  json: 1100,
  record: 300,
  uri: 600,
};

// Not for enumerations: ESP-IDF's HTTP_ANY, INT_MAX, lies outside of its own.
const sanitizers = '-fsanitize=address,undefined -fno-sanitize=enum';
const options = [
  '-DBUILD_FUZZERS=ON',
  '-DCMAKE_BUILD_TYPE=Debug',
  // Debian's clang 14 to 16 find no <expected> in GCC 12's library: they lack the concepts it asks for.
  '-DCMAKE_C_COMPILER=clang-19',
  '-DCMAKE_CXX_COMPILER=clang++-19',
  // GCC 12's own headers use what newer compilers call deprecated.
  `-DCMAKE_CXX_FLAGS=-O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link ${sanitizers} -fno-sanitize-recover=undefined -Wno-deprecated-declarations`,
  `-DCMAKE_EXE_LINKER_FLAGS=${sanitizers}`,
];

const env = {
  ...process.env,
  ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0',
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
};

const corpusOf = (name) => join(root, 'test', 'fuzz', 'corpus', name);

export const buildFuzzers = () => buildHost('fuzz', ['fuzzers'], options);

const programOf = (name) => join(buildFuzzers(), 'fuzz', `${name}_fuzz`);

/**
 * Runs one fuzzer over the corpus in git and then for that many seconds. What it learns goes into the
 * folder `learned`, as libFuzzer writes into the first one that it is given: never into the corpus.
 */
export function fuzz(name, seconds, learned) {
  const findings = join(root, outFolder, 'fuzz-findings', name);
  mkdirSync(findings, { recursive: true });
  mkdirSync(learned, { recursive: true });
  const result = spawnSync(
    programOf(name),
    [
      learned,
      corpusOf(name),
      `-dict=${join(root, 'test', 'fuzz', 'words.dict')}`,
      `-max_total_time=${seconds}`,
      `-max_len=${longest[name]}`,
      `-artifact_prefix=${findings}/`,
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, env },
  );
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  const summary = /^#\d+\s+DONE.*$/m.exec(output)?.[0] ?? '';
  return { isGood: result.status === 0 && summary !== '', output, summary };
}

/**
 * Makes the corpus in git anew: the fewest of its inputs and of those learned that reach all the code
 * that they reach together, however often.
 */
export function mergeCorpus(name, learned) {
  const corpus = corpusOf(name);
  const fewest = `${corpus}.new`;
  rmSync(fewest, { recursive: true, force: true });
  for (const folder of [fewest, learned]) mkdirSync(folder, { recursive: true });
  const options = ['-set_cover_merge=1', '-use_counters=0'];
  quietly('Minimising', programOf(name), [...options, fewest, corpus, learned], { env });
  rmSync(corpus, { recursive: true });
  renameSync(fewest, corpus);
}
