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
} from './parse';
import { key, type Ssid } from './ssid';
import type { ConnectRequest } from './types';

/** A healthy device answers within some 100 ms; after this long the radio has lost the call. */
export const CALL_TIMEOUT_MS = 3000;

/** The device answered, and said no; `code` is one of the API's error codes. */
export class Refused {
  constructor(readonly code: string) {}
}

/** Too busy to do it now: the same call can be made again after a pause. */
export const isBusy = (error: unknown): boolean =>
  error instanceof Refused && error.code === 'unavailable';

/** The code with which a call is refused; undefined once it is done. A busy device has yet to decide. */
export const refusal = (call: Promise<unknown>): Promise<string | undefined> =>
  call.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof Refused && !isBusy(error)) return error.code;
      throw error;
    },
  );

/** Ends in the reply, in Refused, or in another error if this device did not answer. */
async function call<T>(path: string, shape: Shape<T>, method = 'GET', body?: object): Promise<T> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), CALL_TIMEOUT_MS);
  try {
    const reply = await fetch(`/api/${path}`, {
      method,
      // Chromium lets a call that may fill the cache wait for an earlier one, even for one that got lost.
      cache: 'no-store',
      signal: abort.signal,
      body: JSON.stringify(body),
      headers: body && { 'Content-Type': 'application/json' },
    });
    const value: unknown = await reply.json();
    if (reply.ok) return parse(value, shape);
    throw new Refused(parse(value, ERROR).error.code);
  } finally {
    clearTimeout(timer);
  }
}

/** The device's HTTP API. Every call is bounded in time. */
export const api = {
  status: () => call('status', STATUS),
  scan: () => call('scan', SCAN),
  startScan: () => call('scan', NOTHING, 'POST'),
  connectReport: () => call('connect', CONNECT),
  connect: (request: ConnectRequest) => call('connect', STARTED, 'POST', request),
  keep: () => call('keep', NOTHING, 'POST'),
  cancel: () => call('connect', NOTHING, 'DELETE'),
  saved: () => call('networks', SAVED),
  /** Deletes a saved network, or all of them. */
  deleteNetwork: (name?: Ssid) =>
    call(`networks${name ? `?ssid_hex=${key(name)}` : ''}`, NOTHING, 'DELETE'),
  complete: () => call('complete', COMPLETED, 'POST'),
};

export type Api = typeof api;
