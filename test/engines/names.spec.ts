import { display } from '../../webui/src/api/ssid';
import { hostileNames, naughtyStrings, ssidOf, textOf } from '../host/hostile_names.mjs';
import { expect, test } from './test';

/*
 * Names that are code, in the engines of phones: the device is made to tell all of them at once.
 * That it tells them as they are is what test/host/hostile_names.test.mjs is for.
 */

/** Notes whatever a name might set going, before anything of the page's runs. */
const witness = `
  window.happened = [];
  for (const name of ['alert', 'confirm', 'prompt', 'open', 'print', 'eval', 'setInterval'])
    window[name] = (...args) => { happened.push(name + ' ' + args); };
  for (const name of ['error', 'unhandledrejection', 'securitypolicyviolation', 'message'])
    addEventListener(
      name,
      (event) => happened.push(name + ' ' + (event.message || event.reason || event.blockedURI)),
      true,
    );
`;

/** Elements of the page that it does not make itself, attributes that run, addresses that do. */
const strangers = `
  const known = ${JSON.stringify('b bdi button div form h1 h2 header html i input label li main option p path select small span svg ul'.split(' '))};
  return Array.from(document.body.querySelectorAll('*'))
    .filter((element) =>
      !known.includes(element.localName) ||
      Array.from(element.attributes).some(({ name, value }) =>
        /^on|^style$|^src/.test(name) || /^\\s*javascript:/i.test(value)))
    .map((element) => element.outerHTML);
`;

const texts = (css: string) =>
  `return Array.from(document.querySelectorAll('${css}'), (element) => element.textContent)`;

const all = hostileNames.map((name) => display(ssidOf(name)));

/** A device's name may be of any length: the whole strings, of which the networks' are cut. */
const deviceName = [...naughtyStrings, ...hostileNames.map(textOf)].join(' ');

const networks = hostileNames.map(ssidOf);
const row = { rssi: -48, channel: 9, security: 'wpa2', saved: false };

test.use({
  trouble: {
    script: witness,
    says: {
      '/api/status': (said: { device: object }) => ({
        ...said,
        device: { ...said.device, name: deviceName },
      }),
      '/api/scan': (said: { networks: readonly object[] }) => ({
        ...said,
        networks: networks.map((name) => ({ ...name, ...row })),
      }),
      '/api/networks': () => ({ networks: networks.map((name) => ({ ...name, last_used: 0 })) }),
    },
  },
});

test(`${all.length} hostile names of networks, saved networks and the device are text and nothing else`, async ({
  ui,
  way,
}) => {
  await ui.open(way.url);
  await ui.sees('button', 'Scan again');
  const names = await ui.until('the names', async () => {
    const shown = (await ui.run(texts('main li bdi'))) as string[];
    return shown.length >= all.length ? shown : undefined;
  });
  expect(names).toEqual(all);
  expect(await ui.run(texts('header b'))).toEqual([deviceName]);
  expect(await ui.run(strangers)).toEqual([]);

  await ui.clickRow('Saved networks');
  await ui.sees('heading', 'Saved networks');
  expect(await ui.run(texts('main li bdi'))).toEqual(all);
  const labels = `return Array.from(document.querySelectorAll('main li button[aria-label]'), (button) => button.ariaLabel)`;
  expect(await ui.run(labels)).toEqual(
    all.flatMap((name) => [`Connect ${name}`, `Delete ${name}`]),
  );
  expect(await ui.run(strangers)).toEqual([]);

  // One of them as a heading.
  const code = '<script>alert(123)</script>';
  await ui.click('button', 'Back');
  await ui.clickRow(code);
  await ui.sees('heading', code);
  expect(await ui.run(strangers)).toEqual([]);

  expect(await ui.run('return window.happened')).toEqual([]);
  expect(await ui.url()).toBe(way.url);
  const known = ['/', '/api/networks', '/api/scan', '/api/status'];
  expect([...way.asked].filter((path) => !known.includes(path))).toEqual([]);
  // Or it would have been easy.
  await ui.run(
    'alert(1); document.body.insertAdjacentHTML("beforeend", arguments[0])',
    code.replaceAll('script', 'img onerror=alert(2) src=x'),
  );
  expect(await ui.run('return window.happened')).toContain('alert 1');
  expect(await ui.run(strangers)).toHaveLength(1);
});
