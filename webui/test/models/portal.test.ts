import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Ssid } from '../../src/api/ssid';
import type { FirstState } from '../../src/api/types';
import { createPortal } from '../../src/models/portal';
import { FakeDevice, guests, house, network, raw } from '../fake_device';

let device: FakeDevice;

beforeEach(() => {
  vi.useFakeTimers();
  device = new FakeDevice();
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A window that has opened the page, at the moment when the device has told everything. */
async function open() {
  const portal = createPortal(device);
  portal.start();
  await pass(1);
  await pass(1);
  await pass(1);
  return portal;
}

/** The same, and a test of HouseOfBoo that has begun. */
async function openAndConnect(password = 'boo-boo-boo') {
  const portal = await open();
  portal.select(network(house));
  portal.form.typePassword(password);
  portal.submit();
  await pass(0);
  return portal;
}

const running = (name: Ssid, id = 7) =>
  ({ ...name, id, state: 'connecting', phase: 'finding' }) as const;

describe('the first visit', () => {
  it('shows the list that the device has, without scanning', async () => {
    const portal = await open();
    expect(portal.view.value).toBe('list');
    expect(portal.device.value.name).toBe('Lamp');
    expect(portal.scan.networks.value).toHaveLength(1);
    expect(portal.scan.scanning.value).toBe(false);
    expect(device.count('startScan')).toBe(0);
  });

  it('takes two calls until the list is there', async () => {
    await open();
    expect(device.calls.slice(0, 2)).toEqual(['status', 'scan']);
  });

  it('knows the saved networks although the first list was lost on its way', async () => {
    device.kept = [house];
    device.losesAnswerOf = 'scan';
    const portal = await open();
    await pass(1000);
    expect(portal.scan.networks.value).toHaveLength(1);
    expect(portal.saved.networks.value).toHaveLength(1);
  });

  it('waits for the scan that the device is making', async () => {
    device.list = { scanning: true, age_ms: null, networks: [] };
    const portal = await open();
    expect(portal.scan.networks.value).toBeUndefined();
    expect(portal.scan.scanning.value).toBe(true);
    device.endScan([network(house)]);
    await pass(1000);
    expect(portal.scan.networks.value).toHaveLength(1);
    expect(portal.scan.scanning.value).toBe(false);
    expect(device.count('startScan')).toBe(0);
  });

  it('scans by itself if the device has no result', async () => {
    device.list = { scanning: false, age_ms: null, networks: [] };
    const portal = await open();
    expect(device.count('startScan')).toBe(1);
    expect(portal.scan.scanning.value).toBe(true);
    device.endScan([]);
    await pass(1000);
    expect(portal.scan.networks.value).toEqual([]);
    await pass(20_000);
    expect(device.count('startScan')).toBe(1);
  });

  it('shows a failed scan, and does not scan by itself', async () => {
    device.list = { scanning: false, age_ms: null, networks: [], error: {} };
    const portal = await open();
    expect(portal.scan.failed.value).toBe(true);
    expect(portal.scan.networks.value).toBeUndefined();
    expect(device.count('startScan')).toBe(0);
  });

  it('keeps trying while the device does not answer', async () => {
    device.silent = true;
    const portal = await open();
    await pass(2000);
    expect(portal.isOffline.value).toBe(true);
    device.silent = false;
    await pass(4000);
    expect(portal.isOffline.value).toBe(false);
    expect(portal.scan.networks.value).toHaveLength(1);
  });
});

describe('scanning again', () => {
  it('keeps the old list until the new one is there', async () => {
    const portal = await open();
    portal.scan.start();
    expect(portal.scan.scanning.value).toBe(true);
    await pass(1000);
    expect(portal.scan.networks.value).toHaveLength(1);
    const fetched = device.count('scan');
    await pass(2000);
    expect(device.count('scan')).toBe(fetched);
    device.endScan([network(house), network(guests)]);
    await pass(1000);
    expect(portal.scan.networks.value).toHaveLength(2);
    expect(portal.scan.scanning.value).toBe(false);
  });

  it('keeps the old list if the scan fails', async () => {
    const portal = await open();
    portal.scan.start();
    await pass(0);
    device.list = { ...device.list, scanning: false, error: {} };
    await pass(1000);
    expect(portal.scan.failed.value).toBe(true);
    expect(portal.scan.networks.value).toHaveLength(1);
  });

  it('is given up quietly while another window tests a network', async () => {
    const portal = await open();
    device.test = running(house);
    portal.scan.start();
    await pass(500);
    expect(portal.scan.scanning.value).toBe(false);
    expect(portal.view.value).toBe('test');
  });

  it('of another window shows here too', async () => {
    const portal = await open();
    device.list = { ...device.list, scanning: true };
    await pass(5000);
    expect(portal.scan.scanning.value).toBe(true);
    device.endScan([network(guests)]);
    await pass(1000);
    expect(portal.scan.networks.value?.[0]).toMatchObject(guests);
  });

  it('ages the list as time passes', async () => {
    const portal = await open();
    expect(portal.scan.age.value).toBe(1);
    await pass(60_000);
    expect(portal.scan.age.value).toBeGreaterThanOrEqual(56);
    expect(portal.scan.age.value).toBeLessThanOrEqual(62);
  });
});

describe('a connection test', () => {
  it('shows its phases as the device tells them, asking twice a second', async () => {
    const portal = await openAndConnect();
    expect(device.requests).toEqual([
      { ssid: 'HouseOfBoo', security: 'wpa2', password: 'boo-boo-boo' },
    ]);
    expect(portal.view.value).toBe('test');
    expect(portal.report.value).toMatchObject({ state: 'connecting', phase: 'finding' });
    device.test = { ...running(house, 1), phase: 'authenticating' };
    await pass(500);
    expect(portal.report.value).toMatchObject({ phase: 'authenticating' });
    device.test = { id: 1, ...house, state: 'obtaining_ip' };
    await pass(500);
    expect(portal.report.value.state).toBe('obtaining_ip');
    const before = device.count('connectReport');
    await pass(5000);
    expect(device.count('connectReport') - before).toBe(10);
  });

  it('that succeeds shows the address, and the network as saved', async () => {
    const portal = await openAndConnect();
    device.succeed();
    device.endScan([network(house, { saved: true })]);
    await pass(500);
    expect(portal.view.value).toBe('test');
    expect(portal.report.value).toMatchObject({ state: 'connected', ip: '192.168.1.57' });
    await pass(5000);
    expect(portal.saved.has(house)).toBe(true);
    expect(portal.scan.find(house)?.saved).toBe(true);
  });

  it.each([
    'wrong_password',
    'not_found',
    'security_mismatch',
    'weak_signal',
    'no_ip',
    'timeout',
    'unknown',
  ] as const)(
    'that fails with %s goes back to its form, and keeps the password',
    async (reason) => {
      const portal = await openAndConnect('boo-boo-bo0');
      device.fail(reason, 39);
      await pass(500);
      expect(portal.view.value).toBe('form');
      expect(portal.failure.value).toEqual({ code: reason, raw: 39 });
      expect(portal.form.target()).toEqual(house);
      expect(portal.form.password.value).toBe('boo-boo-bo0');
      expect(JSON.stringify(portal.report.value)).not.toContain('boo-boo-bo0');
    },
  );

  it('that fails can be tried again', async () => {
    const portal = await openAndConnect('boo-boo-bo0');
    device.fail('wrong_password');
    await pass(500);
    portal.form.typePassword('boo-boo-boo');
    portal.submit();
    expect(portal.failure.value).toBeUndefined();
    await pass(0);
    expect(device.requests).toHaveLength(2);
    device.succeed();
    await pass(500);
    expect(portal.report.value.state).toBe('connected');
  });

  it('is not begun before the form is right', async () => {
    const portal = await open();
    portal.select(network(house));
    portal.form.typePassword('short');
    expect(portal.submit()).toBe(false);
    await pass(0);
    expect(portal.view.value).toBe('form');
    expect(device.count('connect')).toBe(0);
  });

  it('with the saved password that is wrong by now asks for another', async () => {
    device.kept = [house];
    device.list = { ...device.list, networks: [network(house, { saved: true })] };
    const portal = await open();
    portal.select(network(house, { saved: true }));
    portal.submit();
    await pass(0);
    expect(device.requests).toEqual([{ ssid: 'HouseOfBoo', security: 'wpa2', saved: true }]);
    device.fail('wrong_password');
    await pass(500);
    expect(portal.form.secret.value).toBe('typed');
  });

  it('of a mistyped name offers the network that was meant', async () => {
    const meant = { ssid: 'Anna’s Café' };
    device.list = { ...device.list, networks: [network(meant)] };
    const portal = await open();
    portal.select();
    portal.form.typedName.value = "anna's cafe\u0301 ";
    portal.form.typePassword('boo-boo-boo');
    portal.submit();
    await pass(0);
    device.fail('not_found');
    await pass(500);
    const nearest = portal.scan.nearest(portal.form.typedName.value);
    expect(nearest).toMatchObject(meant);
    if (nearest) portal.retype(nearest);
    expect(portal.form.target()).toMatchObject(meant);
    expect(portal.form.password.value).toBe('boo-boo-boo');
    expect(portal.scan.nearest('Annas Cafe')).toBeUndefined();
  });

  it('that has shown all but an address can be kept', async () => {
    const portal = await open();
    portal.connect(house, { password: 'boo-boo-boo' });
    await pass(0);
    device.fail('no_ip', undefined, true);
    await pass(500);
    expect(portal.report.value).toMatchObject({ state: 'failed', can_keep: true });
    portal.keep();
    await pass(0);
    expect(portal.screen.value).toBe('connected');
    expect(portal.report.value).toMatchObject({ saved: true });
  });

  it('with the saved password that fails otherwise offers it again', async () => {
    device.kept = [house];
    const portal = await open();
    portal.show('saved');
    portal.connect(house, { saved: true });
    await pass(0);
    device.fail('timeout');
    await pass(500);
    expect(portal.view.value).toBe('form');
    expect(portal.form.secret.value).toBe('saved');
    expect(portal.form.target()).toEqual(house);
  });

  it('of a typed name that fails lets the name be corrected', async () => {
    const portal = await open();
    portal.select();
    portal.form.typedName.value = 'atick';
    portal.form.secret.value = 'none';
    portal.submit();
    await pass(0);
    device.fail('not_found');
    await pass(500);
    expect(portal.form.name.value).toBeUndefined();
    expect(portal.form.typedName.value).toBe('atick');
    expect(portal.form.secret.value).toBe('none');
  });

  it('that the device refuses goes back to its form with the code', async () => {
    const portal = await open();
    device.refuses = { call: 'connect', code: 'unknown_network' };
    portal.select(network(house, { saved: true }));
    portal.submit();
    await pass(0);
    expect(portal.view.value).toBe('form');
    expect(portal.failure.value?.code).toBe('unknown_network');
  });

  it('shows that the device could not save', async () => {
    const portal = await openAndConnect();
    device.succeed(false, 'storage_full');
    await pass(500);
    expect(portal.report.value).toMatchObject({
      saved: false,
      save_error: { code: 'storage_full' },
    });
  });
});

it('what was typed as a password is gone from the page once it has worked', async () => {
  const portal = await openAndConnect();
  portal.form.open(network(guests));
  portal.form.typePassword('another one');
  device.succeed();
  await pass(500);
  expect(portal.form.password.value).toBe('');
  for (const name of [house, guests]) {
    portal.select(network(name));
    expect(portal.form.password.value).toBe('');
  }
});

describe('a device that is too busy to answer', () => {
  it.each(['status', 'scan'])('to %s is there all the same, and is asked again', async (call) => {
    device.refuses = { call, code: 'unavailable' };
    const portal = createPortal(device);
    portal.start();
    await pass(500);
    expect(portal.isOffline.value).toBe(false);
    await pass(1500);
    expect(portal.scan.networks.value).toHaveLength(1);
  });

  it('for as long as it likes is not said to be away', async () => {
    const portal = await open();
    for (let refusals = 0; refusals < 10; refusals++) {
      device.refuses = { call: 'status', code: 'unavailable' };
      await pass(1000);
      expect(portal.isOffline.value).toBe(false);
    }
  });

  it('to begin a test is asked again, and begins one', async () => {
    const portal = await open();
    device.refuses = { call: 'connect', code: 'unavailable' };
    portal.select(network(house));
    portal.form.typePassword('boo-boo-boo');
    portal.submit();
    await pass(0);
    expect(portal.screen.value).toBe('connecting');
    expect(device.requests).toHaveLength(0);
    await pass(2000);
    expect(device.requests).toHaveLength(1);
    expect(portal.failure.value).toBeUndefined();
  });
});

describe('a page that came with the first state', () => {
  const stateOf = (): FirstState => ({
    status: {
      device: device.device,
      completed: device.completed,
      ap_shutdown: device.closesOnComplete,
      scan: { scanning: device.list.scanning },
      connect: device.test,
    },
    scan: device.list,
    networks: { networks: device.kept },
    languages: ['en', 'de'],
  });

  it('has the list before it asks for anything', async () => {
    device.kept = [house];
    const portal = createPortal(device, stateOf());
    expect(portal.device.value.name).toBe('Lamp');
    expect(portal.scan.networks.value).toHaveLength(1);
    expect(portal.saved.networks.value).toEqual([house]);
    expect(portal.languages.tags).toEqual(['en', 'de']);
    portal.start();
    await pass(4900);
    expect(device.calls).toEqual([]);
    await pass(200);
    expect(device.calls).toEqual(['status']);
  });

  it('shows a test that runs, and follows it', async () => {
    device.test = running(house);
    const portal = createPortal(device, stateOf());
    expect(portal.screen.value).toBe('connecting');
    portal.start();
    device.succeed();
    await pass(500);
    expect(portal.screen.value).toBe('connected');
  });

  it('waits for the scan that runs', async () => {
    device.list = { scanning: true, age_ms: null, networks: [] };
    const portal = createPortal(device, stateOf());
    expect(portal.scan.networks.value).toBeUndefined();
    portal.start();
    device.endScan([network(house)]);
    await pass(1000);
    expect(portal.scan.networks.value).toHaveLength(1);
    expect(device.count('startScan')).toBe(0);
  });

  it('scans by itself if there has been no scan', async () => {
    device.list = { scanning: false, age_ms: null, networks: [] };
    const portal = createPortal(device, stateOf());
    portal.start();
    await pass(2000);
    expect(device.count('startScan')).toBe(1);
  });

  it('shows the end, and asks nothing', async () => {
    device.completed = true;
    device.closesOnComplete = false;
    const portal = createPortal(device, stateOf());
    expect(portal.screen.value).toBe('done');
    expect(portal.ending.value).toBe('open');
    portal.start();
    await pass(20_000);
    expect(device.calls).toEqual([]);
  });
});

describe('a page that the browser had put away', () => {
  it('asks for news at once when it is shown again', async () => {
    const portal = await open();
    device.test = running(house);
    await portal.refresh();
    expect(portal.screen.value).toBe('connecting');
  });

  it('at its end is in set-up again if the device is', async () => {
    device.test = running(house);
    device.succeed();
    device.completed = true;
    const portal = await open();
    device.restart();
    await portal.refresh();
    expect(portal.screen.value).toBe('list');
  });

  it('at its end stays there if the device is silent', async () => {
    device.completed = true;
    const portal = await open();
    device.silent = true;
    await portal.refresh();
    expect(portal.screen.value).toBe('done');
  });
});

describe('cancelling', () => {
  it('goes back to the form, without a failure', async () => {
    const portal = await openAndConnect();
    portal.cancel();
    expect(portal.cancelling.value).toBe(true);
    await pass(0);
    expect(portal.view.value).toBe('form');
    expect(portal.failure.value).toBeUndefined();
    expect(portal.form.password.value).toBe('boo-boo-boo');
    expect(portal.cancelling.value).toBe(false);
  });

  it('waits for a device that needs a moment to stop', async () => {
    const portal = await openAndConnect();
    vi.spyOn(device, 'cancel').mockResolvedValue({});
    portal.cancel();
    await pass(0);
    expect(portal.view.value).toBe('test');
    expect(portal.cancelling.value).toBe(true);
    device.fail('cancelled');
    await pass(500);
    expect(portal.view.value).toBe('form');
    expect(portal.cancelling.value).toBe(false);
  });

  it('comes too late for a test that has just succeeded', async () => {
    const portal = await openAndConnect();
    device.succeed();
    portal.cancel();
    await pass(0);
    expect(portal.view.value).toBe('test');
    expect(portal.report.value.state).toBe('connected');
  });

  it('is sent again when its answer is lost', async () => {
    const portal = await openAndConnect();
    device.losesAnswerOf = 'cancel';
    portal.cancel();
    await pass(500);
    expect(device.count('cancel')).toBe(2);
    expect(portal.view.value).toBe('form');
  });

  it('takes back a test that never reached the device', async () => {
    const portal = await open();
    device.silent = true;
    portal.select(network(house));
    portal.form.typePassword('boo-boo-boo');
    portal.submit();
    await pass(2000);
    portal.cancel();
    device.silent = false;
    await pass(4000);
    expect(device.requests).toHaveLength(0);
    expect(portal.view.value).toBe('form');
    expect(portal.pending.value).toBeUndefined();
  });

  it('of a test that the device has not confirmed shows the form at once, not "Cancelling…" for ever', async () => {
    const portal = await open();
    device.silent = true;
    portal.select(network(house));
    portal.form.typePassword('boo-boo-boo');
    portal.submit();
    await pass(2000);
    portal.cancel();
    expect(portal.view.value).toBe('form');
    expect(portal.form.password.value).toBe('boo-boo-boo');
    expect(portal.cancelling.value).toBe(false);
  });

  it('and trying again while the device is silent makes the second test alone', async () => {
    const portal = await open();
    device.silent = true;
    portal.select(network(house));
    portal.form.typePassword('boo-boo-bo0');
    portal.submit();
    await pass(2000);
    portal.cancel();
    portal.form.typePassword('boo-boo-boo');
    portal.submit();
    device.silent = false;
    await pass(5000);
    expect(device.requests).toEqual([
      { ssid: 'HouseOfBoo', security: 'wpa2', password: 'boo-boo-boo' },
    ]);
    expect(portal.report.value).toMatchObject({ id: 1, state: 'connecting' });
    expect(portal.view.value).toBe('test');
  });

  it('while the call is under way ends the test that it begins', async () => {
    const portal = await open();
    portal.select(network(house));
    portal.form.typePassword('boo-boo-boo');
    portal.submit();
    portal.cancel();
    await pass(500);
    expect(device.test).toMatchObject({ id: 1, state: 'failed', reason: 'cancelled' });
    expect(portal.view.value).toBe('form');
    expect(portal.cancelling.value).toBe(false);
  });

  it('takes back a test whose answer was lost', async () => {
    const portal = await open();
    portal.select(network(house));
    portal.form.typePassword('boo-boo-boo');
    device.losesAnswerOf = 'connect';
    portal.submit();
    await pass(0);
    portal.cancel();
    await pass(4000);
    expect(device.test).toMatchObject({ id: 1, state: 'failed', reason: 'cancelled' });
    expect(portal.view.value).toBe('form');
  });

  it('in another window goes back to the form here', async () => {
    const portal = await openAndConnect();
    device.fail('cancelled');
    await pass(500);
    expect(portal.view.value).toBe('form');
    expect(portal.failure.value).toBeUndefined();
  });
});

describe('a lost answer', () => {
  it('to the start of a test is found out before it is sent again', async () => {
    const portal = await open();
    portal.select(network(house));
    portal.form.typePassword('boo-boo-boo');
    device.losesAnswerOf = 'connect';
    portal.submit();
    await pass(500);
    expect(device.count('connect')).toBe(1);
    expect(portal.report.value).toMatchObject({ id: 1, state: 'connecting' });
    expect(portal.pending.value).toBeUndefined();
  });

  it('to a test that is over by the time the phone is back shows its result', async () => {
    const portal = await open();
    portal.select(network(house));
    portal.form.typePassword('boo-boo-boo');
    device.losesAnswerOf = 'connect';
    portal.submit();
    await pass(0);
    device.silent = true;
    await pass(6000);
    expect(portal.isOffline.value).toBe(true);
    device.succeed();
    device.silent = false;
    await pass(4000);
    expect(device.count('connect')).toBe(1);
    expect(portal.view.value).toBe('test');
    expect(portal.report.value.state).toBe('connected');
  });

  it('of a call that never arrived is sent again', async () => {
    const portal = await open();
    portal.select(network(house));
    portal.form.typePassword('boo-boo-boo');
    device.silent = true;
    portal.submit();
    await pass(100);
    device.silent = false;
    await pass(500);
    expect(device.requests).toHaveLength(1);
    expect(portal.report.value.state).toBe('connecting');
  });

  it('is sent again to a device that restarted meanwhile', async () => {
    device.test = { id: 4, ...guests, state: 'failed', reason: 'cancelled' };
    const portal = await open();
    portal.select(network(house));
    portal.form.typePassword('boo-boo-boo');
    device.losesAnswerOf = 'connect';
    portal.submit();
    await pass(0);
    device.restart();
    await pass(500);
    expect(device.requests).toHaveLength(2);
    expect(portal.report.value).toMatchObject({ id: 1, state: 'connecting' });
  });
});

describe('dropping off in the middle of a test', () => {
  it('says so, and continues where the test is', async () => {
    const portal = await openAndConnect();
    device.silent = true;
    await pass(4000);
    expect(portal.isOffline.value).toBe(true);
    expect(portal.view.value).toBe('test');
    device.test = { id: 1, ...house, state: 'obtaining_ip' };
    device.silent = false;
    await pass(4000);
    expect(portal.isOffline.value).toBe(false);
    expect(portal.report.value.state).toBe('obtaining_ip');
  });

  it('shows the result that came meanwhile', async () => {
    const portal = await openAndConnect();
    device.silent = true;
    await pass(4000);
    device.fail('wrong_password');
    device.silent = false;
    await pass(4000);
    expect(portal.view.value).toBe('form');
    expect(portal.failure.value?.code).toBe('wrong_password');
  });

  it('is noticed at once when the phone says that it is back', async () => {
    const portal = await openAndConnect();
    device.silent = true;
    await pass(8000);
    device.silent = false;
    device.succeed();
    portal.pollNow();
    await pass(0);
    expect(portal.report.value.state).toBe('connected');
  });

  it('because the device restarted says that, too', async () => {
    const portal = await openAndConnect();
    device.silent = true;
    await pass(2000);
    device.restart();
    device.silent = false;
    await pass(4000);
    expect(portal.view.value).toBe('form');
    expect(portal.failure.value).toEqual({ code: 'restarted' });
    expect(portal.form.password.value).toBe('boo-boo-boo');
  });
});

describe('a reload', () => {
  it('in the middle of a test shows the test', async () => {
    device.test = running(house);
    const portal = await open();
    expect(portal.view.value).toBe('test');
    expect(portal.scan.networks.value).toHaveLength(1);
    device.succeed();
    await pass(500);
    expect(portal.report.value.state).toBe('connected');
  });

  it('in the middle of a test that then fails asks for the password of that network', async () => {
    device.test = running(house);
    const portal = await open();
    device.fail('wrong_password');
    await pass(500);
    expect(portal.view.value).toBe('form');
    expect(portal.form.name.value).toEqual(house);
    expect(portal.form.security.value).toBe('wpa2');
  });

  it('after a success shows it', async () => {
    device.test = running(house);
    device.succeed();
    const portal = await open();
    expect(portal.view.value).toBe('test');
    expect(portal.report.value.state).toBe('connected');
  });

  it('after a failure shows it', async () => {
    device.test = running(raw);
    device.fail('no_ip');
    const portal = await open();
    expect(portal.view.value).toBe('form');
    expect(portal.failure.value?.code).toBe('no_ip');
    expect(portal.form.target()).toEqual(raw);
    expect(portal.form.name.value).toEqual(raw);
  });

  it('after a failure of a network that is not in the list lets its name be corrected', async () => {
    device.test = running({ ssid: 'atick' });
    device.fail('not_found');
    const portal = await open();
    expect(portal.form.name.value).toBeUndefined();
    expect(portal.form.typedName.value).toBe('atick');
  });

  it('after a cancelled test shows the list', async () => {
    device.test = running(house);
    device.fail('cancelled');
    const portal = await open();
    expect(portal.view.value).toBe('list');
  });

  it('after the end shows the end, and asks no more', async () => {
    device.test = running(house);
    device.succeed();
    device.completed = true;
    const portal = await open();
    expect(portal.view.value).toBe('done');
    const before = device.calls.length;
    await pass(20_000);
    expect(device.calls).toHaveLength(before);
  });
});

describe('two windows', () => {
  it('both show the test that one of them began', async () => {
    const first = await open();
    const second = await open();
    first.select(network(house));
    first.form.typePassword('boo-boo-boo');
    first.submit();
    await pass(5000);
    expect(second.view.value).toBe('test');
    device.succeed();
    await pass(500);
    expect(first.report.value.state).toBe('connected');
    expect(second.report.value.state).toBe('connected');
  });

  it('that both begin a test show the one that came first', async () => {
    const first = await open();
    const second = await open();
    first.select(network(house));
    first.form.typePassword('boo-boo-boo');
    first.submit();
    await pass(0);
    second.select(network(guests, { security: 'open' }));
    second.submit();
    await pass(0);
    expect(device.requests).toHaveLength(1);
    expect(second.view.value).toBe('test');
    expect(second.report.value).toMatchObject(house);
  });
});

it('a result that is gone, since its network was forgotten elsewhere, is not shown any more', async () => {
  device.test = running(house);
  device.succeed();
  const portal = await open();
  expect(portal.view.value).toBe('test');
  device.test = { id: 0, state: 'idle' };
  await pass(5000);
  expect(portal.view.value).toBe('list');
});

describe('saved networks', () => {
  beforeEach(() => {
    device.kept = [house, raw];
  });

  it('are known soon after the list', async () => {
    const portal = await open();
    expect(portal.saved.networks.value).toEqual([{ ...house }, raw]);
  });

  it('connect with the saved password', async () => {
    const portal = await open();
    portal.show('saved');
    portal.connect(raw, { saved: true });
    await pass(0);
    expect(device.requests).toEqual([{ ssid_hex: 'ff80c3', saved: true }]);
  });

  it('are forgotten one by one', async () => {
    const portal = await open();
    portal.show('saved');
    portal.saved.confirming.value = 'ff80c3';
    portal.saved.delete(raw);
    await pass(0);
    expect(device.kept).toEqual([house]);
    expect(portal.saved.networks.value).toEqual([{ ...house }]);
    expect(portal.saved.confirming.value).toBe('');
    expect(portal.failure.value).toBeUndefined();
  });

  it('count as forgotten if the answer to that was lost', async () => {
    const portal = await open();
    device.losesAnswerOf = 'deleteNetwork';
    portal.saved.delete(raw);
    await pass(500);
    expect(device.count('deleteNetwork')).toBe(2);
    expect(portal.saved.networks.value).toEqual([{ ...house }]);
    expect(portal.failure.value).toBeUndefined();
  });

  it('are not erased once the owner kept them, while the device was silent', async () => {
    const portal = await open();
    device.silent = true;
    portal.saved.confirming.value = 'ff80c3';
    portal.saved.delete(raw);
    await pass(2000);
    expect(portal.saved.deleting.value).toBe('ff80c3');
    portal.saved.keep();
    expect(portal.saved.deleting.value).toBe('');
    device.silent = false;
    await pass(6000);
    expect(device.kept).toEqual([house, raw]);
    expect(portal.saved.networks.value).toHaveLength(2);
  });

  it('that were kept too late are shown as gone', async () => {
    const portal = await open();
    device.losesAnswerOf = 'deleteNetwork';
    portal.saved.delete(raw);
    await pass(0);
    portal.saved.keep();
    await pass(1000);
    expect(device.count('deleteNetwork')).toBe(1);
    expect(portal.saved.networks.value).toEqual([{ ...house }]);
  });

  it('stay in the list if the device could not forget them', async () => {
    const portal = await open();
    portal.show('saved');
    device.refuses = { call: 'deleteNetwork', code: 'storage_failed' };
    portal.saved.delete(raw);
    await pass(0);
    expect(portal.saved.networks.value).toHaveLength(2);
    expect(portal.failure.value).toEqual({ code: 'storage_failed' });
  });

  it('may be forgotten all at once where the device says so', async () => {
    expect((await open()).saved.mayDeleteAll.value).toBe(false);
    device.mayForgetAll = true;
    const portal = await open();
    expect(portal.saved.mayDeleteAll.value).toBe(true);
    portal.show('saved');
    portal.saved.confirm();
    portal.saved.delete();
    await pass(0);
    expect(device.kept).toEqual([]);
    expect(portal.saved.networks.value).toEqual([]);
    expect([portal.saved.confirming.value, portal.saved.deleting.value]).toEqual(['', '']);
    expect(portal.failure.value).toBeUndefined();
  });

  it('are all forgotten once, although the answer to that was lost', async () => {
    device.mayForgetAll = true;
    const portal = await open();
    device.losesAnswerOf = 'deleteNetwork';
    portal.saved.delete();
    await pass(500);
    expect(device.count('deleteNetwork')).toBe(2);
    expect(portal.saved.networks.value).toEqual([]);
    expect(portal.failure.value).toBeUndefined();
  });

  it('are shown as the device has them after it could forget only some', async () => {
    device.mayForgetAll = true;
    const portal = await open();
    portal.show('saved');
    device.kept = [raw];
    device.refuses = { call: 'deleteNetwork', code: 'storage_failed' };
    portal.saved.delete();
    await pass(0);
    expect(portal.saved.networks.value).toEqual([raw]);
    expect(portal.failure.value).toEqual({ code: 'storage_failed' });
  });

  it('stay if the application does not allow it any more', async () => {
    const portal = await open();
    portal.saved.delete();
    await pass(0);
    expect(portal.saved.networks.value).toHaveLength(2);
    expect(portal.failure.value).toEqual({ code: 'not_allowed' });
  });
});

describe('a device that looks for a saved network by itself', () => {
  it('says for which one, from the first state on, and when it has ended', async () => {
    device.lookingFor = house;
    const portal = await open();
    expect(portal.lookingFor.value).toEqual(house);
    device.lookingFor = raw;
    await pass(5000);
    expect(portal.lookingFor.value).toEqual(raw);
    device.lookingFor = undefined;
    await pass(5000);
    expect(portal.lookingFor.value).toBeUndefined();
  });
});

describe('finishing', () => {
  async function openConnected() {
    device.test = running(house);
    device.succeed();
    return open();
  }

  it('ends with a view that needs no further answer', async () => {
    const portal = await openConnected();
    portal.complete();
    expect(portal.finishing.value).toBe(true);
    await pass(0);
    expect(portal.view.value).toBe('done');
    expect(portal.ending.value).toBe('closing');
    const before = device.calls.length;
    portal.pollNow();
    await pass(20_000);
    expect(device.calls).toHaveLength(before);
  });

  /** A window that counts how often it is told of the end. */
  async function openCounting() {
    device.test = { ...running(house), state: 'connected', ip: '192.168.1.57', saved: true };
    const told = vi.fn();
    const portal = createPortal(device, undefined, told);
    portal.start();
    await pass(1);
    return { portal, told };
  }

  it('is told to the window once, when the device has confirmed it', async () => {
    const { portal, told } = await openCounting();
    portal.complete();
    expect(told).not.toHaveBeenCalled();
    await pass(0);
    expect(told).toHaveBeenCalledOnce();
  });

  it('is told to the window, too, when the answer was lost', async () => {
    const { portal, told } = await openCounting();
    device.losesAnswerOf = 'complete';
    portal.complete();
    await pass(500);
    expect(told).toHaveBeenCalledOnce();
  });

  it.each([
    [true, 'closing'],
    [false, 'open'],
  ] as const)(
    'shows the same after a reload, and is not told again: the access point closes, %s',
    async (closes, ending) => {
      device.completed = true;
      device.closesOnComplete = closes;
      const { portal, told } = await openCounting();
      expect(portal.view.value).toBe('done');
      expect(portal.ending.value).toBe(ending);
      expect(portal.report.value).toMatchObject({ ...house, ip: '192.168.1.57' });
      expect(told).not.toHaveBeenCalled();
    },
  );

  it('whose answer was lost says as the device does whether the access point closes', async () => {
    device.closesOnComplete = false;
    const portal = await openConnected();
    device.losesAnswerOf = 'complete';
    portal.complete();
    await pass(500);
    expect(portal.ending.value).toBe('open');
  });

  it('is tried again while the device is too busy', async () => {
    const portal = await openConnected();
    device.refuses = { call: 'complete', code: 'unavailable' };
    portal.complete();
    await pass(0);
    expect(portal.finishing.value).toBe(true);
    await pass(2000);
    expect(portal.ending.value).toBe('closing');
    expect(portal.isOffline.value).toBe(false);
  });

  it('is sent once, however often the button is pressed', async () => {
    const portal = await openConnected();
    portal.complete();
    portal.complete();
    await pass(1000);
    expect(device.count('complete')).toBe(1);
  });

  it('can leave the access point open, and then set-up can go on', async () => {
    device.closesOnComplete = false;
    const portal = await openConnected();
    portal.complete();
    await pass(0);
    expect(portal.ending.value).toBe('open');
    portal.resume();
    await pass(6000);
    expect(portal.view.value).toBe('list');
  });

  it('whose answer was lost is found out', async () => {
    const portal = await openConnected();
    device.losesAnswerOf = 'complete';
    portal.complete();
    await pass(500);
    expect(device.count('complete')).toBe(1);
    expect(portal.view.value).toBe('done');
    expect(portal.ending.value).toBe('closing');
  });

  it('that did not arrive is sent again', async () => {
    const portal = await openConnected();
    device.silent = true;
    portal.complete();
    await pass(0);
    device.silent = false;
    await pass(500);
    expect(device.completed).toBe(true);
    expect(portal.view.value).toBe('done');
  });

  it('with a device that is silent from then on has most likely worked', async () => {
    const portal = await openConnected();
    device.losesAnswerOf = 'complete';
    portal.complete();
    await pass(0);
    device.silent = true;
    await pass(10_000);
    expect(portal.view.value).toBe('done');
    expect(portal.ending.value).toBe('silent');
  });

  it('with a silent device that comes back can be checked', async () => {
    const portal = await openConnected();
    device.silent = true;
    portal.complete();
    await pass(10_000);
    expect(portal.ending.value).toBe('silent');
    device.silent = false;
    portal.resume();
    await pass(0);
    expect(portal.view.value).toBe('test');
    expect(portal.report.value.state).toBe('connected');
    portal.complete();
    await pass(0);
    expect(portal.ending.value).toBe('closing');
  });

  it('that is refused says why', async () => {
    const portal = await openConnected();
    device.refuses = { call: 'complete', code: 'not_connected' };
    portal.complete();
    await pass(0);
    expect(portal.finishing.value).toBe(false);
    expect(portal.failure.value).toEqual({ code: 'not_connected' });
  });
});
