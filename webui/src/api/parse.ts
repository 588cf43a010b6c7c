import { MAX_SSID_BYTES, utf8Length } from './ssid';
import type { ConnectReport, Failed, SavedNetworks, ScanReport, Status } from './types';

/*
 * Replies become typed values here and nowhere else. A reply of another shape throws: another device
 * has answered.
 */

type Fields = Readonly<Record<string, unknown>>;

/** An example of a value, or what tells whether a value is one. A field that may be missing ends in `?`. */
type Example =
  | ((value: Fields) => unknown)
  | string
  | number
  | boolean
  | undefined
  | readonly [Example]
  | { readonly [field: string]: Example };

/** What a reply of type T looks like. */
export type Shape<T> = Example & { readonly of?: T };

const shape = <T>(example: Example) => example as Shape<T>;

const fits = (value: unknown, example: Example): unknown =>
  typeof example === 'function'
    ? example(value as Fields)
    : Array.isArray(example)
      ? Array.isArray(value) && value.every((item) => fits(item, example[0]))
      : typeof value === typeof example &&
        Object.entries(example as object).every(([field, part]) => {
          const name = field.replace('?', '');
          const found = (value as Fields)[name];
          return (name !== field && found === undefined) || fits(found, part);
        });

export function parse<T>(value: unknown, as: Shape<T>): T {
  if (fits(value, as)) return value as T;
  throw new TypeError();
}

const isNamed = ({ ssid, ssid_hex }: Fields) =>
  ssid_hex === undefined
    ? ssid && fits(ssid, '') && utf8Length(ssid as string) <= MAX_SSID_BYTES
    : /^([\da-f]{2}){1,32}$/.test(ssid_hex as string);

/** What a report on a connection test has beside the name, by its state. */
const BY_STATE: Readonly<Record<string, Example>> = {
  connecting: {},
  obtaining_ip: {},
  connected: { 'ip?': '', saved: true },
  failed: { reason: '', 'can_keep?': true },
};

export const CONNECT = shape<ConnectReport>(
  (value) =>
    fits(value, { id: 0, state: '', 'rssi?': 0 }) &&
    (value.state === 'idle' || (isNamed(value) && fits(value, BY_STATE[value.state as string]))),
);

export const STATUS = shape<Status>({
  device: { name: '', 'ap_ssid?': '', mac: '' },
  completed: true,
  scan: { scanning: true },
  connect: CONNECT,
  'looking_for?': isNamed,
});

export const SCAN = shape<ScanReport>({
  scanning: true,
  age_ms: (value) => value === null || fits(value, 0),
  networks: [(row) => isNamed(row) && fits(row, { rssi: 0, security: '', saved: true })],
});

export const SAVED = shape<SavedNetworks>({ networks: [isNamed] });

export const STARTED = shape<{ readonly id: number }>({ id: 0 });

export const COMPLETED = shape<{ readonly ap_shutdown: boolean }>({ ap_shutdown: true });

export const ERROR = shape<Failed>({ error: { code: '' } });

export const NOTHING = shape<object>({});
