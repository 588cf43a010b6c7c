import { ar } from './ar';
import type { Catalogue } from './catalogue';
import { cs } from './cs';
import { de } from './de';
import { en } from './en';
import { es } from './es';
import { fr } from './fr';
import { he } from './he';
import { hi } from './hi';
import { it } from './it';
import { ja } from './ja';
import { ko } from './ko';
import { nl } from './nl';
import { pl } from './pl';
import { ptBr } from './pt_br';
import { ru } from './ru';
import { tr } from './tr';
import { uk } from './uk';
import { zhHans } from './zh_hans';
import { zhHant } from './zh_hant';

/*
 * Every language but English, for the build and the tests. Nothing of this is in the page: a language travels
 * beside it.
 */

export const catalogues: Readonly<Record<string, Catalogue>> = {
  ar,
  cs,
  de,
  es,
  fr,
  he,
  hi,
  it,
  ja,
  ko,
  nl,
  pl,
  'pt-BR': ptBr,
  ru,
  tr,
  uk,
  'zh-Hans': zhHans,
  'zh-Hant': zhHant,
};

const RIGHT_TO_LEFT: readonly string[] = ['ar', 'he'];

/** A language as the page takes it. */
export interface Translation {
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  readonly lines: readonly string[];
}

/** The text of the element that carries a language: a line for each text, and an empty line as the end. */
export const textOf = ({ lines }: Translation): string => [...lines, '', ''].join('\n');

type Tree = string | { readonly [name: string]: Tree };

/** Each text with its name, in order. */
function leaves(tree: Tree, path = ''): [string, string][] {
  return typeof tree === 'string'
    ? [[path, tree]]
    : Object.entries(tree).flatMap(([name, part]) => leaves(part, path ? `${path}.${name}` : name));
}

const asTree = (catalogue: unknown) => catalogue as Tree;

const placesIn = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort().join();

/** What is wrong with one language. */
export function problemsOf(tag: string, catalogue: unknown): string[] {
  const english = new Map(leaves(asTree(en)));
  const texts = new Map(leaves(asTree(catalogue)));
  const problems = [
    ...[...english.keys()].filter((name) => !texts.has(name)).map((name) => `${name} is missing`),
    ...[...texts.keys()].filter((name) => !english.has(name)).map((name) => `${name} is unknown`),
  ];
  for (const [name, text] of texts) {
    const original = english.get(name) || '';
    if (!text.trim() || /[\n<]/.test(text))
      problems.push(`${name} is empty, or holds < or a new line`);
    if (placesIn(text) !== placesIn(original)) problems.push(`${name} has other places`);
  }
  return problems.map((problem) => `${tag}: ${problem}`);
}

/** What is wrong with any language. */
export const problems = (): string[] =>
  Object.entries({ en, ...catalogues }).flatMap(([tag, catalogue]) => problemsOf(tag, catalogue));

/** Every language but English, its texts in the order of the English ones. */
export const translations = (): Translation[] =>
  Object.entries(catalogues).map(([tag, catalogue]) => {
    const texts = new Map(leaves(asTree(catalogue)));
    return {
      tag,
      direction: RIGHT_TO_LEFT.includes(tag) ? 'rtl' : 'ltr',
      lines: leaves(asTree(en)).map(([name]) => texts.get(name) || ''),
    };
  });
