import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectReport, FirstState, Network, ScanReport } from '../src/api/types';
import { App } from '../src/app';
import { begin, handOver } from '../src/first/screen';
import { readLines } from '../src/locales/first';
import { textOf, translations } from '../src/locales/languages';
import { createPortal } from '../src/models/portal';
import { FakeDevice, guests, house, network, raw } from './fake_device';

/*
 * The first script and the application: what the one has drawn, the other goes on with.
 */

const SHELL =
  '<svg viewBox="0 0 24 24" class="mark" aria-hidden="true"><path d="M12 19h0M9 16q3-3 6 0M5 12q7-6 14 0M2 8q10-8 20 0"></path></svg><header></header><main><ul class="card"><li class="ghost row"></li></ul></main>';

const page = () => document.body;
const header = () => page().querySelector('header');
const main = () => page().querySelector('main');
/** What can be seen; the language menu with its drawing is the application's alone. */
const looks = () => {
  expect(page().querySelectorAll('header, main')).toHaveLength(2);
  return [page().querySelector('svg'), header(), main()].map((part) =>
    part?.outerHTML.replace(/<select.*<\/svg>/, ''),
  );
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(performance, 'now').mockReturnValue(0);
  // Preact keeps in a root what it has drawn there.
  document.body.replaceWith(document.createElement('body'));
  page().innerHTML = SHELL;
});
afterEach(() => {
  render(null, page());
  vi.useRealTimers();
});

function stateOf(scan: Partial<ScanReport>, more: Partial<FirstState['status']> = {}): FirstState {
  return {
    status: {
      device: { name: 'Lamp', mac: '24:6f:28:aa:85:90' },
      completed: false,
      scan: { scanning: false },
      connect: { id: 0, state: 'idle' },
      ...more,
    },
    scan: { scanning: false, age_ms: 1000, networks: [], ...scan },
    networks: { networks: [] },
    languages: ['en', 'de'],
  };
}

/** Lets the first script run on a page with this state. */
function beginWith(state: FirstState | string) {
  const block = document.createElement('script');
  Object.assign(block, { type: 'application/json', id: 'state' });
  block.textContent = typeof state === 'string' ? state : JSON.stringify(state);
  page().append(block);
  return begin();
}

/** Lets the application take over. */
function takeOver(state: FirstState | undefined) {
  const portal = createPortal(new FakeDevice(), state);
  render(<App portal={portal} />, page());
  handOver();
  return portal;
}

const many = (count: number): Network[] =>
  Array.from({ length: count }, (_, i) =>
    network({ ssid: `Network ${i}` }, { rssi: -40 - (i % 60), saved: i % 5 === 0 }),
  );
const hostile = ['</script><b>', '<!--', '\u2028', '&lt;', ' ends ', '\u202eabc', '👻'].map(
  (ssid) => network({ ssid }),
);
const kinds = ['open', 'owe', 'wep', 'wpa', 'wpa2', 'wpa3', 'enterprise', 'unknown', 'newer'].map(
  (security, i) => network({ ssid: security }, { security, rssi: -50 - 5 * i }),
);

const states: Record<string, FirstState> = {
  'no network': stateOf({}),
  'one network': stateOf({ networks: many(1) }),
  'ten networks': stateOf({ networks: many(10) }),
  'twelve networks': stateOf({ networks: many(12) }),
  'more networks than are drawn at once': stateOf({ networks: many(13) }),
  '256 networks': stateOf({ networks: many(256) }),
  'each security': stateOf({ networks: kinds }),
  'saved networks': {
    ...stateOf({ networks: [network(house, { saved: true }), network(guests)] }),
    networks: { networks: [house, raw] },
  },
  'a saved network with bytes for a name': stateOf({ networks: [network(raw, { saved: true })] }),
  'hostile names': stateOf({ networks: hostile }),
  'an old list': stateOf({ networks: many(2), age_ms: 42_000 }),
  'a very old list': stateOf({ networks: many(2), age_ms: 4_200_000 }),
  'a first scan that runs': stateOf({ scanning: true, age_ms: null }, { scan: { scanning: true } }),
  'no scan so far': stateOf({ age_ms: null }),
  'a scan that runs over a list': stateOf({ scanning: true, networks: many(3) }),
  'a scan that failed': stateOf({ age_ms: null, error: { code: 'scan_failed' } }),
  'a scan that failed over a list': stateOf({ networks: many(3), error: { code: 'scan_failed' } }),
  'a network that it looks for': stateOf({ networks: many(2) }, { looking_for: house }),
  'bytes that it looks for': stateOf({ networks: many(2) }, { looking_for: raw }),
  'one language': { ...stateOf({ networks: many(2) }), languages: ['en'] },
  'no languages': { ...stateOf({ networks: many(2) }), languages: undefined },
};

describe('the first script draws what the application draws', () => {
  it.each(Object.entries(states))('of %s', (_, state) => {
    const found = beginWith(state);
    expect(found).toEqual(JSON.parse(JSON.stringify(state)));
    expect(main()?.className).toBe('list');
    const before = looks();
    takeOver(found);
    expect(looks()).toEqual(before);
  });

  it.each(translations().map((translation) => [translation.tag, translation] as const))(
    'in %s',
    async (tag, translation) => {
      vi.resetModules();
      const fresh = {
        ...(await import('preact')),
        ...(await import('../src/first/screen')),
        ...(await import('../src/locales/first')),
        ...(await import('../src/locales')),
        ...(await import('../src/app')),
        ...(await import('../src/models/portal')),
      };
      const block = document.createElement('script');
      Object.assign(block, { lang: tag, dir: translation.direction });
      block.textContent = textOf(translation);
      const lines = fresh.readLines(block);
      const state = stateOf({ networks: [...kinds, network(house, { saved: true })] });
      page().insertAdjacentHTML(
        'beforeend',
        '<script type="application/json" id="state"></script>',
      );
      (document.getElementById('state') as Element).textContent = JSON.stringify(state);
      const found = fresh.begin();
      expect([document.documentElement.lang, document.documentElement.dir]).toEqual([
        tag,
        translation.direction,
      ]);
      const before = looks();
      expect(before.join()).toContain(fresh.texts.noPassword);
      fresh.takeTexts(lines);
      fresh.render(
        fresh.h(fresh.App, { portal: fresh.createPortal(new FakeDevice(), found) }),
        page(),
      );
      fresh.handOver();
      expect(looks()).toEqual(before);
      fresh.render(null, page());
      Object.assign(document.documentElement, { lang: 'en', dir: '' });
    },
  );
});

describe('the first script leaves to the application', () => {
  const name = { ssid: 'HouseOfBoo' };
  const reports: ConnectReport[] = [
    { ...name, id: 1, state: 'connecting' },
    { ...name, id: 1, state: 'obtaining_ip' },
    { ...name, id: 1, state: 'connected', ip: '192.168.1.57', saved: true },
    { ...name, id: 1, state: 'failed', reason: 'wrong_password' },
    { ...name, id: 1, state: 'failed', reason: 'cancelled' },
  ];
  it.each(reports.map((connect) => [connect.state, connect] as const))(
    'a test that is %s',
    (_, connect) => {
      const found = beginWith(stateOf({ networks: many(2) }, { connect }));
      expect(page().innerHTML.startsWith(SHELL)).toBe(true);
      takeOver(found);
      expect(page().querySelector('h1')).not.toBeNull();
    },
  );

  it('the end', () => {
    const found = beginWith(stateOf({ networks: many(2) }, { completed: true }));
    expect(page().innerHTML.startsWith(SHELL)).toBe(true);
    expect(takeOver(found).view.value).toBe('done');
  });

  it.each([
    ['nothing', ''],
    ['a part of it', JSON.stringify(stateOf({ networks: many(2) })).slice(0, 200)],
    ['something else', '{"status":{}}'],
  ])('a state that is %s', (_, text) => {
    expect(beginWith(text)).toBeUndefined();
    expect(page().innerHTML.startsWith(SHELL)).toBe(true);
    handOver();
  });

  it('a page without a state', () => {
    expect(begin()).toBeUndefined();
    handOver();
  });
});

describe('the application takes over', () => {
  const state = stateOf({ networks: many(12) });

  it('every element as it is', () => {
    const found = beginWith(state);
    const before = [...(main()?.querySelectorAll('*') ?? [])];
    expect(before.length).toBeGreaterThan(60);
    takeOver(found);
    const after = [...(main()?.querySelectorAll('*') ?? [])];
    expect(after).toHaveLength(before.length);
    expect(after.every((element, index) => element === before[index])).toBe(true);
  });

  it('the focus', () => {
    const found = beginWith(state);
    const row = page().querySelectorAll<HTMLElement>('li button')[3];
    row?.focus();
    takeOver(found);
    expect(document.activeElement).toBe(row);
  });

  it('what was pressed', () => {
    const found = beginWith(state);
    page().querySelectorAll<HTMLElement>('bdi')[4]?.click();
    const portal = takeOver(found);
    expect(portal.view.value).toBe('form');
    expect(portal.form.target()).toEqual({ ssid: 'Network 3' });
  });

  it('nothing where nothing was pressed', () => {
    const found = beginWith(state);
    page().querySelector<HTMLElement>('h2')?.click();
    expect(takeOver(found).view.value).toBe('list');
  });

  it('presses from then on', () => {
    const portal = takeOver(beginWith(state));
    page().querySelectorAll<HTMLElement>('li button')[1]?.click();
    expect(portal.view.value).toBe('form');
  });
});

describe('texts that came with the page', () => {
  it('are none without an element, and none if the empty line at the end is missing', () => {
    expect(readLines(null)).toEqual([]);
    const block = document.createElement('script');
    block.textContent = 'Sprache\nWähle';
    expect(readLines(block)).toEqual([]);
  });
});
