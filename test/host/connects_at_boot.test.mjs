// The example with "Connect at boot" switched on: a program of its own, beside the usual one.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { deviceOf, start } from './simulator.mjs';

const house = { ssid: 'HouseOfBoo', password: 'boo-boo-boo' };
const connected = /Connected to HouseOfBoo, address 192\.168\.1\.\d+/;

test('with "Connect at boot" on the example tells the way in, goes online, and does so at the next boot', async () => {
  const it = await deviceOf('-connects', '--speed', '10');
  await it.sim.line(/Open browser to: http:\/\/192\.168\.4\.1/);
  await it.call('POST', '/api/connect', house);
  assert.equal((await it.verdict()).state, 'connected');
  await it.sim.line(connected);
  assert.equal((await it.call('POST', '/api/complete')).status, 200);
  await it.sim.line(/The access point is closed/);
  await it.sim.stop();

  const again = start(['--state', it.folder, '--port', '0', '--speed', '10'], '-connects');
  await again.line(connected);
  assert.ok(!again.out.some((line) => line.includes('Open browser to')), again.out.join('\n'));
  await again.stop();
});
