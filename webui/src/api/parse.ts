import { MAX_SSID_BYTES, utf8Length } from './ssid';
import type { ConnectReport, Failed, SavedNetwork, ScanReport, Status } from './types';

/*
 * Replies become typed values here and nowhere else. A reply of another shape throws: it is not
 * this device that answered.
 */

type Fields = Readonly<Record<string, unknown>>;

/** An example of a value, or what tells whether a value is one. A field that may be missing ends in `?`. */
type Shape =
  | ((value: Fields) => unknown)
  | string
  | number
  | boolean
  | readonly [Shape]
  | { readonly [field: string]: Shape };

const fits = (value: unknown, shape: Shape): unknown =>
  typeof shape === 'function'
    ? shape(value as Fields)
    : Array.isArray(shape)
      ? Array.isArray(value) && value.every((item) => fits(item, shape[0]))
      : typeof value === typeof shape &&
        Object.entries(shape).every(([field, part]) => {
          const name = field.replace('?', '');
          const found = (value as Fields)[name];
          return (name !== field && found === undefined) || fits(found, part);
        });

const reply =
  <T>(shape: Shape) =>
  (value: unknown): T => {
    if (fits(value, shape)) return value as T;
    throw new TypeError();
  };

const isNamed = ({ ssid, ssid_hex }: Fields) =>
  ssid_hex === undefined
    ? ssid && fits(ssid, '') && utf8Length(ssid as string) <= MAX_SSID_BYTES
    : /^([\da-f]{2}){1,32}$/.test(ssid_hex as string);

const ERROR = { code: '' };

const isReport = (value: Fields) =>
  fits(value, { id: 0, 'phase?': '', 'rssi?': 0, 'raw_reason?': 0, 'save_error?': ERROR }) &&
  (value.state === 'idle' ||
    (isNamed(value) &&
      (value.state === 'connected'
        ? fits(value, { ip: '', saved: true })
        : value.state === 'failed'
          ? fits(value, { reason: '' })
          : value.state === 'connecting' || value.state === 'obtaining_ip')));

export const parseConnect = reply<ConnectReport>(isReport);

export const parseStatus = reply<Status>({
  device: { name: '', 'ap_ssid?': '', 'ap_ssid_hex?': '', mac: '' },
  completed: true,
  scan: { scanning: true },
  connect: isReport,
});

export const parseScan = reply<ScanReport>({
  scanning: true,
  age_ms: (value) => value === null || fits(value, 0),
  networks: [(row) => isNamed(row) && fits(row, { rssi: 0, security: '', saved: true })],
});

export const parseSaved = reply<{ readonly networks: readonly SavedNetwork[] }>({
  networks: [isNamed],
});

export const parseStarted = reply<{ readonly id: number }>({ id: 0 });

export const parseCompleted = reply<{ readonly ap_shutdown: boolean }>({ ap_shutdown: true });

export const parseError = reply<Failed>({ error: ERROR });

export const parseNothing = reply<object>({});
