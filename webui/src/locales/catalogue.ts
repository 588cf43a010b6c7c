import type { en } from './en';

type Texts<T> = T extends string
  ? string
  : { readonly [K in keyof T]: T[K] extends string[] ? readonly string[] : Texts<T[K]> };

/** All texts in one language: the names of the English ones, no more and no fewer. */
export type Catalogue = Texts<typeof en>;
