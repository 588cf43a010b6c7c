import { describe, expect, it } from 'vitest';
import {
  COMPLETED,
  CONNECT,
  ERROR,
  NOTHING,
  parse,
  SAVED,
  SCAN,
  type Shape,
  STARTED,
  STATUS,
} from '../../src/api/parse';
import { fixture, fixtureNames } from '../fixtures';

const body = (name: string) => fixture(name).response.body;
const fields = (name: string) => body(name) as Record<string, unknown>;

const readStatus = (value: unknown) => parse(value, STATUS);
const readScan = (value: unknown) => parse(value, SCAN);
const readConnect = (value: unknown) => parse(value, CONNECT);
const readSaved = (value: unknown) => parse(value, SAVED);
const readError = (value: unknown) => parse(value, ERROR);

/** The shape of the answer to a call. */
const shapeOf = (method: string, path: string, status: number): Shape<unknown> => {
  if (status >= 400) return ERROR;
  const call = `${method} ${path}`;
  if (call === 'GET /api/status') return STATUS;
  if (call === 'GET /api/scan') return SCAN;
  if (call === 'GET /api/connect') return CONNECT;
  if (call === 'GET /api/networks') return SAVED;
  if (call === 'POST /api/connect') return STARTED;
  if (call === 'POST /api/complete') return COMPLETED;
  return NOTHING;
};

describe('every fixture', () => {
  it.each(fixtureNames)('%s is understood', (name) => {
    const { request, response } = fixture(name);
    expect(() =>
      parse(response.body, shapeOf(request.method, request.path, response.status)),
    ).not.toThrow();
  });

  it('that is refused has a code of letters', () => {
    for (const name of fixtureNames) {
      const { response } = fixture(name);
      if (response.status >= 400) expect(readError(response.body).error.code).toMatch(/^[a-z_]+$/);
    }
  });
});

describe('a connect report', () => {
  it('carries the phase while connecting', () => {
    expect(readConnect(body('connect-authenticating'))).toMatchObject({
      id: 3,
      ssid: 'HouseOfBoo',
      state: 'connecting',
      phase: 'authenticating',
    });
  });

  it('carries the address once connected', () => {
    expect(readConnect(body('connect-connected'))).toMatchObject({
      state: 'connected',
      ip: '192.168.1.57',
      rssi: -48,
      saved: true,
    });
  });

  it('tells why it was not saved', () => {
    expect(readConnect(body('connect-connected-storage-full'))).toMatchObject({
      saved: false,
      save_error: { code: 'storage_full' },
    });
  });

  it('names a network that is not text by its bytes', () => {
    expect(readConnect(body('connect-connected-hex'))).toMatchObject({
      ssid_hex: 'ff80c3',
    });
  });

  it.each([
    'wrong_password',
    'not_found',
    'security_mismatch',
    'weak_signal',
    'no_ip',
    'timeout',
    'cancelled',
    'unknown',
  ])('carries the reason %s', (reason) => {
    expect(readConnect(body(`connect-failed-${reason.replaceAll('_', '-')}`))).toMatchObject({
      state: 'failed',
      reason,
    });
  });

  it('keeps a reason that this page does not know, with its code', () => {
    expect(
      readConnect({ ...fields('connect-failed-unknown'), reason: 'aliens', raw_reason: 99 }),
    ).toMatchObject({ reason: 'aliens', raw_reason: 99 });
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['no id', { state: 'idle' }],
    ['an unknown state', { ...fields('connect-finding'), state: 'dancing' }],
    ['no name', { id: 3, state: 'connecting', phase: 'finding' }],
    ['an empty name', { ...fields('connect-finding'), ssid: '' }],
    ['a name of 33 bytes', { ...fields('connect-finding'), ssid: `${'x'.repeat(31)}é` }],
    ['odd hex', { id: 3, ssid_hex: 'abc', state: 'obtaining_ip' }],
    ['upper-case hex', { id: 3, ssid_hex: 'FF', state: 'obtaining_ip' }],
    ['an address that is no text', { ...fields('connect-connected'), ip: 1234 }],
    ['a signal that is no number', { ...fields('connect-connected'), rssi: 'good' }],
  ])('with %s is refused', (_, value) => {
    expect(() => readConnect(value)).toThrow(TypeError);
  });
});

describe('a scan', () => {
  it('that has not ended yet has no age', () => {
    expect(readScan(body('scan-running'))).toEqual({
      scanning: true,
      age_ms: null,
      networks: [],
    });
  });

  it('that failed is not an empty list', () => {
    expect(readScan(body('scan-failed')).error).toBeTruthy();
    expect(readScan(body('scan-empty')).error).toBeUndefined();
  });

  it('keeps the order, and every byte of the names', () => {
    const names = readScan(body('scan')).networks;
    expect(names[0]).toMatchObject({ ssid: 'HouseOfBoo' });
    expect(names).toContainEqual(expect.objectContaining({ ssid: '<img src=x onerror=alert(1)>' }));
    expect(names).toContainEqual(expect.objectContaining({ ssid: 'Bob\'s "5G" \\ café' }));
    expect(names).toContainEqual(expect.objectContaining({ ssid_hex: 'ff80c3' }));
  });

  it('keeps a security that this page does not know', () => {
    const scan = fields('scan');
    const row = { ssid: 'x', rssi: -50, channel: 1, security: 'wpa9', saved: false };
    expect(readScan({ ...scan, networks: [row] }).networks[0]?.security).toBe('wpa9');
  });

  it.each([
    ['networks that are no list', { networks: {} }],
    ['a row that is no object', { networks: [7] }],
    ['a row without strength', { networks: [{ ssid: 'x', security: 'open', saved: false }] }],
    ['no word on whether it scans', { scanning: undefined }],
    ['an age that is no number', { age_ms: 'old' }],
  ])('with %s is refused', (_, change) => {
    expect(() => readScan({ ...fields('scan'), ...change })).toThrow(TypeError);
  });
});

describe('a status', () => {
  it('tells which network the device looks for, as text or as bytes', () => {
    expect(readStatus(body('status-looking')).looking_for).toEqual({ ssid: 'HouseOfBoo' });
    expect(readStatus(body('status-looking-hex')).looking_for).toHaveProperty('ssid_hex');
    expect(readStatus(body('status')).looking_for).toBeUndefined();
  });

  it.each([{}, '', 'HouseOfBoo', { ssid: '' }, { ssid_hex: 'xy' }, { ssid: 'x'.repeat(33) }])(
    'is none if it looks for %o',
    (looking_for) => {
      expect(() => readStatus({ ...fields('status'), looking_for })).toThrow(TypeError);
    },
  );

  it('tells the device, and what it is doing', () => {
    expect(readStatus(body('status-scanning'))).toMatchObject({
      device: { name: 'Living Room Lamp', ap_ssid: 'ESP-Prov-8590', mac: '24:6f:28:aa:85:90' },
      completed: false,
      scan: { scanning: true },
      connect: { id: 0, state: 'idle' },
    });
  });

  it.each(['device', 'completed', 'scan', 'connect'])('without %s is refused', (field) => {
    expect(() => readStatus({ ...fields('status'), [field]: undefined })).toThrow(TypeError);
  });
});

it('an error without a code is refused', () => {
  expect(() => readError({ error: {} })).toThrow(TypeError);
  expect(() => readError({})).toThrow(TypeError);
});

describe('an object in the place of a text, which a page might take for an element,', () => {
  const element = { type: 'img', props: { src: 'x', onerror: 'alert(1)' }, constructor: undefined };
  const { device } = fields('status') as { device: object };
  const row = { ssid: 'x', rssi: -50, security: 'open', saved: false };

  it.each([
    [
      'device.name',
      () => readStatus({ ...fields('status'), device: { ...device, name: element } }),
    ],
    [
      'device.ap_ssid',
      () => readStatus({ ...fields('status'), device: { ...device, ap_ssid: element } }),
    ],
    ['device.mac', () => readStatus({ ...fields('status'), device: { ...device, mac: element } })],
    ['a network', () => readScan({ ...fields('scan'), networks: [{ ...row, ssid: element }] })],
    [
      'its security',
      () => readScan({ ...fields('scan'), networks: [{ ...row, security: element }] }),
    ],
    ['a saved network', () => readSaved({ networks: [{ ssid: element }] })],
    ['the tested network', () => readConnect({ ...fields('connect-connected'), ssid: element })],
    ['an address', () => readConnect({ ...fields('connect-connected'), ip: element })],
    ['a reason', () => readConnect({ ...fields('connect-failed-timeout'), reason: element })],
    ['an error', () => readError({ error: { code: element } })],
  ])('is refused: %s', (_, read) => {
    expect(read).toThrow(TypeError);
  });
});
