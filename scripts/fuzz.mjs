// npm run fuzz: builds the fuzzers of test/fuzz and runs them, ten minutes each unless told
// otherwise: `npm run fuzz -- body http --seconds 60`. What they learn stays in out/fuzz-corpus,
// inputs that break something in out/fuzz-findings. `--minimise` reduces what was learned to what
// adds coverage and puts it into test/fuzz/corpus.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fuzz, fuzzers, mergeCorpus } from './lib/fuzzers.mjs';
import { outFolder, Problem, root, run, setUp } from './lib/setup.mjs';

await run(() => {
  const words = process.argv.slice(2);
  const at = words.indexOf('--seconds');
  const [, given] = at < 0 ? [] : words.splice(at, 2);
  const seconds = Number(given ?? 600);
  if (!(seconds > 0)) {
    throw new Problem('--seconds needs a number of seconds');
  }
  const minimises = words.includes('--minimise');
  const names = words.filter((word) => word !== '--minimise');
  const unknown = names.filter((name) => !fuzzers.includes(name));
  if (unknown.length > 0) {
    throw new Problem(`No such fuzzer: ${unknown.join(', ')}. There are: ${fuzzers.join(', ')}`);
  }
  setUp({ toFuzz: true });
  let failed = 0;
  for (const name of names.length > 0 ? names : fuzzers) {
    const learned = join(root, outFolder, 'fuzz-corpus', name);
    if (minimises) {
      mergeCorpus(name, learned);
      const kept = readdirSync(join(root, 'test', 'fuzz', 'corpus', name)).length;
      process.stdout.write(`${name}: ${kept} inputs kept\n`);
      continue;
    }
    process.stdout.write(`${name}: ${seconds} s ...\n`);
    const { isGood, output, summary } = fuzz(name, seconds, learned);
    failed += isGood ? 0 : 1;
    process.stdout.write(isGood ? `${summary}\n` : output);
  }
  return failed === 0 ? 0 : 1;
});
