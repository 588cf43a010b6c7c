// npm start: builds the page and the firmware for this machine and runs them on a simulated radio.
// What stands behind `--` goes to the simulator; see host/sim/README.md. `--example NAME` runs one of
// components/provisioning/examples in place of main/.

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildHost, buildPage, Problem, root, run, setUp } from './lib/setup.mjs';

/** The program to run, and the arguments that are the simulator's. */
function chosen([...args]) {
  const at = args.indexOf('--example');
  if (at < 0) {
    return { program: 'esp-prov-sim', args };
  }
  const [, name] = args.splice(at, 2);
  const names = readdirSync(join(root, 'components/provisioning/examples'));
  if (!names.includes(name)) {
    throw new Problem(`unknown example '${name ?? ''}'; there are: ${names.join(', ')}`);
  }
  return { program: `esp-prov-sim-example-${name}`, args };
}

await run(async () => {
  const { program, args } = chosen(process.argv.slice(2));
  setUp();
  buildPage();
  const folder = buildHost('host', [program]);
  const simulator = spawn(join(folder, 'sim', program), args, { stdio: 'inherit' });
  // Ctrl-C in a terminal reaches the simulator by itself, a signal to this process does not.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => simulator.kill(signal));
  }
  return await new Promise((resolve, reject) => {
    simulator.on('error', reject);
    simulator.on('exit', (code) => resolve(code ?? 1));
  });
});
