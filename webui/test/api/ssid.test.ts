import { describe, expect, it } from 'vitest';
import { display, key, utf8Length } from '../../src/api/ssid';

describe('the key of a network', () => {
  it('tells a text name from the same letters as bytes', () => {
    expect(key({ ssid: 'ff80c3' })).not.toBe(key({ ssid_hex: 'ff80c3' }));
  });

  it('is its bytes in hexadecimal digits', () => {
    expect(key({ ssid: 'a/b é' })).toBe('612f6220c3a9');
    expect(key({ ssid: '\u0001' })).toBe('01');
    expect(key({ ssid_hex: 'ff80c3' })).toBe('ff80c3');
  });

  it('tells names apart that look alike', () => {
    expect(key({ ssid: 'café' })).not.toBe(key({ ssid: 'cafe\u0301' }));
    expect(key({ ssid: 'home' })).not.toBe(key({ ssid: 'home ' }));
  });
});

describe('the displayed name', () => {
  it('is the name itself for ordinary text, emoji and markup', () => {
    for (const ssid of ['HouseOfBoo', '👨‍👩‍👧 home', '<b>&amp;', 'Bob\'s "5G" \\ café', 'شبكة']) {
      expect(display({ ssid })).toBe(ssid);
    }
  });

  it('shows control characters and direction marks as replacement characters', () => {
    expect(display({ ssid: 'a\u0000b\nc\u007f\u009b' })).toBe('a�b�c��');
    expect(display({ ssid: 'abc\u202ecba\u2066\u200f' })).toBe('abc�cba��');
  });

  it('draws the spaces at the ends, which nobody would see', () => {
    expect(display({ ssid: '  my home ' })).toBe('␣␣my home␣');
    expect(display({ ssid: '  ' })).toBe('␣␣');
  });

  it('keeps what is readable of a name that is not UTF-8', () => {
    expect(display({ ssid_hex: '436166e9' })).toBe('Caf�');
  });
});

it('the length of a name is its bytes in UTF-8', () => {
  expect(utf8Length('é🦊')).toBe(6);
});
