// Names of every kind go through radio, JSON, flash and log, and come out as the same bytes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { hostileNames, ssidOf } from './hostile_names.mjs';
import { device } from './simulator.mjs';

const hex = ({ ssid, ssid_hex }) => ssid_hex ?? Buffer.from(ssid, 'utf8').toString('hex');

/** More than this are not in one list: the driver's weakest are dropped. */
const atOnce = 60;

const accessPoint = (name, index) => ({
  ...ssidOf(name),
  bssid: `02:00:00:00:00:${(index % 256).toString(16).padStart(2, '0')}`,
  channel: 6,
  rssi: -40,
  security: 'open',
});

const percent = (name) => name.toString('hex').replace(/../g, '%$&');

/** What ESP-IDF's log puts before a message, and what a terminal would act on. */
const logLine = /^[EWID] \(\d+\) [A-Za-z_ -]+: /;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is after
const disturbing = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

function assertLogIsSound(lines) {
  const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
  for (const line of lines.map((raw) => raw.replace(colour, ''))) {
    // The QR code.
    if (/^[ █▀▄]+$/.test(line)) continue;
    // The driver's own lines, as it logs on a chip too.
    if (/^I \(\d+\) wifi: /.test(line)) continue;
    if (line.trim() === '' || /^ {2}(Open|Scenario|Ctrl-C)/.test(line)) continue;
    assert.match(line, logLine);
    assert.doesNotMatch(line, disturbing);
  }
}

async function join(it, name) {
  const begun = await it.call('POST', '/api/connect', ssidOf(name));
  assert.equal(begun.status, 202, `${name.toString('hex')}: ${begun.raw}`);
  return it.verdict();
}

describe(`${hostileNames.length} hostile names`, () => {
  test('are listed as the bytes that they are, each once', async () => {
    const it = await device('--scenario', 'quiet', '--speed', '100');
    for (let at = 0; at < hostileNames.length; at += atOnce) {
      const names = hostileNames.slice(at, at + atOnce);
      for (const [index, name] of names.entries()) {
        await it.control({ cmd: 'add_ap', ap: accessPoint(name, index) });
      }
      const before = await it.wait('/api/scan', ({ scanning }) => !scanning);
      assert.ok(before.age_ms === null || before.age_ms >= 0);
      assert.equal((await it.call('POST', '/api/scan')).status, 202);
      const { networks } = await it.wait('/api/scan', ({ scanning }) => !scanning);
      assert.deepEqual(networks.map(hex).sort(), names.map((name) => name.toString('hex')).sort());
      for (const [index] of names.entries()) {
        await it.control({
          cmd: 'remove_ap',
          match: { bssid: accessPoint(Buffer.from('x'), index).bssid },
        });
      }
    }
    assertLogIsSound(it.sim.out);
    await it.sim.stop();
  });

  test('are joined, saved, listed and forgotten as the bytes that they are', async () => {
    const it = await device('--scenario', 'quiet', '--speed', '100');
    await it.wait('/api/scan', ({ age_ms }) => age_ms !== null);
    for (const name of hostileNames) {
      const where = name.toString('hex');
      await it.control({ cmd: 'add_ap', ap: accessPoint(name, 0) });
      const verdict = await join(it, name);
      assert.equal(verdict.state, 'connected', `${where}: ${JSON.stringify(verdict)}`);
      assert.equal(hex(verdict), where);
      const { networks } = (await it.call('GET', '/api/networks')).json;
      assert.deepEqual(networks.map(hex), [where]);
      const path = where === '2e' || where === '2e2e' ? `?ssid_hex=${where}` : `/${percent(name)}`;
      assert.equal((await it.call('DELETE', `/api/networks${path}`)).status, 200, where);
      assert.deepEqual((await it.call('GET', '/api/networks')).json.networks, []);
      await it.control({ cmd: 'remove_ap', match: { bssid: accessPoint(name, 0).bssid } });
    }
    assertLogIsSound(it.sim.out);
    await it.sim.stop();
  });
});
