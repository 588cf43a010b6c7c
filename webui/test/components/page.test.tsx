import { effect } from '@preact/signals-core';
import { fireEvent, getByRole, queryByRole, within } from '@testing-library/dom';
import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api } from '../../src/api/client';
import { parseScan } from '../../src/api/parse';
import { app } from '../../src/components/app';
import { level } from '../../src/components/icons';
import { t } from '../../src/locales';
import { createPortal, type Portal } from '../../src/models/portal';
import { FakeDevice, guests, house, network, raw } from '../fake_device';
import { fixture } from '../fixtures';

let device: FakeDevice;
let portal: Portal;
const page = () => document.body;
const button = (name: string | RegExp) => getByRole(page(), 'button', { name });
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  device = new FakeDevice();
});
afterEach(() => {
  document.body.textContent = '';
  vi.useRealTimers();
});

/** Opens the page, and waits for what the device has to tell. */
async function open() {
  portal = createPortal(device);
  const root = document.body.appendChild(document.createElement('div'));
  effect(() => render(app(portal), root));
  portal.start();
  await pass(1);
  await pass(1);
  await pass(1);
}

const type = (label: string, value: string) => {
  const input = within(page()).getByLabelText(label, { selector: 'input:not([type=checkbox])' });
  fireEvent.input(input, { target: { value } });
  return input as HTMLInputElement;
};

describe('the list', () => {
  it('has the device on top and a row a network', async () => {
    device.list = parseScan(fixture('scan').response.body);
    await open();
    expect(page().querySelector('header')?.textContent).toBe('Lamp');
    expect(getByRole(page(), 'heading', { level: 1 }).textContent).toBe(t.choose);
    await pass(50);
    const rows = page().querySelectorAll('ul > li');
    expect(rows).toHaveLength(device.list.networks.length + 1);
  });

  it('is drawn in pieces if it is long, and what stands below it at the end', async () => {
    const networks = Array.from({ length: 64 }, (_, i) => network({ ssid: `Network ${i}` }));
    device.list = { ...device.list, networks };
    device.kept = [house];
    await open();
    const names = () => [...page().querySelectorAll('ul bdi')].map((name) => name.textContent);
    const isThere = (name: string) => !!queryByRole(page(), 'button', { name: new RegExp(name) });
    expect(names()).toEqual(networks.slice(0, 12).map(({ ssid }) => ssid));
    expect([t.other, t.savedTitle].map(isThere)).toEqual([false, false]);
    await pass(200);
    expect(names()).toEqual(networks.map(({ ssid }) => ssid));
    expect([t.other, t.savedTitle].map(isThere)).toEqual([true, true]);

    fireEvent.click(button(new RegExp(t.savedTitle)));
    fireEvent.click(button(t.back));
    expect(names()).toHaveLength(12);
    await pass(200);
    expect(names()).toHaveLength(64);
  });

  it('shows hostile names as text', async () => {
    device.list = parseScan(fixture('scan').response.body);
    await open();
    expect(page().querySelector('img, script')).toBeNull();
    expect(button(/<img src=x onerror=alert\(1\)>/)).toBeTruthy();
    expect(button(/Bob's "5G" \\ café/)).toBeTruthy();
    expect(page().textContent).not.toContain('\u202e');
    expect(page().textContent).not.toContain('\u0007');
    expect(page().textContent).toContain('abc�cba�');
    expect(page().textContent).toContain(t.hex('ff80c3'));
  });

  it('tells strength, protection and what is saved to those who listen', async () => {
    device.list = {
      ...device.list,
      networks: [network(house, { saved: true }), network(guests, { security: 'open', rssi: -85 })],
    };
    await open();
    expect(button(/HouseOfBoo.*Saved.*password needed.*Signal strong/)).toBeTruthy();
    expect(button(/Guests.*No password.*Signal weak/)).toBeTruthy();
  });

  it.each(['enterprise', 'wep'] as const)(
    'shows %s networks, which can not be chosen',
    async (security) => {
      device.list = { ...device.list, networks: [network(house, { security })] };
      await open();
      const row = button(/HouseOfBoo/) as HTMLButtonElement;
      expect(row.disabled).toBe(true);
      expect(row.textContent).toContain('not supported');
    },
  );

  it('has placeholder rows while the first scan runs', async () => {
    device.list = { scanning: true, age_ms: null, networks: [] };
    await open();
    expect(page().querySelectorAll('.ghost')).toHaveLength(5);
    expect(getByRole(page(), 'list').getAttribute('aria-busy')).toBe('true');
    expect(button(t.scanning).getAttribute('aria-disabled')).toBe('true');
    device.endScan([network(house)]);
    await pass(1000);
    expect(page().querySelectorAll('.ghost')).toHaveLength(0);
  });

  it('tells no networks from a scan that failed', async () => {
    device.list = { ...device.list, networks: [] };
    await open();
    expect(page().textContent).toContain(t.nothing);
    expect(page().textContent).not.toContain(t.scanFailed);
    fireEvent.click(button(t.scan));
    await pass(1);
    device.list = { ...device.list, scanning: false, error: {} };
    await pass(1000);
    expect(page().querySelector('.alert')?.textContent).toBe(t.scanFailed);
  });

  it('does not move when a scan fails, and says so beside the button', async () => {
    await open();
    fireEvent.click(button(t.scan));
    await pass(1);
    device.list = { ...device.list, scanning: false, error: {} };
    await pass(1000);
    expect(page().querySelector('.alert')).toBeNull();
    expect(page().querySelector('.bar')?.textContent).toContain(t.scanFailedShort);
    expect(page().querySelector('p[role=status]')?.textContent).toBe(t.scanFailed);
  });

  it('does not scan twice when the button is pressed twice', async () => {
    await open();
    fireEvent.click(button(t.scan));
    fireEvent.click(button(t.scanning));
    await pass(1);
    expect(device.count('startScan')).toBe(1);
  });

  it('keeps the row of a network when the order changes', async () => {
    device.list = { ...device.list, networks: [network(house), network(guests), network(raw)] };
    await open();
    const row = button(/Guests/);
    device.list = { ...device.list, networks: [network(raw), network(guests), network(house)] };
    portal.scan.touch();
    await pass(5000);
    const names = [...page().querySelectorAll('ul bdi')].map((name) => name.textContent);
    expect(names).toEqual(['\ufffd\ufffd\ufffd', 'Guests', 'HouseOfBoo']);
    expect(button(/Guests/)).toBe(row);
  });
});

describe('the form', () => {
  it('asks for a password that the phone leaves as it is typed', async () => {
    await open();
    fireEvent.click(button(/HouseOfBoo/));
    const input = type('Password', 'boo-boo-boo');
    expect(input.type).toBe('password');
    expect(input.getAttribute('autocomplete')).toBe('current-password');
    expect(input.getAttribute('autocapitalize')).toBe('none');
    // Lost in browsers that know no such property when it was set as one.
    expect(input.getAttribute('autocorrect')).toBe('off');
  });

  it('reveals the password and hides it again', async () => {
    await open();
    fireEvent.click(button(/HouseOfBoo/));
    const input = type('Password', 'boo-boo-boo');
    fireEvent.click(button(t.show));
    expect(input.type).toBe('text');
    expect(input.value).toBe('boo-boo-boo');
    expect(button(t.show).getAttribute('aria-pressed')).toBe('true');
    fireEvent.click(button(t.show));
    expect(input.type).toBe('password');
  });

  it('says what is wrong at the field, before anything is sent', async () => {
    await open();
    fireEvent.click(button(/HouseOfBoo/));
    const input = type('Password', 'short');
    fireEvent.submit(page().querySelector('form') as HTMLFormElement);
    expect(input.getAttribute('aria-invalid')).toBe('true');
    const hint = document.getElementById(input.getAttribute('aria-describedby') || '');
    expect(hint?.textContent).toBe(t.passwordProblems.length);
    expect(document.activeElement).toBe(input);
    expect(device.count('connect')).toBe(0);
  });

  it('offers the saved password, and another one', async () => {
    device.list = { ...device.list, networks: [network(house, { saved: true })] };
    await open();
    fireEvent.click(button(/HouseOfBoo/));
    expect(page().textContent).toContain(t.usesSaved);
    expect(page().querySelector('input')).toBeNull();
    fireEvent.click(button(t.useOther));
    expect(page().querySelector('input')).not.toBeNull();
    fireEvent.click(button(t.useSaved));
    expect(page().querySelector('input')).toBeNull();
  });

  it('of a saved open network speaks of no password', async () => {
    device.list = {
      ...device.list,
      networks: [network(guests, { security: 'open', saved: true })],
    };
    await open();
    fireEvent.click(button(/Guests/));
    expect(page().querySelector('main')?.textContent).not.toMatch(/password/i);
    expect(page().textContent).toContain(t.usesSaved);
  });

  it('does not suggest another password when the router gave no address', async () => {
    device.list = { ...device.list, networks: [network(house, { saved: true })] };
    await open();
    fireEvent.click(button(/HouseOfBoo/));
    portal.go('form', { code: 'no_ip' });
    expect(queryByRole(page(), 'button', { name: t.useOther })).toBeNull();
    expect(button(t.again)).toBeTruthy();
  });

  it('for another network asks for its name and whether it has a password', async () => {
    await open();
    fireEvent.click(button(new RegExp(t.other)));
    const name = type(t.name, 'x'.repeat(33));
    fireEvent.submit(page().querySelector('form') as HTMLFormElement);
    expect(name.getAttribute('aria-invalid')).toBe('true');
    expect(page().textContent).toContain(t.nameProblems.long);
    fireEvent.click(getByRole(page(), 'checkbox', { name: t.isOpen }));
    expect(page().querySelector('#password')).toBeNull();
    type(t.name, 'attic');
    fireEvent.submit(page().querySelector('form') as HTMLFormElement);
    await pass(1);
    expect(device.requests).toEqual([{ ssid: 'attic' }]);
  });
});

describe('the test', () => {
  it('shows its phases, and tells them', async () => {
    await open();
    portal.connect(house, { password: 'boo-boo-boo' });
    await pass(1);
    const current = () => page().querySelector('[aria-current=step]')?.textContent;
    const told = () => page().querySelector('p[role=status]')?.textContent;
    expect(current()).toBe(t.steps[0]);
    device.test = { id: 1, ...house, state: 'connecting', phase: 'authenticating' };
    await pass(500);
    expect(current()).toBe(t.steps[1]);
    expect(told()).toBe(t.steps[1]);
    device.test = { id: 1, ...house, state: 'obtaining_ip' };
    await pass(500);
    expect(current()).toBe(t.steps[2]);
    device.succeed();
    await pass(500);
    expect(told()).toBe(t.connected);
    expect(page().textContent).toContain('192.168.1.57');
  });

  it('of an open network checks no password', async () => {
    device.list = { ...device.list, networks: [network(guests, { security: 'open' })] };
    await open();
    portal.connect(guests, {});
    await pass(1);
    expect(page().textContent).toContain(t.joining);
    expect(page().textContent).not.toContain(t.steps[1]);
  });

  it.each(Object.keys(t.failures).concat('unknown'))(
    'that ends in %s says what to do',
    async (code) => {
      await open();
      portal.go('form', { code, raw: 39 });
      const [what, next] = t.failures[code] || t.failed('39');
      const alert = page().querySelector('.alert');
      expect(alert?.textContent).toBe(what + next);
      expect(page().querySelector('p[role=status]')?.textContent).toContain(what);
    },
  );

  it('names the code of a failure that it does not know', async () => {
    await open();
    portal.go('form', { code: 'unknown', raw: 39 });
    expect(page().querySelector('.alert')?.textContent).toContain('39');
  });

  it('that could not be saved says so, and what helps', async () => {
    await open();
    portal.connect(house, {});
    await pass(1);
    device.succeed(false, 'storage_full');
    await pass(500);
    expect(page().querySelector('.alert')?.textContent).toContain(t.storageFull);
  });
});

describe('saved networks', () => {
  it('are deleted after being asked about', async () => {
    device.kept = [house, raw];
    await open();
    fireEvent.click(button(new RegExp(t.savedTitle)));
    fireEvent.click(button('Delete HouseOfBoo'));
    expect(page().textContent).toContain(t.forgetSure);
    fireEvent.click(button(t.keep));
    expect(page().textContent).not.toContain(t.forgetSure);
    expect(device.kept).toHaveLength(2);
    fireEvent.click(button('Delete HouseOfBoo'));
    fireEvent.click(button(t.forget));
    await pass(1);
    expect(device.kept).toEqual([raw]);
    expect(queryByRole(page(), 'button', { name: 'Delete HouseOfBoo' })).toBeNull();
    const told = [...page().querySelectorAll('[role=status]')].map((region) => region.textContent);
    expect(told).toContain(t.gone('HouseOfBoo'));
  });
});

describe('a device that does not answer', () => {
  it('is not said to be finding the network before it has been told', async () => {
    await open();
    device.silent = true;
    portal.connect(house, {});
    await pass(10_000);
    const current = () => page().querySelector('[aria-current=step]')?.textContent;
    expect(current()).toBe(t.waiting);
    device.silent = false;
    await pass(4000);
    expect(current()).toBe(t.steps[0]);
  });

  it('shows that it has yet to delete, and lets the network be kept', async () => {
    device.kept = [house];
    await open();
    fireEvent.click(button(new RegExp(t.savedTitle)));
    device.silent = true;
    fireEvent.click(button('Delete HouseOfBoo'));
    fireEvent.click(button(t.forget));
    await pass(2000);
    expect(button(t.forgetting).getAttribute('aria-disabled')).toBe('true');
    fireEvent.click(button(t.keep));
    device.silent = false;
    await pass(4000);
    expect(device.kept).toEqual([house]);
    expect(button('Delete HouseOfBoo')).toBeTruthy();
  });

  it('is named while set-up is being finished, too', async () => {
    device.test = { id: 1, ...house, state: 'connected', ip: '192.168.1.57', saved: true };
    await open();
    device.silent = true;
    fireEvent.click(button(t.finish));
    await pass(3000);
    expect(button(t.finishing)).toBeTruthy();
    expect(page().querySelector('.banner')?.textContent).toContain(t.lost('Lamp'));
    await pass(10_000);
    expect(getByRole(page(), 'heading', { level: 1 }).textContent).toBe(t.unsure);
    expect(page().textContent).not.toContain(t.next('Lamp'));
  });

  it('is named, with the Wi-Fi to rejoin', async () => {
    await open();
    device.silent = true;
    await pass(10_000);
    const banner = page().querySelector('.banner');
    expect(banner?.getAttribute('role')).toBe('status');
    expect(banner?.textContent).toContain(t.lost('Lamp'));
    expect(banner?.textContent).toContain('ESP-Prov-8590');
    device.silent = false;
    await pass(4000);
    expect(banner?.textContent).toBe('');
  });

  it('has no name yet on the first visit', async () => {
    device.silent = true;
    await open();
    await pass(2000);
    expect(page().querySelector('.banner')?.textContent).toContain(t.rejoin(''));
  });
});

describe('the end', () => {
  it('tells what happens next, the address, and how to undo', async () => {
    await open();
    portal.connect(house, {});
    await pass(1);
    device.succeed();
    await pass(500);
    fireEvent.click(button(t.finish));
    await pass(1);
    const text = page().textContent || '';
    for (const part of [t.done, t.closing('ESP-Prov-8590'), t.undo('ESP-Prov-8590')])
      expect(text).toContain(part);
    expect(text).toContain('192.168.1.57');
    expect(text).toContain('24:6f:28:aa:85:90');
  });
});

it('an end that nobody confirmed is told as one', async () => {
  await open();
  portal.ending.value = 'silent';
  portal.go('done');
  expect(getByRole(page(), 'heading', { level: 1 }).textContent).toBe(t.unsure);
  expect(page().textContent).toContain(t.silent('ESP-Prov-8590'));
  fireEvent.click(button(t.check));
  expect(portal.view.value).toBe('test');
});

it('the signal has four levels', () => {
  expect([-30, -59, -60, -61, -70, -71, -80, -81].map(level)).toEqual([3, 3, 3, 2, 2, 1, 1, 0]);
});

it('nothing but the API is asked', async () => {
  expect(Object.keys(api).sort()).toEqual(
    [
      'status',
      'scan',
      'startScan',
      'connectReport',
      'connect',
      'cancel',
      'saved',
      'forget',
      'complete',
    ].sort(),
  );
});
