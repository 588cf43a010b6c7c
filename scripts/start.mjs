// npm start: builds the page and the firmware for this machine and runs them on a simulated radio.
// What stands behind `--` goes to the simulator; see host/sim/README.md.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildHost, buildPage, run, setUp } from './lib/setup.mjs';

await run(async () => {
  setUp();
  buildPage();
  const folder = buildHost('host', ['esp-prov-sim']);
  const simulator = spawn(join(folder, 'sim', 'esp-prov-sim'), process.argv.slice(2), {
    stdio: 'inherit',
  });
  // Ctrl-C in a terminal reaches the simulator by itself, a signal to this process does not.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => simulator.kill(signal));
  }
  return await new Promise((resolve, reject) => {
    simulator.on('error', reject);
    simulator.on('exit', (code) => resolve(code ?? 1));
  });
});
