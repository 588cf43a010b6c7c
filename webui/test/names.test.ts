import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHORTENED } from '../names';
import { api } from '../src/api/client';
import { t } from '../src/locales';
import { createPortal } from '../src/models/portal';
import { fixture, fixtureNames } from './fixtures';

/** The keys of an object and of all that is in it. */
const keysOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, part]) => [key, ...keysOf(part)])
    : [];

const source = join(import.meta.dirname, '../src');
const sources = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => readFileSync(join(source, file), 'utf8'))
  .join('\n');

describe('a name that the build shortens', () => {
  it('is no field of the API', () => {
    const fields = new Set(fixtureNames.flatMap((name) => keysOf(fixture(name))));
    expect(fields.size).toBeGreaterThan(30);
    expect(SHORTENED.filter((name) => fields.has(name))).toEqual([]);
  });

  it('is no field that a reply is checked for', () => {
    const types = readFileSync(join(source, 'api/types.ts'), 'utf8');
    const fields = new Set([...types.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name));
    expect(fields.size).toBeGreaterThan(20);
    expect(SHORTENED.filter((name) => fields.has(name))).toEqual([]);
  });

  it('is no name of the document', () => {
    const places = [window, document, history, location, performance, new Event('click')];
    const elements = ['button', 'input', 'form', 'label', 'main'].map((tag) =>
      document.createElement(tag),
    );
    for (const place of [...places, ...elements, new AbortController(), '', []])
      expect(SHORTENED.filter((name) => name in Object(place))).toEqual([]);
  });

  it('is no key that is looked up by a value', () => {
    const looked = [t.failures, t.nameProblems, t.passwordProblems].flatMap(Object.keys);
    expect(SHORTENED.filter((name) => looked.includes(name))).toEqual([]);
    expect(SHORTENED.filter((name) => sources.includes(`['${name}']`))).toEqual([]);
  });

  it('names a member of a model or of the client', () => {
    const { scan, form, saved, ...portal } = createPortal(api);
    const members = [api, portal, scan, form, saved].flatMap(Object.keys);
    expect(SHORTENED.filter((name) => name !== 'raw' && !members.includes(name))).toEqual([]);
  });
});
