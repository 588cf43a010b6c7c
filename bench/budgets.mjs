// The step `budgets` of npm test: measures what needs no clock and holds it against budgets.json.
// Usage: node bench/budgets.mjs [FILE], which gets the counts as JSON.

import { writeFileSync } from 'node:fs';
import { run } from '../scripts/lib/setup.mjs';
import { checkFixed, measureFixed } from './lib/checks.mjs';
import { build } from './lib/device.mjs';

await run(async () => {
  const checks = checkFixed(await measureFixed(build()));
  for (const { what, holds } of checks) {
    process.stdout.write(`${holds ? 'ok' : 'OVER BUDGET'}: ${what}\n`);
  }
  const failed = checks.filter(({ holds }) => !holds).length;
  const [, , file] = process.argv;
  if (file !== undefined) {
    writeFileSync(file, JSON.stringify({ passed: checks.length - failed, failed }));
  }
  return failed === 0 ? 0 : 1;
});
// What a measurement that failed has left running goes with this process.
process.exit();
