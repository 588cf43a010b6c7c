// npm run lab: real clients against the firmware, in network namespaces; see test/lab/README.md.
// What stands behind `--` goes to Playwright.

import { spawnSync } from 'node:child_process';
import { onPhone, whyNoLab } from './lib/lab.mjs';
import { buildHost, buildPage, Problem, root, run, setUp } from './lib/setup.mjs';

await run(() => {
  setUp({ toTest: true });
  const why = whyNoLab(root);
  if (why !== undefined) {
    throw new Problem(`No lab here: ${why}`);
  }
  buildPage();
  buildHost('host', ['esp-prov-sim']);
  const [program, args] = onPhone(
    ...['npx', 'playwright', 'test', '-c', 'test/lab'],
    ...process.argv.slice(2),
  );
  const result = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  return result.status ?? 1;
});
