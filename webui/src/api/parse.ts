import { MAX_SSID_BYTES, type Ssid, utf8Length } from './ssid';
import type { ConnectReport, Network, SavedNetwork, ScanReport, Security, Status } from './types';

/*
 * Replies become typed values here and nowhere else. A reply of another shape throws: it is not
 * this device that answered.
 */

type Fields = Readonly<Record<string, unknown>>;

const bad = (): never => {
  throw new TypeError('not the reply of this call');
};

const text = (value: unknown): string => (typeof value === 'string' ? value : bad());

const number = (value: unknown): number => (typeof value === 'number' ? value : bad());

const flag = (value: unknown): boolean => (typeof value === 'boolean' ? value : bad());

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value ? (value as Fields) : bad();

const list = <T>(value: unknown, parse: (item: Fields) => T): T[] =>
  Array.isArray(value) ? value.map((item) => parse(fields(item))) : bad();

const optional = <T>(value: unknown, parse: (value: unknown) => T): T | undefined =>
  value === undefined ? value : parse(value);

/** A word that a newer device may know and this page doesn't counts as 'unknown'. */
const word = <T extends string>(value: unknown, known: string): T =>
  (known.split(' ').includes(text(value)) ? value : 'unknown') as T;

const ssid = (from: Fields): Ssid => {
  const hex = optional(from.ssid_hex, text);
  if (hex !== undefined) return /^([\da-f]{2}){1,32}$/.test(hex) ? { ssid_hex: hex } : bad();
  const name = text(from.ssid);
  return name && utf8Length(name) <= MAX_SSID_BYTES ? { ssid: name } : bad();
};

export const parseConnect = (value: unknown): ConnectReport => {
  const from = fields(value);
  const id = number(from.id);
  const state = from.state;
  if (state === 'idle') return { id, state };
  const name = ssid(from);
  return state === 'connecting'
    ? { id, name, state, phase: from.phase === 'authenticating' ? from.phase : 'finding' }
    : state === 'obtaining_ip'
      ? { id, name, state }
      : state === 'connected'
        ? {
            id,
            name,
            state,
            ip: text(from.ip),
            rssi: optional(from.rssi, number),
            saved: flag(from.saved),
            saveError: optional(from.save_error, parseErrorCode),
          }
        : state === 'failed'
          ? {
              id,
              name,
              state,
              reason: text(from.reason),
              raw_reason: optional(from.raw_reason, number),
            }
          : bad();
};

export const parseStatus = (value: unknown): Status => {
  const from = fields(value);
  const device = fields(from.device);
  return {
    device: { name: text(device.name), ap_ssid: text(device.ap_ssid), mac: text(device.mac) },
    completed: flag(from.completed),
    scanning: flag(fields(from.scan).scanning),
    connect: parseConnect(from.connect),
  };
};

export const parseScan = (value: unknown): ScanReport => {
  const from = fields(value);
  return {
    scanning: flag(from.scanning),
    age_ms: from.age_ms === null ? null : number(from.age_ms),
    networks: list<Network>(from.networks, (row) => ({
      name: ssid(row),
      rssi: number(row.rssi),
      security: word<Security>(row.security, 'open owe wep wpa wpa2 wpa3 enterprise'),
      saved: flag(row.saved),
    })),
    failed: from.error !== undefined,
  };
};

export const parseSaved = (value: unknown): readonly SavedNetwork[] =>
  list(fields(value).networks, (row) => ({ name: ssid(row) }));

/** The id of the test that was started. */
export const parseStarted = (value: unknown): number => number(fields(value).id);

/** Whether the access point closes now. */
export const parseCompleted = (value: unknown): boolean => flag(fields(value).ap_shutdown);

/** The code of `{code, message}`. */
export const parseErrorCode = (value: unknown): string => text(fields(value).code);

export const parseError = (value: unknown): string => parseErrorCode(fields(value).error);

export const parseNothing = (value: unknown): void => {
  fields(value);
};
