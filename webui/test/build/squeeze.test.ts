// @vitest-environment node
import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { squeeze } from '../../../scripts/lib/squeeze.mjs';
import { translations } from '../../src/locales/languages';

const END = Buffer.from([1, 0, 0, 0xff, 0xff]);
const dictionary = Buffer.from('Choose a Wi-Fi network. WPA2 or WPA2/WPA3. '.repeat(40));

const unpack = (blocks: Buffer) => inflateRawSync(Buffer.concat([blocks, END]), { dictionary });

describe('a squeezed text', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('x')],
    ['a run of one byte', Buffer.alloc(3000, 'x')],
    ['what the dictionary has', dictionary.subarray(100, 900)],
    ['every byte', Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
    ['noise', randomBytes(2000)],
    ['matches of the longest length', Buffer.from('abcdefgh'.repeat(200))],
  ])('of %s unpacks to the same', (_, text) => {
    expect(unpack(squeeze(text, dictionary))).toEqual(text);
  });

  it('ends on a byte, and is not final', () => {
    const blocks = squeeze(Buffer.from('Wi-Fi'), dictionary);
    expect(blocks.subarray(-4)).toEqual(Buffer.from([0, 0, 0xff, 0xff]));
    expect((blocks[0] ?? 1) & 1).toBe(0);
  });

  it('is smaller than zlib makes it', () => {
    for (const { lines } of translations().slice(0, 4)) {
      const text = Buffer.from(lines.join('\n'));
      const zlib = deflateRawSync(text, {
        dictionary,
        level: 9,
        memLevel: 9,
        finishFlush: constants.Z_SYNC_FLUSH,
      });
      const squeezed = squeeze(text, dictionary);
      expect(unpack(squeezed)).toEqual(text);
      expect(squeezed.length).toBeLessThan(zlib.length);
    }
  });
});
