import { request as send } from 'node:http';
import { type Device, ending, expect, house, isClosed, test } from './device';

/*
 * The HTTP interface as any client sees it, with no browser: what a device must answer wherever it
 * runs. test/portal holds the same firmware to more, from within.
 */

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what is in it is what the tests ask
  readonly json: any;
}

interface Options {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** One request on a connection of its own; `headers` win over the usual ones. */
function ask(device: Device, line: string, { headers, body }: Options = {}) {
  const [method, path = '/'] = line.split(' ');
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(device.url);
    const request = send(
      {
        ...{ hostname, port, method, path, agent: false },
        headers: {
          ...(text === undefined
            ? {}
            : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
          ...headers,
        },
      },
      (reply) => {
        const parts: Buffer[] = [];
        reply.on('data', (part) => parts.push(part));
        reply.on('error', reject);
        reply.on('end', () => {
          const whole = Buffer.concat(parts).toString('latin1');
          const isJson = reply.headers['content-type'] === 'application/json';
          resolve({
            status: reply.statusCode ?? 0,
            headers: reply.headers,
            text: whole,
            json: isJson ? JSON.parse(Buffer.concat(parts).toString()) : undefined,
          });
        });
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

const outcome = async (device: Device, line: string, body?: unknown) => {
  const { status, json } = await ask(device, line, body === undefined ? {} : { body });
  return [status, json?.error?.code];
};

/** Tests a network, and waits for the verdict. */
async function verdict(device: Device, body: unknown) {
  const begun = await ask(device, 'POST /api/connect', { body });
  expect(begun.status).toBe(202);
  let last: Answer['json'];
  await expect
    .poll(async () => {
      last = (await ask(device, 'GET /api/connect')).json;
      return last.state;
    })
    .toMatch(/^(connected|failed)$/);
  expect(last.id).toBe(begun.json.id);
  return last;
}

test('the status tells who the device is, and is kept by nobody', async ({ device }) => {
  const { status, headers, json } = await ask(device, 'GET /api/status');
  expect(status).toBe(200);
  expect(headers['cache-control']).toBe('no-store');
  expect(json.device.ap_ssid).toMatch(/^ESP-Prov-[0-9A-F]{4}$/);
  expect(json.device.mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  for (const name of ['name', 'chip', 'version']) expect(json.device[name]).toMatch(/./);
  expect(json).toMatchObject({ provisioned: false, completed: false });
  expect(json.scan).toHaveProperty('scanning');
  expect(json.connect).toHaveProperty('state');
});

test('a wrong field, body, address and method are each named', async ({ device }) => {
  const connect = (body: unknown) => outcome(device, 'POST /api/connect', body);
  expect(await connect('{')).toEqual([400, 'invalid_json']);
  expect(await connect('[]')).toEqual([400, 'invalid_json']);
  expect(await connect({})).toEqual([400, 'invalid_ssid']);
  expect(await connect({ ssid: 'a'.repeat(33) })).toEqual([400, 'invalid_ssid']);
  expect(await connect({ ssid_hex: 'xx' })).toEqual([400, 'invalid_ssid_hex']);
  expect(await connect({ ssid: 'a', password: 'short' })).toEqual([400, 'invalid_password']);
  expect(await connect({ ssid: 'a', saved: 'yes' })).toEqual([400, 'invalid_saved']);
  expect(await connect({ ssid: 'never saved', saved: true })).toEqual([404, 'unknown_network']);
  expect(await outcome(device, 'GET /api/nothing')).toEqual([404, 'not_found']);
  expect(await outcome(device, 'GET /api/complete')).toEqual([405, 'method_not_allowed']);
  expect(await outcome(device, 'PUT /api/scan')).toEqual([405, 'method_not_allowed']);
  expect(await outcome(device, 'DELETE /api/networks/never')).toEqual([404, 'unknown_network']);
  expect(await outcome(device, 'DELETE /api/networks/%zz')).toEqual([400, 'invalid_ssid']);
  expect(await outcome(device, 'POST /api/complete')).toEqual([409, 'not_connected']);
});

test('a body longer than any request is 413, and the server goes on', async ({ device }) => {
  const body = { ssid: 'a'.repeat(1024) };
  expect(await outcome(device, 'POST /api/connect', body)).toEqual([413, 'body_too_long']);
  expect((await ask(device, 'GET /api/status')).status).toBe(200);
});

test('another site can change nothing', async ({ device }) => {
  const body = { ssid: house.name, password: house.password };
  const foreign: readonly Record<string, string>[] = [
    { Host: 'evil.example' },
    { Origin: 'http://evil.example' },
    { 'Content-Type': 'text/plain' },
  ];
  for (const headers of foreign) {
    const { status } = await ask(device, 'POST /api/connect', { body, headers });
    expect(status).toBe(403);
  }
  expect(await device.tests()).toBe(0);
});

test('whatever address a phone tries leads to the page', async ({ device }) => {
  for (const path of ['/generate_204', '/hotspot-detect.html', '/connecttest.txt', '/a/b?c=d']) {
    const { status, headers, text } = await ask(device, `GET ${path}`, {
      headers: { Host: 'captive.example' },
    });
    expect(status).toBe(302);
    expect(headers.location).toMatch(/^http:\/\/\d+(\.\d+){3}(:\d+)?\/$/);
    expect(headers['cache-control']).toBe('no-store');
    expect(text).not.toBe('');
  }
});

test('request headers as long as phones send them are taken', async ({ device }) => {
  const { status } = await ask(device, 'GET /api/status', {
    headers: { 'User-Agent': 'x'.repeat(850) },
  });
  expect(status).toBe(200);
});

test('a wrong password is told, and a right one connects and is saved', async ({ device }) => {
  const wrong = await verdict(device, { ssid: house.name, password: 'wrong-wrong' });
  expect(wrong).toMatchObject({ state: 'failed', reason: 'wrong_password' });
  expect((await ask(device, 'GET /api/networks')).json.networks).toEqual([]);

  const right = await verdict(device, { ssid: house.name, password: house.password });
  expect(right).toMatchObject({ state: 'connected', ip: '192.168.1.57', gateway: '192.168.1.1' });
  const { text, json } = await ask(device, 'GET /api/networks');
  expect(json.networks).toHaveLength(1);
  expect(json.networks[0].ssid).toBe(house.name);
  expect(text).not.toContain(house.password);
  expect((await verdict(device, { ssid: house.name, saved: true })).state).toBe('connected');
});

test('a connection that works leaves no error in the log', async ({ device }) => {
  expect((await verdict(device, { ssid: house.name, password: house.password })).state).toBe(
    'connected',
  );
  expect(device.log().split('\n')).not.toContainEqual(expect.stringMatching(/^E \(/));
});

test('a name of arbitrary bytes comes back as it was', async ({ device }) => {
  const answer = await verdict(device, { ssid_hex: 'ff80c3', password: 'not-utf8-at-all' });
  expect(answer).toMatchObject({ ssid_hex: 'ff80c3', state: 'connected' });
  expect(await outcome(device, 'DELETE /api/networks/%ff%80%c3')).toEqual([200, undefined]);
  expect((await ask(device, 'GET /api/networks')).json.networks).toEqual([]);
});

test('while a test runs every question is answered, and the test can be cancelled', async ({
  device,
}) => {
  const body = { ssid: house.name, password: 'wrong-wrong' };
  expect((await ask(device, 'POST /api/connect', { body })).status).toBe(202);
  expect(await outcome(device, 'POST /api/connect', body)).toEqual([409, 'busy']);
  expect(await outcome(device, 'POST /api/scan')).toEqual([409, 'busy']);
  expect((await ask(device, 'GET /api/status')).json.connect.state).toBe('connecting');
  expect((await ask(device, 'DELETE /api/connect')).status).toBe(202);
  await expect
    .poll(async () => (await ask(device, 'GET /api/connect')).json)
    .toMatchObject({ state: 'failed', reason: 'cancelled' });
});

test('a phone that leaves in the middle of an answer harms nobody', async ({ device }) => {
  const { hostname, port } = new URL(device.url);
  for (let times = 0; times < 20; times++) {
    await new Promise<void>((resolve) => {
      const request = send({ hostname, port, path: '/', agent: false });
      request.on('error', () => resolve());
      request.on('response', (reply) => {
        reply.on('error', () => {});
        request.destroy();
        resolve();
      });
      request.end();
    });
  }
  expect((await ask(device, 'GET /api/status')).status).toBe(200);
});

test('completing is answered, and then nobody is there any more', { tag: ending }, async ({
  device,
}) => {
  await verdict(device, { ssid: house.name, password: house.password });
  const { status, json } = await ask(device, 'POST /api/complete');
  expect([status, json]).toEqual([200, { ap_shutdown: true }]);
  await expect.poll(() => isClosed(device)).toBe(true);
});
