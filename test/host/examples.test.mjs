// The examples that users copy, run as applications of their own: host/sim/CMakeLists.txt builds them, those in
// documents from the text as it stands there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { cppBlocks } from '../../scripts/lib/examples.mjs';
import { deviceOf, start } from './simulator.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
/** What the example's own handler of the station says. */
const connected = /example: Connected, address 192\.168\.1\.\d+/;
const house = { ssid: 'HouseOfBoo', password: 'boo-boo-boo' };

/** What the owner does on the page. */
async function chooseNetwork(it) {
  await it.call('POST', '/api/connect', house);
  assert.equal((await it.verdict()).state, 'connected');
  assert.equal((await it.call('POST', '/api/complete')).status, 200);
}

for (const [name, ending] of [
  ['readme', /app: Chosen: HouseOfBoo/],
  ['component-readme', /wifi: station: \S+ leave/],
]) {
  describe(`the example "${name}"`, () => {
    test('has an open portal after app_main() has returned, until its owner has chosen', async () => {
      const it = await deviceOf(`-example-${name}`, '--speed', '10');
      await it.sim.line(/Returned from app_main\(\)/);
      const { status, json } = await it.call('GET', '/api/status');
      assert.equal(status, 200);
      assert.equal(json.device.name, 'Living Room Lamp');
      await chooseNetwork(it);
      await it.sim.line(ending);
      await it.sim.stop();
    });
  });
}

test('the example "portal" connects to the chosen network, stays, and connects at the next boot', async () => {
  const it = await deviceOf('-example-portal', '--speed', '10');
  await chooseNetwork(it);
  await it.sim.line(connected);
  it.sim.out.length = 0;
  await it.control({ cmd: 'kick', reason: 8 });
  await it.sim.line(connected);
  await it.sim.stop();

  const args = ['--state', it.folder, '--port', '0', '--speed', '10'];
  const again = start(args, '-example-portal');
  await again.line(connected);
  assert.ok(!again.out.some((line) => line.includes('softAP')), again.out.join('\n'));
  await again.stop();
});

test('the example "connected" goes online from the portal, stays so, and is online at the next boot', async () => {
  const it = await deviceOf('-example-connected', '--speed', '10');
  await chooseNetwork(it);
  await it.sim.line(/example: Online/);
  await it.control({ cmd: 'kick', reason: 3 });
  await it.sim.line(/Disconnected \(reason 3\)/);
  let state;
  do {
    state = await it.control({ cmd: 'state' });
  } while (!state.station.has_address);
  await it.sim.stop();

  const args = ['--state', it.folder, '--port', '0', '--speed', '10'];
  const again = start(args, '-example-connected');
  await again.line(/example: Online/);
  assert.ok(!again.out.some((line) => line.includes('softAP')), again.out.join('\n'));
  await again.stop();
});

test('the example "callbacks" works while it is online, and its button opens the portal and forgets', async () => {
  const it = await deviceOf('-example-callbacks', '--speed', '10');
  await it.sim.line(/Display: join my access point/);
  await chooseNetwork(it);
  await it.sim.line(/Display: clear/);
  await it.sim.line(/example: Connected to HouseOfBoo/);
  await it.sim.line(/example: Sending/);
  await it.control({ cmd: 'kick', reason: 3 });
  await it.sim.line(/example: Disconnected, reason 3/);
  await it.sim.line(/example: Connected to HouseOfBoo/);

  it.sim.out.length = 0;
  await it.control({ cmd: 'button', pressed: true });
  await it.sim.line(/Display: join my access point/);
  await it.sim.line(/All networks are forgotten/);
  await it.sim.line(/example: Disconnected, reason 8/);
  await it.control({ cmd: 'button', pressed: false });
  await it.sim.stop();
});

test('the example "callbacks" opens its portal after four quick power cycles', async () => {
  const it = await deviceOf('-example-callbacks', '--speed', '10');
  await chooseNetwork(it);
  await it.sim.line(/Display: clear/);
  await it.sim.stop();

  // Slow enough for a busy machine to be quick by the device's time.
  const args = ['--state', it.folder, '--port', '0', '--speed', '0.2'];
  const again = start(args, '-example-callbacks');
  for (let starts = 1; starts < 4; ++starts) {
    await again.line(/example: Connected to HouseOfBoo/);
    assert.ok(!again.out.some((line) => line.includes('Display')), again.out.join('\n'));
    again.out.length = 0;
    await it.control({ cmd: 'restart' });
  }
  await again.line(/Display: join my access point/);
  await again.stop();
});

test('every example in a document is one that these tests run', () => {
  const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' });
  const withExamples = documents
    .trim()
    .split('\n')
    .filter((document) => cppBlocks(readFileSync(resolve(root, document), 'utf8')).length > 0);
  assert.deepEqual(withExamples, [
    'README.md',
    'components/provisioning/README.md',
    'docs/improv.md',
  ]);
});
