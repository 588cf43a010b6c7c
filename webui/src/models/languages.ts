import { signal } from '@preact/signals';
import { afterFrame } from '../frames';

/** The name of a language in itself, where the browser knows it. */
export function languageName(tag: string): string {
  try {
    const name = new Intl.DisplayNames(tag, { type: 'language' }).of(tag) as string;
    return name.replace(/^./, (letter) => letter.toLocaleUpperCase(tag));
  } catch {
    return tag;
  }
}

/** The languages that the device has. */
export function createLanguages(tags: readonly string[] = []) {
  /** By tag, in the same order; none until they are found. */
  const names = signal<readonly string[]>([]);

  /** A name takes a browser as long as some rows of the list, the first one longer: each has a task of its own. */
  function findNames(found: readonly string[] = []) {
    const tag = tags[found.length];
    if (tag) afterFrame(() => findNames([...found, languageName(tag)]));
    else names.value = found;
  }

  return { tags, names, findNames };
}

export type Languages = ReturnType<typeof createLanguages>;
