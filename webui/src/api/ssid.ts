/**
 * The name of a network as the API writes it: `ssid` where its 1 to 32 bytes are text, else the
 * bytes as `ssid_hex`. Spread into a request it is what the API takes.
 */
export type Ssid =
  | { readonly ssid: string; readonly ssid_hex?: undefined }
  | { readonly ssid?: undefined; readonly ssid_hex: string };

/** IEEE 802.11-2020, 9.4.2.2: an SSID has at most 32 octets. */
export const MAX_SSID_BYTES = 32;

/** Two names are the same network exactly if their keys are equal. */
export const key = (name: Ssid): string =>
  name.ssid_hex === undefined ? `=${name.ssid}` : name.ssid_hex;

/** Which of a list a network is; -1 if it is not in it. */
export const placeIn = (list: readonly Ssid[] | undefined, name: Ssid): number =>
  (list || []).findIndex((other) => key(other) === key(name));

/** The name alone of what carries one. */
export const nameOf = ({ ssid, ssid_hex }: Ssid) => ({ ssid, ssid_hex }) as Ssid;

export const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

const bytes = (hex: string): number[] => (hex.match(/../g) || []).map((pair) => parseInt(pair, 16));

/**
 * The name for people's eyes. What can't be seen or would disturb its surroundings (control
 * characters, direction marks, bytes that are no text) becomes U+FFFD, spaces at the ends are drawn.
 */
export const display = (name: Ssid): string =>
  (name.ssid_hex === undefined
    ? name.ssid
    : new TextDecoder().decode(new Uint8Array(bytes(name.ssid_hex)))
  )
    .replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is after
      /[\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
      '\ufffd',
    )
    .replace(/^ +| +$/g, (spaces) => '\u2423'.repeat(spaces.length));

/**
 * What stands behind `/api/networks` to name one: a path segment with its bytes percent-encoded. The
 * names `.` and `..` go as hexadecimal digits, since browsers drop them from a path even when encoded.
 */
export const networkPath = (name: Ssid): string =>
  name.ssid_hex !== undefined
    ? `/${name.ssid_hex.replace(/../g, '%$&')}`
    : /^\.\.?$/.test(name.ssid)
      ? `?ssid_hex=${name.ssid.replace(/\./g, '2e')}`
      : `/${encodeURIComponent(name.ssid)}`;
