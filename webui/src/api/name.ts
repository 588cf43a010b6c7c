import type { Ssid } from './ssid';

const encode = (text: string) => new TextEncoder().encode(text);

export const utf8Length = (text: string): number => encode(text).length;

/** The bytes of a name as hexadecimal digits. Two names are the same network exactly if these are equal. */
export const key = (name: Ssid): string =>
  name.ssid_hex ||
  Array.from(encode(name.ssid || ''), (byte) => (byte + 256).toString(16).slice(1)).join('');

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
