import { en } from './en';
import { fill, replaceAll } from './first';

export { fill, PLACE } from './first';

/** The texts of the page: English, unless the page came with another language. */
export const t = en;

/** Takes the texts that came with the page, if there are any. To be called before anything is drawn. */
export function takeTexts(lines: string[]): void {
  if (lines[0]) replaceAll(t, lines);
}

/** The form of a counting text that fits the number. */
export function plural(text: string, count: number): string {
  const category = new Intl.PluralRules(document.documentElement.lang).select(count);
  const forms = text.split('|');
  const form = forms.find((name) => name.startsWith(category)) || (forms.pop() as string);
  return fill(form.replace(/\w+:/, ''), count);
}
