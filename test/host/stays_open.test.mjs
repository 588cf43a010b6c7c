// The example with "Auto-shutdown AP" switched off: a program of its own, beside the usual one.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const usual = resolve(fileURLToPath(import.meta.url), '../../../out/host/sim/esp-prov-sim');
process.env.ESP_PROV_SIM = `${process.env.ESP_PROV_SIM ?? usual}-stays`;
const { device } = await import('./simulator.mjs');

const house = { ssid: 'HouseOfBoo', password: 'boo-boo-boo' };

async function connect(it) {
  await it.call('POST', '/api/connect', house);
  const { state } = await it.verdict();
  assert.equal(state, 'connected');
}

test('with "Auto-shutdown AP" off the example leaves the portal open, and it can be used again', async () => {
  const it = await device('--speed', '20');
  const { age_ms: before } = await it.wait('/api/scan', ({ age_ms }) => age_ms !== null);
  await connect(it);
  const { status, json } = await it.call('POST', '/api/complete');
  assert.equal(status, 200);
  assert.equal(json.ap_shutdown, false);
  // By the list's age: long after the portal would have closed.
  await it.wait('/api/scan', ({ age_ms }) => age_ms > before + 30_000);
  assert.equal((await it.call('GET', '/api/status')).json.completed, true);
  await connect(it);
});
