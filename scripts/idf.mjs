// npm run idf: builds the firmware with the ESP-IDF that IDF_PATH names, for its `linux` target and, if
// the compiler is there, for esp32c3, and tries the first over HTTP. Part of no other command.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Problem, quietly, root, run } from './lib/setup.mjs';

const base = 'http://127.0.0.1:8080';

function idf(target, project = '.', folder = join('build', `idf-${target}`)) {
  process.stdout.write(`Building for ${target} in ${folder} ...\n`);
  const tool = join(process.env.IDF_PATH, 'tools', 'idf.py');
  const preview = target === 'linux' ? ['--preview'] : [];
  const sdkconfig = `-DSDKCONFIG=${join(root, folder, 'sdkconfig')}`;
  const args = [
    tool,
    '-C',
    project,
    '-B',
    join(root, folder),
    sdkconfig,
    ...preview,
    `-DIDF_TARGET=${target}`,
    'build',
  ];
  quietly(`Building for ${target}`, 'python3', args);
  return join(root, folder);
}

async function call(method, path, body) {
  const headers = body && { 'Content-Type': 'application/json' };
  const reply = await fetch(base + path, {
    method,
    headers,
    body: body && JSON.stringify(body),
    redirect: 'manual',
  });
  return { status: reply.status, text: await reply.text(), headers: reply.headers };
}

/** Asks until `holds` is true of the answer; gives up after 30 s. */
async function wait(path, holds) {
  const deadline = Date.now() + 30_000;
  let last = 'nothing';
  while (Date.now() < deadline) {
    try {
      const { text } = await call('GET', path);
      last = text;
      const value = JSON.parse(text);
      if (holds(value)) return value;
    } catch (error) {
      last = String(error);
    }
    await delay(50);
  }
  throw new Problem(`${path} says ${last}`);
}

async function tryOut(program) {
  const state = mkdtempSync(join(tmpdir(), 'idf-linux-'));
  const env = { ...process.env, SIM_STATE: state };
  const device = spawn(program, [], { env, stdio: 'ignore' });
  const checks = [];
  const check = (what, holds) => {
    checks.push(holds);
    process.stdout.write(`${holds ? 'ok' : 'NOT OK'}: ${what}\n`);
  };
  const connect = async (password) => {
    await call('POST', '/api/connect', { ssid: 'HouseOfBoo', password });
    return wait('/api/connect', ({ state: now }) => now === 'connected' || now === 'failed');
  };
  try {
    const scan = await wait('/api/scan', ({ age_ms: age }) => age !== null);
    check('the scan finds HouseOfBoo', scan.networks[0].ssid === 'HouseOfBoo');
    const page = await call('GET', '/');
    check('the page is served', page.status === 200 && page.text.startsWith('<!'));
    check('probes are redirected', (await call('GET', '/generate_204')).status === 302);
    check('completing needs a test', (await call('POST', '/api/complete')).status === 409);
    const wrong = await connect('wrong-wrong');
    check('a wrong password is told', wrong.reason === 'wrong_password');
    const right = await connect('boo-boo-boo');
    check('a right password connects and is saved', right.state === 'connected' && right.saved);
    check('completing is accepted', (await call('POST', '/api/complete')).status === 200);
  } finally {
    device.kill('SIGKILL');
    rmSync(state, { recursive: true, force: true });
  }
  return checks;
}

await run(async () => {
  if (!process.env.IDF_PATH || !existsSync(join(process.env.IDF_PATH, 'tools', 'idf.py'))) {
    throw new Problem('IDF_PATH must name an installed ESP-IDF (run its export.sh first).');
  }
  const checks = await tryOut(join(idf('linux'), 'provisioning.elf'));
  const storage = idf('linux', join('test', 'idf_storage'), join('build', 'idf-storage'));
  const cuts = spawnSync(join(storage, 'storage_power_cut.elf'), [], { encoding: 'utf8' });
  process.stdout.write(cuts.stdout ?? '');
  checks.push(cuts.status === 0);
  const compiler = spawnSync('riscv32-esp-elf-gcc', ['--version']);
  if (compiler.status === 0) {
    idf('esp32c3');
    checks.push(true);
  } else {
    process.stdout.write('No riscv32-esp-elf-gcc: esp32c3 is left out.\n');
  }
  const failed = checks.filter((good) => !good).length;
  process.stdout.write(`${checks.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
});
