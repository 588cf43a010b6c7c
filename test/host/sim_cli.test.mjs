// The simulator as a person at a shell meets it. Needs the built binary: ESP_PROV_SIM names it,
// out/host/sim/esp-prov-sim is the default.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { ask, freshFolder, scratchFile, start } from './simulator.mjs';

async function refused(args) {
  const sim = start(args);
  const { code } = await sim.ended;
  assert.equal(code, 2, `${sim.out.join('\n')}\n${sim.err}`);
  assert.match(sim.err, /^esp-prov-sim: [^\n]+\n$/, 'one line');
  assert.deepEqual(sim.out, []);
  return sim.err.trim().slice('esp-prov-sim: '.length);
}

describe('a mistake on the command line is one line and exit code 2', () => {
  const cases = [
    ['an unknown option', ['--prot', '1'], "unknown option '--prot'; --help lists them"],
    ['a stray word', ['home'], "unknown option 'home'; --help lists them"],
    [
      'a port that is no number',
      ['--port', 'http'],
      "--port: must be a number from 0 to 65535, is 'http'",
    ],
    [
      'a port that is too large',
      ['--port=65536'],
      "--port: must be a number from 0 to 65535, is '65536'",
    ],
    ['a missing value', ['--scenario'], '--scenario: needs a value'],
    [
      'a speed that is no number',
      ['--speed', 'fast'],
      "--speed: must be a number from 0.1 to 1000, is 'fast'",
    ],
    ['no speed at all', ['--speed', '0'], "--speed: must be a number from 0.1 to 1000, is '0'"],
    [
      'an unknown log level',
      ['--log-level', 'loud'],
      "--log-level: must be none, error, warn, info, debug or verbose, is 'loud'",
    ],
    ['an empty name', ['--state='], '--state: must not be empty'],
  ];
  for (const [name, args, message] of cases) {
    test(name, async () => assert.equal(await refused(args), message));
  }

  test('an unknown scenario, with the known ones', async () => {
    const message = await refused(['--scenario', 'hoem', '--state', freshFolder()]);
    assert.match(message, /^unknown scenario 'hoem'; known are .*home, hop, .*quiet/);
  });

  test('a scenario file that is not JSON', async () => {
    const file = scratchFile('broken.json');
    writeFileSync(file, '{"seed": 1,\n');
    assert.match(
      await refused(['--scenario', file]),
      /broken\.json: not JSON at line \d+, column \d+$/,
    );
  });

  test('a scenario file with a wrong field', async () => {
    const file = scratchFile('wrong.json');
    writeFileSync(
      file,
      '{"access_points":[{"ssid":"A","bssid":"02:00:00:00:00:01","channel":15}]}',
    );
    assert.match(
      await refused(['--scenario', file]),
      /wrong\.json: \$\.access_points\[0\]\.channel: must be 1 to 14, .* or 149 \.\.\. 177, is 15$/,
    );
  });

  test('a scenario file that is not there', async () => {
    assert.match(await refused(['--scenario', './nowhere.json']), /nowhere\.json: cannot be read$/);
  });

  test('a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const message = await refused(['--port', String(port), '--state', freshFolder()]);
    assert.equal(message, `--port: port ${port} is in use; another one is chosen with --port N`);
    server.close();
  });

  test('an address that is none', async () => {
    const message = await refused(['--listen', 'everywhere', '--state', freshFolder()]);
    assert.equal(message, "--listen: 'everywhere' is not an IPv4 address");
  });

  test('a state folder that cannot be', async () => {
    const file = scratchFile('a-file');
    writeFileSync(file, '');
    assert.match(
      await refused(['--state', join(file, 'below')]),
      /^--state: cannot create the folder /,
    );
    assert.match(await refused(['--state', file]), /^--state: cannot create the folder /);
  });

  test('a state folder that another simulator uses', async () => {
    const state = freshFolder();
    const first = start(['--port', '0', '--state', state]);
    await first.url();
    assert.equal(
      await refused(['--port', '0', '--state', state]),
      `--state: ${state}: another simulator is using it`,
    );
    await first.stop();
  });
});

describe('the simulator runs', () => {
  test('--help is an answer, not a mistake', async () => {
    const sim = start(['--help']);
    assert.deepEqual(await sim.ended, { code: 0, signal: null });
    assert.equal(sim.err, '');
    assert.ok(sim.out.some((line) => line.includes('--scenario NAME')));
  });

  for (const signal of ['SIGINT', 'SIGTERM']) {
    test(`it prints where to go, answers there, and ${signal} stops it within a second`, async () => {
      const state = freshFolder();
      const sim = start(['--port', '0', '--state', state]);
      const url = await sim.url();
      const reply = await fetch(url, { redirect: 'manual' });
      assert.equal(reply.status, 200);
      await reply.arrayBuffer();
      const before = performance.now();
      assert.deepEqual(await sim.stop(signal), { code: 0, signal: null });
      assert.ok(performance.now() - before < 1000);
      assert.doesNotMatch(sim.err, /Sanitizer/);
      assert.ok(!existsSync(join(state, 'control.sock')));
    });
  }

  test('the control socket changes the world and quits', async () => {
    const state = freshFolder();
    const sim = start(['--port', '0', '--state', state, '--scenario', 'quiet']);
    await sim.url();
    const path = join(state, 'control.sock');
    assert.deepEqual((await ask(path, { cmd: 'world' })).access_points, []);
    const ap = { ssid: 'New', bssid: '02:00:00:00:00:01' };
    assert.deepEqual(await ask(path, { cmd: 'add_ap', ap }), { ok: true });
    const world = await ask(path, { cmd: 'world' });
    assert.deepEqual(
      world.access_points.map(({ ssid }) => ssid),
      ['New'],
    );
    const now = await ask(path, { cmd: 'state' });
    assert.equal(now.started, true);
    assert.equal(now.soft_ap.up, true);
    assert.deepEqual(await ask(path, { cmd: 'quit' }), { ok: true });
    assert.deepEqual(await sim.ended, { code: 0, signal: null });
  });

  test('what a killed one leaves behind does not stop the next', async () => {
    const state = freshFolder();
    const first = start(['--port', '0', '--state', state]);
    await first.url();
    await first.stop('SIGKILL');
    assert.ok(existsSync(join(state, 'control.sock')));
    const second = start(['--port', '0', '--state', state]);
    await second.url();
    assert.deepEqual(await ask(join(state, 'control.sock'), { cmd: 'set' }), { ok: true });
    assert.equal((await second.stop()).code, 0);
  });

  test('the control socket can be elsewhere', async () => {
    const path = scratchFile('elsewhere.sock');
    const sim = start(['--port', '0', '--state', freshFolder(), '--control', path]);
    await sim.url();
    assert.equal((await ask(path, { cmd: 'state' })).initialised, true);
    assert.equal((await sim.stop()).code, 0);
  });
});
