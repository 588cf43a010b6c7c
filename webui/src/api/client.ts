import {
  parseCompleted,
  parseConnect,
  parseError,
  parseNothing,
  parseSaved,
  parseScan,
  parseStarted,
  parseStatus,
} from './parse';
import { key, type Ssid } from './ssid';
import type { ConnectRequest } from './types';

/** A healthy device answers within some 100 ms; after this long the radio has lost the call. */
export const CALL_TIMEOUT_MS = 3000;

/** The device answered, and said no; `code` is one of the API's error codes. */
export class Refused {
  constructor(readonly code: string) {}
}

/** The code with which a call is refused; undefined once it is done. */
export const refusal = (call: Promise<unknown>): Promise<string | undefined> =>
  call.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof Refused) return error.code;
      throw error;
    },
  );

/**
 * Chromium lets a call wait for an earlier one to the same address that may fill its cache, even for one
 * that the radio has lost: once that has happened, calls go past the cache. Until then they have to take what
 * the page has preloaded.
 */
let cache: RequestCache = 'default';

/** Ends in what `parse` makes of the reply, in Refused, or in another error if this device did not answer. */
async function call<T>(
  path: string,
  parse: (reply: unknown) => T,
  method = 'GET',
  body?: object,
): Promise<T> {
  const abort = new AbortController();
  const timer = setTimeout(() => {
    cache = 'no-store';
    abort.abort();
  }, CALL_TIMEOUT_MS);
  try {
    const reply = await fetch(`/api/${path}`, {
      method,
      cache,
      signal: abort.signal,
      body: JSON.stringify(body),
      headers: body && { 'Content-Type': 'application/json' },
    });
    const value: unknown = await reply.json();
    if (reply.ok) return parse(value);
    throw new Refused(parseError(value).error.code);
  } finally {
    clearTimeout(timer);
  }
}

/** The device's HTTP API. Every call is bounded in time. */
export const api = {
  status: () => call('status', parseStatus),
  scan: () => call('scan', parseScan),
  startScan: () => call('scan', parseNothing, 'POST'),
  connectReport: () => call('connect', parseConnect),
  connect: (request: ConnectRequest) => call('connect', parseStarted, 'POST', request),
  cancel: () => call('connect', parseNothing, 'DELETE'),
  saved: () => call('networks', parseSaved),
  forget: (name: Ssid) => call(`networks?ssid_hex=${key(name)}`, parseNothing, 'DELETE'),
  complete: () => call('complete', parseCompleted, 'POST'),
};

export type Api = typeof api;
