// npm run abuse: the attacks of test/abuse at the speed of life, for the table in docs/security.md.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildHost, root, run, setUp } from './lib/setup.mjs';

await run(() => {
  setUp({ toTest: true });
  const folder = buildHost('abuse', ['abuse_tests'], ['-DBUILD_TESTING=ON']);
  const program = join(folder, 'test', 'abuse', 'abuse_tests');
  const env = { ...process.env, ABUSE_SPEED: '1' };
  return spawnSync(program, process.argv.slice(2), { cwd: root, stdio: 'inherit', env }).status;
});
