/** The texts in the owner's language. */
export * as t from './en';
