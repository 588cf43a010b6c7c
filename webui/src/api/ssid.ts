/**
 * The name of a network as the API writes it: `ssid` where its 1 to 32 bytes are text, else the
 * bytes as `ssid_hex`. Spread into a request it is what the API takes.
 */
export type Ssid =
  | { readonly ssid: string; readonly ssid_hex?: undefined }
  | { readonly ssid?: undefined; readonly ssid_hex: string };

/** IEEE 802.11-2020, 9.4.2.2: an SSID has at most 32 octets. */
export const MAX_SSID_BYTES = 32;

const encode = (text: string) => new TextEncoder().encode(text);

export const utf8Length = (text: string): number => encode(text).length;

/** The bytes of a name as hexadecimal digits. Two names are the same network exactly if these are equal. */
export const key = (name: Ssid): string =>
  name.ssid_hex ||
  Array.from(encode(name.ssid || ''), (byte) => (byte + 256).toString(16).slice(1)).join('');

/** What a list has of a network, if it is in it. */
export const findIn = <T extends Ssid>(list: readonly T[] = [], name: Ssid): T | undefined =>
  list.find((other) => key(other) === key(name));

/** The name alone of what carries one. */
export const nameOf = ({ ssid, ssid_hex }: Ssid) => ({ ssid, ssid_hex }) as Ssid;

/**
 * The name for people's eyes. What can't be seen or would disturb its surroundings (control
 * characters, direction marks, bytes that are no text) becomes U+FFFD, spaces at the ends are drawn.
 */
export const display = (name: Ssid): string =>
  (name.ssid_hex === undefined
    ? name.ssid
    : new TextDecoder().decode(
        Uint8Array.from(name.ssid_hex.match(/../g) || [], (digits) => parseInt(digits, 16)),
      )
  )
    .replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is after
      /[\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
      '\ufffd',
    )
    .replace(/^ +| +$/g, (spaces) => '\u2423'.repeat(spaces.length));
