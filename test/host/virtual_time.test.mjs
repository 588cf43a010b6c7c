// The device's time seen from outside of its process, which the machine may hold up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import { device } from './simulator.mjs';

const house = { ssid: 'HouseOfBoo', password: 'boo-boo-boo' };

test('a process that is stopped for a while is slow, not late', async () => {
  const it = await device('--speed', '50');
  await it.wait('/api/scan', ({ age_ms: age }) => age !== null);
  const { json } = await it.call('POST', '/api/connect', house);
  it.sim.child.kill('SIGSTOP');
  // A connection test has 20 s of the device's time, and this would be a minute of it.
  await pass(1200);
  it.sim.child.kill('SIGCONT');
  const verdict = await it.verdict();
  assert.equal(verdict.id, json.id);
  assert.equal(verdict.state, 'connected');
  assert.ok(verdict.elapsed_ms < 10_000, `${verdict.elapsed_ms} ms`);
  await it.sim.stop();
});

test('a second of the device is no less than a second of the machine', async () => {
  const it = await device('--speed', '1', '--scenario', 'quiet');
  const isKnown = ({ age_ms: age }) => age !== null;
  await it.wait('/api/scan', isKnown);
  const begun = performance.now();
  const { age_ms: before } = await it.wait('/api/scan', isKnown);
  const { age_ms: after } = await it.wait('/api/scan', ({ age_ms: age }) => age >= before + 1000);
  const took = performance.now() - begun;
  // Both ages are whole milliseconds.
  assert.ok(took >= after - before - 1, `${after - before} ms within ${took} ms`);
  await it.sim.stop();
});
