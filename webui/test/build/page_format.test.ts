// @vitest-environment node
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  compose,
  escapeJson,
  multiply,
  openPage,
  shiftBy,
} from '../../../scripts/lib/page_format.mjs';

const folder = join(import.meta.dirname, '../../../components/provisioning/web');
const page = readFileSync(join(folder, 'index.html.gz'));
const languages = readdirSync(join(folder, 'lang')).map((file) => ({
  tag: file.replace('.deflate', ''),
  bytes: readFileSync(join(folder, 'lang', file)),
}));
const html = gunzipSync(page).toString();
const start = html.slice(0, html.indexOf('<script>'));
const rest = html.slice(start.length);

/** What gzip itself makes of an answer. */
const unpack = (gzip: Buffer) => execFileSync('gzip', ['-dc'], { input: gzip }).toString();

describe('the page in git', () => {
  it('is a gzip file of the whole page', () => {
    expect(unpack(page)).toBe(html);
    expect(html).toMatch(/^<!doctype html><html lang=en>/);
    expect(html.endsWith('</script>')).toBe(true);
  });

  it('has a place between markup and scripts that blocks can be put into', () => {
    const { start: before, crc, size, factor, whole } = openPage(page);
    expect(before.subarray(-4)).toEqual(Buffer.from([0, 0, 0xff, 0xff]));
    expect(size).toBe(Buffer.byteLength(start));
    expect(crc).toBe(crc32(start));
    expect(whole).toEqual({ crc: crc32(html), size: Buffer.byteLength(html) });
    expect(factor).toBe(shiftBy(Buffer.byteLength(rest)));
  });

  it('can be joined with each language to a gzip file', () => {
    expect(languages.length).toBeGreaterThan(17);
    for (const { tag, bytes } of languages) {
      const whole = unpack(Buffer.concat([openPage(page).start, bytes]));
      expect(whole.startsWith(`${start}<script type=text/plain id=texts lang=${tag} dir=`)).toBe(
        true,
      );
      expect(whole).not.toContain('\ufffd</script>');
    }
  });

  it('draws without a script, and has two scripts at its end', () => {
    expect(start).toContain('<main>');
    expect(start).not.toContain('<script');
    expect(rest).toMatch(/^<script>const .*<\/script><script>.*<\/script>$/s);
  });
});

describe('checksums', () => {
  it('of two texts make that of both', () => {
    const [a, b] = ['The quick brown fox ', 'jumps over the lazy dog'];
    expect((multiply(shiftBy(b.length), crc32(a)) ^ crc32(b)) >>> 0).toBe(crc32(a + b));
  });
});

describe('an answer', () => {
  const state = { name: '</script><!--\u2028', list: Array.from({ length: 300 }, (_, i) => i) };

  it.each([1, 5, 1024, 65_535])('with the state in blocks of %i bytes is whole', (size) => {
    const whole = unpack(compose(page, languages[0]?.bytes, state, size));
    const json = /<script type="application\/json" id="state">(.*?)<\/script>/s.exec(whole)?.[1];
    expect(whole.endsWith(`</script>${rest}`)).toBe(true);
    expect(json).not.toMatch(/[<\u2028]/);
    expect(JSON.parse(json ?? '')).toEqual(state);
  });

  it('of a state that is larger than a block can be is whole', () => {
    const large = { name: 'x'.repeat(200_000) };
    expect(unpack(compose(page, undefined, large))).toContain('x'.repeat(200_000));
  });

  it('that was damaged is noticed by gzip', () => {
    const answer = compose(page, languages[0]?.bytes, state);
    const at = openPage(page).start.length + (languages[0]?.bytes.length ?? 0);
    answer.writeUInt8(answer.readUInt8(at) ^ 1, at);
    expect(() =>
      execFileSync('gzip', ['-t'], { input: answer, stdio: ['pipe', 'pipe', 'ignore'] }),
    ).toThrow();
  });

  it('escapes what could end its element, and nothing else', () => {
    expect(escapeJson('"</script>&\u2029é"')).toBe('"\\u003c/script>&\\u2029é"');
  });
});

it('a file of another kind is not taken for a page', () => {
  expect(() => openPage(Buffer.from('<!doctype html><html lang=en>'))).toThrow('not a built page');
});
