import { fireEvent, getByRole, queryByRole, within } from '@testing-library/dom';
import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api } from '../../src/api/client';
import { parse, SCAN } from '../../src/api/parse';
import { App } from '../../src/app';
import { LanguageMenu } from '../../src/components/language_menu';
import { level } from '../../src/first/views';
import { fill, t } from '../../src/locales';
import { createLanguages } from '../../src/models/languages';
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
  render(null, document.body);
  vi.useRealTimers();
});

/** Opens the page, and waits for what the device has to tell. */
async function open() {
  portal = createPortal(device);
  render(<App portal={portal} />, document.body);
  portal.start();
  await pass(1);
  await pass(1);
  await pass(1);
}

/** Clicks, and waits until that is drawn. */
async function click(element: HTMLElement) {
  fireEvent.click(element);
  await pass(0);
}

/** Sends the form, and waits until that is drawn. */
async function submit() {
  fireEvent.submit(page().querySelector('form') as HTMLFormElement);
  await pass(50);
}

const type = (label: string, value: string) => {
  const input = within(page()).getByLabelText(label, { selector: 'input:not([type=checkbox])' });
  fireEvent.input(input, { target: { value } });
  return input as HTMLInputElement;
};

describe('the list', () => {
  it('has the device on top and a row a network', async () => {
    device.list = parse(fixture('scan').response.body, SCAN);
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
    expect([t.other, t.savedNetworks].map(isThere)).toEqual([false, false]);
    await pass(200);
    expect(names()).toEqual(networks.map(({ ssid }) => ssid));
    expect([t.other, t.savedNetworks].map(isThere)).toEqual([true, true]);

    await click(button(new RegExp(t.savedNetworks)));
    await click(button(t.back));
    expect(names()).toHaveLength(12);
    await pass(200);
    expect(names()).toHaveLength(64);
  });

  it('shows hostile names as text', async () => {
    device.list = parse(fixture('scan').response.body, SCAN);
    await open();
    expect(page().querySelector('img, script')).toBeNull();
    expect(button(/<img src=x onerror=alert\(1\)>/)).toBeTruthy();
    expect(button(/Bob's "5G" \\ café/)).toBeTruthy();
    expect(page().textContent).not.toContain('\u202e');
    expect(page().textContent).not.toContain('\u0007');
    expect(page().textContent).toContain('abc�cba�');
    expect(page().textContent).toContain(fill(t.bytes, 'ff80c3'));
  });

  it('tells strength, protection and what is saved to those who listen', async () => {
    device.list = {
      ...device.list,
      networks: [network(house, { saved: true }), network(guests, { security: 'open', rssi: -85 })],
    };
    await open();
    expect(button(/HouseOfBoo.*Saved.*, Password needed, Signal: Strong/)).toBeTruthy();
    expect(button(/Guests.*No password.*, Signal: Weak/)).toBeTruthy();
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
    expect(page().textContent).toContain(t.noNetworks);
    expect(page().textContent).not.toContain(t.scanFailedHelp);
    await click(button(t.scan));
    await pass(1);
    device.list = { ...device.list, scanning: false, error: {} };
    await pass(1000);
    expect(page().querySelector('ul')?.textContent).toContain(t.scanFailedHelp);
    expect(page().textContent).not.toContain(t.noNetworks);
  });

  it('does not move when a scan fails, and says so beside the button', async () => {
    await open();
    await click(button(t.scan));
    await pass(1);
    device.list = { ...device.list, scanning: false, error: {} };
    await pass(1000);
    expect(page().querySelector('.alert')).toBeNull();
    expect(page().querySelector('.bar')?.textContent).toContain(t.scanFailed);
    expect(page().querySelector('p[role=status]')?.textContent).toBe(t.scanFailedHelp);
  });

  it('does not scan twice when the button is pressed twice', async () => {
    await open();
    await click(button(t.scan));
    await click(button(t.scanning));
    await pass(1);
    expect(device.count('startScan')).toBe(1);
  });

  it('keeps the row of a network when the order changes', async () => {
    device.list = { ...device.list, networks: [network(house), network(guests), network(raw)] };
    await open();
    const row = button(/Guests/);
    device.list = { ...device.list, networks: [network(raw), network(guests), network(house)] };
    portal.scan.invalidate();
    await pass(5000);
    const names = [...page().querySelectorAll('ul bdi')].map((name) => name.textContent);
    expect(names).toEqual(['\ufffd\ufffd\ufffd', 'Guests', 'HouseOfBoo']);
    expect(button(/Guests/)).toBe(row);
  });
});

describe('the form', () => {
  it('asks for a password that the phone leaves as it is typed', async () => {
    await open();
    await click(button(/HouseOfBoo/));
    const input = type('Password', 'boo-boo-boo');
    expect(input.type).toBe('password');
    expect(input.getAttribute('autocomplete')).toBe('current-password');
    expect(input.getAttribute('autocapitalize')).toBe('none');
    // Lost in browsers that know no such property when it was set as one.
    expect(input.getAttribute('autocorrect')).toBe('off');
  });

  it('reveals the password and hides it again', async () => {
    await open();
    await click(button(/HouseOfBoo/));
    const input = type('Password', 'boo-boo-boo');
    await click(button(t.showPassword));
    expect(input.type).toBe('text');
    expect(input.value).toBe('boo-boo-boo');
    expect(button(t.showPassword).getAttribute('aria-pressed')).toBe('true');
    await click(button(t.showPassword));
    expect(input.type).toBe('password');
  });

  it('says what is wrong at the field, before anything is sent', async () => {
    await open();
    await click(button(/HouseOfBoo/));
    const input = type('Password', 'short');
    await submit();
    expect(input.getAttribute('aria-invalid')).toBe('true');
    const hint = document.getElementById(input.getAttribute('aria-describedby') || '');
    expect(hint?.textContent).toBe(t.passwordHint);
    expect(document.activeElement).toBe(input);
    expect(device.count('connect')).toBe(0);
  });

  it('offers the saved password, and another one', async () => {
    device.list = { ...device.list, networks: [network(house, { saved: true })] };
    await open();
    await click(button(/HouseOfBoo/));
    expect(page().textContent).toContain(t.usesSaved);
    expect(page().querySelector('input')).toBeNull();
    await click(button(t.useOther));
    expect(page().querySelector('input')).not.toBeNull();
    await click(button(t.useSaved));
    expect(page().querySelector('input')).toBeNull();
  });

  it('of a saved open network speaks of no password', async () => {
    device.list = {
      ...device.list,
      networks: [network(guests, { security: 'open', saved: true })],
    };
    await open();
    await click(button(/Guests/));
    expect(page().querySelector('main')?.textContent).not.toMatch(/password/i);
    expect(page().textContent).toContain(t.usesSaved);
  });

  it('does not suggest another password when the router gave no address', async () => {
    device.list = { ...device.list, networks: [network(house, { saved: true })] };
    await open();
    await click(button(/HouseOfBoo/));
    portal.show('form', { code: 'no_ip' });
    await pass(0);
    expect(queryByRole(page(), 'button', { name: t.useOther })).toBeNull();
    expect(button(t.tryAgain)).toBeTruthy();
  });

  it('for another network asks for its name and whether it has a password', async () => {
    await open();
    await click(button(new RegExp(t.other)));
    const name = type(t.name, 'x'.repeat(33));
    await submit();
    expect(name.getAttribute('aria-invalid')).toBe('true');
    expect(page().textContent).toContain(t.nameTooLong);
    await click(getByRole(page(), 'checkbox', { name: t.isOpen }));
    expect(page().querySelector('#password')).toBeNull();
    type(t.name, 'attic');
    await submit();
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
    expect(current()).toBe(t.finding);
    device.test = { id: 1, ...house, state: 'connecting', phase: 'authenticating' };
    await pass(500);
    expect(current()).toBe(t.authenticating);
    expect(told()).toBe(t.authenticating);
    device.test = { id: 1, ...house, state: 'obtaining_ip' };
    await pass(500);
    expect(current()).toBe(t.obtainingIp);
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
    expect(page().textContent).not.toContain(t.authenticating);
  });

  it.each(Object.keys(t.failures).concat('unknown'))(
    'that ends in %s says what to do',
    async (code) => {
      await open();
      portal.show('form', { code, raw: 39 });
      await pass(0);
      const known: Readonly<Record<string, readonly string[]>> = t.failures;
      const [what = '', next = ''] = known[code] || t.failed.map((text) => fill(text, 39));
      const alert = page().querySelector('.alert');
      expect(alert?.textContent).toBe(what + next);
      expect(page().querySelector('p[role=status]')?.textContent).toContain(what);
    },
  );

  it('names the code of a failure that it does not know', async () => {
    await open();
    portal.show('form', { code: 'unknown', raw: 39 });
    await pass(0);
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
    await click(button(new RegExp(t.savedNetworks)));
    await click(button('Delete HouseOfBoo'));
    expect(page().textContent).toContain(t.deleteSure);
    await click(button(t.keep));
    expect(page().textContent).not.toContain(t.deleteSure);
    expect(device.kept).toHaveLength(2);
    await click(button('Delete HouseOfBoo'));
    await click(button(t.delete));
    await pass(1);
    expect(device.kept).toEqual([raw]);
    expect(queryByRole(page(), 'button', { name: 'Delete HouseOfBoo' })).toBeNull();
    const told = [...page().querySelectorAll('[role=status]')].map((region) => region.textContent);
    expect(told).toContain(fill(t.deleted, 'HouseOfBoo'));
  });

  it('are deleted all at once where that is allowed, after being asked about', async () => {
    device.kept = [house, raw];
    device.mayForgetAll = true;
    await open();
    await click(button(new RegExp(t.savedNetworks)));
    button(t.deleteAll).focus();
    await click(button(t.deleteAll));
    expect(page().textContent).toContain(t.deleteAllSure);
    expect(document.activeElement).toBe(button(t.keep));
    await click(button(t.keep));
    expect(page().textContent).not.toContain(t.deleteAllSure);
    expect(device.kept).toHaveLength(2);
    await click(button(t.deleteAll));
    button(t.delete).focus();
    await click(button(t.delete));
    await pass(1);
    expect(device.kept).toEqual([]);
    expect(page().textContent).toContain(t.noneSaved);
    expect(queryByRole(page(), 'button', { name: t.deleteAll })).toBeNull();
    expect(document.activeElement).toBe(getByRole(page(), 'heading', { level: 1 }));
  });

  it('have no button for all of them where that is not allowed', async () => {
    device.kept = [house, raw];
    await open();
    await click(button(new RegExp(t.savedNetworks)));
    expect(queryByRole(page(), 'button', { name: t.deleteAll })).toBeNull();
  });
});

describe('a network that the device looks for by itself', () => {
  const text = () => page().querySelector('main > p')?.textContent;

  it('is named above the list, from which another one can be chosen', async () => {
    device.lookingFor = { ssid: ' Attic ' };
    await open();
    expect(text()).toBe(fill(t.lookingFor, '\u2423Attic\u2423'));
    await click(button(/HouseOfBoo/));
    expect(portal.view.value).toBe('form');
  });

  it('is not named once the device does not look for it', async () => {
    await open();
    expect(text()).toBeUndefined();
  });
});

describe('the window', () => {
  it('is named by its screen and its device', async () => {
    await open();
    await pass(50);
    expect(document.title).toBe(`${t.choose} – Lamp`);
    await click(button(/HouseOfBoo/));
    await pass(50);
    expect(document.title).toBe('HouseOfBoo – Lamp');
    await click(button(t.back));
    await click(button(new RegExp(t.other)));
    await pass(50);
    expect(document.title).toBe(`${t.other} – Lamp`);
  });
});

describe('the focus', () => {
  const focused = () => document.activeElement;

  it('is on the heading of a new screen, or on what it asks for', async () => {
    await open();
    expect(focused()).toBe(document.body);
    await click(button(/HouseOfBoo/));
    expect(focused()).toBe(document.getElementById('password'));
    await click(button(t.back));
    expect(focused()).toBe(getByRole(page(), 'heading', { level: 1 }));
  });

  it('goes from a deleted network to the one that takes its place', async () => {
    device.kept = [house, guests, raw];
    await open();
    await click(button(new RegExp(t.savedNetworks)));
    button('Delete Guests').focus();
    await click(button('Delete Guests'));
    expect(focused()).toBe(button(t.keep));
    button(t.delete).focus();
    await click(button(t.delete));
    await pass(1);
    expect(focused()?.closest('li')?.textContent).toContain('\ufffd\ufffd\ufffd');
  });

  it('of a row that is gone after a scan moves to the heading', async () => {
    await open();
    button(/HouseOfBoo/).focus();
    device.list = { ...device.list, networks: [network(guests)] };
    portal.scan.invalidate();
    await pass(5000);
    expect(focused()).toBe(getByRole(page(), 'heading', { level: 1 }));
  });
});

describe('what is not as the owner thinks', () => {
  it('a typed name that ends in a space, if no such network was found', async () => {
    await open();
    await click(button(new RegExp(t.other)));
    type(t.name, 'attic ');
    type(t.password, 'cobwebs-1');
    await submit();
    device.fail('not_found');
    await pass(500);
    expect(document.getElementById('name-hint')?.textContent).toBe(t.spaces);
    type(t.name, 'attic');
    await pass(0);
    expect(document.getElementById('name-hint')?.textContent).toBe('');
  });

  it('the end of a network that could not be saved does not promise that it is used', async () => {
    await open();
    portal.connect(house, {});
    await pass(1);
    device.succeed(false, 'storage_full');
    await pass(500);
    await click(button(t.finish));
    expect(page().textContent).toContain(t.notSaved);
    expect(page().textContent).not.toContain(fill(t.staysConnected, 'Lamp'));
  });

  it('a full memory leads to the saved networks', async () => {
    device.kept = [guests];
    await open();
    portal.connect(house, {});
    await pass(1);
    device.succeed(false, 'storage_full');
    await pass(500);
    await click(button(t.savedNetworks));
    expect(button('Delete Guests')).toBeTruthy();
  });

  it('that a network has the addresses of the device’s own access point', async () => {
    await open();
    portal.connect(house, {});
    await pass(1);
    device.test = {
      id: 1,
      ...house,
      state: 'connected',
      ip: '192.168.4.57',
      same_subnet: true,
      saved: true,
    };
    await pass(500);
    expect(page().querySelector('.alert')?.textContent).toBe(
      t.sameSubnet.replace('{ap}', 'ESP-Prov-8590'),
    );
    portal.connect(house, {});
    await pass(1);
    device.succeed();
    await pass(500);
    expect(page().querySelector('.alert')).toBeNull();
  });

  it('the address of the station, which is the one that a router can be told to let in', async () => {
    device.device = { ...device.device, station_mac: '24:6f:28:aa:85:8f' };
    await open();
    portal.connect(house, {});
    await pass(1);
    device.fail('refused');
    await pass(500);
    expect(page().querySelector('dl')?.textContent).toBe(`${t.mac}24:6f:28:aa:85:8f`);
    portal.connect(house, {});
    await pass(1);
    device.succeed();
    await pass(500);
    expect(page().textContent).toContain('24:6f:28:aa:85:8f');
    expect(page().textContent).not.toContain('24:6f:28:aa:85:90');
  });

  it('a router that takes its time to give an address', async () => {
    await open();
    portal.connect(house, {});
    await pass(1);
    const current = () => page().querySelector('[aria-current=step]')?.textContent;
    device.test = { id: 1, ...house, state: 'obtaining_ip', elapsed_ms: 4000 };
    await pass(500);
    expect(current()).toBe(t.obtainingIp);
    device.test = { id: 1, ...house, state: 'obtaining_ip', elapsed_ms: 14_000 };
    await pass(500);
    expect(current()).toBe(t.stillWaiting);
  });
});

describe('a network in the list', () => {
  const marks = () => [...page().querySelectorAll('.marked')].map((mark) => mark.textContent);

  it('is marked if it is saved or in use', async () => {
    device.list = {
      ...device.list,
      networks: [network(house, { saved: true }), network(guests), network(raw, { saved: true })],
    };
    device.test = { id: 1, ...house, state: 'connected', ip: '192.168.1.57', saved: true };
    await open();
    portal.show('list');
    await pass(0);
    expect(marks()).toEqual([t.ready, `${t.connected} · ${t.saved}`, `${t.saved} · Bytes ff80c3`]);
  });

  it('says so if it is tried at 5 GHz, and nothing of 2.4 GHz', async () => {
    device.list = {
      ...device.list,
      networks: [
        network(house, { band: '5' }),
        network(guests, { band: '2.4' }),
        network(raw, { band: '5', saved: true }),
      ],
    };
    await open();
    const notes = [...page().querySelectorAll('.row small')].map((note) => note.textContent);
    expect(notes).toContain('5 GHz');
    expect(notes).toContain(`${t.saved} · Bytes ff80c3 · 5 GHz`);
    expect(notes.join()).not.toContain('2.4');
  });
});

describe('the languages', () => {
  it('have a menu if there are several, and it leads to the page in another one', async () => {
    const replace = vi.fn();
    vi.stubGlobal('location', { replace });
    const languages = createLanguages(['en', 'de', 'pt-BR', 'xx-invalid-tag-']);
    render(<LanguageMenu languages={languages} />, document.body);
    const menu = getByRole(page(), 'combobox', { name: t.language }) as HTMLSelectElement;
    const options = () => [...menu.options].map((option) => option.text);
    expect(options()).toEqual(languages.tags);
    languages.findNames();
    await pass(200);
    expect(options()).toEqual(['English', 'Deutsch', 'Português (Brasil)', 'xx-invalid-tag-']);
    fireEvent.change(menu, { target: { value: 'de' } });
    expect(replace).toHaveBeenCalledWith('?lang=de');
  });

  it('have none if there is one, and nobody looks for its name', () => {
    const languages = createLanguages(['en']);
    render(<LanguageMenu languages={languages} />, document.body);
    expect(queryByRole(page(), 'combobox')).toBeNull();
    languages.findNames();
    expect(languages.names.value).toEqual([]);
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
    expect(current()).toBe(t.finding);
  });

  it('shows that it has yet to delete, and lets the network be kept', async () => {
    device.kept = [house];
    await open();
    await click(button(new RegExp(t.savedNetworks)));
    device.silent = true;
    await click(button('Delete HouseOfBoo'));
    await click(button(t.delete));
    await pass(2000);
    expect(button(t.deleting).getAttribute('aria-disabled')).toBe('true');
    await click(button(t.keep));
    device.silent = false;
    await pass(4000);
    expect(device.kept).toEqual([house]);
    expect(button('Delete HouseOfBoo')).toBeTruthy();
  });

  it('is named while set-up is being finished, too', async () => {
    device.test = { id: 1, ...house, state: 'connected', ip: '192.168.1.57', saved: true };
    await open();
    device.silent = true;
    await click(button(t.finish));
    await pass(3000);
    expect(button(t.finishing)).toBeTruthy();
    expect(page().querySelector('.banner')?.textContent).toContain(fill(t.offline, 'Lamp'));
    await pass(10_000);
    expect(getByRole(page(), 'heading', { level: 1 }).textContent).toBe(t.unconfirmed);
    expect(page().textContent).not.toContain(fill(t.staysConnected, 'Lamp'));
  });

  it('is named, with the Wi-Fi to rejoin', async () => {
    await open();
    device.silent = true;
    await pass(10_000);
    const banner = page().querySelector('.banner');
    expect(banner?.getAttribute('role')).toBe('status');
    expect(banner?.textContent).toContain(fill(t.offline, 'Lamp'));
    expect(banner?.textContent).toContain('ESP-Prov-8590');
    device.silent = false;
    await pass(4000);
    expect(banner?.textContent).toBe('');
  });

  it('has no name yet on the first visit', async () => {
    device.silent = true;
    await open();
    await pass(2000);
    expect(page().querySelector('.banner')?.textContent).toBe(fill(t.offline, t.theDevice));
  });
});

describe('the end', () => {
  it('tells what happens next, the address, and how to undo', async () => {
    await open();
    portal.connect(house, {});
    await pass(1);
    device.succeed();
    await pass(500);
    await click(button(t.finish));
    await pass(1);
    const text = page().textContent || '';
    for (const part of [
      t.done,
      fill(t.closing, 'ESP-Prov-8590'),
      fill(t.changeLater, 'ESP-Prov-8590'),
    ])
      expect(text).toContain(part);
    expect(text).toContain('192.168.1.57');
    expect(text).toContain('24:6f:28:aa:85:90');
  });
});

it('an end that nobody confirmed is told as one', async () => {
  device.test = { id: 1, ...house, state: 'connected', ip: '192.168.1.57', saved: true };
  await open();
  portal.ending.value = 'silent';
  portal.show('done');
  await pass(0);
  expect(getByRole(page(), 'heading', { level: 1 }).textContent).toBe(t.unconfirmed);
  expect(page().textContent).toContain(fill(t.checkAp, 'ESP-Prov-8590'));
  await click(button(t.check));
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
      'keep',
      'saved',
      'deleteNetwork',
      'complete',
    ].sort(),
  );
});
