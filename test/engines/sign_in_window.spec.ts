import { goesTheWholeWay, opensList } from './steps';
import { expect, test } from './test';

/*
 * What phones' sign-in windows lack, and what their radio does to the page.
 */

/** Takes away what some sign-in windows lack, and notes what is reached for all the same. */
const lacks = `
  window.reachedFor = [];
  const refuse = (what) => {
    reachedFor.push(what);
    throw new DOMException(what, 'SecurityError');
  };
  for (const name of ['alert', 'confirm', 'prompt', 'open', 'print'])
    window[name] = () => refuse(name);
  for (const name of [
    'localStorage', 'sessionStorage', 'indexedDB', 'caches', 'WebSocket', 'EventSource',
    'Worker', 'SharedWorker', 'Notification', 'cookieStore',
  ])
    Object.defineProperty(window, name, { get: () => refuse(name) });
  Object.defineProperty(document, 'cookie', { get: () => refuse('cookie'), set: () => refuse('cookie') });
  for (const name of ['serviceWorker', 'clipboard', 'storage', 'locks', 'share', 'credentials'])
    Object.defineProperty(navigator, name, { get: () => refuse(name) });
`;

test.describe('without storage, dialogs, windows and sockets', () => {
  test.use({ trouble: { script: lacks } });
  test('the way leads to the end, and the page reaches for none of them', async ({ ui, way }) => {
    await opensList(ui, way.url);
    await goesTheWholeWay(ui);
    expect(await ui.run('return window.reachedFor')).toEqual([]);
    // Or it would have been easy.
    const tried = 'try { return String(localStorage) } catch (error) { return error.name }';
    expect(await ui.run(tried)).toBe('SecurityError');
    expect(await ui.run('return window.reachedFor')).toEqual(['localStorage']);
  });
});

test.describe('in a browser that refuses cookies', () => {
  test.use({ settings: { refusesCookies: true } });
  test('the way leads to the end, and nothing was to be kept', async ({ ui, way }) => {
    await opensList(ui, way.url);
    await ui.run('document.cookie = "a=b"');
    expect(await ui.run('return document.cookie')).toBe('');
    await goesTheWholeWay(ui);
    expect(way.cookies).toEqual([]);
  });
});

test.describe('where each connection breaks after one answer', () => {
  test.use({ trouble: { breaksConnections: true } });
  test('the way leads to the end', async ({ ui, way }) => {
    await opensList(ui, way.url);
    await goesTheWholeWay(ui);
    expect(way.connections()).toBeGreaterThan(5);
  });
});

test.describe('where every third request is lost', () => {
  // In real time, or the access point would close before a lost end could be asked for again.
  test.use({ trouble: { losesEvery: 3 }, speed: 1 });
  test('the way leads to the end', async ({ ui, way, device }) => {
    await opensList(ui, way.url);
    await goesTheWholeWay(ui);
    expect(way.lost.length).toBeGreaterThan(1);
    expect(device.log().match(/Testing connection to/g)).toHaveLength(1);
  });
});
