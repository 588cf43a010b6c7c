// ESP Web Tools, as a page that installs firmware has it, in Chromium: its dialog walks the owner from the cable to the
// device's own page. The browser's serial port is a bridge to the simulator's.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createConnection } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

import { deviceOf, scratchFile } from '../host/simulator.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const scripts = join(root, 'node_modules/esp-web-tools/dist/web');
/** A folder to leave pictures in, for the documents. */
const pictures = process.env.SCREENSHOTS;

const page = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
<title>Install</title><link rel="icon" href="data:,">
<script type="module" src="/install-button.js"></script>
<esp-web-install-button manifest="/manifest.json"></esp-web-install-button>`;
const manifest = JSON.stringify({
  name: 'Living Room Lamp',
  version: '1.0.0',
  builds: [{ chipFamily: 'ESP32-C3', parts: [{ path: 'lamp.bin', offset: 0 }] }],
});

/** A server for the page and the scripts as npm has them. */
async function serve() {
  const server = createServer((request, response) => {
    const send = (type, body) => response.writeHead(200, { 'Content-Type': type }).end(body);
    if (request.url === '/') return send('text/html', page);
    if (request.url === '/manifest.json') return send('application/json', manifest);
    assert.equal(extname(request.url), '.js', request.url);
    return send('text/javascript', readFileSync(join(scripts, request.url)));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** In the page: a serial port whose bytes go through `serialWrite` and `serialRead`. */
function replaceSerial() {
  let feed;
  const port = {
    readable: null,
    writable: null,
    async open() {
      port.readable = new ReadableStream({
        start: (controller) => {
          feed = controller;
        },
      });
      port.writable = new WritableStream({ write: (bytes) => window.serialWrite([...bytes]) });
      await window.serialOpen();
    },
    async close() {
      port.readable = port.writable = null;
    },
    async setSignals() {},
    getInfo: () => ({}),
    addEventListener() {},
    removeEventListener() {},
  };
  window.serialRead = (bytes) => feed?.enqueue(new Uint8Array(bytes));
  Object.defineProperty(navigator, 'serial', { value: { requestPort: async () => port } });
  // The dialog gives a device 1.5 s to answer. On a machine that is busy with other tests that may be short.
  const { setTimeout } = window;
  window.setTimeout = (work, ms, ...rest) => setTimeout(work, ms === 1500 ? 60_000 : ms, ...rest);
}

test('the dialog of ESP Web Tools leads from the cable to the device, over a wrong password', async () => {
  const path = scratchFile('web-tools.sock');
  const it = await deviceOf('', '--serial', path, '--speed', '10');
  await it.wait('/api/scan', ({ age_ms }) => age_ms !== null);
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  const tab = await browser.newPage({ viewport: { width: 900, height: 700 } });
  tab.setDefaultTimeout(120_000);
  const picture = async (name) => {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    await tab.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
  };
  let cable;
  await tab.exposeFunction('serialOpen', () => {
    cable = createConnection(path);
    cable.on('data', (bytes) => {
      tab.evaluate((sent) => window.serialRead(sent), [...bytes]).catch(() => {});
    });
    cable.on('error', () => {});
  });
  await tab.exposeFunction('serialWrite', (bytes) => void cable.write(Uint8Array.from(bytes)));
  await tab.addInitScript(replaceSerial);
  await tab.goto(server.url);

  await tab.getByRole('button', { name: 'Connect' }).click();
  await tab.getByText('Connected to ESP32 Device').waitFor();
  await picture('web-tools-connected');
  await tab.getByText('Connect to Wi-Fi').click();
  // The strongest network is offered; the owner takes another from the list.
  const networks = tab.locator('ew-filled-select');
  await networks.click();
  await picture('web-tools-networks');
  await tab.getByRole('option', { name: 'HouseOfBoo', exact: false }).first().click();
  const password = tab.locator('ew-filled-text-field[name=password]').locator('input');
  await password.fill('not-this-one');
  await tab.getByRole('button', { name: 'Connect' }).last().click();
  await tab.getByText('Unable to connect').waitFor();
  await picture('web-tools-refused');
  await password.fill('boo-boo-boo');
  await tab.getByRole('button', { name: 'Connect' }).last().click();
  const visit = tab.locator('ew-list-item[type=link]', { hasText: 'Visit Device' });
  await visit.waitFor();
  await picture('web-tools-done');
  assert.match(await visit.getAttribute('href'), /^http:\/\/192\.168\.\d+\.\d+\/$/);
  await it.sim.line(/Provisioned successfully!/);

  await browser.close();
  cable.destroy();
  server.close();
  await it.sim.stop();
});
