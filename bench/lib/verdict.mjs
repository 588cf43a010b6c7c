// How long the firmware takes from the radio's event to the verdict that the API shows.

import { setTimeout as delay } from 'node:timers/promises';
import { Problem } from '../../scripts/lib/setup.mjs';
import { Device } from './device.mjs';

// wifi_event_t and ip_event_t
const scanDone = { kind: 'wifi', id: 1 };
const connected = { kind: 'wifi', id: 4 };
const disconnected = { kind: 'wifi', id: 5 };
const gotIp = { kind: 'ip', id: 0 };

const rounds = 3;
const dhcpLimit = 10_000; // limits::kDhcp in core/machine.hpp
const house = { ssid: 'HouseOfBoo', password: 'boo-boo-boo' };

/**
 * Each way that a test can end: what is asked for, what is changed at the house's access points, and the
 * radio's event that decides, or how long after it the device's own time-out does.
 */
const cases = {
  connected: { decidedBy: gotIp },
  wrong_password: { request: { ...house, password: 'not-its-password' }, decidedBy: disconnected },
  not_found: { request: { ...house, ssid: 'Nowhere' }, decidedBy: scanDone },
  security_mismatch: { request: { ...house, password: '' }, decidedBy: disconnected },
  weak_signal: {
    set: { refuse_association: { reason: 39 }, rssi: -80 },
    decidedBy: disconnected,
  },
  timeout: { set: { refuse_association: { reason: 39 } }, decidedBy: disconnected },
  no_ip: { set: { dhcp: 'silent' }, decidedBy: connected, after: dhcpLimit },
  unknown: { set: { refuse_association: { reason: 1 } }, decidedBy: disconnected },
  cancelled: { set: { dhcp: 'silent' }, cancelAt: 'obtaining_ip' },
};

/** The clock of the probe, in ms. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

/** One test: ms from what decided it to the answer that says so. */
async function testOnce(device, { request = house, decidedBy, after = 0, cancelAt }) {
  const { client, counters } = device;
  const begun = now();
  const reply = await client.call('POST', '/api/connect', { body: request });
  if (reply.status !== 202) {
    throw new Problem(`POST /api/connect: ${reply.bytes}`);
  }
  let cancelledAt;
  const decision = () => {
    const { events } = counters.read();
    const event = events.findLast(
      ({ kind, id, at }) => at > begun && kind === decidedBy?.kind && id === decidedBy?.id,
    );
    return { newest: events.at(-1)?.at ?? 0, at: cancelledAt ?? (event && event.at + after) };
  };
  while (now() - begun < 60_000) {
    // Asking all the time would keep the machine from what is measured.
    const { newest, at } = decision();
    const isNear = [newest, at].some((time) => Math.abs(now() - (time ?? 0)) < 100);
    if (!isNear) {
      await delay(1);
      continue;
    }
    const report = (await client.get('/api/connect')).json();
    const seen = now();
    if (report.state === 'connected' || report.state === 'failed') {
      return { verdict: report.reason ?? report.state, overhead: seen - decision().at };
    }
    if (report.state === cancelAt && cancelledAt === undefined) {
      cancelledAt = now();
      await client.call('DELETE', '/api/connect');
    }
  }
  throw new Problem('A test came to no verdict');
}

async function measureCase(programs, name, options) {
  const device = await new Device().start(programs.bench, { probe: programs.probe });
  await device.scanned();
  if (options.set) {
    await device.command({ cmd: 'set_ap', match: { ssid: house.ssid }, set: options.set });
  }
  const overheads = [];
  for (let round = 0; round < rounds; ++round) {
    const { verdict, overhead } = await testOnce(device, options);
    if (verdict !== name) {
      throw new Problem(`The verdict was ${verdict} and not ${name}\n${device.log}`);
    }
    overheads.push(overhead);
  }
  await device.stop();
  overheads.sort((a, b) => a - b);
  return { verdict: name, median: overheads[1], max: overheads.at(-1) };
}

/** All cases at a time, as they mostly wait. */
export const measureVerdicts = (programs) =>
  Promise.all(Object.entries(cases).map(([name, options]) => measureCase(programs, name, options)));
