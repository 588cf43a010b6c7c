// What each call allocates, by the number of access points around and of networks saved.

import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../scripts/lib/setup.mjs';
import { Device, scratch, worldOf } from './device.mjs';

export const accessPointCounts = [1, 16, 64, 256];
/** The last is the store's limit (CredentialStore::kMaxNetworks). */
export const savedCounts = [0, 16, 63];

/** A list has one row a name, and so many at most (ScanList::kMaxNetworks). */
export const rowsOf = (accessPoints) => Math.min(accessPoints, 128);

/** Fast enough not to wait for scans, slow enough that a busy machine does not run into time-outs. */
const speed = 20;

/** Folders whose flash has so many saved networks, made by connecting to each. */
export async function flashes(programs) {
  const folder = scratch();
  const world = worldOf(Math.max(...savedCounts), {
    folder,
    name: 'Saved',
    security: 'wpa2',
    password: 'a-password-of-sixteen-characters',
  });
  const paths = new Map();
  const work = join(folder, 'work');
  const device = await new Device().start(programs.simulator, {
    scenario: world.file,
    state: work,
    speed,
  });
  await device.scanned();
  let saved = 0;
  for (const count of savedCounts) {
    for (; saved < count; ++saved) {
      const { ssid, password } = world.accessPoints[saved];
      // Where this machine is too busy for the device's time-outs, a second try may do.
      let report = await device.connect({ ssid, password });
      if (!report.saved) {
        report = await device.connect({ ssid, password });
      }
      if (!report.saved) {
        throw new Problem(`Saving network ${saved + 1} failed: ${JSON.stringify(report)}`);
      }
    }
    paths.set(count, copyOf(work));
  }
  await device.stop();
  return paths;
}

/** A copy of a flash that may be written to. */
export function copyOf(state) {
  const folder = scratch();
  const flash = join(state, 'nvs.bin');
  if (existsSync(flash)) {
    copyFileSync(flash, join(folder, 'nvs.bin'));
  }
  return folder;
}

async function measureWorld(programs, accessPoints, saved, state) {
  const world = worldOf(accessPoints, { folder: scratch() });
  const device = await new Device().start(programs.bench, {
    scenario: world.file,
    speed,
    state: copyOf(state),
    probe: programs.probe,
  });
  const { client, counters } = device;
  const rows = [];
  // The server serves one request after the other, so when a second one is answered the first is over.
  const fence = () => client.get('/generate_204');
  const measure = async (operation, work) => {
    await fence();
    const before = counters.read();
    counters.reset();
    const reply = await work();
    await fence();
    const after = counters.read();
    rows.push({
      operation,
      accessPoints,
      saved,
      allocations: after.allocations,
      bytes: after.bytes,
      peak: after.peak - before.live,
      kept: after.live - before.live,
      tasks: after.tasks,
      reply: reply?.bytes?.length,
      status: reply?.status,
      sentFromPage: after.sent_from_page,
      sends: after.sends - 1, // without the fence's
    });
    return reply;
  };
  await device.scanned();
  await fence();
  const atRest = counters.read();
  await measure('GET /', () => client.get('/'));
  await measure('GET /generate_204 (302)', () => client.get('/generate_204'));
  await measure('GET /api/status', () => client.get('/api/status'));
  await measure('GET /api/scan', () => client.get('/api/scan'));
  await measure('GET /api/networks', () => client.get('/api/networks'));
  await measure('GET /api/connect', () => client.get('/api/connect'));
  await measure('a scan', async () => {
    await client.call('POST', '/api/scan');
    await device.scanned();
  });
  const name = world.accessPoints[0].ssid;
  // The first leaves a saved network behind, if there is room; the second shows that no more stays.
  await device.connect({ ssid: name, password: '' });
  await measure('a connection test', () => device.connect({ ssid: name, password: '' }));
  await measure('GET /api/connect (connected)', () => client.get('/api/connect'));
  const newest = (await client.get('/api/networks')).json().networks[0].ssid;
  await measure('DELETE /api/networks/{ssid}', () =>
    client.call('DELETE', `/api/networks/${encodeURIComponent(newest)}`),
  );
  await device.stop();
  return { rows, atRest: { accessPoints, saved, live: atRest.live, blocks: atRest.live_blocks } };
}

/** One row for each operation in each world, and what is held between requests. */
export async function measureMemory(programs, states) {
  const rows = [];
  const atRest = [];
  for (const saved of savedCounts) {
    for (const accessPoints of accessPointCounts) {
      const world = await measureWorld(programs, accessPoints, saved, states.get(saved));
      rows.push(...world.rows);
      atRest.push(world.atRest);
    }
  }
  return { rows, atRest };
}
