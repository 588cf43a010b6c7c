import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  catalogues,
  problems,
  problemsOf,
  textOf,
  translations,
} from '../../src/locales/languages';

/** The texts of a page of its own, since a page takes its language once. */
const freshTexts = async () => {
  vi.resetModules();
  const { readLines } = await import('../../src/locales/first');
  const { takeTexts, ...locales } = await import('../../src/locales');
  return { ...locales, readTexts: (block: HTMLElement | null) => takeTexts(readLines(block)) };
};

/** What the device writes behind the page for a language. */
function blockOf(tag: string) {
  const found = translations().find((translation) => translation.tag === tag);
  if (!found) throw new Error(`no ${tag}`);
  const block = document.createElement('script');
  Object.assign(block, { type: 'text/plain', lang: tag, dir: found.direction });
  block.textContent = textOf(found);
  return block;
}

afterEach(() => {
  Object.assign(document.documentElement, { lang: 'en', dir: '' });
});

describe('every language', () => {
  it('has each text, with its places and plural forms, and no others', () => {
    expect(problems()).toEqual([]);
  });

  it('has a text to a line, in the order of the English ones', async () => {
    const { t, readTexts } = await freshTexts();
    readTexts(blockOf('de'));
    expect(t).toEqual(catalogues.de);
  });

  it('writes from right to left where its script does', () => {
    const directions = translations().map(({ tag, direction }) => [tag, direction]);
    expect(directions.filter(([, direction]) => direction === 'rtl')).toEqual([
      ['ar', 'rtl'],
      ['he', 'rtl'],
    ]);
  });
});

describe('a language is refused', () => {
  const german = catalogues.de;

  it('without a text', () => {
    const { keep: _, ...rest } = german ?? {};
    expect(problemsOf('de', rest)).toEqual(['de: keep is missing']);
  });

  it('with a text that the page does not know', () => {
    expect(problemsOf('de', { ...german, farewell: 'Tschüss' })).toEqual([
      'de: farewell is unknown',
    ]);
  });

  it('with a text that lacks a place, or has another one', () => {
    expect(problemsOf('de', { ...german, works: 'Das Gerät merkt sich dieses WLAN.' })).toEqual([
      'de: works has other places',
    ]);
    expect(problemsOf('de', { ...german, works: '{gerät} und {device}' })).toEqual([]);
    expect(problemsOf('de', { ...german, works: '{name} und {device}' })).toHaveLength(1);
  });

  it('with a text that would end its line, or the element that it travels in', () => {
    for (const keep of ['a\nb', '</script>', ' '])
      expect(problemsOf('de', { ...german, keep })).toHaveLength(1);
  });
});

describe('the texts of a page', () => {
  it('are English without a block, and the document stays as it is', async () => {
    const { t, readTexts } = await freshTexts();
    readTexts(null);
    expect(t.choose).toBe('Choose a Wi-Fi network');
    expect(document.documentElement.lang).toBe('en');
  });

  it('stay English if the connection broke anywhere in a language', async () => {
    const { t, readTexts } = await freshTexts();
    const english = JSON.stringify(t);
    const block = blockOf('de');
    const whole = block.textContent ?? '';
    for (let length = 0; length < whole.length; length++) {
      block.textContent = whole.slice(0, length);
      readTexts(block);
      expect(JSON.stringify(t)).toBe(english);
    }
    expect(document.documentElement.lang).toBe('en');
  });

  it('take language and direction with them', async () => {
    const { t, readTexts } = await freshTexts();
    readTexts(blockOf('ar'));
    expect(t.choose).toBe('اختر شبكة Wi-Fi');
    expect(t.failures.busy[0]).toBe('الجهاز مشغول');
    expect(document.documentElement.lang).toBe('ar');
    expect(document.documentElement.dir).toBe('rtl');
  });

  it('take values literally, whatever is in them', async () => {
    const { fill } = await freshTexts();
    expect(fill('“{ap}” closes', '$& {name} {ap}')).toBe('“$& {name} {ap}” closes');
  });
});
