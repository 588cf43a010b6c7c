// Improv over serial with its own client, against the running firmware.
import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';

import { ask, deviceOf, freshFolder, scratchFile, start } from '../host/simulator.mjs';
import { client } from './cable.mjs';

const house = { name: 'HouseOfBoo', password: 'boo-boo-boo' };
const [ready, provisioning, provisioned] = [2, 3, 4];

let cables = 0;

/** A device with a cable, at a speed that leaves a scan and a test a second or two. */
async function device(...args) {
  const path = scratchFile(`serial-${++cables}.sock`);
  const it = await deviceOf('', '--serial', path, '--speed', '10', ...args);
  return { ...it, path, plugIn: () => client(path), stop: () => it.sim.stop() };
}

/** Asks until it holds. */
async function until(holds) {
  while (!(await holds())) await pass(5);
}

test('the device is found, and tells who it is', async () => {
  const it = await device();
  const { improv, unplug } = await it.plugIn();
  assert.equal(improv.state, ready);
  assert.equal(improv.info.chipFamily, 'linux');
  assert.equal(improv.info.name, 'ESP32 Device');
  assert.match(improv.info.firmware, /./);
  assert.equal(improv.info.version, '1.0.0');
  assert.equal(await improv.getDeviceName(), 'ESP32 Device');
  assert.equal(await improv.getHostname(), 'espressif');
  await assert.rejects(improv.setHostname('bedroom'), /UNKNOWN_RPC_COMMAND/);
  await assert.rejects(improv.setDeviceName('Bedroom'), /UNKNOWN_RPC_COMMAND/);
  assert.deepEqual(await improv.requestNetworkState(), {
    online: false,
    supportsWifi: true,
    supportsEthernet: false,
    supportsThread: false,
    supportsModem: false,
    urls: [],
  });
  unplug();
  await it.stop();
});

test('the networks around are listed, with the log on the same line', async () => {
  const it = await device('--log-level', 'verbose');
  const { improv, unplug } = await it.plugIn();
  const networks = await improv.scan();
  const { json } = await it.call('GET', '/api/scan');
  const shown = json.networks.filter(({ ssid, security }) => ssid && security !== 'enterprise');
  assert.deepEqual(
    networks.map(({ name }) => name).sort(),
    [...new Set(shown.map(({ ssid }) => ssid))].sort(),
  );
  const found = networks.find(({ name }) => name === house.name);
  assert.equal(found.secured, true);
  assert.ok(found.rssi < 0);
  assert.ok(networks.some(({ secured }) => !secured));
  unplug();
  await it.stop();
});

test('a wrong password is told, and a right one puts the device on the network', async () => {
  const it = await device();
  const { improv, unplug } = await it.plugIn();
  const states = [];
  improv.addEventListener('state-changed', ({ detail }) => states.push(detail));
  await assert.rejects(improv.provision(house.name, 'not-this-one'), /UNABLE_TO_CONNECT/);
  await until(() => states.at(-1) === ready);
  await improv.provision(house.name, house.password);
  assert.deepEqual(states, [provisioning, ready, provisioning, provisioned]);
  assert.match(improv.nextUrl, /^http:\/\/192\.168\.\d+\.\d+\/$/);
  await it.sim.line(/Provisioned successfully!/);
  await it.sim.line(/Provisioning example finished/);
  // The cable goes on after the portal.
  await improv.requestCurrentState();
  assert.equal(improv.state, provisioned);
  assert.match(improv.nextUrl, /^http:/);
  await assert.rejects(improv.scan(), /UNKNOWN_ERROR/);
  unplug();
  await it.stop();
});

test('a test from the page and one from the cable exclude each other, and both sides see it', async () => {
  const it = await device();
  // So that a test lasts for half a minute of the device's.
  await it.control({ cmd: 'set_ap', match: { ssid: house.name }, set: { dhcp: 'silent' } });
  await it.wait('/api/scan', ({ age_ms }) => age_ms !== null);
  const { improv, unplug } = await it.plugIn();
  const states = [];
  improv.addEventListener('state-changed', ({ detail }) => states.push(detail));
  const ask = () => it.call('POST', '/api/connect', { ssid: house.name, password: house.password });
  assert.equal((await ask()).status, 202);
  await until(() => states.includes(provisioning));
  await assert.rejects(improv.provision(house.name, house.password), /UNKNOWN_ERROR/);
  assert.equal((await it.call('DELETE', '/api/connect')).status, 202);
  await until(() => states.at(-1) === ready);

  const tested = assert.rejects(improv.provision(house.name, house.password), /UNABLE_TO_CONNECT/);
  await it.wait('/api/connect', ({ state, ssid }) => state !== 'failed' && ssid === house.name);
  assert.equal((await ask()).status, 409);
  assert.equal((await it.call('DELETE', '/api/connect')).status, 202);
  await tested;
  unplug();
  await it.stop();
});

test('whenever the cable is pulled, the next client finds the device as it is', async () => {
  const it = await device();
  const steps = [
    () => {},
    ({ improv }) => void improv.scan().catch(() => {}),
    ({ improv }) => void improv.provision(house.name, 'not-this-one').catch(() => {}),
    ({ port }) => void port.socket.write('IMPROV\x01\x03\xff'),
    ({ port }) => void port.socket.write('IMPROV\x01\x03\x02\x02'),
  ];
  for (const step of steps) {
    const connected = await it.plugIn();
    step(connected);
    await pass(50);
    connected.unplug();
  }
  const { improv, unplug } = await it.plugIn();
  assert.match(String(improv.state), /^[23]$/);
  // The test that nobody waits for any more gives way.
  await improv.provision(house.name, house.password);
  assert.equal(improv.state, provisioned);
  unplug();
  await it.stop();
});

test('noise on the line costs no frame', async () => {
  const it = await device();
  const { improv, port, unplug } = await it.plugIn();
  for (const noise of [
    '\x00\xff\xfe',
    'IMPROV',
    'IMPROV\x01\x03\xff',
    'help\r\n',
    'I'.repeat(300),
  ]) {
    port.socket.write(Buffer.from(noise, 'latin1'));
    await improv.requestInfo();
    assert.equal(improv.info.name, 'ESP32 Device');
  }
  unplug();
  await it.stop();
});

test('64 networks are listed, and none whose name is no text', async () => {
  const it = await device('--scenario', 'crowded');
  const ap = { ssid_hex: '436166e9', bssid: '02:00:00:00:00:99', rssi: -40 };
  assert.deepEqual(await ask(`${it.folder}/control.sock`, { cmd: 'add_ap', ap }), { ok: true });
  const { improv, unplug } = await it.plugIn();
  const networks = await improv.scan();
  assert.ok(networks.length >= 60, `${networks.length} networks`);
  assert.ok(networks.every(({ name }) => !name.startsWith('Caf') && !name.includes('\ufffd')));
  unplug();
  await it.stop();
});

test('a pseudo-terminal is a cable, too', async () => {
  const sim = start(['--port', '0', '--state', freshFolder(), '--serial', 'pty', '--speed', '10']);
  const [, path] = await sim.line(/Serial port: (\/dev\/pts\/\d+)/);
  await sim.url();
  const terminal = await open(path, 'r+');
  await terminal.write(Buffer.from('IMPROV\x01\x03\x02\x02\x00\xe5\n', 'latin1'));
  let heard = '';
  const wanted = '\nIMPROV\x01\x01\x01\x02';
  while (!heard.includes(wanted)) {
    const { buffer, bytesRead } = await terminal.read(Buffer.alloc(256), 0, 256);
    heard += buffer.subarray(0, bytesRead).toString('latin1');
  }
  assert.match(heard, /\r\n/, 'the console, as on a board');
  await sim.stop();
  await terminal.close();
});

test('the example in the documents is set up over its cable', async () => {
  const path = scratchFile('example.sock');
  const it = await deviceOf('-example-improv', '--serial', path, '--speed', '10');
  const { improv, unplug } = await client(path);
  assert.equal(improv.info.name, 'Living Room Lamp');
  await improv.provision(house.name, house.password);
  assert.match(improv.nextUrl, /^http:/);
  unplug();
  await it.sim.stop();
});

test('a path that can not be a socket is one line', async () => {
  const sim = start(['--port', '0', '--state', freshFolder(), '--serial', '/nowhere/serial.sock']);
  const { code } = await sim.ended;
  assert.equal(code, 2);
  assert.match(sim.err, /^esp-prov-sim: --serial: \/nowhere\/serial\.sock: [^\n]+\n$/);
});
