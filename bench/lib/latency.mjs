// How long answers take, while the device rests and while it is busy.

import { spawn } from 'node:child_process';
import { Problem } from '../../scripts/lib/setup.mjs';
import { Device, scratch, until, worldOf } from './device.mjs';

export const paths = ['/', '/api/status', '/api/scan'];

/**
 * Each figure is of so many rounds put together, each of so many ms, so that idle and busy see the same
 * changes of the machine's speed. All paths fit into one scan (3.5 s) and one test without DHCP (10 s).
 */
const rounds = 3;
const duration = 500;

function load(programs, device, path, clients) {
  return new Promise((resolve, reject) => {
    const child = spawn(programs.load, [device.port, path, clients, duration].map(String));
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code !== 0) {
        reject(new Problem(`Not every GET ${path} was answered: ${text}`));
        return;
      }
      resolve(JSON.parse(text).times);
    });
  });
}

/** What the device is doing meanwhile; `busy` tells that it still does when the time is over. */
const conditions = {
  idle: {
    clients: 1,
    begin: async () => {},
    isOn: async () => true,
    end: async () => {},
  },
  'during a scan': {
    clients: 1,
    begin: (device) => device.client.call('POST', '/api/scan'),
    isOn: async (device) => (await device.client.get('/api/status')).json().scan.scanning,
    end: (device) => device.scanned(),
  },
  'during a connection test': {
    clients: 1,
    begin: (device, name) =>
      device.client.call('POST', '/api/connect', { body: { ssid: name, password: '' } }),
    isOn: async (device) =>
      ['connecting', 'obtaining_ip'].includes(
        (await device.client.get('/api/connect')).json().state,
      ),
    end: async (device) => {
      await device.client.call('DELETE', '/api/connect');
      await device.verdict();
    },
  },
  '7 clients': {
    clients: 7,
    begin: async () => {},
    isOn: async () => true,
    end: async () => {},
  },
};

/** Answer times in ms. `elf`: a build for ESP-IDF's linux target instead of the host port. */
export async function measureLatency(programs, { elf } = {}) {
  // Scanning takes as long as on a chip; the network lets the device in and never gives it an address.
  const world = worldOf(16, { folder: scratch(), dhcp: 'silent' });
  const device = elf
    ? await new Device().startIdf(elf, { scenario: world.file })
    : await new Device().start(programs.simulator, { scenario: world.file, logLevel: 'none' });
  await device.scanned();
  const times = new Map();
  for (let round = 0; round < rounds; ++round) {
    for (const [condition, { clients, begin, isOn, end }] of Object.entries(conditions)) {
      await begin(device, world.accessPoints[0].ssid);
      await until(async () => ((await isOn(device)) ? true : undefined), condition);
      for (const path of paths) {
        const key = JSON.stringify({ condition, path });
        times.set(key, [
          ...(times.get(key) ?? []),
          ...(await load(programs, device, path, clients)),
        ]);
      }
      if (!(await isOn(device))) {
        throw new Problem(`The measurement ${condition} took longer than that lasts`);
      }
      await end(device);
    }
  }
  await device.stop();
  return [...times].map(([key, all]) => {
    all.sort((a, b) => a - b);
    const at = (share) => all[Math.floor(share * (all.length - 1))] / 1000;
    return { ...JSON.parse(key), answers: all.length, p50: at(0.5), p99: at(0.99) };
  });
}
